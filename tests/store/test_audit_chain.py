"""The audit log of an account is a chain: whoever edits, removes or inserts a row is found out."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from fixtures_store import run
from laadboek.store import accounts, audit
from laadboek.store.connection import Connection

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROWS = 40


@pytest.fixture
def written(database):
    def write(db: Connection) -> list[int]:
        made = [accounts.create(db, f"acc_{n}", "A", "UTC", "nl", NOW) for n in (1, 2)]
        for n in range(ROWS):
            details = {"n": n, "was": "Zoë"} if n % 3 else {}
            audit.append(
                db,
                made[n % 2],
                actor="usr_1",
                what="driver.changed",
                details=details,
                now=NOW + timedelta(seconds=n),
                network="192.0.2.7",
            )
        return made

    return database, run(database, write)


def flaws(database) -> list[audit.Flaw]:
    return database.read(lambda db: list(audit.flaws(db)))


def test_what_was_only_written_has_no_flaw(written):
    database, _ = written
    assert flaws(database) == []
    assert [seq for _, seq, _ in database.read(audit.heads)] == [ROWS // 2, ROWS // 2]


@pytest.mark.parametrize("column", ["actor", "what", "details", "at", "seq"])
def test_every_edited_column_is_found(written, column):
    database, _ = written
    chance = random.Random(column)
    for _ in range(8):
        row = chance.randrange(1, ROWS + 1)
        before = database.read(lambda db, row=row: db.row(f"SELECT {column} FROM audit WHERE id = ?", (row,)))[0]
        wrong = before + 1_000 if isinstance(before, int) else '{"n":99}' if column == "details" else before + "x"
        run(
            database,
            lambda db, row=row, wrong=wrong: db.run(f"UPDATE audit SET {column} = ? WHERE id = ?", (wrong, row)),
        )
        assert flaws(database), (column, row)
        run(database, lambda db, row=row, was=before: db.run(f"UPDATE audit SET {column} = ? WHERE id = ?", (was, row)))
        assert flaws(database) == []


def test_a_removed_row_is_missed_and_a_cut_tail_too(written):
    database, _ = written
    run(database, lambda db: db.run("DELETE FROM audit WHERE seq = 7 AND account_id = 1"))
    assert next((flaw.account, flaw.seq, flaw.what) for flaw in flaws(database)) == ("acc_1", 7, "missing")
    run(database, lambda db: db.run("DELETE FROM audit WHERE seq = 20 AND account_id = 2"))
    assert ("acc_2", None, "cut") in [(flaw.account, flaw.seq, flaw.what) for flaw in flaws(database)]


def test_a_row_that_nobody_wrote_is_found(written):
    database, _ = written
    forged = "INSERT INTO audit (account_id, actor, what, details, at) VALUES (1, 'usr_9', 'x', '{}', 0)"
    run(database, lambda db: db.run(forged))
    assert [flaw.what for flaw in flaws(database)] == ["inserted"]


def test_the_address_may_go_without_breaking_the_chain(written):
    database, _ = written
    run(database, lambda db: db.run("UPDATE audit SET network = NULL"))
    assert flaws(database) == []
