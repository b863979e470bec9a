"""The lock: what it guards, its gate for energy, the cable in a socket, and `FreeCharging` (RULES §3)."""

from datetime import timedelta
from typing import Any

from msgspec import structs
from msgspec.structs import replace

from ..facts import Mode, UnlockAsked
from ..reasons import Reason
from .phases import WITH_CAR
from .settings import Settings
from .state import Hold, OwnerChoice, Phase, UnlockWish
from .turn import Turn

LOCK_TIME = timedelta(seconds=1)  # a cable lock that has not failed by then has moved

# What `FreeCharging=false` puts in place of the owner's choice.
RECOMMENDED = OwnerChoice(
    default_mode=Mode.STOP,
    lock_ev_connected=True,
    lock_ev_disconnected=False,
    lock_auto_hide=False,
    lock_charging=True,
    stop_on_ev_disconnect=True,
)


def locked(turn: Turn) -> bool:
    """Whether the charger is locked now."""
    car = any(visit.phase in WITH_CAR for visit in turn.state.durable.visits)
    wanted = turn.settings.lock_ev_connected if car else turn.settings.lock_ev_disconnected
    return wanted and not turn.state.durable.unlocked


def hides_readings(turn: Turn) -> bool:
    """Whether the charger's own display shows a padlock in place of its readings (the manual's AutoHide)."""
    return turn.settings.lock_auto_hide and locked(turn)


def has_factory_pin(turn: Turn) -> bool:
    """The settings PIN is still the one that everybody knows."""
    return turn.state.durable.settings_pin_mac is None and turn.state.drivers.settings_pin_mac is not None


def insist_on_own_pin(turn: Turn) -> None:
    """Remind the owner, where that PIN would let strangers at the settings."""
    if has_factory_pin(turn):
        turn.notify("settings_pin.default")


def gate_open(turn: Turn, connector_id: int) -> bool:
    """Whether the lock lets energy flow: it may while locked, is unlocked, or somebody identified for this session."""
    running = turn.visit(connector_id).running
    return turn.settings.lock_charging or not locked(turn) or (running is not None and not running.claim.own)


# FreeCharging.


def close_if_asked(turn: Turn) -> None:
    """Put `FreeCharging=false` in force, once: the owner's choice is kept for the day it is undone."""
    if turn.settings.free_charging or turn.state.durable.owners is not None:
        return
    chosen = {field.name: getattr(turn.settings, field.name) for field in structs.fields(OwnerChoice)}
    turn.set_durable(owners=OwnerChoice(**chosen), settings=_with(turn.settings, RECOMMENDED))
    rest_at_default_mode(turn)
    insist_on_own_pin(turn)


def reopen(turn: Turn) -> None:
    """`FreeCharging=true` gives back what the owner had chosen."""
    owners = turn.state.durable.owners
    if owners is not None:
        turn.set_durable(owners=None, settings=_with(turn.settings, owners))
    rest_at_default_mode(turn)


def _with(settings: Settings, choice: OwnerChoice) -> Settings:
    changes: dict[str, Any] = structs.asdict(choice)
    return replace(settings, **changes)


def rest_at_default_mode(turn: Turn) -> None:
    """Connectors without a session take the default mode."""
    for connector_id in turn.connector_ids:
        if turn.visit(connector_id).running is None:
            turn.set_mode(connector_id, turn.settings.default_mode)


# The cable of a charger with a socket.


def cable_wanted(turn: Turn, connector_id: int) -> bool:
    """Whether the cable shall be held now."""
    visit = turn.visit(connector_id)
    if not turn.seen(connector_id).cable and visit.phase not in WITH_CAR:
        return False
    if visit.hold is not Hold.AS_NEEDED:
        return visit.hold is Hold.KEPT
    needed = visit.phase in (Phase.READY, Phase.RUNNING, Phase.AWAY)
    return needed or (turn.settings.lock_ev_disconnected and not turn.state.durable.unlocked)


def await_unlock(turn: Turn, wish: UnlockAsked) -> None:
    """Free the cable and answer when the lock has, or has not, moved. The level is put out anew, whatever it was."""
    asked = UnlockWish(wish.wish_id, wish.link_id, turn.now + LOCK_TIME)
    turn.set_visit(wish.connector_id, hold=Hold.RELEASED)
    turn.set_seen(wish.connector_id, unlock=asked, held=None)


def settle_unlock(turn: Turn, connector_id: int, *, moved: bool = False) -> None:
    """Grant an unlock whose lock has moved, by its own word or because it did not fail in time."""
    asked = turn.seen(connector_id).unlock
    if asked is not None and (moved or asked.due_at <= turn.now):
        turn.set_seen(connector_id, unlock=None)
        turn.answer(asked.wish_id, asked.link_id)


def unlock_failed(turn: Turn, connector_id: int) -> bool:
    """Refuse a pending unlock; the cable stays as session and settings want it."""
    asked = turn.seen(connector_id).unlock
    if asked is None:
        return False
    turn.set_seen(connector_id, unlock=None)
    turn.set_visit(connector_id, hold=Hold.AS_NEEDED)
    turn.answer(asked.wish_id, asked.link_id, Reason("unlock.failed", {"connector_id": connector_id}), granted=False)
    return True
