"""Delivers notices: one interface, a row per kind of channel. E-mail, webhook, push; others come as rows.

Each delivery is a row that was stored with what it tells of. It is tried at growing distances for three days; whatever
goes wrong is kept beside it in a word, and never disturbs charging.
"""

import asyncio
import hashlib
import hmac
import smtplib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any, Protocol

import msgspec
import structlog

from .actions import notices as actions
from .actions.notices import EMAIL, PUSH, WEBHOOK, AddChannel, RemoveChannel, TryChannel, checked
from .actions.people.registration import ENCODED
from .actions.subscriptions import from_sealed, sealed_form
from .bus import Bus
from .clock import Clock
from .ids import Ids
from .mail_server import LOOPBACK, MailServer
from .portal.words.speech import Speech
from .push import TEXT_MAX, Signer, Told
from .reasons import Refused
from .runtime.guard import Forbidden, Guard, Purpose
from .runtime.keys import DataKeys
from .runtime.transfers import Failed, Transfers
from .secret import Secret
from .store import notices
from .store.database import Database, StoreFull
from .store.errors import JobFailed
from .store.notices import Delivery, Due

TABLE = "notice_channels"
LOOK_S = 5.0
AT_ONCE = 20
ANSWER_WITHIN_S = 30.0
MAIL_TIMEOUT_S = 30
AGAIN_AFTER = [
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2),
    timedelta(hours=8), timedelta(hours=24), timedelta(hours=36),
]  # fmt: skip

log = structlog.get_logger(__name__)


class NotDelivered(Exception):
    """This try failed: `code` has a sentence in `portal.texts`; `final`: another try would fail as well; `gone`: any
    other notice there would, so the channel goes."""

    def __init__(self, code: str, *, final: bool = False, gone: bool = False) -> None:
        super().__init__(code)
        self.code, self.final, self.gone = code, final, gone


class Channel(Protocol):
    """One kind of channel."""

    async def send(self, due: Due, sentence: str, happened: str) -> None:
        """Raise NotDelivered."""


# --- e-mail -----------------------------------------------------------------------------------------------------------


class Email:
    """By SMTP, in a thread."""

    def __init__(self, server: MailServer | None, tls: ssl.SSLContext | None = None) -> None:
        self._server, self._tls = server, tls

    async def send(self, due: Due, sentence: str, happened: str) -> None:
        if self._server is None:
            raise NotDelivered("delivery.no_mail_server")
        message = mail(self._server.sender, due, sentence, happened)
        await asyncio.to_thread(hand_over, self._server, message, self._tls)


def mail(sender: str, due: Due, sentence: str, happened: str) -> EmailMessage:
    """Plain text; the sentence is the subject as well, on one line."""
    where = "Laadboek" if due.charger_name is None else f"Laadboek · {' '.join(due.charger_name.split())}"
    number = f"{due.notice.public_id}.{due.channel.public_id}"
    message = begun(sender, due.channel.address, f"{where}: {sentence}", number)
    message.set_content(f"{sentence}\n\n{where}\n{happened}\n")
    return message


def begun(sender: str, to: str, subject: str, number: str) -> EmailMessage:
    """A mail of ours without its text. Raise NotDelivered for an address that cannot be written into one.

    The library decodes encoded words (RFC 2047) of what it is given, and writes what was in them, line ends too, as
    headers; or it breaks off. So none of them gets there.
    """
    if ENCODED in to or not to.isprintable():
        raise NotDelivered("delivery.mail_refused", final=True)
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = " ".join(subject.split()).replace(ENCODED, "= ?")
    message["Message-ID"] = f"<{number}@laadboek.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def hand_over(server: MailServer, message: EmailMessage, tls: ssl.SSLContext | None) -> None:
    """Raise NotDelivered."""
    context = tls or ssl.create_default_context()
    try:
        with connected(server, context) as session:
            if not server.tls and session.has_extn("starttls"):
                session.starttls(context=context)
            elif not server.tls and server.host not in LOOPBACK:
                raise NotDelivered("delivery.no_tls", final=True)
            if server.user:
                session.login(server.user, server.password.reveal())
            session.send_message(message)
    except smtplib.SMTPAuthenticationError:
        raise NotDelivered("delivery.mail_denied") from None
    except smtplib.SMTPRecipientsRefused as error:
        refused = all(500 <= code < 600 for code, _ in error.recipients.values())
        raise NotDelivered("delivery.mail_refused", final=refused) from None
    except smtplib.SMTPException:
        raise NotDelivered("delivery.mail_server") from None
    except ssl.SSLError:
        raise NotDelivered("delivery.tls") from None
    except OSError:
        raise NotDelivered("delivery.refused") from None


