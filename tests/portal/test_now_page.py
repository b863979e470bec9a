"""The live page: what flows and why, its stream, and the buttons of a simulated charger."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from people_of_account import member
from portal_house import NOW, VAULT, House, live, planned, sign_in
from starlette.requests import Request
from starlette.testclient import TestClient

from laadboek.actions.actor import Actor
from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.energy.contract import Dynamic, Fixed, Rate
from laadboek.energy.contract_presets import DAY_AHEAD
from laadboek.energy.plan import Goal
from laadboek.facts import Mode, Pilot
from laadboek.live import (
    ChooseBoost,
    ChooseGoal,
    ChooseMode,
    CutPower,
    LiveBoost,
    LiveLink,
    PlugIn,
    RestorePower,
    TypePin,
    Unlock,
    Unplug,
)
from laadboek.portal.app import create_app
from laadboek.portal.now.flow import CENTRE, flow_of
from laadboek.portal.now.pages import live_events, still_reads, values_of
from laadboek.portal.rendering import render
from laadboek.portal.settings import PortalSettings
from laadboek.portal.visitor import Visitor, somebody
from laadboek.portal.words.speech import Speech
from laadboek.reasons import Reason, Refused
from laadboek.rights import Right, Role
from laadboek.site.config import SiteConfig
from laadboek.store import chargers, sites
from laadboek.store.connection import Connection
from laadboek.store.session_queries import ChargerName
from people import ALICE, CHARLIE, PASSWORD

Question = Callable[[Any], Awaitable[Any]]
HTMX = {"HX-Request": "true"}


def charger_side(answer: object = None) -> tuple[list[Any], Question]:
    """A charger's host that notes what it is asked; it answers, or refuses."""
    asked: list[Any] = []

    async def serve(question: Any) -> Any:
        asked.append(question)
        if isinstance(answer, Refused):
            raise answer
        return answer

    return asked, serve


def test_it_says_what_flows_from_where_to_whom_and_why(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house))
    text = alice.get("/").text
    assert '<span class="number">7.4</span> <span class="unit">kW</span>' in text
    assert "Charging in Fast mode, with at most 16\N{NO-BREAK SPACE}A per phase." in text
    assert "2.1\N{NO-BREAK SPACE}kW comes off your roof, 5.3\N{NO-BREAK SPACE}kW from the grid." in text
    assert "4.87\N{NO-BREAK SPACE}kWh" in text and "40 min" in text and "64 %" in text
    assert "Connected" in text and "Last heard at 18:30:00" in text
    assert re.search(r'value="fast" aria-pressed="true"', text)


def test_before_the_charger_reported_the_page_says_so(alice: TestClient) -> None:
    text = alice.get("/").text
    assert "Waiting for the charger" in text
    assert "hx-sse:connect" in text


def test_kept_messages_and_decisions_are_in_sight(alice: TestClient, house: House, bus: Bus) -> None:
    why = Reason("link.refused_401")
    link = LiveLink(link_id="lnk_1", charge_box_id="LB-0001", state="refused", queued=1, set_aside=2, why=why)
    bus.publish(f"charger.{house.charger}.live", live(house, links=(link,)))
    text = alice.get("/").text
    assert "The platform refused the user name or authorization key." in text
    assert "1 message is kept and waits" in text and "2 messages need your decision" in text


def test_a_status_without_a_sentence_of_its_own_is_still_explained(alice: TestClient, house: House, bus: Bus) -> None:
    link = LiveLink(link_id="l", charge_box_id="LB-1", state="waiting", why=Reason("link.refused_502"))
    bus.publish(f"charger.{house.charger}.live", live(house, links=(link,)))
    assert "The platform turned us away (HTTP 502)." in alice.get("/").text


def test_an_account_without_a_charger_is_told_what_comes_next(alice: TestClient, house: House) -> None:
    house.database.run(lambda db: db.run("UPDATE chargers SET account_id = 2 WHERE account_id = 1"))
    assert "No charger yet" in alice.get("/").text


