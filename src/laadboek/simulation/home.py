"""The home at work: wall box, host, network and platform joined on one heap, with everything that judges them."""

from base64 import b64encode
from collections import Counter
from datetime import timedelta
from functools import partial

from ..charger.events import SettingChosen
from ..csms.server import Platform
from ..devices.simulated import SIMULATED_BOX, SimulatedCharger
from ..reasons import Reason
from ..runtime.cast import read_cast
from ..runtime.host import Bug, Host
from ..runtime.hosted import HostedCharger
from ..runtime.keys import DataKeys
from ..runtime.socket import Admit, Caller, Listener, Refusal, Socket, UpgradeRequest
from ..store import charge_points, links
from ..store.connection import Connection
from ..store.database import InlineDatabase
from . import household
from .door import FrontDoor
from .faults import HOST, PLATFORM, Disk, Faults, Sabotage, Trouble, Weather
from .network import Network, Wire
from .oracle import Oracle
from .truth import Meter, Person, Referee
from .world import HeapTimers, Process, ProcessTimers, World

# A program that died is started again after this long at most: sooner than anybody can swap cars.
RESTARTED_WITHIN_S = 20.0

# What the platform may say to its log in a run in which nobody errs: after an outage a status or a boot may
# overtake the queued StopTransaction, which then closes what was ended provisionally.
USUAL = {
    "connection.opened",
    "connection.closed",
    "connection.replaced",
    "connection.both_alive",
    "connection.contested",
    "connection.half_open",
    "transaction.ended_without_stop",
    "transaction.lost_at_boot",
}
PLATFORM_PINGS = timedelta(minutes=30)  # of silence


class OurPlatform:
    """One run of our platform, as `laadboek serve` assembles it."""

    def __init__(self, home: "HomeAtWork", process: Process, disk: Disk, run: int) -> None:
        self.process = process
        self._home, self._disk, self._run = home, disk, run
        self._platform: Platform | None = None

    def start(self) -> None:
        home = self._home
        self._platform = Platform(
            self._disk,
            home.world.clock,
            home.world.ids(f"platform {self._run}"),
            ProcessTimers(self.process),
            home.keys.pepper,
            self._log,
            ping_every=PLATFORM_PINGS,
        )
        self._platform.index(home.database.read(charge_points.everything))
        self._platform.operations.recover()

    def accept(self, charge_box_id: str, socket: Socket) -> Listener | Refusal:
        assert self._platform is not None
        headers = {"Authorization": self._home.authorization}
        admission = self._platform.admit(UpgradeRequest(f"/ocpp/{charge_box_id}", headers, "192.0.2.1"))
        return admission.listener(socket) if isinstance(admission, Admit) else Refusal("http", admission.status)

    def _log(self, event: str, **fields: object) -> None:
        if event not in USUAL:
            self._home.oracle.wrong(f"platform: {event} {fields}")