def connected(server: MailServer, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=MAIL_TIMEOUT_S, context=context)
    session = smtplib.SMTP(server.host, server.port, timeout=MAIL_TIMEOUT_S)
    session.ehlo()
    return session


# --- webhook ----------------------------------------------------------------------------------------------------------

FORBIDDEN = "forbidden"  # the outbound guard will have none of it, whenever it is tried


class Webhook:
    """A JSON object by POST, through the outbound guard, signed if the channel has a secret.

    `Laadboek-Signature` is the HMAC-SHA256 over `Laadboek-Timestamp`, a full stop and the body, in hex.
    """

    def __init__(self, transfers: Transfers, keys: DataKeys, clock: Clock) -> None:
        self._transfers, self._keys, self._clock = transfers, keys, clock

    async def send(self, due: Due, sentence: str, happened: str) -> None:
        body = msgspec.json.encode(payload(due, sentence))
        stamp = str(int(self._clock.now().timestamp()))
        headers = {"Content-Type": "application/json", "Laadboek-Timestamp": stamp}
        if due.channel.secret is not None:
            channel = due.channel
            secret = self._keys.open(
                due.channel.secret, table=TABLE, row=channel.public_id, account_id=channel.account_id
            )
            headers["Laadboek-Signature"] = signature(secret, stamp, body)
        try:
            await self._transfers.post(due.channel.address, body, headers)
        except Failed as failed:
            raise not_sent(failed) from None


def not_sent(failed: Failed) -> NotDelivered:
    final = failed.code == "bad_request" or failed.code.startswith(FORBIDDEN)
    code = FORBIDDEN if failed.code.startswith(FORBIDDEN) else failed.code
    return NotDelivered(f"delivery.{code}", final=final)


def payload(due: Due, sentence: str) -> Mapping[str, object]:
    notice = due.notice
    return {
        "id": notice.public_id,
        "code": notice.reason.code,
        "params": notice.reason.params,
        "text": sentence,
        "charger_id": notice.charger,
        "charger": due.charger_name,
        "driver_id": notice.driver_id,
        "happened_at": notice.happened_at,
    }