@pytest.mark.parametrize(
    ("button", "message"),
    [("plug", PlugIn()), ("unplug", Unplug()), ("cut", CutPower()), ("restore", RestorePower())],
)
def test_each_button_reaches_the_charger(
    alice: TestClient, house: House, bus: Bus, button: str, message: object
) -> None:
    asked, answer = charger_side()
    bus.serve(f"charger.{house.charger}.simulate", answer)
    toast = alice.post(f"/chargers/{house.charger}/simulate/{button}", headers=HTMX)
    assert asked == [message]
    assert toast.status_code == 200 and 'class="toast ' in toast.text


def test_a_pin_reaches_the_charger_as_typed(alice: TestClient, house: House, bus: Bus) -> None:
    asked, answer = charger_side()
    bus.serve(f"charger.{house.charger}.simulate", answer)
    assert (
        "PIN entered."
        in alice.post(f"/chargers/{house.charger}/simulate/pin", data={"pin": "02468"}, headers=HTMX).text
    )
    assert asked == [TypePin("02468")]


@pytest.mark.parametrize("pin", ["123", "123456789", "12a45", "١٢٣٤٥", " 1234"])
def test_what_is_no_pin_stays_here(alice: TestClient, house: House, bus: Bus, pin: str) -> None:
    asked, answer = charger_side()
    bus.serve(f"charger.{house.charger}.simulate", answer)
    refused = alice.post(f"/chargers/{house.charger}/simulate/pin", data={"pin": pin}, headers=HTMX)
    assert refused.status_code == 422 and "A PIN is 4 to 8 digits." in refused.text
    assert asked == []


def test_what_the_display_shows_is_shown(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house, display=Reason("pin.wrong")))
    assert "This PIN is not known here." in alice.get("/").text


def test_the_demos_pins_are_told(alice: TestClient) -> None:
    text = alice.get("/").text
    assert "Alice <strong>24680</strong>" in text and "Bob <strong>97531</strong>" in text


def test_a_chargers_refusal_comes_back_in_words(alice: TestClient, house: House, bus: Bus) -> None:
    _, answer = charger_side(Refused("pad.too_soon"))
    bus.serve(f"charger.{house.charger}.simulate", answer)
    refused = alice.post(f"/chargers/{house.charger}/simulate/pin", data={"pin": "11111"}, headers=HTMX)
    assert refused.status_code == 409 and "Not so fast" in refused.text
    assert refused.headers["hx-retarget"] == "#toasts"


def test_a_charger_that_is_not_here_is_said_to_be_away(alice: TestClient, house: House) -> None:
    toast = alice.post(f"/chargers/{house.charger}/mode", data={"mode": "stop"}, headers=HTMX)
    assert toast.status_code == 503 and "cannot be reached just now" in toast.text


def test_the_mode_is_chosen_at_the_charger(alice: TestClient, house: House, bus: Bus) -> None:
    asked, answer = charger_side()
    bus.serve(f"charger.{house.charger}.mode", answer)
    assert alice.post(f"/chargers/{house.charger}/mode", data={"mode": "stop"}).status_code == 303
    assert asked == [ChooseMode(Mode.STOP)]
    refused = alice.post(f"/chargers/{house.charger}/mode", data={"mode": "turbo"}, headers=HTMX)
    assert refused.status_code == 422 and len(asked) == 1


def test_more_energy_is_asked_for_by_a_tap_and_taken_back_by_another(alice: TestClient, house: House, bus: Bus) -> None:
    asked, answer = charger_side()
    bus.serve(f"charger.{house.charger}.boost", answer)
    assert "10.00" in alice.post(f"/chargers/{house.charger}/boost", data={"kwh": "10"}, headers=HTMX).text
    alice.post(f"/chargers/{house.charger}/boost", data={"kwh": "0"})
    assert asked == [ChooseBoost(energy_wh=10_000), ChooseBoost(energy_wh=0)]
    for bad in ("-1", "100", "1.5", "٣", "1" * 9):
        assert alice.post(f"/chargers/{house.charger}/boost", data={"kwh": bad}, headers=HTMX).status_code == 422, bad
    assert len(asked) == 2


