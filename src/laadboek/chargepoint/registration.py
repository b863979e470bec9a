"""BootNotification until the platform accepts, then Heartbeat (OCPP 1.6 §4.2, §4.6; errata 3.11, 3.22)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from ..ocpp import messages as m
from ..ocpp.errors import ErrorCode, OcppError
from . import configuration, platform_clock, statuses
from .config import LinkConfig
from .state import FaceState, LinkPhase, Outgoing, Registration, Standing
from .step import Step, earliest

# Also with pings and other traffic at least one a day, for the clock (§4.6).
DAY = timedelta(hours=24)


class AboutBoot(Struct, frozen=True):
    pass


class AboutHeartbeat(Struct, frozen=True):
    pass


def boot_request(config: LinkConfig) -> m.BootNotificationRequest:
    """Who we are; texts are cut to what the wire allows (§6.3)."""
    plate = config.nameplate
    return m.BootNotificationRequest(
        charge_point_model=plate.model[:20],
        charge_point_serial_number=_cut(plate.serial_number, 25),
        charge_point_vendor=plate.vendor[:20],
        firmware_version=_cut(plate.firmware_version, 50),
        meter_serial_number=_cut(plate.meter_serial_number, 25),
        meter_type=_cut(plate.meter_type, 25),
    )


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None


def content(config: LinkConfig) -> bytes:
    """What a BootNotification would say; it is sent again when that has changed (OCPP-J §5.4)."""
    return msgspec.json.encode(boot_request(config))


def restored(config: LinkConfig, accepted_boot: bytes) -> Registration:
    """A restart of ours is none of the device: who was accepted as what it still is, stays accepted."""
    same = accepted_boot == content(config)
    return Registration(standing=Standing.ACCEPTED if same else Standing.UNKNOWN)


def device_booted(step: Step) -> None:
    """Nothing else is sent until the platform has accepted the boot."""
    step.save(accepted_boot=b"")
    step.registration(standing=Standing.UNKNOWN, boot_at=None)


def link_opened(step: Step) -> None:
    """On a mere reconnect: no boot, only the statuses that changed meanwhile (OCPP-J §5.4; OCPP 1.6 §4.9)."""
    if step.config.boot_on_reconnect and step.state.registration.standing is Standing.ACCEPTED:
        step.registration(standing=Standing.UNKNOWN, boot_at=None)
    if step.state.registration.standing is Standing.ACCEPTED:
        statuses.tell_what_differs(step)


def next_boot(step: Step) -> Outgoing | None:
    """The BootNotification, when it may be sent now."""
    registration = step.state.registration
    if registration.standing is Standing.ACCEPTED:
        return None
    if registration.boot_at is not None and registration.boot_at > step.now:
        return None
    return Outgoing(boot_request(step.config), AboutBoot())


def _booted(step: Step, _: AboutBoot, response: m.BootNotificationResponse) -> None:
    platform_clock.note(step, response.current_time)
    if response.status is not m.RegistrationStatus.ACCEPTED:
        wait_s = response.interval if response.interval > 0 else step.config.boot_retry_s
        step.registration(standing=Standing(response.status.value.lower()), boot_at=step.after(wait_s))
        return
    step.registration(
        standing=Standing.ACCEPTED,
        boot_at=None,
        heartbeat_at=step.now,
        booted_on_socket=step.state.link.socket_no,
    )
    step.save(accepted_boot=content(step.config))
    if response.interval > 0:
        kept = configuration.checked("HeartbeatInterval", str(response.interval), step.config)
        if kept is not None:
            step.save(keys=step.durable.keys | {"HeartbeatInterval": kept})
    statuses.tell_all(step)


def _boot_failed(step: Step, _: AboutBoot, error: OcppError | None) -> None:
    """A CALLERROR leaves the waiting to us; a lost socket has its own back-off."""
    if error is not None:
        step.registration(boot_at=step.after(step.config.boot_retry_s))


def doubted(step: Step, error: OcppError) -> None:
    """SecurityError: to this platform we have not booted yet (OCPP-J errata 3.10). Once per socket, so boot."""
    registration, socket_no = step.state.registration, step.state.link.socket_no
    if error.code is ErrorCode.SECURITY_ERROR and registration.booted_on_socket != socket_no:
        step.registration(standing=Standing.UNKNOWN, boot_at=None)


def _beaten(step: Step, _: AboutHeartbeat, response: m.HeartbeatResponse) -> None:
    step.registration(heartbeat_at=step.now)
    platform_clock.note(step, response.current_time)


def _not_beaten(step: Step, _: AboutHeartbeat, error: OcppError | None) -> None:
    """The next one is due an interval after this one was sent."""
    if error is not None:
        step.registration(heartbeat_at=step.now)


def beat(step: Step, *, triggered: bool = False) -> None:
    step.call(m.HeartbeatRequest(), AboutHeartbeat(), triggered=triggered)


def heartbeat_due(state: FaceState) -> datetime | None:
    """An interval after we last sent anything; a day after the last heartbeat at the latest."""
    link_state, registration = state.link, state.registration
    if link_state.phase is not LinkPhase.OPEN or registration.standing is not Standing.ACCEPTED:
        return None
    if state.open_call is not None and isinstance(state.open_call.about, AboutHeartbeat):
        return None
    if state.waiting and any(isinstance(outgoing.about, AboutHeartbeat) for outgoing in state.waiting):
        return None
    interval_s = configuration.integer(state, "HeartbeatInterval")
    sent_at = link_state.last_sent_at or link_state.opened_at
    quiet = sent_at + timedelta(seconds=interval_s) if sent_at is not None and interval_s else None
    opened_at = link_state.opened_at
    if opened_at is None:
        return quiet
    beaten_at = registration.heartbeat_at or opened_at
    return earliest(quiet, max(beaten_at + DAY, opened_at))  # overdue on a new socket: at once


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    free = state.link.phase is LinkPhase.OPEN and state.open_call is None and not state.held
    return earliest(state.registration.boot_at if free else None, heartbeat_due(state))


def reach(step: Step) -> None:
    due = heartbeat_due(step.state)
    if due is not None and due <= step.now:
        beat(step)


ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutBoot: _booted, AboutHeartbeat: _beaten}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {
    AboutBoot: _boot_failed,
    AboutHeartbeat: _not_beaten,
}
