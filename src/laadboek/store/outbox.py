"""The outbox of a link: transaction messages, each with its attempts. Nothing is deleted by a count."""

from collections.abc import Sequence
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
    tries_from: int  # attempts up to the one with which it was settled, before a person put it back


class Depth(Struct, frozen=True, gc=False, kw_only=True):
    """How much waits in one outbox."""

    pending: int
    first_seq: int  # of the pending ones; 0 when there is none
    oldest_at: datetime | None  # likewise
    set_aside: int


class SetAsideRow(Struct, frozen=True, gc=False, kw_only=True):
    """A message that a person must decide about."""

    seq: int
    action: str
    session_id: str | None
    answer: bytes  # why, as JSON: errorCode, errorDescription
    created_at: datetime
    set_aside_at: datetime
    attempts: int


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


def replayable(db: Connection, link_id: int, session_id: str | None = None) -> list[int]:
    """What goes back into the queue when a person wants it: the messages set aside (of one session), in order.

    Where a StartTransaction is among them, also what followed it: the platform took that without knowing of what
    (errata 3.18), and would keep a transaction that never ends.
    """
    rows = db.rows(
        "SELECT seq, session_id, action, state FROM outbox WHERE link_id = ? AND state IN ('acked', 'set_aside')"
        " AND seq >= (SELECT MIN(seq) FROM outbox WHERE link_id = ? AND state = 'set_aside') ORDER BY seq",
        (link_id, link_id),
    )
    dead, found = set(), []
    for seq, of_session, action, state in rows:
        if state == "set_aside" and action == "StartTransaction":
            dead.add(of_session)
        if (state == "set_aside" or of_session in dead) and session_id in (None, of_session):
            found.append(seq)
    return found


def put_back(db: Connection, link_id: int, seqs: Sequence[int]) -> None:
    """They are pending again, in their old places; their attempts so far stay."""
    for seq in seqs:
        db.run(
            "UPDATE outbox SET state = 'pending', answer = NULL, settled_at = NULL WHERE link_id = ? AND seq = ?",
            (link_id, seq),
        )


def set_all_aside(db: Connection, link_id: int, answer: bytes, at: datetime) -> None:
    """The link is removed; `answer` says so."""
    db.run(
        "UPDATE outbox SET state = 'set_aside', answer = ?, settled_at = ? WHERE link_id = ? AND state = 'pending'",
        (answer, to_us(at), link_id),
    )


def depth(db: Connection, link_id: int) -> Depth:
    row = db.row(
        "SELECT COUNT(*), COALESCE(MIN(seq), 0), MIN(created_at) FROM outbox WHERE link_id = ? AND state = 'pending'",
        (link_id,),
    )
    assert row is not None
    oldest_at = None if row[2] is None else from_us(row[2])
    return Depth(pending=row[0], first_seq=row[1], oldest_at=oldest_at, set_aside=count_aside(db, link_id))


def refusals_of_first(db: Connection, link_id: int) -> list[bytes]:
    """What the platform answered, each time with an error, to the message that the others wait behind."""
    rows = db.rows(
        "SELECT answer FROM outbox_attempts WHERE link_id = ? AND outcome = 'refused' AND seq ="
        " (SELECT MIN(seq) FROM outbox WHERE link_id = ? AND state = 'pending') ORDER BY attempt",
        (link_id, link_id),
    )
    return [answer for (answer,) in rows]


def count_aside(db: Connection, link_id: int, session_id: str | None = None) -> int:
    """How many messages are set aside (of one session)."""
    of_session = "" if session_id is None else " AND session_id = ?"
    row = db.row(
        f"SELECT COUNT(*) FROM outbox WHERE link_id = ? AND state = 'set_aside'{of_session}",
        (link_id,) if session_id is None else (link_id, session_id),
    )
    assert row is not None
    return int(row[0])


def listed_aside(db: Connection, link_id: int, limit: int) -> list[SetAsideRow]:
    """The first messages that were set aside, each with why."""
    rows = db.rows(
        "SELECT o.seq, o.action, o.session_id, o.answer, o.created_at, o.settled_at, (SELECT COUNT(*)"
        " FROM outbox_attempts AS a WHERE a.link_id = o.link_id AND a.seq = o.seq)"
        " FROM outbox AS o WHERE o.link_id = ? AND o.state = 'set_aside' ORDER BY o.seq LIMIT ?",
        (link_id, limit),
    )
    return [
        SetAsideRow(
            seq=seq,
            action=action,
            session_id=session_id,
            answer=answer,
            created_at=from_us(created_at),
            set_aside_at=from_us(settled_at),
            attempts=attempts,
        )
        for seq, action, session_id, answer, created_at, settled_at, attempts in rows
    ]


NO_LIMIT = 2**62


def pending(db: Connection, link_id: int, after_seq: int = 0, limit: int = NO_LIMIT) -> list[PendingRow]:
    """What the platform has not answered for good, in order, each with its latest attempt."""
    return _entries(db, link_id, "o.state = 'pending' AND o.seq > ?", (after_seq, limit))


def set_aside(db: Connection, link_id: int) -> list[PendingRow]:
    """What a person must decide about."""
    return _entries(db, link_id, "o.state = 'set_aside'", (NO_LIMIT,))


def _entries(db: Connection, link_id: int, chosen: str, arguments: tuple[int | str, ...]) -> list[PendingRow]:
    rows = db.rows(
        "SELECT o.seq, o.action, o.session_id, o.version, o.body, o.created_at,"
        " (SELECT COUNT(*) FROM outbox_attempts AS r"
        "  WHERE r.link_id = o.link_id AND r.seq = o.seq AND r.outcome = 'refused'),"
        " (SELECT COALESCE(MAX(f.attempt), 0) FROM outbox_attempts AS f"
        "  WHERE f.link_id = o.link_id AND f.seq = o.seq AND f.outcome IN ('acked', 'set_aside')),"
        " a.attempt, a.message_id, a.text, a.socket_no, a.sent_at, a.outcome"
        " FROM outbox AS o LEFT JOIN outbox_attempts AS a ON a.link_id = o.link_id AND a.seq = o.seq AND a.attempt ="
        " (SELECT MAX(b.attempt) FROM outbox_attempts AS b WHERE b.link_id = o.link_id AND b.seq = o.seq)"
        f" WHERE o.link_id = ? AND {chosen} ORDER BY o.seq LIMIT ?",
        (link_id, *arguments),
    )
    return [_pending(row) for row in rows]


def _pending(row: Row) -> PendingRow:
    seq, action, session_id, version, body, created_at, refusals, tries_from, attempt, *sent = row
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
        tries_from=tries_from,
    )