def test_a_visit_is_given_its_goal_in_local_time(alice: TestClient, house: House, bus: Bus) -> None:
    asked, answer = charger_side()
    bus.serve(f"charger.{house.charger}.goal", answer)
    alice.post(f"/chargers/{house.charger}/goal", data={"kwh": "30", "ready_by": "06:45"})
    alice.post(f"/chargers/{house.charger}/goal", data={"kwh": "", "ready_by": ""})
    morning = datetime(2026, 11, 24, 5, 45, tzinfo=UTC)
    assert asked == [ChooseGoal(energy_wh=30_000, ready_by=morning), ChooseGoal()]
    assert alice.post(f"/chargers/{house.charger}/goal", data={"ready_by": "25:00"}, headers=HTMX).status_code == 422


def test_the_api_asks_the_same(alice: TestClient, house: House, bus: Bus) -> None:
    asked, answer = charger_side()
    for what in ("mode", "boost", "goal"):
        bus.serve(f"charger.{house.charger}.{what}", answer)
    place = f"/api/v1/chargers/{house.charger}"
    assert alice.post(f"{place}/mode", json={"mode": "eco_plus"}).status_code == 202
    assert alice.post(f"{place}/boost", json={"energy_wh": 5_000, "ready_by": "07:00"}).status_code == 202
    assert alice.post(f"{place}/goal", json={}).status_code == 202
    morning = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert asked == [ChooseMode(Mode.ECO_PLUS), ChooseBoost(energy_wh=5_000, ready_by=morning), ChooseGoal()]
    assert alice.post(f"{place}/boost", json={"energy_wh": 5}).status_code == 422
    assert alice.post(f"{place}/mode", json={"mode": "turbo"}).status_code == 422
    assert len(asked) == 3


def test_the_plan_is_shown_with_its_price_before_it_runs(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house, plan=planned()))
    text = alice.get("/").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "<strong>22.00 kWh</strong> by 07:00" in text and "as usual" in text
    assert "€2.03 instead of €3.53 right away." in text
    assert "Tue 24 Nov 02:00–03:30" in text and "€ 0.120/kWh" in text
    assert '<span class="quiet">sun</span>' in text


def test_a_plan_that_saves_nothing_does_not_claim_to(alice: TestClient, house: House, bus: Bus) -> None:
    dear = planned(cost_micro=3_530_000, slots=(), sun=(), goal=Goal(22_000, NOW, asked=True))
    bus.publish(f"charger.{house.charger}.live", live(house, plan=dear, boost=LiveBoost(energy_wh=5_000)))
    text = alice.get("/").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "It costs €3.53." in text and "instead of" not in text
    assert "5.00 kWh more, now." in text and "Stop the boost" in text


def test_a_real_charger_has_no_simulators_buttons(browser: TestClient, house: House, bus: Bus) -> None:
    asked, answer = charger_side()
    bus.serve(f"charger.{house.foreign_charger}.simulate", answer)
    sign_in(browser, CHARLIE)
    refused = browser.post(
        f"/chargers/{house.foreign_charger}/simulate/plug", headers={**HTMX, "Accept-Language": "nl"}
    )
    assert refused.status_code == 409 and "Dit is een echte lader" in refused.text
    assert asked == []
    assert 'id="pad"' not in browser.get("/").text


def test_an_unknown_button_is_unknown(alice: TestClient, house: House) -> None:
    assert alice.post(f"/chargers/{house.charger}/simulate/explode").status_code == 404


