"""The platform asks: who handles it, what a report link refuses, and the wait for the charger's word (OCPP 1.6 §5)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..facts import WishAnswered
from ..ocpp import messages as m
from ..ocpp.errors import ErrorCode, OcppError
from ..ocpp.rpc import Call
from ..ocpp.types import Payload
from ..reasons import Reason
from . import (
    configuration,
    core,
    extended_trigger,
    local_list,
    reservations,
    smart_charging,
    trigger,
)
from .config import LinkConfig
from .core import Asked, Handled
from .effects import AskCharger
from .maintenance import firmware, uploads
from .security import certificates, security_events
from .state import FaceState, HeldRequest
from .step import Step, earliest

# One module per feature profile, by the profile's name (§3.3).
PROFILES: Mapping[str, Mapping[type[Payload], Callable[[Step, Any], Handled]]] = {
    "Core": core.HANDLERS,
    "FirmwareManagement": {**uploads.HANDLERS, **firmware.HANDLERS},
    "LocalAuthListManagement": local_list.HANDLERS,
    "Reservation": reservations.HANDLERS,
    "SmartCharging": smart_charging.HANDLERS,
    "RemoteTrigger": trigger.HANDLERS,
    "Security": {  # the whitepaper's; §3.3 knows no such profile
        **certificates.HANDLERS,
        **extended_trigger.HANDLERS,
        **firmware.SECURITY_HANDLERS,
        **uploads.SECURITY_HANDLERS,
    },
}
GRANTED: Mapping[type[Payload], Callable[[Step, Any, bool, Reason | None], Payload]] = {
    **core.GRANTED,
    **reservations.GRANTED,
}
PROFILE_OF = {request: name for name, handlers in PROFILES.items() for request in handlers}
AFTERWARDS: Mapping[type[Payload], Callable[[Step, Any], None]] = {
    **core.AFTERWARDS,
    **local_list.AFTERWARDS,
    **trigger.AFTERWARDS,
    **certificates.AFTERWARDS,
    **extended_trigger.AFTERWARDS,
}

# A report link records and reports; it starts, stops and limits nothing. Each refusal in its own enum (RULES §6).
REPORT_LINK_REFUSES: Mapping[type[Payload], Payload] = {
    m.CancelReservationRequest: m.CancelReservationResponse(status=m.CancelReservationStatus.REJECTED),
    m.ChangeAvailabilityRequest: m.ChangeAvailabilityResponse(status=m.AvailabilityStatus.REJECTED),
    m.ClearChargingProfileRequest: m.ClearChargingProfileResponse(status=m.ClearChargingProfileStatus.UNKNOWN),
    m.GetCompositeScheduleRequest: m.GetCompositeScheduleResponse(status=m.GetCompositeScheduleStatus.REJECTED),
    m.GetDiagnosticsRequest: m.GetDiagnosticsResponse(),  # none are available (§5.9)
    m.GetLocalListVersionRequest: m.GetLocalListVersionResponse(list_version=-1),
    m.GetLogRequest: m.GetLogResponse(status=m.LogStatus.REJECTED),
    m.RemoteStartTransactionRequest: m.RemoteStartTransactionResponse(status=m.RemoteStartStopStatus.REJECTED),
    m.RemoteStopTransactionRequest: m.RemoteStopTransactionResponse(status=m.RemoteStartStopStatus.REJECTED),
    m.ReserveNowRequest: m.ReserveNowResponse(status=m.ReservationStatus.REJECTED),
    m.SendLocalListRequest: m.SendLocalListResponse(status=m.UpdateStatus.FAILED),
    m.SetChargingProfileRequest: m.SetChargingProfileResponse(status=m.ChargingProfileStatus.REJECTED),
    m.SignedUpdateFirmwareRequest: m.SignedUpdateFirmwareResponse(status=m.UpdateFirmwareStatus.REJECTED),
    m.UnlockConnectorRequest: m.UnlockConnectorResponse(status=m.UnlockStatus.UNLOCK_FAILED),
}


def asked(step: Step, call: Call) -> None:
    """Answer now, or hold the request until the charger answered."""
    try:
        handled = _handled(step, call.request)
    except OcppError as error:
        assert step.rpc is not None
        step.send(step.rpc.refuse(call.message_id, error))
        return
    if isinstance(handled, Asked):
        _hold(step, call, handled)
    else:
        _answer(step, call.message_id, call.request, handled)


def _handled(step: Step, request: Payload) -> Handled:
    kind = type(request)
    if not step.config.controls and kind in REPORT_LINK_REFUSES:
        return REPORT_LINK_REFUSES[kind]
    profile = PROFILE_OF.get(kind)
    if profile is None or not _has(step.config, profile):
        raise OcppError(ErrorCode.NOT_SUPPORTED, f"{m.ACTION_OF[kind]} belongs to a profile that is not supported")
    if profile == "Security":
        security_events.heard_of(step)
    return PROFILES[profile][kind](step, request)


def _has(config: LinkConfig, profile: str) -> bool:
    if profile == "Security":  # not a profile of §3.3: a link that only reports has its own keys and certificates too
        return profile not in config.profiles_off
    return configuration.has_profile(config, profile)


def _hold(step: Step, call: Call, asked: Asked) -> None:
    wish_id = step.wish_id()
    held = HeldRequest(
        wish_id=wish_id,
        message_id=call.message_id,
        socket_no=step.state.link.socket_no,
        request=call.request,
        due=step.after(step.config.wish_timeout_s),
    )
    step.change(held=step.state.held | {wish_id: held})
    step.do(AskCharger(asked.wish(wish_id)))


def wish_answered(step: Step, fact: WishAnswered) -> None:
    held = step.state.held.get(fact.wish_id)
    if held is not None:
        _release(step, held, fact.granted, fact.why)


def _release(step: Step, held: HeldRequest, granted: bool, why: Reason | None) -> None:
    step.change(held={key: value for key, value in step.state.held.items() if key != held.wish_id})
    response = GRANTED[type(held.request)](step, held.request, granted, why)
    if held.socket_no == step.state.link.socket_no and step.rpc is not None:
        _answer(step, held.message_id, held.request, response)
    elif (afterwards := AFTERWARDS.get(type(held.request))) is not None:
        afterwards(step, held.request)


def _answer(step: Step, message_id: str, request: Payload, response: Payload) -> None:
    assert step.rpc is not None
    step.send(step.rpc.answer(message_id, response))
    afterwards = AFTERWARDS.get(type(request))
    if afterwards is not None:
        afterwards(step, request)


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    reset = state.reset.due if state.reset is not None else None
    return earliest(reset, *(held.due for held in state.held.values()))


def reach(step: Step) -> None:
    for held in list(step.state.held.values()):
        if held.due <= step.now:
            _release(step, held, False, Reason("wish.unanswered"))
    core.reset_overdue(step)
