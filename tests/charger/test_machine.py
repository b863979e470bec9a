"""Anything may happen in any order: what must hold for every charger at every instant."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from laadboek import facts
from laadboek.charger import events as ev
from laadboek.charger.core import ChargerCore
from laadboek.charger.effects import SaveSession
from laadboek.charger.settings import KEYS
from laadboek.charger.state import NOT_TOLD, STATE_VERSION, Phase, Power, decode_state, encode_state
from laadboek.energy import week_hours
from laadboek.energy.zones import Span
from laadboek.facts import Fault, Mode, Pilot
from laadboek.ids import Ids

from .bench import ALICE, BOB, LINK, Bench

CONNECTORS = st.sampled_from([1, 2])
TAGS = st.sampled_from(["ALICE", "BOB", "CHARLIE", "alice"])
TEXTS = {
    "FreeCharging": ["true", "false"],
    "FreeChargingIdTag": ["", "HOUSE"],
    "DefaultMode": [mode.value for mode in Mode],
    "ConnectionTimeOut": ["0", "5", "60"],
    "LimitA": ["0", "5", "6", "11", "12", "32"],
    "NoticeAfterMinutes": ["0", "1"],
    "OCPPChargeMode": ["FAST", "ECO+"],
    "OwnTagKind": ["business", "private"],
    "RandomSmartChargeDelay": ["0", "60", "1801"],
}
SETTINGS = st.sampled_from(
    [(key, text) for key in KEYS for text in TEXTS.get(key, ["true", "false", "nonsense"])],
)


class AnyCharger(RuleBasedStateMachine):
    """Two connectors, a person, a platform, bad hardware."""

    @initialize(
        tethered=st.booleans(), keeps_register=st.booleans(), platform_decides=st.booleans(), free=st.booleans()
    )
    def build(self, tethered: bool, keeps_register: bool, platform_decides: bool, free: bool) -> None:
        self.bench = Bench(
            connectors=2,
            tethered=tethered,
            keeps_register=keeps_register,
            platform_decides=platform_decides,
            settings={"FreeCharging": "true" if free else "false", "LimitA": "40", "Reservations": "true"},
        )
        self.turns = 0
        self.moved_wh = {1: 0, 2: 0}  # how far each meter ever ran forward, as it was read
        self.seen_wh: dict[int, int] = {}
        self.open_moved_wh: dict[str, int] = {}

    # What happens.

    @rule(connector_id=CONNECTORS, tag=TAGS)
    def a_good_day(self, connector_id: int, tag: str) -> None:
        """Everything works again, a car comes, somebody identifies: else most runs would never see a session."""
        if self.bench.core.state.power is not Power.ON:
            self.back(False)
        for fault_at in (0, connector_id):
            self.do(ev.FaultGone(fault_at))
        self.do(ev.LinksChanged(LINK, self.bench.core.state.links.platform_decides))
        self.availability(0, True)
        self.cable(connector_id, True, None)
        self.show(connector_id, Pilot.C2)
        if self.bench.running(connector_id) is None:
            self.tap(connector_id, tag)
            self.platform_says(True, 0, "FAMILY")
            self.do(ev.LockMoved(connector_id))

    @rule(connector_id=CONNECTORS, pilot=st.sampled_from(Pilot))
    def show(self, connector_id: int, pilot: Pilot) -> None:
        self.bench.pilot[connector_id] = pilot
        self.do(ev.PilotChanged(connector_id, pilot))

    @rule(connector_id=CONNECTORS, present=st.booleans(), limit_ma=st.sampled_from([None, 13_000, 20_000]))
    def cable(self, connector_id: int, present: bool, limit_ma: int | None) -> None:
        self.bench.cable[connector_id] = present
        self.do(ev.CableChanged(connector_id, present, limit_ma))

    @rule(connector_id=CONNECTORS, pin=st.sampled_from([b"12345", b"54321", b"44444", b"00000"]))
    def pin(self, connector_id: int, pin: bytes) -> None:
        self.do(ev.PinEntered(connector_id, pin))

    @rule(connector_id=CONNECTORS, tag=TAGS)
    def tap(self, connector_id: int, tag: str) -> None:
        self.do(ev.TagPresented(connector_id, tag))

    @rule(mode=st.sampled_from(Mode), connector_id=st.sampled_from([0, 1, 2]))
    def choose(self, mode: Mode, connector_id: int) -> None:
        self.do(ev.ModeChosen(mode, connector_id))

    @rule(connector_id=st.sampled_from([0, 1, 2]), gone=st.booleans())
    def fault(self, connector_id: int, gone: bool) -> None:
        self.do(ev.FaultGone(connector_id) if gone else ev.FaultFound(connector_id, Fault.GROUND_FAILURE))

    @rule(connector_id=CONNECTORS, failed=st.booleans())
    def lock(self, connector_id: int, failed: bool) -> None:
        self.do(ev.LockFailed(connector_id) if failed else ev.LockMoved(connector_id))

    @rule(event=st.sampled_from([ev.PowerFailing(), ev.PowerLost(), ev.OwnerUnlocked(), ev.NetworkChanged(False)]))
    def other(self, event: ev.Event) -> None:
        self.do(event)

    @rule(booted=st.booleans())
    def back(self, booted: bool) -> None:
        event = ev.DeviceBooted if booted else ev.DeviceResynced
        self.do(event(pilots=dict(self.bench.pilot), cables=dict(self.bench.cable)))

    @rule(register_wh=st.sampled_from([0, 999_000, 1_000_500]), connector_id=CONNECTORS)
    def meter_jumps(self, register_wh: int, connector_id: int) -> None:
        self.bench.register_wh[connector_id] = register_wh

    @rule(control=st.sampled_from([LINK, None]), platform_decides=st.booleans())
    def links(self, control: str | None, platform_decides: bool) -> None:
        self.do(ev.LinksChanged(control, platform_decides))

    @rule(
        blocked=st.booleans(),
        limit_wh=st.sampled_from([None, 1_000, 30_000]),
        used_wh=st.sampled_from([0, 999, 30_000]),
        hours=st.sampled_from([None, "mo-su 08:00-09:30", "su 22:00-10:00"]),
        gone=st.booleans(),
    )
    def drivers(self, blocked: bool, limit_wh: int | None, used_wh: int, hours: str | None, gone: bool) -> None:
        start = datetime(2026, 3, 1, tzinfo=UTC)
        budget = None if limit_wh is None else ev.Budget(limit_wh=limit_wh, span=Span.DAY, used_wh=used_wh, since=start)
        ranges = None if hours is None else week_hours.parse(hours)
        alice = replace(ALICE, blocked=blocked, budget=budget, hours=ranges)
        self.do(ev.DriversChanged((alice,) if gone else (alice, BOB), settings_pin_mac=b"44444"))

    @rule(setting=SETTINGS)
    def write(self, setting: tuple[str, str]) -> None:
        self.do(ev.SettingsChosen(dict([setting])))

    @rule(connector_id=st.sampled_from([None, 0, 1, 2, 3]), tag=TAGS, authorised=st.booleans())
    def remote_start(self, connector_id: int | None, tag: str, authorised: bool) -> None:
        self.do(facts.StartAsked(wish_id=1, link_id=LINK, id_tag=tag, connector_id=connector_id, authorised=authorised))

    @rule(
        connector_id=st.sampled_from([0, 1, 2, 3]),
        tag=TAGS,
        parent=st.sampled_from([None, "FAMILY"]),
        number=st.integers(1, 3),
        seconds=st.sampled_from([-1, 60, 900, 4_000]),
    )
    def reserve(self, connector_id: int, tag: str, parent: str | None, number: int, seconds: int) -> None:
        asked = facts.ReserveAsked(
            wish_id=6,
            link_id=LINK,
            reservation_id=number,
            connector_id=connector_id,
            id_tag=tag,
            parent_id_tag=parent,
            expires_at=self.bench.now + timedelta(seconds=seconds),
        )
        self.do(asked)

    @rule(number=st.integers(1, 3))
    def cancel(self, number: int) -> None:
        self.do(facts.ReservationCancelAsked(wish_id=7, link_id=LINK, reservation_id=number))

    @rule(connector_id=CONNECTORS, refused=st.booleans(), stop=st.booleans(), allowance_wh=st.sampled_from([0, 5, 900]))
    def about_session(self, connector_id: int, refused: bool, stop: bool, allowance_wh: int) -> None:
        running = self.bench.running(connector_id)
        session_id = "ses_unknown" if running is None else running.session_id
        if refused:
            self.do(facts.TransactionRefused(link_id=LINK, session_id=session_id, stop=stop, allowance_wh=allowance_wh))
        else:
            self.do(facts.StopAsked(wish_id=2, link_id=LINK, session_id=session_id))

    @rule(connector_id=st.sampled_from([0, 1, 2]), operative=st.booleans())
    def availability(self, connector_id: int, operative: bool) -> None:
        self.do(facts.AvailabilityAsked(wish_id=3, link_id=LINK, connector_id=connector_id, operative=operative))

    @rule(connector_id=st.sampled_from([0, 1, 2]), limit_ma=st.sampled_from([None, 0, 5_999, 6_000, 13_000, 40_000]))
    def limit(self, connector_id: int, limit_ma: int | None) -> None:
        running = self.bench.running(connector_id) if connector_id else None
        session_id = None if connector_id == 0 else "ses_unknown" if running is None else running.session_id
        asked = facts.LimitAsked(link_id=LINK, connector_id=connector_id, session_id=session_id, limit_ma=limit_ma)
        self.do(asked)

    @rule(connector_id=CONNECTORS)
    def unlock(self, connector_id: int) -> None:
        self.do(facts.UnlockAsked(wish_id=4, link_id=LINK, connector_id=connector_id))

    @rule(hard=st.booleans())
    def reset(self, hard: bool) -> None:
        self.do(facts.ResetAsked(wish_id=5, link_id=LINK, hard=hard))

    @rule(accepted=st.booleans(), back=st.integers(0, 2), parent=st.sampled_from([None, "FAMILY"]))
    def platform_says(self, accepted: bool, back: int, parent: str | None) -> None:
        ask_id = self.bench.core.state.asks - back
        self.do(facts.Authorised(link_id=LINK, ask_id=ask_id, accepted=accepted, parent_id_tag=parent))

    @rule(seconds=st.sampled_from([1, 2, 5, 61, 900, 4_000]), woken=st.booleans())
    def time_passes(self, seconds: int, woken: bool) -> None:
        until = self.bench.now + timedelta(seconds=seconds)
        wakes = 0
        while woken and (due := self.bench.core.deadline()) is not None and due <= until:
            self.bench.now = due
            self.do(ev.DeadlineReached())
            wakes += 1
        assert wakes <= 2 * seconds / 60 + 10, "a timer storm"  # two connectors
        self.bench.now = until
        self.do(ev.DeadlineReached())

    @rule()
    def laadboek_restarts(self) -> None:
        self.bench.restart(resync=False)
        self.do(self.bench.core.state.drivers)
        self.do(ev.LinksChanged(LINK))

    # How it happens: beside every turn runs a second one from the state as it would be read back.

    def do(self, event: ev.Event) -> None:
        bench = self.bench
        bench._run_meter()
        reading = bench.meter_read()
        self.follow_meter(reading)
        self.turns += 1
        twin = ChargerCore(bench.nameplate, self.reread(), Ids(self.turns))
        bench.core._ids = Ids(self.turns)
        expected = [*twin.handle(reading, bench.now), *twin.handle(event, bench.now)]
        before = len(bench.effects)
        bench.do(event)
        assert bench.effects[before:] == expected
        assert twin.state == bench.core.state
        for effect in expected:
            if isinstance(effect, SaveSession):
                self.check_session(effect)

    def reread(self) -> object:
        state = self.bench.core.state
        durable = decode_state(STATE_VERSION, encode_state(state.durable))
        assert durable == state.durable
        return type(state)(**{name: getattr(state, name) for name in state.__struct_fields__} | {"durable": durable})

    def follow_meter(self, event: ev.MeterRead) -> None:
        for reading in event.readings:
            before = self.seen_wh.get(reading.connector_id, reading.register_wh)
            self.moved_wh[reading.connector_id] += max(0, reading.register_wh - before)
            self.seen_wh[reading.connector_id] = reading.register_wh

    def check_session(self, effect: SaveSession) -> None:
        session = effect.session
        moved_wh = self.moved_wh[session.connector_id]
        began_wh = self.open_moved_wh.setdefault(session.session_id, moved_wh)
        registers = [session.start_register_wh, *(wh for _, wh in session.quarters)]
        if session.end_register_wh is not None:
            registers.append(session.end_register_wh)
        assert all(earlier <= later for earlier, later in pairwise(registers)), registers
        assert registers[-1] - registers[0] <= moved_wh - began_wh, "more than the meter ran"

    # What must hold.

    @invariant()
    def nothing_is_due_in_the_past(self) -> None:
        due = self.bench.core.deadline()
        assert due is None or due > self.bench.now

    @invariant()
    def current_is_offered_only_in_a_session_and_within_every_limit(self) -> None:
        core = self.bench.core
        offered = [seen.limit_ma or 0 for seen in core.state.seen]
        if core.state.power in (Power.UNHEARD, Power.OFF):
            return
        assert sum(offered) <= core.state.durable.settings.limit_a * 1_000
        for level in core.state.durable.limits:
            bound = [
                limit_ma
                for visit, limit_ma in zip(core.state.durable.visits, offered, strict=True)
                if visit.running is not None and level.session_id in (None, visit.running.record.session_id)
            ]
            assert level.session_id is None or bound, "a level outlived its session"
            assert sum(bound) <= (0 if level.waits_until is not None else level.limit_ma or 0)
        for visit, seen, limit_ma in zip(core.state.durable.visits, core.state.seen, offered, strict=True):
            assert limit_ma == 0 or 6_000 <= limit_ma <= min(32_000, seen.cable_limit_ma or 32_000)
            assert limit_ma == 0 or visit.phase is Phase.RUNNING

    @invariant()
    def nobody_charges_who_is_blocked_or_gone(self) -> None:
        """But for whom a platform that decides has started (RULES §6)."""
        state = self.bench.core.state
        if state.power is not Power.ON or state.drivers is NOT_TOLD:
            return
        decides = state.links.platform_decides and state.links.control_link_id is not None
        allowed = {driver.driver_id for driver in state.drivers.drivers if not driver.blocked}
        for visit in state.durable.visits:
            for claim in (visit.claim, None if visit.running is None else visit.running.claim):
                if claim is not None and claim.driver_id is not None and not (claim.over_link and decides):
                    assert claim.driver_id in allowed

    @invariant()
    def faces_were_told_what_is(self) -> None:
        core = self.bench.core
        if core.state.power in (Power.UNHEARD, Power.OFF):
            return
        for connector_id in (1, 2):
            assert core.state.seen[connector_id - 1].told == core.view(connector_id)
            assert core.explain(connector_id, self.bench.now).code

    @invariant()
    def a_reservation_can_be_made_good(self) -> None:
        core = self.bench.core
        kept = core.state.durable.reservations
        assert len({r.reservation_id for r in kept}) == len({r.connector_id for r in kept}) == len(kept)
        for reservation in kept:
            if core.state.power is Power.ON:
                assert reservation.expires_at > self.bench.now
            if reservation.connector_id:
                visit = core.state.durable.visits[reservation.connector_id - 1]
                assert visit.running is None, "somebody else charges there"
                assert visit.claim is None or reservation.suits(visit.claim)

    @invariant()
    def idle_means_no_deadline(self) -> None:
        if self.bench.core.state.durable.reservations:
            return
        visits = self.bench.core.state.durable.visits
        unasked = all(seen.ask is None and seen.unlock is None for seen in self.bench.core.state.seen)
        if unasked and all(visit.phase in (Phase.IDLE, Phase.SETTLED, Phase.LEFT) for visit in visits):
            assert self.bench.core.deadline() is None


TestAnyCharger = AnyCharger.TestCase
TestAnyCharger.settings = settings(
    max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