def test_the_sun_serves_the_household_first(house: House) -> None:
    assert flow_of(live(house, solar_w=400, home_w=500)).car_from_sun_w == 0
    assert flow_of(live(house, solar_w=1_500, home_w=500)).car_from_sun_w == 1_000
    assert flow_of(live(house, solar_w=9_000, home_w=500)).car_from_sun_w == 7_360
    assert flow_of(live(house, solar_w=None)).car_from_sun_w is None


def test_what_nobody_measures_is_not_drawn_and_export_flows_back(house: House) -> None:
    flow = flow_of(live(house, solar_w=None, home_w=None, grid_w=-300, power_w=19, pilot=Pilot.B2))
    grid, car = flow.nodes
    assert (grid.name, grid.power_w, grid.giving, grid.flows) == ("grid", 300, False, True)
    assert grid.wire.startswith(f"M{CENTRE[0] - 14},{CENTRE[1]} ")
    assert (car.name, car.flows) == ("car", False)


class Stream:
    """One reader of a live page: an ASGI conversation without a socket."""

    def __init__(self, app: Callable[..., Awaitable[None]], address: str, cookie: str) -> None:
        self.gone = asyncio.Event()
        self.chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self.status = 0
        headers = [(b"cookie", f"laadboek={cookie}".encode()), (b"host", b"testserver")]
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": address,
            "raw_path": address.encode(),
            "query_string": b"",
        }
        scope |= {"headers": headers, "client": ("127.0.0.1", 1), "server": ("testserver", 80), "scheme": "http"}
        scope |= {"http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"}}
        self.task = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message.get("body"):
            self.chunks.put_nowait(message["body"])

    async def next(self) -> str:
        return (await self.chunks.get()).decode()


def test_the_stream_follows_the_charger_and_leaves_nothing_behind(house: House, bus: Bus, clock: VirtualClock) -> None:
    app = create_app(house.database, bus, clock, settings=PortalSettings(), vault=VAULT)
    topic = f"charger.{house.charger}.live"
    with TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False) as client:
        client.post("/sign-in", data={"email": ALICE, "password": PASSWORD})
        cookie = client.cookies["laadboek"]

    async def watch() -> None:
        bus.publish(topic, live(house))
        readers = [Stream(app, f"/chargers/{house.charger}/stream", cookie) for _ in range(20)]
        for reader in readers:
            assert "7.4" in await reader.next()
            assert reader.status == 200
        assert bus.watchers(topic) == 20
        bus.publish(topic, live(house, power_w=11_000))
        for reader in readers:
            assert '<span class="number">11.0</span>' in (await reader.next()).replace("data: ", "")
        for reader in readers:
            reader.gone.set()
        await asyncio.gather(*(reader.task for reader in readers))
        assert bus.watchers(topic) == 0

    with asyncio.Runner() as runner:
        runner.run(watch())


def test_a_stream_ends_by_itself_so_that_the_sign_in_is_looked_at_again(house: House, bus: Bus) -> None:
    async def watch() -> list[dict[str, str]]:
        bus.publish("topic", live(house))
        events = live_events(bus, "topic", lambda value: str(value.power_w), longest=timedelta())
        return [event async for event in events]

    with asyncio.Runner() as runner:
        assert runner.run(watch()) in ([], [{"data": "7360"}])
    assert bus.watchers("topic") == 0


