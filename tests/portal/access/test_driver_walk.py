"""Manual 4.4 in a real browser on a telephone: add a driver, see the PIN once, hand the tag on, block (C5)."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from test_browser import PHONE, Server, Window, chromium, server  # noqa: F401  (two are fixtures)

pytestmark = pytest.mark.browser

SEVERE = {"serious", "critical"}


@pytest.fixture(params=["light", "dark"])
def phone(chromium, server, request) -> Iterator[Window]:  # type: ignore[no-untyped-def]  # noqa: F811
    window = Window(chromium, server, PHONE, request.param, "en-GB")
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield window
    window.close()
    assert window.complaints == []


def barriers(page: Page) -> list[str]:
    """What a screen reader or a weak eye would stumble over."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in SEVERE]


def test_a_driver_is_registered_as_the_manual_says(phone: Window, server: Server) -> None:  # noqa: F811
    page = phone.sign_in()
    page.click("nav.places a[href='/drivers']")
    assert barriers(page) == [] and phone.fits()
    page.get_by_role("link", name="Add the first driver").click()
    page.fill("[name=name]", "Bob")
    page.select_option("[name=kind]", "private")
    page.select_option("[name=mode]", "eco_plus")
    expect(page.locator("#pin")).to_be_hidden()
    page.check("[name=pin_way][value=chosen]")
    page.fill("#pin", "12345")
    page.get_by_text("Where, when and how much").click()
    page.check("[name=hours_way][value=weekly]")
    page.get_by_role("button", name="Another time on Monday").click()
    expect(page.locator("[name=from_0]")).to_have_count(2)
    page.locator("[name=from_0]").first.fill("07:00")
    page.locator("[name=until_0]").first.fill("19:00")
    assert barriers(page) == [] and phone.fits()
    page.get_by_role("button", name="Save this driver").click()
    expect(page.locator("#pin-wrong")).to_contain_text("guessed at once")
    phone.complaints.clear()  # the browser reports the refused form
    page.fill("#pin", "90574")
    page.get_by_role("button", name="Save this driver").click()

    expect(page.locator("#new-pin")).to_have_text("90574")
    tag = page.locator("#id-tag").inner_text()
    assert len(tag) == 20
    page.get_by_role("button", name="Copy the tag").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == tag
    page.get_by_text("QR code").click()
    expect(page.locator(".qr")).to_be_visible()
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0
    assert barriers(page) == [] and phone.fits()

    page.reload()
    expect(page.locator("#new-pin")).to_have_count(0)
    expect(page.locator("#id-tag")).to_have_text(tag)
    page.get_by_role("button", name="Block at once").click()
    expect(page.locator(".state-mark")).to_have_text("Blocked")
    assert barriers(page) == []
    page.click("nav.places a[href='/drivers']")
    expect(page.locator(".drivers")).to_contain_text("Bob")
    assert barriers(page) == [] and phone.fits()


def test_files_and_own_tags_are_readable_for_everybody(phone: Window, server: Server) -> None:  # noqa: F811
    page = phone.sign_in()
    page.goto(f"{server.address}/drivers/own-tags")
    assert barriers(page) == [] and phone.fits()
    page.goto(f"{server.address}/drivers/import")
    assert barriers(page) == [] and phone.fits()
    text = "name;pin;hours\nBob;;\nEve;12345;\nSomebody with a rather long name indeed;;always\n"
    page.set_input_files("#file", {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Look what would happen").click()
    expect(page.locator("main")).to_contain_text("some rows cannot be taken")
    assert barriers(page) == [] and phone.fits()
