"""A session enters its chain exactly once, in the commit that ends it."""

import threading
from datetime import timedelta

import pytest
from cast import CHARGER, START, ended, running, salt, save, settle_in
from msgspec.structs import replace

from fixtures_store import run
from laadboek.ledger.chain import GENESIS, link_hash
from laadboek.ledger.derive import derive
from laadboek.ledger.entry import NotEvidence
from laadboek.store import accounts, chargers, ledger, sessions
from laadboek.store.database import JobFailed
from laadboek.store.verify import verify


@pytest.fixture
def home(database):
    return run(database, settle_in)


def refusal(database, job) -> BaseException:
    with pytest.raises(JobFailed) as caught:
        run(database, job)
    assert caught.value.__cause__ is not None
    return caught.value.__cause__


def test_a_running_session_is_a_row_and_no_entry(database, home):
    assert run(database, lambda db: save(db, *home, running(1))) is None
    assert database.read(lambda db: ledger.entries(db, CHARGER)) == []
    assert database.read(lambda db: sessions.running(db, *home)) == [running(1)]
    assert database.read(verify) == []


def test_a_session_that_ends_is_appended_once_however_often_it_is_saved(database, home):
    run(database, lambda db: save(db, *home, running(1)))
    assert run(database, lambda db: save(db, *home, ended(1))) == 1
    assert run(database, lambda db: save(db, *home, ended(1))) is None
    assert run(database, lambda db: save(db, *home, ended(2))) == 2

    first, second = database.read(lambda db: ledger.entries(db, CHARGER))
    assert first.previous_hash == GENESIS
    assert second.previous_hash == first.hash == link_hash(GENESIS, first.body)
    assert (first.session_id, first.energy_wh, first.kind) == ("ses_00001", 7_400, "private")
    assert b"Bob" not in first.body and b"LBBOB" not in first.body
    assert database.read(lambda db: ledger.head(db, CHARGER)).hash == second.hash
    assert database.read(lambda db: sessions.running(db, *home)) == []
    assert database.read(verify) == []


def test_another_end_of_a_sealed_session_is_refused(database, home):
    run(database, lambda db: save(db, *home, ended(1)))
    other = replace(ended(1), end_register_wh=20_000)
    assert isinstance(refusal(database, lambda db: save(db, *home, other)), sessions.SessionSealed)
    assert isinstance(refusal(database, lambda db: save(db, *home, running(1))), sessions.SessionSealed)
    row = database.read(lambda db: sessions.load(db, home[0], "ses_00001"))
    assert row.facts == ended(1)


def test_a_correction_is_a_new_entry_and_the_old_one_stays(database, home):
    run(database, lambda db: save(db, *home, ended(1)))
    better = replace(ended(1), end_register_wh=17_000, driver_id="drv_alice", driver_name="Alice Ämter")
    correction = {"actor": "usr_olga", "at": START + timedelta(days=2), "why": "meter was swapped"}
    assert run(database, lambda db: sessions.correct(db, home[0], better, salt("c"), **correction)) == 2
    assert run(database, lambda db: sessions.correct(db, home[0], ended(1), salt("d"), **correction)) == 3

    entries = database.read(lambda db: ledger.entries(db, CHARGER))
    assert [(one.entry, one.energy_wh) for one in entries] == [
        ("session", 7_400),
        ("correction", 7_000),
        ("correction", 7_400),
    ]
    assert b'"corrects":2' in entries[2].body
    assert database.read(lambda db: sessions.load(db, home[0], "ses_00001")).facts == ended(1)
    assert database.read(verify) == []


def test_a_changed_kind_is_a_new_entry_that_says_who(database, home):
    run(database, lambda db: save(db, *home, ended(1)))
    at = START + timedelta(days=1)
    assert run(database, lambda db: sessions.change_kind(db, home[0], "ses_00001", "business", "usr_olga", at)) == 2
    assert run(database, lambda db: sessions.change_kind(db, home[0], "ses_00001", "business", "usr_olga", at)) is None

    entry = database.read(lambda db: ledger.entries(db, CHARGER, after=1))[0]
    assert (entry.entry, entry.kind, entry.energy_wh) == ("kind", "business", 0)
    assert b'"actor":"usr_olga"' in entry.body and b'"from":"private"' in entry.body
    row = database.read(lambda db: sessions.load(db, home[0], "ses_00001"))
    assert (row.kind, row.facts.kind) == ("business", "private")
    assert database.read(verify) == []


