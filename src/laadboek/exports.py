"""Sends files of sessions by schedule, signs them, and answers for schedules: a chore of the served process (E3).

Each period's file is tried at growing distances until it arrived, and only then is the next one due. A try that broke
off after the file had left is made again under the same name, Message-ID and `Idempotency-Key`, so that whoever takes
it can tell.
"""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct
from msgspec.structs import replace

from .actions.actor import Actor
from .actions.exports import schedules as actions
from .actions.exports.schedules import (
    EMAIL,
    FOLDER,
    HTTP,
    AddSchedule,
    RemoveSchedule,
    SendNow,
    SwitchSchedule,
    checked,
)
from .actions.exports.signed import SignExport, prepared, sealed
from .bus import Bus
from .clock import Clock
from .energy import zones
from .energy.zones import Period
from .ids import Ids
from .mail_server import MailServer
from .notify import NotDelivered, begun, hand_over, not_sent, signature
from .portal.sessions import making, statement
from .portal.words import accounting
from .portal.words.speech import Speech
from .reasons import Refused
from .rights import Right
from .runtime.guard import Forbidden, Guard, Purpose
from .runtime.keys import DataKeys
from .runtime.transfers import Failed, Transfers
from .secret import Secret
from .store import accounts, export_schedules
from .store.accounts import AccountRow
from .store.connection import Connection
from .store.database import Database, StoreFull
from .store.errors import JobFailed
from .store.export_schedules import Schedule
from .store.session_queries import Choice

TABLE = "export_schedules"
TOPIC = "exports"
LOOK_S = 30.0
AT_ONCE = 5
ANSWER_WITHIN_S = 60.0
AGAIN_AFTER = [
    timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), *[timedelta(days=1)] * 10,
]  # fmt: skip
READS = frozenset({Right.SESSIONS_READ})
PRIVATE_FILE = 0o600

log = structlog.get_logger(__name__)


class Parcel(Struct, frozen=True, kw_only=True):
    """One period's file on its way. `number` is the same for every try."""

    schedule: Schedule
    account: AccountRow
    period: Period
    name: str
    media: str
    content: bytes

    @property
    def number(self) -> str:
        return f"{self.schedule.public_id}.{self.period.first}"


# --- ways -------------------------------------------------------------------------------------------------------------


class ByEmail:
    """As an attachment, by the process's mail server."""

    def __init__(self, server: MailServer | None, tls: ssl.SSLContext | None = None) -> None:
        self._server, self._tls = server, tls

    async def send(self, parcel: Parcel) -> None:
        if self._server is None:
            raise NotDelivered("delivery.no_mail_server")
        await asyncio.to_thread(hand_over, self._server, mail(self._server.sender, parcel), self._tls)


def mail(sender: str, parcel: Parcel) -> EmailMessage:
    speech = Speech(parcel.schedule.language, parcel.account.time_zone)
    period = speech.period(parcel.period)
    subject = f"Laadboek: {speech.say(accounting.EXPORT_SUBJECT, period=period)}"
    message = begun(sender, parcel.schedule.address, subject, parcel.number)
    account = " ".join(parcel.account.name.split())
    message.set_content(speech.say(accounting.EXPORT_BODY, period=period, account=account) + "\n")
    maintype, _, subtype = parcel.media.partition(";")[0].partition("/")
    message.add_attachment(parcel.content, maintype=maintype, subtype=subtype, filename=parcel.name)
    return message


class IntoFolder:
    """Below the folder that the operator opened, in one of the account's own; whole, or not at all."""

    def __init__(self, opened: Path | None) -> None:
        self._opened = opened

    async def send(self, parcel: Parcel) -> None:
        if self._opened is None:
            raise NotDelivered("export.no_folder")
        try:
            await asyncio.to_thread(put, self._opened, parcel)
        except OSError as error:
            log.warning("export.folder", schedule=parcel.schedule.public_id, error=error.strerror)
            raise NotDelivered("export.folder") from None


def put(opened: Path, parcel: Parcel) -> None:
    """Raise OSError. A link that leads out of the opened folder is not followed."""
    root = opened.resolve(strict=True)
    folder = root / parcel.account.public_id / parcel.schedule.address
    folder.mkdir(parents=True, exist_ok=True)
    if not folder.resolve(strict=True).is_relative_to(root / parcel.account.public_id):
        raise PermissionError(1, "it leads out of the opened folder")
    unfinished = folder / f".{parcel.number}.part"
    unfinished.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(unfinished, flags, PRIVATE_FILE), "wb") as file:
        file.write(parcel.content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / parcel.name)


