"""What a long book costs: a year of 100 000 sessions as a page, and all of them as CSV beside the bare csv module.

The page's part is what its request reads: sums by month from the index, one page of rows, the lists to choose from. The
peer writes the rows of the same statement, read in the same pages, with `csv.writer` as they come, without a name put
into words, a time zone or a guarded cell. Memory is what Python held at most while the CSV was written. PostgreSQL
joins in when a server answers at LAADBOEK_TEST_POSTGRESQL (default: this machine).
"""

import csv
import io
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

import msgspec

from ..actions.actor import Actor
from ..actions.exports.csv_rows import CsvFile, Dialect, Reader
from ..actions.sessions import STREAMED, Wanted, list_sessions, page_between
from ..clock import to_us
from ..energy import zones
from ..energy.zones import Span
from ..ledger.entry import SessionFacts
from ..store import accounts, chargers, session_queries, sessions
from ..store.connection import Connection
from ..store.database import InlineDatabase
from ..store.session_scope import SessionScope
from .store import _schemas as schemas

SESSIONS = 100_000
ROUNDS = 5
YEAR = date(2026, 1, 1)
ZONE = "Europe/Amsterdam"
BATCH = 5_000
MIB = 1 << 20


def run(count: int = SESSIONS) -> dict[str, dict[str, float]]:
    """Figures and ratios by name."""
    figures: dict[str, float] = {"sessions": count}
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        places = [("sqlite", str(Path(folder) / "year.db"))]
        places += [("postgresql", url) for url in stack.enter_context(schemas(1))]
        for engine, location in places:
            database = InlineDatabase(location)
            found, ratio = _measured(database, count)
            database.close()
            figures |= {f"{engine}_{name}": value for name, value in found.items()}
            ratios[f"{engine}_csv_vs_csv_writer"] = ratio
    return {"figures": figures, "ratios": ratios}


def _measured(database: InlineDatabase, count: int) -> tuple[dict[str, float], float]:
    actor = database.run(lambda db: filled(db, count))
    database.run(lambda db: db.run("ANALYZE"))
    wanted = Wanted(span=Span.YEAR, day=YEAR)
    page_s = _best(lambda: database.read(lambda db: list_sessions(db, actor, wanted)))
    ours_s, peer_s = [], []
    for _ in range(ROUNDS):  # in turns: the machine is never the same twice
        ours_s.append(_timed(lambda: database.read(lambda db: written(db, actor))))
        peer_s.append(_timed(lambda: database.read(lambda db: written_bare(db, actor))))
    tracemalloc.start()
    database.read(lambda db: written(db, actor))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    figures = {
        "year_page_ms": round(1e3 * page_s, 1),
        "csv_rows_per_s": round(count / median(ours_s)),
        "csv_writer_rows_per_s": round(count / median(peer_s)),
        "csv_memory_mib": round(most / MIB, 2),
    }
    pairs = zip(ours_s, peer_s, strict=True)
    return figures, round(median(peer / ours for ours, peer in pairs), 3)


def written(db: Connection, actor: Actor) -> int:
    """As a download does it; how many bytes that were."""
    period = zones.period(Span.YEAR, YEAR, ZONE)
    file, after = CsvFile(Reader(dialect=Dialect.MACHINE, language="nl", time_zone=ZONE)), None
    size = len(file.heading())
    while True:
        rows, after = page_between(db, actor, period.start, period.end, after=after)
        size += len(file.rows(rows))
        if after is None:
            return size


def written_bare(db: Connection, actor: Actor) -> int:
    """The same statement and pages, and nothing but the csv module."""
    period = zones.period(Span.YEAR, YEAR, ZONE)
    after, size = (to_us(period.start), 0), 0
    select = session_queries.select(SessionScope(account_id=actor.account_id))
    sql = (
        f"{select} WHERE s.account_id = ? AND s.started_at >= ? AND s.started_at < ?"
        " AND s.started_at >= ? AND (s.started_at > ? OR s.id > ?) ORDER BY s.started_at, s.id LIMIT ?"
    )
    while True:
        bounds = (actor.account_id, to_us(period.start), to_us(period.end))
        rows = db.rows(sql, (*bounds, after[0], after[0], after[1], STREAMED))
        if not rows:
            return size
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        size += len(out.getvalue().encode())
        after = rows[-1][0], rows[-1][1]


def filled(db: Connection, count: int) -> Actor:
    """A year of sessions, evenly spread, with quarter-hours as real ones have."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    account_id = accounts.create(db, "acc_bench", "Bench", ZONE, "nl", now)
    charger_id = chargers.create(db, account_id, "chg_bench", "Drive", "simulated", {}, now)
    apart = timedelta(days=364) / count
    for first in range(0, count, BATCH):
        rows = [_row(number, now + number * apart, account_id, charger_id) for number in range(first, first + BATCH)]
        db.run_many(sessions.INSERT, rows[: count - first])
    return Actor(account_id=account_id, name="usr_bench", time_zone=ZONE, language="nl")


def _row(number: int, start: datetime, account_id: int, charger_id: int) -> tuple[object, ...]:
    wh, business = 5_000 + number % 20_000, number % 3 > 0
    session = SessionFacts(
        session_id=f"ses_{number}",
        connector_id=1,
        id_tag="LBALICE" if business else "LBBOB",
        driver_id="drv_alice" if business else "drv_bob",
        driver_name="Alice Ämter" if business else "Bob",
        kind="business" if business else "private",
        mode="eco",
        started_at=start,
        start_register_wh=number * 10_000,
        quarters=tuple((start + timedelta(minutes=15 * part), number * 10_000 + part) for part in range(1, 9)),
        ended_at=start + timedelta(hours=2, seconds=number % 3_600),
        end_register_wh=number * 10_000 + wh,
        reason="EVDisconnected",
        flags=("power_loss",) if number % 50 == 0 else (),
        sun_wh=wh // 3,
        cost_micro=wh * 250,
        currency="EUR",
    )
    body = msgspec.json.encode(session)
    return *sessions.columns(session, body), account_id, session.session_id, charger_id, None


def _best(work: Callable[[], object]) -> float:
    return min(_timed(work) for _ in range(ROUNDS))


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
