"""`bench csms`: what a call costs our platform, beside PyPI's `ocpp` and beside ourselves without a store.

Each server in turn in a process of its own, interleaved over several rounds, under the same closed loop of charge
points. CPU per call is the figure to trust: it holds still when the machine is shared, wall rates do not.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

# What is populated beforehand by a process of its own leaves no freed memory behind that would hide connections.
SERVERS = {
    "stored": ["laadboek.bench.csms_server", "stored", "{port}", "{count}", "{folder}"],
    "unstored": ["laadboek.bench.csms_server", "unstored", "{port}", "{count}", "{folder}"],
    "ocpp": ["laadboek.bench.csms_ocpp", "threads", "{port}"],
    "ocpp_inline": ["laadboek.bench.csms_ocpp", "inline", "{port}"],
}
ROUNDS = 3


def run(n: int = 1000, seconds: float = 4.0, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Figures of our platform, and the ratios of CPU per call. `n` charge points, `seconds` per server and round."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in SERVERS}
    for _ in range(rounds):
        for name in SERVERS:
            results[name].append(measure(name, n, seconds))
    middle = {name: medians(runs) for name, runs in results.items()}
    stored, cpu = middle["stored"], "cpu_s_per_100k_calls"
    figures = dict(stored) | {"charge_points": n, "rounds": rounds}
    for name in ("unstored", "ocpp", "ocpp_inline"):
        figures |= {f"{name}_{figure}": middle[name][figure] for figure in (cpu, "calls_per_s", "p99_ms")}
    pairs = {name: [a[cpu] / b[cpu] for a, b in zip(results[name], results["stored"], strict=True)] for name in SERVERS}
    ratios = {
        "csms_cpu_vs_ocpp": median(pairs["ocpp"]),  # as its README has it
        "csms_cpu_vs_ocpp_inline": median(pairs["ocpp_inline"]),  # ASYNC_VALIDATION = False
        "csms_cpu_vs_no_store": median(1 / ratio for ratio in pairs["unstored"]),
    }
    return {"figures": rounded(figures), "ratios": rounded(ratios)}


def measure(name: str, n: int, seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="laadboek-bench-") as folder, serving(name, n, folder) as (port, pid):
        command = [sys.executable, "-m", "laadboek.bench.csms_load", str(port), str(n), str(seconds), str(pid)]
        load = subprocess.run(on_core(0, command), capture_output=True, timeout=seconds + 120)
    if load.returncode:
        raise RuntimeError(f"the load on {name} failed: {load.stderr.decode()[-2000:]}")
    result: dict[str, float] = json.loads(load.stdout.splitlines()[-1])
    if result["bad"]:
        raise RuntimeError(f"{name} gave {result['bad']} wrong answers")
    return result


@contextmanager
def serving(name: str, n: int, folder: str) -> Iterator[tuple[int, int]]:
    """(port, pid) of a server process that is ready."""
    port = free_port()
    if name in ("stored", "unstored"):
        populate = [sys.executable, "-m", "laadboek.bench.csms_server", "populate", "0", str(n), folder]
        subprocess.run(populate, check=True)
    module, *words = [word.format(port=port, count=n, folder=folder) for word in SERVERS[name]]
    command = on_core(1, [sys.executable, "-m", module, *words])
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != b"ready":
            raise RuntimeError(f"{name} did not start")
        yield port, process.pid
    finally:
        process.kill()
        process.communicate()


def on_core(core: int, command: list[str]) -> list[str]:
    """Server and load on different cores, where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    return command if len(cores) < 2 else ["taskset", "-c", str(cores[core]), *command]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {figure: median(one[figure] for one in runs) for figure in runs[0]}


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}


if __name__ == "__main__":
    print(json.dumps(run(*(int(word) for word in sys.argv[1:])), indent=1))
