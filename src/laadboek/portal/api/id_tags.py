"""The API's id tags: who may charge at the account's charge points."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request

from ...actions import id_tags
from ...actions.id_tags import IdTagChange
from ...rights import Right
from ...store.connection import Connection
from ...store.id_tags import IdTagRow, fold, status_of
from ..desk import desk_of
from ..policy import api
from ..visitor import Visitor
from .models import PROBLEMS, IdTagAnswer, IdTagChangeBody, IdTagsAnswer, NewIdTagBody
from .paging import After, Limit, opened, page_of

router = APIRouter(prefix="/api/v1/id-tags", responses=PROBLEMS, tags=["id tags"])
Reads = Annotated[Visitor, api(Right.PLATFORM_READ)]
Writes = Annotated[Visitor, api(Right.PLATFORM_WRITE)]
SHARD = "id_tags"


@router.post("", status_code=HTTPStatus.CREATED)
async def add(request: Request, visitor: Writes, body: NewIdTagBody) -> IdTagAnswer:
    """Add one that is not there yet."""
    desk = desk_of(request)
    now, tag = desk.clock.now(), IdTagRow(**dict(body))
    added = await desk.write(SHARD, partial(id_tags.add_id_tag, actor=visitor.actor, tag=tag, now=now))
    return answer(added, now)


@router.get("")
async def listed(request: Request, visitor: Reads, limit: Limit = 100, after: After = None) -> IdTagsAnswer:
    """In alphabetical order."""
    desk = desk_of(request)
    now, beyond = desk.clock.now(), opened(after, "")
    found = await desk.read(partial(id_tags.list_id_tags, actor=visitor.actor, after=beyond, limit=limit + 1))
    page, following = page_of(found, limit, lambda tag: fold(tag.id_tag))
    return IdTagsAnswer(id_tags=[answer(tag, now) for tag in page], next=following)


@router.patch("/{id_tag}")
async def change(request: Request, visitor: Writes, id_tag: str, body: IdTagChangeBody) -> IdTagAnswer:
    """Block it, give it another expiry, parent or kind. Asked for from the next Authorize on."""
    desk = desk_of(request)
    now = desk.clock.now()
    wanted = IdTagChange(**{name: getattr(body, name) for name in body.model_fields_set})

    def job(db: Connection) -> IdTagRow:
        return id_tags.change_id_tag(db, visitor.actor, id_tag, wanted, now)

    return answer(await desk.write(SHARD, job), now)


@router.delete("/{id_tag}", status_code=HTTPStatus.NO_CONTENT)
async def remove(request: Request, visitor: Writes, id_tag: str) -> None:
    """It is unknown from now on. Its sessions stay."""
    desk = desk_of(request)
    now = desk.clock.now()
    await desk.write(SHARD, partial(id_tags.remove_id_tag, actor=visitor.actor, id_tag=id_tag, now=now))


def answer(tag: IdTagRow, now: datetime) -> IdTagAnswer:
    return IdTagAnswer(
        id_tag=tag.id_tag,
        kind=tag.kind,
        parent_id_tag=tag.parent_id_tag,
        driver_id=tag.driver_id,
        blocked=tag.blocked,
        expires_at=tag.expires_at,
        status=status_of(tag, now).value,
    )
