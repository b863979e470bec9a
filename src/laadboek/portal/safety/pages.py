"""/account/audit: who did what. /account/data: what is known of a person, to take along or to delete (C8)."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from ...actions.charger_products_questions import RemoveCharger
from ...actions.people import closing
from ...reasons import Refused
from ...rights import Right
from ...store import audit, memberships
from ...store.audit import AuditRow
from ...store.connection import Connection
from .. import forms, rendering
from ..api.paging import After, number, page_of
from ..desk import Desk, desk_of
from ..fresh import page_fresh
from ..policy import page
from ..visitor import Visitor, forget_token
from ..words.deeds import METHODS, deed
from .takeaway import chunks, packed, size_of

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.ACCOUNT_READ)]
Himself = Annotated[Visitor, page(None)]
Proved = Annotated[Visitor, page_fresh(None)]
Text = Annotated[str, Form(max_length=400)]
ROWS = 50
FIELDS = {"account.not_meant": "email"}


class Line(Struct, frozen=True):
    """A row of the log as it is read."""

    row: AuditRow
    who: str
    did: str
    about: str


@router.get("/account/audit")
async def audit_page(request: Request, visitor: Reads, after: After = None) -> Response:
    """Newest first."""
    desk, account_id = desk_of(request), visitor.actor.account_id

    def read(db: Connection) -> tuple[list[AuditRow], dict[str, str]]:
        names = {one.user_public_id: one.user_name for one in memberships.of_account(db, account_id)}
        return audit.page(db, account_id, number(after, 2**62), ROWS + 1), names

    rows, names = await desk.read(read)
    shown, following = page_of(rows, ROWS, lambda row: str(row.id))
    values = {"lines": [line_of(visitor, row, names) for row in shown], "next": following}
    return rendering.page("safety/audit.html", visitor, request, values)


def line_of(visitor: Visitor, row: AuditRow, names: dict[str, str]) -> Line:
    about = ", ".join(detail(visitor, name, value) for name, value in row.details.items() if value is not None)
    return Line(row, names.get(row.actor, row.actor), deed(visitor.speech, row.what), about)


def detail(visitor: Visitor, name: str, value: str | int) -> str:
    if name == "method":
        return visitor.speech.word(METHODS, str(value)) if value in METHODS else str(value)
    return f"{name} {value}"


@router.get("/account/data")
async def data_page(request: Request, visitor: Himself) -> Response:
    return await drawn(desk_of(request), visitor, request, forms.Form())


async def drawn(desk: Desk, visitor: Visitor, request: Request, form: forms.Form, status: int = 200) -> Response:
    assert visitor.signed_in is not None
    own = visitor.signed_in.home_account_id == visitor.actor.account_id
    ends = await desk.read(partial(closing.what_ends, actor=visitor.actor, user_id=visitor.signed_in.user_id))
    values = {"form": form, "ends": ends, "own": own}
    return rendering.page("safety/data.html", visitor, request, values, status=status)


@router.get("/account/data.zip")
async def data_file(request: Request, visitor: Proved) -> Response:
    """Only of the own account: in another's, its owner decides."""
    assert visitor.signed_in is not None
    if visitor.signed_in.home_account_id != visitor.actor.account_id:
        raise Refused("account.not_own")
    file = await packed(desk_of(request), visitor)
    headers = {
        "Content-Disposition": 'attachment; filename="laadboek-data.zip"',
        "Content-Length": str(size_of(file)),
    }
    return StreamingResponse(chunks(file), media_type="application/zip", headers=headers)


@router.post("/account/close")
async def close_form(request: Request, visitor: Proved, email: Text = "") -> Response:
    """The chargers go first, one by one: one that charges stops it, and whatever went is removed already."""
    assert visitor.signed_in is not None
    desk, actor, user_id = desk_of(request), visitor.actor, visitor.signed_in.user_id
    try:
        going = await desk.read(partial(closing.may_close, actor=actor, user_id=user_id, typed_email=email))
        for charger_id in going:
            await desk.bus.request("chargers", RemoveCharger(actor=actor, charger_id=charger_id))
        now = desk.clock.now()
        await desk.write("account", partial(closing.close, actor=actor, user_id=user_id, now=now))
    except Refused as refused:
        return await drawn(desk, visitor, request, forms.Form().refused(refused, FIELDS), status=422)
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    forget_token(response, desk)
    return response
