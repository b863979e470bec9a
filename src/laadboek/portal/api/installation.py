"""The API of the installation as a whole, for whoever runs it: the operator's token alone opens it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request

from ...reasons import Refused
from ...rights import Right
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, Answer

router = APIRouter(prefix="/api/v1/installation", responses=PROBLEMS, tags=["installation"])
Operates = Annotated[Visitor, api(Right.PLATFORM_WRITE)]


class RotatedAnswer(Answer):
    values: int


@router.post("/keys/rotate")
async def rotate_keys(request: Request, visitor: Operates) -> RotatedAnswer:
    """Make a new key, and seal every stored secret with it. `values`: how many were sealed anew."""
    if visitor.operator is None:
        raise Refused("operator.needed")
    rotated = await desk_of(request).bus.request("keys.rotate", None)
    return RotatedAnswer(values=rotated.values)
