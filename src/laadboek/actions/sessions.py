"""Charging sessions of a period, their totals, and the kind that somebody changes afterwards."""

from datetime import date, datetime

from msgspec import Struct

from ..energy import zones
from ..energy.zones import Period, Span
from ..facts import Kind
from ..reasons import Refused
from ..store import audit, session_queries
from ..store import sessions as stored
from ..store.connection import Connection
from ..store.session_queries import SessionRow
from .actor import Actor


class Wanted(Struct, frozen=True, kw_only=True):
    """The period around a local day. `kind` None: both."""

    span: Span
    day: date
    kind: Kind | None = None


class Totals(Struct, frozen=True, kw_only=True):
    """Of ended sessions. A running one counts when it has ended."""

    business_wh: int
    private_wh: int
    count: int
    running: int

    @property
    def total_wh(self) -> int:
        return self.business_wh + self.private_wh


class SessionList(Struct, frozen=True, kw_only=True):
    """`last_before` is the day of the last session before this period, for somebody who finds it empty."""

    wanted: Wanted
    period: Period
    sessions: list[SessionRow]
    totals: Totals
    last_before: date | None


class ChangeKind(Struct, frozen=True):
    session_id: str
    kind: Kind


def list_sessions(db: Connection, actor: Actor, wanted: Wanted) -> SessionList:
    """Oldest first."""
    period = zones.period(wanted.span, wanted.day, actor.time_zone)
    found = session_queries.started_between(db, actor.account_id, period.start, period.end, wanted.kind)
    before = None if found else session_queries.newest_start(db, actor.account_id, period.start)
    return SessionList(
        wanted=wanted,
        period=period,
        sessions=found,
        totals=totals_of(found),
        last_before=None if before is None else zones.local_day(before, actor.time_zone),
    )


def sessions_between(
    db: Connection, actor: Actor, first: date | None, last: date | None, kind: Kind | None
) -> list[SessionRow]:
    """Sessions that started on these local days, both included; an open end is open."""
    start = zones.FIRST_INSTANT if first is None else zones.start_of(first, actor.time_zone)
    end = zones.LAST_INSTANT if last is None else zones.start_of(last + zones.DAY, actor.time_zone)
    return session_queries.started_between(db, actor.account_id, start, end, kind)


def totals_of(found: list[SessionRow]) -> Totals:
    of_kind = {kind: sum(s.energy_wh or 0 for s in found if s.kind is kind) for kind in Kind}
    running = sum(s.ended_at is None for s in found)
    return Totals(
        business_wh=of_kind[Kind.BUSINESS],
        private_wh=of_kind[Kind.PRIVATE],
        count=len(found) - running,
        running=running,
    )


def one_session(db: Connection, actor: Actor, session_id: str) -> SessionRow:
    found = session_queries.one(db, actor.account_id, session_id)
    if found is None:
        raise Refused("session.unknown")
    return found


def change_kind(db: Connection, actor: Actor, change: ChangeKind, now: datetime) -> SessionRow:
    """A new ledger entry says so; the earlier ones stay. Statements follow it, routing never does (RULES §1)."""
    found = one_session(db, actor, change.session_id)
    if found.ended_at is None:
        raise Refused("session.running")
    if found.kind is change.kind:
        return found
    stored.change_kind(db, actor.account_id, found.session_id, change.kind.value, actor.name, now)
    details: dict[str, str | int | None] = {
        "session": found.session_id,
        "from": found.kind.value,
        "to": change.kind.value,
    }
    audit.append(db, actor.account_id, actor=actor.name, what="session.kind_changed", details=details, now=now)
    return one_session(db, actor, change.session_id)
