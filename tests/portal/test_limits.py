"""What the API takes of one network, of one person and in one body; and how it says no."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from portal_house import VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.limits import BODY_MOST, LARGE_BODY_MOST, MOST_KEYS, Buckets, body_most, network_key
from laadboek.portal.settings import PortalSettings

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
SESSIONS = "/api/v1/sessions"
OPERATORS = "0123456789abcdef"


def test_a_minutes_worth_at_once_and_then_the_steady_rate() -> None:
    buckets = Buckets(60)
    assert [buckets.take("alice", NOW) for _ in range(60)] == [None] * 60
    assert buckets.take("alice", NOW) == timedelta(seconds=1)
    assert buckets.take("bob", NOW) is None
    assert buckets.take("alice", NOW + timedelta(milliseconds=999)) == timedelta(milliseconds=1)
    assert buckets.take("alice", NOW + timedelta(seconds=1)) is None
    later = NOW + timedelta(minutes=2)
    assert [buckets.take("alice", later) for _ in range(61)] == [None] * 60 + [timedelta(seconds=1)]


def test_it_remembers_only_so_many() -> None:
    buckets = Buckets(1)
    for number in range(MOST_KEYS + 10):
        buckets.take(str(number), NOW)
    assert len(buckets) == MOST_KEYS


def test_an_ipv6_subscriber_is_one_network() -> None:
    assert network_key("2001:db8:0:1::1") == network_key("2001:db8:0:1:ffff::2") != network_key("2001:db8:0:2::1")
    assert network_key("192.0.2.1") != network_key("192.0.2.2")
    assert network_key("testclient") == "testclient"
    assert network_key(None) == ""


@pytest.fixture
def hurried(house: House, bus: Bus, clock: VirtualClock) -> Iterator[TestClient]:
    """A portal that takes five requests a minute of a person, and eight of a network."""
    digest = hashlib.sha256(OPERATORS.encode()).digest()
    settings = PortalSettings(api_per_minute=5, api_network_per_minute=8, operator_token_hash=digest)
    app = create_app(house.database, bus, clock, settings=settings, vault=VAULT)
    with TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False) as client:
        yield sign_in(client)


def test_who_asks_too_often_is_told_how_long_to_wait(hurried: TestClient, clock: VirtualClock) -> None:
    assert [hurried.get(SESSIONS).status_code for _ in range(6)] == [200] * 5 + [429]
    answer = hurried.get(SESSIONS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "12")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["params"]) == ("api.too_many", {"wait_s": 12})
    assert hurried.get("/sessions").status_code == 200  # pages are not the API
    clock.instant += timedelta(seconds=12)
    assert hurried.get(SESSIONS).status_code == 200


def test_a_network_that_asks_too_often_is_not_looked_up_at_all(hurried: TestClient) -> None:
    hurried.cookies.clear()
    assert [hurried.get(SESSIONS).status_code for _ in range(9)] == [401] * 8 + [429]


def test_a_body_has_a_largest_size(alice: TestClient) -> None:
    fits, too_large = b"[" + b" " * (BODY_MOST - 2) + b"]", b" " * (BODY_MOST + 1)
    address, headers = "/api/v1/charge-points", {"Content-Type": "application/json"}
    assert alice.post(address, content=fits, headers=headers).status_code == 422
    answer = alice.post(address, content=too_large, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "page.too_large")
    assert answer.json()["params"] == {"most_mib": 1}
    page = alice.post("/language", content=too_large)
    assert (page.status_code, page.headers["content-type"]) == (413, "text/html; charset=utf-8")


def test_a_body_that_hides_its_length_is_not_read_to_its_end(alice: TestClient) -> None:
    read = []

    def endless() -> Iterator[bytes]:
        for part in range(40):
            read.append(part)
            yield b" " * (BODY_MOST // 8)

    headers = {"Content-Type": "application/json"}
    answer = alice.post("/api/v1/charge-points", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "page.too_large")


def test_files_of_prices_may_be_larger() -> None:
    assert body_most("/api/v1/sites/sit_1/prices") == LARGE_BODY_MOST
    assert body_most("/api/v1/sites/sit_1") == body_most("/prices/sit_1") == BODY_MOST


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_the_api_takes_json_only(alice: TestClient, kind: str) -> None:
    answer = alice.post("/api/v1/charge-points", content=b'{"charge_box_id": "X"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "api.not_json")


def test_a_length_that_is_no_number_is_refused(alice: TestClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": "-1"}
    answer = alice.post("/api/v1/charge-points", content=b"{}", headers=headers)
    assert answer.status_code == 413


def test_who_runs_the_installation_is_not_counted_and_whoever_guesses_is(hurried: TestClient) -> None:
    hurried.cookies.clear()
    mine, guess = ({"Authorization": f"Bearer {token}"} for token in (OPERATORS, OPERATORS[::-1]))
    assert {hurried.get(SESSIONS, headers=mine).status_code for _ in range(30)} == {200}
    assert hurried.get(SESSIONS, headers=guess).status_code == 401
    assert [hurried.get(SESSIONS, headers=guess).status_code for _ in range(20)][-1] == 429
    assert hurried.get(SESSIONS, headers=mine).status_code == 200
