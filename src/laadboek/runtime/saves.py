"""What a turn keeps, as store jobs: one row per kind of effect, plus the states and facts that every turn may change.

Each function prepares: it encodes and draws what is random, and returns a job that may run twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from ..actions import session_costs
from ..chargepoint import effects as link_effects
from ..chargepoint import state as face_state
from ..charger import effects as charger_effects
from ..charger import state as core_state
from ..facts import NumberedFact
from ..ids import Ids
from ..ledger.entry import SessionFacts
from ..secret import Secret
from ..store import audit, chargers, link_secrets, links, outbox, security_log, session_images, sessions
from ..store import facts as stored_facts
from ..store.connection import Connection
from . import notices
from .hosted import HostedCharger, HostedLink

Save = Callable[[Connection], object]


class LinkKeys(Protocol):
    """Keeps the secrets of the links, by name, and opens their sockets with them."""

    def seal(self, charger: HostedCharger, link_id: str, name: str, secret: Secret) -> bytes:
        """What may be stored."""

    def keep(self, link_id: str, name: str, secret: Secret) -> None:
        """It is stored: a login may use it from now on."""

    def drop(self, link_id: str, name: str) -> None: ...

    def secret(self, link_id: str, name: str) -> Secret:
        """One that was kept. KeyError."""

    def choose(self, link_id: str, dial: link_effects.Dial) -> None:
        """How the next socket is opened."""

    def make_key_pair(self, organisation: str, common_name: str) -> tuple[str, Secret]:
        """A certificate request and its private key, both PEM."""


class Drawing(Struct, frozen=True):
    """What a save may draw from besides its effect."""

    ids: Ids
    link_keys: LinkKeys | None


class KeepAlone(Struct, frozen=True):
    """Worth keeping, but not worth waiting for: a store job of its own, after the turn."""

    job: Save


FACT_VERSION = 1  # of `facts.body`
ENTRY_VERSION = 1  # of `outbox.body`
SALT_BYTES = 16

encode_fact = msgspec.json.Encoder().encode
_fact_decoder: msgspec.json.Decoder[NumberedFact] = msgspec.json.Decoder(NumberedFact)


def run_all(db: Connection, kept: Sequence[Save]) -> object:
    """Run them in order; return what the last one returns."""
    return [save(db) for save in kept][-1]


def charger_state(charger: HostedCharger, durable: core_state.Durable) -> Save:
    blob = core_state.encode_state(durable)
    return partial(chargers.save_state, charger_id=charger.id, version=core_state.STATE_VERSION, blob=blob)


def link_state(link: HostedLink, durable: face_state.Durable, applied_fact: int) -> Save:
    blob = face_state.encode_state(durable)
    return partial(
        links.save_state, link_id=link.id, version=face_state.STATE_VERSION, blob=blob, applied_fact=applied_fact
    )


def fact(charger: HostedCharger, told: NumberedFact, now: datetime) -> Save:
    return partial(
        stored_facts.append,
        account_id=charger.account_id,
        charger_id=charger.id,
        number=told.number,
        version=FACT_VERSION,
        body=encode_fact(told),
        now=now,
    )


def notice(
    charger: HostedCharger, effect: charger_effects.Notify | link_effects.Notify, now: datetime, drawing: Drawing
) -> Save:
    """What people are told is kept with what it tells of, and delivered from there."""
    concerned = effect.driver_id if isinstance(effect, charger_effects.Notify) else None
    kept = notices.save(charger.account_id, effect.reason, now, drawing.ids, charger_id=charger.id, driver_id=concerned)
    return partial(_audited, charger, effect.reason.code, now, kept) if effect.reason.code in AUDITED else kept


AUDITED = frozenset({"settings_pin.used_offline"})  # of what people are told, in the audit log as well (RULES §3)


def _audited(charger: HostedCharger, code: str, now: datetime, kept: Save, db: Connection) -> None:
    kept(db)
    audit.append(
        db, charger.account_id, actor=charger.charger_id, what=code, details={"charger": charger.charger_id}, now=now
    )


def read_fact(version: int, body: bytes) -> NumberedFact:
    assert version == FACT_VERSION, f"a fact of version {version}"
    return _fact_decoder.decode(body)


def _session(charger: HostedCharger, link: None, effect: charger_effects.SaveSession, drawing: Drawing) -> Save:
    record = effect.session
    session = SessionFacts(**{name: getattr(record, name) for name in type(record).__struct_fields__})
    ended = record.ended_at is not None
    return partial(
        session_costs.save_ended if ended else sessions.save,
        account_id=charger.account_id,
        chain=charger.charger_id,
        session=session,
        salt=drawing.ids.token_bytes(SALT_BYTES) if ended else b"",
        charger_id=charger.id,
    )


def _enqueue(charger: HostedCharger, link: HostedLink, effect: link_effects.Enqueue, drawing: Drawing) -> Save:
    return partial(
        outbox.enqueue,
        account_id=charger.account_id,
        link_id=link.id,
        seq=effect.seq,
        action=effect.action,
        session_id=effect.session_id,
        version=ENTRY_VERSION,
        body=effect.body,
        created_at=effect.created_at,
    )


def _attempt(charger: HostedCharger, link: HostedLink, effect: link_effects.RecordAttempt, drawing: Drawing) -> Save:
    return partial(
        outbox.record_attempt,
        account_id=charger.account_id,
        link_id=link.id,
        seq=effect.seq,
        attempt=effect.attempt,
        message_id=effect.message_id,
        text=effect.text,
        socket_no=effect.socket_no,
        sent_at=effect.sent_at,
    )


def _settle(charger: HostedCharger, link: HostedLink, effect: link_effects.Settle, drawing: Drawing) -> Save:
    return partial(
        outbox.settle,
        link_id=link.id,
        seq=effect.seq,
        outcome=effect.outcome,
        answer=effect.answer,
        at=effect.settled_at,
    )


def _put_back(charger: HostedCharger, link: HostedLink, effect: link_effects.PutBack, drawing: Drawing) -> Save:
    return partial(outbox.put_back, link_id=link.id, seqs=effect.seqs)


def _set_queue_aside(
    charger: HostedCharger, link: HostedLink, effect: link_effects.SetAsideQueue, drawing: Drawing
) -> Save:
    return partial(outbox.set_all_aside, link_id=link.id, answer=effect.answer, at=effect.settled_at)


def _secret(charger: HostedCharger, link: HostedLink, effect: link_effects.SaveSecret, drawing: Drawing) -> Save:
    assert drawing.link_keys is not None, "nobody keeps the secrets of this charger's links"
    return partial(
        link_secrets.save,
        account_id=charger.account_id,
        link_id=link.id,
        name=effect.name,
        sealed=drawing.link_keys.seal(charger, link.link_id, effect.name, effect.secret),
        now=effect.kept_at,
    )


def _no_secret(charger: HostedCharger, link: HostedLink, effect: link_effects.DropSecret, drawing: Drawing) -> Save:
    return partial(link_secrets.drop, link_id=link.id, name=effect.name)


def _security_event(
    charger: HostedCharger, link: HostedLink, effect: link_effects.LogSecurityEvent, drawing: Drawing
) -> Save:
    return partial(
        security_log.append,
        account_id=charger.account_id,
        charger_id=charger.id,
        link_id=link.id,
        type=effect.type,
        tech_info=effect.tech_info,
        happened_at=effect.happened_at,
    )


def _image(charger: HostedCharger, link: HostedLink, effect: link_effects.SaveImage, drawing: Drawing) -> Save:
    image = {name: getattr(effect, name) for name in link_effects.SaveImage.__struct_fields__}
    return partial(session_images.save, account_id=charger.account_id, link_id=link.id, **image)


# A face's effect comes with its link, the charger's with None.
SAVES: dict[type, Callable[[HostedCharger, Any, Any, Drawing], Save]] = {
    charger_effects.SaveSession: _session,
    link_effects.Enqueue: _enqueue,
    link_effects.RecordAttempt: _attempt,
    link_effects.Settle: _settle,
    link_effects.PutBack: _put_back,
    link_effects.SaveImage: _image,
    link_effects.SetAsideQueue: _set_queue_aside,
    link_effects.SaveSecret: _secret,
    link_effects.DropSecret: _no_secret,
    link_effects.LogSecurityEvent: _security_event,
}