class HomeAtWork:
    """Builds the parts, and builds host and platform again whenever they died."""

    def __init__(
        self, world: World, database: InlineDatabase, home: household.Home, keys: DataKeys, faults: Faults
    ) -> None:
        self.world, self.database, self.home, self.keys = world, database, home, keys
        self.authorization = database.read(lambda db: authorization(db, home, keys))
        self.wire, self.referee, self.meter = Wire(), Referee(), Meter()
        self.network = Network(world, self.wire)
        self.oracle = Oracle(self.referee, self.meter)
        self.trouble = Trouble(faults)
        self.sabotage = Sabotage(world, self.network, self.trouble, self._kill)
        self.weather = Weather(world, self.network, self.trouble)
        self.cars = household.cars()
        self.box = SimulatedCharger(
            SIMULATED_BOX,
            car=self.cars[household.ALICE.name],
            clock=world.clock,
            timers=HeapTimers(world),
            ids=world.ids("box"),
            register_wh=household.FIRST_REGISTER_WH,
        )
        people = {r.pin: Person(r.name, home.id_tags[r.name], household.KINDS[r.name]) for r in household.RESIDENTS}
        self.door = FrontDoor(world, self.box, self.cars, people, self.referee, self.meter)
        self.platform: OurPlatform | None = None
        self.notices: Counter[str] = Counter()
        self._processes: dict[str, Process] = {}
        self._chance = world.ids("restarts")
        self._runs = 0
        self.crashes = 0

    # --- begin and end ---

    def start(self) -> None:
        """The first start: the box boots, and its owner wants nobody to charge without a PIN."""
        self.wire.listeners.append(self.oracle.hear)
        if self.trouble.faults.cut_per_event or self.trouble.faults.kill_per_event:
            self.wire.listeners.append(self.sabotage.hear)
        self.trouble.brews = False  # until the owner is done
        self._start_platform()
        self._start_host(fresh=True)
        self.trouble.brews = True
        self.weather.begin()

    def calm(self) -> None:
        """Nothing goes wrong from now on: what is under way shall come to its end."""
        self.trouble.brews = False
        self.weather.clear_up()

    # --- programs ---

    def _begin(self, name: str) -> tuple[Process, Disk, int]:
        self._runs += 1
        process = Process(self.world, name, lambda: self._died(name))
        self._processes[name] = process
        disk = Disk(self.database, self.world.ids(f"disk {self._runs}"), self.trouble)
        process.finish = disk.flush
        return process, disk, self._runs

    def _start_platform(self) -> None:
        process, disk, run = self._begin(PLATFORM)
        self.platform = OurPlatform(self, process, disk, run)
        process.call(self.platform.start)

    def _start_host(self, fresh: bool = False) -> None:
        process, disk, run = self._begin(HOST)
        self.door.belongs_to(process, disk)
        process.call(self._host, process, disk, run, fresh)

    def _host(self, process: Process, disk: Disk, run: int, fresh: bool) -> None:
        """What the fleet does at start, for this one charger."""
        home, ids = self.home, self.world.ids(f"host {run}")
        host = Host(
            HostedCharger(
                account_id=home.account_id,
                id=home.charger_row,
                charger_id=home.charger_id,
                name=household.CHARGE_BOX_ID,
            ),
            lambda: self.database.read(lambda db: read_cast(db, home.charger_row, self.box.info, ids)),
            device=self.door,
            store=disk,
            timers=ProcessTimers(process),
            connector=partial(self._connect, process),
            clock=self.world.clock,
            ids=ids,
            pin_key=self.keys.pin_key,
            notify=self._notify,
            on_bug=self._bug,
        )
        host.start(fresh)
        if fresh:
            host.post(SettingChosen("FreeCharging", "false"))

    def _connect(self, process: Process, link_id: str, socket_no: int, caller: Caller) -> None:
        self.network.dial(self.home.charge_box_id, process, caller, lambda: self.platform)

    def _notify(self, reason: Reason, driver_id: str | None) -> None:
        self.notices[reason.code] += 1

    def _bug(self, bug: Bug) -> None:
        self.oracle.wrong(f"host: {bug.error!r} at {bug.event}")

    # --- crashes ---

    def _kill(self, name: str) -> None:
        process = self._processes[name]
        if process.alive:
            process.end()
            self._died(name)

    def _died(self, name: str) -> None:
        self.crashes += 1
        self.network.process_died(self._processes[name])
        if name == PLATFORM:
            self.platform = None
            self.database.read(self.oracle.look_for_answered)
        restart = self._start_platform if name == PLATFORM else self._start_host
        self.world.at(self.world.now + timedelta(seconds=self._chance.below(RESTARTED_WITHIN_S)), restart)


def authorization(db: Connection, home: household.Home, keys: DataKeys) -> str:
    """The header that the link's key makes (OCPP-J §6.2.2)."""
    [link] = links.of_charger(db, home.charger_row)
    assert link.authorization_key is not None
    key = keys.open(link.authorization_key, table="links", row=link.public_id, account_id=home.account_id)
    return "Basic " + b64encode(f"{link.user_name}:{key.reveal()}".encode()).decode()
