"""The fleet of `bench links`: thousands of hosted charge points with two links each, and a platform that restarts.

What a second link costs is the difference between two runs side by side, one with one link each, one with two.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..ids import Ids
from ..runtime.keys import DataKeys, load_keys
from ..secret import Secret
from ..store import accounts, chargers, links
from ..store.connection import Connection
from ..store.database import InlineDatabase
from .csms import on_core, rounded
from .links_hosts import NOW

CHARGE_POINTS = 5_000
STEADY_S = 40.0
TIME_LIMIT_S = 290
KEYS = {"HeartbeatInterval": "3600", "MeterValueSampleInterval": "60"}
ROLES = ("control", "report")


def run(n: int = CHARGE_POINTS, steady_s: float = STEADY_S) -> dict[str, float]:
    """Figures of a fleet of `n`: KiB are resident memory, cores are CPU seconds of the hosting process per second."""
    one = measure(n, 1, 0, restarts=False)
    two = measure(n, 2, steady_s, restarts=True)
    came = two.pop("came")
    assert isinstance(came, list)
    return {"charge_points": n} | rounded(
        {
            "kib_with_one_link": one["kib"],
            "kib_with_two_links": two["kib"],
            "kib_of_a_second_link": two["kib"] - one["kib"],
            "boot_cpu_s": two["boot_cpu_s"],
            "charging": two["charging"],
            "steady_cores": two["steady_cores"],
            "restart_cpu_s": two["restart_cpu_s"],
            "all_back_s": two["restart_wall_s"],
            "busiest_second_percent": 100 * max(came) / (2 * n),
        }
    )


def measure(n: int, links_each: int, steady_s: float, *, restarts: bool) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="laadboek-bench-") as folder, platform() as (process, port):
        populate(Path(folder), port, n, links_each)
        words = [folder, str(process.pid), str(steady_s), "restarts" if restarts else "stays"]
        command = on_core(0, [sys.executable, "-m", "laadboek.bench.fleet_hosts", *words])
        done = subprocess.run(command, capture_output=True, timeout=TIME_LIMIT_S)
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-2000:])
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        if restarts:
            assert process.stdout is not None
            figures |= json.loads(process.stdout.readline())
    return figures


@contextmanager
def platform(round_trip_s: float = 0) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A platform process and its port."""
    command = [sys.executable, "-m", "laadboek.bench.fleet_platform", str(round_trip_s)]
    process = subprocess.Popen(on_core(1, command), stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def populate(folder: Path, port: int, n: int, links_each: int) -> None:
    keys = load_keys(folder)
    database = InlineDatabase(folder / "laadboek.db")
    database.run(lambda db: rows(db, keys, port, n, links_each))
    database.close()


def rows(db: Connection, keys: DataKeys, port: int, n: int, links_each: int) -> None:
    ids = Ids(1)
    account_id = accounts.create(db, ids.public("acc"), "Bench", "Europe/Amsterdam", "en", NOW)
    for number in range(n):
        config: dict[str, object] = {"house": False}
        charger = chargers.create(db, account_id, ids.public("chg"), f"Charger {number}", "simulated", config, NOW)
        for position, role in enumerate(ROLES[:links_each], 1):
            link = link_row(ids, keys, account_id, port, f"{role}-{number}", position, role)
            links.create(db, account_id, charger, link, 0, NOW)


def link_row(
    ids: Ids, keys: DataKeys, account_id: int, port: int, charge_box_id: str, position: int, role: str
) -> links.NewLink:
    link_id = ids.public("lnk")
    return links.NewLink(
        public_id=link_id,
        position=position,
        role=role,
        backend_uri=f"ws://127.0.0.1:{port}/ocpp/",
        charge_box_id=charge_box_id,
        user_name=charge_box_id,
        authorization_key=keys.seal(Secret("0" * 40), table="links", row=link_id, account_id=account_id),
        settings={"initial_keys": KEYS},
    )


if __name__ == "__main__":
    print(json.dumps(run(*(int(word) for word in sys.argv[1:])), indent=1))
