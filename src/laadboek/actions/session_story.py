"""All that is known of one session: its quarter-hours, what the ledger says and who changed it, where it shows (E3)."""

import json
from datetime import datetime

from msgspec import Struct

from ..clock import from_us
from ..ledger.chain import StoredEntry
from ..ledger.cost import shares
from ..reasons import Refused
from ..rights import Right
from ..store import ledger, session_images, session_queries, sessions
from ..store.connection import Connection
from ..store.session_queries import SessionRow
from .actor import Actor
from .scope import visible
from .sessions import one_session


class Quarter(Struct, frozen=True, kw_only=True):
    """Energy of one quarter-hour. `sun_wh` None: nobody measured, or it is not for this reader."""

    starts_at: datetime
    energy_wh: int
    sun_wh: int | None


class Entry(Struct, frozen=True, kw_only=True):
    """What the chain says, and who wrote it. `before` and `after` of a change, as texts; None: not given."""

    entry: str  # session, correction, kind, odometer
    chain: str
    seq: int
    hash: str  # hexadecimal
    at: datetime
    by: str | None  # a person's name, else the public id of who or what it was
    before: str | None = None
    after: str | None = None
    why: str | None = None


class Image(Struct, frozen=True, kw_only=True):
    """The session on one of the charger's links."""

    link_id: str
    charge_box_id: str
    id_tag: str
    transaction_id: int | None
    energy_wh: int | None
    state: str


class Story(Struct, frozen=True, kw_only=True):
    session: SessionRow
    quarters: list[Quarter]
    entries: list[Entry]
    images: list[Image]


def story(db: Connection, actor: Actor, session_id: str) -> Story:
    """Oldest first. Quarter-hours and entries begin when the session has ended."""
    row = one_session(db, actor, session_id)
    found = sessions.load(db, actor.account_id, session_id)
    if found is None:
        raise Refused("session.unknown")
    home = visible(actor).home
    counted = home and found.facts.sun_wh is not None
    parts = [] if row.ended_at is None else list(shares(found.facts))
    whole = actor.may(Right.SESSIONS_READ)
    return Story(
        session=row,
        quarters=[
            Quarter(starts_at=part.quarter, energy_wh=part.energy_wh, sun_wh=part.sun_wh if counted else None)
            for part in parts
        ],
        entries=[_entry(db, one) for one in ledger.of_session(db, actor.account_id, session_id)],
        images=_images(db, actor, session_id) if whole else [],
    )


def _entry(db: Connection, stored: StoredEntry) -> Entry:
    body = json.loads(stored.body)
    actor = body.get("actor")
    return Entry(
        entry=stored.entry,
        chain=stored.chain,
        seq=stored.seq,
        hash=stored.hash.hex(),
        at=from_us(body.get("at", stored.ended_at)),
        by=None if actor is None else session_queries.author(db, actor) or actor,
        before=_text(body.get("from")),
        after=_text(body.get("to")),
        why=body.get("why"),
    )


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _images(db: Connection, actor: Actor, session_id: str) -> list[Image]:
    return [
        Image(
            link_id=one.link_id,
            charge_box_id=one.charge_box_id,
            id_tag=one.id_tag,
            transaction_id=one.transaction_id,
            energy_wh=None if one.end_register_wh is None else one.end_register_wh - one.start_register_wh,
            state=one.state,
        )
        for one in session_images.of_session(db, actor.account_id, session_id)
    ]