@pytest.mark.parametrize(
    "gone",
    [
        "DELETE FROM sign_ins",  # ended elsewhere
        "DELETE FROM memberships WHERE account_id = 1 AND role = 'household'",
        "UPDATE memberships SET role = 'employer' WHERE role = 'household'",
    ],
)
def test_a_stream_ends_for_whoever_may_not_see_it_any_more(
    browser: TestClient, house: House, bus: Bus, gone: str
) -> None:
    bob = member(browser, house, Role.HOUSEHOLD)
    scope = {"type": "http", "headers": [(b"cookie", f"laadboek={bob.cookies['laadboek']}".encode())], "app": bob.app}
    request = Request(scope)  # as that of the stream

    async def watch() -> list[dict[str, str]]:
        still = partial(still_reads, request, await somebody(request))
        bus.publish("topic", live(house))
        events = live_events(bus, "topic", lambda value: "drawn", still, looked_at_every=timedelta())
        found = [await anext(events)]
        house.database.run(lambda db: db.run(gone))
        bus.publish("topic", live(house, power_w=1))
        return found + [event async for event in events]

    with asyncio.Runner() as runner:
        assert runner.run(watch()) == [{"data": "drawn"}]
    assert bus.watchers("topic") == 0


def test_times_are_local(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house, at=NOW))
    assert ">18:30:00</time>" in alice.get("/").text


# --- what would mislead -----------------------------------------------------------------------------------------------


def test_a_car_that_was_just_released_is_not_said_to_charge(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house, power_w=0))
    text = alice.get("/").text
    assert "About to charge" in text and "The car takes it in a moment." in text
    bus.publish(f"charger.{house.charger}.live", live(house, power_w=1_400))
    assert "About to charge" not in alice.get("/").text


def test_a_session_that_is_over_asks_for_the_pin_again(alice: TestClient, house: House, bus: Bus) -> None:
    over = live(house, session=None, power_w=0, pilot=Pilot.B1, why=Reason("session_over"))
    bus.publish(f"charger.{house.charger}.live", over)
    assert "To charge on, type your PIN again." in alice.get("/").text


def test_a_mode_is_not_said_to_be_chosen_where_the_charger_asks_who_it_is(
    alice: TestClient, house: House, bus: Bus
) -> None:
    _, answer = charger_side()
    bus.serve(f"charger.{house.charger}.mode", answer)
    bus.publish(f"charger.{house.charger}.live", live(house, session=None, asks_who=True))
    toast = alice.post(f"/chargers/{house.charger}/mode", data={"mode": "fast"}, headers=HTMX)
    assert toast.status_code == 409 and "Type your PIN first" in toast.text
    bus.publish(f"charger.{house.charger}.live", live(house, asks_who=True))
    assert "was asked for" in alice.post(f"/chargers/{house.charger}/mode", data={"mode": "fast"}, headers=HTMX).text


def test_a_boost_without_a_session_is_said_to_wait(alice: TestClient, house: House, bus: Bus) -> None:
    _, answer = charger_side()
    for what in ("boost", "goal"):
        bus.serve(f"charger.{house.charger}.{what}", answer)
    bus.publish(f"charger.{house.charger}.live", live(house, session=None))
    for what, form in (("boost", {"kwh": "10"}), ("goal", {"ready_by": "07:00"})):
        said = alice.post(f"/chargers/{house.charger}/{what}", data=form, headers=HTMX).text
        assert "type your PIN" in said, what
    assert "The boost is over." in alice.post(f"/chargers/{house.charger}/boost", data={"kwh": "0"}, headers=HTMX).text


# --- prices, several chargers, roles ----------------------------------------------------------------------------------


def at_a_site(house: House, *, contract: str = "dynamic") -> str:
    """The driveway stands at a site with prices."""

    def build(db: Connection) -> None:
        found = SiteConfig(contract=CONTRACTS[contract], price_source="shipped")
        site = sites.create(db, 1, "sit_home", "Home", found, NOW)
        [charger] = chargers.of_account(db, 1)
        sites.place(db, 1, charger.id, site)

    house.database.run(build)
    return "sit_home"


CONTRACTS = {
    "dynamic": Dynamic(charges=DAY_AHEAD["NL"]),
    "fixed": Fixed(energy=(Rate(date(2020, 1, 1), 250_000),)),
}


