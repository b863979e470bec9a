"""The local authorization list: as the platform sent it, changed by nothing else (OCPP 1.6 §3.5.2, §5.10, §5.15)."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from ..ocpp import messages as m
from ..ocpp.types import Payload
from . import configuration, statuses
from .state import CachedTag, LocalList
from .step import Step

Status = m.AuthorizationStatus
UpdateStatus = m.UpdateStatus

NO_LIST = -1  # §5.10
EMPTY = 0
# §3.5.2 calls both of them valid: whether a transaction runs elsewhere is not for a list to know.
VALID = (Status.ACCEPTED, Status.CONCURRENT_TX)


def enabled(step: Step) -> bool:
    return configuration.flag(step.state, "LocalAuthListEnabled")


def lookup(step: Step, id_tag: str) -> CachedTag | None:
    """What the list says now about a tag (compared without case, §7.28); None if it does not say anything."""
    entry = step.durable.local_list.entries.get(id_tag.upper()) if enabled(step) else None
    if entry is None or entry.status not in VALID:
        return entry
    over = entry.expires_at is not None and entry.expires_at <= step.now
    return replace(entry, status=Status.EXPIRED if over else Status.ACCEPTED)


def compare(step: Step, id_tag: str, info: m.IdTagInfo) -> bool:
    """Whether the tag is in the list; where the platform's answer contradicts it, the platform is told (§3.5.2).

    The conflict stands, as a warning of connector 0, until the platform agrees again or sends another list.
    """
    listed = lookup(step, id_tag)
    if listed is None:
        return False
    agrees = (listed.status in VALID) == (info.status in VALID)
    known = step.durable.local_list.conflict
    if not agrees:
        _set_conflict(step, id_tag)
    elif known is not None and known.upper() == id_tag.upper():
        _set_conflict(step, None)
    return True


def _set_conflict(step: Step, id_tag: str | None) -> None:
    if step.durable.local_list.conflict != id_tag:
        step.save(local_list=replace(step.durable.local_list, conflict=id_tag))
        statuses.refresh(step, 0)


# --- what the platform asks -------------------------------------------------------------------------------------------


def _version(step: Step, request: m.GetLocalListVersionRequest) -> Payload:
    """§5.10. A list that is switched off is none."""
    version = step.durable.local_list.version if enabled(step) else NO_LIST
    return m.GetLocalListVersionResponse(list_version=version)


def _send(step: Step, request: m.SendLocalListRequest) -> Payload:
    """§5.15: all of it or nothing."""
    if not enabled(step):
        return m.SendLocalListResponse(status=UpdateStatus.NOT_SUPPORTED)
    entries = request.local_authorization_list or ()
    problem = _problem(step.durable.local_list, request, entries)
    if problem is not None:
        return m.SendLocalListResponse(status=problem)
    changed = UPDATES[request.update_type](step.durable.local_list.entries, entries)
    if len(changed) > configuration.MAX_LIST:
        return m.SendLocalListResponse(status=UpdateStatus.FAILED)
    _keep(step, changed, request.list_version)
    return m.SendLocalListResponse(status=UpdateStatus.ACCEPTED)


def _problem(
    current: LocalList, request: m.SendLocalListRequest, entries: tuple[m.AuthorizationData, ...]
) -> UpdateStatus | None:
    """Why the update cannot be taken, before it is tried (§7.1, §7.47, errata 3.52)."""
    differential = request.update_type is m.UpdateType.DIFFERENTIAL
    if differential and request.list_version <= current.version:
        return UpdateStatus.VERSION_MISMATCH
    names = {entry.id_tag.upper() for entry in entries}
    incomplete = not differential and any(entry.id_tag_info is None for entry in entries)
    ambiguous = len(names) < len(entries) or "" in names
    too_long = len(entries) > configuration.MAX_LIST_SENT
    if request.list_version <= EMPTY or incomplete or ambiguous or too_long:
        return UpdateStatus.FAILED
    return None


def _replaced(_: dict[str, CachedTag], entries: tuple[m.AuthorizationData, ...]) -> dict[str, CachedTag]:
    return _updated({}, entries)


def _updated(before: dict[str, CachedTag], entries: tuple[m.AuthorizationData, ...]) -> dict[str, CachedTag]:
    """An entry with its info is added or updated, one without is removed (§7.1)."""
    after = dict(before)
    for entry in entries:
        info = entry.id_tag_info
        if info is None:
            after.pop(entry.id_tag.upper(), None)
        else:
            after[entry.id_tag.upper()] = CachedTag(info.status, info.expiry_date, info.parent_id_tag)
    return after


UPDATES: Mapping[
    m.UpdateType, Callable[[dict[str, CachedTag], tuple[m.AuthorizationData, ...]], dict[str, CachedTag]]
] = {m.UpdateType.FULL: _replaced, m.UpdateType.DIFFERENTIAL: _updated}


def _keep(step: Step, entries: dict[str, CachedTag], version: int) -> None:
    """An empty list is version 0, whatever it was sent as (§5.10). No listed tag stays in the cache (§3.5.3)."""
    step.save(local_list=LocalList(version=version if entries else EMPTY, entries=entries))
    cache = {name: tag for name, tag in step.durable.cache.items() if name not in entries}
    if len(cache) < len(step.durable.cache):
        step.save(cache=cache)


def _sent(step: Step, request: m.SendLocalListRequest) -> None:
    """A conflict was with the list as it was."""
    statuses.refresh(step, 0)


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {
    m.GetLocalListVersionRequest: _version,
    m.SendLocalListRequest: _send,
}
AFTERWARDS: Mapping[type[Payload], Callable[[Step, Any], None]] = {m.SendLocalListRequest: _sent}
