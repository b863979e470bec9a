"""The API's past: what cars took, what house, roof and grid did, and what a kilowatt-hour cost (C7, C10)."""

from datetime import date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from ...actions import history
from ...actions.history import Past, WantedPast
from ...actions.periods import day_of, span_of
from ...energy.zones import Span
from ...rights import Right
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["history"])
Reads = Annotated[Visitor, api(Right.SESSIONS_READ)]  # what the past cost and took is in its sessions


class PowerAnswer(Answer):
    """Averages of a quarter-hour, in W; null: nobody measured it, or it is not remembered any more."""

    starts_at: datetime
    car_w: int
    house_w: int | None
    sun_w: int | None
    grid_w: int | None = Field(description="+ import, - export")


class EnergyAnswer(Answer):
    """Of a day, or of a month of a year."""

    first: date
    energy_wh: int
    sun_wh: int = Field(description="The part that the own roof is known to have given")


class DayPriceAnswer(Answer):
    starts_at: datetime
    import_micro: int = Field(description="Per kWh, all-in, in millionths of the currency")
    known: bool


class CostAnswer(Answer):
    currency: str
    micro: int = Field(description="Of sessions that ended in the period, as fixed when they ended")


class HistoryAnswer(Answer):
    period: Span
    starts_at: datetime
    ends_at: datetime
    site_id: str | None
    currency: str
    energy_wh: int = Field(description="Into cars")
    sun_wh: int | None
    costs: list[CostAnswer]
    power: list[PowerAnswer] = Field(description="Of a day")
    energy: list[EnergyAnswer] = Field(description="Of a week, month or year")
    prices: list[DayPriceAnswer] = Field(description="Of a day")


@router.get("/history")
async def past(
    request: Request,
    visitor: Reads,
    period: Annotated[str | None, Query(description="day, week, month or year; left out: day")] = None,
    date: Annotated[str | None, Query(description="A local day in the period; left out: today")] = None,
    site_id: Annotated[str | None, Query(description="Left out: the first site")] = None,
) -> HistoryAnswer:
    """House and roof, told with `now:read`, are remembered for seven days; what cars took as long as their sessions."""
    desk = desk_of(request)
    now = desk.clock.now()
    day = day_of(date, visitor.speech.local_date(now))
    wanted = WantedPast(span=span_of(period), day=day, site_id=site_id)
    return answer(await desk.read(partial(history.past, actor=visitor.actor, wanted=wanted, now=now)))


def answer(found: Past) -> HistoryAnswer:
    return HistoryAnswer(
        period=found.period.span,
        starts_at=found.period.start,
        ends_at=found.period.end,
        site_id=None if found.site is None else found.site.public_id,
        currency=found.currency,
        energy_wh=found.energy_wh,
        sun_wh=found.sun_wh,
        costs=[CostAnswer(currency=currency, micro=micro) for currency, micro in sorted(found.cost_micro.items())],
        power=[
            PowerAnswer(
                starts_at=one.starts_at, car_w=one.car_w, house_w=one.house_w, sun_w=one.sun_w, grid_w=one.grid_w
            )
            for one in found.quarters
        ],
        energy=[EnergyAnswer(first=one.first, energy_wh=one.energy_wh, sun_wh=one.sun_wh) for one in found.slots],
        prices=[
            DayPriceAnswer(starts_at=one.starts_at, import_micro=one.import_micro, known=one.known)
            for one in found.prices
        ],
    )
