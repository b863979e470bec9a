"""Everybody crawls every route with everybody's ids: nothing of another account is ever seen or changed."""

import pytest
from fastapi.routing import APIRoute
from portal_house import House, live, sign_in
from starlette.testclient import TestClient

from laadboek.bus import Bus
from people import ALICE, CHARLIE

OPEN_TO_ALL = {"/sign-in", "/sign-out", "/language", "/healthz", "/favicon.ico"}
SECRETS = {ALICE: ("Driveway", "drv_1", "Bob"), CHARLIE: ("Elsewhere-garage", "Elsewhere-driver")}
ELSEWHERE = {
    "charge_point": "cp_0",
    "id_tag": "ELSEWHERE",
    "transaction_id": "1",
    "operation_id": "op_0",
    "link": "lnk_0",
    "channel_id": "nch_0",
    "site_id": "sit_0",
}
BODIES = {
    "/api/v1/charge-points/{charge_point}/operations": {"action": "ClearCache"},
    "/api/v1/chargers/{charger_id}/site": {"site_id": None},
    "/api/v1/sites/{site_id}/prices": {"file": "starts_at,eur_per_kwh"},
    "/api/v1/chargers/{charger_id}/mode": {"mode": "fast"},
    "/api/v1/chargers/{charger_id}/boost": {"energy_wh": 5000},
    "/api/v1/chargers/{charger_id}/goal": {"energy_wh": 5000},
    "/api/v1/chargers/{charger_id}/settings": {"settings": {"LimitA": "6"}},
    "/api/v1/chargers/{charger_id}/settings-pin": {"pin": "90210"},
    "/api/v1/links/{link}/keys": {"keys": {"HeartbeatInterval": "60"}},
}
FORMS = {"kind": "private", "mode": "fast", "pin": "12345", "language": "en", "kwh": "10"}


def routes(client: TestClient) -> list[tuple[str, str]]:
    """(method, path template) of everything the app answers, as the app itself knows it."""
    found = []
    pending = list(client.app.routes)  # type: ignore[attr-defined]
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            found += [(method, route.path) for method in route.methods or ()]
        else:
            pending += getattr(getattr(route, "original_router", None), "routes", [])
    return sorted(found)


def crawl(client: TestClient, house: House, *, foreign: bool) -> dict[tuple[str, str], tuple[int, str]]:
    charger = house.foreign_charger if foreign else house.charger
    session = house.foreign_session if foreign else house.session
    answers = {}
    for method, path in routes(client):
        if path in OPEN_TO_ALL or (path.endswith("/stream") and not foreign):
            continue
        ids = {"charger_id": charger, "session_id": session, "button": "plug"} | ELSEWHERE
        body = {"json": BODIES.get(path, {})} if path.startswith("/api/") else {"data": FORMS}
        answer = client.request(method, path.format(**ids), **(body if method in ("POST", "PATCH", "PUT") else {}))
        answers[method, path] = (answer.status_code, answer.text)
    return answers


def test_the_crawl_knows_every_route(browser: TestClient) -> None:
    paths = {path for _, path in routes(browser)}
    assert {"/", "/sessions", "/sessions.csv", "/sessions/{session_id}/kind", "/api/v1/sessions"} <= paths
    assert {"/chargers/{charger_id}/stream", "/api/v1/chargers/{charger_id}/live"} <= paths


@pytest.mark.parametrize("foreign", [False, True])
def test_nobody_sees_nothing(browser: TestClient, house: House, bus: Bus, foreign: bool) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house))
    for route, (status, text) in crawl(browser, house, foreign=foreign).items():
        assert status in (303, 401), route
        assert not any(secret in text for secrets in SECRETS.values() for secret in secrets), route


def test_another_accounts_objects_are_unknown(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.foreign_charger}.live", live(house, name="Elsewhere-garage"))
    answers = crawl(alice, house, foreign=True)
    for (method, path), (status, text) in answers.items():
        if "{" in path:
            assert status == 404, (method, path)
        assert not any(secret in text for secret in SECRETS[CHARLIE]), (method, path)


def test_nothing_foreign_was_changed_by_the_crawl(alice: TestClient, house: House) -> None:
    crawl(alice, house, foreign=True)
    alice.cookies.clear()
    sign_in(alice, CHARLIE)
    [session] = alice.get("/api/v1/sessions").json()["sessions"]
    assert (session["session_id"], session["kind"]) == (house.foreign_session, "business")


def test_charlie_sees_his_own_only(browser: TestClient, house: House) -> None:
    sign_in(browser, CHARLIE)
    for address in ("/", "/sessions", "/sessions?period=year", "/sessions.csv?period=year", "/api/v1/sessions"):
        text = browser.get(address).text
        assert not any(secret in text for secret in SECRETS[ALICE]), address
    assert "Elsewhere-driver" in browser.get("/sessions").text
