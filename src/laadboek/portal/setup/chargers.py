"""My chargers: a list that keeps itself fresh (C3, manual 4.3)."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ...rights import Right
from .. import rendering
from ..desk import desk_of
from ..policy import page
from ..visitor import Visitor
from . import ready
from .charger_cards import cards
from .drawing import draw

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.CHARGERS_READ)]


@router.get("/chargers")
async def my_chargers(request: Request, visitor: Reads) -> Response:
    values: dict[str, object] = {"cards": await cards(desk_of(request), visitor)}
    if rendering.is_fragment(request):
        return draw("chargers_part.html", visitor, request, values)
    checks = await ready.read(desk_of(request), visitor) if visitor.actor.may(Right.CHARGERS_WRITE) else ()
    values["open_checks"] = sum(not check.done for check in checks)
    return draw("chargers.html", visitor, request, values)
