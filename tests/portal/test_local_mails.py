"""The mails of the machine, shown to whoever sits at it and to nobody else."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from letterbox import link_in
from portal_house import VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from people import ALICE

HERE = "http://127.0.0.1:8080"


@pytest.fixture
def at_home(house: House, bus: Bus, clock: VirtualClock) -> Iterator[TestClient]:
    app = create_app(house.database, bus, clock, settings=PortalSettings(local_mails=True), vault=VAULT)
    headers = {"Sec-Fetch-Site": "same-origin"}
    with TestClient(
        app, base_url=HERE, headers=headers, follow_redirects=False, client=("127.0.0.1", 50_000)
    ) as client:
        yield client


def test_a_link_in_a_mail_is_there_to_be_clicked(at_home: TestClient, house: House) -> None:
    assert "No mail was written yet" in at_home.get("/mails").text
    at_home.post("/reset", data={"email": ALICE})
    assert 'href="/mails"' in at_home.get("/reset?sent=yes").text
    page = at_home.get("/mails").text
    assert f'href="{HERE}{link_in(house, ALICE)}"' in page
    assert "Choose a new password" in page


def test_a_mail_is_dated_by_the_clock_of_who_reads_it(at_home: TestClient, clock: VirtualClock) -> None:
    at_home.post("/reset", data={"email": ALICE})
    sign_in(at_home)
    written = clock.now().astimezone(ZoneInfo("Europe/Amsterdam"))
    page = at_home.get("/mails").text
    assert f"{written:%H:%M}" in page and "UTC" not in page


def test_a_name_in_a_mail_becomes_no_markup_and_no_link(at_home: TestClient) -> None:
    sign_in(at_home)
    name = "<b>x</b> https://evil.example/y"
    assert at_home.post("/account/profile", data={"name": name, "language": "en"}).status_code == 303
    assert at_home.post("/reset", data={"email": ALICE}).status_code == 303
    page = at_home.get("/mails").text
    assert "<b>x" not in page and "&lt;b&gt;x" in page and 'href="https://evil' not in page


def test_a_foreign_name_that_leads_to_this_machine_opens_nothing(at_home: TestClient) -> None:
    assert at_home.get("/mails", headers={"Host": "evil.example:8080"}).status_code == 404


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"])
def test_what_a_proxy_hands_on_is_from_another_machine(at_home: TestClient, name: str) -> None:
    """Also where nobody told us of the proxy (`LAADBOEK_URL`): links for a lost password lie there."""
    assert at_home.get("/mails", headers={name: "for=198.51.100.7"}).status_code == 404


def test_from_another_machine_there_is_nothing(house: House, bus: Bus, clock: VirtualClock) -> None:
    app = create_app(house.database, bus, clock, settings=PortalSettings(local_mails=True), vault=VAULT)
    elsewhere = TestClient(app, base_url=HERE, client=("192.168.1.7", 50_000))
    assert elsewhere.get("/mails").status_code == 404


def test_with_a_mail_server_there_is_nothing(house: House, bus: Bus, clock: VirtualClock) -> None:
    app = create_app(house.database, bus, clock, settings=PortalSettings(), vault=VAULT)
    here = TestClient(app, base_url=HERE, client=("127.0.0.1", 50_000), headers={"Sec-Fetch-Site": "same-origin"})
    assert here.get("/mails").status_code == 404
    assert 'href="/mails"' not in here.get("/confirm").text
