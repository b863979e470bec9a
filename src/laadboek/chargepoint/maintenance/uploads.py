"""Files for the platform: GetDiagnostics (OCPP 1.6 §5.9, §8.2) and GetLog (security whitepaper, N01).

What is in them is the runtime's to write; here is when they go out, how often that is tried, and what is told of it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from ...ocpp import messages as m
from ...ocpp.types import Payload
from ..config import LinkConfig
from ..effects import CancelTransfer, StartUpload
from ..events import TransferMoved
from ..state import FaceState
from ..step import Step, earliest
from . import locations, news
from .state import News, NewsKind, Upload

# Where the platform leaves it to us (§6.25, whitepaper §5.9), and what it may ask for at most.
RETRIES, RETRIES_MAX = 3, 20
INTERVAL_S, INTERVAL_MAX_S = 60, 86_400

UPLOADING = {NewsKind.DIAGNOSTICS: m.DiagnosticsStatus.UPLOADING, NewsKind.LOG: m.UploadLogStatus.UPLOADING}
UPLOADED = {NewsKind.DIAGNOSTICS: m.DiagnosticsStatus.UPLOADED, NewsKind.LOG: m.UploadLogStatus.UPLOADED}
# N01.FR.10: as precisely as possible. GetDiagnostics knows one word for all of them.
FAILURES: Mapping[str, m.UploadLogStatus] = {
    "bad_request": m.UploadLogStatus.BAD_MESSAGE,
    "denied": m.UploadLogStatus.PERMISSION_DENIED,
    "forbidden_address": m.UploadLogStatus.PERMISSION_DENIED,
    "forbidden_form": m.UploadLogStatus.BAD_MESSAGE,
    "forbidden_port": m.UploadLogStatus.PERMISSION_DENIED,
    "forbidden_scheme": m.UploadLogStatus.NOT_SUPPORTED_OPERATION,
    "unsupported": m.UploadLogStatus.NOT_SUPPORTED_OPERATION,
}
HOPELESS = set(FAILURES)  # the next try would fail alike


def tries(retries: int | None, interval_s: int | None) -> tuple[int, int]:
    """Retries beyond the first try (errata 3.50), and s between them; none of it beyond reason."""
    count = RETRIES if retries is None else min(max(retries, 0), RETRIES_MAX)
    pause = INTERVAL_S if interval_s is None else min(max(interval_s, 1), INTERVAL_MAX_S)
    return count, pause


def file_name(step: Step, what: str) -> str:
    """Says whose and when; safe on any disk."""
    whose = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in step.config.charge_box_id)
    return f"{whose}-{what}-{step.now.astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl"


def _get_diagnostics(step: Step, request: m.GetDiagnosticsRequest) -> Payload:
    """§5.9. A newer request takes the place of one under way."""
    retries, interval_s = tries(request.retries, request.retry_interval)
    upload = Upload(
        number=_number(step),
        kind=NewsKind.DIAGNOSTICS,
        location=request.location,
        file_name=file_name(step, "diagnostics"),
        since=request.start_time,
        until=request.stop_time,
        retries=retries,
        interval_s=interval_s,
    )
    _begin(step, upload)
    return m.GetDiagnosticsResponse(file_name=upload.file_name)


def _get_log(step: Step, request: m.GetLogRequest) -> Payload:
    """N01.FR.01, N01.FR.11"""
    security = request.log_type is m.LogType.SECURITY_LOG
    retries, interval_s = tries(request.retries, request.retry_interval)
    upload = Upload(
        number=_number(step),
        kind=NewsKind.LOG,
        security=security,
        request_id=request.request_id,
        location=request.log.remote_location,
        file_name=file_name(step, "security" if security else "diagnostics"),
        since=request.log.oldest_timestamp,
        until=request.log.latest_timestamp,
        retries=retries,
        interval_s=interval_s,
    )
    cancelled = _begin(step, upload)
    status = m.LogStatus.ACCEPTED_CANCELED if cancelled else m.LogStatus.ACCEPTED
    return m.GetLogResponse(status=status, filename=upload.file_name)


def _number(step: Step) -> int:
    return step.durable.maintenance.last_number + 1


def _begin(step: Step, upload: Upload) -> bool:
    """Start; True if another upload of its kind was cancelled for it."""
    before = step.durable.maintenance.uploads.get(upload.kind)
    if before is not None:
        step.do(CancelTransfer(before.number))
        locations.forget(step, before.login)
    where, login = locations.take(step, upload.number, upload.location)
    upload = replace(upload, location=where, login=login)
    step.save(maintenance=replace(step.durable.maintenance, last_number=upload.number))
    _tell(step, upload, UPLOADING[upload.kind])
    _try(step, upload)
    return before is not None


def _try(step: Step, upload: Upload) -> None:
    _keep(step, replace(upload, again_at=None))
    step.do(
        StartUpload(
            number=upload.number,
            location=upload.location,
            login=upload.login,
            roots=locations.roots(step),
            file_name=upload.file_name,
            security=upload.security,
            since=upload.since,
            until=upload.until,
        )
    )


def _keep(step: Step, upload: Upload) -> None:
    maintenance = step.durable.maintenance
    step.save(maintenance=replace(maintenance, uploads=maintenance.uploads | {upload.kind: upload}))


def _tell(step: Step, upload: Upload, status: str) -> None:
    """Each step of an upload that was asked for, and no other (errata 3.31)."""
    news.tell(step, News(upload.kind, str(status), upload.request_id))


def _end(step: Step, upload: Upload, status: str) -> None:
    maintenance = step.durable.maintenance
    rest = {kind: other for kind, other in maintenance.uploads.items() if kind is not upload.kind}
    step.save(maintenance=replace(maintenance, uploads=rest))
    locations.forget(step, upload.login)
    _tell(step, upload, status)


def moved(step: Step, event: TransferMoved) -> None:
    """News of a transfer; of one that was cancelled it changes nothing."""
    upload = next((u for u in step.durable.maintenance.uploads.values() if u.number == event.number), None)
    if upload is None or upload.again_at is not None:
        return
    if event.failed is None:
        _end(step, upload, UPLOADED[upload.kind])
    elif upload.retries > 0 and event.failed not in HOPELESS:
        _keep(step, replace(upload, retries=upload.retries - 1, again_at=step.after(upload.interval_s)))
    else:
        _end(step, upload, _failure(upload, event.failed))


def _failure(upload: Upload, code: str) -> str:
    if upload.kind is NewsKind.LOG:
        return FAILURES.get(code, m.UploadLogStatus.UPLOAD_FAILURE)
    return m.DiagnosticsStatus.UPLOAD_FAILED


def resume(step: Step) -> None:
    """Laadboek or the device restarted: what was under way begins again; it has been told already."""
    for upload in step.durable.maintenance.uploads.values():
        if upload.again_at is None:
            _try(step, upload)


def pause(step: Step) -> None:
    """The device has no power."""
    for upload in step.durable.maintenance.uploads.values():
        if upload.again_at is None:
            step.do(CancelTransfer(upload.number))


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    return earliest(*(upload.again_at for upload in state.durable.maintenance.uploads.values()))


def reach(step: Step) -> None:
    for upload in list(step.durable.maintenance.uploads.values()):
        if upload.again_at is not None and upload.again_at <= step.now:
            _try(step, upload)


# --- asked by a trigger ---


def diagnostics_status(step: Step) -> Payload:
    """§4.4: Idle when nothing is going on."""
    busy = NewsKind.DIAGNOSTICS in step.durable.maintenance.uploads
    status = m.DiagnosticsStatus.UPLOADING if busy else m.DiagnosticsStatus.IDLE
    return m.DiagnosticsStatusNotificationRequest(status=status)


def log_status(step: Step) -> Payload:
    """N01.FR.12: without requestId only when there is no upload."""
    upload = step.durable.maintenance.uploads.get(NewsKind.LOG)
    if upload is None:
        return m.LogStatusNotificationRequest(status=m.UploadLogStatus.IDLE)
    return m.LogStatusNotificationRequest(status=m.UploadLogStatus.UPLOADING, request_id=upload.request_id)


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {m.GetDiagnosticsRequest: _get_diagnostics}
SECURITY_HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {m.GetLogRequest: _get_log}
