"""What durable answers cost: our writer beside the bare driver, with the same tables, statements and groups.

A message is what a platform stores: four meter rows (92 %), a session that begins (4 %) or ends (4 %). Five hundred
wait at any time, each for its commit, and each hands in the next one when it is answered. The bare driver runs the same
statements in transactions of five hundred, in a loop without queue, jobs or answers. Contenders take turns; the ratio
is the median of the rounds' ratios, since a disk is never the same twice. PostgreSQL joins in when a server answers at
LAADBOEK_TEST_POSTGRESQL (default: this machine).
"""

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any
from urllib.parse import quote

from ..clock import EPOCH
from ..store import accounts
from ..store.connection import Connection
from ..store.database import GroupDatabase, InlineDatabase, StoreError, open_database, open_engine
from ..store.group import Engine

WAITING = 500
GROUPS = 20  # of WAITING messages, per contender and round
ALONE = 300  # messages of the contender that commits each by itself
MIN_ROUNDS = 3
POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/test"

METER_ROWS = (
    "INSERT INTO meter_values (account_id, charge_point_id, connector_id, transaction_id, sampled_at, context,"
    " register_wh, power_w, samples, digest) VALUES (1, ?, 1, ?, ?, 'Sample.Periodic', ?, 7400, ?, ?)"
)
SESSION_BEGINS = (
    "INSERT INTO sessions (account_id, public_id, connector_id, id_tag, kind, mode, started_at, start_register_wh,"
    " version, body) VALUES (1, ?, 1, 'LBALICE', 'business', 'fast', ?, ?, 1, ?)"
)
SESSION_ENDS = "UPDATE sessions SET ended_at = ?, end_register_wh = ?, energy_wh = 7400 WHERE public_id = ?"
SAMPLES = b'[{"value":"1234.5","measurand":"Power.Active.Import","unit":"W"}]'
BODY = b"x" * 300

Job = Callable[[Connection], None]


def message(number: int) -> Job:
    """Message `number` as a store job."""
    us = number * 1_000_000
    match number % 25:
        case 0:
            return lambda db: _run(db, SESSION_BEGINS, (f"ses_{number}", us, number, BODY))
        case 1:
            return lambda db: _run(db, SESSION_ENDS, (us, number + 7_400, f"ses_{number - 1}"))
    rows = [(number % 1_000, number % 100, us, number, SAMPLES, row) for row in range(4)]
    return lambda db: db.run_many(METER_ROWS, rows)


def _run(db: Connection, sql: str, params: tuple[object, ...]) -> None:
    db.run(sql, params)


class Bare:
    """The driver itself: its own execute and executemany, its own BEGIN and COMMIT."""

    def __init__(self, location: str) -> None:
        self.engine: Engine = open_engine(location, "FULL")
        raw: Any = self.engine.connection.raw  # type: ignore[attr-defined]
        self._execute = raw.execute
        postgresql = location.startswith("postgres")
        self._many = raw.cursor().executemany if postgresql else raw.executemany
        self._begin: Callable[[], object] = (lambda: None) if postgresql else (lambda: raw.execute("BEGIN IMMEDIATE"))
        self._commit = raw.commit if postgresql else lambda: raw.execute("COMMIT")
        self._sql = [
            sql.replace("?", "%s") if postgresql else sql for sql in (METER_ROWS, SESSION_BEGINS, SESSION_ENDS)
        ]
        self._next = 0

    def messages(self, count: int, together: int) -> None:
        rows_sql, begins_sql, ends_sql = self._sql
        for first in range(self._next, self._next + count, together):
            self._begin()
            for number in range(first, first + together):
                us = number * 1_000_000
                match number % 25:
                    case 0:
                        self._execute(begins_sql, (f"ses_{number}", us, number, BODY))
                    case 1:
                        self._execute(ends_sql, (us, number + 7_400, f"ses_{number - 1}"))
                    case _:
                        rows = [(number % 1_000, number % 100, us, number, SAMPLES, row) for row in range(4)]
                        self._many(rows_sql, rows)
            self._commit()
        self._next += count


