"""What is known of a person: every table is accounted for, told, and erased where the law does not want it kept."""

from datetime import UTC, datetime

import pytest
from full_account import everything, fill

from fixtures_store import run
from laadboek.store import accounts, audit, personal, sealed, verify
from laadboek.store.schema import metadata

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ALICE, CHARLIE = "CANARY-alice", "CANARY-charlie"


@pytest.fixture
def two(database):
    """Alice's account and Charlie's, each with a row in every table."""

    def make(db):
        made = {}
        for mark in (ALICE, CHARLIE):
            account_id = accounts.create(db, f"acc_{mark[-5:]}", mark, "Europe/Amsterdam", "nl", NOW)
            audit.append(db, account_id, actor="usr_1", what="signed_in", details={}, now=NOW, network=f"net {mark}")
            made[mark] = fill(db, account_id, mark, NOW)
        return made

    return database, run(database, make)


def test_every_table_is_accounted_for() -> None:
    assert {kind.table for kind in personal.TABLES} | personal.NOBODY_YET == set(metadata.tables)
    assert len({kind.table for kind in personal.TABLES}) == len(personal.TABLES)


def test_rows_go_before_what_they_refer_to() -> None:
    place = {kind.table: n for n, kind in enumerate(personal.TABLES)}
    gone = {kind.table for kind in personal.TABLES if kind.stays is None}
    for name in gone:
        for key in metadata.tables[name].foreign_keys:
            other = key.column.table.name
            assert other not in gone or place[name] < place[other], (name, other)


def test_no_secret_is_told() -> None:
    told = {kind.table: kind.never for kind in personal.TABLES}
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.name in ("password_hash", "token_hash", "code_hash", "pin_mac", "key_mac", "totp_secret"):
                assert column.name in told.get(table.name, {column.name}), (table.name, column.name)
    for one in sealed.COLUMNS:
        assert one.column in told[one.table], one


def test_all_that_is_known_is_told_and_nothing_of_others(two) -> None:
    database, made = two
    ids = made[ALICE]
    for kind in personal.TABLES:
        found = database.read(lambda db, k=kind: personal.rows(db, k, ids["accounts"], ids["users"], 0))
        assert len(found) == 1 or kind.table in ("ledger_personal",), kind.table
        assert CHARLIE not in repr(found), kind.table
        assert not set(found[0]) & kind.never


def test_closing_leaves_nothing_that_names_anybody_and_touches_nobody_else(two) -> None:
    database, made = two
    before = database.read(everything)
    run(database, lambda db: personal.close(db, made[ALICE]["accounts"], made[ALICE]["users"], NOW))
    after = database.read(everything)
    kept = {"chargers", "charge_points", "ledger_heads", "ledger_entries", "sessions"}
    for table, text in after.items():
        assert text.count(CHARLIE) == before[table].count(CHARLIE), table
        assert ALICE not in text or table in kept, table
    # Kept rows hold public ids of things, no person: what named one is gone.
    for table in kept:
        for named in (
            f"TAG{ALICE}",
            f"drv_{ALICE}",
            f"{ALICE} driver",
            f"chargers name {ALICE}",
            f"charge_box_id {ALICE}",
        ):
            assert named not in after[table], (table, named)


def test_what_is_kept_is_still_evidence(two) -> None:
    database, made = two
    assert database.read(verify.verify) == []
    run(database, lambda db: personal.close(db, made[ALICE]["accounts"], made[ALICE]["users"], NOW))
    assert database.read(verify.verify) == []
    assert database.read(lambda db: list(audit.flaws(db))) == []
    assert database.read(lambda db: db.row("SELECT SUM(energy_wh) FROM ledger_entries"))[0] == 20
