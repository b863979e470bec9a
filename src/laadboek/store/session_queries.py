"""Sessions as people look at them: by who may see them, period and choice, with the names of charger and driver."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from ..clock import from_us, to_us
from ..facts import Kind, Mode
from .connection import Connection, Row
from .session_scope import SessionScope

NOWHERE = 0  # the id of no charger


class SessionRow(Struct, frozen=True, kw_only=True):
    """One session. Energy and registers in Wh; those of the end are None while it runs."""

    session_id: str
    charger_id: str  # public id of the charger, or of the foreign charge point
    charger_name: str
    connector_id: int
    driver_id: str | None = None
    driver_name: str | None
    id_tag: str
    kind: Kind
    mode: Mode
    started_at: datetime
    ended_at: datetime | None
    start_register_wh: int
    end_register_wh: int | None
    energy_wh: int | None
    reason: str | None
    hosted: bool = True  # False: of a foreign charge point; who charged is known by id tag only
    sun_wh: int | None = None  # of its energy, what the own roof gave; None: nobody measured
    cost_micro: int | None = None  # None: no price was known when it ended
    currency: str | None = None
    odometer_km: int | None = None
    flags: tuple[str, ...] = ()

    @property
    def grid_wh(self) -> int | None:
        return None if self.energy_wh is None or self.sun_wh is None else self.energy_wh - self.sun_wh


class ChargerName(Struct, frozen=True, kw_only=True):
    """A charger as the portal lists it. `device_config` is the driver's own JSON."""

    charger_id: str
    name: str
    device: str
    device_config: str


class Choice(Struct, frozen=True, kw_only=True):
    """What a list is narrowed to. None: whatever there is."""

    kind: Kind | None = None
    driver_id: str | None = None
    charger_id: str | None = None  # public; also of a foreign charge point


class Cursor(Struct, frozen=True, gc=False):
    """The place of a row in a list."""

    started_us: int
    row_id: int


class Sum(Struct, frozen=True, kw_only=True, gc=False):
    """Of the sessions of one kind that started in one slot, priced in one currency (None: without a price)."""

    slot: int
    kind: Kind
    currency: str | None
    count: int  # that ended
    running: int
    energy_wh: int
    sun_wh: int
    measured_wh: int  # the energy of those whose sun is known
    cost_micro: int


ALL = Choice()
# A row as it is read; `session` makes a SessionRow of it. Files are written from rows: there are many.
FIELDS = (
    "s.started_at, s.id, s.public_id, COALESCE(c.public_id, p.public_id), COALESCE(c.name, p.charge_box_id),"
    " s.connector_id, s.driver_id, s.driver_name, s.id_tag, s.kind, s.mode, s.ended_at, s.start_register_wh,"
    " s.end_register_wh, s.energy_wh, s.reason, s.charger_id IS NOT NULL, s.odometer_km, s.flags"
)
OF_THE_HOME, HIDDEN = "s.sun_wh, s.cost_micro, s.currency", "NULL, NULL, NULL"
FROM = (
    " FROM sessions s"
    " LEFT JOIN chargers c ON c.id = s.charger_id AND c.account_id = s.account_id"
    " LEFT JOIN charge_points p ON p.id = s.charge_point_id AND p.account_id = s.account_id"
)


def started_between(
    db: Connection, scope: SessionScope, start: datetime, end: datetime, kind: Kind | None = None
) -> list[SessionRow]:
    """Sessions with start ≤ their start < end, oldest first. For few: `page` is for many."""
    where, params = _where(db, scope, start, end, Choice(kind=kind))
    return [session(row) for row in db.rows(f"{select(scope)} WHERE {where} ORDER BY s.started_at, s.id", params)]


def page(
    db: Connection,
    scope: SessionScope,
    start: datetime,
    end: datetime,
    choice: Choice = ALL,
    *,
    after: Cursor | None = None,
    limit: int,
    newest_first: bool = False,
) -> tuple[list[SessionRow], Cursor | None]:
    """At most `limit` of them, those behind `after`; and the cursor of the next page, if there is one."""
    rows, following = raw_page(db, scope, start, end, choice, after=after, limit=limit, newest_first=newest_first)
    return [session(row) for row in rows], following


