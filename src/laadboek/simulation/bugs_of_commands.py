"""Planted bugs of commands: what a platform may have done, and what comes of it."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ..chargepoint import restarts
from ..chargepoint.config import LinkConfig
from ..charger import control, identify, obstacles, power, resets, wishes
from ..charger.core import HANDLERS
from ..facts import EndReason, StopAsked
from .planting import Bug, Patch


def _does_nothing(right: Any) -> Any:
    return lambda *arguments, **named: None


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda right: lambda *arguments, **named: value


def _grants_and_forgets(right: Any) -> Any:
    return lambda turn, wish: turn.grant(wish)


def _nobodys_start(right: Any) -> Any:
    def claim_of_remote(turn: Any, wish: Any) -> Any:
        claim, blocked = right(turn, wish)
        return replace(claim, over_link=None), blocked

    return claim_of_remote


def _sees_everything(right: Any) -> Any:
    return lambda step, wish_id, *, hard: replace(right(step, wish_id, hard=hard), sees=None)


def _for_another_reason(right: Any) -> Any:
    return lambda turn, reason, over_link=None: right(turn, EndReason.POWER_LOSS, over_link)


BUGS_OF_COMMANDS = {
    "remote start granted and forgotten": Bug(
        "A platform's start is granted, and no session begins.",
        (Patch(wishes, "_remote_start", _does_nothing),),
        "none",
        3,
    ),
    "remote start is nobody's": Bug(
        "A session does not remember which platform started it.",
        (Patch(identify, "claim_of_remote", _nobodys_start),),
        "none",
        3,
    ),
    "remote stop granted and forgotten": Bug(
        "A platform's stop is granted, and the session goes on.",
        (Patch(HANDLERS, StopAsked, _grants_and_forgets),),
        "none",
        3,
    ),
    "hidden session ended by a reset": Bug(
        "A platform's reset ends a session that it does not see.",
        (Patch(restarts, "wish", _sees_everything),),
        "none",
        3,
    ),
    "reset told as a power cut": Bug(
        "A session that a reset ended says PowerLoss.", (Patch(power, "close_books", _for_another_reason),), "none", 3
    ),
    "reset granted and forgotten": Bug("Nothing restarts.", (Patch(resets, "_restart", _does_nothing),), "none", 3),
    "anybody commands": Bug(
        "What a link may only report, it may command as well.",
        (
            Patch(LinkConfig, "controls", lambda right: property(lambda config: True)),
            Patch(control, "may_wish", _always(True)),
        ),
        "none",
        3,
    ),
    "closed and yet open": Bug(
        "Sessions begin while the connector is out of service.",
        (Patch(obstacles, "out_of_use", _always(None)),),
        "none",
        3,
    ),
}
