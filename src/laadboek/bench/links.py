"""`bench links`: a thousand hosted charge points in one process, booted and Accepted; beside them PyPI's `ocpp`.

Ours are whole: device, charger core, face, outbox, host, a real SQLite file with group commit, real sockets. Theirs are
`ocpp` ChargePoints on `websockets` that store nothing. The platform is a process of its own that answers at once.

Then what needs no peer: five thousand with two links each (`fleet.py`), and a long queue (`fleet_backlog.py`).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from . import fleet, fleet_backlog
from .csms import on_core

CHARGE_POINTS = {
    "ours": ["laadboek.bench.links_hosts", "boot", "{port}", "{count}", "{folder}"],
    "ocpp": ["laadboek.bench.links_ocpp", "{port}", "{count}"],
}
ROUNDS = 3


def run(n: int = 1000, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Medians; `boot_1000_s` is CPU from the first row read to the last Accepted, scaled to 1 000."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CHARGE_POINTS}
    for _ in range(rounds):
        for name in CHARGE_POINTS:
            results[name].append(measure(name, n))
    ours, theirs = ({key: median(one[key] for one in runs) for key in runs[0]} for runs in results.values())
    figures = {
        "charge_points": n,
        "rounds": rounds,
        "boot_1000_s": ours["cpu_s"] * 1000 / n,
        "boot_1000_wall_s": ours["wall_s"] * 1000 / n,
        "kib_per_charge_point": ours["kib"],
        "ocpp_boot_1000_s": theirs["cpu_s"] * 1000 / n,
        "ocpp_boot_1000_wall_s": theirs["wall_s"] * 1000 / n,
        "ocpp_kib_per_charge_point": theirs["kib"],
    }
    ratios = {
        "links_boot_cpu_vs_ocpp": theirs["cpu_s"] / ours["cpu_s"],  # theirs keep nothing
        "links_kib_vs_ocpp": ours["kib"] / theirs["kib"],
    }
    figures |= {f"fleet_{name}": value for name, value in fleet.run().items()}
    backlog = fleet_backlog.run()
    ratios["links_backlog_vs_bare_socket"] = backlog["per_s_at_50_ms"] / backlog["bare_per_s_at_50_ms"]
    return {
        "figures": {name: round(value, 3) for name, value in (figures | backlog).items()},
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
    }


def measure(name: str, n: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="laadboek-bench-") as folder, platform() as port:
        if name == "ours":
            populate = [sys.executable, "-m", "laadboek.bench.links_hosts", "populate", str(port), str(n), folder]
            subprocess.run(populate, check=True)
        module, *words = [word.format(port=port, count=n, folder=folder) for word in CHARGE_POINTS[name]]
        command = on_core(0, [sys.executable, "-m", module, *words])
        done = subprocess.run(command, capture_output=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.decode()[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextmanager
def platform() -> Iterator[int]:
    """The port of a platform process."""
    command = on_core(1, [sys.executable, "-m", "laadboek.bench.links_platform"])
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    print(json.dumps(run(*(int(word) for word in sys.argv[1:])), indent=1))
