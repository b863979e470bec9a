"""Notices and where they go: e-mail addresses, webhooks and browsers of an account (A13, C7)."""

import re
from datetime import datetime

from msgspec import Struct

from ..reasons import Reason, Refused
from ..rights import Right
from ..runtime.notices import SENT
from ..store import notices
from ..store.connection import Connection
from ..store.notices import Channel, Delivery, NewNotice, NoticeRow
from .actor import Actor, need
from .first_account import LANGUAGES
from .subscriptions import PushSecrets, checked_secrets
from .trail import note

CHANNELS_MAX = 20
LISTED_MAX = 200
TEST = "notice.test"
EMAIL, WEBHOOK, PUSH = "email", "webhook", "push"
KINDS = (EMAIL, WEBHOOK, PUSH)
CODES = tuple(SENT)  # of the notices that are sent anywhere
WEBHOOK_SCHEMES = ("http://", "https://")
ADDRESS_MAX = 500
# One address and nothing else: what a mail server could read as a second header or recipient is refused.
# Not `=?`: a mail's reader, and our own library, would decode what follows (RFC 2047).
ONE_EMAIL = re.compile(r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")


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
    user_id: int | None = None  # whose browser it is; a channel of any other kind is the account's
    push: PushSecrets | None = None


class OfChannel(Struct, frozen=True, kw_only=True):
    actor: Actor
    channel_id: str
    user_id: int | None = None  # who asks: what is their own browser's, they may change with no right beyond reading


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
    if unknown := [code for code in wanted.codes if code not in SENT]:
        raise Refused("notice.bad_code", given=unknown[0][:ADDRESS_MAX])
    if (wanted.kind == PUSH) != (wanted.push is not None and wanted.user_id is not None):
        raise Refused("notice.bad_subscription")
    if wanted.push is not None:
        checked_secrets(wanted.push)
    if len(wanted.address) > ADDRESS_MAX or (wanted.kind == EMAIL and not ONE_EMAIL.match(wanted.address)):
        raise Refused("notice.bad_address", address=wanted.address[:ADDRESS_MAX])
    if wanted.kind != EMAIL and not wanted.address.lower().startswith(WEBHOOK_SCHEMES):
        raise Refused("notice.forbidden_address", why="scheme")
    if wanted.kind != WEBHOOK and wanted.secret is not None:
        raise Refused("notice.no_secret")


def add(db: Connection, wanted: AddChannel, public_id: str, sealed: bytes | None, now: datetime) -> Channel:
    """What happens from now on goes there as well."""
    actor = wanted.actor
    known = notices.channels(db, actor.account_id)
    for former in known:
        if wanted.kind == PUSH and former.kind == PUSH and former.address == wanted.address:
            notices.remove_channel(db, actor.account_id, former.id)  # the same browser, with new keys
    if len(known) >= CHANNELS_MAX:
        raise Refused("notice.too_many_channels", most=CHANNELS_MAX)
    channel = Channel(
        account_id=actor.account_id,
        public_id=public_id,
        kind=wanted.kind,
        address=wanted.address,
        secret=sealed,
        language=wanted.language or actor.language,
        codes=wanted.codes,
        user_id=wanted.user_id,
    )
    notices.add_channel(db, channel, now)
    _note(db, actor, "notice_channel.added", channel, now)
    return one(db, actor, public_id)


def remove(db: Connection, question: OfChannel, now: datetime) -> Channel:
    actor, channel = question.actor, one_to_change(db, question)
    notices.remove_channel(db, actor.account_id, channel.id)
    _note(db, actor, "notice_channel.removed", channel, now)
    return channel


def attempt(db: Connection, question: OfChannel, notice_id: str, now: datetime) -> Channel:
    """A notice for this channel alone."""
    actor, channel = question.actor, one_to_change(db, question)
    notice = NewNotice(public_id=notice_id, reason=Reason(TEST), happened_at=now)
    notices.add(db, actor.account_id, notice, only=channel.id)
    return channel


def one_to_change(db: Connection, question: OfChannel) -> Channel:
    """The account's need the right to change them; one's own browser only that to be told anything."""
    channel = one(db, question.actor, question.channel_id)
    own = channel.user_id is not None and channel.user_id == question.user_id
    need(question.actor, Right.NOTICES_READ if own else Right.NOTICES_WRITE)
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
    note(db, actor, what, now, details)
