"""The API's drivers: who may charge where, when and how much; their PINs, tags and files (C5)."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ...actions.drivers import changes, reading, sheet
from ...actions.drivers.changes import Newcomer, Saved
from ...actions.drivers.importing import NotKept, Report, import_drivers
from ...actions.drivers.pins import Maker, PinWish
from ...actions.drivers.reading import DriverSeen, Wanted
from ...actions.drivers.wanted import Allowance, DriverChange, first_day, hours_of, last_day
from ...actions.exports.csv_rows import MACHINE
from ...energy import week_hours
from ...energy.zones import Span
from ...facts import Kind, Mode
from ...reasons import Refused
from ...rights import Right
from ...secret import Secret
from ...store.connection import Connection
from ..access.tags import own_tags
from ..access.telling import tell
from ..desk import Desk, desk_of
from ..policy import api
from ..visitor import Visitor
from . import driver_models as models
from .driver_models import DriverAnswer, DriverDetailAnswer, DriversAnswer, NewPinAnswer
from .models import PROBLEMS
from .paging import After, Limit, number, page_of

router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["drivers"])
Reads = Annotated[Visitor, api(Right.DRIVERS_READ)]
Writes = Annotated[Visitor, api(Right.DRIVERS_WRITE)]


@router.get("/drivers")
async def listed(
    request: Request,
    visitor: Reads,
    search: Annotated[str, Query(description="Part of a name or id tag")] = "",
    kind: Annotated[Kind | None, Query(description="Kind of their sessions")] = None,
    charger: Annotated[str | None, Query(description="Those who may charge there")] = None,
    state: Annotated[reading.State | None, Query(description="Whether they may charge now")] = None,
    limit: Limit = 100,
    after: After = None,
) -> DriversAnswer:
    """In the order in which they were added; by part of a name or tag, by kind, charger and state."""
    desk, beyond = desk_of(request), number(after, 0)
    wanted = Wanted(search=search, kind=kind, charger=charger, state=state)
    roster = await desk.read(partial(reading.roster, actor=visitor.actor, wanted=wanted, now=desk.clock.now()))
    found = sorted((one for one in roster.found if one.row.id > beyond), key=lambda one: one.row.id)
    page, following = page_of(found[: limit + 1], limit, lambda one: str(one.row.id))
    return DriversAnswer(drivers=[answer(one, visitor) for one in page], next=following)


@router.post("/drivers", status_code=HTTPStatus.CREATED)
async def add(request: Request, visitor: Writes, body: models.NewDriverBody) -> NewPinAnswer:
    """With a PIN that is in this answer only, at all chargers of the account unless some are named."""
    desk = desk_of(request)
    newcomer = Newcomer(
        wanted=change_of(body, set(type(body).model_fields)),
        pin=None if body.without_pin else pin_of(body.pin, None),
        id_tag=body.id_tag,
    )
    now = desk.clock.now()
    made = partial(changes.add, actor=visitor.actor, newcomer=newcomer, maker=maker_of(desk), now=now)
    return await keyed(desk, visitor, await desk.write(changes.SHARD, made), now)


@router.get("/drivers/export", responses={200: {"content": {"text/csv": {}}}})
async def export(request: Request, visitor: Reads) -> Response:
    """All of them as CSV (comma, point, UTF-8), without PINs; import reads it back."""
    desk = desk_of(request)
    found = await desk.read(partial(reading.in_order, actor=visitor.actor, now=desk.clock.now()))
    content = sheet.written(found, MACHINE, visitor.actor.time_zone)
    headers = {"Content-Disposition": 'attachment; filename="drivers.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/drivers/import")
async def import_file(request: Request, visitor: Writes, body: models.ImportBody) -> models.ImportAnswer:
    """All rows or none. A rehearsal says row by row what would happen; PINs that are made are in this answer only."""
    desk = desk_of(request)
    run = partial(
        import_drivers,
        actor=visitor.actor,
        file=body.csv.get_secret_value().encode(),
        rehearsal=body.rehearsal,
        maker=maker_of(desk),
        now=desk.clock.now(),
    )
    try:
        report = await desk.write(changes.SHARD, run)
    except NotKept as not_kept:
        return import_answer(not_kept.report, visitor, kept=False)
    await tell(desk, report.chargers)
    return import_answer(report, visitor, kept=True)


@router.get("/drivers/pads")
async def pads(request: Request, visitor: Reads) -> models.PadsAnswer:
    """How likely a stranger's tries are to find a PIN, at each charger."""
    desk = desk_of(request)
    roster = await desk.read(partial(reading.roster, actor=visitor.actor, wanted=Wanted(), now=desk.clock.now()))
    found = [
        models.PadAnswer(
            charger_id=guess.charger_id,
            name=guess.charger_name,
            drivers=guess.drivers,
            tries=guess.tries,
            one_in=guess.one_in,
            advised_digits=guess.digits,
        )
        for guess in roster.guesses
    ]
    return models.PadsAnswer(pads=found)


