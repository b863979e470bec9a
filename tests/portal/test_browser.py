"""The portal in a real browser, over a real socket: what only a browser can show."""

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from portal_house import NOW, VAULT, House, live, planned

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.facts import Pilot
from laadboek.live import LiveLink, TypePin
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.portal.words.speech import LANGUAGES
from laadboek.reasons import Reason
from people import ALICE, PASSWORD

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WORDY = (
    LiveLink(link_id="lnk_1", charge_box_id="EMPLOYER-000123456789", state="rejected", queued=2, set_aside=2),
    LiveLink(link_id="lnk_2", charge_box_id="LB-0001", state="pending", why=Reason("link.tls_client_certificate")),
)
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1280, "height": 860}


class Announcing(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Server:
    """The portal on a port of its own, in a thread with its own event loop; the bus is used there only."""

    def __init__(self, house: House, bus: Bus, clock: VirtualClock) -> None:
        self.house, self._bus = house, bus
        self.asked: list[Any] = []
        self._topic = f"charger.{house.charger}"
        app = create_app(house.database, bus, clock, settings=PortalSettings(), vault=VAULT)
        self._server = Announcing(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=asyncio.run, args=[self._serve()])

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        for what in ("simulate", "mode"):
            self._bus.serve(f"{self._topic}.{what}", self._answer)
        self._bus.publish(f"{self._topic}.live", live(self.house))
        await self._server.serve()

    async def _answer(self, question: Any) -> None:
        self.asked.append(question)

    def publish(self, **changes: object) -> None:
        value = live(self.house, **changes)
        self._loop.call_soon_threadsafe(self._bus.publish, f"{self._topic}.live", value)

    def __enter__(self) -> "Server":
        self._thread.start()
        assert self._server.ready.wait(timeout=30)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=30)


@pytest.fixture
def server(house: House, bus: Bus, clock: VirtualClock) -> Iterator[Server]:
    with Server(house, bus, clock) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert os.environ.get("CI") != "true", "CI has Chromium"
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Window:
    """One browser window; whatever it complains about is kept."""

    def __init__(self, chromium: Browser, server: Server, viewport: dict[str, int], scheme: str, locale: str) -> None:
        self.context = chromium.new_context(viewport=viewport, color_scheme=scheme, locale=locale)  # type: ignore[arg-type]
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._server = server

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def sign_in(self) -> Page:
        page = self.page
        page.goto(self._server.address + "/sign-in")
        page.fill("[name=email]", ALICE)
        page.fill("[name=password]", PASSWORD)
        page.click("button.main")
        page.wait_for_url(self._server.address + "/")
        return page

    def fits(self) -> bool:
        width: bool = self.page.wait_for_function("document.documentElement").evaluate(
            "root => root.scrollWidth <= innerWidth"
        )
        return width

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def phone(chromium: Browser, server: Server) -> Iterator[Window]:
    window = Window(chromium, server, PHONE, "light", "en-GB")
    yield window
    window.close()
    assert window.complaints == []


def test_the_page_follows_the_charger_without_being_loaded_again(phone: Window, server: Server) -> None:
    page = phone.sign_in()
    expect(page.locator(".hero .number")).to_have_text("7.4")
    page.evaluate("window.stillTheSamePage = true")
    page.fill("#pin", "12")

    server.publish(power_w=0, pilot=Pilot.B2, why=Reason("car_full_or_paused_by_car"))

    expect(page.locator(".hero .number")).to_have_text("0")
    expect(page.locator("#state")).to_have_text("Car takes nothing")
    expect(page.locator(".why")).to_contain_text("the car takes none")
    expect(page.locator("#pin")).to_have_value("12")  # a half-typed PIN survives
    assert page.evaluate("window.stillTheSamePage")


def test_a_pin_is_typed_on_the_pad(phone: Window, server: Server) -> None:
    page = phone.sign_in()
    for key in ("2", "4", "6", "9"):
        page.get_by_role("button", name=key, exact=True).click()
    page.get_by_role("button", name="Erase the last digit").click()
    for key in ("8", "0"):
        page.get_by_role("button", name=key, exact=True).click()
    expect(page.locator("#pin")).to_have_value("24680")
    page.get_by_role("button", name="OK").click()

    expect(page.locator(".toast")).to_have_text("PIN entered.")
    expect(page.locator("#pin")).to_have_value("")
    assert server.asked == [TypePin("24680")]


def test_a_kind_is_changed_in_the_list(phone: Window, server: Server) -> None:
    page = phone.sign_in()
    page.goto(f"{server.address}/sessions")
    page.locator(f"#{server.house.session} select").select_option("private")

    expect(page.locator(".toast")).to_contain_text("Saved as Private")
    expect(page.locator(".split dd").last).to_have_text("30.59\N{NO-BREAK SPACE}kWh")


LYING_OVER = """() => [...document.querySelectorAll("#sessions tbody tr:has(.long)")].filter(row => {
    const words = document.createRange(), choice = row.querySelector("select");
    words.selectNodeContents(row.querySelector(".long"));
    const box = choice?.getBoundingClientRect();
    return box && [...words.getClientRects()].some(line =>
        line.right > box.left && line.left < box.right && line.bottom > box.top && line.top < box.bottom);
}).length"""


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_room_on_the_smallest_phone(phone: Window, server: Server, language: str) -> None:
    page = phone.sign_in()
    page.click(".menu summary")
    page.click(f".menu button[value={language}]")
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.set_viewport_size({"width": 320, "height": 640})
    server.publish(at=NOW + timedelta(seconds=1), plan=planned(), display=Reason("pad.locked"), links=WORDY)
    expect(page.locator(".eyebrow time")).to_have_text("18:30:01")
    assert phone.fits()
    for address in ("/sessions", "/sessions?period=week", "/sessions?period=year", "/sessions?date=2020-01-01"):
        page.goto(server.address + address)
        assert phone.fits(), address
        assert page.evaluate(LYING_OVER) == 0, address


def test_the_lost_connection_is_said_and_found_again(phone: Window, server: Server) -> None:
    page = phone.sign_in()
    expect(page.locator("#offline")).to_be_hidden()
    phone.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    phone.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    phone.complaints.clear()  # the browser itself reports the cut


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
def test_every_page_fits_its_screen_without_a_complaint(
    chromium: Browser, server: Server, viewport: dict[str, int], scheme: str
) -> None:
    window = Window(chromium, server, viewport, scheme, "nl-NL")
    page = window.sign_in()
    assert window.fits()
    server.publish(at=NOW + timedelta(seconds=1), power_w=11_040)
    expect(page.locator(".hero .number")).to_have_text("11.0")
    for address in ("/sessions", "/sessions?period=month", "/sessions?period=year", "/sessions?date=2020-01-01"):
        page.goto(server.address + address)
        assert window.fits(), address
    window.close()
    assert window.complaints == []
