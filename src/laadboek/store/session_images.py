"""A session's image on a link: which transaction, under which id tag, between which registers (RULES §6)."""

from msgspec import Struct

from .connection import Connection


class ImageRow(Struct, frozen=True, kw_only=True):
    link_id: str  # public
    session_id: str
    id_tag: str
    transaction_id: int | None
    start_register_wh: int
    end_register_wh: int | None
    state: str  # open, ended, settled, set_aside
    charge_box_id: str = ""  # of the link


def save(
    db: Connection,
    account_id: int,
    link_id: int,
    session_id: str,
    id_tag: str,
    transaction_id: int | None,
    start_register_wh: int,
    end_register_wh: int | None,
    state: str,
) -> None:
    """Insert, or replace what changes while it runs and after."""
    db.run(
        "INSERT INTO session_images (account_id, link_id, session_id, id_tag, transaction_id, start_register_wh,"
        " end_register_wh, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (link_id, session_id) DO UPDATE SET state = excluded.state,"
        " transaction_id = COALESCE(excluded.transaction_id, session_images.transaction_id),"
        " end_register_wh = COALESCE(excluded.end_register_wh, session_images.end_register_wh)",
        (account_id, link_id, session_id, id_tag, transaction_id, start_register_wh, end_register_wh, state),
    )


def of_session(db: Connection, account_id: int, session_id: str) -> list[ImageRow]:
    """On which links a session shows, and how; in the order of the links."""
    rows = db.rows(
        "SELECT l.public_id, i.session_id, i.id_tag, i.transaction_id, i.start_register_wh, i.end_register_wh, i.state,"
        " l.charge_box_id FROM session_images AS i JOIN links AS l ON l.id = i.link_id"
        " WHERE i.account_id = ? AND i.session_id = ? ORDER BY l.position, l.id",
        (account_id, session_id),
    )
    return [ImageRow(**dict(zip(ImageRow.__struct_fields__, row, strict=True))) for row in rows]
