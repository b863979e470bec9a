"""Long books on both engines: summed from the index alone, read in pages, written with little memory."""

import tracemalloc
from datetime import UTC, date, datetime, timedelta

import pytest

from fixtures_store import run
from laadboek.actions.exports.csv_rows import CellWriter, CsvFile, Dialect, Reader
from laadboek.actions.sessions import Wanted, list_sessions, pages_between
from laadboek.bench.sessions import ZONE, filled
from laadboek.energy import zones
from laadboek.energy.zones import Span
from laadboek.facts import Kind
from laadboek.store import session_queries
from laadboek.store.database import Database, InlineDatabase
from laadboek.store.session_queries import Choice
from laadboek.store.session_scope import SessionScope

MANY = 2_345
YEAR = zones.period(Span.YEAR, date(2026, 1, 1), ZONE)
WHOLE = [(YEAR.start, YEAR.end)]


def test_pages_hold_every_session_once_in_both_directions(database: Database) -> None:
    actor = run(database, lambda db: filled(db, MANY))
    scope = SessionScope(account_id=actor.account_id)
    for newest_first in (False, True):
        seen, after = [], None
        while True:
            rows, after = run(
                database,
                lambda db, a=after, n=newest_first: session_queries.page(
                    db, scope, YEAR.start, YEAR.end, after=a, limit=100, newest_first=n
                ),
            )
            seen += rows
            if after is None:
                break
        assert len({row.session_id for row in seen}) == len(seen) == MANY
        starts = [row.started_at for row in seen]
        assert starts == sorted(starts, reverse=newest_first)


def test_sums_are_those_of_the_rows(database: Database) -> None:
    actor = run(database, lambda db: filled(db, 500))
    scope = SessionScope(account_id=actor.account_id)
    wanted = Wanted(span=Span.YEAR, day=date(2026, 6, 1), kind=Kind.BUSINESS)
    found = run(database, lambda db: list_sessions(db, actor, wanted, limit=1_000))
    rows = found.sessions
    assert {row.kind for row in rows} == {Kind.BUSINESS} and found.totals.private_wh == 0
    assert found.totals.business_wh == sum(row.energy_wh or 0 for row in rows)
    assert found.totals.sun_wh == sum(row.sun_wh or 0 for row in rows)
    assert found.totals.costs_micro == (("EUR", sum(row.cost_micro or 0 for row in rows)),)
    assert found.totals.count == len(rows)
    bobs = run(database, lambda db: session_queries.sums(db, scope, WHOLE, Choice(driver_id="drv_bob")))
    assert [one.kind for one in bobs] == [Kind.PRIVATE]
    assert run(database, lambda db: session_queries.sums(db, scope, WHOLE, Choice(charger_id="chg_no"))) == []


def test_an_employer_sees_neither_sun_nor_cost(database: Database) -> None:
    actor = run(database, lambda db: filled(db, 50))
    scope = SessionScope(account_id=actor.account_id, kind=Kind.BUSINESS, drivers=frozenset({"drv_alice"}), home=False)
    rows = run(database, lambda db: session_queries.started_between(db, scope, YEAR.start, YEAR.end))
    assert rows and all((row.sun_wh, row.cost_micro, row.currency) == (None, None, None) for row in rows)
    assert {row.driver_id for row in rows} == {"drv_alice"}
    sums = run(database, lambda db: session_queries.sums(db, scope, WHOLE))
    assert [(one.sun_wh, one.measured_wh, one.cost_micro, one.currency) for one in sums] == [(0, 0, 0, None)]


def test_a_year_is_summed_from_the_index_alone() -> None:
    database = InlineDatabase(":memory:")
    actor = database.run(lambda db: filled(db, 100))
    scope = SessionScope(account_id=actor.account_id)
    months = [(YEAR.start + timedelta(days=30 * n), YEAR.start + timedelta(days=30 * n + 30)) for n in range(12)]
    for choice in (Choice(), Choice(kind=Kind.BUSINESS), Choice(driver_id="drv_bob"), Choice(charger_id="chg_bench")):
        plan = database.read(lambda db, c=choice: explained(db, *session_queries.sums_statement(db, scope, months, c)))
        assert "USING COVERING INDEX ix_sessions_account_id_started_at" in plan, plan
    database.close()


def explained(db, sql, params):
    return "\n".join(str(row[-1]) for row in db.rows(f"EXPLAIN QUERY PLAN {sql}", params))


def most_memory(count: int) -> int:
    """While a CSV of so many sessions is written."""
    database = InlineDatabase(":memory:")
    actor = database.run(lambda db: filled(db, count))
    file = CsvFile(Reader(dialect=Dialect.BOOKKEEPER, language="nl", time_zone=ZONE))
    tracemalloc.start()
    try:
        lines = database.read(
            lambda db: sum(file.rows(rows).count(b"\r\n") for rows in pages_between(db, actor, YEAR.start, YEAR.end))
        )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        database.close()
        assert lines == count


def test_a_file_twice_as_long_takes_no_more_memory() -> None:
    most_memory(3_000)  # what is loaded and remembered once
    assert most_memory(12_000) < 1.3 * most_memory(6_000)


@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (date(2026, 3, 29), ["2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"]),
        (date(2026, 10, 25), ["2026-10-25T02:59:59+02:00", "2026-10-25T02:00:00+01:00"]),
    ],
)
def test_on_both_days_the_clocks_are_set_the_file_says_which_hour_it_was(day: date, starts: list[str]) -> None:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    local = CellWriter(Reader(dialect=Dialect.MACHINE, language="nl", time_zone=ZONE))._local
    found = [local(int(instant.timestamp()) * 1_000_000)[1] for instant in (at - timedelta(seconds=1), at)]
    assert found == starts
