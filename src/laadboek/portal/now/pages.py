"""What happens now: the live picture of a charger, its plan among the prices, and all chargers in short (C7)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from msgspec import Struct
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...actions import sign_in
from ...actions.chargers import my_charger, my_chargers
from ...actions.prices import PriceList, price_list
from ...bus import Bus
from ...energy.plan import Plan
from ...facts import Mode
from ...live import LiveCharger
from ...reasons import Refused
from ...rights import Right
from ...store.session_queries import ChargerName
from .. import rendering
from ..desk import Desk, desk_of
from ..policy import first_place, page
from ..visitor import Visitor, token_of
from .flow import flow_of
from .plan_view import plan_view
from .price_view import price_now, price_picture
from .simulator import demo_pins
from .state_view import state_view
from .wishes import live_topic

router = APIRouter(include_in_schema=False)
Comes = Annotated[Visitor, page(None)]  # everybody's start page
Reads = Annotated[Visitor, page(Right.NOW_READ)]
LONGEST_STREAM = timedelta(minutes=10)  # then the page opens the next one by itself
LOOKED_AT_EVERY = timedelta(seconds=15)  # whether its reader may still see it; not a query per event
OFFERED_MODES = tuple(Mode)
PRICES_CHANGED = "prices"  # an event of the stream: the picture of prices and plan is to be fetched anew


class Place(Struct, frozen=True):
    """A charger of several, in short. `live` None: it has not reported yet."""

    charger: ChargerName
    live: LiveCharger | None


@router.get("/")
async def first_charger(request: Request, visitor: Comes) -> Response:
    if not visitor.actor.may(Right.NOW_READ):
        return RedirectResponse(first_place(visitor), HTTPStatus.SEE_OTHER)
    chargers = await desk_of(request).read(partial(my_chargers, actor=visitor.actor))
    if not chargers:
        return rendering.page("now/no_charger.html", visitor, request)
    return await now(request, visitor, chargers[0], chargers)


@router.get("/chargers/{charger_id}")
async def one_charger(request: Request, visitor: Reads, charger_id: str) -> Response:
    chargers = await desk_of(request).read(partial(my_chargers, actor=visitor.actor))
    charger = next((charger for charger in chargers if charger.charger_id == charger_id), None)
    if charger is None:
        raise Refused("charger.unknown")
    return await now(request, visitor, charger, chargers)


async def now(request: Request, visitor: Visitor, charger: ChargerName, chargers: list[ChargerName]) -> Response:
    desk = desk_of(request)
    live: LiveCharger | None = desk.bus.latest(live_topic(charger.charger_id))
    prices = await prices_of(desk, visitor, live)
    values = values_of(visitor, charger, live, prices) | picture_of(visitor, live, prices)
    places = places_of(desk, chargers) if len(chargers) > 1 else []
    return rendering.page("now/now.html", visitor, request, {**values, "places": places})


@router.get("/now/overview")
async def overview(request: Request, visitor: Reads, shown: str = "") -> Response:
    """The chargers in short, fetched anew now and then by the page of the one that is `shown`."""
    desk = desk_of(request)
    chargers = await desk.read(partial(my_chargers, actor=visitor.actor))
    charger = next((one for one in chargers if one.charger_id == shown), None)
    return rendering.page(
        "now/overview.html", visitor, request, {"places": places_of(desk, chargers), "charger": charger}
    )


def places_of(desk: Desk, chargers: list[ChargerName]) -> list[Place]:
    return [Place(charger, desk.bus.latest(live_topic(charger.charger_id))) for charger in chargers]


@router.get("/chargers/{charger_id}/prices")
async def prices_part(request: Request, visitor: Reads, charger_id: str) -> Response:
    """The picture of prices and plan, as it is now."""
    desk = desk_of(request)
    await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    live: LiveCharger | None = desk.bus.latest(live_topic(charger_id))
    values = picture_of(visitor, live, await prices_of(desk, visitor, live))
    return rendering.page("now/prices.html", visitor, request, values)


async def prices_of(desk: Desk, visitor: Visitor, live: LiveCharger | None) -> PriceList | None:
    """Where the charger stands; None: at no site, or at one without a contract."""
    if live is None or live.site_id is None:
        return None
    wanted = partial(price_list, actor=visitor.actor, site_id=live.site_id, now=desk.clock.now())
    try:
        return await desk.read(wanted)
    except Refused:
        return None


def picture_of(visitor: Visitor, live: LiveCharger | None, prices: PriceList | None) -> dict[str, object]:
    if live is None or prices is None:
        return {"picture": None}
    return {"picture": price_picture(prices.prices, live.plan, prices.currency, visitor.speech, live.at)}


def values_of(
    visitor: Visitor, charger: ChargerName, live: LiveCharger | None, prices: PriceList | None
) -> dict[str, object]:
    """What the live part of the page needs. `live` None: the charger has not reported yet."""
    price = None if live is None or prices is None else price_now(prices.prices, live.at)
    return {
        "charger": charger,
        "live": live,
        "state": None if live is None else state_view(live, visitor.speech),
        "price": None if price is None or prices is None else visitor.speech.price(price, prices.currency),
        "flow": None if live is None else flow_of(live),
        "modes": OFFERED_MODES,
        "plan": None if live is None or live.plan is None else plan_view(live.plan, visitor.speech, live.at),
        "simulated": charger.device == "simulated",
        "demo_pins": demo_pins(charger),
        "may_control": visitor.actor.may(Right.NOW_CONTROL),
    }


@router.get("/chargers/{charger_id}/stream")
async def live_stream(request: Request, visitor: Reads, charger_id: str) -> Response:
    """The live part of the page, anew whenever something changed."""
    desk, topic = desk_of(request), live_topic(charger_id)
    charger = await desk.read(partial(my_charger, actor=visitor.actor, charger_id=charger_id))
    prices = await prices_of(desk, visitor, desk.bus.latest(topic))

    def drawn(live: LiveCharger) -> str:
        values = values_of(visitor, charger, live, prices) | {"picture": None}
        return rendering.render("now/live.html", visitor, request, values)

    return EventSourceResponse(live_events(desk.bus, topic, drawn, partial(still_reads, request, visitor)))


async def still_reads(request: Request, visitor: Visitor) -> bool:
    """Whether this browser is still signed in, and shown this account: elsewhere it may be ended, or they removed."""
    desk, token = desk_of(request), token_of(request)
    if token is None:
        return False
    signed_in = await desk.read(partial(sign_in.who, token=token, now=desk.clock.now()))
    if signed_in is None or signed_in.actor.account_id != visitor.actor.account_id:
        return False
    return signed_in.actor.may(Right.NOW_READ)


async def always() -> bool:
    return True


async def live_events(
    bus: Bus,
    topic: str,
    drawn: Callable[[LiveCharger], str],
    still: Callable[[], Awaitable[bool]] = always,
    *,
    longest: timedelta = LONGEST_STREAM,
    looked_at_every: timedelta = LOOKED_AT_EVERY,
) -> AsyncIterator[dict[str, str]]:
    """Each newest value as an event, and one more when the plan is another than before.

    The subscription goes when the reader goes, when they may not see it any more (`still`), or after `longest`.
    """
    subscription, loop = bus.subscribe(topic), asyncio.get_running_loop()
    until, look_at = loop.time() + longest.total_seconds(), loop.time() + looked_at_every.total_seconds()
    plan: Plan | None = getattr(bus.latest(topic), "plan", None)  # what the page was drawn with
    try:
        while True:
            async with asyncio.timeout_at(until):
                live = await subscription.next()
            if loop.time() >= look_at:
                if not await still():
                    return
                look_at = loop.time() + looked_at_every.total_seconds()
            yield {"data": drawn(live)}
            if not is_same(plan, live.plan):
                plan = live.plan
                yield {"event": PRICES_CHANGED, "data": ""}
    except TimeoutError:
        return
    finally:
        subscription.close()


def is_same(before: Plan | None, after: Plan | None) -> bool:
    """Whether the picture would look the same: a plan is made anew each cycle, and mostly says what it said."""
    if before is None or after is None:
        return before is after
    return (before.slots, before.sun) == (after.slots, after.sun)
