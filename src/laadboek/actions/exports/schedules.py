"""Files sent by themselves, for the day, week or month before: by e-mail, into a folder, to a web address (E3).

A schedule always knows the first day of the period that it sends next, so each period gets one file, however late.
"""

import re
from datetime import datetime, time

from msgspec import Struct
from msgspec.structs import replace

from ...energy import zones
from ...energy.zones import Period, Span
from ...facts import Kind
from ...reasons import Refused
from ...rights import Right
from ...store import export_schedules as stored
from ...store.connection import Connection
from ...store.export_schedules import Schedule
from ..actor import Actor, need
from ..first_account import LANGUAGES
from ..notices import ONE_EMAIL
from ..trail import note

EMAIL, FOLDER, HTTP = "email", "folder", "http"
KINDS = (EMAIL, FOLDER, HTTP)
EVERY = (Span.DAY.value, Span.WEEK.value, Span.MONTH.value)
FORMATS = ("csv", "machine_csv", "xlsx", "pdf", "signed")
MOST = 20
ADDRESS_MAX = 500
SECRET_LENGTHS = range(16, 201)
HOURS = range(24)
# No part begins with a dot, so none leads up or hides; no part is empty, so none leads to the root.
ONE_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9 _.-]{0,59}(/[A-Za-z0-9_-][A-Za-z0-9 _.-]{0,59}){0,5}\Z")

# What may be asked with `bus.request("exports", …)`; the answer is the Schedule.


class AddSchedule(Struct, frozen=True, kw_only=True):
    actor: Actor
    kind: str
    address: str
    secret: str | None = None  # of a web address, to sign with
    every: str = Span.MONTH.value
    format: str = "csv"
    only_kind: Kind | None = None
    language: str | None = None  # None: the account's
    hour: int = 6


class OfSchedule(Struct, frozen=True, kw_only=True):
    actor: Actor
    schedule_id: str


class RemoveSchedule(OfSchedule, frozen=True, kw_only=True):
    """Nothing more is sent."""


class SwitchSchedule(OfSchedule, frozen=True, kw_only=True):
    """Off: nothing is sent. On again: from the period that runs now on."""

    enabled: bool


class SendNow(OfSchedule, frozen=True, kw_only=True):
    """The file that is due or, if none is, the last one again."""


def checked(wanted: AddSchedule) -> None:
    """Raise Refused for what could never be sent. Whether an address may be called is the guard's."""
    need(wanted.actor, Right.SESSIONS_WRITE)
    if wanted.kind not in KINDS:
        raise Refused("export.bad_kind")
    if wanted.every not in EVERY:
        raise Refused("export.bad_every")
    if wanted.format not in FORMATS:
        raise Refused("export.bad_format", format=wanted.format[:40])
    if wanted.hour not in HOURS:
        raise Refused("export.bad_hour")
    if wanted.language is not None and wanted.language not in LANGUAGES:
        raise Refused("export.bad_language")
    if wanted.secret is not None and wanted.kind != HTTP:
        raise Refused("export.no_secret")
    if wanted.secret is not None and len(wanted.secret) not in SECRET_LENGTHS:
        raise Refused("export.bad_secret")
    _address(wanted.kind, wanted.address)


def _address(kind: str, address: str) -> None:
    if kind == EMAIL and not (len(address) <= ADDRESS_MAX and ONE_EMAIL.match(address)):
        raise Refused("export.bad_email", address=address[:ADDRESS_MAX])
    if kind == FOLDER and not ONE_FOLDER.match(address):
        raise Refused("export.bad_folder")
    if kind == HTTP and not (len(address) <= ADDRESS_MAX and address.lower().startswith(("https://", "http://"))):
        raise Refused("export.bad_address")


def add(db: Connection, wanted: AddSchedule, public_id: str, sealed: bytes | None, now: datetime) -> Schedule:
    """The period that runs now is the first that is sent."""
    actor = wanted.actor
    if len(stored.of_account(db, actor.account_id)) >= MOST:
        raise Refused("export.too_many", most=MOST)
    period = zones.period(Span(wanted.every), zones.local_day(now, actor.time_zone), actor.time_zone)
    schedule = Schedule(
        account_id=actor.account_id,
        public_id=public_id,
        kind=wanted.kind,
        address=wanted.address,
        secret=sealed,
        every=wanted.every,
        format=wanted.format,
        only_kind=wanted.only_kind,
        language=wanted.language or actor.language,
        hour=wanted.hour,
        due_for=period.first,
        next_at=due_at(period, wanted.hour, actor.time_zone),
        created_at=now,
    )
    stored.add(db, schedule)
    _note(db, actor, "export_schedule.added", schedule, now)
    return schedule


def remove(db: Connection, question: OfSchedule, now: datetime) -> Schedule:
    schedule = one_to_change(db, question)
    stored.remove(db, schedule.account_id, schedule.public_id)
    _note(db, question.actor, "export_schedule.removed", schedule, now)
    return schedule


def switch(db: Connection, question: SwitchSchedule, now: datetime) -> Schedule:
    """Periods that passed while it was off are not sent afterwards."""
    before, zone = one_to_change(db, question), question.actor.time_zone
    if before.enabled == question.enabled:
        return before
    after = replace(before, enabled=question.enabled, tries=0, error=None)
    if question.enabled:
        running = zones.period(Span(before.every), zones.local_day(now, zone), zone)
        after = replace(after, due_for=running.first, next_at=due_at(running, before.hour, zone))
    stored.settle(db, after)
    _note(db, question.actor, "export_schedule.resumed" if after.enabled else "export_schedule.paused", after, now)
    return after


def one_to_change(db: Connection, question: OfSchedule) -> Schedule:
    need(question.actor, Right.SESSIONS_WRITE)
    found = stored.one(db, question.actor.account_id, question.schedule_id)
    if found is None:
        raise Refused("export_schedule.unknown")
    return found


def list_schedules(db: Connection, actor: Actor) -> list[Schedule]:
    need(actor, Right.SESSIONS_READ)
    return stored.of_account(db, actor.account_id)


def due_at(period: Period, hour: int, zone: str) -> datetime:
    """On the local day after the period, at that hour of the clocks there."""
    return zones.at(period.until, time(hour), zone)


def due_period(schedule: Schedule, zone: str) -> Period:
    return zones.period(Span(schedule.every), schedule.due_for, zone)


def moved_on(schedule: Schedule, zone: str) -> Schedule:
    """The file of its period is done with: the next period's is due next."""
    following = zones.period(Span(schedule.every), due_period(schedule, zone).until, zone)
    due = due_at(following, schedule.hour, zone)
    return replace(schedule, due_for=following.first, next_at=due, tries=0)


def _note(db: Connection, actor: Actor, what: str, schedule: Schedule, now: datetime) -> None:
    details: dict[str, str | int | None] = {
        "schedule": schedule.public_id,
        "kind": schedule.kind,
        "address": None if schedule.kind == HTTP else schedule.address,  # a web address may hold a password
        "every": schedule.every,
        "format": schedule.format,
    }
    note(db, actor, what, now, details)
