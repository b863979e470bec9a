"""A triggered message that is not known is NotImplemented, and no CALLERROR (OCPP 1.6 §5.17)."""

from typing import Any

import msgspec
from msgspec import Struct

from ..ocpp import messages as m
from ..ocpp.frames import BROKEN
from ..ocpp.rpc import BadCall
from ..ocpp.types import Payload
from .step import Step


class Trigger(Struct, frozen=True):
    """One of the two messages that name another: what it looks like, and how it says that it does not know that one."""

    request: type[Payload]
    answer: Payload
    profile: str


NOT_IMPLEMENTED = m.TriggerMessageStatus.NOT_IMPLEMENTED
TRIGGERS = {
    "TriggerMessage": Trigger(
        m.TriggerMessageRequest, m.TriggerMessageResponse(status=NOT_IMPLEMENTED), "RemoteTrigger"
    ),
    "ExtendedTriggerMessage": Trigger(
        m.ExtendedTriggerMessageRequest, m.ExtendedTriggerMessageResponse(status=NOT_IMPLEMENTED), "Security"
    ),
}


def answer(step: Step, bad: BadCall) -> Payload | None:
    """None: something else is wrong with this call, or the profile is off."""
    trigger = TRIGGERS.get(bad.action or "")
    if trigger is None or trigger.profile in step.config.profiles_off:
        return None
    try:
        payload = msgspec.json.decode(bad.payload, type=dict[str, Any])
        named = payload.get("requestedMessage")
        msgspec.convert({**payload, "requestedMessage": "Heartbeat"}, trigger.request)
    except BROKEN:
        return None
    return trigger.answer if isinstance(named, str) else None
