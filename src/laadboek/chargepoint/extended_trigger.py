"""ExtendedTriggerMessage: as TriggerMessage, and for what the security whitepaper added (its §5.5, §6.16)."""

from collections.abc import Callable, Mapping
from typing import Any

from ..ocpp import messages as m
from ..ocpp.types import Payload
from . import trigger
from .maintenance import firmware, uploads
from .security import certificates
from .step import Step

Trigger = m.ExtendedMessageTrigger
# Those that both messages know.
SHARED: Mapping[Trigger, m.MessageTrigger] = {
    Trigger.BOOT_NOTIFICATION: m.MessageTrigger.BOOT_NOTIFICATION,
    Trigger.HEARTBEAT: m.MessageTrigger.HEARTBEAT,
    Trigger.METER_VALUES: m.MessageTrigger.METER_VALUES,
    Trigger.STATUS_NOTIFICATION: m.MessageTrigger.STATUS_NOTIFICATION,
}


def _trigger(step: Step, request: m.ExtendedTriggerMessageRequest) -> Payload:
    accepted = _may(step, request)
    status = m.TriggerMessageStatus.ACCEPTED if accepted else m.TriggerMessageStatus.REJECTED
    return m.ExtendedTriggerMessageResponse(status=status)


def _may(step: Step, request: m.ExtendedTriggerMessageRequest) -> bool:
    if request.requested_message is Trigger.SIGN_CHARGE_POINT_CERTIFICATE:
        return certificates.can_ask(step)
    shared = SHARED.get(request.requested_message)
    return shared is None or trigger.may(step, shared, request.connector_id)


def _send(step: Step, request: m.ExtendedTriggerMessageRequest) -> None:
    if not _may(step, request):
        return
    shared = SHARED.get(request.requested_message)
    if shared is not None:
        trigger.SENDERS[shared](step, request.connector_id)
    else:
        SENDERS[request.requested_message](step)


def _log_status(step: Step) -> None:
    step.call(uploads.log_status(step), trigger.AboutIdle(), triggered=True)


def _firmware_status(step: Step) -> None:
    step.call(firmware.signed_status(step), trigger.AboutIdle(), triggered=True)


SENDERS: dict[Trigger, Callable[[Step], None]] = {
    Trigger.FIRMWARE_STATUS_NOTIFICATION: _firmware_status,
    Trigger.LOG_STATUS_NOTIFICATION: _log_status,
    Trigger.SIGN_CHARGE_POINT_CERTIFICATE: certificates.ask,  # A02.FR.02
}
HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {m.ExtendedTriggerMessageRequest: _trigger}
AFTERWARDS: Mapping[type[Payload], Callable[[Step, Any], None]] = {m.ExtendedTriggerMessageRequest: _send}
