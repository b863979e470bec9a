"""The mails of this installation, for whoever sits at the machine while no mail server is set."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ...actions.people import letters
from ...store import mails
from ...store.connection import Connection
from ...store.mails import MailRow
from .. import rendering
from ..desk import desk_of
from ..visitor import Anybody
from .mailing import mails_open

router = APIRouter(include_in_schema=False)
MOST = 50


class Shown(Struct, frozen=True):
    """`parts` of the body: its text, and whether that is a link to one of our own pages."""

    mail: MailRow
    written: datetime  # by the account's clock, else by the machine's
    parts: list[tuple[str, bool]]


@router.get("/mails")
async def mails_page(request: Request, visitor: Anybody) -> Response:
    if not mails_open(request):
        raise HTTPException(404)
    desk = desk_of(request)
    zone = None if visitor.signed_in is None else ZoneInfo(visitor.actor.time_zone)
    ours = re.compile(rf"({re.escape(desk.settings.url)}/\S*)")

    def opened(db: Connection) -> list[Shown]:
        found = []
        for mail in mails.latest(db, MOST):
            split = ours.split(letters.opened(desk.vault, mail))
            parts = [(part, bool(number % 2)) for number, part in enumerate(split)]
            found.append(Shown(mail, mail.created_at.astimezone(zone), parts))
        return found

    values = {"mails": await desk.read(opened)}
    return rendering.page("entrance/mails.html", visitor, request, values)
