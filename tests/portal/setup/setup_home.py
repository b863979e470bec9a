"""A new account and everything that answers its pages: store, fleet, platform, in virtual time and on one bus."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from laadboek.actions.first_account import FirstAccount, create_first_account
from laadboek.bus import Bus
from laadboek.charger_wishes import ChargerWishes
from laadboek.csms.server import Platform
from laadboek.ids import Ids
from laadboek.key_wishes import KeyWishes
from laadboek.link_wishes import LinkWishes
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.rights import Role
from laadboek.runtime.fleet import Fleet
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import DataKeys
from laadboek.runtime.logins import Logins
from laadboek.simulation.world import HeapTimers, World
from laadboek.site_wishes import SiteWishes
from laadboek.store import accounts, chargers, memberships, sites, users
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from laadboek.store.sites import SiteRow
from laadboek.wishes import Wishes
from people import ALICE, PASSWORD, create_charlie

EVENING = datetime(2026, 3, 2, 19, tzinfo=UTC)
BOB, OLGA = "bob@example.org", "olga@example.org"
KEYS = DataKeys(bytes(32))


class Offline:
    """No network: nobody is called."""

    def __init__(self) -> None:
        self.guard, self.logins = Guard(), Logins(KEYS)

    def know(self, link_id: str, target: object) -> None:
        """Nobody will call there."""

    def forget(self, link_id: str) -> None:
        """It was never called."""

    def connect(self, link_id: str, listener: object) -> "Offline":
        """The call that never gets through."""
        return self

    def abort(self) -> None:
        """There is nothing to abort."""


class SetupHome:
    """One installation; `start` begins a run of the program over the same store."""

    def __init__(self, password_hash: str) -> None:
        self.world, self.database = World(EVENING, 1), InlineDatabase(":memory:")
        self.database.run(lambda db: self._people(db, password_hash))
        self.runs = 0
        self.start()

    def _people(self, db: Connection, password_hash: str) -> None:
        now = self.world.now
        wanted = FirstAccount(
            name="Alice", email=ALICE, password_hash=password_hash, time_zone="Europe/Amsterdam", language="en"
        )
        self.account_id = create_first_account(db, wanted, Ids(7), now).account_id
        self.foreign_account_id = create_charlie(db, "Charlie", password_hash, Ids(8), now)
        for email, role in ((BOB, Role.HOUSEHOLD), (OLGA, Role.INSTALLER)):
            name = email.partition("@")[0].title()
            own = accounts.create(db, f"acc_{name}", name, "Europe/Amsterdam", "en", now)
            user_id = users.create(
                db, own, public_id=f"usr_{name}", email=email, name=name, password_hash=password_hash, language="en",
                now=now,
            )  # fmt: skip
            memberships.create(db, self.account_id, user_id, role, now)

    def start(self) -> None:
        """The program starts (again)."""
        self.runs += 1
        self.bus, timers, clock = Bus(), HeapTimers(self.world), self.world.clock
        self.fleet = Fleet(
            database=self.database,
            keys=KEYS,
            bus=self.bus,
            clock=clock,
            timers=timers,
            ids=self.world.ids(f"fleet {self.runs}"),
            outbound=Offline(),  # type: ignore[arg-type]
        )
        self.fleet.sites.start()
        for row in self.database.read(chargers.all):
            self.fleet.add(row)
        self.platform = Platform(self.database, clock, Ids(3), timers, bytes(32), lambda *_, **__: None)
        Wishes(self.platform, self.database, clock, Ids(4)).serve(self.bus)
        LinkWishes(self.fleet, self.database, KEYS, clock, Ids(5)).serve(self.bus)
        KeyWishes(self.fleet, self.database, clock).serve(self.bus)
        SiteWishes(self.fleet.sites.refresh, self.fleet.sites.know_spots, self.database, KEYS, clock, Ids(6)).serve(
            self.bus
        )
        ChargerWishes(self.fleet, self.database, self.bus, clock, Ids(f"chargers {self.runs}")).serve(self.bus)
        self.app = create_app(self.database, self.bus, clock, settings=PortalSettings(), vault=KEYS)

    def wait(self, **delta: int) -> None:
        self.world.run(self.world.now + timedelta(**delta))

    def browser(self, email: str = ALICE) -> TestClient:
        client = TestClient(self.app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
        answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    def site(self) -> SiteRow:
        [site] = self.database.read(lambda db: sites.of_account(db, self.account_id))
        return site

    def act_for(self, email: str) -> None:
        """Bob and Olga look at Alice's account, not at their own."""

        def at(db: Connection) -> None:
            db.run(
                "UPDATE sign_ins SET acting_account_id = ? WHERE user_id = (SELECT id FROM users WHERE email = ?)",
                (self.account_id, email),
            )

        self.database.run(at)

    def member(self, email: str) -> TestClient:
        client = self.browser(email)
        self.act_for(email)
        return client


@pytest.fixture
def home(password_hash: str) -> Iterator[SetupHome]:
    made = SetupHome(password_hash)
    yield made
    made.database.close()
