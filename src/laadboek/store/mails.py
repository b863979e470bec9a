"""Mails that wait to be sent, and those of the last 30 days. Bodies are sealed: they may hold a link."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ..clock import from_us, to_us
from .connection import Connection, Row


class MailState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    GIVEN_UP = "given_up"


class NewMail(Struct, frozen=True, kw_only=True):
    public_id: str  # mal_
    recipient: str
    subject: str
    body: bytes  # sealed


class MailRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    public_id: str
    recipient: str
    subject: str
    body: bytes
    state: MailState
    tries: int
    error: str | None
    created_at: datetime


COLUMNS = ", ".join(MailRow.__struct_fields__)


def add(db: Connection, account_id: int, new: NewMail, now: datetime) -> None:
    """To be sent as soon as this is committed."""
    db.run(
        "INSERT INTO mails (account_id, public_id, recipient, subject, body, state, tries, next_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
        (
            account_id,
            new.public_id,
            new.recipient,
            new.subject,
            new.body,
            MailState.PENDING.value,
            to_us(now),
            to_us(now),
        ),
    )


def due(db: Connection, now: datetime, most: int) -> list[MailRow]:
    """Of every account, in the order they were written."""
    query = f"SELECT {COLUMNS} FROM mails WHERE state = ? AND next_at <= ? ORDER BY id LIMIT ?"
    return [_mail(row) for row in db.rows(query, (MailState.PENDING.value, to_us(now), most))]


def settle(
    db: Connection, mail: MailRow, state: MailState, error: str | None, next_at: datetime | None, now: datetime
) -> None:
    """How a try ended. A pending one is tried again at `next_at`."""
    sent_at = to_us(now) if state is MailState.SENT else None
    db.run(
        "UPDATE mails SET state = ?, error = ?, tries = tries + 1, next_at = ?, sent_at = ?"
        " WHERE account_id = ? AND id = ?",
        (state.value, error, to_us(next_at or now), sent_at, mail.account_id, mail.id),
    )


def latest(db: Connection, most: int) -> list[MailRow]:
    """Newest first, of every account: for whoever runs the machine."""
    return [_mail(row) for row in db.rows(f"SELECT {COLUMNS} FROM mails ORDER BY id DESC LIMIT ?", (most,))]


def _mail(row: Row) -> MailRow:
    values = dict(zip(MailRow.__struct_fields__, row, strict=True))
    values["state"], values["body"] = MailState(values["state"]), bytes(values["body"])
    values["created_at"] = from_us(values["created_at"])
    return MailRow(**values)
