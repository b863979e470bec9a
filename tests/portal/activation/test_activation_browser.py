"""The manual's steps (4.3) in a real browser on a phone, ending connected; and the rules as they are typed."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from served_house import HOME, ServedHouse

from people import ALICE, PASSWORD

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
EXAMPLES = json.loads((Path(__file__).parent / "addresses.json").read_text())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert os.environ.get("CI") != "true", "CI has Chromium"
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def phone(chromium: Browser, house: ServedHouse) -> Iterator[Page]:
    """Signed in, 375 px wide."""
    context = chromium.new_context(viewport={"width": 375, "height": 812}, locale="en-GB")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(house.address + "/sign-in")
    page.fill("[name=email]", ALICE)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_url(house.address + "/")
    yield page
    context.close()
    assert [said for said in complaints if "422" not in said] == []  # the browser itself reports a refused form


def fits(page: Page) -> bool:
    width: bool = page.wait_for_function("document.documentElement").evaluate("root => root.scrollWidth <= innerWidth")
    return width


def test_the_browser_and_the_server_judge_addresses_alike(phone: Page, house: ServedHouse) -> None:
    phone.goto(f"{house.address}/chargers/{HOME}/platforms/new?preset=other")
    script = phone.locator("script[src*='activation.js']").get_attribute("src")
    judged = phone.evaluate(
        "async ([script, rows]) => { const m = await import(script); return rows.map(([u, b]) => m.problemOf(u, b)); }",
        [script, EXAMPLES],
    )
    assert judged == [code for _, _, code in EXAMPLES]


def test_rules_are_told_while_somebody_types(phone: Page, house: ServedHouse) -> None:
    phone.goto(f"{house.address}/chargers/{HOME}/platforms/new?preset=other")
    expect(phone.locator("#charge_box_id")).to_have_value("LB-0001")
    phone.fill("#backend_uri", "wss://ocpp.example.com/LB-0001")
    expect(phone.locator("[data-problem='link.uri_with_charge_box_id']")).to_be_visible()
    phone.get_by_role("button", name="Put the address right").click()
    expect(phone.locator("#backend_uri")).to_have_value("wss://ocpp.example.com/")
    expect(phone.locator("[data-problem]:visible")).to_have_count(0)
    phone.fill("#charge_box_id", "NL-77")
    expect(phone.locator("#user_name")).to_have_value("NL-77")
    phone.fill("#user_name", "mine")
    phone.fill("#charge_box_id", "NL-78")
    expect(phone.locator("#user_name")).to_have_value("mine")
    phone.locator("[data-purpose=registrar]").click()
    expect(phone.locator(".consequence")).to_contain_text("gets every session, private ones too")
    phone.locator("[data-purpose=landlord]").click()
    expect(phone.get_by_label("Alice")).to_be_visible()
    assert fits(phone)


def test_a_test_is_followed_stage_by_stage(phone: Page, house: ServedHouse) -> None:
    phone.goto(f"{house.address}/chargers/{HOME}/platforms/new?preset=other")
    phone.fill("#backend_uri", f"ws://127.0.0.1:{house.ocpp_port}/ocpp/")
    phone.fill("#charge_box_id", "NOBODY")
    phone.fill("#authorization_key", "a-key-that-is-wrong-12")
    phone.get_by_role("button", name="Test first").click()
    expect(phone.locator(".stage.failed")).to_contain_text("does not accept this user name and authorization key")
    expect(phone.locator(".stage.passed")).to_have_count(2)
    expect(phone.locator("#authorization_key")).to_have_value("a-key-that-is-wrong-12")  # the form is as it was
    assert fits(phone)


def test_the_manuals_steps_end_connected(phone: Page, house: ServedHouse) -> None:
    phone.goto(f"{house.address}/chargers/{HOME}/platforms")
    expect(phone.get_by_text("Not connected to any platform")).to_be_visible()
    phone.get_by_role("link", name="Connect to a platform").click()
    expect(phone.get_by_role("link", name="Laadboek sessions")).to_be_visible()
    assert fits(phone)
    phone.get_by_role("link", name="Laadboek sessions").click()
    expect(phone.get_by_role("heading", name="Nothing to type")).to_be_visible()
    assert fits(phone)
    phone.get_by_role("button", name="Enable").click()
    expect(phone.locator("#terms-wrong")).to_be_visible()
    phone.get_by_label("I have read the terms and accept them").check()
    phone.get_by_role("button", name="Enable").click()

    card = phone.locator(".platform")
    expect(card.locator(".lamp")).to_have_text("Connected", timeout=60_000)
    expect(card.locator(".facts")).to_contain_text("just now")
    assert fits(phone)
