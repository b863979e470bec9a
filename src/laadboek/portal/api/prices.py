"""The API's prices: what a kilowatt-hour costs at a site, and a file of prices. Millionths of the currency per kWh."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions import prices as actions
from ...actions.site_questions import ImportPrices
from ...rights import Right
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body
from .sites import TOPIC, mine

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["prices"])
Reads = Annotated[Visitor, api(Right.SITES_READ)]
Writes = Annotated[Visitor, api(Right.SITES_WRITE)]
FILE_MAX_CHARS = 2_000_000


class PriceAnswer(Answer):
    starts_at: datetime = Field(description="Of a quarter-hour")
    import_micro: int = Field(description="What a kWh costs, with everything in it")
    export_micro: int = Field(description="What feeding a kWh in brings")
    known: bool = Field(description="False: not published yet, or no row of the contract covers it; estimated")


class PriceListAnswer(Answer):
    currency: str
    time_zone: str
    source: str | None
    prices: list[PriceAnswer]


class FileBody(Body):
    file: str = Field(max_length=FILE_MAX_CHARS, description="The text of a CSV file; docs/prices.md says its form")


class ImportedAnswer(Answer):
    zone: str
    starts_at: datetime
    ends_at: datetime
    quarters: int
    doubtful: str | None = Field(description="What was odd about it, in a sentence")


@router.get("/sites/{site_id}/prices")
async def of_site(request: Request, visitor: Reads, site_id: str) -> PriceListAnswer:
    """Today and tomorrow by the account's clock, every quarter-hour."""
    desk = desk_of(request)
    now = desk.clock.now()
    found = await desk.read(partial(actions.price_list, actor=visitor.actor, site_id=site_id, now=now))
    return PriceListAnswer(
        currency=found.currency,
        time_zone=found.time_zone,
        source=found.source,
        prices=[
            PriceAnswer(
                starts_at=price.starts_at,
                import_micro=price.import_micro,
                export_micro=price.export_micro,
                known=price.known,
            )
            for price in found.prices
        ],
    )


@router.post("/sites/{site_id}/prices")
async def import_file(request: Request, visitor: Writes, site_id: str, body: FileBody) -> ImportedAnswer:
    """For a site whose `price_source` is `csv`. All of it or nothing; newer words on the same hours replace older."""
    await mine(request, visitor, site_id)
    wish = ImportPrices(actor=visitor.actor, site_id=site_id, text=body.file)
    done: actions.Imported = await desk_of(request).bus.request(TOPIC, wish)
    return ImportedAnswer(
        zone=done.zone,
        starts_at=done.starts_at,
        ends_at=done.ends_at,
        quarters=done.quarters,
        doubtful=None if done.doubtful is None else visitor.speech.sentence(done.doubtful),
    )
