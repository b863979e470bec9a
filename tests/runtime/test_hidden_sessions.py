"""An employer must not learn of private charging (RULES §6): two lives of one charger, whole stack, virtual time.

Both lives are the same by seed and script, but for this: in the second one nobody charges privately. What the employer
gets to hear, byte by byte and instant by instant, sockets and pings included, must not differ. Over a control link the
rules allow one trace, a connector that was Preparing for a while: so there, in the second life, who would have charged
privately plugs in and leaves at the instant at which the hidden session begins.

Where the two lives must differ in that trace (somebody charges privately and then for business while the car stays, or
the power fails in a private session), all is compared but Preparing, Available and heartbeats.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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
from laadboek.runtime.socket import Refusal
from laadboek.secret import pin_mac
from laadboek.simulation.world import HeapTimers, World
from laadboek.store import accounts, chargers, drivers, links, session_images, sessions
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
        self.database, self.bugs, self.moves = InlineDatabase(":memory:"), [], 0
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
        self.host.post(events.SettingChosen("FreeCharging", "false"))

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
            lambda: self.database.read(lambda db: read_cast(db, self.row, self.box.info, ids)),
            device=self.box,
            store=self.database,
            timers=self.timers,
            connector=lambda link_id, socket_no, caller, *_: self.lines[link_id].connect(caller),
            clock=self.world.clock,
            ids=ids,
            pin_key=PIN_KEY,
            notify=lambda reason, driver_id: None,
            on_bug=self.bugs.append,
        )
        self.host.start(fresh)

    def wait(self, **delta: float) -> None:
        self.world.run(self.world.now + timedelta(**delta))

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
PRIVATE_TRACE = (m.ChargePointStatus.PREPARING, m.ChargePointStatus.AVAILABLE)


def lives(who: list[tuple[str, ...]], incidents: list[str]) -> st.SearchStrategy[list[Visit]]:
    visit = st.builds(
        Visit,
        who=st.sampled_from(who),
        gap_min=st.integers(2, 300),
        pin_after_s=st.integers(10, 50),
        charges_min=st.integers(12, 90),
        stays_min=st.integers(1, 40),
        incident=st.sampled_from(incidents),
        incident_after_s=st.integers(20, 110),
    )
    return st.lists(visit, min_size=2, max_size=6)


def lived(visits: list[Visit], role: str, *, privately: bool, leaves: bool) -> Street:
    street = Street(role, privately=privately, leaves=leaves)
    street.live(visits)
    return street


def told(street: Street) -> Iterator[tuple[datetime, str, Any]]:
    """Calls that the employer heard, without what a plug-in of anybody shifts."""
    for at, what, text in street.employer.log:
        if what != "<" or text[:2] != b"[2":
            continue
        _, _, action, payload = msgspec.json.decode(text)
        if action == "Heartbeat" or (action == "StatusNotification" and payload["status"] in PRIVATE_TRACE):
            continue
        yield at, action, payload


def registers(street: Street) -> list[int]:
    """meterStart and meterStop, as the employer got them."""
    heard = street.employer.heard
    return [
        request.meter_start if isinstance(request, m.StartTransactionRequest) else request.meter_stop
        for request in heard
        if isinstance(request, m.StartTransactionRequest | m.StopTransactionRequest)
    ]


SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANYBODY = [(ALICE,), (BOB,), (ALICE, BOB)]
DAYS = sorted(set(INCIDENTS) - {"power"})


@SLOW
@given(lives([*ANYBODY, (BOB, ALICE), (BOB, ALICE, BOB)], [*DAYS, "power"]))
def test_over_a_report_link_a_private_session_leaves_no_byte(visits: list[Visit]) -> None:
    real = lived(visits, "report", privately=True, leaves=False)
    other = lived(visits, "report", privately=False, leaves=False)
    assert real.employer.log == other.employer.log
    check_books(real)


@SLOW
@given(lives(ANYBODY, DAYS))
def test_over_a_control_link_a_private_session_looks_like_somebody_who_left(visits: list[Visit]) -> None:
    real = lived(visits, "control", privately=True, leaves=True)
    other = lived(visits, "control", privately=False, leaves=True)
    assert real.employer.log == other.employer.log
    check_books(real)


@SLOW
@given(lives([*ANYBODY, (BOB, ALICE), (BOB, ALICE, BOB)], [*(d for d in DAYS if d != "reset"), "power"]))
def test_over_a_control_link_nothing_but_preparing_tells_of_a_visit(visits: list[Visit]) -> None:
    real = lived(visits, "control", privately=True, leaves=False)
    other = lived(visits, "control", privately=False, leaves=False)
    assert list(told(real)) == list(told(other))
    check_books(real)


def check_books(street: Street) -> None:
    """What each platform was told fits the ledger; the employer's registers join without a step."""
    steps = registers(street)
    assert steps[:1] in ([], [0]) and steps[1:-1:2] == steps[2::2], steps
    ledger = {facts.session_id: facts for facts in ledger_of(street)}
    for session_id, facts in ledger.items():
        images = street.database.read(lambda db, s=session_id: session_images.of_session(db, street.account_id, s))
        seen = {image.link_id: image for image in images}
        routed = {"lnk_registrar", "lnk_employer" if facts.kind == "business" else "lnk_bob"}
        assert set(seen) == routed
        for image in seen.values():
            energy_wh = (facts.end_register_wh or 0) - facts.start_register_wh
            assert (image.end_register_wh or 0) - image.start_register_wh == energy_wh
            assert image.state == "settled" and image.transaction_id is not None
        assert seen["lnk_registrar"].start_register_wh == facts.start_register_wh
    text = b"".join(text for _, _, text in street.employer.log)
    assert b"BOB" not in text and not re.search(rb"drv_|ses_", text)


def ledger_of(street: Street) -> list[Any]:
    rows = street.database.read(lambda db: db.rows("SELECT public_id FROM sessions ORDER BY id"))
    return [
        street.database.read(lambda db, i=public_id: sessions.load(db, street.account_id, i)).facts
        for (public_id,) in rows
    ]


@pytest.mark.parametrize("role", ["control", "report"])
def test_the_two_lives_really_differ(role: str) -> None:
    """Bob charged privately in the one and not in the other, and who may see it did."""
    visit = Visit(who=(BOB,), gap_min=5, pin_after_s=10, charges_min=60, stays_min=5, incident="", incident_after_s=20)
    real = lived([visit], role, privately=True, leaves=True)
    other = lived([visit], role, privately=False, leaves=True)
    assert [facts.id_tag for facts in ledger_of(real)] == ["BOB"] and ledger_of(other) == []
    assert real.box.register_wh > other.box.register_wh + 3_000
    for name in ("lnk_registrar", "lnk_bob"):
        assert any(isinstance(request, m.StopTransactionRequest) for request in real.lines[name].heard)
        assert not any(isinstance(request, m.StopTransactionRequest) for request in other.lines[name].heard)
