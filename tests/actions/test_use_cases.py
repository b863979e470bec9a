"""Use cases on both engines of the store."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest
from msgspec.structs import replace

from fixtures_store import run
from laadboek.actions import sign_in
from laadboek.actions.actor import Actor
from laadboek.actions.chargers import my_charger, my_chargers
from laadboek.actions.exports.everything import everything
from laadboek.actions.first_account import FirstAccount, create_first_account
from laadboek.actions.periods import day_of, span_of
from laadboek.actions.sessions import ChangeKind, Wanted, change_kind, list_sessions, one_session
from laadboek.energy.zones import Span
from laadboek.facts import Kind
from laadboek.ids import Ids
from laadboek.ledger.entry import SessionFacts
from laadboek.reasons import Refused
from laadboek.store import audit, chargers, ledger, sessions, users
from laadboek.store.connection import Connection
from laadboek.store.database import Database, JobFailed

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = FirstAccount(
    name="Alice", email="Alice@Example.org", password_hash="x", time_zone="Europe/Amsterdam", language="nl"
)
TOKEN, OTHER_TOKEN = b"1" * 32, b"2" * 32


def alice(database: Database) -> Actor:
    return run(database, lambda db: create_first_account(db, FIRST, Ids(1), NOW))


def refusal(database: Database, job: Callable[[Connection], T]) -> str:
    with pytest.raises(JobFailed) as failed:
        run(database, job)
    assert isinstance(failed.value.__cause__, Refused)
    return failed.value.__cause__.reason.code


def signed_in(db: Connection, number: str, token: bytes, former: bytes | None = None, now: datetime = NOW) -> None:
    """Alice, on a browser."""
    user = users.by_email(db, "ALICE@example.org")
    assert user is not None
    new = sign_in.NewSignIn(public_id=f"sgn_{number}", token=token, former_token=former)
    sign_in.sign_in(db, user, new, now)


def furnished(db: Connection, actor: Actor) -> None:
    """A charger with three sessions: one on the last day of February, two on the first of March, one still running."""
    charger_id = chargers.create(db, actor.account_id, "chg_1", "Driveway", "simulated", {}, NOW)
    for number, (start, energy_wh) in enumerate(
        [
            (datetime(2026, 2, 28, 22, 59, tzinfo=UTC), 1_000),
            (datetime(2026, 2, 28, 23, 0, tzinfo=UTC), 2_000),
            (datetime(2026, 3, 1, 11, 0, tzinfo=UTC), None),
        ]
    ):
        facts = SessionFacts(
            session_id=f"ses_{number}",
            connector_id=1,
            id_tag="LB00",
            kind="business",
            mode="fast",
            started_at=start,
            start_register_wh=0,
            ended_at=None if energy_wh is None else start + timedelta(minutes=10),
            end_register_wh=energy_wh,
            reason=None if energy_wh is None else "Local",
        )
        sessions.save(
            db, account_id=actor.account_id, chain="chg_1", session=facts, salt=b"s" * 16, charger_id=charger_id
        )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "account.no_name"),
        ({"email": "alice"}, "account.no_email"),
        ({"email": "alice@"}, "account.no_email"),
        ({"time_zone": "Europe/Atlantis"}, "account.no_time_zone"),
        ({"language": "tlh"}, "language.unknown"),
    ],
)
def test_an_account_needs_all_of_it(database: Database, changed: dict[str, str], code: str) -> None:
    wanted = replace(FIRST, **changed)
    assert refusal(database, lambda db: create_first_account(db, wanted, Ids(1), NOW)) == code
    assert run(database, lambda db: db.rows("SELECT id FROM accounts")) == []


def test_there_is_only_one_first_account(database: Database) -> None:
    alice(database)
    assert refusal(database, lambda db: create_first_account(db, FIRST, Ids(2), NOW)) == "account.exists"


def test_signing_in_finds_the_person_until_it_ends(database: Database) -> None:
    actor = alice(database)
    assert run(database, lambda db: users.by_email(db, "bob@example.org")) is None

    run(database, lambda db: signed_in(db, "1", TOKEN))
    found = run(database, lambda db: sign_in.who(db, TOKEN, NOW))
    assert found is not None
    assert (found.actor, found.user_name, found.due) == (actor, "Alice", False)
    assert found.confirmed and sign_in.is_fresh(found, NOW)
    assert not sign_in.is_fresh(found, NOW + sign_in.FRESH)

    run(database, lambda db: signed_in(db, "2", OTHER_TOKEN, former=TOKEN))
    assert run(database, lambda db: sign_in.who(db, TOKEN, NOW)) is None
    assert run(database, lambda db: sign_in.who(db, OTHER_TOKEN, NOW + sign_in.IDLE)) is None
    run(database, lambda db: sign_in.sign_out(db, OTHER_TOKEN))
    assert run(database, lambda db: sign_in.who(db, OTHER_TOKEN, NOW)) is None


def test_the_tokens_themselves_are_nowhere(database: Database) -> None:
    alice(database)
    run(database, lambda db: signed_in(db, "1", TOKEN))
    [[stored]] = run(database, lambda db: db.rows("SELECT token_hash FROM sign_ins"))
    assert bytes(stored) == sign_in.token_hash(TOKEN) != TOKEN


def test_expired_sign_ins_are_deleted_when_somebody_signs_in(database: Database) -> None:
    alice(database)
    run(database, lambda db: signed_in(db, "1", TOKEN))
    later = NOW + sign_in.IDLE
    run(database, lambda db: signed_in(db, "2", OTHER_TOKEN, now=later))
    assert len(run(database, lambda db: db.rows("SELECT id FROM sign_ins"))) == 1


def test_a_month_begins_at_local_midnight(database: Database) -> None:
    actor = alice(database)
    run(database, lambda db: furnished(db, actor))

    def in_month(day: date) -> list[str]:
        wanted = Wanted(span=Span.MONTH, day=day)
        return [one.session_id for one in run(database, lambda db: list_sessions(db, actor, wanted)).sessions]

    assert in_month(date(2026, 2, 14)) == ["ses_0"]  # 23:59 in Amsterdam
    assert in_month(date(2026, 3, 31)) == ["ses_2", "ses_1"]  # 00:00; newest first


def test_totals_count_what_has_ended(database: Database) -> None:
    actor = alice(database)
    run(database, lambda db: furnished(db, actor))
    found = run(database, lambda db: list_sessions(db, actor, Wanted(span=Span.YEAR, day=date(2026, 1, 1))))
    assert (found.totals.total_wh, found.totals.count, found.totals.running) == (3_000, 2, 1)
    empty = run(database, lambda db: list_sessions(db, actor, Wanted(span=Span.DAY, day=date(2026, 3, 2))))
    assert (empty.sessions, empty.last_before) == ([], date(2026, 3, 1))


def test_a_changed_kind_is_an_entry_of_its_own(database: Database) -> None:
    actor = alice(database)
    run(database, lambda db: furnished(db, actor))
    change = ChangeKind("ses_1", Kind.PRIVATE)
    assert run(database, lambda db: change_kind(db, actor, change, NOW)).kind is Kind.PRIVATE
    run(database, lambda db: change_kind(db, actor, change, NOW))  # again: nothing
    entries = run(database, lambda db: ledger.entries(db, "chg_1"))
    assert [(entry.entry, entry.session_id) for entry in entries] == [
        ("session", "ses_0"),
        ("session", "ses_1"),
        ("kind", "ses_1"),
    ]
    whats = [entry.what for entry in run(database, lambda db: audit.of_account(db, actor.account_id))]
    assert whats == ["account.created", "session.kind_changed"]


def test_a_running_or_foreign_session_is_not_changed(database: Database) -> None:
    actor = alice(database)
    run(database, lambda db: furnished(db, actor))
    stranger = Actor(account_id=actor.account_id + 1, name="usr_x", time_zone="UTC", language="en")
    running, foreign = ChangeKind("ses_2", Kind.PRIVATE), ChangeKind("ses_1", Kind.PRIVATE)
    assert refusal(database, lambda db: change_kind(db, actor, running, NOW)) == "session.running"
    assert refusal(database, lambda db: change_kind(db, stranger, foreign, NOW)) == "session.unknown"
    assert refusal(database, lambda db: one_session(db, stranger, "ses_1")) == "session.unknown"
    assert run(database, lambda db: my_chargers(db, stranger)) == []
    assert refusal(database, lambda db: my_charger(db, stranger, "chg_1")) == "charger.unknown"


def test_the_command_line_exports_local_days_both_included(database: Database) -> None:
    actor = alice(database)
    run(database, lambda db: furnished(db, actor))

    def exported(**choice: object) -> list[str]:
        parts = run(database, lambda db: list(everything(db, dialect="machine", **choice)))  # type: ignore[arg-type]
        lines = b"".join(parts).decode().splitlines()
        return [line.split(",")[0] for line in lines[1:]]

    assert exported() == ["ses_0", "ses_1", "ses_2"]
    assert exported(first=date(2026, 3, 1)) == ["ses_1", "ses_2"]
    assert exported(last=date(2026, 2, 28)) == ["ses_0"]
    assert exported(first=date(2026, 2, 28), last=date(2026, 3, 1), kind="private") == []


@pytest.mark.parametrize("day", ["2026-02-30", "1899-12-31", "2200-01-01", "today", "9999-99-99"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(Refused):
        day_of(day, date(2026, 3, 1))


def test_nothing_said_means_today() -> None:
    assert (span_of(None), day_of(None, date(2026, 3, 1))) == (Span.DAY, date(2026, 3, 1))
    with pytest.raises(Refused):
        span_of("decade")
