"""A charger as a household has it: simulated box, core, face, host, fleet, a real SQLite file, real sockets."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from wire import until

from laadboek.bus import Bus
from laadboek.charger.events import SettingsChosen
from laadboek.clock import SystemClock
from laadboek.ids import Ids
from laadboek.runtime.fleet import Fleet
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import load_keys
from laadboek.runtime.outbound import Outbound
from laadboek.runtime.timers import LoopTimers
from laadboek.secret import Secret, pin_mac
from laadboek.store import accounts, chargers, drivers, links, sessions
from laadboek.store.database import Reader, open_database

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PIN, TAG = "48213", "ALICE-TAG"
QUICK = {"back_off": {"first_s": 0.05, "refused_first_s": 0.05, "cap_s": 0.1, "jitter": False}}


class Home:
    """The rows of one charger with one driver and one control link."""

    def __init__(self, folder, uri, *, key="sesame", loose=False, **settings):
        self.folder, self.keys = folder, load_keys(folder)
        ids = Ids(1)
        self.charger_id, self.link_id = ids.public("chg"), ids.public("lnk")
        config = {"house": False, "register_wh": 1_000_000, "quick": True}
        if loose:
            config["info"] = {
                "vendor": "Laadboek",
                "model": "Loose",
                "serial_number": "LB-1",
                "firmware_version": "1",
                "tethered": False,
            }

        def rows(db):
            account_id = accounts.create(db, ids.public("acc"), "Home", "Europe/Amsterdam", "en", NOW)
            charger = chargers.create(db, account_id, self.charger_id, "Drive", "simulated", config, NOW)
            driver = drivers.NewDriver(
                public_id=ids.public("drv"),
                name="Alice",
                pin_mac=pin_mac(self.keys.pin_key, self.charger_id, PIN),
                id_tag=TAG,
                kind="business",
                mode="fast",
            )
            drivers.create(db, account_id, charger, driver, NOW)
            sealed = self.keys.seal(Secret(key), table="links", row=self.link_id, account_id=account_id)
            link = links.NewLink(
                public_id=self.link_id,
                position=1,
                role="control",
                backend_uri=uri,
                charge_box_id="LB-0001",
                user_name="LB-0001",
                authorization_key=sealed,
                settings={**QUICK, **settings},
            )
            links.create(db, account_id, charger, link, 0, NOW)
            return account_id, charger

        with_database = open_database(folder / "laadboek.db")
        self.account_id, self.charger_row = asyncio.run(with_database.write("setup", rows))
        with_database.close()

    @asynccontextmanager
    async def lived_in(self):
        """Laadboek runs."""
        loop = asyncio.get_running_loop()
        clock = SystemClock()
        timers = LoopTimers(clock)
        database = open_database(self.folder / "laadboek.db", deliver=loop.call_soon_threadsafe)
        outbound = Outbound(self.keys, guard=Guard(["127.0.0.0/8"]))
        fleet = Fleet(
            database=database, keys=self.keys, bus=Bus(), clock=clock, timers=timers, ids=Ids(), outbound=outbound
        )
        await fleet.start()
        try:
            yield Inside(self, fleet, database)
        finally:
            await fleet.stop()
            timers.close()
            database.close()

    def sessions(self):
        """What the ledger says, read as another program would."""
        database = Reader(self.folder / "laadboek.db")
        try:
            rows = database.read(
                lambda db: db.rows(
                    "SELECT public_id FROM sessions WHERE account_id = ? ORDER BY id", (self.account_id,)
                )
            )
            return [database.read(lambda db, id=id: sessions.load(db, self.account_id, id)).facts for (id,) in rows]
        finally:
            database.close()


class Inside:
    """A running home."""

    def __init__(self, home, fleet, database):
        self.home, self.fleet, self.database = home, fleet, database
        self.host = fleet[home.charger_id]
        self.box = self.host.device

    @property
    def live(self):
        return self.host.live(self.host.clock.now())

    @property
    def link(self):
        return self.live.links[0]

    def identified_only(self):
        """Nobody charges without a PIN."""
        self.host.post(SettingsChosen({"FreeCharging": "false"}))

    async def alice_charges(self):
        """She plugs in and types her PIN; return her session."""
        self.identified_only()
        self.box.plug_in()
        self.box.type_pin(PIN)
        await until(lambda: self.live.session is not None)
        return self.live.session

    def add_energy(self, wh):
        self.box.set_register(self.box.register_wh + wh)
