"""What the platform may ask of a Core charge point (OCPP 1.6 §5); what is physical is the charger's to grant."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ..facts import AvailabilityAsked, SettingAsked, StartAsked, StopAsked, UnlockAsked, Wish
from ..ocpp import messages as m
from ..ocpp.errors import ErrorCode, OcppError
from ..ocpp.security import SecurityEvent
from ..ocpp.types import Payload
from ..reasons import Reason
from . import configuration, link, metering, restarts, routing, smart_charging, statuses
from .security import credentials, security_events
from .state import LinkPhase, Reset, Standing
from .step import Step

RESET_PATIENCE_S = 120  # a reset that was promised, and no boot after it: asked again

Verdict = m.RemoteStartStopStatus


class Asked(Struct, frozen=True):
    """The charger must be asked; the answer to the platform follows with its word."""

    wish: Callable[[int], Wish]


# A handler answers at once, or says what the charger must be asked.
Handled = Payload | Asked


def _remote_start(step: Step, request: m.RemoteStartTransactionRequest) -> Handled:
    """§5.11. Connector 0 is none to charge at (case 027); a profile must be of this transaction (case 060)."""
    rejected = m.RemoteStartTransactionResponse(status=Verdict.REJECTED)
    supported = configuration.has_profile(step.config, "SmartCharging")
    profile = request.charging_profile if supported else None  # else it is ignored
    if profile is not None and not smart_charging.may_come_with_start(step, profile):
        return rejected
    pending = step.state.registration.standing is Standing.PENDING  # not allowed yet (§4.2)
    if pending or not request.id_tag or not any(_can_start(step, c) for c in _meant(step, request.connector_id)):
        return rejected
    ask_first = configuration.flag(step.state, "AuthorizeRemoteTxRequests")
    return Asked(
        lambda wish_id: StartAsked(
            wish_id=wish_id,
            link_id=step.config.link_id,
            id_tag=request.id_tag,
            connector_id=request.connector_id,
            authorised=not ask_first,
            charging_profile=None if profile is None else msgspec.json.encode(profile),
        )
    )


def _meant(step: Step, connector_id: int | None) -> Iterable[int]:
    """Without a number the charger chooses, who knows what is reserved and where a car waits."""
    return range(1, step.config.nameplate.connectors + 1) if connector_id is None else (connector_id,)


def _can_start(step: Step, connector_id: int) -> bool:
    connector = step.state.connectors.get(connector_id)
    if connector_id == 0 or connector is None or connector.view is None or routing.hides(step, connector_id):
        return False
    operative = not statuses.is_inoperative(step, connector)
    return operative and connector.view.session_id is None and connector.now.status is not m.ChargePointStatus.FAULTED


def _remote_stop(step: Step, request: m.RemoteStopTransactionRequest) -> Handled:
    """§5.12; the answer says that it will be tried (errata 3.33)."""
    if step.state.registration.standing is not Standing.PENDING:
        transactions = step.durable.transactions.values()
        meant = (t.session_id for t in transactions if t.transaction_id == request.transaction_id and not t.ended)
        session_id = next(meant, None)
        if session_id is not None:
            return Asked(lambda i: StopAsked(wish_id=i, link_id=step.config.link_id, session_id=session_id))
    return m.RemoteStopTransactionResponse(status=Verdict.REJECTED)


def _unlock(step: Step, request: m.UnlockConnectorRequest) -> Handled:
    """§5.18; an unknown connector has no lock (errata 3.87)."""
    connector_id = request.connector_id
    if not 1 <= connector_id <= step.config.nameplate.connectors:
        return m.UnlockConnectorResponse(status=m.UnlockStatus.NOT_SUPPORTED)
    if routing.hides(step, connector_id) and not step.config.nameplate.tethered:
        return m.UnlockConnectorResponse(status=m.UnlockStatus.UNLOCK_FAILED)  # RULES §6
    return Asked(lambda i: UnlockAsked(wish_id=i, link_id=step.config.link_id, connector_id=connector_id))


def _reset(step: Step, request: m.ResetRequest) -> Handled:
    """§5.14, errata 3.82: also while a transaction runs. A report link resets itself alone (RULES §6)."""
    if restarts.too_many(step):
        return m.ResetResponse(status=m.ResetStatus.REJECTED)
    if not step.config.controls:
        restarts.at_once(step)
        return m.ResetResponse(status=m.ResetStatus.ACCEPTED)
    return Asked(lambda i: restarts.wish(step, i, hard=request.type is m.ResetType.HARD))


def _change_availability(step: Step, request: m.ChangeAvailabilityRequest) -> Handled:
    """§5.2"""
    connector_id = request.connector_id
    if not 0 <= connector_id <= step.config.nameplate.connectors:
        return m.ChangeAvailabilityResponse(status=m.AvailabilityStatus.REJECTED)
    operative = request.type is m.AvailabilityType.OPERATIVE
    return Asked(
        lambda wish_id: AvailabilityAsked(
            wish_id=wish_id, link_id=step.config.link_id, connector_id=connector_id, operative=operative
        )
    )


def _get_configuration(step: Step, request: m.GetConfigurationRequest) -> Handled:
    """§5.8: the keys in the order asked for; none asked for means all of them."""
    wanted = request.key or tuple(configuration.listed(step.config))
    if len(wanted) > configuration.MAX_KEYS:
        raise OcppError(ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, f"more than {configuration.MAX_KEYS} keys")
    known: dict[str, m.KeyValue] = {}
    unknown: list[str] = []
    for name in wanted:
        key = configuration.known(name, step.config)
        if key is None or not configuration.KEYS[key].listed:
            unknown.append(name)
        else:
            known[key] = m.KeyValue(
                key=key,
                readonly=not configuration.writable(step.state, key, step.config),
                value=configuration.text(step.state, key, step.config),
            )
    return m.GetConfigurationResponse(
        configuration_key=tuple(known.values()) or None, unknown_key=tuple(dict.fromkeys(unknown)) or None
    )


def _change_configuration(step: Step, request: m.ChangeConfigurationRequest) -> Handled:
    """§5.3"""
    name = configuration.known(request.key, step.config)
    if name is None:
        return m.ChangeConfigurationResponse(status=m.ConfigurationStatus.NOT_SUPPORTED)
    value = configuration.checked(name, request.value, step.config)
    if value is None or not configuration.writable(step.state, name, step.config):
        return m.ChangeConfigurationResponse(status=m.ConfigurationStatus.REJECTED)
    key = configuration.KEYS[name]
    if key.owner == "charger":
        return Asked(lambda i: SettingAsked(wish_id=i, link_id=step.config.link_id, key=name, value=value))
    if name in credentials.CHANGES:
        return m.ChangeConfigurationResponse(status=credentials.CHANGES[name](step, value))
    set_key(step, name, value)
    return m.ChangeConfigurationResponse(status=m.ConfigurationStatus.ACCEPTED)  # no key of ours waits for a boot


def set_key(step: Step, name: str, value: str) -> None:
    """Write a key of the link; what depends on it starts to follow the new value now."""
    step.save(keys=step.durable.keys | {name: value})
    metering.plan(step)
    statuses.refresh(step, 0)  # LocalAuthListEnabled ends a conflict with the list, or brings it back
    if name == "MessageTimeout" and step.rpc is not None:
        step.rpc.wait(int(value))  # errata 3.83


def _clear_cache(step: Step, request: m.ClearCacheRequest) -> Handled:
    """§5.4; errata 3.23: there is a cache to clear, also while it is switched off."""
    if step.durable.cache:
        step.save(cache={})
    return m.ClearCacheResponse(status=m.ClearCacheStatus.ACCEPTED)


def _data_transfer(step: Step, request: m.DataTransferRequest) -> Handled:
    """§5.6, §3.12: there is no vendor whose messages we know."""
    return m.DataTransferResponse(status=m.DataTransferStatus.UNKNOWN_VENDOR_ID)


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Handled]] = {
    m.ChangeAvailabilityRequest: _change_availability,
    m.ChangeConfigurationRequest: _change_configuration,
    m.ClearCacheRequest: _clear_cache,
    m.DataTransferRequest: _data_transfer,
    m.GetConfigurationRequest: _get_configuration,
    m.RemoteStartTransactionRequest: _remote_start,
    m.RemoteStopTransactionRequest: _remote_stop,
    m.ResetRequest: _reset,
    m.UnlockConnectorRequest: _unlock,
}


# --- the charger's word -----------------------------------------------------------------------------------------------


def _started(step: Step, request: m.RemoteStartTransactionRequest, granted: bool, why: Reason | None) -> Payload:
    return m.RemoteStartTransactionResponse(status=Verdict.ACCEPTED if granted else Verdict.REJECTED)


def _stopped(step: Step, request: m.RemoteStopTransactionRequest, granted: bool, why: Reason | None) -> Payload:
    return m.RemoteStopTransactionResponse(status=Verdict.ACCEPTED if granted else Verdict.REJECTED)


def _unlocked(step: Step, request: m.UnlockConnectorRequest, granted: bool, why: Reason | None) -> Payload:
    if granted:
        return m.UnlockConnectorResponse(status=m.UnlockStatus.UNLOCKED)
    fixed = why is not None and why.code == "unlock.not_supported"
    return m.UnlockConnectorResponse(status=m.UnlockStatus.NOT_SUPPORTED if fixed else m.UnlockStatus.UNLOCK_FAILED)


def _set(step: Step, request: m.ChangeConfigurationRequest, granted: bool, why: Reason | None) -> Payload:
    status = m.ConfigurationStatus.ACCEPTED if granted else m.ConfigurationStatus.REJECTED
    return m.ChangeConfigurationResponse(status=status)


def _resetting(step: Step, request: m.ResetRequest, granted: bool, why: Reason | None) -> Payload:
    if granted:  # also where the device restarts later: this platform must not see the difference (RULES §6)
        security_events.record(step, SecurityEvent.RESET_OR_REBOOT, f"{request.type} reset over OCPP")
    if granted and why is not None:  # a session runs that it does not see: this face alone restarts
        step.change(restart_at=step.now)
    elif granted:
        retries = configuration.integer(step.state, "ResetRetries")
        step.change(reset=Reset(request.type is m.ResetType.HARD, step.after(RESET_PATIENCE_S), retries))
    return m.ResetResponse(status=m.ResetStatus.ACCEPTED if granted else m.ResetStatus.REJECTED)


def device_down_or_up(step: Step) -> None:
    """The reset that was promised is happening."""
    step.change(reset=None)


def reset_overdue(step: Step) -> None:
    """No boot followed: ask again, ResetRetries times (§9.1.22). Nobody waits for that answer."""
    reset = step.state.reset
    if reset is None or reset.due > step.now:
        return
    if reset.retries == 0:
        step.change(reset=None)
        step.notify("reset.failed")
        if step.state.link.phase is LinkPhase.DARK:
            link.connect(step)
        return
    step.change(reset=Reset(reset.hard, step.after(RESET_PATIENCE_S), reset.retries - 1))
    step.ask(restarts.wish(step, step.wish_id(), hard=reset.hard))


def _available(step: Step, request: m.ChangeAvailabilityRequest, granted: bool, why: Reason | None) -> Payload:
    """Connector 0 stands for the charge point and all connectors. A running transaction is let finish first.

    A charge point with a connector that may charge is available itself: unavailable means no charging at all (§5.2).
    """
    if not granted:
        return m.ChangeAvailabilityResponse(status=m.AvailabilityStatus.REJECTED)
    inoperative = request.type is m.AvailabilityType.INOPERATIVE
    meant = {request.connector_id} if inoperative else {0, request.connector_id}
    if request.connector_id == 0:
        meant = set(range(step.config.nameplate.connectors + 1))
    before = step.durable.inoperative
    step.save(inoperative=before | meant if inoperative else before - meant)
    busy = metering.running_on(step.state, request.connector_id) is not None
    scheduled = inoperative and busy and request.connector_id not in before
    return m.ChangeAvailabilityResponse(
        status=m.AvailabilityStatus.SCHEDULED if scheduled else m.AvailabilityStatus.ACCEPTED
    )


def _availability_told(step: Step, request: m.ChangeAvailabilityRequest) -> None:
    statuses.refresh_all(step)


GRANTED: Mapping[type[Payload], Callable[[Step, Any, bool, Reason | None], Payload]] = {
    m.ChangeAvailabilityRequest: _available,
    m.ChangeConfigurationRequest: _set,
    m.RemoteStartTransactionRequest: _started,
    m.RemoteStopTransactionRequest: _stopped,
    m.ResetRequest: _resetting,
    m.UnlockConnectorRequest: _unlocked,
}
# What follows its .conf.
AFTERWARDS: Mapping[type[Payload], Callable[[Step, Any], None]] = {
    m.ChangeAvailabilityRequest: _availability_told,
}
