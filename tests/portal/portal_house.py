"""A portal over a real store: two accounts, two chargers, sessions around the days on which the clocks change.

The cast: Alice (driver and owner), Bob (her household), Charlie (a stranger with an account of his own).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Struct
from starlette.testclient import TestClient

from laadboek.actions import passwords
from laadboek.actions.first_account import FirstAccount, create_first_account
from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.energy.plan import Goal, Plan, PlanSlot
from laadboek.facts import Kind, Mode, Pilot
from laadboek.ids import Ids
from laadboek.ledger.entry import SessionFacts
from laadboek.live import LiveCharger, LiveLink, LiveSession
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.reasons import Reason
from laadboek.runtime.keys import DataKeys
from laadboek.secret import Secret
from laadboek.store import chargers, sessions
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from people import ALICE, PASSWORD, create_charlie

VAULT = DataKeys(bytes(32))
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # 18:30 in Amsterdam, a Monday
HOSTILE = '=HYPERLINK("https://evil.example";"click")'


class House(Struct, frozen=True):
    """What the tests need to know of what is in the store."""

    database: InlineDatabase
    charger: str
    foreign_charger: str
    session: str  # Alice's, ended, business
    foreign_session: str


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hash_new(Secret(PASSWORD))


DRIVERS = {"Elsewhere-driver": "drv_elsewhere"}


def charge(
    db: Connection,
    account_id: int,
    charger: tuple[int, str],
    start: datetime,
    *,
    minutes: int = 90,
    energy_wh: int | None = 12_345,
    kind: Kind = Kind.BUSINESS,
    driver: str | None = "Alice",
    ids: Ids,
) -> str:
    """A session as a charger's host saves it; `energy_wh` None: it still runs."""
    session_id = ids.public("ses")
    ended = energy_wh is not None
    facts = SessionFacts(
        session_id=session_id,
        connector_id=1,
        id_tag=ids.id_tag(),
        driver_id=None if driver is None else DRIVERS.get(driver, "drv_1"),
        driver_name=driver,
        kind=kind.value,
        mode=Mode.FAST.value,
        started_at=start,
        start_register_wh=1_000_000,
        ended_at=start + timedelta(minutes=minutes) if ended else None,
        end_register_wh=1_000_000 + energy_wh if energy_wh is not None else None,
        reason="EVDisconnected" if ended else None,
    )
    sessions.save(
        db, account_id=account_id, chain=charger[1], session=facts, salt=ids.token_bytes(16), charger_id=charger[0]
    )
    return session_id


def furnish(db: Connection, password_hash: str, ids: Ids) -> tuple[str, str, str, str]:
    owner = create_first_account(
        db,
        FirstAccount(
            name="Alice", email=ALICE, password_hash=password_hash, time_zone="Europe/Amsterdam", language="en"
        ),
        ids,
        NOW,
    )
    config = {"demo_pins": [{"name": "Alice", "pin": "24680"}, {"name": "Bob", "pin": "97531"}]}
    home = ids.public("chg")
    home_id = chargers.create(db, owner.account_id, home, "Driveway", "simulated", config, NOW)
    at = (home_id, home)
    ours = charge(db, owner.account_id, at, NOW - timedelta(hours=9), energy_wh=18_240, ids=ids)
    charge(db, owner.account_id, at, NOW - timedelta(hours=5), kind=Kind.PRIVATE, driver="Bob", minutes=42, ids=ids)
    charge(db, owner.account_id, at, NOW - timedelta(minutes=40), energy_wh=None, ids=ids)
    for day in range(1, 27):
        start = NOW - timedelta(days=day, hours=day % 7)
        kind, driver = (Kind.BUSINESS, "Alice") if day % 3 else (Kind.PRIVATE, HOSTILE if day == 3 else "Bob")
        charge(
            db, owner.account_id, at, start, energy_wh=4_000 + 911 * (day * 7 % 19), kind=kind, driver=driver, ids=ids
        )
    other = create_charlie(db, "Charlie-of-elsewhere", password_hash, ids, NOW)
    theirs = ids.public("chg")
    their_id = chargers.create(db, other, theirs, "Elsewhere-garage", "zappi", {}, NOW)
    foreign = charge(db, other, (their_id, theirs), NOW - timedelta(hours=2), driver="Elsewhere-driver", ids=ids)
    return home, theirs, ours, foreign


@pytest.fixture
def house(password_hash: str) -> Iterator[House]:
    database = InlineDatabase(":memory:")
    home, theirs, ours, foreign = database.run(lambda db: furnish(db, password_hash, Ids(7)))
    yield House(database, home, theirs, ours, foreign)
    database.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def browser(house: House, bus: Bus, clock: VirtualClock) -> Iterator[TestClient]:
    """A browser window on our own page, signed in as nobody."""
    app = create_app(house.database, bus, clock, settings=PortalSettings(), vault=VAULT)
    with TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, email: str = ALICE) -> TestClient:
    answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


@pytest.fixture
def alice(browser: TestClient) -> TestClient:
    return sign_in(browser)


def live(house: House, **changes: object) -> LiveCharger:
    """What a charging evening looks like on the bus."""
    values: dict[str, object] = {
        "charger_id": house.charger,
        "name": "Driveway",
        "at": NOW,
        "mode": Mode.FAST,
        "pilot": Pilot.C2,
        "powered": True,
        "power_w": 7_360,
        "current_ma": (10_700, 10_700, 10_700),
        "offered_ma": 16_000,
        "register_wh": 1_012_345,
        "soc_percent": 64,
        "session": LiveSession(
            session_id="ses_now",
            driver_name="Alice",
            kind=Kind.BUSINESS,
            started_at=NOW - timedelta(minutes=40),
            energy_wh=4_870,
        ),
        "why": Reason("charging", {"mode": "fast", "as_mode": "fast", "limit_a": 16, "driver": "Alice"}),
        "links": (LiveLink(link_id="lnk_1", charge_box_id="LB-0001", state="online", last_heard_at=NOW),),
        "grid_w": 5_260,
        "solar_w": 2_590,
        "home_w": 490,
    }
    return LiveCharger(**(values | changes))  # type: ignore[arg-type]


def planned(**changes: object) -> Plan:
    """A night's plan: cheap hours, and a little sun now."""

    def at(hour: float) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC) + timedelta(hours=hour)

    values: dict[str, object] = {
        "made_at": NOW,
        "goal": Goal(22_000, at(6)),
        "slots": (PlanSlot(starts_at=at(1), ends_at=at(2.5), energy_wh=16_500, cost_micro=1_980_000),),
        "sun": (PlanSlot(starts_at=NOW, ends_at=NOW + timedelta(minutes=15), energy_wh=500, cost_micro=50_000),),
        "why": Reason("plan.cheapest", {"energy_wh": 22_000, "saved_micro": 1_500_000}),
        "cost_micro": 2_030_000,
        "cost_at_once_micro": 3_530_000,
        "currency": "EUR",
    }
    return Plan(**(values | changes))  # type: ignore[arg-type]
