"""What the address of a list of sessions asks for, and the addresses beside it."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request

from ...actions.periods import day_of, span_of
from ...actions.sessions import Wanted
from ...energy import zones
from ...energy.zones import Period, Span
from ...facts import Kind
from ...reasons import Refused
from ...store.session_queries import Cursor
from ..api.paging import numbers, sealed
from ..desk import Desk, desk_of
from ..visitor import Visitor

NOTHING = (0, 0)
ID_MOST = 40
LONG_BEFORE_US = 2**62  # no instant is before that: cursors are of digits only


class Asked(Struct, frozen=True, kw_only=True):
    """The query as it came."""

    period: str | None = None
    date: str | None = None
    kind: str | None = None
    driver: str | None = None
    charger: str | None = None
    after: str | None = None


def asked(
    period: Annotated[str | None, Query(description="`day` (the default), `week`, `month`, `year`")] = None,
    date: Annotated[str | None, Query(description="A local day of it, YYYY-MM-DD; left out: today")] = None,
    kind: Annotated[str | None, Query(description="`business` or `private`; left out: both")] = None,
    driver: Annotated[str | None, Query(max_length=ID_MOST, description="Only of this driver, `drv_…`")] = None,
    charger: Annotated[str | None, Query(max_length=ID_MOST, description="Only of this charger, `chg_…`")] = None,
    after: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
) -> Asked:
    """A dependency. An empty choice in a form is none."""
    return Asked(period=period, date=date, kind=kind, driver=driver or None, charger=charger or None, after=after)


def wanted_of(desk: Desk, visitor: Visitor, asked: Asked) -> Wanted:
    """In the reader's time zone."""
    today = visitor.speech.local_date(desk.clock.now())
    return Wanted(
        span=span_of(asked.period),
        day=day_of(asked.date, today),
        kind=kind_of(asked.kind) if asked.kind else None,
        driver=asked.driver,
        charger=asked.charger,
        after=cursor_of(asked.after) if asked.after else None,
    )


def wanted_by(request: Request, visitor: Visitor, asked: Asked) -> Wanted:
    return wanted_of(desk_of(request), visitor, asked)


def kind_of(kind: str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise Refused("kind.unknown", kind=kind) from None


def cursor_text(cursor: Cursor) -> str:
    return sealed(f"{cursor.started_us + LONG_BEFORE_US}.{cursor.row_id}")


def cursor_of(text: str) -> Cursor:
    started_us, row_id = numbers(text, NOTHING)
    return Cursor(started_us - LONG_BEFORE_US, row_id)


def query_of(wanted: Wanted, **more: str) -> dict[str, str]:
    chosen = {"kind": wanted.kind and wanted.kind.value, "driver": wanted.driver, "charger": wanted.charger}
    narrowed = {name: value for name, value in chosen.items() if value}
    return {"period": wanted.span.value, "date": wanted.day.isoformat(), **narrowed, **more}


def address(path: str, wanted: Wanted, **more: str) -> str:
    return f"{path}?{urlencode(query_of(wanted, **more))}"


class Links(Struct, frozen=True):
    """Addresses of the lists beside the one that is shown."""

    wanted: Wanted
    period: Period
    time_zone: str
    today: date

    @property
    def previous(self) -> str:
        return self.day(zones.earlier(self.period, self.time_zone).first)

    @property
    def following(self) -> str:
        return self.day(self.period.until)

    @property
    def now(self) -> str:
        return self.day(self.today)

    @property
    def is_now(self) -> bool:
        return self.period.first <= self.today < self.period.until

    def day(self, day: date) -> str:
        return address("/sessions", replace(self.wanted, day=day))

    def span(self, span: str) -> str:
        return address("/sessions", replace(self.wanted, span=Span(span)))

    def kind(self, kind: str | None) -> str:
        return address("/sessions", replace(self.wanted, kind=Kind(kind) if kind else None))

    def more(self, cursor: Cursor) -> str:
        return address("/sessions", self.wanted, after=cursor_text(cursor))

    def session(self, session_id: str) -> str:
        return address(f"/sessions/{session_id}", self.wanted)

    @property
    def newest(self) -> str:
        return address("/sessions", self.wanted)

    @property
    def whole(self) -> str:
        """Without the choice of driver and charger."""
        return address("/sessions", replace(self.wanted, driver=None, charger=None))

    def file(self, name: str) -> str:
        """`name`: csv, xlsx, pdf, json; machine: the other CSV."""
        if name == "machine":
            return address("/sessions.csv", self.wanted, dialect="machine")
        return address(f"/sessions.{name}", self.wanted)
