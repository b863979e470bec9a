"""Charging sessions of a period: the rows, what they add up to, and what somebody changes afterwards (C6, manual 5)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct

from ..energy import zones
from ..energy.zones import Period, Span
from ..facts import Kind
from ..reasons import Refused
from ..store import session_queries
from ..store import sessions as stored
from ..store.connection import Connection, Row
from ..store.session_queries import ALL, Choice, Cursor, SessionRow, Sum
from .actor import Actor
from .scope import visible
from .session_slots import Slot, slots_of
from .trail import note

ROWS = 100  # on a page
STREAMED = 1_000  # rows that a file is written from at a time
ODOMETER_MAX_KM = 9_999_999


class Wanted(Struct, frozen=True, kw_only=True):
    """The period around a local day. `kind`, `driver`, `charger` None: all of them."""

    span: Span
    day: date
    kind: Kind | None = None
    driver: str | None = None  # drv_
    charger: str | None = None  # chg_, or of a foreign charge point
    after: Cursor | None = None  # the rows behind this one: a longer list goes on there

    @property
    def choice(self) -> Choice:
        return Choice(kind=self.kind, driver_id=self.driver, charger_id=self.charger)


class Totals(Struct, frozen=True, kw_only=True):
    """Of ended sessions. A running one counts when it has ended."""

    business_wh: int
    private_wh: int
    count: int
    running: int
    sun_wh: int = 0
    measured_wh: int = 0  # the energy of those whose sun is known
    costs_micro: tuple[tuple[str, int], ...] = ()  # by currency
    unpriced: int = 0  # how many have no known cost

    @property
    def total_wh(self) -> int:
        return self.business_wh + self.private_wh

    @property
    def grid_wh(self) -> int:
        """Of what was measured."""
        return self.measured_wh - self.sun_wh


class SessionList(Struct, frozen=True, kw_only=True):
    """`sessions`: a page of them. `last_before`: the day of the last session before an empty period."""

    wanted: Wanted
    period: Period
    sessions: list[SessionRow]
    following: Cursor | None
    slots: tuple[Slot, ...]
    sums: list[Sum]
    totals: Totals
    last_before: date | None
    running_before: date | None = None  # the day of one that began before the empty period and still runs
    drivers: list[tuple[str, str]] = []
    chargers: list[tuple[str, str]] = []


class ChangeKind(Struct, frozen=True):
    session_id: str
    kind: Kind


class WriteOdometer(Struct, frozen=True, kw_only=True):
    """`sure`: although it does not fit what the same driver wrote down before or after. None takes it away."""

    session_id: str
    odometer_km: int | None
    sure: bool = False


def list_sessions(
    db: Connection, actor: Actor, wanted: Wanted, limit: int = ROWS, *, newest_first: bool = True
) -> SessionList:
    """One page of the period's rows, and all of its sums."""
    period, scope = zones.period(wanted.span, wanted.day, actor.time_zone), visible(actor)
    slots = slots_of(period, actor.time_zone)
    found, following = session_queries.page(
        db, scope, period.start, period.end, wanted.choice, after=wanted.after, limit=limit, newest_first=newest_first
    )
    sums = session_queries.sums(db, scope, [(slot.start, slot.end) for slot in slots], wanted.choice)
    before = None if found else session_queries.newest_start(db, scope, period.start)
    running = None if found else session_queries.newest_start(db, scope, period.start, running=True)
    return SessionList(
        wanted=wanted,
        period=period,
        sessions=found,
        following=following,
        slots=slots,
        sums=sums,
        totals=totals_of(sums),
        last_before=None if before is None else zones.local_day(before, actor.time_zone),
        running_before=None if running is None else zones.local_day(running, actor.time_zone),
        drivers=session_queries.who_charged(db, scope),
        chargers=session_queries.where_charged(db, scope),
    )


