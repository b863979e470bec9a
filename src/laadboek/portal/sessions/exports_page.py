"""Scheduled files: what is sent where, whether it arrived, and one more now (E3)."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions.exports import schedules as actions
from ...actions.exports.schedules import AddSchedule, OfSchedule, RemoveSchedule, SendNow, SwitchSchedule
from ...reasons import Reason, Refused
from ...rights import Right
from ...store.export_schedules import Schedule
from .. import forms, rendering
from ..desk import desk_of
from ..entrance.mailing import may_ask
from ..policy import page
from ..visitor import Visitor
from ..words import accounting, texts
from ..words.speech import LANGUAGES
from .address import kind_of
from .files import TOPIC

router = APIRouter(include_in_schema=False)
Reads = Annotated[Visitor, page(Right.SESSIONS_READ)]
Writes = Annotated[Visitor, page(Right.SESSIONS_WRITE)]
Text = Annotated[str, Form(max_length=600)]
# The field that a refusal is about; any other is about the whole form.
FIELDS = {
    "export.bad_email": "address",
    "export.bad_folder": "address",
    "export.bad_address": "address",
    "export.no_folder": "kind",
    "export.no_secret": "secret",
    "export.bad_secret": "secret",
    "export.bad_hour": "hour",
}
DEFAULTS = {"kind": "email", "every": "month", "format": "csv", "hour": "6"}


@router.get("/sessions/exports")
async def exports_page(request: Request, visitor: Reads) -> Response:
    return await shown(request, visitor, forms.Form({**DEFAULTS, "language": visitor.speech.language}))


@router.post("/sessions/exports")
async def add_form(
    request: Request,
    visitor: Writes,
    kind: Text = "",
    address: Text = "",
    secret: Text = "",
    every: Text = "",
    format: Text = "",
    only: Text = "",
    language: Text = "",
    hour: Text = "",
) -> Response:
    typed = {"kind": kind, "address": address, "every": every, "format": format, "only": only}
    form = forms.Form({**typed, "language": language, "hour": hour})
    try:
        wanted = AddSchedule(
            actor=visitor.actor,
            kind=kind,
            address=address.strip(),
            secret=secret or None,
            every=every,
            format=format,
            only_kind=kind_of(only) if only else None,
            language=language or None,
            hour=int(hour) if hour.isascii() and hour.isdigit() else -1,
        )
        added: Schedule = await desk_of(request).bus.request(TOPIC, wanted)
    except Refused as refused:
        return await shown(request, visitor, form.refused(refused, FIELDS), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return back(added.public_id)


@router.post("/sessions/exports/{schedule_id}/{what}")
async def change_form(request: Request, visitor: Writes, schedule_id: str, what: str) -> Response:
    """`what`: send, pause, resume, remove."""
    questions: Mapping[str, OfSchedule] = {
        "send": SendNow(actor=visitor.actor, schedule_id=schedule_id),
        "pause": SwitchSchedule(actor=visitor.actor, schedule_id=schedule_id, enabled=False),
        "resume": SwitchSchedule(actor=visitor.actor, schedule_id=schedule_id, enabled=True),
        "remove": RemoveSchedule(actor=visitor.actor, schedule_id=schedule_id),
    }
    if what not in questions:
        raise Refused("page.unknown")
    await asked(request, questions[what])
    return back(schedule_id)


async def asked(request: Request, question: OfSchedule) -> Schedule:
    """Of a schedule that this account has, whoever is away."""
    desk = desk_of(request)
    known: Schedule = await desk.read(partial(actions.one_to_change, question=question))
    if isinstance(question, SendNow) and known.kind == actions.EMAIL:
        may_ask(desk, request, known.address)
    found: Schedule = await desk.bus.request(TOPIC, question)
    return found


def back(schedule_id: str) -> Response:
    return RedirectResponse(f"/sessions/exports#{schedule_id}", HTTPStatus.SEE_OTHER)


async def shown(request: Request, visitor: Visitor, form: forms.Form, status: int = HTTPStatus.OK) -> Response:
    desk, speech = desk_of(request), visitor.speech
    found = await desk.read(partial(actions.list_schedules, actor=visitor.actor))

    def options(words: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(key, speech.say(text)) for key, text in words.items()]

    values = {
        "schedules": found,
        "form": form,
        "ways": options(accounting.WAYS),
        "formats": options(accounting.FORMATS),
        "every": options(accounting.EVERY),
        "kinds": [("", speech.say(accounting.BOTH_KINDS)), *options(texts.KINDS)],
        "languages": list(LANGUAGES.items()),
        "hours": [(str(hour), f"{hour:02}:00") for hour in actions.HOURS],
        "accounting": accounting,
        "place_of": place_of,
        "why": lambda code: speech.sentence(Reason(code)),
        "may_change": visitor.actor.may(Right.SESSIONS_WRITE),
    }
    return rendering.page("sessions/exports.html", visitor, request, values, status=status)


def place_of(schedule: Schedule) -> str:
    """Of a web address the server alone: the rest may be a secret."""
    return urlsplit(schedule.address).netloc.rpartition("@")[2] if schedule.kind == actions.HTTP else schedule.address
