"""What a turn keeps, as store jobs: one row per kind of effect, plus the states and facts that every turn may change.

Each function prepares: it encodes and draws what is random, and returns a job that may run twice.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from ..chargepoint import effects as link_effects
from ..chargepoint import state as face_state
from ..charger import core as charger_core
from ..charger import effects as charger_effects
from ..facts import NumberedFact
from ..ids import Ids
from ..ledger.entry import SessionFacts
from ..secret import Secret
from ..store import chargers, links, outbox, security_log, sessions
from ..store import facts as stored_facts
from ..store.connection import Connection
from .hosted import HostedCharger, HostedLink

Save = Callable[[Connection], object]


class LinkKeys(Protocol):
    """Keeps the authorization keys of the links."""

    def seal(self, charger: HostedCharger, link_id: str, key: Secret) -> bytes:
        """What may be stored."""

    def use(self, link_id: str, key: Secret) -> None:
        """Connect with this key from now on."""


class Drawing(Struct, frozen=True):
    """What a save may draw from besides its effect."""

    ids: Ids
    link_keys: LinkKeys | None


FACT_VERSION = 1  # of `facts.body`
ENTRY_VERSION = 1  # of `outbox.body`
SALT_BYTES = 16

encode_fact = msgspec.json.Encoder().encode
_fact_decoder: msgspec.json.Decoder[NumberedFact] = msgspec.json.Decoder(NumberedFact)


def run_all(db: Connection, kept: Sequence[Save]) -> None:
    for save in kept:
        save(db)


def charger_state(charger: HostedCharger, durable: Any) -> Save:
    blob = charger_core.encode_state(durable)
    return partial(chargers.save_state, charger_id=charger.id, version=charger_core.STATE_VERSION, blob=blob)


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


def read_fact(version: int, body: bytes) -> NumberedFact:
    assert version == FACT_VERSION, f"a fact of version {version}"
    return _fact_decoder.decode(body)


def _session(
    charger: HostedCharger, link: HostedLink | None, effect: charger_effects.SaveSession, drawing: Drawing
) -> Save:
    record = effect.session
    session = SessionFacts(**{name: getattr(record, name) for name in SessionFacts.__struct_fields__})
    return partial(
        sessions.save,
        account_id=charger.account_id,
        chain=charger.charger_id,
        session=session,
        salt=drawing.ids.token_bytes(SALT_BYTES) if record.ended_at is not None else b"",
        charger_id=charger.id,
    )


def _enqueue(charger: HostedCharger, link: HostedLink | None, effect: link_effects.Enqueue, drawing: Drawing) -> Save:
    assert link is not None
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


def _attempt(
    charger: HostedCharger, link: HostedLink | None, effect: link_effects.RecordAttempt, drawing: Drawing
) -> Save:
    assert link is not None
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


def _settle(charger: HostedCharger, link: HostedLink | None, effect: link_effects.Settle, drawing: Drawing) -> Save:
    assert link is not None
    return partial(
        outbox.settle,
        link_id=link.id,
        seq=effect.seq,
        outcome=effect.outcome,
        answer=effect.answer,
        at=effect.settled_at,
    )


def _authorization_key(
    charger: HostedCharger, link: HostedLink | None, effect: link_effects.SaveAuthorizationKey, drawing: Drawing
) -> Save:
    assert link is not None and drawing.link_keys is not None, "nobody keeps the keys of this charger's links"
    sealed = drawing.link_keys.seal(charger, link.link_id, effect.key)
    return partial(links.save_key, link_id=link.id, authorization_key=sealed)


def _security_event(
    charger: HostedCharger, link: HostedLink | None, effect: link_effects.LogSecurityEvent, drawing: Drawing
) -> Save:
    return partial(
        security_log.append,
        account_id=charger.account_id,
        charger_id=charger.id,
        link_id=None if link is None else link.id,
        type=effect.type,
        tech_info=effect.tech_info,
        happened_at=effect.happened_at,
    )


SAVES: dict[type, Callable[[HostedCharger, HostedLink | None, Any, Drawing], Save]] = {
    charger_effects.SaveSession: _session,
    link_effects.Enqueue: _enqueue,
    link_effects.RecordAttempt: _attempt,
    link_effects.Settle: _settle,
    link_effects.SaveAuthorizationKey: _authorization_key,
    link_effects.LogSecurityEvent: _security_event,
}
