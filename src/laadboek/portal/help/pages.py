"""/help: the topics; /help/{topic}: one of them (C9; manual 6). Open to everybody."""

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ...reasons import Refused
from .. import rendering
from ..desk import desk_of
from ..visitor import Anybody
from .topics import TOPICS, found, topic

router = APIRouter(prefix="/help", include_in_schema=False)


@router.get("")
async def index(request: Request, visitor: Anybody, q: str = Query("", max_length=100)) -> Response:
    values = {"wanted": q, "topics": found(visitor.speech.language, q), "support": desk_of(request).settings}
    return rendering.page("help/index.html", visitor, request, values)


@router.get("/{name}")
async def one(request: Request, visitor: Anybody, name: str) -> Response:
    if name not in TOPICS:
        raise Refused("help.unknown")
    language, place = visitor.speech.language, TOPICS.index(name)
    following = topic(language, TOPICS[place + 1]) if place + 1 < len(TOPICS) else None
    return rendering.page("help/topic.html", visitor, request, {"topic": topic(language, name), "next": following})
