"""The lab's HTTP API as a stranger finds it: by its OpenAPI page, with right and wrong bodies."""

import asyncio
import json
import sqlite3

import pytest

SECRET = "correct-horse-battery"


async def test_every_route_is_described_and_answers_404_for_a_charge_point_that_is_not_there(lab):
    spec = (await lab.http.get("/openapi.json")).json()
    page = (await lab.http.get("/docs")).text
    assert "plug-in" in page and "<script" not in page and "https://" not in page
    bodies = {
        "present-tag": {"id_tag": "A"},
        "enter-pin": {"pin": "12345"},
        "fault": {"error_code": "OtherError"},
        "lock-failure": {"active": True},
        "meter": {"register_wh": 1},
        "{key}": {"value": "1"},
        "authorization-cache": {"id_tag": "A"},
        "profiles": {"off": []},
        "ev-ready": {"ready": True},
    }
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"] and operation["description"], (method, path)
            if "{charge_box_id}" in path:
                answer = await lab.http.request(
                    method.upper(),
                    path.replace("{charge_box_id}", "NOBODY").replace("{key}", "HeartbeatInterval"),
                    json=bodies.get(path.rsplit("/", 1)[-1]),
                )
                assert answer.status_code == 404, (method, path, answer.text)
                assert "NOBODY" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "charge_box_id"),
        ({"charge_box_id": "A"}, "backend_uri"),
        ({"charge_box_id": "A", "backend_uri": "http://x"}, "backend_uri"),
        ({"charge_box_id": "", "backend_uri": "ws://x"}, "charge_box_id"),
        ({"charge_box_id": "A/B", "backend_uri": "ws://x"}, "charge_box_id"),
        ({"charge_box_id": "A", "backend_uri": "ws://x", "nonsense": 1}, "nonsense"),
        ({"charge_box_id": "A", "backend_uri": "ws://x", "cable": "wet"}, "cable"),
        ({"charge_box_id": "A", "backend_uri": "ws://x", "max_current_ma": 5}, "max_current_ma"),
    ],
)
async def test_a_wrong_body_is_422_and_says_where(lab, body, where):
    answer = await lab.http.post("/charge-points", json=body)
    assert answer.status_code == 422
    assert any(where in error["loc"] for error in answer.json()["detail"])


@pytest.mark.parametrize(
    "more",
    [
        {"keys": {"Nonsense": "1"}},
        {"keys": {"HeartbeatInterval": "-1"}},
        {"keys": {"FreeCharging": "perhaps"}},
        {"keys": {"NumberOfConnectors": "2"}},
        {"keys": {"StopTransactionOnEVSideDisconnect": "false"}},  # needs free_charging
        {"state_folder": "/proc/nowhere"},
        {"profiles_off": ["Nonsense"]},
        {"drivers": [{"id_tag": "A", "pin": "12345"}, {"id_tag": "B", "pin": "12345"}]},
        {"drivers": [{"id_tag": "A"}, {"id_tag": "a"}]},
    ],
)
async def test_what_cannot_be_is_409_and_leaves_nothing_behind(lab, more):
    cs = await lab.central_system()
    answer = await lab.http.post("/charge-points", json={"charge_box_id": "LAB-1", "backend_uri": cs.uri, **more})
    assert answer.status_code == 409, answer.text
    assert answer.json()["title"]
    assert (await lab.http.get("/charge-points")).json() == []
    await lab.charge_point(cs)
    await cs.expect("BootNotification")


async def test_the_same_charge_box_id_twice_is_409(lab):
    cs, cp = await lab.booted()
    answer = await lab.http.post("/charge-points", json={"charge_box_id": "LAB-1", "backend_uri": cs.uri})
    assert (answer.status_code, answer.json()["title"]) == (409, "lab.exists")
    await cs.nothing_but()
    await cp.do("DELETE")
    assert (await cp.ask("GET")).status_code == 404
    came = asyncio.ensure_future(cs.new_socket())
    await lab.charge_point(cs)
    await came
    await cs.expect("BootNotification")


