"""How links stand: what waits in their outboxes, what was set aside and why."""

import msgspec
from msgspec import Struct

from ..store import chargers, links, outbox
from ..store.connection import Connection
from ..store.links import Lifecycle, LinkRow
from ..store.outbox import Depth, SetAsideRow
from .actor import Actor
from .links import one_link

SHOWN_AT_MOST = 1000  # messages that were set aside; the first ones


class LinkStatus(Struct, frozen=True, kw_only=True):
    link: LinkRow
    charger_id: str  # public
    charger_name: str
    depth: Depth


class SetAsideMessage(Struct, frozen=True, kw_only=True):
    row: SetAsideRow
    error: str  # the platform's, or ours: `link.removed`
    description: str


class LinkDetail(Struct, frozen=True, kw_only=True):
    status: LinkStatus
    refusals: int  # how often the first pending message was answered with an error
    last_error: str  # the latest of these, code and description
    set_aside: list[SetAsideMessage]


def list_links(db: Connection, actor: Actor) -> list[LinkStatus]:
    """By charger, in the order in which they are told facts. Removed ones while something of theirs is set aside."""
    found = [_status(db, actor, link) for link in links.of_account(db, actor.account_id)]
    return [one for one in found if one.link.lifecycle is not Lifecycle.REMOVED or one.depth.set_aside]


def link_detail(db: Connection, actor: Actor, name: str) -> LinkDetail:
    link = one_link(db, actor, name)
    rows = outbox.listed_aside(db, link.id, SHOWN_AT_MOST)
    refusals = outbox.refusals_of_first(db, link.id)
    return LinkDetail(
        status=_status(db, actor, link),
        refusals=len(refusals),
        last_error=_error(refusals[-1]) if refusals else "",
        set_aside=[_message(row) for row in rows],
    )


def _status(db: Connection, actor: Actor, link: LinkRow) -> LinkStatus:
    charger = chargers.load(db, link.charger_id)
    assert charger is not None and charger.account_id == actor.account_id, f"{link.public_id} belongs to a charger"
    depth = outbox.depth(db, link.id)
    return LinkStatus(link=link, charger_id=charger.public_id, charger_name=charger.name, depth=depth)


class _Answer(Struct, frozen=True, rename="camel"):
    error_code: str = ""
    error_description: str = ""


def _error(answer: bytes) -> str:
    told = msgspec.json.decode(answer, type=_Answer)
    return f"{told.error_code} {told.error_description}".rstrip()


def _message(row: SetAsideRow) -> SetAsideMessage:
    answer = msgspec.json.decode(row.answer, type=_Answer)
    return SetAsideMessage(row=row, error=answer.error_code, description=answer.error_description)