def test_prices_are_a_picture_with_the_plan_in_it_and_a_table(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house, site_id=at_a_site(house), plan=planned()))
    text = alice.get("/").text
    assert text.count('class="price') >= 48 and text.count('<rect class="on"') == 2  # 02:00-03:00, and half an hour
    assert "The table below has every price." in text and "<td>charges</td>" in text
    assert "Price from the grid now" in text
    part = alice.get(f"/chargers/{house.charger}/prices").text
    assert 'class="prices"' in part and "<html" not in part


def test_one_price_for_everything_is_said_not_drawn(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house, site_id=at_a_site(house, contract="fixed")))
    text = alice.get("/").text
    assert "Every kilowatt-hour costs the same" in text and 'class="prices"' not in text


def test_without_a_contract_the_page_says_where_prices_come_from(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house))
    assert "No prices are known where this charger stands." in alice.get("/").text


def test_a_new_plan_has_the_picture_fetched_anew(house: House, bus: Bus) -> None:
    async def watch() -> list[dict[str, str]]:
        bus.publish("topic", live(house))
        events = live_events(bus, "topic", lambda value: "drawn")
        found = [await anext(events)]
        bus.publish("topic", live(house, plan=planned()))
        found += [await anext(events), await anext(events)]
        bus.publish("topic", live(house, plan=planned(made_at=NOW + timedelta(minutes=1))))  # says the same
        found.append(await anext(events))
        bus.publish("topic", live(house, plan=None))
        found += [await anext(events), await anext(events)]
        await events.aclose()  # type: ignore[attr-defined]
        return found

    with asyncio.Runner() as runner:
        kinds = [event.get("event", "drawn") for event in runner.run(watch())]
    assert kinds == ["drawn", "drawn", "prices", "drawn", "drawn", "prices"]


def test_several_chargers_are_shown_in_short(alice: TestClient, house: House, bus: Bus) -> None:
    assert "places-now" not in alice.get("/").text
    house.database.run(lambda db: chargers.create(db, 1, "chg_second", "Garage", "simulated", {}, NOW))
    bus.publish(f"charger.{house.charger}.live", live(house))
    text = alice.get("/chargers/chg_second").text
    assert "places-now" in text and "Not heard yet" in text and "7.4\N{NO-BREAK SPACE}kW" in text
    part = alice.get("/now/overview", params={"shown": "chg_second"}).text
    assert re.search(r'href="/chargers/chg_second" aria-current="page"', part)


def test_who_may_only_look_sees_no_buttons(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house))
    charger, visitor = ChargerName(charger_id="chg_1", name="x", device="simulated", device_config="{}"), reader()
    values = values_of(visitor, charger, live(house), None)
    assert values["may_control"] is False
    shown = render("now/live.html", visitor, Request({"type": "http"}), values | {"picture": None})
    assert "<button" not in shown and "<form" not in shown and "Charging" in shown


def reader() -> Visitor:
    actor = Actor(
        account_id=1, name="usr_1", time_zone="UTC", language="en", rights=frozenset({Right.NOW_READ, Right.SITES_READ})
    )
    return Visitor(Speech("en", "UTC"), operator=actor)


def test_a_locked_pad_is_shown_and_opened_with_a_trace(alice: TestClient, house: House, bus: Bus) -> None:
    asked: list[object] = []

    async def answer(question: object) -> None:
        asked.append(question)

    bus.serve(f"charger.{house.charger}.unlock", answer)
    bus.publish(f"charger.{house.charger}.live", live(house, pad_locked_until=NOW + timedelta(hours=24)))
    page = alice.get("/").text
    assert "The keypad is locked after too many wrong PINs" in page and "Unlock it" in page
    assert alice.post(f"/chargers/{house.charger}/unlock").status_code == 303
    assert alice.post(f"/api/v1/chargers/{house.charger}/unlock").status_code == 202
    assert asked == [Unlock(), Unlock()]
    assert alice.post(f"/chargers/{house.foreign_charger}/unlock").status_code == 404
    assert "unlocked a charger" in alice.get("/account/audit").text