async def test_two_at_once_do_not_mix(lab):
    one, first = await lab.booted(charge_box_id="LAB-1")
    two, second = await lab.booted(charge_box_id="LAB-2 with space")
    assert (one.paths, two.paths) == (["/ocpp/LAB-1"], ["/ocpp/LAB-2%20with%20space"])
    await asyncio.gather(first.charging("ONE"), second.charging("TWO"))
    assert [heard.payload["idTag"] for heard in one.of("StartTransaction")] == ["ONE"]
    assert [heard.payload["idTag"] for heard in two.of("StartTransaction")] == ["TWO"]
    listed = (await lab.http.get("/charge-points")).json()
    assert {each["charge_box_id"] for each in listed} == {"LAB-1", "LAB-2 with space"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/present-tag", {"id_tag": "A", "connector_id": 2}, 409),
        ("POST", "/present-tag", {"id_tag": ""}, 422),
        ("POST", "/present-tag", None, 422),
        ("POST", "/enter-pin", {"pin": "abc"}, 422),
        ("POST", "/fault", {"error_code": "NoError"}, 422),
        ("POST", "/fault", {"error_code": "OtherError", "connector_id": 2}, 409),
        ("DELETE", "/fault", None, 200),
        ("PUT", "/meter", {"register_wh": -1}, 422),
        ("PUT", "/keys/HeartbeatInterval", {"value": "-1"}, 409),
        ("PUT", "/keys/Nonsense", {"value": "1"}, 409),
        ("PUT", "/keys/NumberOfConnectors", {"value": "9"}, 409),
        ("PUT", "/keys/FreeCharging", {"value": "perhaps"}, 409),
        ("PUT", "/profiles", {"off": ["Nonsense"]}, 409),
        ("PUT", "/car", {"soc_percent": 101}, 422),
        ("PUT", "/car", {"phases": 2}, 422),
        ("POST", "/plug-in", {"side": "left"}, 422),
        ("POST", "/authorization-cache", {"id_tag": "A", "status": "Maybe"}, 422),
        ("GET", "/frames", None, 200),
        ("POST", "/unplug", None, 200),
        ("POST", "/power-on", None, 200),
    ],
)
async def test_wrong_actions_are_refused_in_words(lab, method, path, body, status):
    _, cp = await lab.booted()
    answer = await cp.ask(method, path, body)
    assert answer.status_code == status, answer.text
    if status == 409:
        assert answer.headers["content-type"] == "application/problem+json" and answer.json()["title"]


async def test_only_the_socket_s_end_of_a_loose_cable_can_be_plugged(lab):
    _, cp = await lab.booted(cable="fixed")
    assert (await cp.ask("POST", "/plug-in", {"side": "charger"})).status_code == 409


async def test_half_a_loose_cable_is_preparing_already(lab):
    cs, cp = await lab.booted()
    await cp.plug_in("charger")
    await cs.statuses(1, "Preparing")
    await cp.plug_in("ev")
    await cs.nothing_but()
    await cp.unplug("ev")
    await cs.nothing_but()
    await cp.unplug("charger")
    await cs.statuses(1, "Available")
    await cs.nothing_but()


async def test_first_values_of_keys_also_of_the_charger(lab):
    first = {
        "freecharging": "true",
        "FreeChargingIdTag": "HOUSE",
        "ConnectionTimeOut": "7",
        "HeartbeatInterval": "99",
        "ocppchargemode": "ECO",
        "StopTransactionOnEVSideDisconnect": "false",
        "UnlockConnectorOnEVSideDisconnect": "false",
    }
    cs, cp = await lab.booted(keys=first, answers={"BootNotification": boot_without_interval})
    keys = (await cp.state())["keys"]
    assert {name: keys[name] for name in keys if name.lower() in {k.lower() for k in first}} == {
        "FreeCharging": "true",
        "FreeChargingIdTag": "HOUSE",
        "ConnectionTimeOut": "7",
        "HeartbeatInterval": "99",
        "OCPPChargeMode": "ECO",
        "StopTransactionOnEVSideDisconnect": "false",
        "UnlockConnectorOnEVSideDisconnect": "false",
    }
    answer = await cs.call("GetConfiguration", key=["FreeCharging", "ConnectionTimeOut"])
    assert [entry["value"] for entry in answer["configurationKey"]] == ["true", "7"]


