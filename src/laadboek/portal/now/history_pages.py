"""The past in pictures (C7): a day's power and prices, the energy of a week, month or year; each also as a table."""

from datetime import date, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from ...actions import history
from ...actions.history import Past, WantedPast
from ...actions.periods import day_of, span_of
from ...energy import zones
from ...energy.zones import Period, Span
from ...rights import Right
from .. import rendering
from ..desk import desk_of
from ..policy import page
from ..visitor import Visitor
from .history_view import HEIGHT, WIDTH, energy_picture, power_picture
from .price_view import PricePicture, price_picture

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.SESSIONS_READ)]  # what the past cost and took is in its sessions


class Links(Struct, frozen=True):
    """Addresses of the pages beside the one that is shown."""

    wanted: WantedPast
    period: Period
    time_zone: str
    today: date

    @property
    def previous(self) -> str:
        return address(replace(self.wanted, day=zones.earlier(self.period, self.time_zone).first))

    @property
    def following(self) -> str:
        return address(replace(self.wanted, day=self.period.until))

    @property
    def now(self) -> str:
        return address(replace(self.wanted, day=self.today))

    @property
    def is_now(self) -> bool:
        return self.period.first <= self.today < self.period.until

    def span(self, span: str) -> str:
        return address(replace(self.wanted, span=Span(span)))

    def site(self, site_id: str) -> str:
        return address(replace(self.wanted, site_id=site_id))


def address(wanted: WantedPast) -> str:
    query = {"period": wanted.span.value, "date": wanted.day.isoformat()}
    return "/history?" + urlencode(query | ({"site": wanted.site_id} if wanted.site_id else {}))


@router.get("/history")
async def history_page(
    request: Request, visitor: Reads, period: str | None = None, date: str | None = None, site: str | None = None
) -> Response:
    desk, speech = desk_of(request), visitor.speech
    now = desk.clock.now()
    today = speech.local_date(now)
    wanted = WantedPast(span=span_of(period), day=day_of(date, today), site_id=site)
    found = await desk.read(partial(history.past, actor=visitor.actor, wanted=wanted, now=now))
    values = {
        "found": found,
        "wanted": wanted,
        "links": Links(wanted, found.period, speech.time_zone, today),
        "power": power_picture(found.quarters, found.period, speech) if found.quarters else None,
        "energy": energy_picture(found.slots, wanted.span, speech),
        "picture": prices_of(found, visitor),
        "remembered": today - found.period.first < timedelta(days=8),
        "sees_house": visitor.actor.may(Right.NOW_READ),
        "size": (WIDTH, HEIGHT),
        "money": [speech.money(micro, currency) for currency, micro in sorted(found.cost_micro.items())],
    }
    return rendering.page("now/history.html", visitor, request, values)


def prices_of(found: Past, visitor: Visitor) -> PricePicture | None:
    """The day as a whole, without a line of now."""
    if not found.prices:
        return None
    at = found.prices[0].starts_at
    return price_picture(found.prices, None, found.currency, visitor.speech, at)