class Ours:
    """The writer, kept supplied: each answer hands in the next message."""

    def __init__(self, location: str) -> None:
        self.database: GroupDatabase = open_database(location, writers=1)
        self._next = 0
        self._error: StoreError | None = None

    def messages(self, count: int, waiting: int) -> None:
        self._last = self._next + count
        self._unanswered = count
        self._finished = Event()
        for _ in range(min(waiting, count)):
            self._submit()
        self._finished.wait()
        if self._error is not None:
            raise self._error

    def _submit(self) -> None:
        number, self._next = self._next, self._next + 1
        self.database.submit("", message(number), self._answered, self._failed)

    def _answered(self, _: None) -> None:
        self._unanswered -= 1
        if self._next < self._last:
            self._submit()
        elif not self._unanswered:
            self._finished.set()

    def _failed(self, error: StoreError) -> None:
        self._error = error
        self._finished.set()


def run(seconds: float = 10.0) -> dict[str, dict[str, float]]:
    """Figures and ratios by name; takes about `seconds` per engine."""
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        sqlite = _compare([str(Path(folder) / f"{name}.db") for name in ("ours", "bare")], seconds)
        figures |= {f"sqlite_{name}": value for name, value in sqlite.items() if name != "ratio"}
        ratios["store_vs_driver"] = sqlite["ratio"]
        if schemas := stack.enter_context(_schemas(2)):
            postgresql = _compare(schemas, seconds)
            figures |= {f"postgresql_{name}": value for name, value in postgresql.items() if name != "ratio"}
            ratios["postgresql_store_vs_driver"] = postgresql["ratio"]
    return {"figures": figures, "ratios": ratios}


def _compare(locations: list[str], seconds: float) -> dict[str, float]:
    """Ours and the bare driver in turns, each in its own database."""
    for location in locations:
        database = InlineDatabase(location)
        database.run(_settle_in)
        database.close()
    ours, bare = Ours(locations[0]), Bare(locations[1])
    rounds = [_round(ours, bare)]
    until = time.perf_counter() + seconds
    while len(rounds) < MIN_ROUNDS or time.perf_counter() < until:
        rounds.append(_round(ours, bare))
    ours.database.close()
    bare.engine.close()
    measured = rounds[1:]  # the first one warms up
    return {name: round(median(one[name] for one in measured), 3) for name in measured[0]}


def _round(ours: Ours, bare: Bare) -> dict[str, float]:
    count = WAITING * GROUPS
    ours_s, ours_cpu_s = _timed(lambda: ours.messages(count, WAITING))
    bare_s, bare_cpu_s = _timed(lambda: bare.messages(count, WAITING))
    alone_s, _ = _timed(lambda: bare.messages(ALONE, 1))
    return {
        "messages_per_s": count / ours_s,
        "driver_messages_per_s": count / bare_s,
        "commit_per_message_per_s": ALONE / alone_s,
        "cpu_us_per_message": 1e6 * ours_cpu_s / count,
        "driver_cpu_us_per_message": 1e6 * bare_cpu_s / count,
        "ratio": bare_s / ours_s,
    }


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _settle_in(db: Connection) -> None:
    accounts.create(db, "acc_bench", "Bench", "Europe/Amsterdam", "nl", EPOCH)


@contextmanager
def _schemas(count: int) -> Iterator[list[str]]:
    """URLs of as many empty schemas; none without a server."""
    import psycopg

    url = os.environ.get("LAADBOEK_TEST_POSTGRESQL", POSTGRESQL)
    try:
        server = psycopg.connect(url, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        yield []
        return
    names = [f"laadboek_bench_{secrets.token_hex(6)}" for _ in range(count)]
    try:
        for name in names:
            server.execute(f"CREATE SCHEMA {name}")
        separator = "&" if "?" in url else "?"
        yield [f"{url}{separator}options={quote(f'-csearch_path={name}')}" for name in names]
    finally:
        server.execute("SET client_min_messages = warning")
        for name in names:
            server.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        server.close()
