"""What is put out at the end of each turn: levels, not edges, so that a repetition changes nothing."""

from ..energy.surplus import RISE_MA
from ..facts import ConnectorChanged, ConnectorView, SettingsChanged
from . import demand, follow, lock, modes, obstacles, reservations, settings, waking
from .effects import HoldCable, SetCurrent
from .modes import Offer
from .phases import WITH_CAR
from .settings import Settings
from .state import ChargerState, Phase, Power, Seen
from .turn import Turn


def put_out(turn: Turn, before: ChargerState) -> None:
    """Emit the levels that differ from those last put out. A dark device, or one not heard yet, gets none."""
    _tell_settings(turn, before.durable.settings)
    if turn.state.power not in (Power.UNHEARD, Power.OFF):
        offers = modes.offers(turn)
        if turn.state.fault is not before.fault:
            turn.tell(ConnectorChanged(ConnectorView(connector_id=0, fault=turn.state.fault)))
        for connector_id in turn.connector_ids:
            _put_out(turn, connector_id, offers[connector_id])
    turn.effects += turn.last_effects


def _tell_settings(turn: Turn, before: Settings) -> None:
    if turn.settings is not before and turn.settings != before:
        turn.tell(SettingsChanged(settings.values(turn.settings)))


def _put_out(turn: Turn, connector_id: int, offer: Offer) -> None:
    """Hold a cable before current flows, free it after."""
    seen, limit_ma = turn.seen(connector_id), _worth_telling(turn.seen(connector_id), offer)
    phases = offer.phases if limit_ma or seen.phases is None else seen.phases  # no contactor moves in a pause
    held = None if turn.nameplate.tethered else lock.cable_wanted(turn, connector_id)
    told = view(turn, connector_id, limit_ma)
    hungry = demand.hungry(turn, connector_id, limit_ma)
    before = (seen.limit_ma, seen.phases, seen.held, seen.told, seen.hungry_since is not None)
    if before == (limit_ma, phases, held, told, hungry):
        return
    if held and not seen.held:
        turn.emit(HoldCable(connector_id, True))
    if (seen.limit_ma, seen.phases) != (limit_ma, phases):
        turn.emit(SetCurrent(connector_id, limit_ma, phases))
        _remember(turn, connector_id, limit_ma, phases)
    if held is False and seen.held is not False:
        turn.emit(HoldCable(connector_id, False))
    if seen.told != told:
        turn.tell(ConnectorChanged(told))
    hungry_since = (seen.hungry_since or turn.now) if hungry else None
    turn.set_seen(connector_id, held=held, told=told, hungry_since=hungry_since)


def _worth_telling(seen: Seen, offer: Offer) -> int:
    """While a site shares, a rise below half an ampere waits for more; a drop never does."""
    offered_ma = seen.limit_ma or 0
    small = seen.allotment is not None and offered_ma < offer.limit_ma < offered_ma + RISE_MA
    return offered_ma if offered_ma and small and offer.phases == seen.phases else offer.limit_ma


def _remember(turn: Turn, connector_id: int, limit_ma: int, phases: int) -> None:
    seen = turn.seen(connector_id)
    rest, wake = waking.after(seen, limit_ma, phases, turn.now)
    look_at = follow.look_after(seen, limit_ma, turn.now)
    turn.set_seen(
        connector_id,
        limit_ma=limit_ma,
        phases=phases,
        offered_at=turn.now,
        look_at=look_at,
        switched=follow.recorded(turn, seen, phases),
        rest=rest,
        wake=wake,
    )


def view(turn: Turn, connector_id: int, limit_ma: int) -> ConnectorView:
    """The connector as faces shall see it."""
    seen, visit = turn.seen(connector_id), turn.visit(connector_id)
    car = visit.phase in WITH_CAR
    held = reservations.holder(turn, connector_id)
    return ConnectorView(
        connector_id=connector_id,
        pilot=seen.pilot,
        cable=car if turn.nameplate.tethered else seen.cable or car,
        session_id=None if visit.running is None else visit.running.record.session_id,
        identified=visit.phase in (Phase.EXPECTED, Phase.READY),
        settled=visit.phase in (Phase.SETTLED, Phase.LEFT),
        offering=limit_ma > 0,
        may_identify=_may_identify(turn, connector_id),
        limit_ma=min(turn.nameplate.max_current_ma, turn.settings.limit_a * 1_000),
        cable_ma=seen.cable_limit_ma,
        phases=turn.nameplate.phases,
        operative=_operative(turn, connector_id),
        reserved_by=None if held is None else held.link_id,
        fault=obstacles.fault_of(turn, connector_id),
    )


def _operative(turn: Turn, connector_id: int) -> bool:
    """An update waits for the session that runs, and keeps the connector from the next one (L01.FR.07)."""
    updating = turn.state.install is not None and turn.visit(connector_id).running is None
    return connector_id not in turn.state.durable.inoperative and not updating


def _may_identify(turn: Turn, connector_id: int) -> bool:
    """Whether anybody could still start a session here: a driver, a platform, or the charger itself."""
    anybody = turn.state.drivers.drivers or turn.state.links.control_link_id is not None
    return connector_id not in turn.state.durable.inoperative and bool(anybody or turn.settings.free_charging)
