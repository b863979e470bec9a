"""Where notices and files go may hold a secret: only who may change it sees the address, and why it fails (C8)."""

import re

import pytest
from canaries import crowd_in
from people_of_account import member
from portal_house import House
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.rights import Role

CHANNELS, SCHEDULES = "notice_channels-address", "export_schedules-address"


def test_the_owner_sees_them_on_pages_and_by_api(alice: TestClient, house: House) -> None:
    crowd_in(house)
    assert CHANNELS in alice.get("/account/notices").text
    assert SCHEDULES in alice.get("/sessions/exports").text
    assert CHANNELS in str(alice.get("/api/v1/notice-channels").json())
    assert SCHEDULES in str(alice.get("/api/v1/exports").json())


def test_the_household_sees_what_kind_it_is_and_whether_notices_arrive(browser: TestClient, house: House) -> None:
    crowd_in(house)
    bob = member(browser, house, Role.HOUSEHOLD)
    page = bob.get("/account/notices").text
    assert "Webhook" in page and "The last notice arrived." in page
    assert "notice_channels-" not in page and "notice_deliveries-" not in page
    [one] = bob.get("/api/v1/notice-channels").json()["channels"]
    assert (one["kind"], one["last"], one["address"], one["error"]) == ("webhook", "sent", None, None)


@pytest.mark.parametrize("role", [Role.HOUSEHOLD, Role.BOOKKEEPER])
def test_who_reads_sessions_sees_when_files_go_and_not_where_to(browser: TestClient, house: House, role: Role) -> None:
    crowd_in(house)
    reader = member(browser, house, role)
    page = reader.get("/sessions/exports").text
    assert "By e-mail" in page and "The last try failed. Whoever set it up sees why." in page
    assert "export_schedules-" not in page
    [one] = reader.get("/api/v1/exports").json()["schedules"]
    assert (one["kind"], one["enabled"], one["address"], one["error"]) == ("email", True, None, None)


def test_a_mailbox_is_not_filled_with_files(alice: TestClient, house: House, bus: Bus) -> None:
    """The address was typed by whoever made the schedule: whose it is, nobody has shown."""
    crowd_in(house)
    [schedule] = re.findall(r"/sessions/exports/(\w[\w-]+)/send", alice.get("/sessions/exports").text)
    asked = []

    async def answer(question: object) -> None:
        asked.append(question)

    bus.serve("exports", answer)
    for _ in range(3):
        assert alice.post(f"/sessions/exports/{schedule}/send").status_code == 303
    assert alice.post(f"/sessions/exports/{schedule}/send").status_code == 429
    assert alice.post(f"/api/v1/exports/{schedule}/send").status_code == 429
    assert alice.post(f"/sessions/exports/{schedule}/pause").status_code == 303
    assert len(asked) == 4