def raw_page(
    db: Connection,
    scope: SessionScope,
    start: datetime,
    end: datetime,
    choice: Choice = ALL,
    *,
    after: Cursor | None = None,
    limit: int,
    newest_first: bool = False,
) -> tuple[list[Row], Cursor | None]:
    """`page` as rows of FIELDS. Pages instead of an open cursor: a slow download holds no transaction open."""
    where, params = _where(db, scope, start, end, choice)
    beyond, order = ("<", " DESC") if newest_first else (">", "")
    if after is not None:
        where += f" AND s.started_at {beyond}= ? AND (s.started_at {beyond} ? OR s.id {beyond} ?)"
        params += [after.started_us, after.started_us, after.row_id]
    sql = f"{select(scope)} WHERE {where} ORDER BY s.started_at{order}, s.id{order} LIMIT ?"
    rows = db.rows(sql, [*params, limit + 1])
    following = Cursor(*rows[limit - 1][:2]) if len(rows) > limit else None
    return rows[:limit], following


def select(scope: SessionScope) -> str:
    """What is of the home stays at home."""
    return f"SELECT {FIELDS}, {OF_THE_HOME if scope.home else HIDDEN}{FROM}"


# A foreign charge point may report whatever fits 64 bits; added up in two parts, a few of these still do.
SPLIT_WH = 1_000_000_000


def sums(
    db: Connection, scope: SessionScope, slots: Sequence[tuple[datetime, datetime]], choice: Choice = ALL
) -> list[Sum]:
    """Added up by slot, kind and currency, from the index alone."""
    sql, params = sums_statement(db, scope, slots, choice)
    return [_sum(row, scope) for row in db.rows(sql, params)]


def sums_statement(
    db: Connection, scope: SessionScope, slots: Sequence[tuple[datetime, datetime]], choice: Choice = ALL
) -> tuple[str, list[object]]:
    """Its SQL and values: a test looks at how it is carried out."""
    condition, params = scope.where("s")
    narrowed, more = _narrowed(db, scope, choice)
    listed: list[object] = []
    for number, (start, end) in enumerate(slots):
        listed += [number, to_us(start), to_us(end)]
    sql = (
        f"WITH slots (number, starts_at, ends_at) AS (VALUES {', '.join(['(?, ?, ?)'] * len(slots))})"
        " SELECT slots.number, s.kind, s.currency, COUNT(s.ended_at), COUNT(*),"
        f" SUM(s.energy_wh / {SPLIT_WH}), SUM(s.energy_wh % {SPLIT_WH}), SUM(s.sun_wh),"
        " SUM(CASE WHEN s.sun_wh IS NULL THEN 0 ELSE s.energy_wh END), SUM(s.cost_micro)"
        " FROM slots CROSS JOIN sessions s"
        f" WHERE {condition} AND s.started_at >= slots.starts_at AND s.started_at < slots.ends_at{narrowed}"
        " GROUP BY slots.number, s.kind, s.currency ORDER BY slots.number, s.kind, s.currency"
    )
    return sql, [*listed, *params, *more]


def one(db: Connection, scope: SessionScope, session_id: str) -> SessionRow | None:
    condition, params = scope.where("s")
    row = db.row(f"{select(scope)} WHERE {condition} AND s.public_id = ?", [*params, session_id])
    return None if row is None else session(row)


def newest_start(db: Connection, scope: SessionScope, before: datetime, *, running: bool = False) -> datetime | None:
    """When the last session before this instant started: an empty page can point there. `running`: that still runs."""
    condition, params = scope.where()
    condition += " AND ended_at IS NULL" if running else ""
    row = db.row(f"SELECT MAX(started_at) FROM sessions WHERE {condition} AND started_at < ?", [*params, to_us(before)])
    return None if row is None or row[0] is None else from_us(row[0])


def odometers_around(db: Connection, account_id: int, session: SessionRow) -> tuple[int | None, int | None]:
    """What the same driver wrote down last before this session, and first after it."""
    who, value = ("driver_id", session.driver_id) if session.driver_id else ("id_tag", session.id_tag)
    found = []
    for beyond, order in (("<", "DESC"), (">", "ASC")):
        row = db.row(
            f"SELECT odometer_km FROM sessions WHERE account_id = ? AND {who} = ? AND odometer_km IS NOT NULL"
            f" AND started_at {beyond} ? ORDER BY started_at {order} LIMIT 1",
            (account_id, value, to_us(session.started_at)),
        )
        found.append(None if row is None else int(row[0]))
    return found[0], found[1]


def chargers(db: Connection, account_id: int) -> list[ChargerName]:
    """The account's own chargers, in the order they were added."""
    rows = db.rows(
        "SELECT public_id, name, device, device_config FROM chargers"
        " WHERE account_id = ? AND removed_at IS NULL ORDER BY id",
        (account_id,),
    )
    return [ChargerName(charger_id=row[0], name=row[1], device=row[2], device_config=row[3]) for row in rows]


