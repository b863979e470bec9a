"""What people are told: notices, the channels that they go through, and how each delivery stands."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from ..reasons import Reason
from ..rights import RIGHTS, Right
from .connection import Connection, Row


class Delivery(StrEnum):
    """`dropped`: the matter was over before anybody had to be told."""

    PENDING = "pending"
    SENT = "sent"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


class Channel(Struct, frozen=True, kw_only=True):
    """Where notices of an account go. `codes`: those it wants; none named: all."""

    id: int = 0
    account_id: int
    public_id: str  # nch_
    kind: str
    address: str
    secret: bytes | None = None  # sealed
    language: str
    codes: tuple[str, ...] = ()
    enabled: bool = True
    user_id: int | None = None  # whose browser it is; None: the account's


class NewNotice(Struct, frozen=True, kw_only=True):
    """`wait`: so long it may still come to nothing. `over`: codes whose pending notices it makes needless."""

    public_id: str  # ntc_
    reason: Reason
    charger_id: int | None = None
    site_id: int | None = None
    driver_id: str | None = None
    wait: timedelta = timedelta(0)
    over: tuple[str, ...] = ()
    happened_at: datetime


class NoticeRow(Struct, frozen=True, kw_only=True):
    public_id: str
    charger: str | None  # public id
    driver_id: str | None
    reason: Reason
    happened_at: datetime


class Due(Struct, frozen=True, kw_only=True):
    """A delivery that is to be tried now."""

    id: int
    tries: int
    channel: Channel
    notice: NoticeRow
    charger_name: str | None
    time_zone: str


CHANNEL = (
    "c.id, c.account_id, c.public_id, c.kind, c.address, c.secret, c.language, c.codes, c.enabled, c.user_id"
    " FROM notice_channels AS c"
)
# Who may be told: a browser of somebody who is not in the account any more, or in another role, is told nothing.
TOLD = sorted(role.value for role, rights in RIGHTS.items() if Right.NOTICES_READ in rights)
MAY_KNOW = (
    " AND (c.user_id IS NULL OR EXISTS (SELECT 1 FROM memberships AS m WHERE m.account_id = c.account_id"
    f" AND m.user_id = c.user_id AND m.role IN ({', '.join('?' for _ in TOLD)})))"
)
NOTICE = "n.public_id, g.public_id, n.driver_id, n.code, n.params, n.happened_at"


# --- notices ----------------------------------------------------------------------------------------------------------


def add(db: Connection, account_id: int, notice: NewNotice, *, sent: bool = True, only: int | None = None) -> None:
    """Keep a notice and, if it is one to be `sent`, a delivery for each channel that wants it, or for `only` one.

    What it makes needless before anybody was told of it is dropped, and so is the notice's own delivery there: who
    never heard that a link was down need not hear that it is back.
    """
    params = msgspec.json.encode(notice.reason.params, order="sorted").decode()
    row = db.insert(
        "INSERT INTO notices (account_id, public_id, charger_id, site_id, driver_id, code, params, happened_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account_id,
            notice.public_id,
            notice.charger_id,
            notice.site_id,
            notice.driver_id,
            notice.reason.code,
            params,
            to_us(notice.happened_at),
        ),
    )
    if not sent:
        return
    unheard = _drop(db, account_id, notice)
    due = to_us(notice.happened_at + notice.wait)
    code = notice.reason.code
    wanted = [c.id for c in _told(db, account_id) if c.enabled and (not c.codes or code in c.codes)]
    wanted = wanted if only is None else [only]
    db.run_many(
        "INSERT INTO notice_deliveries (account_id, notice_id, channel_id, state, tries, next_at)"
        " VALUES (?, ?, ?, ?, 0, ?)",
        [(account_id, row, channel, Delivery.PENDING.value, due) for channel in wanted if channel not in unheard],
    )


def _drop(db: Connection, account_id: int, notice: NewNotice) -> Collection[int]:
    """Drop pending deliveries of notices about the same thing; return their channels."""
    dropped = set()
    about = _about(notice.reason.params)
    for code in notice.over:
        found = db.rows(
            "SELECT d.id, d.channel_id, n.params FROM notice_deliveries AS d JOIN notices AS n ON n.id = d.notice_id"
            " WHERE n.account_id = ? AND n.code = ? AND d.state = ? AND d.tries = 0"
            " AND COALESCE(n.charger_id, 0) = ? AND COALESCE(n.site_id, 0) = ?" + db.for_update,
            (account_id, code, Delivery.PENDING.value, notice.charger_id or 0, notice.site_id or 0),
        )
        for delivery, channel, params in found:
            if _about(msgspec.json.decode(params)) == about:
                db.run(
                    "UPDATE notice_deliveries SET state = ?, next_at = NULL WHERE id = ?",
                    (Delivery.DROPPED.value, delivery),
                )
                dropped.add(channel)
    return dropped


def _about(params: Mapping[str, str | int]) -> tuple[object, object]:
    """Two notices of one charger are about the same thing if they are about the same link and connector."""
    return params.get("link"), params.get("connector_id")


def of_account(db: Connection, account_id: int, most: int) -> list[NoticeRow]:
    """The newest first."""
    rows = db.rows(
        f"SELECT {NOTICE} FROM notices AS n"
        " LEFT JOIN chargers AS g ON g.id = n.charger_id WHERE n.account_id = ? ORDER BY n.id DESC LIMIT ?",
        (account_id, most),
    )
    return [_notice(row) for row in rows]


def _notice(row: Row) -> NoticeRow:
    public_id, charger, driver_id, code, params, happened_at = row
    return NoticeRow(
        public_id=public_id,
        charger=charger,
        driver_id=driver_id,
        reason=Reason(code, msgspec.json.decode(params)),
        happened_at=from_us(happened_at),
    )


# --- channels ---------------------------------------------------------------------------------------------------------


def add_channel(db: Connection, channel: Channel, now: datetime) -> None:
    db.insert(
        "INSERT INTO notice_channels"
        " (account_id, public_id, kind, address, secret, language, codes, enabled, user_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            channel.account_id,
            channel.public_id,
            channel.kind,
            channel.address,
            channel.secret,
            channel.language,
            msgspec.json.encode(channel.codes).decode(),
            int(channel.enabled),
            channel.user_id,
            to_us(now),
        ),
    )


def channels(db: Connection, account_id: int) -> list[Channel]:
    """In the order in which they were added."""
    return [_channel(row) for row in db.rows(f"SELECT {CHANNEL} WHERE c.account_id = ? ORDER BY c.id", (account_id,))]


def _told(db: Connection, account_id: int) -> list[Channel]:
    rows = db.rows(f"SELECT {CHANNEL} WHERE c.account_id = ?{MAY_KNOW} ORDER BY c.id", (account_id, *TOLD))
    return [_channel(row) for row in rows]


def channel(db: Connection, account_id: int, public_id: str) -> Channel | None:
    row = db.row(f"SELECT {CHANNEL} WHERE c.account_id = ? AND c.public_id = ?", (account_id, public_id))
    return _channel(row) if row else None


def remove_channel(db: Connection, account_id: int, channel_id: int) -> None:
    """With what was to go through it."""
    db.run("DELETE FROM notice_deliveries WHERE account_id = ? AND channel_id = ?", (account_id, channel_id))
    db.run("DELETE FROM notice_channels WHERE account_id = ? AND id = ?", (account_id, channel_id))


def _channel(row: Row) -> Channel:
    id, account_id, public_id, kind, address, secret, language, codes, enabled, user_id = row
    return Channel(
        id=id,
        account_id=account_id,
        public_id=public_id,
        kind=kind,
        address=address,
        secret=None if secret is None else bytes(secret),
        language=language,
        codes=tuple(msgspec.json.decode(codes)),
        enabled=bool(enabled),
        user_id=user_id,
    )


# --- deliveries -------------------------------------------------------------------------------------------------------


def due(db: Connection, now: datetime, most: int) -> list[Due]:
    """Of every account: what a process delivers. The longest due first."""
    rows = db.rows(
        f"SELECT d.id, d.tries, g.name, a.time_zone, {NOTICE}, {CHANNEL}"
        " JOIN notice_deliveries AS d ON d.channel_id = c.id"
        " JOIN notices AS n ON n.id = d.notice_id JOIN accounts AS a ON a.id = n.account_id"
        " LEFT JOIN chargers AS g ON g.id = n.charger_id"
        " WHERE d.state = ? AND d.next_at <= ? ORDER BY d.next_at, d.id LIMIT ?",
        (Delivery.PENDING.value, to_us(now), most),
    )
    return [
        Due(
            id=row[0],
            tries=row[1],
            charger_name=row[2],
            time_zone=row[3],
            notice=_notice(row[4:10]),
            channel=_channel(row[10:]),
        )
        for row in rows
    ]


def next_due(db: Connection) -> datetime | None:
    """When the next delivery is to be tried."""
    row = db.row("SELECT MIN(next_at) FROM notice_deliveries WHERE state = ?", (Delivery.PENDING.value,))
    return None if row is None or row[0] is None else from_us(row[0])


def settle(db: Connection, delivery: int, state: Delivery, error: str | None, next_at: datetime | None) -> None:
    """One more try was made. What was removed meanwhile stays so."""
    db.run(
        "UPDATE notice_deliveries SET state = ?, tries = tries + 1, error = ?, next_at = ? WHERE id = ?",
        (state.value, error, None if next_at is None else to_us(next_at), delivery),
    )


def last_of(db: Connection, account_id: int, channel_id: int) -> tuple[Delivery, str | None] | None:
    """How the newest try through a channel ended, and why it failed."""
    row = db.row(
        "SELECT state, error FROM notice_deliveries WHERE account_id = ? AND channel_id = ? AND tries > 0"
        " ORDER BY id DESC LIMIT 1",
        (account_id, channel_id),
    )
    return None if row is None else (Delivery(row[0]), row[1])
