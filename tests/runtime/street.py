"""One charger with three links, whole stack in virtual time: an employer's, a registrar's, Bob's own. And its days."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import Struct

from laadboek.charger import events
from laadboek.devices.car import Car
from laadboek.devices.pace import Pace
from laadboek.devices.simulated import SIMULATED_BOX, SimulatedCharger
from laadboek.facts import Fault
from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Call, Rpc
from laadboek.ocpp.types import Side
from laadboek.runtime.cast import read_cast
from laadboek.runtime.host import Host
from laadboek.runtime.hosted import HostedCharger
from laadboek.runtime.services import Neighbours, Rows, Services
from laadboek.runtime.socket import Refusal
from laadboek.secret import pin_mac
from laadboek.simulation.world import HeapTimers, World
from laadboek.store import accounts, chargers, drivers, links, sessions
from laadboek.store.database import InlineDatabase

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
PIN_KEY = b"p" * 32
ALICE, BOB = "48213", "90517"
# Without spread: a lag that is drawn would be another one after a visit more.
STEADY = Pace(draws=(1, 0), flows=(2, 0), rises_a_s=(2, 0), lets_go=(1, 0), pauses=(1, 0), obeys=(1, 0), boots=(5, 0))
EVERYTHING = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,Current.Offered"
KEYS = {
    "HeartbeatInterval": "1700",
    "MeterValueSampleInterval": "300",
    "ClockAlignedDataInterval": "900",
    "MeterValuesSampledData": EVERYTHING,
    "MeterValuesAlignedData": EVERYTHING,
    "StopTxnSampledData": EVERYTHING,
}
BEHAVIOUR = {"back_off": {"first_s": 20, "refused_first_s": 20, "cap_s": 60, "jitter": False}, "initial_keys": KEYS}


class Line:
    """A platform at the other end of every socket; `log` is what an onlooker there could write down."""

    def __init__(self, world: World) -> None:
        self.world, self.log, self.heard = world, [], []
        self.open, self.reachable, self.asked, self.transactions = False, True, 0, 0
        self.answers: dict[type, Any] = {}

    def connect(self, caller: Any) -> None:
        if not self.reachable:
            caller.on_refused(Refusal("refused"))
            return
        self.rpc, self.caller, self.open = Rpc(Side.CENTRAL_SYSTEM), caller, True
        self.note("open")
        caller.on_open(self, "ocpp1.6")

    def note(self, what: str, text: bytes = b"") -> None:
        self.log.append((self.world.now, what, text))

    def send(self, text: bytes) -> None:
        if not self.open:
            return
        self.note("<", text)
        received = self.rpc.receive(text, self.world.now)
        if isinstance(received, Call):
            self.heard.append(received.request)
            answer = self.rpc.answer(received.message_id, self.answer(received.request))
            self.note(">", answer)
            self.caller.on_text(answer)

    def answer(self, request: Any) -> Any:
        accepted = m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)
        if type(request) in self.answers:
            return self.answers[type(request)]
        match request:
            case m.BootNotificationRequest():
                status = m.RegistrationStatus.ACCEPTED
                return m.BootNotificationResponse(status=status, current_time=self.world.now, interval=0)
            case m.StartTransactionRequest():
                self.transactions += 1
                return m.StartTransactionResponse(transaction_id=self.transactions, id_tag_info=accepted)
            case m.AuthorizeRequest():
                return m.AuthorizeResponse(id_tag_info=accepted)
            case m.HeartbeatRequest():
                return m.HeartbeatResponse(current_time=self.world.now)
        return m.MESSAGES[m.ACTION_OF[type(request)]].response()

    def ask(self, request: Any) -> None:
        if self.open:
            self.asked += 1
            text = self.rpc.call(f"e{self.asked}", request, self.world.now)
            self.note(">", text)
            self.caller.on_text(text)

    def ping(self) -> None:
        self.note("ping")
        self.caller.on_pong()

    def close(self, code: int = 1000) -> None:
        self.hang_up(code)

    def abort(self) -> None:
        self.hang_up(1006)

    def hang_up(self, code: int = 1006) -> None:
        if self.open:
            self.open = False
            self.note("closed")
            self.caller.on_close(code)


class Visit(Struct, frozen=True, kw_only=True):
    """One car that comes and goes. `who` charges, one after the other."""

    who: tuple[str, ...]
    gap_min: int
    pin_after_s: int
    charges_min: int
    stays_min: int
    incident: str
    incident_after_s: int


class Street:
    """One charger with three links: the employer's (business only), a registrar's (all), Bob's own (his sessions)."""

    def __init__(self, role: str, *, privately: bool, leaves: bool) -> None:
        """`leaves`: instead of charging privately somebody plugs in and leaves; else nobody comes at all."""
        self.world = World(NINE, 1)
        self.role, self.privately, self.leaves = role, privately, leaves
        self.database, self.moves = InlineDatabase(":memory:"), 0
        self.bugs: list[Any] = []
        self.notices: list[Any] = []
        ids = self.world.ids("rows")
        self.charger_id = ids.public("chg")
        self.lines = {name: Line(self.world) for name in ("lnk_employer", "lnk_registrar", "lnk_bob")}
        self.employer = self.lines["lnk_employer"]
        self.write(self.create)
        self.box = SimulatedCharger(
            SIMULATED_BOX,
            car=Car(capacity_wh=10_000_000, soc_percent=20),
            clock=self.world.clock,
            timers=HeapTimers(self.world),
            ids=self.world.ids("box"),
            register_wh=1_000_000,
            pace=STEADY,
        )
        self.move_in(fresh=True)
        self.wait(seconds=10)
        self.host.post(events.SettingsChosen({"FreeCharging": "false"}))

    def write(self, job: Callable[[Any], None]) -> None:
        done: list[Any] = []
        self.database.submit("test", job, done.append, lambda error: pytest.fail(str(error)))

    def create(self, db: Any) -> None:
        self.account_id = accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "en", NINE)
        self.row = chargers.create(db, self.account_id, self.charger_id, "Drive", "simulated", {}, NINE)
        for name, pin, kind in (("alice", ALICE, "business"), ("bob", BOB, "private")):
            mac = pin_mac(PIN_KEY, self.charger_id, pin)
            driver = drivers.NewDriver(
                public_id=f"drv_{name}", name=name, pin_mac=mac, id_tag=name.upper(), kind=kind, mode="fast"
            )
            drivers.create(db, self.account_id, self.row, driver, NINE)
        rules = {
            "lnk_employer": (self.role, {"rule": "business"}),
            "lnk_registrar": ("report", {"rule": "all"}),
            "lnk_bob": ("report", {"rule": "drivers", "drivers": ["drv_bob"]}),
        }
        for position, (link_id, (role, routing)) in enumerate(rules.items(), 1):
            link = links.NewLink(
                public_id=link_id,
                position=position,
                role=role,
                backend_uri="ws://platform/",
                charge_box_id=f"CP-{position}",
                user_name=f"CP-{position}",
                settings={**BEHAVIOUR, "routing": routing},
            )
            links.create(db, self.account_id, self.row, link, 0, NINE)

    def move_in(self, *, fresh: bool = False) -> None:
        self.moves += 1
        self.timers, ids = HeapTimers(self.world), self.world.ids(f"host {self.moves}")
        self.host = Host(
            HostedCharger(account_id=self.account_id, id=self.row, charger_id=self.charger_id, name="Drive"),
            self.box,
            Rows(lambda: self.database.read(lambda db: read_cast(db, self.row, self.box.info, ids))),
            Services(
                store=self.database,
                timers=self.timers,
                connector=lambda link_id, socket_no, caller, *_: self.lines[link_id].connect(caller),
                clock=self.world.clock,
                ids=ids,
                pin_key=PIN_KEY,
                on_bug=self.bugs.append,
            ),
            Neighbours(notify=lambda reason, driver_id: self.notices.append(reason)),
        )
        self.host.start(fresh)

    def wait(self, **delta: float) -> None:
        self.world.run(self.world.now + timedelta(**delta))

    def ledger(self) -> list[Any]:
        """Every session, in order."""
        rows = self.database.read(lambda db: db.rows("SELECT public_id FROM sessions ORDER BY id"))
        load = sessions.load
        return [self.database.read(lambda db, i=i: load(db, self.account_id, i)).facts for (i,) in rows]

    # --- a life ---

    def live(self, visits: list[Visit]) -> None:
        for visit in visits:
            self.wait(minutes=visit.gap_min)
            self.receive(visit)
        self.wait(hours=2)
        assert self.bugs == []

    def receive(self, visit: Visit) -> None:
        who = visit.who if self.privately else tuple(name for name in visit.who if name == ALICE)
        comes = bool(who) or self.leaves
        if comes:
            self.box.plug_in()
        self.wait(seconds=visit.pin_after_s)
        for name in visit.who:
            if name in who:
                self.charge(name, visit)
            else:
                self.absent(visit)
        self.wait(minutes=visit.stays_min)
        self.box.unplug()
        self.wait(minutes=1)

    def charge(self, pin: str, visit: Visit) -> None:
        self.box.set_register(self.box.register_wh)  # a whole Wh, or fractions of other sessions would round these
        self.box.type_pin(pin)
        self.suffer(visit)
        if self.host.core.view(1).session_id is not None:
            self.box.type_pin(pin)
        self.wait(seconds=30)

    def absent(self, visit: Visit) -> None:
        """The time passes in which somebody would have charged privately."""
        if self.leaves and not self.host.core.view(1).settled:
            self.box.unplug()
        self.suffer(visit)
        self.wait(seconds=30)

    def suffer(self, visit: Visit) -> None:
        over = self.world.now + timedelta(minutes=visit.charges_min)
        self.wait(seconds=visit.incident_after_s)
        INCIDENTS[visit.incident](self)
        self.world.run(max(self.world.now, over))

    # --- incidents; each takes at most ten minutes ---

    def nothing(self) -> None:
        """As on most days."""

    def fault(self) -> None:
        self.box.raise_fault(Fault.GROUND_FAILURE)
        self.wait(minutes=2)
        self.box.clear_fault()

    def lose_line(self) -> None:
        self.employer.reachable = False
        self.employer.hang_up()
        self.wait(minutes=9)
        self.employer.reachable = True

    def reconnect(self) -> None:
        self.employer.hang_up()

    def crash(self) -> None:
        """The program is gone from one instant to the next and starts again; the box goes on."""
        self.timers.clear()
        self.box.on_event = lambda event: None
        for line in self.lines.values():
            if line.open:
                line.open = False
                line.note("gone")
        self.wait(seconds=15)
        self.move_in()

    def ask_all(self) -> None:
        for wanted in (m.MessageTrigger.STATUS_NOTIFICATION, m.MessageTrigger.METER_VALUES):
            self.employer.ask(m.TriggerMessageRequest(requested_message=wanted))
            self.wait(seconds=3)
        self.employer.ask(m.GetConfigurationRequest())
        self.employer.ask(m.GetCompositeScheduleRequest(connector_id=1, duration=3600))
        self.employer.ask(m.UnlockConnectorRequest(connector_id=1))
        roots = m.CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE
        self.employer.ask(m.GetInstalledCertificateIdsRequest(certificate_type=roots))  # it hears security events now
        self.employer.ask(m.ClearCacheRequest())

    def out_of_service(self) -> None:
        for kind in (m.AvailabilityType.INOPERATIVE, m.AvailabilityType.OPERATIVE):
            self.employer.ask(m.ChangeAvailabilityRequest(connector_id=1, type=kind))
            self.wait(minutes=1)

    def write_key(self) -> None:
        self.employer.ask(m.ChangeConfigurationRequest(key="MeterValueSampleInterval", value="240"))

    def reset(self) -> None:
        self.employer.ask(m.ResetRequest(type=m.ResetType.SOFT))
        self.wait(seconds=30)

    def power_cut(self) -> None:
        self.box.cut_power()
        self.wait(minutes=4)
        self.box.restore_power()
        self.wait(minutes=1)


INCIDENTS: dict[str, Callable[[Street], None]] = {
    "": Street.nothing,
    "ask": Street.ask_all,
    "crash": Street.crash,
    "fault": Street.fault,
    "key": Street.write_key,
    "line": Street.lose_line,
    "out": Street.out_of_service,
    "reconnect": Street.reconnect,
    "power": Street.power_cut,
    "reset": Street.reset,
}
