"""The HTTP API: what the pages show, as JSON. Errors are problem+json; for whoever is signed in, or the operator."""

from datetime import date as Date
from functools import partial

import msgspec
from fastapi import APIRouter
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ..actions.chargers import my_charger
from ..live import LiveCharger
from ..reasons import Refused
from ..store.session_queries import SessionRow
from .desk import desk_of
from .now_pages import live_topic
from .operator import SomebodyOrOperator
from .sessions_pages import listed, wanted_of

router = APIRouter(prefix="/api/v1")


class SessionsAnswer(Struct, frozen=True, kw_only=True):
    """Sessions that started on the local days from `first` up to but without `until`, oldest first. Energy in Wh."""

    first: Date
    until: Date
    time_zone: str
    business_wh: int
    private_wh: int
    sessions: list[SessionRow]


@router.get("/sessions")
async def sessions(
    request: Request,
    visitor: SomebodyOrOperator,
    period: str | None = None,
    date: str | None = None,
    kind: str | None = None,
) -> Response:
    """Charging sessions of a `day` (default: today), `week`, `month` or `year`; `kind`: `business` or `private`."""
    found = await listed(desk_of(request), visitor, wanted_of(desk_of(request), visitor, period, date, kind))
    return _json(
        SessionsAnswer(
            first=found.period.first,
            until=found.period.until,
            time_zone=visitor.actor.time_zone,
            business_wh=found.totals.business_wh,
            private_wh=found.totals.private_wh,
            sessions=found.sessions,
        )
    )


@router.get("/chargers/{charger_id}/live")
async def live(request: Request, visitor: SomebodyOrOperator, charger_id: str) -> Response:
    """What one charger does now: W, mA, Wh, and why."""
    desk = desk_of(request)
    await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    value: LiveCharger | None = desk.bus.latest(live_topic(charger_id))
    if value is None:
        raise Refused("charger.no_live_value")
    return _json(value)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
