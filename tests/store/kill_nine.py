"""Kill a writing process at random instants; what it had acknowledged must be there afterwards, once, in order.

`python kill_nine.py 200` runs 200 cycles. The writer is this file with `--write`: APSW and the store, nothing else.
It prints each number after its commit, without a buffer; the parent notes what came through the pipe.
"""

import argparse
import os
import random
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, open_database

LINE = 11  # "%010d\n"


def make(path: Path) -> None:
    database = InlineDatabase(path)
    database.run(lambda db: db.run("CREATE TABLE numbers (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, text BLOB)"))
    database.close()


def write(path: Path) -> None:
    """Keep sixteen jobs waiting, for ever; print every number once it is durable."""
    database = open_database(path)
    [[last]] = database.read(lambda db: db.rows("SELECT COALESCE(MAX(number), 0) FROM numbers"))
    rng = random.Random()

    def submit(number: int) -> None:
        payload = rng.randbytes(rng.randrange(2_000))

        def job(db: Connection) -> int:
            db.run("INSERT INTO numbers (number, text) VALUES (?, ?)", (number, payload))
            return number

        database.submit("", job, durable, lambda error: os._exit(1))

    def durable(number: int) -> None:
        os.write(1, b"%010d\n" % number)
        submit(number + 16)

    for number in range(last + 1, last + 17):
        submit(number)
    while True:
        time.sleep(60)


def cycle(path: Path, rng: random.Random) -> list[int]:
    """One life of the writer; the numbers it acknowledged."""
    command = [sys.executable, str(Path(__file__)), "--write", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        select.select([writer.stdout], [], [], 60)  # it lives; now at any instant of the work
        select.select([], [], [], rng.uniform(0, 0.05))
        writer.kill()
        seen = writer.stdout.read()
    return [int(seen[at : at + LINE]) for at in range(0, len(seen) - len(seen) % LINE, LINE)]


def stored(path: Path) -> list[int]:
    """What a restart finds, in the order of the rows; the file must be sound."""
    database = open_database(path)
    assert database.read(lambda db: db.rows("PRAGMA integrity_check")) == [("ok",)]
    numbers = [row[0] for row in database.read(lambda db: db.rows("SELECT number FROM numbers ORDER BY id"))]
    database.close()
    return numbers


def run(path: Path, cycles: int, seed: int) -> int:
    """Return how many acknowledged rows were looked for and found."""
    rng = random.Random(seed)
    make(path)
    acknowledged: list[int] = []
    for number in range(cycles):
        acknowledged += cycle(path, rng)
        found = stored(path)
        assert found == list(range(1, len(found) + 1)), f"cycle {number}: a row twice, missing, or out of order"
        assert acknowledged == list(dict.fromkeys(acknowledged)), f"cycle {number}: acknowledged twice"
        assert set(acknowledged) <= set(found), f"cycle {number}: lost {set(acknowledged) - set(found)}"
    return len(acknowledged)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cycles", nargs="?", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    if options.write:
        return write(options.write)
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder) / "laadboek.db", options.cycles, options.seed)
    sys.stdout.write(f"{options.cycles} kills, {found} acknowledged rows, none lost\n")


if __name__ == "__main__":
    main()