class ByPost:
    """The file as the body of a POST, through the outbound guard, signed if there is a secret (as notices are)."""

    def __init__(self, transfers: Transfers, keys: DataKeys, clock: Clock) -> None:
        self._transfers, self._keys, self._clock = transfers, keys, clock

    async def send(self, parcel: Parcel) -> None:
        schedule, stamp = parcel.schedule, str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": parcel.media,
            "Content-Disposition": f'attachment; filename="{parcel.name}"',
            "Laadboek-Export": parcel.number,
            "Idempotency-Key": f'"{parcel.number}"',  # a structured string, as its draft has it
            "Laadboek-Timestamp": stamp,
        }
        if schedule.secret is not None:
            place = {"table": TABLE, "row": schedule.public_id, "account_id": schedule.account_id}
            secret = self._keys.open(schedule.secret, **place)  # type: ignore[arg-type]
            headers["Laadboek-Signature"] = signature(secret, stamp, parcel.content)
        try:
            await self._transfers.post(schedule.address, parcel.content, headers)
        except Failed as failed:
            raise not_sent(failed) from None


Way = ByEmail | IntoFolder | ByPost


# --- sending ----------------------------------------------------------------------------------------------------------


class Exporter:
    """Makes and sends what is due, one after the other, for as long as it is served."""

    def __init__(self, database: Database, clock: Clock, ways: Mapping[str, Way], key: Ed25519PrivateKey) -> None:
        self._database, self._clock, self._ways, self._key = database, clock, ways, key
        self._one_at_a_time = asyncio.Lock()

    async def serve(self) -> None:
        while True:
            try:
                while await self.send_due():
                    pass
            except StoreFull:  # nothing can be noted; what was sent may be sent once more
                log.warning("exports.store_full")
            await asyncio.sleep(LOOK_S)

    async def send_due(self) -> int:
        """Try what is due now, up to a handful; return how many that were."""
        due = await self._database.query(partial(export_schedules.due, now=self._clock.now(), most=AT_ONCE))
        for one in due:
            async with self._one_at_a_time:
                await self._try(one)
        return len(due)

    async def again(self, schedule: Schedule) -> Schedule:
        """Now: the file that is due or, if none is, the last one once more."""
        async with self._one_at_a_time:
            account = await self._account(schedule)
            due = actions.due_period(schedule, account.time_zone)
            if actions.due_at(due, schedule.hour, account.time_zone) <= self._clock.now():
                return await self._try(schedule)
            last = zones.earlier(due, account.time_zone)
            return await self._settle(replace(schedule, **await self._sent(schedule, account, last)))

    async def _try(self, schedule: Schedule) -> Schedule:
        account = await self._account(schedule)
        zone = account.time_zone
        ended = await self._sent(schedule, account, actions.due_period(schedule, zone))
        tried = replace(schedule, **ended)
        if tried.error is None:
            return await self._settle(actions.moved_on(tried, zone))
        if schedule.tries >= len(AGAIN_AFTER):
            return await self._settle(actions.moved_on(tried, zone))  # its error stays in sight
        next_at = self._clock.now() + AGAIN_AFTER[schedule.tries]
        return await self._settle(replace(tried, tries=schedule.tries + 1, next_at=next_at))

    async def _sent(self, schedule: Schedule, account: AccountRow, period: Period) -> dict[str, Any]:
        """How the try ended: what changes of the schedule."""
        try:
            parcel = await self._packed(schedule, account, period)
            await self._ways[schedule.kind].send(parcel)
        except NotDelivered as failed:
            code: str | None = failed.code
        except Refused as refused:
            code = refused.reason.code
        else:
            code = None
        log.info("export.tried", schedule=schedule.public_id, period=str(period.first), error=code)
        if code is not None:
            return {"error": code}
        return {"error": None, "sent_at": self._clock.now(), "sent_for": period.first}

    async def _packed(self, schedule: Schedule, account: AccountRow, period: Period) -> Parcel:
        actor = Actor(
            account_id=account.id,
            name=schedule.public_id,
            time_zone=account.time_zone,
            language=schedule.language,
            rights=READS,
        )
        speech, now = Speech(schedule.language, account.time_zone), self._clock.now()
        covered = making.covered_by(period, Choice(kind=schedule.only_kind))
        if schedule.format == "signed":
            document = await self._database.query(partial(prepared, actor=actor, covered=covered, now=now))
            content = self.sign(document)
        else:
            read = self._database.query
            content = await making.made(read, actor, covered, period, schedule.format, speech, now)
        name = statement.file_name(speech, period, schedule.format)
        media = statement.MEDIA[schedule.format]
        return Parcel(schedule=schedule, account=account, period=period, name=name, media=media, content=content)

    def sign(self, document: dict[str, Any]) -> bytes:
        return sealed(document, self._key.public_key().public_bytes_raw(), self._key.sign)

    async def _account(self, schedule: Schedule) -> AccountRow:
        found = await self._database.query(partial(accounts.by_id, account_id=schedule.account_id))
        assert found is not None, f"{schedule.public_id} belongs to an account"
        return found

    async def _settle(self, schedule: Schedule) -> Schedule:
        await self._database.write(TOPIC, partial(settled, schedule=schedule))
        return schedule


