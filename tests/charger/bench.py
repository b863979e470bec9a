"""One charger on the bench: the real core, virtual time, a meter that counts what the core lets flow."""

from datetime import UTC, datetime, timedelta
from typing import Any

from laadboek import facts
from laadboek.charger import events as ev
from laadboek.charger.core import ChargerCore
from laadboek.charger.effects import (
    Effect,
    HoldCable,
    Notify,
    RebootDevice,
    Refuse,
    SaveSession,
    SessionRecord,
    SetCurrent,
    Tell,
)
from laadboek.charger.state import STATE_VERSION, Nameplate, decode_state, encode_state
from laadboek.facts import Kind, Mode, Pilot, Reading
from laadboek.ids import Ids
from laadboek.reasons import Reason
from laadboek.supply import Allotment

VOLTS = 230
LINK = "lnk_control"

ALICE = ev.Driver(driver_id="drv_alice", name="Alice", id_tag="ALICE", kind=Kind.BUSINESS, pin_mac=b"12345")
BOB = ev.Driver(driver_id="drv_bob", name="Bob", id_tag="BOB", kind=Kind.PRIVATE, mode=Mode.ECO, pin_mac=b"54321")
HOUSEHOLD = (ALICE, BOB)


class Bench:
    """Verbs are what people, cars and platforms do. `pass_time` stops at every deadline, each at its exact instant."""

    def __init__(
        self,
        start: str = "2026-03-01T09:00:00Z",
        drivers: tuple[ev.Driver, ...] = HOUSEHOLD,
        control: str | None = LINK,
        platform_decides: bool = False,
        settings: dict[str, str] | None = None,
        draw_ma: int = 32_000,
        **nameplate: Any,
    ) -> None:
        self.now = datetime.fromisoformat(start).astimezone(UTC)
        self.nameplate = Nameplate(**nameplate)
        self.core = ChargerCore(self.nameplate, None, Ids("bench"))
        self.draw_ma = draw_ma  # what every car would draw per phase
        self.car_phases = 3  # that every car uses
        self.over_ma = 0  # that it draws more than offered
        self.least_ma = 1  # less than this offered, it draws nothing
        self.register_wh = dict.fromkeys(range(1, self.nameplate.connectors + 1), 1_000_000.0)
        self.limit_ma = dict.fromkeys(self.register_wh, 0)
        self.phases = dict.fromkeys(self.register_wh, self.nameplate.phases)
        self.pilot = dict.fromkeys(self.register_wh, Pilot.A)
        self.cable = dict.fromkeys(self.register_wh, False)
        self.cable_limits_ma: dict[int, int] = {}  # of cables whose resistor says so
        self.held: dict[int, bool] = {}
        self.meter_at = self.now
        self.meter_works = True
        self.wakes = 0
        self.effects: list[Effect] = []
        self.sessions: dict[str, SessionRecord] = {}
        self.wish_id = 0
        self._heard: list[Effect] = []
        self.do(ev.DeviceBooted(pilots=self.pilot))
        self.do(ev.DriversChanged(drivers, settings_pin_mac=b"44444"))
        self.do(ev.LinksChanged(control, platform_decides))
        for key, value in (settings or {}).items():
            self.do(ev.SettingsChosen({key: value}))
        self.forget()

    # The core and its surroundings.

    def do(self, event: ev.Event) -> list[Effect]:
        """One turn: the meter first, then the event, then what the core wants done."""
        self._run_meter()
        effects = []
        if self.meter_works:
            effects += self.core.handle(self.meter_read(), self.now)
        effects += self.core.handle(event, self.now)
        for effect in effects:
            match effect:
                case SaveSession(session):
                    self.sessions[session.session_id] = session
                case SetCurrent(connector_id, limit_ma, phases):
                    self.limit_ma[connector_id], self.phases[connector_id] = limit_ma, phases
                case HoldCable(connector_id, held):
                    self.held[connector_id] = held
        self.effects += effects
        self._heard += effects
        return effects

    def meter_read(self) -> ev.MeterRead:
        return ev.MeterRead(tuple(self._reading(connector_id) for connector_id in self.register_wh))

    def _reading(self, connector_id: int) -> Reading:
        register_wh, drawn_ma = int(self.register_wh[connector_id]), self.drawn_ma(connector_id)
        active = self.active_phases(connector_id)
        currents = (drawn_ma, drawn_ma * (active > 1), drawn_ma * (active > 2))
        return Reading(connector_id, self.now, register_wh, drawn_ma * VOLTS * active // 1_000, currents)

    def drawn_ma(self, connector_id: int = 1) -> int:
        offered_ma = self.limit_ma[connector_id] if self.pilot[connector_id] is Pilot.C2 else 0
        return min(offered_ma + self.over_ma, self.draw_ma) if offered_ma >= self.least_ma else 0

    def active_phases(self, connector_id: int = 1) -> int:
        return min(self.phases[connector_id], self.car_phases)

    def _run_meter(self) -> None:
        hours = (self.now - self.meter_at) / timedelta(hours=1)
        for connector_id, limit_ma in self.limit_ma.items():
            if self.pilot[connector_id] is Pilot.C2:
                amps = self.drawn_ma(connector_id) / 1_000 if limit_ma else 0
                self.register_wh[connector_id] += amps * VOLTS * self.active_phases(connector_id) * hours
        self.meter_at = self.now

    def pass_time(self, **delta: float) -> None:
        until = self.now + timedelta(**delta)
        while (due := self.core.deadline()) is not None and due <= until:
            assert due >= self.now, "a deadline in the past"
            self.now = due
            self.wakes += 1
            self.do(ev.DeadlineReached())
            assert self.core.deadline() != due, "a deadline that does not move"
        self.now = until
        self._run_meter()

    def sun(self, surplus_w: int | None, every_s: float = 5, limit_ma: int | None = None, **delta: float) -> None:
        """The site looks now, and every few seconds until so much time has passed."""
        until = self.now + timedelta(**delta)
        self.allot(surplus_w, limit_ma)
        while self.now + timedelta(seconds=every_s) <= until:
            self.pass_time(seconds=every_s)
            self.allot(surplus_w, limit_ma)
        self.pass_time(seconds=(until - self.now).total_seconds())

    def allot(self, surplus_w: int | None = None, limit_ma: int | None = None, why: str | None = None) -> None:
        """The same share for every connector. A site that measures nothing more says why."""
        said = Reason(why or "meter.lost") if why or surplus_w is None else None
        shares = [Allotment(connector_id=c, limit_ma=limit_ma, surplus_w=surplus_w, why=said) for c in self.limit_ma]
        self.do(ev.Allotted(tuple(shares)))

    # What happens.

    def plug(self, connector_id: int = 1, pilot: Pilot = Pilot.C2) -> None:
        if not self.nameplate.tethered and not self.cable[connector_id]:
            self.insert_cable(connector_id)
        self.show(pilot, connector_id)

    def show(self, pilot: Pilot, connector_id: int = 1) -> None:
        self._run_meter()
        self.pilot[connector_id] = pilot
        self.do(ev.PilotChanged(connector_id, pilot))

    def unplug(self, connector_id: int = 1) -> None:
        """At the car's side; a loose cable stays in the socket."""
        self.show(Pilot.A, connector_id)

    def insert_cable(self, connector_id: int = 1, limit_ma: int | None = None) -> None:
        self.cable[connector_id] = True
        if limit_ma is not None:
            self.cable_limits_ma[connector_id] = limit_ma
        self.do(ev.CableChanged(connector_id, True, limit_ma))

    def pull_cable(self, connector_id: int = 1) -> None:
        self.cable[connector_id] = False
        self.pilot[connector_id] = Pilot.A
        self.cable_limits_ma.pop(connector_id, None)
        self.do(ev.CableChanged(connector_id, False))

    def pin(self, pin: str, connector_id: int = 1) -> None:
        self.do(ev.PinEntered(connector_id, pin.encode()))

    def tap(self, id_tag: str, connector_id: int = 1) -> None:
        self.do(ev.TagPresented(connector_id, id_tag))

    def choose(self, mode: Mode) -> None:
        self.do(ev.ModeChosen(mode))

    def set(self, key: str, value: str) -> None:
        self.do(ev.SettingsChosen({key: value}))

    def cut_power(self) -> None:
        self.do(ev.PowerLost())
        self._power = dict(self.pilot)
        self.pilot = dict.fromkeys(self.pilot, Pilot.A)

    def restore_power(self, still_there: bool = True) -> None:
        if still_there:
            self.pilot = self._power
        self.limit_ma = dict.fromkeys(self.limit_ma, 0)
        self.do(ev.DeviceBooted(self.pilot, self.cable, cable_limits_ma=self.cable_limits_ma))

    def restart(self, resync: bool = True, share: str | None = None) -> None:
        """Laadboek ends and starts again; the device goes on. `share`: why the site has nothing to give yet."""
        durable = decode_state(STATE_VERSION, encode_state(self.core.state.durable))
        former = self.core.state
        self.core = ChargerCore(self.nameplate, durable, Ids("restarted"))
        if resync:
            self.do(former.drivers)
            self.do(former.links)
            if share is not None:
                self.allot(why=share)
            self.do(ev.DeviceResynced(self.pilot, self.cable, cable_limits_ma=self.cable_limits_ma))

    # What the platform on the control link wishes. Each returns whether it was granted, and why (not).

    def wish(self, wish_type: type, link_id: str = LINK, **fields: Any) -> str:
        self.wish_id += 1
        self.do(wish_type(wish_id=self.wish_id, link_id=link_id, **fields))
        return self.answer_to(self.wish_id)

    def answer_to(self, wish_id: int) -> str:
        for effect in self.effects:
            if isinstance(effect, Tell) and isinstance(effect.fact, facts.WishAnswered):
                answer = effect.fact
                if answer.wish_id == wish_id:
                    return ("granted" if answer.granted else "refused") + (f" {answer.why.code}" if answer.why else "")
        return "no answer yet"

    def remote_start(self, id_tag: str, connector_id: int | None = 1, **fields: Any) -> str:
        return self.wish(facts.StartAsked, id_tag=id_tag, connector_id=connector_id, **fields)

    def remote_stop(self, link_id: str = LINK) -> str:
        running = self.running()
        session_id = "ses_unknown" if running is None else running.session_id
        return self.wish(facts.StopAsked, link_id, session_id=session_id)

    def unlock(self, connector_id: int = 1) -> str:
        return self.wish(facts.UnlockAsked, connector_id=connector_id)

    def reset(self, hard: bool = False) -> str:
        return self.wish(facts.ResetAsked, hard=hard)

    def availability(self, operative: bool, connector_id: int = 1) -> str:
        return self.wish(facts.AvailabilityAsked, connector_id=connector_id, operative=operative)

    def write(self, key: str, value: str) -> str:
        return self.wish(facts.SettingAsked, key=key, value=value)

    def platform_says(self, accepted: bool, parent: str | None = None, link_id: str = LINK) -> None:
        """Answer the question asked last."""
        asked = [e.fact for e in self.effects if isinstance(e, Tell) and isinstance(e.fact, facts.AuthorisationAsked)]
        self.do(facts.Authorised(link_id=link_id, ask_id=asked[-1].ask_id, accepted=accepted, parent_id_tag=parent))

    def platform_refuses(self, stop: bool = True, link_id: str = LINK, allowance_wh: int = 0) -> None:
        running = self.running()
        assert running is not None
        refused = {"link_id": link_id, "session_id": running.session_id, "stop": stop, "allowance_wh": allowance_wh}
        self.do(facts.TransactionRefused(**refused))

    # What can be seen.

    def running(self, connector_id: int = 1) -> SessionRecord | None:
        running = self.core.state.durable.visits[connector_id - 1].running
        return None if running is None else running.record

    @property
    def ended(self) -> list[SessionRecord]:
        return [session for session in self.sessions.values() if session.ended_at is not None]

    @property
    def why(self) -> str:
        return self.core.explain(1, self.now).code

    @property
    def shown(self) -> str | None:
        display = self.core.display()
        return None if display is None else display.code

    def forget(self) -> None:
        self.effects.clear()
        self._heard.clear()
        self.sessions.clear()

    def told(self) -> list[str]:
        """What was told, done and noticed since the last look, in words."""
        heard, self._heard = self._heard, []
        return [words for effect in heard if (words := _words(effect)) is not None]


def _words(effect: Effect) -> str | None:
    match effect:
        case Tell(facts.SessionStarted() as fact):
            return f"started {fact.id_tag}"
        case Tell(facts.SessionEnded() as fact):
            by = f" by {fact.id_tag}" if fact.id_tag else ""
            return f"ended {fact.reason.value}{by}"
        case Tell(facts.AuthorisationAsked() as fact):
            return f"asked {fact.id_tag}"
        case Tell(facts.WishAnswered() as fact):
            return ("granted" if fact.granted else "refused") + (f" {fact.why.code}" if fact.why else "")
        case Tell(facts.ConnectorChanged(view)):
            return view_in_words(view)
        case Tell(fact):
            return type(fact).__name__
        case SetCurrent(_, limit_ma):
            return f"{limit_ma // 1_000} A"
        case HoldCable(_, held):
            return "cable held" if held else "cable free"
        case RebootDevice(hard):
            return "reboot hard" if hard else "reboot soft"
        case Notify(reason) | Refuse(reason):
            return f"notice {reason.code}"
    return None


def view_in_words(view: facts.ConnectorView) -> str:
    words = [view.pilot.value] if view.connector_id else ["all"]
    if not view.operative:
        words.append("inoperative")
    if view.fault:
        words.append(view.fault.value)
    words += [name for name in ("identified", "settled", "offering") if getattr(view, name)]
    if view.session_id:
        words.append("in session")
    return " ".join(words)
