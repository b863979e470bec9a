"""Sends the mails that actions wrote (`actions.people.letters`), as long as a mail server is set.

Each is tried at growing distances for a day; by then the link in it works no longer. Hourly, accounts whose address was
never confirmed go.
"""

import asyncio
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from ssl import SSLContext

import structlog

from .actions.people import letters, registration
from .clock import Clock
from .mail_server import MailServer
from .notify import NotDelivered, begun, hand_over
from .runtime.keys import DataKeys
from .store import mails
from .store.database import Database, StoreFull
from .store.mails import MailRow, MailState

LOOK_S = 2.0
AT_ONCE = 20
TOO_OLD = timedelta(hours=24)
AGAIN_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)]
FORGET_EVERY_S = 3600.0

log = structlog.get_logger(__name__)


class Mailer:
    """Tries what is due, each in its turn, for as long as it is served. Without a server mails stay where they are."""

    def __init__(
        self, database: Database, keys: DataKeys, clock: Clock, server: MailServer | None, tls: SSLContext | None = None
    ) -> None:
        self._database, self._keys, self._clock = database, keys, clock
        self._server, self._tls = server, tls

    async def serve(self) -> None:
        if self._server is None:
            log.info("mails.no_server")
            await asyncio.Event().wait()
        while True:
            try:
                while await self.deliver():
                    pass
            except StoreFull:  # nothing can be noted; what was sent may be sent once more
                log.warning("mails.store_full")
            await asyncio.sleep(LOOK_S)

    async def deliver(self) -> int:
        """Try what is due now, up to a handful; return how many that were."""
        due = await self._database.query(partial(mails.due, now=self._clock.now(), most=AT_ONCE))
        for mail in due:
            state, error, next_at = await self._try(mail)
            log.info("mail.tried", mail=mail.public_id, state=state, error=error)
            settle = partial(mails.settle, mail=mail, state=state, error=error, next_at=next_at, now=self._clock.now())
            await self._database.write("mails", settle)
        return len(due)

    async def _try(self, mail: MailRow) -> tuple[MailState, str | None, datetime | None]:
        """How the try ended: its state, why it failed, and when the next one is made."""
        assert self._server is not None
        if self._clock.now() - mail.created_at >= TOO_OLD:
            return MailState.GIVEN_UP, "delivery.too_old", None
        try:
            message = written(self._server.sender, mail, letters.opened(self._keys, mail))
            await asyncio.to_thread(hand_over, self._server, message, self._tls)
        except NotDelivered as error:
            if error.final or mail.tries >= len(AGAIN_AFTER):
                return MailState.GIVEN_UP, error.code, None
            return MailState.PENDING, error.code, self._clock.now() + AGAIN_AFTER[mail.tries]
        return MailState.SENT, None, None


def written(sender: str, mail: MailRow, body: str) -> EmailMessage:
    message = begun(sender, mail.recipient, mail.subject, mail.public_id)
    message.set_content(body)
    return message


async def forget_unconfirmed(database: Database, clock: Clock) -> None:
    """Accounts whose address nobody confirmed within a day go."""
    while True:
        gone = registration.AT_ONCE
        while gone == registration.AT_ONCE:
            try:
                gone = await database.write("people", partial(registration.forget_unconfirmed, now=clock.now()))
            except StoreFull:
                break
        await asyncio.sleep(FORGET_EVERY_S)
