"""Id tags of an account: who may charge at its charge points (OCPP 1.6 §7.8, §7.28)."""

import re
from datetime import datetime

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from ..facts import Kind
from ..reasons import Refused
from ..store import id_tags
from ..store.connection import Connection
from ..store.id_tags import IdTagRow, fold
from .actor import Actor
from .trail import note

LONGEST = 20  # CiString20
ID_TAG = re.compile(rf"[!-~](?:[ -~]{{0,{LONGEST - 2}}}[!-~])?")


class IdTagChange(Struct, frozen=True, kw_only=True):
    """UNSET: stays as it is. None: it has no such thing (any more)."""

    kind: Kind | UnsetType = UNSET
    blocked: bool | UnsetType = UNSET
    parent_id_tag: str | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET


def list_id_tags(db: Connection, actor: Actor, after: str, limit: int) -> list[IdTagRow]:
    """In the order of their folded form, those beyond `after`."""
    return id_tags.listed(db, actor.account_id, after, limit)


def one_id_tag(db: Connection, actor: Actor, id_tag: str) -> IdTagRow:
    found = id_tags.find(db, actor.account_id, id_tag)
    if found is None:
        raise Refused("id_tag.unknown")
    return found


def add_id_tag(db: Connection, actor: Actor, tag: IdTagRow, now: datetime) -> IdTagRow:
    if id_tags.find(db, actor.account_id, tag.id_tag) is not None:
        raise Refused("id_tag.taken")
    return _save(db, actor, tag, "id_tag.added", now)


def change_id_tag(db: Connection, actor: Actor, id_tag: str, change: IdTagChange, now: datetime) -> IdTagRow:
    found = one_id_tag(db, actor, id_tag)
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    changed = replace(found, **given)
    return found if changed == found else _save(db, actor, changed, "id_tag.changed", now)


def remove_id_tag(db: Connection, actor: Actor, id_tag: str, now: datetime) -> None:
    """Sessions that it charged keep it."""
    found = one_id_tag(db, actor, id_tag)
    id_tags.remove(db, actor.account_id, found.id_tag)
    details: dict[str, str | int | None] = {"id_tag": found.id_tag}
    note(db, actor, "id_tag.removed", now, details)


def _save(db: Connection, actor: Actor, tag: IdTagRow, what: str, now: datetime) -> IdTagRow:
    if not all(ID_TAG.fullmatch(one) for one in (tag.id_tag, tag.parent_id_tag) if one is not None):
        raise Refused("id_tag.bad", longest=LONGEST)
    if tag.parent_id_tag is not None and fold(tag.parent_id_tag) == fold(tag.id_tag):
        raise Refused("id_tag.own_parent")
    id_tags.save(db, actor.account_id, tag, now)
    details: dict[str, str | int | None] = {
        "id_tag": tag.id_tag,
        "kind": tag.kind.value,
        "parent_id_tag": tag.parent_id_tag,
        "blocked": int(tag.blocked),
        "expires_at": None if tag.expires_at is None else tag.expires_at.isoformat(),
    }
    note(db, actor, what, now, details)
    return tag
