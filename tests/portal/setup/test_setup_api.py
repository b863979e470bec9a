"""All of setting up over the API as well (C10)."""

from setup_home import OLGA, SetupHome

from laadboek.store import accounts, audit


def test_a_charger_comes_and_goes_over_the_api(home: SetupHome) -> None:
    alice = home.browser()
    made = alice.post("/api/v1/chargers", json={"name": "Driveway", "model": "zappi", "firmware_version": "5.114"})
    assert made.status_code == 201
    product = made.json()
    charger_id = product["id"]
    assert product["model"] == "zappi 2H22TB" and product["connection"] == "simulated"
    assert product["ocpp_possible"] is False and product["ocpp_obstacle"]["code"] == "ocpp.old_firmware"
    assert alice.get("/api/v1/products").json()["products"][0]["id"] == charger_id
    renamed = alice.patch(f"/api/v1/chargers/{charger_id}/product", json={"name": "Carport"})
    assert renamed.json()["name"] == "Carport"
    tested = alice.post(f"/api/v1/chargers/{charger_id}/test").json()
    assert tested["heard"] is True and tested["why"]["code"] == "test.heard"
    check = alice.get(f"/api/v1/chargers/{charger_id}/location-check").json()
    assert (check["complete"], [why["code"] for why in check["missing"]]) == (False, ["location.none"])
    assert alice.delete(f"/api/v1/chargers/{charger_id}").status_code == 204
    assert alice.delete(f"/api/v1/chargers/{charger_id}").status_code == 404
    whats = [row.what for row in home.database.read(lambda db: audit.of_account(db, home.account_id))]
    assert [what for what in whats if what.startswith("charger.")] == [
        "charger.added", "charger.renamed", "charger.placed", "charger.removed",
    ]  # fmt: skip


def test_what_does_not_fit_is_a_problem_with_a_code(home: SetupHome) -> None:
    alice = home.browser()
    for body, code in (
        ({"name": ""}, "charger.bad_name"),
        ({"name": "x", "phases": 2}, "charger.bad_phases"),
        ({"name": "x", "max_current_a": 81}, "charger.bad_current"),
        ({"name": "x", "model": "steam"}, "charger.bad_model"),
    ):
        answer = alice.post("/api/v1/chargers", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert alice.post("/api/v1/chargers", json={"name": "x", "nonsense": 1}).status_code == 422


def test_steps_tags_and_the_clock_over_the_api(home: SetupHome) -> None:
    alice = home.browser()
    answer = alice.get("/api/v1/setup").json()
    assert (answer["next"], answer["ready_to_bill"]) == ("location", False)
    assert alice.put("/api/v1/setup/steps/drivers", json={}).status_code == 204
    assert {"step": "drivers", "done": False, "later": True} in alice.get("/api/v1/setup").json()["steps"]
    assert alice.put("/api/v1/setup/steps/charger", json={}).status_code == 409
    assert alice.put("/api/v1/setup/time-zone", json={"time_zone": "Europe/Lisbon"}).status_code == 204
    account = home.database.read(lambda db: accounts.by_id(db, home.account_id))
    assert account is not None and account.time_zone == "Europe/Lisbon"
    wrong = alice.put("/api/v1/setup/time-zone", json={"time_zone": "Mars/Olympus"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "location.bad_time_zone")
    olga = home.member(OLGA)
    assert olga.put("/api/v1/setup/tags/drv_1", json={}).status_code == 403
    assert olga.get("/api/v1/setup").status_code == 200