@router.get("/drivers/own-tags")
async def charger_tags(request: Request, visitor: Reads) -> models.OwnTagsAnswer:
    """The tag under which each charger charges whoever plugs in without a PIN, and its name on each link."""
    found = [
        models.OwnTagAnswer(
            charger_id=own.charger_id,
            name=own.name,
            id_tag=own.id_tag,
            kind=None if own.kind is None else Kind(own.kind),
            links=[
                models.OwnTagOnLinkAnswer(link_id=on.link_id, charge_box_id=on.charge_box_id, id_tag=on.id_tag)
                for on in own.links
            ],
        )
        for own in await own_tags(desk_of(request), visitor)
    ]
    return models.OwnTagsAnswer(chargers=found)


@router.get("/drivers/{driver_id}")
async def one(request: Request, visitor: Reads, driver_id: str) -> DriverDetailAnswer:
    """With what was used of the budget."""
    desk = desk_of(request)
    found = await desk.read(partial(reading.detail, actor=visitor.actor, driver_id=driver_id, now=desk.clock.now()))
    return DriverDetailAnswer(
        **dict(answer(found.driver, visitor)),
        budget_used_wh=None if found.period is None else found.used_wh,
        budget_resets_at=None if found.period is None else found.period.end,
        last_session_at=found.last_at,
    )


@router.patch("/drivers/{driver_id}")
async def change(request: Request, visitor: Writes, driver_id: str, body: models.DriverChangeBody) -> DriverAnswer:
    """A change acts at once; one that blocks ends a session that runs."""
    desk, now = desk_of(request), desk_of(request).clock.now()
    await desk.read(partial(changes.one_row, actor=visitor.actor, driver_id=driver_id))
    wanted = change_of(body, body.model_fields_set)
    write = partial(changes.change, actor=visitor.actor, driver_id=driver_id, wanted=wanted, now=now)
    saved = await desk.write(changes.SHARD, write)
    await tell(desk, saved.chargers)
    return answer(await seen(desk, visitor, saved, now), visitor)


@router.delete("/drivers/{driver_id}", status_code=HTTPStatus.NO_CONTENT)
async def remove(request: Request, visitor: Writes, driver_id: str) -> None:
    """A session that runs ends. All sessions stay in the ledger."""
    desk = desk_of(request)
    write = partial(changes.remove, actor=visitor.actor, driver_id=driver_id, now=desk.clock.now())
    await tell(desk, (await desk.write(changes.SHARD, write)).chargers)


@router.put("/drivers/{driver_id}/pin")
async def renew_pin(request: Request, visitor: Writes, driver_id: str, body: models.PinBody) -> NewPinAnswer:
    """The same at each of their chargers, and in this answer only. The former one is good for nothing."""
    desk, now = desk_of(request), desk_of(request).clock.now()
    wish = pin_of(body.pin, body.digits)
    write = partial(
        changes.renew_pin, actor=visitor.actor, driver_id=driver_id, pin=wish, maker=maker_of(desk), now=now
    )
    return await keyed(desk, visitor, await desk.write(changes.SHARD, write), now)


