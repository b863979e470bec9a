"""Chapter 5 of the manual on a phone: today's sessions, a period, business or private, and the CSV."""

import csv
import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from portal_house import bus, clock, house, password_hash
from test_browser import PHONE, Server, Window, chromium, server

from laadboek.store import ledger

__all__ = ["bus", "chromium", "clock", "house", "password_hash", "server"]

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(chromium: Browser, server: Server) -> Iterator[Window]:
    window = Window(chromium, server, PHONE, "light", "nl-NL")
    yield window
    window.close()
    assert window.complaints == []


def test_the_steps_of_chapter_5_end_with_a_file_that_is_the_ledger(phone: Window, server: Server) -> None:
    page = phone.sign_in()
    page.get_by_role("link", name="Sessions").click()
    expect(page.locator(".figure .number")).to_have_text("30.59")  # of today
    tools = page.locator(".tools > *")
    expect(tools).to_have_count(3)

    tools.nth(1).locator("summary").click()
    page.get_by_role("link", name="Year", exact=True).click()
    expect(page.locator("h1")).to_have_text("2026")
    page.locator(".tools > *").nth(2).locator("summary").click()
    page.get_by_role("link", name="Business", exact=True).click()
    expect(page.locator(".tools > *").nth(2).locator("summary")).to_have_text("Business")
    assert phone.fits()

    with page.expect_download() as waiting:
        page.locator(".tools > *").first.click()
    content = waiting.value.path().read_bytes()
    assert waiting.value.suggested_filename == "charging-sessions-2026-01-01-year.csv"
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    entries = server.house.database.read(lambda db: ledger.entries(db, server.house.charger))
    booked = {entry.session_id: entry for entry in entries if entry.entry == "session" and entry.kind == "business"}
    ended = [row for row in rows if row["End"]]
    assert {row["Session"]: round(float(row["Energy (kWh)"]) * 1_000) for row in ended} == {
        session_id: entry.energy_wh for session_id, entry in booked.items()
    }
    assert len(booked) > 10
