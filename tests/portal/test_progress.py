"""While the past is produced, and when things break: what a person sees."""

import logging
from collections.abc import Iterator
from datetime import date
from typing import TypeVar

import pytest
from portal_house import VAULT, House
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.portal.starting.progress import Progress
from laadboek.reasons import Reason
from laadboek.store.database import InlineDatabase, Job
from laadboek.store.errors import StoreFull
from people import ALICE, PASSWORD

T = TypeVar("T")
HALFWAY = Progress(done_days=17, total_days=30, day=date(2026, 11, 9), sessions=41, energy_wh=512_340)


class Past:
    """The production of the past, as the portal sees it."""

    def __init__(self) -> None:
        self.progress: Progress | None = HALFWAY


@pytest.fixture
def past() -> Past:
    return Past()


@pytest.fixture
def early(past: Past, bus: Bus, clock: VirtualClock) -> Iterator[TestClient]:
    """A portal that has no store yet."""
    app = create_app(None, bus, clock, settings=PortalSettings(), vault=VAULT, progress=lambda: past.progress)
    with TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("address", ["/", "/sign-in", "/sessions", "/nothing"])
def test_every_page_shows_how_far_it_is(early: TestClient, address: str) -> None:
    early.cookies.set("laadboek", "A" * 43 + "=")
    answer = early.get(address)
    assert answer.status_code == 200
    assert "Living through the past 30 days" in answer.text
    assert "56" in answer.text and "41" in answer.text and "512 kWh" in answer.text
    assert '<progress value="17" max="30"' in answer.text


def test_health_and_api_say_that_it_starts(early: TestClient) -> None:
    assert early.get("/healthz").json() == {"status": "starting"}
    answer = early.get("/api/v1/sessions")
    assert (answer.status_code, answer.json()["code"]) == (503, "portal.starting")
    assert answer.headers["retry-after"] == "2"


def test_it_counts_on_and_then_gives_way(early: TestClient, past: Past, house: House) -> None:
    asking = {"HX-Request": "true", "Laadboek-Progress": "1"}
    part = early.get("/", headers=asking)
    assert "<html" not in part.text and "It is now" in part.text

    early.app.state.desk.attach(house.database)  # type: ignore[attr-defined]
    past.progress = None

    assert early.get("/", headers=asking).headers["hx-refresh"] == "true"
    assert early.get("/").headers["location"] == "/sign-in"
    assert early.post("/sign-in", data={"email": ALICE, "password": PASSWORD}).status_code == 303
    assert early.get("/healthz").json() == {"status": "ok"}


def test_when_it_failed_the_page_says_why_and_what_to_do(early: TestClient, past: Past) -> None:
    past.progress = Progress(done_days=3, total_days=30, failed=Reason("store.full"))
    text = early.get("/").text
    assert "The disk is full" in text and "Start Laadboek again" in text


class FullDisk(InlineDatabase):
    """A store whose disk has no room for another write."""

    async def write(self, shard: str, job: Job[T]) -> T:
        raise StoreFull("no space left on device")


class Broken(InlineDatabase):
    """A store with a mistake of ours in it."""

    async def query(self, job: Job[T]) -> T:
        raise RuntimeError("a mistake of ours, with a secret in it")


def test_a_full_disk_is_said_in_words(house: House, bus: Bus, clock: VirtualClock) -> None:
    database = FullDisk(":memory:")
    app = create_app(database, bus, clock, settings=PortalSettings(), vault=VAULT)
    with TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False) as client:
        client.cookies.set("laadboek", "A" * 43 + "=")
        answer = client.post("/sign-out")
    database.close()
    assert answer.status_code == 507
    assert "The disk is full, so nothing was saved." in answer.text


def test_our_own_mistake_shows_no_details_and_keeps_the_headers(
    bus: Bus, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    database = Broken(":memory:")
    app = create_app(database, bus, clock, settings=PortalSettings(), vault=VAULT)
    with TestClient(app, raise_server_exceptions=False, cookies={"laadboek": "A" * 43 + "="}) as client:
        page = client.get("/")
        problem = client.get("/api/v1/sessions")
    database.close()
    assert page.status_code == problem.status_code == 500
    assert "Laadboek made a mistake here." in page.text and "secret" not in page.text
    assert problem.json()["code"] == "portal.broke"
    assert "default-src 'none'" in page.headers["content-security-policy"]
