"""What of an account's sessions, and of what goes on there, each role sees (C8)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from fixtures_store import run
from laadboek.actions.actor import Actor
from laadboek.actions.scope import site_as_seen, visible
from laadboek.actions.sessions import Wanted, list_sessions, one_session
from laadboek.energy.plan import Goal, Plan
from laadboek.energy.zones import Span
from laadboek.facts import Kind
from laadboek.ledger.entry import SessionFacts
from laadboek.reasons import Reason, Refused
from laadboek.rights import RIGHTS, Role
from laadboek.site.view import MeterState, ShareView, SiteView
from laadboek.store import accounts, chargers, session_queries, sessions
from laadboek.store.connection import Connection
from laadboek.store.database import Database, JobFailed
from laadboek.supply import Appetite

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
# Newest first: whose, which kind, when.
CHARGED = (
    ("drv_alice", Kind.BUSINESS, NOW),
    ("drv_bob", Kind.PRIVATE, NOW),
    ("drv_bob", Kind.BUSINESS, NOW),
    (None, Kind.BUSINESS, NOW),  # Plug & Play
    ("drv_bob", Kind.PRIVATE, NOW - 40 * DAY),
)
YEAR = Wanted(span=Span.YEAR, day=date(2026, 1, 1))


def settle_in(db: Connection) -> int:
    account_id = accounts.create(db, "acc_1", "Home", "UTC", "nl", NOW)
    charger_id = chargers.create(db, account_id, "chg_1", "Driveway", "simulated", {}, NOW)
    for number, (driver, kind, at) in enumerate(CHARGED):
        facts = SessionFacts(
            session_id=f"ses_{number}",
            connector_id=1,
            id_tag="LB00",
            driver_id=driver,
            kind=kind.value,
            mode="fast",
            started_at=at,
            start_register_wh=0,
            ended_at=at + timedelta(minutes=10),
            end_register_wh=1_000 * 2**number,
            reason="Local",
        )
        sessions.save(db, account_id=account_id, chain="chg_1", session=facts, salt=b"s" * 16, charger_id=charger_id)
    return account_id


def actor(role: Role, drivers: frozenset[str] | None = None) -> Actor:
    """In the first account of a fresh store."""
    return Actor(account_id=1, name="usr_1", time_zone="UTC", language="nl", rights=RIGHTS[role], drivers=drivers)


@pytest.fixture
def home(database: Database) -> Database:
    assert run(database, settle_in) == 1
    return database


def seen(home: Database, who: Actor, wanted: Wanted = YEAR) -> set[str]:
    return {one.session_id for one in run(home, lambda db: list_sessions(db, who, wanted)).sessions}


@pytest.mark.parametrize("role", [Role.OWNER, Role.HOUSEHOLD, Role.BOOKKEEPER])
def test_who_reads_sessions_sees_all_of_them(home: Database, role: Role) -> None:
    assert len(seen(home, actor(role))) == len(CHARGED)


@pytest.mark.parametrize(
    ("drivers", "ids"),
    [
        (frozenset({"drv_bob"}), {"ses_2"}),
        (frozenset({"drv_alice", "drv_bob"}), {"ses_0", "ses_2"}),
        (frozenset(), set()),
        (None, {"ses_0", "ses_2", "ses_3"}),
    ],
)
def test_an_employer_sees_business_of_those_who_agreed(
    home: Database, drivers: frozenset[str] | None, ids: set[str]
) -> None:
    employer = actor(Role.EMPLOYER, drivers)
    assert seen(home, employer) == ids
    assert seen(home, employer, replace(YEAR, kind=Kind.PRIVATE)) == set()

    totals = run(home, lambda db: list_sessions(db, employer, YEAR)).totals
    assert totals.private_wh == 0
    assert totals.business_wh == sum(1_000 * 2 ** int(id[-1]) for id in ids)


def test_an_employer_is_not_told_that_a_private_session_exists(home: Database) -> None:
    employer = actor(Role.EMPLOYER)
    with pytest.raises(JobFailed) as failed:
        run(home, lambda db: one_session(db, employer, "ses_1"))
    assert isinstance(failed.value.__cause__, Refused)
    assert failed.value.__cause__.reason.code == "session.unknown"
    empty = run(home, lambda db: list_sessions(db, employer, Wanted(span=Span.DAY, day=date(2026, 2, 1))))
    assert empty.last_before is None  # Bob's private one of January is not pointed at
    owner = run(home, lambda db: list_sessions(db, actor(Role.OWNER), Wanted(span=Span.DAY, day=date(2026, 2, 1))))
    assert owner.last_before == date(2026, 1, 23)


def test_an_installer_sees_no_sessions(home: Database) -> None:
    with pytest.raises(Refused, match=r"right\.missing"):
        visible(actor(Role.INSTALLER))


def test_another_account_has_none_of_them(home: Database) -> None:
    stranger = replace(actor(Role.OWNER), account_id=2)
    assert seen(home, stranger) == set()
    assert run(home, lambda db: session_queries.one(db, visible(stranger), "ses_0")) is None


def test_what_tells_of_the_house_is_not_for_an_employer() -> None:
    assert not visible(actor(Role.EMPLOYER)).home
    assert visible(actor(Role.BOOKKEEPER)).home


PLAN = Plan(
    made_at=NOW,
    goal=Goal(20_000, NOW + DAY),
    slots=(),
    why=Reason("cheapest"),
    cost_micro=1,
    cost_at_once_micro=2,
    currency="EUR",
)
SITE = SiteView(
    at=NOW,
    meter=MeterState.GOOD,
    shares=(
        ShareView(
            charger_id="chg_1",
            connector_id=1,
            appetite=Appetite.FULL,
            drawn_w=7_360,
            offered_ma=16_000,
            limit_ma=None,
            surplus_w=None,
            why=None,
            plan=PLAN,
        ),
    ),
)


def test_an_installer_sees_how_a_site_shares_but_not_when_somebody_drives_away() -> None:
    shown = site_as_seen(actor(Role.INSTALLER), SITE)
    assert shown.shares == (replace(SITE.shares[0], plan=None),)
    assert site_as_seen(actor(Role.HOUSEHOLD), SITE) is SITE
