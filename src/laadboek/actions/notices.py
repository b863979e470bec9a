"""Notices and where they go: e-mail addresses and webhooks of an account (A13)."""

import re
from datetime import datetime

from msgspec import Struct

from ..reasons import Reason, Refused
from ..store import audit, notices
from ..store.connection import Connection
from ..store.notices import Channel, Delivery, NewNotice, NoticeRow
from .actor import Actor
from .first_account import LANGUAGES

CHANNELS_MAX = 20
LISTED_MAX = 200
TEST = "notice.test"
EMAIL, WEBHOOK = "email", "webhook"
KINDS = (EMAIL, WEBHOOK)
WEBHOOK_SCHEMES = ("http://", "https://")
ADDRESS_MAX = 500
# One address and nothing else: what a mail server could read as a second header or recipient is refused.
ONE_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")


class ChannelStatus(Struct, frozen=True, kw_only=True):
    """A channel, and how the newest try through it ended."""

    channel: Channel
    state: Delivery | None
    error: str | None


# What may be asked with `bus.request("notices", …)`; the answer is the Channel.


class AddChannel(Struct, frozen=True, kw_only=True):
    actor: Actor
    kind: str
    address: str
    secret: str | None = None  # a webhook's, to sign with
    language: str | None = None  # None: the account's
    codes: tuple[str, ...] = ()


class OfChannel(Struct, frozen=True, kw_only=True):
    actor: Actor
    channel_id: str


class RemoveChannel(OfChannel, frozen=True, kw_only=True):
    """With what was still to go through it."""


class TryChannel(OfChannel, frozen=True, kw_only=True):
    """A notice that says that it is a test."""


def checked(wanted: AddChannel) -> None:
    """Raise Refused for a channel that could never deliver. Whether an address may be called is the guard's."""
    if wanted.kind not in KINDS:
        raise Refused("notice.bad_kind", kind=wanted.kind, allowed=", ".join(KINDS))
    if wanted.language is not None and wanted.language not in LANGUAGES:
        raise Refused("notice.bad_language", language=wanted.language, allowed=", ".join(LANGUAGES))
    if len(wanted.address) > ADDRESS_MAX or (wanted.kind == EMAIL and not ONE_EMAIL.match(wanted.address)):
        raise Refused("notice.bad_address", address=wanted.address[:ADDRESS_MAX])
    if wanted.kind == WEBHOOK and not wanted.address.lower().startswith(WEBHOOK_SCHEMES):
        raise Refused("notice.forbidden_address", why="scheme")
    if wanted.kind == EMAIL and wanted.secret is not None:
        raise Refused("notice.no_secret")


def add(db: Connection, wanted: AddChannel, public_id: str, sealed: bytes | None, now: datetime) -> Channel:
    """What happens from now on goes there as well."""
    actor = wanted.actor
    if len(notices.channels(db, actor.account_id)) >= CHANNELS_MAX:
        raise Refused("notice.too_many_channels", most=CHANNELS_MAX)
    channel = Channel(
        account_id=actor.account_id,
        public_id=public_id,
        kind=wanted.kind,
        address=wanted.address,
        secret=sealed,
        language=wanted.language or actor.language,
        codes=wanted.codes,
    )
    notices.add_channel(db, channel, now)
    _note(db, actor, "notice_channel.added", channel, now)
    return one(db, actor, public_id)


def remove(db: Connection, actor: Actor, channel_id: str, now: datetime) -> Channel:
    channel = one(db, actor, channel_id)
    notices.remove_channel(db, actor.account_id, channel.id)
    _note(db, actor, "notice_channel.removed", channel, now)
    return channel


def attempt(db: Connection, actor: Actor, channel_id: str, notice_id: str, now: datetime) -> Channel:
    """A notice for this channel alone."""
    channel = one(db, actor, channel_id)
    notice = NewNotice(public_id=notice_id, reason=Reason(TEST), happened_at=now)
    notices.add(db, actor.account_id, notice, only=channel.id)
    return channel


def one(db: Connection, actor: Actor, channel_id: str) -> Channel:
    found = notices.channel(db, actor.account_id, channel_id)
    if found is None:
        raise Refused("notice_channel.unknown")
    return found


def list_channels(db: Connection, actor: Actor) -> list[ChannelStatus]:
    """In the order in which they were added."""
    found = []
    for channel in notices.channels(db, actor.account_id):
        state, error = notices.last_of(db, actor.account_id, channel.id) or (None, None)
        found.append(ChannelStatus(channel=channel, state=state, error=error))
    return found


def list_notices(db: Connection, actor: Actor) -> list[NoticeRow]:
    """The newest first."""
    return notices.of_account(db, actor.account_id, LISTED_MAX)


def _note(db: Connection, actor: Actor, what: str, channel: Channel, now: datetime) -> None:
    details: dict[str, str | int | None] = {
        "channel": channel.public_id,
        "kind": channel.kind,
        "address": channel.address if channel.kind == EMAIL else None,  # a webhook's may hold a password
    }
    audit.append(db, actor.account_id, actor=actor.name, what=what, details=details, now=now)
