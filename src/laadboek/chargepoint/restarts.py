"""A restart of the face alone: what a platform's Reset does on a report link, or while a session is hidden (RULES §6).

While one is hidden the device restarts later, when nobody is there; to this platform it happened now, and took as long
as it usually does.
"""

from datetime import datetime, timedelta

from ..facts import DeviceBooted, DeviceWentDark, ResetAsked
from ..ocpp.security import SecurityEvent
from . import link, registration, routing
from .config import LinkConfig
from .security import security_events
from .state import FaceState, LinkPhase
from .step import Step

LATELY = timedelta(minutes=10)


def wish(step: Step, wish_id: int, *, hard: bool) -> ResetAsked:
    """What the charger is asked: to restart, or to end what this platform sees and restart later."""
    sees = None
    if routing.hides(step, 0):
        sees = tuple(t.session_id for t in step.durable.transactions.values() if not t.ended)
    return ResetAsked(wish_id=wish_id, link_id=step.config.link_id, hard=hard, sees=sees)


def too_many(step: Step) -> bool:
    """Whether its platform restarts us in a loop. One that is not too many is noted; the owner is told of the first."""
    lately = tuple(at for at in step.state.resets if step.now - at < LATELY)
    most = step.config.resets_max
    if most is None or len(lately) < most:
        step.change(resets=(*lately, step.now))
        return False
    if len(lately) == most:
        step.notify("reset.too_many", most=most)
        step.change(resets=(*lately, step.now))
    return True


def at_once(step: Step) -> None:
    """On a link that only reports, whose platform has no say over the charger: a new socket, and BootNotification."""
    registration.device_booted(step)
    security_events.record(step, SecurityEvent.RESET_OR_REBOOT, "reset over OCPP")
    security_events.device_booted(step)
    step.reconnect = True


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    return state.restart_at


def reach(step: Step) -> None:
    """The answer is out, and what else could be said before a device goes: off the air, back by a BootNotification."""
    if step.state.restart_at is None or step.state.restart_at > step.now:
        return
    step.change(restart_at=None)
    registration.device_booted(step)
    security_events.device_booted(step, step.after(step.durable.boot_s))
    link.go_dark(step, step.durable.boot_s)


def went_dark(step: Step, fact: DeviceWentDark) -> bool:
    """False: this platform had that restart already. The time of one that it asked for is taken."""
    if step.state.reset is not None:
        step.change(dark_since=step.now)
    return fact.unseen_by != step.config.link_id


def booted(step: Step, fact: DeviceBooted) -> bool:
    """As `went_dark`."""
    if step.state.dark_since is not None:
        step.save(boot_s=(step.now - step.state.dark_since).total_seconds())
        step.change(dark_since=None)
    if fact.unseen_by != step.config.link_id:
        return True
    return step.state.link.phase is LinkPhase.DARK and step.state.link.until is None
