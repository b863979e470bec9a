"""The physical charger: one event in, effects out (docs/architecture.md). No clock, no I/O, no OCPP."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .. import facts
from ..facts import ConnectorView, Mode
from ..ids import Ids
from ..reasons import Reason
from ..supply import Demand
from . import (
    allowance,
    boosts,
    budgets,
    configure,
    demand,
    events,
    explain,
    faults,
    follow,
    goals,
    identify,
    install,
    levels,
    limits,
    lock,
    meter,
    modes,
    power,
    refusals,
    reservations,
    resets,
    share,
    stints,
    sunlight,
    validity,
    visits,
    waking,
    wishes,
)
from .effects import Effect
from .events import Event
from .settings import Settings, held_by, values
from .state import ChargerState, Durable, Nameplate, Power, fresh, restored
from .turn import Turn


def _due(turn: Turn, event: events.DeadlineReached) -> None:
    """Whatever is due happens before every event: nothing is left to do."""


HANDLERS: dict[type, Callable[[Turn, Any], None]] = {
    events.PilotChanged: visits.pilot_changed,
    events.CableChanged: visits.cable_changed,
    events.PinEntered: identify.pin_entered,
    events.TagPresented: identify.tag_presented,
    events.ModeChosen: visits.mode_chosen,
    events.FaultFound: faults.fault_found,
    events.FaultGone: faults.fault_gone,
    events.LockFailed: faults.lock_failed,
    events.LockMoved: faults.lock_moved,
    events.OwnerUnlocked: identify.owner_unlocked,
    events.NetworkChanged: identify.network_changed,
    events.PowerFailing: power.power_failing,
    events.PowerLost: power.power_lost,
    events.DeviceBooted: power.device_booted,
    events.InstallEnded: install.ended,
    events.DeviceResynced: power.device_resynced,
    events.DriversChanged: configure.drivers_changed,
    events.SettingsPinChosen: identify.settings_pin_chosen,
    events.LinksChanged: configure.links_changed,
    events.SettingsChosen: configure.settings_chosen,
    events.Placed: share.placed,
    events.Allotted: share.allotted,
    events.SunShared: sunlight.sun_shared,
    events.Planned: share.planned,
    events.BoostChosen: boosts.boost_chosen,
    events.GoalChosen: goals.goal_chosen,
    events.DeadlineReached: _due,
    facts.StartAsked: wishes.start_asked,
    facts.StopAsked: wishes.stop_asked,
    facts.UnlockAsked: wishes.unlock_asked,
    facts.ResetAsked: resets.reset_asked,
    facts.AvailabilityAsked: wishes.availability_asked,
    facts.SettingAsked: configure.setting_asked,
    facts.ReserveAsked: reservations.reserve_asked,
    facts.ReservationCancelAsked: reservations.cancel_asked,
    facts.InstallAsked: install.asked,
    facts.InstallDropped: install.dropped,
    facts.LimitAsked: limits.limit_asked,
    facts.Authorised: identify.authorised,
    facts.TransactionRefused: refusals.transaction_refused,
}


class ChargerCore:
    """Owner of one charger's state; it only swaps values. A rollback assigns the former `state`."""

    __slots__ = ("_deadline", "_demands", "_ids", "nameplate", "state")

    def __init__(self, nameplate: Nameplate, state: ChargerState | Durable | None, ids: Ids) -> None:
        """`state`: None for a new charger, else what was saved (or `restored` from it)."""
        self.nameplate = nameplate
        self._ids = ids
        if state is None:
            state = fresh(nameplate, Settings(own_tag=ids.id_tag()))
        self.state = restored(state) if isinstance(state, Durable) else state
        assert len(self.state.seen) == nameplate.connectors
        self._deadline: tuple[ChargerState | None, datetime | None] = (None, None)
        self._demands: tuple[ChargerState | None, tuple[Demand, ...]] = (None, ())

    def handle(self, event: Event, now: datetime) -> list[Effect]:
        turn = self._turn(now)
        if type(event) is events.MeterRead:
            meter.read(turn, event)
        else:
            sunlight.watch(turn)
            if turn.on:
                reservations.prune(turn)
                limits.prune(turn)
                visits.expire(turn)
            HANDLERS[type(event)](turn, event)
            reservations.prune(turn)
            validity.watch(turn)
            allowance.watch(turn)
            boosts.watch(turn)
            limits.prune(turn)
            install.begin_if_free(turn)
            resets.pay(turn)
            follow.watch(turn)
            waking.watch(turn)
            stints.watch(turn)
            levels.put_out(turn, self.state)
        self.state = turn.state
        return turn.effects

    def deadline(self) -> datetime | None:
        """When something is due by itself: never while idle, dark or unheard. Asked several times per turn."""
        if self.state.power is not Power.ON:
            return None
        if self._deadline[0] is not self.state:
            earliest = min((due for due in _deadlines(self.state) if due is not None), default=None)
            self._deadline = self.state, earliest
        return self._deadline[1]

    def view(self, connector_id: int) -> ConnectorView:
        """The connector as faces shall see it now."""
        turn = self._turn(LONG_AGO)
        return levels.view(turn, connector_id, modes.offers(turn)[connector_id].limit_ma)

    def demands(self) -> tuple[Demand, ...]:
        """What each connector would take now, for the site. Asked after each turn and at each look."""
        if self._demands[0] is not self.state:
            turn = self._turn(LONG_AGO)
            found = tuple(demand.demand(turn, connector_id) for connector_id in turn.connector_ids)
            self._demands = self.state, found
        return self._demands[1]

    def explain(self, connector_id: int, now: datetime) -> Reason:
        """Why it charges or waits, and what will change that: a code of `explain.REASONS`."""
        return explain.explain(self._turn(now), connector_id)

    def display(self, connector_id: int = 1) -> Reason | None:
        """What the person at the charger was shown last: a code of `explain.DISPLAYS`."""
        return self.state.seen[connector_id - 1].display

    def hides_readings(self) -> bool:
        """Whether the charger's own display shows a padlock in place of its readings."""
        return lock.hides_readings(self._turn(LONG_AGO))

    def pad_locked_until(self, now: datetime) -> datetime | None:
        """When the pad takes PINs again by itself; None: it does (RULES §3)."""
        return identify.pad_locked_until(self._turn(now))

    def has_factory_pin(self) -> bool:
        """The settings PIN is still the one that everybody knows: the owner has to choose another."""
        return lock.has_factory_pin(self._turn(LONG_AGO))

    def knows_driver(self, driver_id: str) -> bool:
        return budgets.known(self._turn(LONG_AGO), driver_id) is not None

    def mode(self, connector_id: int = 1) -> Mode:
        return self.state.durable.visits[connector_id - 1].mode

    def setting_values(self) -> dict[str, str]:
        """All keys of the charger as text."""
        return values(self.state.durable.settings)

    def held_by(self, name: str) -> str | None:
        """The key that keeps this one as it is now."""
        return held_by(name, pinned=self.state.durable.pinned)

    def _turn(self, now: datetime) -> Turn:
        return Turn(self.nameplate, self.state, self._ids, now)


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # for looking only: nothing that is looked at depends on the time


def _deadlines(state: ChargerState) -> list[datetime | None]:
    found: list[datetime | None] = [reservation.expires_at for reservation in state.durable.reservations]
    found.append(limits.deadline(state.durable.limits))
    for visit, seen in zip(state.durable.visits, state.seen, strict=True):
        found += (
            visit.due_at,
            allowance.deadline(visit, seen),
            budgets.deadline(seen),
            boosts.deadline(seen),
            waking.deadline(seen),
            follow.deadline(seen),
            stints.deadline(seen),
        )
        if visit.running is not None:
            found += (visit.running.quarter_at, visit.running.checkpoint_at)
        if seen.ask is not None:
            found.append(seen.ask.due_at)
        if seen.unlock is not None:
            found.append(seen.unlock.due_at)
    return found
