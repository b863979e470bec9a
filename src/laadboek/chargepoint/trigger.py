"""TriggerMessage: tell it again, now (OCPP 1.6 §5.17; errata 3.35). Sent after its .conf; allowed while Pending."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from ..ocpp.types import Payload
from . import metering, registration, statuses
from .maintenance import firmware, uploads
from .state import Connector, Standing
from .step import Step

Trigger = m.MessageTrigger


class AboutIdle(Struct, frozen=True):
    """How far an upload or update is, told once more."""


def _trigger(step: Step, request: m.TriggerMessageRequest) -> Payload:
    accepted = may(step, request.requested_message, request.connector_id)
    status = m.TriggerMessageStatus.ACCEPTED if accepted else m.TriggerMessageStatus.REJECTED
    return m.TriggerMessageResponse(status=status)


def may(step: Step, message: Trigger, connector_id: int | None) -> bool:
    """A connector that the message has no use for is ignored; one that does not exist is not (case 055)."""
    if message is Trigger.BOOT_NOTIFICATION:
        return step.state.registration.standing is not Standing.ACCEPTED
    if connector_id is None or message not in LOWEST_CONNECTOR:
        return True
    return LOWEST_CONNECTOR[message] <= connector_id <= step.config.nameplate.connectors


# The charge point as a whole (0) has a status, but no meter of its own.
LOWEST_CONNECTOR = {Trigger.STATUS_NOTIFICATION: 0, Trigger.METER_VALUES: 1}


def _send(step: Step, request: m.TriggerMessageRequest) -> None:
    if may(step, request.requested_message, request.connector_id):
        SENDERS[request.requested_message](step, request.connector_id)


def _boot(step: Step, _: int | None) -> None:
    step.registration(boot_at=None)


def _heartbeat(step: Step, _: int | None) -> None:
    registration.beat(step, triggered=True)


def _status(step: Step, connector_id: int | None) -> None:
    for connector in _chosen(step, connector_id, 0):
        about = statuses.AboutStatus(connector.connector_id, connector.now)
        step.call(statuses.notification(connector), about, triggered=True)


def _meter_values(step: Step, connector_id: int | None) -> None:
    for connector in _chosen(step, connector_id, 1):
        metering.tell_now(step, connector.connector_id)


def _chosen(step: Step, connector_id: int | None, lowest: int) -> list[Connector]:
    """One connector, or without a number every one that is allowed."""
    known = step.state.connectors
    wanted = range(lowest, step.config.nameplate.connectors + 1) if connector_id is None else (connector_id,)
    return [known[i] for i in wanted if i in known]


def _diagnostics_status(step: Step, _: int | None) -> None:
    step.call(uploads.diagnostics_status(step), AboutIdle(), triggered=True)


def _firmware_status(step: Step, _: int | None) -> None:
    step.call(firmware.status(step), AboutIdle(), triggered=True)


SENDERS: Mapping[Trigger, Callable[[Step, int | None], None]] = {
    Trigger.BOOT_NOTIFICATION: _boot,
    Trigger.DIAGNOSTICS_STATUS_NOTIFICATION: _diagnostics_status,
    Trigger.FIRMWARE_STATUS_NOTIFICATION: _firmware_status,
    Trigger.HEARTBEAT: _heartbeat,
    Trigger.METER_VALUES: _meter_values,
    Trigger.STATUS_NOTIFICATION: _status,
}


def _nothing(step: Step, about: AboutIdle, _: Any) -> None:
    """Nothing follows."""


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {m.TriggerMessageRequest: _trigger}
AFTERWARDS: Mapping[type[Payload], Callable[[Step, Any], None]] = {m.TriggerMessageRequest: _send}
ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutIdle: _nothing}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {AboutIdle: _nothing}