def signature(secret: Secret, stamp: str, body: bytes) -> str:
    return hmac.new(secret.reveal().encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


# --- push -------------------------------------------------------------------------------------------------------------

GONE = {404, 410}  # RFC 8030 §7.3: the browser has let go of the subscription
CANNOT = {400: "bad_request", 401: "denied", 403: "denied", 413: "bad_request"}


class Push:
    """To a browser that subscribed, by its push service, which cannot read it (RFC 8030, RFC 8291)."""

    def __init__(self, transfers: Transfers, keys: DataKeys, clock: Clock, signer: Signer) -> None:
        self._transfers, self._keys, self._clock, self._signer = transfers, keys, clock, signer

    async def send(self, due: Due, sentence: str, happened: str) -> None:
        channel = due.channel
        assert channel.secret is not None
        opened = self._keys.open(channel.secret, table=TABLE, row=channel.public_id, account_id=channel.account_id)
        secrets = from_sealed(opened.reveal())
        make = partial(self._signer.request, channel.address, secrets, told(due, sentence), self._clock.now())
        request = await asyncio.to_thread(make)
        try:
            answer = await self._transfers.ask(channel.address, "POST", request.headers, request.body)
        except Failed as failed:
            raise not_sent(failed) from None
        if answer.status in GONE:
            raise NotDelivered("delivery.denied", final=True, gone=True)
        if not 200 <= answer.status < 300:
            code = CANNOT.get(answer.status)
            raise NotDelivered(f"delivery.{code or 'server'}", final=code is not None)


def told(due: Due, sentence: str) -> Told:
    charger = due.notice.charger
    return Told(
        title="Laadboek" if due.charger_name is None else due.charger_name,
        text=sentence[:TEXT_MAX],
        tag=f"{due.notice.reason.code} {charger or ''}".strip(),
        url="/" if charger is None else f"/chargers/{charger}",
        lang=due.channel.language,
    )


# --- deliveries -------------------------------------------------------------------------------------------------------


class Notifier:
    """Tries what is due, each in its turn, for as long as it is served."""

    def __init__(self, database: Database, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._database, self._clock, self._channels = database, clock, channels

    async def serve(self) -> None:
        while True:
            try:
                while await self.deliver():
                    pass
            except StoreFull:  # nothing can be noted; what was sent may be sent once more
                log.warning("notices.store_full")
            await asyncio.sleep(LOOK_S)

    async def deliver(self) -> int:
        """Try what is due now, up to a handful; return how many that were."""
        now = self._clock.now()
        due = await self._database.query(partial(notices.due, now=now, most=AT_ONCE))
        for one in due:
            try:
                await self._send(one)
            except NotDelivered as error:
                await self._failed(one, error)
            else:
                await self._settle(one, Delivery.SENT, None, None)
        return len(due)

    async def _send(self, due: Due) -> None:
        speech = Speech(due.channel.language, due.time_zone)
        at = due.notice.happened_at
        happened = f"{speech.long_day(speech.local_date(at))} {speech.time(at)}"
        await self._channels[due.channel.kind].send(due, speech.sentence(due.notice.reason), happened)

    async def _failed(self, due: Due, error: NotDelivered) -> None:
        channel = due.channel
        if error.gone:
            log.info("notice.channel_gone", channel=channel.public_id)
            gone = partial(notices.remove_channel, account_id=channel.account_id, channel_id=channel.id)
            await self._database.write("notices", gone)
        elif error.final or due.tries >= len(AGAIN_AFTER):
            await self._settle(due, Delivery.GIVEN_UP, error.code, None)
        else:
            await self._settle(due, Delivery.PENDING, error.code, self._clock.now() + AGAIN_AFTER[due.tries])

    async def _settle(self, due: Due, state: Delivery, error: str | None, next_at: datetime | None) -> None:
        log.info("notice.tried", notice=due.notice.public_id, channel=due.channel.public_id, state=state, error=error)
        settled = partial(notices.settle, delivery=due.id, state=state, error=error, next_at=next_at)
        await self._database.write("notices", settled)


# --- what pages and the API ask ---------------------------------------------------------------------------------------


class NoticeWishes:
    """Channels for whoever asks: an address that is never going to be called is refused at once."""

    def __init__(self, database: Database, guard: Guard, keys: DataKeys, clock: Clock, ids: Ids) -> None:
        self._database, self._guard, self._keys, self._clock, self._ids = database, guard, keys, clock, ids

    def serve(self, bus: Bus) -> None:
        bus.serve("notices", self.answer)

    async def answer(self, question: Any) -> notices.Channel:
        channel: notices.Channel = await ANSWERS[type(question)](self, question)
        return channel

    async def _add(self, question: AddChannel) -> notices.Channel:
        checked(question)
        if question.kind != EMAIL:
            try:
                self._guard.foresee(question.address, Purpose.TRANSFER)
            except Forbidden as forbidden:
                raise Refused("notice.forbidden_address", why=forbidden.code) from None
        public_id, sealed = self._ids.public("nch"), None
        secret = question.secret if question.push is None else sealed_form(question.push)
        if secret is not None:
            account_id = question.actor.account_id
            sealed = self._keys.seal(Secret(secret), table=TABLE, row=public_id, account_id=account_id)
        return await self._write(partial(actions.add, wanted=question, public_id=public_id, sealed=sealed))

    async def _remove(self, question: RemoveChannel) -> notices.Channel:
        return await self._write(partial(actions.remove, question=question))

    async def _try(self, question: TryChannel) -> notices.Channel:
        notice_id = self._ids.public("ntc")
        return await self._write(partial(actions.attempt, question=question, notice_id=notice_id))

    async def _write(self, job: Callable[..., notices.Channel]) -> notices.Channel:
        try:
            return await self._database.write("notices", partial(job, now=self._clock.now()))
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise


ANSWERS: Mapping[type, Callable[[NoticeWishes, Any], Awaitable[notices.Channel]]] = {
    AddChannel: NoticeWishes._add,
    RemoveChannel: NoticeWishes._remove,
    TryChannel: NoticeWishes._try,
}


# --- a served process -------------------------------------------------------------------------------------------------


def serve_notices(
    database: Database,
    guard: Guard,
    keys: DataKeys,
    clock: Clock,
    ids: Ids,
    bus: Bus,
    mail: MailServer | None,
    signer: Signer,
) -> Notifier:
    """Answer for channels on the bus; what is returned delivers."""
    NoticeWishes(database, guard, keys, clock, ids).serve(bus)
    transfers = Transfers(guard, time_max_s=ANSWER_WITHIN_S)
    channels: dict[str, Channel] = {
        EMAIL: Email(mail),
        WEBHOOK: Webhook(transfers, keys, clock),
        PUSH: Push(transfers, keys, clock, signer),
    }
    return Notifier(database, clock, channels)