def where_charged(db: Connection, scope: SessionScope) -> list[tuple[str, str]]:
    """Public id and name of each charger and foreign charge point of the account, also of those that are gone."""
    return [
        (row[0], row[1])
        for row in db.rows(
            "SELECT public_id, name FROM chargers WHERE account_id = ?"
            " UNION ALL SELECT p.public_id, p.charge_box_id FROM charge_points AS p WHERE p.account_id = ?"
            " AND EXISTS (SELECT 1 FROM sessions AS s WHERE s.charge_point_id = p.id) ORDER BY 2, 1",
            (scope.account_id, scope.account_id),
        )
    ]


def who_charged(db: Connection, scope: SessionScope) -> list[tuple[str, str]]:
    """Public id and name of each driver whom somebody may ask about."""
    rows = db.rows("SELECT public_id, name FROM drivers WHERE account_id = ? ORDER BY name, id", (scope.account_id,))
    return [(row[0], row[1]) for row in rows if scope.drivers is None or row[0] in scope.drivers]


def _where(
    db: Connection, scope: SessionScope, start: datetime, end: datetime, choice: Choice
) -> tuple[str, list[object]]:
    condition, params = scope.where("s")
    narrowed, more = _narrowed(db, scope, choice)
    return f"{condition} AND s.started_at >= ? AND s.started_at < ?{narrowed}", [
        *params,
        to_us(start),
        to_us(end),
        *more,
    ]


def _narrowed(db: Connection, scope: SessionScope, choice: Choice) -> tuple[str, list[object]]:
    sql, params = "", list[object]()
    if choice.kind is not None:
        sql += " AND s.kind = ?"
        params.append(choice.kind.value)
    if choice.driver_id is not None:
        sql += " AND s.driver_id = ?"
        params.append(choice.driver_id)
    if choice.charger_id is not None:
        column, row_id = _charger(db, scope, choice.charger_id)
        sql += f" AND s.{column} = ?"
        params.append(row_id)
    return sql, params


def _charger(db: Connection, scope: SessionScope, charger_id: str) -> tuple[str, int]:
    for table, column in (("chargers", "charger_id"), ("charge_points", "charge_point_id")):
        found = db.row(f"SELECT id FROM {table} WHERE account_id = ? AND public_id = ?", (scope.account_id, charger_id))
        if found is not None:
            return column, found[0]
    return "charger_id", NOWHERE


def _sum(row: Row, scope: SessionScope) -> Sum:
    number, kind, currency, count, every, giga, rest, sun_wh, measured_wh, cost_micro = row
    return Sum(
        slot=number,
        kind=Kind(kind),
        currency=currency if scope.home else None,
        count=count,
        running=every - count,
        energy_wh=int(giga or 0) * SPLIT_WH + int(rest or 0),
        sun_wh=int(sun_wh or 0) if scope.home else 0,
        measured_wh=int(measured_wh or 0) if scope.home else 0,
        cost_micro=int(cost_micro or 0) if scope.home else 0,
    )


def session(row: Row) -> SessionRow:
    (
        started_us, _, session_id, charger_id, charger_name, connector_id, driver_id, driver_name, id_tag, kind, mode,
        ended_us, start_wh, end_wh, energy_wh, reason, hosted, odometer_km, flags, sun_wh, cost_micro, currency,
    ) = row  # fmt: skip
    return SessionRow(
        session_id=session_id,
        charger_id=charger_id,
        charger_name=charger_name,
        connector_id=connector_id,
        driver_id=driver_id,
        driver_name=driver_name,
        id_tag=id_tag,
        kind=Kind(kind),
        mode=Mode(mode),
        started_at=from_us(started_us),
        ended_at=None if ended_us is None else from_us(ended_us),
        start_register_wh=start_wh,
        end_register_wh=end_wh,
        energy_wh=energy_wh,
        reason=reason,
        hosted=bool(hosted),
        sun_wh=sun_wh,
        cost_micro=cost_micro,
        currency=currency,
        odometer_km=odometer_km,
        flags=tuple(flags.split()) if flags else (),
    )


def raw(of: SessionRow) -> Row:
    """The row that `session` makes this of; its id is unknown."""
    return (
        to_us(of.started_at), 0, of.session_id, of.charger_id, of.charger_name, of.connector_id, of.driver_id,
        of.driver_name, of.id_tag, of.kind.value, of.mode.value, None if of.ended_at is None else to_us(of.ended_at),
        of.start_register_wh, of.end_register_wh, of.energy_wh, of.reason, of.hosted, of.odometer_km,
        " ".join(of.flags) or None, of.sun_wh, of.cost_micro, of.currency,
    )  # fmt: skip


def author(db: Connection, public_id: str) -> str | None:
    """The name of the person who wrote a ledger entry; None: it was no person, or one who is gone."""
    row = db.row("SELECT name FROM users WHERE public_id = ?", (public_id,))
    return None if row is None else str(row[0])