def boot_without_interval(_):
    return {"status": "Accepted", "interval": 0, "currentTime": "2026-01-01T00:00:00Z"}


async def test_plug_and_play_by_platform(lab):
    cs, cp = await lab.booted(free_charging=True, keys={"FreeChargingIdTag": "HOUSE"})
    await cp.plug_in()
    await cs.expect("Authorize", idTag="HOUSE")
    await cs.expect("StartTransaction", idTag="HOUSE")
    await cs.statuses(1, "Preparing", "Charging")
    await cs.nothing_but()


async def test_plug_and_play_by_itself(lab):
    cs, cp = await lab.booted(free_charging=True, authorisation="local")
    state = await cp.plug_in()
    start = await cs.expect("StartTransaction")
    assert start["idTag"] == state["keys"]["FreeChargingIdTag"]
    await cs.statuses(1, "Preparing", "Charging")
    await cp.unplug()
    await cs.expect("StopTransaction")
    await cs.statuses(1, "Finishing", "Available")
    await cs.nothing_but()


async def test_free_charging_changed_by_the_platform_acts(lab):
    cs, cp = await lab.booted(authorisation="local")
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.set(FreeCharging="true")
    await cs.expect("StartTransaction")
    await cs.statuses(1, "Charging")


@pytest.mark.parametrize("authorisation", ["platform", "local"])
async def test_a_driver_s_pin_becomes_the_id_tag(lab, authorisation):
    cs, cp = await lab.booted(
        authorisation=authorisation, drivers=[{"name": "Alice", "id_tag": "ALICE", "pin": "90574"}]
    )
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.do("POST", "/enter-pin", {"pin": "90574"})
    if authorisation == "platform":
        await cs.expect("Authorize", idTag="ALICE")
    await cs.expect("StartTransaction", idTag="ALICE")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_a_wrong_pin_starts_nothing(lab):
    cs, cp = await lab.booted(drivers=[{"id_tag": "ALICE", "pin": "90574"}])
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.do("POST", "/enter-pin", {"pin": "11111"})
    await cs.nothing_but()


@pytest.mark.parametrize(
    ("entry", "asks"),
    [
        ({"status": "Accepted"}, False),
        ({"status": "Accepted", "expiry_date": "2020-01-01T00:00:00Z"}, True),
        ({"status": "Accepted", "expiry_date": "2099-01-01T00:00:00"}, False),
        ({"status": "Blocked"}, True),
    ],
)
async def test_entries_of_the_authorization_cache(lab, entry, asks):
    cs, cp = await lab.booted(keys={"LocalPreAuthorize": "true"})
    await cp.do("POST", "/authorization-cache", {"id_tag": "TAG1", **entry})
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("StartTransaction")
    assert bool(cs.of("Authorize")) is asks


async def test_a_blocked_entry_starts_nothing_offline(lab):
    cs, cp = await lab.booted(keys={"AllowOfflineTxForUnknownId": "true"})
    await cp.do("POST", "/authorization-cache", {"id_tag": "TAG1", "status": "Blocked"})
    await cs.stop()
    await cp.until(lambda state: not state["connected"], "offline")
    await cp.plug_in()
    await cp.tag("TAG1")
    assert (await cp.state())["connectors"][0]["session_id"] is None
    state = await cp.tag("TAG2")
    assert state["connectors"][0]["id_tag"] in (None, "TAG2")
    await cp.until(lambda state: state["connectors"][0]["id_tag"] == "TAG2", "an unknown tag may")


