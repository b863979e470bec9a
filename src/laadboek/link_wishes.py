"""Connects what pages and the API ask of links with the chargers that this process hosts.

`bus.request("links", …)` with one of the questions below answers a LinkRow, or raises Refused. Rows, face and audit log
change in one store job of the charger's host; nobody else's rows are touched.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from .actions import activation, link_address, links
from .actions import link_questions as ask
from .actions.charge_points import KEY_BYTES
from .actions.presets import OWN
from .bus import Bus, NobodyAnswers
from .chargepoint import events as link_events
from .clock import Clock
from .ids import Ids
from .reasons import Refused
from .runtime import logins
from .runtime.fleet import Fleet
from .runtime.guard import Forbidden, Purpose
from .runtime.keys import DataKeys
from .secret import Secret
from .store import outbox
from .store.connection import Connection
from .store.database import Database, JobFailed
from .store.links import LinkRow

TABLE = "links"
# By what the outbound guard says of an address.
NEVER_CALLED = {
    "address": "link.forbidden_address",
    "form": "link.forbidden_form",
    "port": "link.forbidden_port",
    "scheme": "link.forbidden_scheme",
}


def no_event() -> None:
    """The face of the link has nothing to say to it."""


class LinkSeals:
    """`actions.links.Seals` with the data folder's key."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys

    def seal(self, account_id: int, link_id: str, key: Secret) -> bytes:
        return self._keys.seal(key, table=TABLE, row=link_id, account_id=account_id)

    def open(self, link: LinkRow) -> Secret:
        assert link.authorization_key is not None
        return self._keys.open(link.authorization_key, table=TABLE, row=link.public_id, account_id=link.account_id)

    def open_secret(self, link: LinkRow, name: str, sealed: bytes) -> Secret:
        row = logins.place(link.public_id, name)
        return self._keys.open(sealed, table=logins.TABLE, row=row, account_id=link.account_id)


class LinkWishes:
    """What hosted chargers do with their links for whoever asks."""

    def __init__(
        self, fleet: Fleet, database: Database, keys: DataKeys, clock: Clock, ids: Ids, own_uri: str | None = None
    ) -> None:
        """`own_uri`: where our own platform listens; None: it does not run here."""
        self._fleet, self._database, self._seals = fleet, database, LinkSeals(keys)
        self._clock, self._ids, self._own_uri = clock, ids, own_uri

    def serve(self, bus: Bus) -> None:
        self._bus = bus
        bus.serve("links", self.answer)

    async def answer(self, question: Any) -> LinkRow:
        if isinstance(question, ask.AddLink | ask.ChangeLink):  # ActivateLink is an AddLink
            self._judge(question.wanted)
        link: LinkRow = await ANSWERS[type(question)](self, question)
        return link

    def _judge(self, wanted: links.LinkChange) -> None:
        """An address that is never going to be called is refused at once; what a name leads to shows at each call."""
        if isinstance(wanted.backend_uri, str):
            try:
                self._fleet.outbound.guard.foresee(link_address.checked_uri(wanted.backend_uri), Purpose.BACKEND)
            except Forbidden as forbidden:
                raise Refused(NEVER_CALLED[forbidden.code]) from None

    async def _add(self, question: ask.AddLink) -> LinkRow:
        actor = question.actor
        charger_id = self._database.read(lambda db: links.charger_of(db, actor, question.charger_id))
        return await self._fleet.edit(
            charger_id,
            partial(
                links.add,
                actor=actor,
                charger_id=charger_id,
                wanted=question.wanted,
                seals=self._seals,
                link_id=links.new_id(self._ids),
                now=self._clock.now(),
            ),
        )

    async def _activate(self, question: ask.ActivateLink) -> LinkRow:
        actor, charger_id, now = question.actor, question.charger_id, self._clock.now()
        wanted, consent = question.wanted, question.consent
        preset = wanted.preset if isinstance(wanted.preset, str) else None
        require = partial(activation.require, actor=actor, charger_id=charger_id, consent=consent, preset=preset)
        self._database.read(require)
        if preset == OWN:
            wanted = await self._enrolled(question)
        wanted = replace(wanted, agreed_at=now)
        link_id = links.new_id(self._ids)

        def job(db: Connection) -> LinkRow:
            require(db)
            return links.add(db, actor, charger_id, wanted, self._seals, link_id, now)

        return await self._fleet.edit(charger_id, job)

    async def _enrolled(self, question: ask.ActivateLink) -> links.LinkChange:
        """Known at our platform's door before it calls there. Should it never call, nothing of it stays open."""
        if self._own_uri is None:
            raise NobodyAnswers("platform.own")
        key = Secret(self._ids.token_bytes(KEY_BYTES).hex())
        key_mac = await self._bus.request("platform.key_mac", key)
        enrol = partial(
            activation.enrol,
            actor=question.actor,
            charger_id=question.charger_id,
            key_mac=key_mac,
            ids=self._ids,
            now=self._clock.now(),
        )
        try:
            charge_box_id = await self._database.write("charge_points", enrol)
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise
        await self._bus.request("platform.refresh", None)
        return replace(question.wanted, backend_uri=self._own_uri, charge_box_id=charge_box_id, user_name=None, key=key)

    async def _change(self, question: ask.ChangeLink) -> LinkRow:
        new_id = links.new_id(self._ids)
        job = partial(links.change, wanted=question.wanted, seals=self._seals, new_id=new_id)
        return await self._edit_one(question, job)

    async def _pause(self, question: ask.PauseLink) -> LinkRow:
        return await self._edit_one(question, links.pause)

    async def _resume(self, question: ask.ResumeLink) -> LinkRow:
        return await self._edit_one(question, links.resume)

    async def _remove(self, question: ask.RemoveLink) -> LinkRow:
        return await self._edit_one(question, links.remove, lambda link: link_events.Removed())

    async def _replay(self, question: ask.ReplayLink) -> LinkRow:
        job = partial(links.replayed, session_id=question.session_id)
        return await self._edit_one(question, job, partial(self._put_back, question.session_id))

    def _put_back(self, session_id: str | None, link: LinkRow) -> link_events.Event | None:
        """Asked between two turns, when nothing else changes this outbox."""

        def read(db: Connection) -> link_events.Replayed:
            seqs = outbox.replayable(db, link.id, session_id)
            return link_events.Replayed(tuple(seqs), outbox.count_aside(db, link.id, session_id))

        event = self._database.read(read)
        return event if event.seqs else None

    # --- one edit ---

    async def _edit_one(
        self,
        question: ask.OfLink,
        job: Callable[..., LinkRow],
        event: Callable[[LinkRow], link_events.Event | None] | None = None,
    ) -> LinkRow:
        """`job(db, actor, name, now=…)` on a link that is there; its face is told `event`."""
        link, charger_id = self._database.read(lambda db: links.placed(db, question.actor, question.name))
        ready = partial(job, actor=question.actor, name=link.public_id, now=self._clock.now())
        told = no_event if event is None else partial(event, link)
        return await self._fleet.edit(charger_id, ready, link.public_id, told)


ANSWERS: Mapping[type, Callable[[LinkWishes, Any], Any]] = {
    ask.AddLink: LinkWishes._add,
    ask.ActivateLink: LinkWishes._activate,
    ask.ChangeLink: LinkWishes._change,
    ask.PauseLink: LinkWishes._pause,
    ask.ResumeLink: LinkWishes._resume,
    ask.RemoveLink: LinkWishes._remove,
    ask.ReplayLink: LinkWishes._replay,
}
