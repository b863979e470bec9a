"""Charging sessions of a period: the list with its totals, the kind of each, the files."""

from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ..actions import sessions
from ..actions.export import Dialect, Reader, csv_file
from ..actions.periods import day_of, span_of
from ..actions.sessions import ChangeKind, SessionList, Wanted
from ..energy import zones
from ..energy.zones import Period, Span
from ..facts import Kind
from ..reasons import Refused
from . import pages, texts
from .chart import chart_of
from .desk import Desk, desk_of
from .visitor import Somebody, Visitor

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=100)]


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

    def file(self, dialect: str) -> str:
        return address("/sessions.csv", self.wanted, dialect=dialect)


def address(path: str, wanted: Wanted, **more: str) -> str:
    query = {"period": wanted.span.value, "date": wanted.day.isoformat()}
    kind = {"kind": wanted.kind.value} if wanted.kind else {}
    return f"{path}?{urlencode(query | kind | more)}"


def wanted_of(desk: Desk, visitor: Visitor, period: str | None, day: str | None, kind: str | None) -> Wanted:
    """What the address asks for, in the reader's time zone."""
    today = visitor.speech.local_date(desk.clock.now())
    return Wanted(span=span_of(period), day=day_of(day, today), kind=kind_of(kind) if kind else None)


def kind_of(kind: str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise Refused("kind.unknown", kind=kind) from None


async def listed(desk: Desk, visitor: Visitor, wanted: Wanted) -> SessionList:
    return await desk.read(partial(sessions.list_sessions, actor=visitor.actor, wanted=wanted))


def values_of(desk: Desk, visitor: Visitor, found: SessionList) -> dict[str, object]:
    """What the template of the list needs."""
    speech = visitor.speech
    return {
        "found": found,
        "links": Links(found.wanted, found.period, speech.time_zone, speech.local_date(desk.clock.now())),
        "chart": chart_of(found.period, found.sessions, speech),
    }


@router.get("/sessions")
async def sessions_page(
    request: Request, visitor: Somebody, period: str | None = None, date: str | None = None, kind: str | None = None
) -> Response:
    desk = desk_of(request)
    found = await listed(desk, visitor, wanted_of(desk, visitor, period, date, kind))
    return pages.page("sessions.html", visitor, request, values_of(desk, visitor, found))


@router.get("/sessions.csv")
async def sessions_file(
    request: Request,
    visitor: Somebody,
    period: str | None = None,
    date: str | None = None,
    kind: str | None = None,
    dialect: str = Dialect.BOOKKEEPER,
) -> Response:
    if dialect not in list(Dialect):
        raise Refused("dialect.unknown", dialect=dialect)
    desk, speech = desk_of(request), visitor.speech
    wanted = wanted_of(desk, visitor, period, date, kind)
    found = await listed(desk, visitor, wanted)
    reader = Reader(
        dialect=Dialect(dialect),
        language=speech.language,
        time_zone=speech.time_zone,
        words=partial(speech.word, texts.CSV_WORDS),
    )
    name = f"{speech.say(texts.FILE_NAME)}-{found.period.first}-{wanted.span}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_file(found.sessions, reader), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/sessions/{session_id}/kind")
async def kind_form(
    request: Request,
    visitor: Somebody,
    session_id: str,
    kind: Text,
    period: Text = Span.DAY,
    date: Text = "",
    filter: Text = "",
) -> Response:
    """Change it, and answer with the list the button was on."""
    desk, chosen = desk_of(request), ChangeKind(session_id, kind_of(kind))
    wanted = wanted_of(desk, visitor, period, date, filter or None)
    before = await desk.read(partial(sessions.one_session, actor=visitor.actor, session_id=session_id))
    change = partial(sessions.change_kind, actor=visitor.actor, change=chosen, now=desk.clock.now())
    await desk.write(before.charger_id, change)
    if not pages.is_fragment(request):
        return RedirectResponse(address("/sessions", wanted), HTTPStatus.SEE_OTHER)
    values = values_of(desk, visitor, await listed(desk, visitor, wanted))
    said = visitor.speech.say(texts.DONE["kind"], kind=visitor.speech.word(texts.KINDS, chosen.kind))
    return pages.page("sessions_changed.html", visitor, request, {**values, "said": said})