def settled(db: Connection, schedule: Schedule) -> None:
    """Unless it was removed or switched off meanwhile."""
    now = export_schedules.one(db, schedule.account_id, schedule.public_id)
    if now is not None:
        export_schedules.settle(db, replace(schedule, enabled=now.enabled))


# --- what pages and the API ask ---------------------------------------------------------------------------------------


class ExportWishes:
    """Schedules for whoever asks: what could never be sent is refused at once. And signatures."""

    def __init__(
        self, exporter: Exporter, database: Database, guard: Guard, keys: DataKeys, clock: Clock, opened: bool
    ) -> None:
        self._exporter, self._database, self._guard, self._keys = exporter, database, guard, keys
        self._clock, self._ids, self._opened = clock, Ids(), opened

    def serve(self, bus: Bus) -> None:
        bus.serve(TOPIC, self.answer)

    async def answer(self, question: Any) -> Any:
        return await ANSWERS[type(question)](self, question)

    async def _sign(self, question: SignExport) -> bytes:
        return await asyncio.to_thread(self._exporter.sign, question.document)

    async def _add(self, question: AddSchedule) -> Schedule:
        checked(question)
        if question.kind == HTTP:
            self._foresee(question.address)
        if question.kind == FOLDER and not self._opened:
            raise Refused("export.no_folder")
        public_id, kept = self._ids.public("exs"), None
        if question.secret is not None:
            account_id = question.actor.account_id
            kept = self._keys.seal(Secret(question.secret), table=TABLE, row=public_id, account_id=account_id)
        return await self._write(partial(actions.add, wanted=question, public_id=public_id, sealed=kept))

    def _foresee(self, address: str) -> None:
        """By https; without, only to an address that is written as one and lies behind the router."""
        try:
            place, literal = self._guard.foresee(address, Purpose.TRANSFER)
        except Forbidden:
            raise Refused("export.bad_address") from None
        if place.scheme != "https" and (literal is None or literal.is_global):
            raise Refused("export.bad_address")

    async def _remove(self, question: RemoveSchedule) -> Schedule:
        return await self._write(partial(actions.remove, question=question))

    async def _switch(self, question: SwitchSchedule) -> Schedule:
        return await self._write(partial(actions.switch, question=question))

    async def _send_now(self, question: SendNow) -> Schedule:
        schedule = await self._database.query(partial(actions.one_to_change, question=question))
        return await self._exporter.again(schedule)

    async def _write(self, job: Callable[..., Schedule]) -> Schedule:
        try:
            return await self._database.write(TOPIC, partial(job, now=self._clock.now()))
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise


ANSWERS: Mapping[type, Callable[[ExportWishes, Any], Awaitable[Any]]] = {
    SignExport: ExportWishes._sign,
    AddSchedule: ExportWishes._add,
    RemoveSchedule: ExportWishes._remove,
    SwitchSchedule: ExportWishes._switch,
    SendNow: ExportWishes._send_now,
}


class Means(Struct, frozen=True, kw_only=True):
    """What the operator gives for sending."""

    mail: MailServer | None
    folder: Path | None
    key: Ed25519PrivateKey


def serve_exports(database: Database, guard: Guard, keys: DataKeys, clock: Clock, bus: Bus, means: Means) -> Exporter:
    """Answer for schedules and signatures on the bus; what is returned sends."""
    transfers = Transfers(guard, time_max_s=ANSWER_WITHIN_S)
    ways: dict[str, Way] = {
        EMAIL: ByEmail(means.mail),
        FOLDER: IntoFolder(means.folder),
        HTTP: ByPost(transfers, keys, clock),
    }
    exporter = Exporter(database, clock, ways, means.key)
    ExportWishes(exporter, database, guard, keys, clock, means.folder is not None).serve(bus)
    return exporter