async def test_profiles_are_switched_off_while_it_runs(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    came = asyncio.ensure_future(cs.new_socket())
    await cp.do("PUT", "/profiles", {"off": ["RemoteTrigger"]})
    await came
    answer = await cs.call("GetConfiguration", key=["SupportedFeatureProfiles"])
    assert "RemoteTrigger" not in answer["configurationKey"][0]["value"].split(",")
    assert len(cs.of("BootNotification")) == 1


async def test_the_meter_set_backwards_costs_no_session(lab):
    cs, cp = await lab.booted(register_wh=1_000)
    start, transaction_id = await cp.charging()
    assert start["meterStart"] == 1_000
    await cp.do("PUT", "/meter", {"register_wh": 5_000})
    await cp.do("PUT", "/meter", {"register_wh": 10})
    await cp.do("PUT", "/meter", {"register_wh": 510})
    assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == {"status": "Accepted"}
    stop = await cs.expect("StopTransaction")
    assert 5_500 <= stop["meterStop"] < 5_600
    folder = (await cp.state())["state_folder"]
    with sqlite3.connect(f"{folder}/laadboek.db") as db:
        (row,) = db.execute("SELECT start_register_wh, end_register_wh, body FROM sessions").fetchall()
    assert row[0] == 1_000 and row[1] == stop["meterStop"] and b"meter_reset" in row[2]


async def test_frames_are_kept_in_order(lab):
    cs, cp = await lab.booted()
    frames = await cp.do("GET", "/frames")
    assert [frame["number"] for frame in frames] == list(range(1, len(frames) + 1))
    assert json.loads(frames[0]["text"])[2] == "BootNotification" and frames[0]["direction"] == "sent"
    assert frames[1]["direction"] == "received"
    last = frames[-1]["number"]
    assert await cp.do("GET", "/frames", after_number=last) == []
    await cs.caught_up()
    assert next(frame["number"] for frame in await cp.do("GET", "/frames", after_number=last)) == last + 1


async def test_created_without_power_it_waits_for_some(lab):
    cs = await lab.central_system()
    cp = await lab.charge_point(cs, power_on=False)
    state = await cp.state()
    assert (state["powered"], state["link"], cs.paths) == (False, "off", [])
    await cp.do("POST", "/power-on")
    await cs.expect("BootNotification")


async def test_what_is_broken_stays_broken_over_restart_and_reboot(lab):
    cs, cp = await lab.booted()
    await cp.do("POST", "/fault", {"error_code": "HighTemperature", "connector_id": 0})
    await cs.statuses(0, "Faulted")
    await cs.statuses(1, "Faulted")
    came = asyncio.ensure_future(cs.new_socket())
    await cp.do("POST", "/restart-software")
    await came
    await cs.nothing_but()
    assert await cs.call("Reset", type="Hard") == {"status": "Accepted"}
    await cs.expect("BootNotification")
    await cs.statuses(0, "Faulted")
    await cs.statuses(1, "Faulted")
    await cs.nothing_but()


async def test_the_key_is_nowhere_to_be_read(lab):
    cs = await lab.central_system(admit=lambda user, password: password == SECRET)
    cp = await lab.charge_point(cs, authorization_key=SECRET)
    await cs.expect("BootNotification")
    assert SECRET not in (await cp.ask("GET")).text + (await cp.ask("GET", "/frames")).text


async def test_minimum_status_duration_swallows_what_does_not_last(lab):
    cs, cp = await lab.booted()
    await cp.set(MinimumStatusDuration="1")
    await cp.plug_in()
    await cp.unplug()
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()


async def test_a_state_folder_of_another_charge_point_is_409(lab, tmp_path):
    cs = await lab.central_system()
    cp = await lab.charge_point(cs, "LAB-1", state_folder=str(tmp_path))
    body = {"charge_box_id": "LAB-2", "backend_uri": cs.uri, "state_folder": str(tmp_path)}
    assert (await lab.http.post("/charge-points", json=body)).json()["title"] == "lab.folder_in_use"
    await cp.do("DELETE")
    assert (await lab.http.post("/charge-points", json=body)).json()["title"] == "lab.folder_of_another"


async def test_a_state_folder_brings_the_session_back(lab, tmp_path):
    cs, cp = await lab.booted(state_folder=str(tmp_path))
    _, transaction_id = await cp.charging()
    await cp.do("DELETE")
    assert (tmp_path / "laadboek.db").exists()
    came = asyncio.ensure_future(cs.new_socket())
    cp = await lab.charge_point(cs, state_folder=str(tmp_path))
    await came
    await cp.until(lambda state: state["connectors"][0]["power_w"] > 0, "it charges on")
    await cs.nothing_but()
    assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == {"status": "Accepted"}
    await cs.expect("StopTransaction", transactionId=transaction_id)
    await cs.statuses(1, "Finishing")
    assert len(cs.of("BootNotification")) == 1
