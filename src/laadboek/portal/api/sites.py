"""The API's sites: fuses, meter, roof, contract, who stands where; and what goes on there now."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.requests import Request
from starlette.responses import Response

from ...actions import sites as actions
from ...actions.chargers import my_charger
from ...actions.scope import site_as_seen
from ...actions.site_questions import AddSite, ChangeSite, PlaceCharger, RemoveSite
from ...actions.sites import SiteChange, Standing
from ...reasons import Refused
from ...rights import Right
from ...secret import Secret
from ...store.connection import Connection
from ...store.sites import SiteRow
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["sites"])
Reads = Annotated[Visitor, api(Right.SITES_READ)]
Writes = Annotated[Visitor, api(Right.SITES_WRITE)]
TOPIC = "sites"
LIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As in docs/site.md: W, mA, Wh",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class SiteBody(Body):
    """What is left out stays as it is, or as it usually is."""

    name: str | None = Field(None, max_length=100)
    main_fuse_a: int | None = Field(None, ge=6, le=4000, description="Per phase; 0 amperes cannot be: leave it out")
    contract: str | None = Field(
        None, description="dynamic, all_in, fixed 0.28, day_night 0.31 0.27: prices of supply before taxes"
    )
    price_token: SecretStr | None = Field(None, description="Of the price source. Shown nowhere; empty: none any more")
    forecast_token: SecretStr | None = Field(
        None, description="Of the forecast source. Shown nowhere; empty: none any more"
    )
    config: dict[str, Any] = Field(
        {}, description="Any field of the site's configuration by name; docs/site.md names them"
    )


class PlaceBody(Body):
    site_id: str | None = Field(description="null: at none")
    circuit_id: str | None = None
    rotation: str | None = Field(None, description="The grid's phases on its L1, L2, L3: RST, STR, … or one: S")
    priority: int | None = Field(None, ge=-100, le=100, description="Higher first")


class SiteAnswer(Answer):
    id: str
    name: str
    config: dict[str, Any]
    has_price_token: bool
    has_forecast_token: bool
    chargers: list[str]
    created_at: datetime


class SitesAnswer(Answer):
    sites: list[SiteAnswer]


@router.get("/sites")
async def listed(request: Request, visitor: Reads) -> SitesAnswer:
    """In the order in which they were made."""

    def read(db: Connection) -> list[SiteAnswer]:
        return [answer(db, site) for site in actions.my_sites(db, visitor.actor)]

    return SitesAnswer(sites=await desk_of(request).read(read))


@router.post("/sites", status_code=HTTPStatus.CREATED)
async def add(request: Request, visitor: Writes, body: SiteBody) -> SiteAnswer:
    """Chargers stand there once they are placed."""
    wish = AddSite(actor=visitor.actor, wanted=wanted_of(body), **tokens_of(body))
    return await asked(request, visitor, wish)


@router.get("/sites/{site_id}")
async def one(request: Request, visitor: Reads, site_id: str) -> SiteAnswer:
    """What stands there, its fuse, roof and contract, without its tokens."""

    def read(db: Connection) -> SiteAnswer:
        return answer(db, actions.one_site(db, visitor.actor, site_id))

    return await desk_of(request).read(read)


@router.patch("/sites/{site_id}")
async def change(request: Request, visitor: Writes, site_id: str, body: SiteBody) -> SiteAnswer:
    """All of it or nothing; at once, also while cars charge."""
    await mine(request, visitor, site_id)
    wish = ChangeSite(actor=visitor.actor, site_id=site_id, wanted=wanted_of(body), **tokens_of(body))
    return await asked(request, visitor, wish)


@router.delete("/sites/{site_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove(request: Request, visitor: Writes, site_id: str) -> None:
    """Refused while a charger stands there."""
    await mine(request, visitor, site_id)
    await desk_of(request).bus.request(TOPIC, RemoveSite(actor=visitor.actor, site_id=site_id))


@router.get("/sites/{site_id}/live", responses=LIVE)
async def live(request: Request, visitor: Reads, site_id: str) -> Response:
    """What is measured there, what is free, who gets how much and why; with `now:read` also each car's plan."""
    await mine(request, visitor, site_id)
    value = desk_of(request).bus.latest(f"site.{site_id}.live")
    if value is None:
        raise Refused("site.no_live_value")
    return Response(msgspec.json.encode(site_as_seen(visitor.actor, value)), media_type="application/json")


@router.put("/chargers/{charger_id}/site", status_code=HTTPStatus.NO_CONTENT)
async def place(request: Request, visitor: Writes, charger_id: str, body: PlaceBody) -> None:
    """The charger stands there from now on."""
    desk = desk_of(request)
    await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    given = {name: value for name, value in body.model_dump(exclude={"site_id"}).items() if value is not None}
    wanted = Standing(site_id=body.site_id, **given)
    await desk.bus.request(TOPIC, PlaceCharger(actor=visitor.actor, charger_id=charger_id, wanted=wanted))


# --- parts ---


async def mine(request: Request, visitor: Visitor, site_id: str) -> None:
    await desk_of(request).read(partial(actions.one_site, actor=visitor.actor, site_id=site_id))


async def asked(request: Request, visitor: Visitor, wish: AddSite | ChangeSite) -> SiteAnswer:
    """The site as it is once that is done."""
    desk = desk_of(request)
    row: SiteRow = await desk.bus.request(TOPIC, wish)

    def read(db: Connection) -> SiteAnswer:
        return answer(db, actions.one_site(db, visitor.actor, row.public_id))

    return await desk.read(read)


def wanted_of(body: SiteBody) -> SiteChange:
    """What was given, for the action."""
    given = {name: getattr(body, name) for name in ("name", "main_fuse_a", "contract") if name in body.model_fields_set}
    return SiteChange(**given, config=body.config)


def tokens_of(body: SiteBody) -> dict[str, Any]:
    """What was given of the two tokens; an empty one: none any more."""
    fields = {"token": "price_token", "forecast_token": "forecast_token"}
    given = {name: getattr(body, field) for name, field in fields.items() if field in body.model_fields_set}
    texts = {name: "" if token is None else token.get_secret_value() for name, token in given.items()}
    return {name: Secret(text) if text else None for name, text in texts.items()}


def answer(db: Connection, site: SiteRow) -> SiteAnswer:
    return SiteAnswer(
        id=site.public_id,
        name=site.name,
        config=msgspec.to_builtins(site.config),
        has_price_token=site.secret is not None,
        has_forecast_token=site.forecast_secret is not None,
        chargers=actions.chargers_at(db, site),
        created_at=site.created_at,
    )
