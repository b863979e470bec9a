"""The HTTP API: the pages' values as JSON, errors as problem+json."""

from portal_house import House, live
from starlette.testclient import TestClient

from laadboek.bus import Bus


def test_sessions_of_a_period(alice: TestClient, house: House) -> None:
    body = alice.get("/api/v1/sessions?period=day&date=2026-11-23").json()
    assert (body["first"], body["until"], body["time_zone"]) == ("2026-11-23", "2026-11-24", "Europe/Amsterdam")
    assert (body["business_wh"], body["private_wh"]) == (18_240, 12_345)
    [first, _, running] = body["sessions"]
    assert (first["session_id"], first["charger_id"]) == (house.session, house.charger)
    assert first["started_at"] == "2026-11-23T08:30:00Z"
    assert (running["ended_at"], running["energy_wh"]) == (None, None)


def test_what_a_charger_does_now(alice: TestClient, house: House, bus: Bus) -> None:
    address = f"/api/v1/chargers/{house.charger}/live"
    waiting = alice.get(address)
    assert (waiting.status_code, waiting.json()["code"]) == (503, "charger.no_live_value")
    bus.publish(f"charger.{house.charger}.live", live(house))
    body = alice.get(address).json()
    assert (body["power_w"], body["why"]["code"], body["links"][0]["state"]) == (7_360, "charging", "online")


def test_errors_are_problems_with_a_stable_code(alice: TestClient) -> None:
    problem = alice.get("/api/v1/sessions?period=decade")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.status_code == 422
    assert problem.json() == {
        "type": "urn:laadboek:period.unknown",
        "status": 422,
        "title": "You can look at a day, week, month or year; decade is none of these.",
        "code": "period.unknown",
        "params": {"span": "decade"},
    }


def test_nobody_gets_a_problem_not_a_page(browser: TestClient) -> None:
    answer = browser.get("/api/v1/sessions")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.needed")


def test_without_a_platform_nothing_is_registered(alice: TestClient) -> None:
    answer = alice.post("/api/v1/charge-points", json={"charge_box_id": "GARAGE"})
    assert (answer.status_code, answer.json()["code"]) == (503, "platform.away")


def test_no_token_opens_a_portal_that_has_none(browser: TestClient) -> None:
    answer = browser.get("/api/v1/sessions", headers={"Authorization": "Bearer None"})
    assert (answer.status_code, answer.json()["code"]) == (401, "operator.wrong_token")


def test_a_wrong_method_is_a_problem_too(alice: TestClient) -> None:
    answer = alice.delete("/api/v1/sessions")
    assert (answer.status_code, answer.json()["code"]) == (405, "page.method")


def test_the_api_describes_itself_and_only_itself(alice: TestClient) -> None:
    paths = alice.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/sessions", "/api/v1/chargers/{charger_id}/live", "/api/v1/charge-points"} <= set(paths)
    assert all(path.startswith("/api/v1/") for path in paths)
