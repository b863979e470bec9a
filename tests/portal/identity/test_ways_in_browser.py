"""Passkeys in a real browser with a virtual authenticator, and how the pages of the ways in look."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from played_provider import PlayedProvider, together
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Route, expect
from portal_house import VAULT, House
from test_browser import DESKTOP, PHONE, Announcing
from test_browser import chromium as chromium
from ways_house import Ways

from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from people import ALICE, PASSWORD

pytestmark = pytest.mark.browser
SERIOUS = {"serious", "critical"}


class Door:
    """The portal at http://localhost, where browsers know passkeys without TLS."""

    def __init__(self, ways: Ways, *providers: PlayedProvider) -> None:
        settings = PortalSettings(providers=tuple(one.setup for one in providers))
        app = create_app(
            ways.house.database, ways.bus, ways.clock, settings=settings, vault=VAULT, ask=together(*providers)
        )
        self._server = Announcing(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=asyncio.run, args=[self._server.serve()])

    def __enter__(self) -> "Door":
        self._thread.start()
        assert self._server.ready.wait(timeout=30)
        self.address = f"http://localhost:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=30)


class Authenticator:
    """A phone that always says yes, played by Chromium."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[Any]:
        found: list[Any] = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"]
        return found

    def replace(self, credential: Any) -> None:
        """As a copy of the passkey from earlier would be."""
        self._cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self._id})
        self._cdp.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential})

    def verifies(self, yes: bool) -> None:
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": yes})


@pytest.fixture
def door(ways: Ways, acme: PlayedProvider) -> Iterator[Door]:
    with Door(ways, acme) as running:
        yield running


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport=PHONE, locale="en-GB")  # type: ignore[arg-type]
    yield made
    made.close()


def with_password(page: Page, door: Door) -> None:
    page.goto(f"{door.address}/sign-in?next=/account/sign-in")
    page.fill("[name=email]", ALICE)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_url(door.address + "/account/sign-in")


def add_passkey(page: Page, name: str) -> None:
    page.fill("[data-new-passkey] [name=name]", name)
    page.get_by_role("button", name="Add a passkey").click()


def use_passkey(page: Page, door: Door) -> None:
    page.goto(f"{door.address}/sign-in?next=/account/sign-in")
    page.get_by_role("button", name="Use a passkey").click()


def test_a_passkey_from_adding_to_removing(context: BrowserContext, door: Door, ways: Ways) -> None:
    page = context.new_page()
    phone = Authenticator(page)
    with_password(page, door)
    add_passkey(page, "My phone")
    expect(page.locator("#passkeys .what strong")).to_have_text("My phone")

    add_passkey(page, "Once more")
    expect(page.locator("#passkeys .refused")).to_contain_text("has a passkey for Laadboek already")

    context.clear_cookies()
    use_passkey(page, door)
    page.wait_for_url(door.address + "/account/sign-in")
    expect(page.locator("#passkeys .what")).to_contain_text("last used")
    assert ways.rows("SELECT method FROM sign_ins ORDER BY id DESC LIMIT 1") == [("passkey",)]
    copy = phone.credentials()[0]

    context.clear_cookies()
    phone.verifies(False)  # a phone that nobody unlocked
    use_passkey(page, door)
    expect(page.locator("[data-passkey] .refused")).to_contain_text("No passkey was used")
    phone.verifies(True)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(door.address + "/account/sign-in")

    context.clear_cookies()
    phone.replace(copy | {"signCount": 1})  # its counter has been seen before: somebody copied the passkey
    use_passkey(page, door)
    expect(page.locator("[data-passkey] .refused")).to_contain_text("could not be checked")

    phone.replace(copy | {"signCount": 50})
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(door.address + "/account/sign-in")
    page.get_by_text("Change", exact=True).click()
    page.get_by_role("button", name="Remove this passkey").click()
    expect(page.locator("#passkeys .what")).to_have_count(0)
    context.clear_cookies()
    use_passkey(page, door)
    expect(page.locator("[data-passkey] .refused")).to_contain_text("is not known here")


def test_a_passkey_proves_who_is_there_once_more(context: BrowserContext, door: Door, ways: Ways) -> None:
    page = context.new_page()
    Authenticator(page)
    with_password(page, door)
    add_passkey(page, "My phone")
    expect(page.locator("#passkeys .what strong")).to_have_text("My phone")
    ways.clock.instant += timedelta(minutes=11)

    page.get_by_role("button", name="Set up one-time codes").click()
    page.wait_for_url("**/sign-in/again**")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(door.address + "/account/sign-in")
    page.get_by_role("button", name="Set up one-time codes").click()
    page.wait_for_url(door.address + "/account/sign-in/codes")


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
def test_every_page_of_the_ways_in_fits_and_can_be_read(
    chromium: Browser, door: Door, house: House, viewport: dict[str, int], scheme: str
) -> None:
    made = chromium.new_context(viewport=viewport, color_scheme=scheme, locale="nl-NL")  # type: ignore[arg-type]
    page, complaints = made.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    Authenticator(page)
    page.goto(door.address + "/sign-in")
    look_at(page)
    page.fill("[name=email]", ALICE)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.goto(door.address + "/account/sign-in")
    page.fill("[data-new-passkey] [name=name]", "Telefoon met een bijzonder lange naam")
    page.locator("[data-new-passkey] button").click()
    expect(page.locator("#passkeys .what strong")).to_be_visible()
    look_at(page)
    page.locator("#codes button").click()
    expect(page.locator(".qr")).to_be_visible()
    look_at(page)
    made.close()
    assert complaints == []


def look_at(page: Page) -> None:
    assert page.wait_for_function("document.documentElement").evaluate("root => root.scrollWidth <= innerWidth"), (
        page.url
    )
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SERIOUS] == [], page.url


def test_the_way_to_a_provider_and_back(context: BrowserContext, door: Door, acme: PlayedProvider, ways: Ways) -> None:
    """Our policy lets the browser leave, and our cookies are there when it comes back from another site."""
    complaints: list[str] = []

    def say_yes(route: Route) -> None:
        brought = urlencode(acme.authorise(route.request.url))
        page_there = f'<a href="{door.address}/sign-in/with/acme/back?{escape(brought)}">Yes</a>'
        route.fulfill(content_type="text/html", body=page_there)

    context.route("https://acme.example/**", say_yes)
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{door.address}/sign-in?next=/account/sign-in")
    page.get_by_role("button", name="Continue with Acme").click()
    page.get_by_role("link", name="Yes").click()
    page.wait_for_url(door.address + "/register/with")
    expect(page.get_by_label("Your name")).to_have_value("Alice Elsewhere")
    look_at(page)
    page.get_by_role("button", name="Make my account").click()
    page.wait_for_url(door.address + "/account/sign-in")  # where it was going
    assert ways.rows("SELECT method FROM sign_ins ORDER BY id DESC LIMIT 1") == [("acme",)]
    expect(page.locator("#providers")).to_contain_text("Your only way in")
    assert complaints == []