def test_the_kind_of_a_running_or_foreign_session_cannot_be_changed(database, home):
    run(database, lambda db: save(db, *home, running(1)))

    def change(account_id: int):
        return lambda db: sessions.change_kind(db, account_id, "ses_00001", "business", "usr_olga", START)

    assert isinstance(refusal(database, change(home[0])), sessions.SessionRuns)
    charlie = run(database, lambda db: accounts.create(db, "acc_charlie", "Charlie", "Europe/Paris", "fr", START))
    assert isinstance(refusal(database, change(charlie)), sessions.UnknownSession)
    assert database.read(lambda db: sessions.load(db, charlie, "ses_00001")) is None


def test_energy_that_would_be_negative_never_enters_the_chain(database, home):
    backwards = replace(ended(1), end_register_wh=9_999, quarters=())
    assert isinstance(refusal(database, lambda db: save(db, *home, backwards)), NotEvidence)
    assert database.read(lambda db: sessions.load(db, home[0], "ses_00001")) is None  # all or nothing
    assert database.read(lambda db: ledger.head(db, CHARGER)).seq == 0


def test_an_erased_person_leaves_a_whole_chain(database, home):
    for number in range(6):
        run(database, lambda db, number=number: save(db, *home, ended(number)))
    better = replace(ended(2), driver_id="drv_bob", driver_name="Bob", id_tag="LBBOB", ended_by_tag="LBBOB")
    run(
        database,
        lambda db: sessions.correct(db, home[0], better, salt("c"), actor="usr_olga", at=START, why="it was Bob"),
    )
    assert run(database, lambda db: sessions.erase_driver(db, home[0], "drv_alice")) == 2

    everything = database.read(
        lambda db: [
            *db.rows("SELECT * FROM sessions"),
            *db.rows("SELECT * FROM ledger_entries"),
            *db.rows("SELECT * FROM ledger_personal"),
        ]
    )
    text = b"".join(v if isinstance(v, bytes) else str(v).encode() for row in everything for v in row)
    assert b"Alice" not in text and b"LBALICE" not in text and b"drv_alice" not in text
    assert b"Bob" in text
    assert database.read(verify) == []


def test_two_writers_of_one_chain_take_turns(database, home):
    """On PostgreSQL the shards are different threads and connections; the head's lock keeps the chain one line."""
    finished = threading.Semaphore(0)
    for number in range(40):
        database.submit(
            f"shard {number}",
            lambda db, number=number: save(db, *home, ended(number)),
            lambda _: finished.release(),
            lambda error: pytest.fail(str(error)),
        )
    for _ in range(40):
        assert finished.acquire(timeout=60)
    seqs = [one.seq for one in database.read(lambda db: ledger.entries(db, CHARGER))]
    assert seqs == list(range(1, 41))
    assert database.read(verify) == []


def test_anybody_can_verify_an_entry_with_json_and_sha256_alone(database, home):
    run(database, lambda db: save(db, *home, ended(5)))
    entry = database.read(lambda db: ledger.entries(db, CHARGER))[0]
    says = derive(entry.body)
    assert says.facts["flags"] == ["power_loss"]
    assert len(says.facts["quarters"]) == 4
    opened = database.read(lambda db: ledger.personal(db, CHARGER, 1))
    assert {one.field for one in opened} == set(says.commitments) == {
        "driver_id", "driver_name", "ended_by_tag", "id_tag",
    }  # fmt: skip


def test_a_foreign_account_cannot_write_into_a_chain(database, home):
    run(database, lambda db: save(db, *home, ended(1)))
    charlie = run(database, lambda db: accounts.create(db, "acc_charlie", "Charlie", "Europe/Paris", "fr", START))
    his = run(database, lambda db: chargers.create(db, charlie, "chg_charlie", "His", "simulated", {}, START))
    assert isinstance(refusal(database, lambda db: save(db, charlie, his, ended(2))), AssertionError)
    assert database.read(verify) == []