@router.delete("/drivers/{driver_id}/pin", status_code=HTTPStatus.NO_CONTENT)
async def drop_pin(request: Request, visitor: Writes, driver_id: str) -> None:
    """By id tag and remote start only, from now on."""
    desk = desk_of(request)
    write = partial(changes.drop_pin, actor=visitor.actor, driver_id=driver_id, now=desk.clock.now())
    await tell(desk, (await desk.write(changes.SHARD, write)).chargers)


# --- parts ---


def maker_of(desk: Desk) -> Maker:
    return Maker(desk.vault, desk.ids)


def pin_of(pin: Any, digits: int | None) -> PinWish:
    return PinWish(None if pin is None else Secret(pin.get_secret_value()), digits)


def change_of(body: models.DriverValues, given: set[str]) -> DriverChange:
    """What is in `given`; the rest stays as it is."""
    found: dict[str, Any] = {
        name: getattr(body, name) for name in given if name in ("kind", "mode", "blocked", "valid_from", "valid_until")
    }
    name = getattr(body, "name", None)
    if "name" in given and name is not None:
        found["name"] = name
    if "chargers" in given:
        found["chargers"] = None if body.chargers is None else tuple(body.chargers)
    if "hours" in given:
        found["hours"] = None if body.hours is None else _hours(body.hours)
    if "budget" in given:
        found["budget"] = None if body.budget is None else Allowance(body.budget.limit_wh, body.budget.span)
    return DriverChange(**found)


def _hours(text: str) -> tuple[week_hours.WeekRange, ...]:
    try:
        return week_hours.parse(text)
    except week_hours.BadHours:
        raise Refused("driver.bad_hours", hours=text[:60]) from None


async def seen(desk: Desk, visitor: Visitor, saved: Saved, now: datetime) -> DriverSeen:
    def read(db: Connection) -> DriverSeen:
        return reading.seen(db, visitor.actor, saved.driver, now)

    return await desk.read(read)


async def keyed(desk: Desk, visitor: Visitor, saved: Saved, now: datetime) -> NewPinAnswer:
    await tell(desk, saved.chargers)
    found = await seen(desk, visitor, saved, now)
    return NewPinAnswer(**dict(answer(found, visitor)), pin=None if saved.pin is None else saved.pin.reveal())


def answer(driver: DriverSeen, visitor: Visitor) -> DriverAnswer:
    row, zone, budget = driver.row, visitor.actor.time_zone, None
    if row.budget_wh is not None and row.budget_span is not None:
        budget = models.BudgetBody(limit_wh=row.budget_wh, span=Span(row.budget_span))
    return DriverAnswer(
        id=row.public_id,
        name=row.name,
        id_tag=row.id_tag,
        kind=Kind(row.kind),
        mode=Mode(row.mode),
        state=driver.state,
        blocked=row.blocked,
        all_chargers=row.all_chargers,
        chargers=[
            models.PlaceAnswer(charger_id=place.charger_id, name=place.name, has_pin=place.has_pin)
            for place in driver.at
        ],
        valid_from=first_day(row, zone),
        valid_until=last_day(row, zone),
        hours=None if row.hours is None else week_hours.written(hours_of(row.hours)),
        budget=budget,
        created_at=row.created_at,
    )


def import_answer(report: Report, visitor: Visitor, *, kept: bool) -> models.ImportAnswer:
    rows = [
        models.ImportRowAnswer(
            row=row.number,
            name=row.name,
            outcome=row.outcome,
            changed=list(row.changed),
            code=None if row.why is None else row.why.code,
            title=None if row.why is None else visitor.speech.sentence(row.why),
        )
        for row in report.rows
    ]
    made = [models.MadePinAnswer(name=one.name, id_tag=one.id_tag, pin=one.pin.reveal()) for one in report.made]
    return models.ImportAnswer(kept=kept, rows=rows, pins=made if kept else [])
