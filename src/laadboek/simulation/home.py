"""The home at work: wall box, host, network and platforms joined on one heap, with everything that judges them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from ..actions.actor import Actor
from ..chargepoint.events import Replayed
from ..charger.events import SettingsChosen
from ..devices.car import Car
from ..devices.simulated import SIMULATED_BOX, SimulatedCharger
from ..facts import Kind
from ..ids import Ids
from ..reasons import Reason
from ..runtime.cast import read_cast, read_links
from ..runtime.host import Host
from ..runtime.hosted import Cast, HostedCharger
from ..runtime.keys import DataKeys
from ..runtime.services import Bug, Neighbours, Rows, Services
from ..runtime.socket import Caller
from ..runtime.turn import Edit
from ..store import outbox
from ..store.connection import Connection
from ..store.database import InlineDatabase, StoreBroken
from . import household
from .circuits import Circuit
from .commands import Commands, Link
from .disk import Disk
from .door import FrontDoor
from .faults import ClockSetter, FullDisk, Sabotage, Trouble, Weather
from .foreign import ForeignPlatform
from .network import Network, Platform, Wire
from .oracle import Oracle
from .our_platform import OurPlatform, authorization
from .owner import Owner
from .site_at_work import HomeSiteAtWork
from .trouble import Faults
from .truth import Meter, Person, Referee
from .world import HeapTimers, MachineClock, Process, ProcessTimers, World, nothing

HOST = "host"
# A program that died is started again after this long at most: sooner than anybody can swap cars.
RESTARTED_WITHIN_S = 20.0


def wall_box(world: World, car: Car) -> SimulatedCharger:
    return SimulatedCharger(
        SIMULATED_BOX,
        car=car,
        clock=world.clock,
        timers=HeapTimers(world),
        ids=world.ids("box"),
        register_wh=household.FIRST_REGISTER_WH,
    )


class HomeAtWork:
    """Builds the parts, and builds host and platforms again whenever they died."""

    def __init__(
        self,
        world: World,
        database: InlineDatabase,
        home: household.Home,
        keys: DataKeys,
        faults: Faults,
        until: datetime,
    ) -> None:
        self.world, self.database, self.home, self.keys = world, database, home, keys
        self.authorization = database.read(lambda db: authorization(db, home, keys))
        self.clock = MachineClock(world.clock)
        self.trouble = Trouble(faults, world.ids("strikes"))
        self.wire, self.meter = Wire(), Meter()
        self.network = Network(world, self.wire, lambda: self.trouble.now)
        self.network.after_sending = self.trouble.strike
        self.circuits = {circuit.name: circuit for circuit in home.circuits.values()}
        self.referee = Referee()
        self.oracle = Oracle(world.clock, self.referee, self.meter, tuple(self.circuits.values()))
        self.sabotage = Sabotage(world, self.network, self.trouble, (HOST, *self.circuits), self._kill)
        boxes = [circuit.charge_box_id for circuit in self.circuits.values()]
        self.weather = Weather(world, self.network, self.trouble, boxes)
        self.cars = household.cars()
        self.box = wall_box(world, self.cars[household.ALICE.name])
        people = {r.pin: Person(r.name, home.id_tags[r.name], household.KINDS[r.name]) for r in household.RESIDENTS}
        self.door = FrontDoor(
            world, self.clock, self.trouble, self.box, self.cars, people, self.referee, self.meter, self.oracle.wrong
        )
        self.guests = {c.name: Person("a guest", f"GUEST-{c.charge_box_id}", c.guests) for c in self.circuits.values()}
        known = {person.id_tag: person for person in (*people.values(), *self.guests.values())}
        links = {c.charge_box_id: Link(c, self.oracle.stories[c.charge_box_id]) for c in self.circuits.values()}
        self.commands = Commands(world, self.door, self.trouble, self.referee, known, links, self.oracle.wrong)
        self.network.hand_over = self.commands.hand_over
        self.foreign = {
            c.name: ForeignPlatform(world, c, self.trouble, self._known_to(c)) for c in self.circuits.values()
        }
        self.platforms: dict[str, Platform] = {}  # that listen now, by circuit
        self.owner = self._owner()
        self.notices: Counter[str] = Counter()
        self.crashes = 0
        self._until = until
        self._processes: dict[str, Process] = {}
        self._host: Host | None = None
        self.site: HomeSiteAtWork | None = None
        self._chance = world.ids("restarts")
        self._runs = 0

    def _owner(self) -> Owner:
        return Owner(
            self.world,
            self,
            self.trouble,
            {link_id: circuit for link_id, circuit in self.home.circuits.items() if circuit.role == "report"},
            Actor(account_id=self.home.account_id, name="owner", time_zone=household.TIME_ZONE, language="nl"),
            on_pause=self.oracle.link_paused,
            on_removal=lambda circuit: self.oracle.link_removed(circuit, self.door.register_wh()),
            wrong=self.oracle.wrong,
        )

    def _known_to(self, circuit: Circuit) -> tuple[str, ...]:
        """Id tags: a guest of its own, and the people whose sessions it may see."""
        kinds = household.KINDS.items()
        people = (self.home.id_tags[name] for name, kind in kinds if not circuit.filtered or kind is Kind.BUSINESS)
        return self.guests[circuit.name].id_tag, *people

    # --- begin and end ---

    def start(self) -> None:
        """The first start: the box boots, and its owner wants nobody to charge without a PIN."""
        self.wire.listeners += [self.oracle.hear, self.commands.hear]
        if self.trouble.faults.cut_per_event or self.trouble.faults.kill_per_event:
            self.wire.listeners.append(self.sabotage.hear)
        self.trouble.brews = False  # until the owner is done
        for name in self.circuits:
            self._start_platform(name)
        self._start_host(fresh=True)
        self.trouble.brews = True
        self.weather.begin()
        for name, platform in self.foreign.items():
            if not self.circuits[name].ours:
                platform.begin()
        FullDisk(self.world, self.trouble, self._until)
        self._clock_setter = ClockSetter(self.world, self.clock, self.trouble, self._until)
        self._clock_setter.on_set = self._set_clock
        self.owner.begin(self._until)

    def calm(self) -> None:
        """Nothing goes wrong from now on: what is under way shall come to its end."""
        self.trouble.brews = self.trouble.full = False
        self.weather.clear_up()
        self._clock_setter.set_right()
        self.owner.calm()

    def replay_set_aside(self) -> int:
        """A person looks at what was set aside and has it tried again; return how many messages that is."""
        process, host, count = self._processes[HOST], self._host, 0
        assert host is not None
        self.door.hurry()
        for link in host.links:
            event = self.database.read(partial(replayed, link_id=link.row.id))
            count += len(event.seqs)
            if event.seqs:
                process.call(host.post_to, link, event)
        return count

    def edit(self, edit: Edit) -> bool:
        """The owner changes a link (`owner.Charger`)."""
        process, host = self._processes[HOST], self._host
        if not process.alive or host is None:
            return False
        self.door.hurry()
        before = self.door.commits
        process.call(host.edit, edit)
        self.door.hurry()
        return self.door.commits > before

    # --- programs ---

    def _begin(self, name: str, restart: Callable[[], None]) -> Process:
        self._runs += 1
        process = self._processes[name] = Process(self.world, name, lambda: self._died(name, restart))
        return process

    def _disk(self, process: Process, *, stalls: bool = False) -> Disk:
        ids = self.world.ids(f"disk {self._runs}")
        on_full = self.oracle.host_lost_turns if process.name == HOST else nothing
        disk = Disk(self.database, self.world, process, ids, self.trouble, stalls=stalls, on_full=on_full)
        process.finish = disk.flush
        return disk

    def _start_platform(self, name: str) -> None:
        process = self._begin(name, partial(self._start_platform, name))
        if not self.circuits[name].ours:
            self.foreign[name].runs_in(process)
            self.platforms[name] = self.foreign[name]
            return
        ours = OurPlatform(
            process,
            self._disk(process),
            self.world,
            self.world.ids(f"platform {self._runs}"),
            self.keys,
            self.authorization,
            wrong=self.oracle.wrong,
        )
        self.platforms[name] = ours
        process.call(ours.start)

    def _start_host(self, fresh: bool = False) -> None:
        process = self._begin(HOST, self._start_host)
        self.site = None if self.home.site is None else self._begin_site(self.home.site, process)
        disk = self._disk(process, stalls=True)
        self.door.belongs_to(process, disk)
        self.oracle.host_began()
        process.call(self._run_host, process, disk, self._runs, fresh)

    def _begin_site(self, place: household.HomeSite, process: Process) -> HomeSiteAtWork:
        timers = ProcessTimers(process, self.clock)
        return HomeSiteAtWork(
            place, self.home.charger_id, self.box, self.clock, timers, self.notices, self.oracle.wrong
        )

    def _run_host(self, process: Process, disk: Disk, run: int, fresh: bool) -> None:
        """What the fleet does at start, for this one charger."""
        home, ids = self.home, self.world.ids(f"host {run}")
        self._host = host = Host(
            HostedCharger(
                account_id=home.account_id,
                id=home.charger_row,
                charger_id=home.charger_id,
                name=household.CHARGE_BOX_ID,
            ),
            self.door,
            self._rows(ids),
            Services(
                store=disk,
                timers=ProcessTimers(process, self.clock),
                connector=partial(self._connect, process),
                clock=self.clock,
                ids=ids,
                pin_key=self.keys.pin_key,
                on_bug=self._bug,
            ),
            Neighbours(notify=self._notify, changed=nothing if self.site is None else self.site.charger_changed),
        )
        host.start(fresh)
        if self.site is not None:
            self.site.join(host)
            self.door.shows_session = lambda: host.core.view(1).session_id is not None
        if fresh:
            host.post(SettingsChosen({"FreeCharging": "false"}))

    def _rows(self, ids: Ids) -> Rows:
        read, row, info = self.database.read, self.home.charger_row, self.box.info
        return Rows(
            lambda: self._cast(read(lambda db: read_cast(db, row, info, ids))),
            lambda known: read(lambda db: read_links(db, row, info, ids, known)),
        )

    def _cast(self, cast: Cast) -> Cast:
        opening = () if self.site is None else self.site.opening()
        return replace(cast, opening=(*cast.opening, *opening))

    def _connect(self, process: Process, link_id: str, socket_no: int, caller: Caller) -> None:
        circuit: Circuit = self.home.circuits[link_id]
        self.network.dial(circuit.charge_box_id, process, caller, lambda: self.platforms.get(circuit.name))

    def _notify(self, reason: Reason, driver_id: str | None) -> None:
        self.notices[reason.code] += 1

    def _bug(self, bug: Bug) -> None:
        if not isinstance(bug.error, StoreBroken):  # of that the process dies
            self.oracle.wrong(f"host: {bug.error!r} at {bug.event}")

    def _set_clock(self, wrong_by: timedelta) -> None:
        """As the served process does it: all chargers stop, the clock is believed, all start again."""
        process, host = self._processes[HOST], self._host
        if process.alive and host is not None:
            self.door.hurry()
            process.call(host.stop)
        if process.alive:  # not dead of its last words
            process.end()
            self.network.process_died(process)
            self.world.at(self.world.now, self._start_host)
        self.clock.wrong_by = wrong_by
        self.referee.clock_set()

    # --- crashes ---

    def _kill(self, name: str) -> None:
        process = self._processes[name]
        if process.alive:
            process.end()
            process.on_crash()

    def _died(self, name: str, restart: Callable[[], None]) -> None:
        self.crashes += 1
        self.network.process_died(self._processes[name])
        if name == HOST:
            self.oracle.host_lost_turns()
        else:
            self.platforms.pop(name)
            if self.circuits[name].ours:
                self.database.read(self.oracle.look_for_answered)
        self.world.at(self.world.now + timedelta(seconds=self._chance.below(RESTARTED_WITHIN_S)), restart)


def replayed(db: Connection, link_id: int) -> Replayed:
    """What a person asks for who wants everything tried again that a link's platform refused."""
    return Replayed(tuple(outbox.replayable(db, link_id)), outbox.count_aside(db, link_id))
