"""Firmware: UpdateFirmware (OCPP 1.6 §5.19) and SignedUpdateFirmware (security whitepaper, L01). Nothing is executed.

The runtime downloads, and says what the file is; the charger installs once no session runs (L01.FR.06). Each step is
told, and saved with the turn, so that a restart at any point goes on from there.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from ...facts import InstallAsked, InstallDropped, InstallEnded, ResetAsked, WishAnswered
from ...ocpp import messages as m
from ...ocpp.errors import ErrorCode, OcppError
from ...ocpp.security import CertificateUse, SecurityEvent
from ...ocpp.types import Payload
from ..config import LinkConfig
from ..effects import CancelTransfer, StartDownload
from ..events import TransferMoved
from ..security import security_events
from ..state import FaceState, LinkPhase
from ..step import Step
from . import locations, news
from .signing import certificate_is_valid, signature_is_valid
from .state import News, NewsKind, Phase, Signature, Update
from .uploads import HOPELESS, tries

ASK_AGAIN_S = 60  # a charger that would not install or reboot now

Status = m.SignedFirmwareStatus
# What the original message knows (§7.25); the other steps of the same update are not told in it.
UNSIGNED = {
    Status.DOWNLOADED,
    Status.DOWNLOAD_FAILED,
    Status.DOWNLOADING,
    Status.INSTALLATION_FAILED,
    Status.INSTALLING,
    Status.INSTALLED,
}
# A trigger asks how far it is (§5.17); what is not here is Idle.
PROGRESS = {
    Phase.DOWNLOADING: m.FirmwareStatus.DOWNLOADING,
    Phase.PAUSED: m.FirmwareStatus.DOWNLOADING,
    Phase.DOWNLOADED: m.FirmwareStatus.DOWNLOADED,
    Phase.WAITING: m.FirmwareStatus.DOWNLOADED,
    Phase.INSTALLING: m.FirmwareStatus.INSTALLING,
    Phase.REBOOTING: m.FirmwareStatus.INSTALLING,
}
UNSTOPPABLE = {Phase.INSTALLING, Phase.REBOOTING}
NEVER_GRANTED = {"link.no_control", "install.not_supported"}


# --- the platform asks ---


def _update(step: Step, request: m.UpdateFirmwareRequest) -> Payload:
    """§5.19; not retrieved before its date (errata 3.63).

    Once a manufacturer's root is installed, only signed firmware is taken (L01.FR.20).
    """
    if not step.config.controls:
        raise OcppError(ErrorCode.NOT_SUPPORTED, "this link only gets reports")
    if _manufacturer_roots(step):
        raise OcppError(ErrorCode.NOT_SUPPORTED, "this charge point takes signed firmware only")
    before = step.durable.maintenance.update
    if before is None or before.phase not in UNSTOPPABLE:
        retries, interval_s = tries(request.retries, request.retry_interval)
        update = Update(
            number=step.durable.maintenance.last_number + 1,
            location=request.location,
            retrieve_at=request.retrieve_date,
            retries=retries,
            interval_s=interval_s,
        )
        _begin(step, update)
    return m.UpdateFirmwareResponse()


def _signed_update(step: Step, request: m.SignedUpdateFirmwareRequest) -> Payload:
    """L01.FR.23 to L01.FR.27"""
    firmware, before = request.firmware, step.durable.maintenance.update
    if not certificate_is_valid(firmware.signing_certificate, _manufacturer_roots(step), step.now):
        security_events.record(step, SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE)
        return m.SignedUpdateFirmwareResponse(status=m.UpdateFirmwareStatus.INVALID_CERTIFICATE)
    if before is not None and before.phase in UNSTOPPABLE:
        return m.SignedUpdateFirmwareResponse(status=m.UpdateFirmwareStatus.REJECTED)
    retries, interval_s = tries(request.retries, request.retry_interval)
    update = Update(
        number=step.durable.maintenance.last_number + 1,
        request_id=request.request_id,
        signed=Signature(firmware.signing_certificate, firmware.signature),
        location=firmware.location,
        retrieve_at=firmware.retrieve_date_time,
        install_at=firmware.install_date_time,
        retries=retries,
        interval_s=interval_s,
    )
    _begin(step, update)
    cancelled = m.UpdateFirmwareStatus.ACCEPTED_CANCELED
    return m.SignedUpdateFirmwareResponse(status=m.UpdateFirmwareStatus.ACCEPTED if before is None else cancelled)


def _manufacturer_roots(step: Step) -> list[str]:
    use = CertificateUse.MANUFACTURER_ROOT_CERTIFICATE
    return [root.pem for root in step.durable.certificates.of(use)]


def _begin(step: Step, update: Update) -> None:
    """In place of any other."""
    before = step.durable.maintenance.update
    if before is not None:
        step.do(CancelTransfer(before.number))
        locations.forget(step, before.login)
        _let_go(step)
    where, login = locations.take(step, update.number, update.location)
    update = replace(update, location=where, login=login)
    step.save(maintenance=replace(step.durable.maintenance, last_number=update.number))
    _keep(step, update)
    if update.retrieve_at > step.now:
        _tell(step, Status.DOWNLOAD_SCHEDULED)
    else:
        _download(step, update, first=True)


# --- what is kept and told ---


def _keep(step: Step, update: Update | None) -> None:
    step.save(maintenance=replace(step.durable.maintenance, update=update))


def _tell(step: Step, status: Status) -> None:
    """Each step of an update that was asked for, and no other (errata 3.12, errata 3.47; L01.FR.01).

    L01.FR.10: with the request's number.
    """
    update = step.durable.maintenance.update
    assert update is not None
    if update.signed is not None:
        news.tell(step, News(NewsKind.SIGNED_FIRMWARE, status.value, update.request_id))
    elif status in UNSIGNED:
        news.tell(step, News(NewsKind.FIRMWARE, status.value))


def _end(step: Step, status: Status) -> None:
    _tell(step, status)
    update = step.durable.maintenance.update
    assert update is not None
    locations.forget(step, update.login)
    _let_go(step)
    _keep(step, None)


def _let_go(step: Step) -> None:
    """The charger need not wait for us any more."""
    if step.state.install_wish is not None:
        step.change(install_wish=None)
        step.ask(InstallDropped(link_id=step.config.link_id))


# --- download ---


def _download(step: Step, update: Update, *, first: bool) -> None:
    _keep(step, replace(update, phase=Phase.DOWNLOADING, again_at=None))
    if first or update.signed is not None:  # a pause was told only in the signed way
        _tell(step, Status.DOWNLOADING)
    _fetch(step, update)


def _fetch(step: Step, update: Update) -> None:
    step.do(
        StartDownload(number=update.number, location=update.location, login=update.login, roots=locations.roots(step))
    )


def moved(step: Step, event: TransferMoved) -> None:
    """News of a transfer; of one that was cancelled it changes nothing."""
    update = step.durable.maintenance.update
    if update is None or update.number != event.number or update.phase is not Phase.DOWNLOADING:
        return
    if event.failed is None:
        _downloaded(step, update, event)
    elif update.retries > 0 and event.failed not in HOPELESS:
        again_at = step.after(update.interval_s)
        _keep(step, replace(update, phase=Phase.PAUSED, retries=update.retries - 1, again_at=again_at))
        _tell(step, Status.DOWNLOAD_PAUSED)
    else:
        _end(step, Status.DOWNLOAD_FAILED)


def _downloaded(step: Step, update: Update, event: TransferMoved) -> None:
    update = replace(update, phase=Phase.DOWNLOADED, version=event.version)
    _keep(step, update)
    _tell(step, Status.DOWNLOADED)
    if update.signed is not None:
        if not signature_is_valid(update.signed.certificate, event.sha256, update.signed.signature):
            _end(step, Status.INVALID_SIGNATURE)
            security_events.record(step, SecurityEvent.INVALID_FIRMWARE_SIGNATURE)  # L01.FR.03
            return
        _tell(step, Status.SIGNATURE_VERIFIED)
    if update.install_at is not None and update.install_at > step.now:
        _tell(step, Status.INSTALL_SCHEDULED)  # L01.FR.16
    else:
        _wait(step, update)


# --- install ---


def _wait(step: Step, update: Update) -> None:
    """Errata 3.48, L01.FR.05, L01.FR.06: the charger takes it as soon as no session runs, and starts none meanwhile."""
    _keep(step, replace(update, phase=Phase.WAITING))
    _ask(step)


def _ask(step: Step) -> None:
    update = step.durable.maintenance.update
    assert update is not None
    _keep(step, replace(update, again_at=None))
    wish_id = step.wish_id()
    step.change(install_wish=wish_id)
    step.ask(InstallAsked(wish_id=wish_id, link_id=step.config.link_id, version=update.version))


def wish_answered(step: Step, fact: WishAnswered) -> None:
    """The charger begins to install, or to reboot; or it will not, or not now."""
    update = step.durable.maintenance.update
    if update is None or fact.wish_id not in (step.state.install_wish, step.state.reboot_wish):
        return
    if fact.granted:
        if update.phase is Phase.WAITING:
            _keep(step, replace(update, phase=Phase.INSTALLING))
            _tell(step, Status.INSTALLING)
    elif fact.why is not None and fact.why.code in NEVER_GRANTED:
        _end(step, Status.INSTALLATION_FAILED)
    else:
        step.change(install_wish=None, reboot_wish=None)
        _keep(step, replace(update, again_at=step.after(ASK_AGAIN_S)))


def install_ended(step: Step, fact: InstallEnded) -> None:
    """The device has written the firmware; it runs after a reboot (§5.19, last paragraph)."""
    update = step.durable.maintenance.update
    if update is None or update.phase is not Phase.INSTALLING:
        return
    if fact.ok:
        _keep(step, replace(update, phase=Phase.REBOOTING))
        _tell(step, Status.INSTALL_REBOOTING)  # L01.FR.15
    else:
        _end(step, Status.INSTALLATION_FAILED)


def pump(step: Step) -> None:
    """Whatever may be told is told before the reboot takes the link away."""
    news.refill(step)
    update = step.durable.maintenance.update
    if update is None or update.phase is not Phase.REBOOTING or update.again_at is not None:
        return
    if step.state.link.phase is LinkPhase.NEW:  # Laadboek restarts, and has not heard what the device did meanwhile
        return
    if step.state.reboot_wish is None and news.all_told(step):
        wish_id = step.wish_id()
        step.change(reboot_wish=wish_id)
        step.ask(ResetAsked(wish_id=wish_id, link_id=step.config.link_id, hard=False))


def device_booted(step: Step) -> None:
    """With the new firmware, if it was that; else whatever was going on begins again."""
    update = step.durable.maintenance.update
    if update is not None and update.phase is Phase.REBOOTING:
        _installed(step, update)
    else:
        resume(step)


def _installed(step: Step, update: Update) -> None:
    _end(step, Status.INSTALLED)
    step.change(reboot_wish=None)
    security_events.record(step, SecurityEvent.FIRMWARE_UPDATED, f"version {update.version}"[:255])


def resume(step: Step) -> None:
    """Laadboek or the device restarted: the charger has forgotten our wishes, and transfers have ended."""
    update = step.durable.maintenance.update
    step.change(install_wish=None, reboot_wish=None)
    if update is None:
        return
    if update.phase is Phase.DOWNLOADING:
        _fetch(step, update)
    elif update.phase is Phase.REBOOTING:
        if step.config.nameplate.firmware_version == update.version:
            _installed(step, update)  # it booted while we were away
        else:
            _keep(step, replace(update, again_at=None))
    elif update.phase in (Phase.WAITING, Phase.INSTALLING):
        _ask(step)


def pause(step: Step) -> None:
    """The device has no power."""
    update = step.durable.maintenance.update
    if update is not None and update.phase is Phase.DOWNLOADING:
        step.do(CancelTransfer(update.number))


# --- time ---


def _due(update: Update) -> datetime | None:
    if update.again_at is not None:
        return update.again_at
    return {Phase.SCHEDULED: update.retrieve_at, Phase.DOWNLOADED: update.install_at}.get(update.phase)


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    update = state.durable.maintenance.update
    return None if update is None else _due(update)


def reach(step: Step) -> None:
    update = step.durable.maintenance.update
    due = None if update is None else _due(update)
    if update is None or due is None or due > step.now:
        return
    match update.phase:
        case Phase.SCHEDULED | Phase.PAUSED:
            _download(step, update, first=update.phase is Phase.SCHEDULED)
        case Phase.DOWNLOADED:  # L01.FR.17
            _wait(step, update)
        case Phase.WAITING | Phase.INSTALLING:
            _ask(step)
        case Phase.REBOOTING:
            _keep(step, replace(update, again_at=None))


# --- asked by a trigger ---


def status(step: Step) -> Payload:
    """§4.5: Idle when nothing is going on."""
    update = step.durable.maintenance.update
    progress = m.FirmwareStatus.IDLE if update is None else PROGRESS.get(update.phase, m.FirmwareStatus.IDLE)
    return m.FirmwareStatusNotificationRequest(status=progress)


def signed_status(step: Step) -> Payload:
    """L01.FR.28, L01.FR.29"""
    last = step.durable.maintenance.last_signed
    if last is None or last.status == Status.INSTALLED:
        return m.SignedFirmwareStatusNotificationRequest(status=Status.IDLE)
    return m.SignedFirmwareStatusNotificationRequest(status=Status(last.status), request_id=last.request_id)


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {m.UpdateFirmwareRequest: _update}
SECURITY_HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {
    m.SignedUpdateFirmwareRequest: _signed_update
}
