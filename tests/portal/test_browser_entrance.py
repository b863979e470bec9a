"""From nobody to somebody in a real browser on a phone: register step by step, read the mail, confirm, be in."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect
from portal_house import VAULT, House
from test_browser import PHONE, Announcing
from test_browser import chromium as chromium

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings

pytestmark = pytest.mark.browser
GOOD = "Kachel-vlinder-7"


@pytest.fixture
def at_home(house: House, bus: Bus, clock: VirtualClock) -> Iterator[str]:
    """The address of a portal that shows its mails."""
    app = create_app(house.database, bus, clock, settings=PortalSettings(local_mails=True), vault=VAULT)
    server = Announcing(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=asyncio.run, args=[server.serve()])
    thread.start()
    assert server.ready.wait(timeout=30)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    desk = app.state.desk
    desk.settings = replace(desk.settings, url=address)
    yield address
    server.should_exit = True
    thread.join(timeout=30)


def well_made(page: Page) -> None:
    """Nothing sticks out at the side, and a screen reader finds its way."""
    page.wait_for_load_state()
    assert page.wait_for_function("document.documentElement").evaluate("root => root.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_nobody_to_somebody_on_a_phone(at_home: str, chromium: Browser, scheme: str) -> None:
    context = chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="nl-NL",
        timezone_id="Europe/Lisbon",
    )
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    page.goto(at_home + "/sign-in")
    page.get_by_role("link", name="Registreren voor een account").click()
    well_made(page)
    page.fill("[name=email]", "olga@example.org")
    expect(page.locator("[name=password]")).to_be_hidden()
    page.keyboard.press("Enter")

    page.fill("[name=password]", "kachel")
    expect(page.locator("[data-rule=small]")).to_have_class("met")
    expect(page.locator("[data-rule=capital]")).not_to_have_class("met")
    page.locator(".step:visible .next").click()
    expect(page.locator("[name=name]")).to_be_hidden()  # not before the rule is kept
    page.fill("[name=password]", GOOD)
    page.fill("[name=repeated]", GOOD)
    expect(page.locator(".rules li.met")).to_have_count(5)
    well_made(page)
    page.locator(".step:visible .next").click()

    expect(page.locator("[name=time_zone]")).to_have_value("Europe/Lisbon")
    page.fill("[name=name]", "Olga")
    well_made(page)
    page.get_by_role("button", name="Maak het account").click()

    well_made(page)
    page.get_by_role("link", name="Lees de mails van deze machine").click()
    well_made(page)
    page.locator(".letter a").first.click()
    well_made(page)
    page.get_by_role("button", name="Ja, bevestig het").click()
    page.wait_for_url(lambda url: "/confirm" not in url)

    page.goto(at_home + "/account")
    expect(page.locator("[name=name]")).to_have_value("Olga")
    well_made(page)
    assert complaints == []
    context.close()
