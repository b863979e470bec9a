"""A platform wants the charger to restart (OCPP 1.6 §5.14); sessions it does not see are not its to end (RULES §6)."""

from .. import facts
from ..facts import EndReason, ResetAsked
from ..reasons import Reason
from . import control, obstacles, power, visits
from .effects import RebootDevice, Tell
from .state import OwedReboot, Phase, Power
from .turn import Turn

DEFERRED = "reset.deferred"


def reset_asked(turn: Turn, wish: ResetAsked) -> None:
    """Close the books durably, then restart; or later, when nobody is there any more."""
    if not control.may_wish(turn, wish):
        return
    if turn.state.power is Power.REBOOTING:  # it did not happen: ResetRetries (§9.1.22)
        turn.grant(wish)
        turn.last_effects.append(RebootDevice(wish.hard))
        return
    if not turn.on:
        turn.refuse(wish, obstacles.UNAVAILABLE[turn.state.power])
        return
    reason = EndReason.HARD_RESET if wish.hard else EndReason.SOFT_RESET
    if wish.sees is None:
        turn.grant(wish)
        power.close_books(turn, reason, over_link=wish.link_id)
        _restart(turn, wish.hard)
        return
    turn.grant(wish, Reason(DEFERRED))
    turn.notify(DEFERRED, link_id=wish.link_id)
    turn.set_durable(owed_reboot=OwedReboot(wish.link_id, wish.hard))
    for session_id in wish.sees:
        if (found := turn.running(session_id)) is not None:
            visits.stop(turn, found[0], reason, over_link=wish.link_id)


def _restart(turn: Turn, hard: bool) -> None:
    """What runs on the device is gone with it: the links say what there is to say, and leave (errata 3.36)."""
    power.go_quiet(turn, Power.REBOOTING)
    gone = facts.DeviceWentDark(power.had_its_restart(turn), restarting=True)
    turn.last_effects += [Tell(gone), RebootDevice(hard)]


def pay(turn: Turn) -> None:
    """Nobody is there: the restart that was put off may come."""
    owed = turn.state.durable.owed_reboot
    if owed is None or owed.begun or not turn.on or not _deserted(turn):
        return
    turn.set_durable(owed_reboot=OwedReboot(owed.link_id, owed.hard, begun=True))
    _restart(turn, owed.hard)


def _deserted(turn: Turn) -> bool:
    return all(
        turn.visit(connector_id).phase is Phase.IDLE and turn.seen(connector_id).ask is None
        for connector_id in turn.connector_ids
    )