def totals_of(sums: Sequence[Sum]) -> Totals:
    of_kind = {kind: sum(one.energy_wh for one in sums if one.kind is kind) for kind in Kind}
    costs: dict[str, int] = {}
    for one in sums:
        if one.currency is not None:
            costs[one.currency] = costs.get(one.currency, 0) + one.cost_micro
    return Totals(
        business_wh=of_kind[Kind.BUSINESS],
        private_wh=of_kind[Kind.PRIVATE],
        count=sum(one.count for one in sums),
        running=sum(one.running for one in sums),
        sun_wh=sum(one.sun_wh for one in sums),
        measured_wh=sum(one.measured_wh for one in sums),
        costs_micro=tuple(sorted(costs.items())),
        unpriced=sum(one.count for one in sums if one.currency is None),
    )


def totals_between(db: Connection, actor: Actor, start: datetime, end: datetime, choice: Choice = ALL) -> Totals:
    return totals_of(session_queries.sums(db, visible(actor), [(start, end)], choice))


def instants(first: date | None, last: date | None, time_zone: str) -> tuple[datetime, datetime]:
    """Local days, both included, as instants; an open end is open."""
    start = zones.FIRST_INSTANT if first is None else zones.start_of(first, time_zone)
    end = zones.LAST_INSTANT if last is None else zones.start_of(last + zones.DAY, time_zone)
    return start, end


def rows_between(
    db: Connection, actor: Actor, start: datetime, end: datetime, choice: Choice = ALL
) -> Iterator[SessionRow]:
    """Oldest first, some at a time: however many there are, few are held."""
    for rows in pages_between(db, actor, start, end, choice):
        yield from map(session_queries.session, rows)


def pages_between(
    db: Connection, actor: Actor, start: datetime, end: datetime, choice: Choice = ALL
) -> Iterator[list[Row]]:
    """As rows of `session_queries.FIELDS`, oldest first; the last page may be empty."""
    after: Cursor | None = None
    while True:
        rows, after = page_between(db, actor, start, end, choice, after)
        yield rows
        if after is None:
            return


def page_between(
    db: Connection,
    actor: Actor,
    start: datetime,
    end: datetime,
    choice: Choice = ALL,
    after: Cursor | None = None,
) -> tuple[list[Row], Cursor | None]:
    """One of these pages, and where the next begins."""
    return session_queries.raw_page(db, visible(actor), start, end, choice, after=after, limit=STREAMED)


def one_session(db: Connection, actor: Actor, session_id: str) -> SessionRow:
    found = session_queries.one(db, visible(actor), session_id)
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
    note(db, actor, "session.kind_changed", now, details)
    return one_session(db, actor, change.session_id)


def write_odometer(db: Connection, actor: Actor, change: WriteOdometer, now: datetime) -> SessionRow:
    """Of a business session that has ended: a new ledger entry. Who drives less than nothing is asked again."""
    found, km = one_session(db, actor, change.session_id), change.odometer_km
    if found.ended_at is None:
        raise Refused("session.running")
    if km is not None:
        if found.kind is not Kind.BUSINESS:
            raise Refused("odometer.private")
        if not 0 <= km <= ODOMETER_MAX_KM:
            raise Refused("odometer.bad_value", most_km=ODOMETER_MAX_KM)
        if not change.sure:
            _plausible(db, actor, found, km)
    seq = stored.write_odometer(db, actor.account_id, found.session_id, km, actor.name, now)
    if seq is None:
        return found
    details: dict[str, str | int | None] = {"session": found.session_id, "from": found.odometer_km, "to": km}
    note(db, actor, "session.odometer_written", now, details)
    return one_session(db, actor, change.session_id)


def _plausible(db: Connection, actor: Actor, session: SessionRow, km: int) -> None:
    before_km, after_km = session_queries.odometers_around(db, actor.account_id, session)
    if before_km is not None and km < before_km:
        raise Refused("odometer.lower", written_km=km, known_km=before_km)
    if after_km is not None and km > after_km:
        raise Refused("odometer.higher", written_km=km, known_km=after_km)
