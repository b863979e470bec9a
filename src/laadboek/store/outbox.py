"""The outbox of a link: transaction messages, each with its attempts. Nothing is deleted by a count."""

from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row

RETRIED = "refused"  # an outcome of an attempt after which the row is still pending


class Attempt(Struct, frozen=True, gc=False, kw_only=True):
    """Bytes and message id are frozen here before anything leaves."""

    attempt: int
    message_id: str
    text: bytes
    socket_no: int
    sent_at: datetime
    outcome: str | None  # acked, refused, set_aside; None: no answer yet


class PendingRow(Struct, frozen=True, gc=False, kw_only=True):
    seq: int
    action: str
    session_id: str | None
    version: int
    body: bytes
    created_at: datetime
    latest: Attempt | None
    refusals: int  # how many attempts the platform answered with a CALLERROR


def enqueue(
    db: Connection,
    account_id: int,
    link_id: int,
    seq: int,
    action: str,
    session_id: str | None,
    version: int,
    body: bytes,
    created_at: datetime,
) -> None:
    db.run(
        "INSERT INTO outbox (account_id, link_id, seq, action, session_id, version, body, state, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?)",
        (account_id, link_id, seq, action, session_id, version, body, to_us(created_at)),
    )


def record_attempt(
    db: Connection,
    account_id: int,
    link_id: int,
    seq: int,
    attempt: int,
    message_id: str,
    text: bytes,
    socket_no: int,
    sent_at: datetime,
) -> None:
    """A first sending, or the same bytes again on another socket: then only socket and instant change."""
    db.run(
        "INSERT INTO outbox_attempts (account_id, link_id, seq, attempt, message_id, text, socket_no, sent_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (link_id, seq, attempt) DO UPDATE SET socket_no = excluded.socket_no, sent_at = excluded.sent_at",
        (account_id, link_id, seq, attempt, message_id, text, socket_no, to_us(sent_at)),
    )


def settle(db: Connection, link_id: int, seq: int, outcome: str, answer: bytes, at: datetime) -> None:
    """The platform answered the latest attempt. `refused` leaves the row pending for another one."""
    db.run(
        "UPDATE outbox_attempts SET outcome = ?, answer = ? WHERE link_id = ? AND seq = ? AND attempt ="
        " (SELECT MAX(attempt) FROM outbox_attempts AS other WHERE other.link_id = ? AND other.seq = ?)",
        (outcome, answer, link_id, seq, link_id, seq),
    )
    if outcome != RETRIED:
        db.run(
            "UPDATE outbox SET state = ?, answer = ?, settled_at = ? WHERE link_id = ? AND seq = ?",
            (outcome, answer, to_us(at), link_id, seq),
        )


def replay(db: Connection, account_id: int, link_id: int, seq: int) -> bool:
    """A person wants a message that was set aside to be tried again."""
    changed = db.run(
        "UPDATE outbox SET state = 'pending', answer = NULL, settled_at = NULL"
        " WHERE account_id = ? AND link_id = ? AND seq = ? AND state = 'set_aside'",
        (account_id, link_id, seq),
    )
    return changed == 1


def pending(db: Connection, link_id: int) -> list[PendingRow]:
    """What the platform has not answered for good, in order, each with its latest attempt."""
    return _entries(db, link_id, "pending")


def set_aside(db: Connection, link_id: int) -> list[PendingRow]:
    """What a person must decide about."""
    return _entries(db, link_id, "set_aside")


def _entries(db: Connection, link_id: int, state: str) -> list[PendingRow]:
    rows = db.rows(
        "SELECT o.seq, o.action, o.session_id, o.version, o.body, o.created_at,"
        " (SELECT COUNT(*) FROM outbox_attempts AS r"
        "  WHERE r.link_id = o.link_id AND r.seq = o.seq AND r.outcome = 'refused'),"
        " a.attempt, a.message_id, a.text, a.socket_no, a.sent_at, a.outcome"
        " FROM outbox AS o LEFT JOIN outbox_attempts AS a ON a.link_id = o.link_id AND a.seq = o.seq AND a.attempt ="
        " (SELECT MAX(b.attempt) FROM outbox_attempts AS b WHERE b.link_id = o.link_id AND b.seq = o.seq)"
        " WHERE o.link_id = ? AND o.state = ? ORDER BY o.seq",
        (link_id, state),
    )
    return [_pending(row) for row in rows]


def _pending(row: Row) -> PendingRow:
    seq, action, session_id, version, body, created_at, refusals, attempt, *sent = row
    latest = None
    if attempt is not None:
        message_id, text, socket_no, sent_at, outcome = sent
        latest = Attempt(
            attempt=attempt,
            message_id=message_id,
            text=text,
            socket_no=socket_no,
            sent_at=from_us(sent_at),
            outcome=outcome,
        )
    return PendingRow(
        seq=seq,
        action=action,
        session_id=session_id,
        version=version,
        body=body,
        created_at=from_us(created_at),
        latest=latest,
        refusals=refusals,
    )
