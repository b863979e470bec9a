"""The wizard in a real browser on a phone: from an empty account to a charger, and nothing that axe would mind."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from setup_home import SetupHome
from test_browser import PHONE, Announcing
from test_browser import chromium as chromium

from laadboek.store.connection import Connection
from people import ALICE, PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def address(home: SetupHome) -> Iterator[str]:
    server = Announcing(uvicorn.Config(home.app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=asyncio.run, args=[server.serve()])
    thread.start()
    assert server.ready.wait(timeout=30)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, locale="en-GB", color_scheme="dark")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "warning" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/sign-in")
    page.fill("[name=email]", ALICE)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_url(f"{address}/")
    yield page
    context.close()
    assert complaints == []


def fine(page: Page) -> None:
    """Fits on the phone, and everybody can use it."""
    assert page.wait_for_function("document.documentElement").evaluate("root => root.scrollWidth <= innerWidth"), (
        page.url
    )
    found = Axe().run(page).response["violations"]
    assert [(one["id"], page.url) for one in found if one["impact"] in ("serious", "critical")] == []


def save(page: Page) -> None:
    page.locator("form.form button.main").click()


def test_a_person_sets_up_everything_on_a_phone(page: Page, address: str) -> None:
    page.get_by_role("link", name="Set it up, step by step").click()
    fine(page)
    page.get_by_role("link", name="Go on: Where you charge").click()
    page.locator(".explained summary").nth(1).click()
    expect(page.get_by_text("no map service is asked about it")).to_be_visible()
    page.locator(".explained summary").nth(1).click()
    page.fill("#street", "Dorpsstraat 1")
    page.fill("#postcode", "12345")
    page.fill("#town", "Ons Dorp")
    save(page)
    expect(page.locator("#postcode-wrong")).to_contain_text("12345 is no postcode. Netherlands: for example 1234 AB.")
    fine(page)
    page.fill("#postcode", "1234 AB")  # the street is still there
    save(page)
    page.wait_for_url(f"{address}/setup/contract")
    expect(page.locator("#night_price")).to_be_hidden()  # only what is needed is asked
    page.select_option("#kind", "day_night")
    page.fill("#day_price", "0,30")
    page.fill("#night_price", "0,27")
    page.select_option("#fuse", "3x25")
    fine(page)
    save(page)
    page.wait_for_url(f"{address}/setup/sun")
    page.select_option("#has_solar", "yes")
    page.fill("#peak_1", "4.2")
    page.select_option("#has_meter", "yes")
    fine(page)
    save(page)
    page.get_by_role("link", name="Add a charger").click()
    fine(page)
    page.get_by_role("button", name="Add the simulated charger").click()
    page.wait_for_url(f"{address}/setup/charger")
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Later").click()
    page.get_by_role("button", name="Later").click()
    page.wait_for_url(f"{address}/setup")
    expect(page.get_by_text("5 of 7 steps done")).to_be_visible()
    expect(page.get_by_role("heading", name="Ready to bill?")).to_be_visible()
    fine(page)
    for path in ("/chargers", "/location"):
        page.goto(address + path)
        fine(page)
    page.goto(f"{address}/chargers")
    page.get_by_role("link", name="Charger at home").click()
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator(".fine")).to_contain_text("The charger answered at once")
    fine(page)


def test_a_wall_box_of_ones_own_is_awaited(page: Page, address: str, home: SetupHome) -> None:
    page.goto(f"{address}/chargers/add")
    page.fill("#charge_box_id", "WALLBOX-1")
    page.get_by_role("button", name="Get address and key").click()
    expect(page.locator("#waiting")).to_contain_text("Waiting for its first call")
    fine(page)

    def heard(db: Connection) -> None:
        at_us = int(home.world.now.timestamp() * 1_000_000)
        db.run("UPDATE charge_points SET last_seen_at = ? WHERE charge_box_id = 'WALLBOX-1'", (at_us,))

    home.database.run(heard)
    expect(page.locator("#waiting")).to_contain_text(
        "Not connected"
    )  # heard once, and gone again: told without a click
