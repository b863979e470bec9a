"""Several chargers on one fuse, in virtual time: rows, fleet, hosts, site, simulated boxes and a simulated meter."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from laadboek.bus import Bus
from laadboek.runtime.fleet import Fleet
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import DataKeys
from laadboek.runtime.logins import Logins
from laadboek.simulation.world import HeapTimers, World
from laadboek.site.config import Circuit, SiteConfig
from laadboek.store import accounts, chargers, sites
from laadboek.store.database import InlineDatabase

NIGHT = datetime(2026, 3, 2, 1, tzinfo=UTC)
FUSE = SiteConfig(circuits=(Circuit(circuit_id="main", limit_ma=25_000),), has_meter=True)
BIG_CAR = {"capacity_wh": 100_000, "soc_percent": 10, "phases": 3, "max_current_ma": 32_000}


class Offline:
    """No network: nobody here has a link."""

    def __init__(self, keys):
        self.guard, self.logins = Guard(), Logins(keys)

    def forget(self, link_id):
        """It was never known."""


class Terrace:
    """One account with one site and `count` simulated chargers at it."""

    def __init__(self, count=2, config=FUSE, start=NIGHT, quick=True):
        self.world, self.bus = World(start, 1), Bus()
        self.database = InlineDatabase(":memory:")
        self.charger_ids = [f"chg_{number}" for number in range(1, count + 1)]
        self.write(lambda db: self.create(db, config, quick))
        self.runs = 0
        self.move_in()

    def create(self, db, config, quick):
        self.account_id = accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "en", self.world.now)
        self.site_row = sites.create(db, self.account_id, "sit_1", "Home", config, self.world.now)
        for charger_id in self.charger_ids:
            device = {"quick": quick, "car": BIG_CAR}
            row = chargers.create(db, self.account_id, charger_id, charger_id, "simulated", device, self.world.now)
            sites.place(db, self.account_id, row, self.site_row)

    def write(self, job):
        return self.database.run(job)

    def move_in(self):
        """The program starts."""
        self.runs += 1
        self.timers = HeapTimers(self.world)
        keys = DataKeys(b"k" * 32)
        self.fleet = Fleet(
            database=self.database,
            keys=keys,
            outbound=Offline(keys),
            bus=self.bus,
            clock=self.world.clock,
            timers=self.timers,
            ids=self.world.ids(f"fleet {self.runs}"),
        )
        self.fleet.sites.start()
        for row in self.database.read(chargers.all):
            self.fleet.add(row)
        self.wait(seconds=3)

    def wait(self, **delta):
        self.world.run(self.world.now + timedelta(**delta))

    def configure(self, config):
        row = self.database.read(lambda db: sites.load(db, self.site_row))
        self.write(lambda db: sites.change(db, replace(row, config=config)))
        self.fleet.sites.refresh(self.account_id)

    @property
    def site(self):
        return self.fleet.sites["sit_1"]

    def host(self, number):
        return self.fleet[f"chg_{number}"]

    def box(self, number):
        return self.host(number).device

    def offered(self):
        """mA, by charger."""
        return [host.device.readings(self.world.now)[0].offered_ma for host in self.fleet]

    def measured(self):
        return self.site.meter.read(self.world.now)
