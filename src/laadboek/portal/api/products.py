"""The API's chargers as things one has: add, name, test, remove, and what is known of each (C3)."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from ...actions import charge_points, charger_products, location
from ...actions.charger_products import NewCharger, Product
from ...actions.charger_products_questions import AddCharger, RemoveCharger, RenameCharger, TestCharger, Tested
from ...reasons import Reason
from ...rights import Right
from ..desk import desk_of
from ..policy import api
from ..setup.charge_point import tested_now
from ..visitor import Visitor
from .models import PROBLEMS, Answer, Body

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["products"])
Reads = Annotated[Visitor, api(Right.CHARGERS_READ)]
Writes = Annotated[Visitor, api(Right.CHARGERS_WRITE)]
TOPIC = "chargers"


class WhyAnswer(Answer):
    """A reason: `code` and `params` are stable, `text` is in the reader's language."""

    code: str
    params: dict[str, str | int]
    text: str


class NewChargerBody(Body):
    """A simulated charger. What is left out is as usual for its model."""

    name: str = Field(max_length=200)
    model: str = Field("laadboek", description="laadboek, or zappi")
    type_code: str | None = Field(None, description="Of a zappi: 2H22TB")
    serial_number: str | None = None
    firmware_version: str | None = None
    phases: int = Field(3, description="1 or 3")
    max_current_a: int = Field(32, description="Per phase")
    site_id: str | None = Field(None, description="Left out: the only location, if there is one")


class ChargerNameBody(Body):
    name: str = Field(max_length=200)


class ProductLinkAnswer(Answer):
    id: str
    charge_box_id: str
    lifecycle: str


class ProductAnswer(Answer):
    id: str
    name: str
    device: str
    connection: str = Field(description="simulated, cable, wifi or unknown")
    heard_at: datetime | None = Field(description="null: not since this program started")
    powered: bool | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    ocpp_possible: bool
    ocpp_obstacle: WhyAnswer | None
    site_id: str | None
    links: list[ProductLinkAnswer]


class ProductsAnswer(Answer):
    products: list[ProductAnswer]


class TestedAnswer(Answer):
    at: datetime
    heard: bool
    why: WhyAnswer


class LocationCheckAnswer(Answer):
    """`missing` empty: the location of the charger is complete."""

    complete: bool
    missing: list[WhyAnswer]


@router.get("/products")
async def listed(request: Request, visitor: Reads) -> ProductsAnswer:
    """The chargers that this home hosts, in the order in which they were added."""
    found = await desk_of(request).read(partial(charger_products.products, actor=visitor.actor))
    return ProductsAnswer(products=[answer(request, visitor, one) for one in found])


@router.post("/chargers", status_code=HTTPStatus.CREATED)
async def add(request: Request, visitor: Writes, body: NewChargerBody) -> ProductAnswer:
    """A simulated charger. One that speaks OCPP itself is registered as a charge point."""
    wanted = NewCharger(**body.model_dump())
    charger_id = await desk_of(request).bus.request(TOPIC, AddCharger(actor=visitor.actor, wanted=wanted))
    return await told(request, visitor, charger_id)


@router.get("/chargers/{charger_id}/product")
async def one(request: Request, visitor: Reads, charger_id: str) -> ProductAnswer:
    """Nameplate, connection, whether OCPP is possible and why not."""
    return await told(request, visitor, charger_id)


@router.patch("/chargers/{charger_id}/product")
async def rename(request: Request, visitor: Writes, charger_id: str, body: ChargerNameBody) -> ProductAnswer:
    """Name it anew."""
    await told(request, visitor, charger_id)
    question = RenameCharger(actor=visitor.actor, charger_id=charger_id, name=body.name)
    await desk_of(request).bus.request(TOPIC, question)
    return await told(request, visitor, charger_id)


@router.delete("/chargers/{charger_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove(request: Request, visitor: Writes, charger_id: str) -> None:
    """Its links end first. Refused while somebody charges there. Its sessions stay."""
    await told(request, visitor, charger_id)
    await desk_of(request).bus.request(TOPIC, RemoveCharger(actor=visitor.actor, charger_id=charger_id))


@router.post("/chargers/{charger_id}/test")
async def test(request: Request, visitor: Writes, charger_id: str) -> TestedAnswer:
    """Asks the charger now, and says what was heard."""
    await told(request, visitor, charger_id)
    question = TestCharger(actor=visitor.actor, charger_id=charger_id)
    return tested(visitor, await desk_of(request).bus.request(TOPIC, question))


@router.post("/charge-points/{charge_point}/test")
async def test_charge_point(request: Request, visitor: Writes, charge_point: str) -> TestedAnswer:
    """The same of a charger that speaks OCPP itself."""
    desk = desk_of(request)
    row = await desk.read(partial(charge_points.foreign_charge_point, actor=visitor.actor, name=charge_point))
    return tested(visitor, await tested_now(desk, visitor, row))


@router.get("/chargers/{charger_id}/location-check")
async def location_check(request: Request, visitor: Reads, charger_id: str) -> LocationCheckAnswer:
    """What its location lacks before the charger can be connected to a platform."""
    job = partial(location.missing_parts, actor=visitor.actor, charger_id=charger_id)
    missing = await desk_of(request).read(job)
    return LocationCheckAnswer(complete=not missing, missing=[why(visitor, reason) for reason in missing])


# --- parts ---


async def told(request: Request, visitor: Visitor, charger_id: str) -> ProductAnswer:
    job = partial(charger_products.product, actor=visitor.actor, charger_id=charger_id)
    return answer(request, visitor, await desk_of(request).read(job))


def answer(request: Request, visitor: Visitor, product: Product) -> ProductAnswer:
    live = desk_of(request).bus.latest(f"charger.{product.charger_id}.live")
    info = product.info
    return ProductAnswer(
        id=product.charger_id,
        name=product.name,
        device=product.device,
        connection=product.connection,
        heard_at=None if live is None else live.at,
        powered=None if live is None else live.powered,
        vendor=None if info is None else info.vendor,
        model=None if info is None else info.model,
        serial_number=None if info is None else info.serial_number,
        firmware_version=None if info is None else info.firmware_version,
        ocpp_possible=product.obstacle is None,
        ocpp_obstacle=None if product.obstacle is None else why(visitor, product.obstacle),
        site_id=product.site_id,
        links=[
            ProductLinkAnswer(id=link.public_id, charge_box_id=link.charge_box_id, lifecycle=link.lifecycle.value)
            for link in product.links
        ],
    )


def tested(visitor: Visitor, found: Tested) -> TestedAnswer:
    return TestedAnswer(at=found.at, heard=found.heard, why=why(visitor, found.why))


def why(visitor: Visitor, reason: Reason) -> WhyAnswer:
    return WhyAnswer(code=reason.code, params=reason.params, text=visitor.speech.sentence(reason))
