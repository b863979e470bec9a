"""An installer registers a charger of another maker, it charges, and every kWh is found."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from ocpp.v16 import call
from served import Served, box, dial, play
from websockets.exceptions import InvalidStatus


def add(api: httpx2.Client, name: str, **more: Any) -> dict[str, Any]:
    answer = api.post("/charge-points", json={"charge_box_id": name} | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def add_tag(api: httpx2.Client, id_tag: str, **more: Any) -> None:
    answer = api.post("/id-tags", json={"id_tag": id_tag} | more)
    assert answer.status_code == 201, answer.text


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_a_registered_charger_charges_and_is_found_everywhere(served: Served, api: httpx2.Client) -> None:
    key = add(api, "GARAGE")["authorization_key"]
    add_tag(api, "OLGA", kind="business")

    async def story() -> int:
        async with box(served, "GARAGE", key) as garage:
            assert (await garage.boot()).status == "Accepted"
            transaction_id = await garage.charge("OLGA")
            seen = await asyncio.to_thread(api.get, "/charge-points/GARAGE")
            assert (seen.json()["connected"], seen.json()["model"]) == (True, "AC-11")
            assert [one["status"] for one in seen.json()["connectors"]] == ["Preparing"]
            return transaction_id

    transaction_id = play(story())

    [listed] = api.get("/charge-points/GARAGE/transactions").json()["transactions"]
    assert (listed["transaction_id"], listed["energy_wh"], listed["state"]) == (transaction_id, 3000, "closed")
    assert listed in api.get("/transactions").json()["transactions"]
    detail = api.get(f"/transactions/{transaction_id}").json()
    assert [(value["sampled_at"], value["register_wh"]) for value in detail["meter_values"]] == [
        ("2026-03-01T09:15:00Z", 1500)
    ]
    sessions = api.get("/sessions?period=day&date=2026-03-01").json()["sessions"]
    [session] = [one for one in sessions if one["session_id"] == listed["session_id"]]
    assert (session["charger_name"], session["energy_wh"], session["kind"]) == ("GARAGE", 3000, "business")
    assert session["session_id"] in served.command("sessions", "export").stdout
    assert served.command("ledger", "verify").exit_code == 0

    frames = api.get("/charge-points/GARAGE/frames").json()["frames"]
    assert frames[0]["action"] == "StopTransaction"
    [start] = [one for one in frames if one["action"] == "StartTransaction"]
    assert json.loads(start["call"])[3]["idTag"] == "OLGA"
    assert json.loads(start["answer"])["transactionId"] == transaction_id


def test_a_charger_is_started_and_stopped_from_a_distance(served: Served, api: httpx2.Client) -> None:
    key = add(api, "REMOTE")["authorization_key"]
    add_tag(api, "BOB")
    address = "/charge-points/REMOTE/operations"

    async def ask(action: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
        body = {"action": action, "payload": payload, "wait": True} | more
        answer = await asyncio.to_thread(api.post, address, json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def story() -> None:
        async with box(served, "REMOTE", key) as remote:
            await remote.boot()
            wanted = {"connectorId": 1, "idTag": "BOB"}
            done = await ask("RemoteStartTransaction", wanted, idempotency_key="tap-1")
            assert (done["state"], done["answer"], done["actor"]) == ("answered", {"status": "Accepted"}, "operator")
            again = await ask("RemoteStartTransaction", wanted, idempotency_key="tap-1")
            assert again["id"] == done["id"]
            started = await remote.begin("BOB")
            stopped = await ask("RemoteStopTransaction", {"transactionId": started.transaction_id})
            assert stopped["answer"] == {"status": "Accepted"}
            await remote.end(started.transaction_id, "BOB")
            read = await ask("GetConfiguration", {"key": ["HeartbeatInterval"]})
            assert read["answer"]["configurationKey"][0]["value"] == "900"
            assert remote.asked == [
                ("start", {"connector_id": 1, "id_tag": "BOB"}),
                ("stop", {"transaction_id": started.transaction_id}),
            ]
            assert api.get(f"/operations/{done['id']}").json() == done

    play(story())
    other = {"action": "Reset", "payload": {"type": "Soft"}, "idempotency_key": "tap-1"}
    assert code(api.post(address, json=other)) == (409, "operation.key_reused")


def test_an_operation_for_a_charger_that_is_away_is_noted_and_waits(api: httpx2.Client) -> None:
    add(api, "AWAY")
    noted = api.post("/charge-points/AWAY/operations", json={"action": "ClearCache"}).json()
    assert (noted["state"], noted["answer"], noted["settled_at"]) == ("requested", None, None)
    assert api.get(f"/operations/{noted['id']}").json()["state"] == "requested"


@pytest.mark.parametrize(
    ("action", "payload", "refusal"),
    [
        ("Explode", {}, "operation.unknown_action"),
        ("Reset", {"type": "Gentle"}, "operation.bad_payload"),
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": "00" * 20}, "operation.secret"),
    ],
)
def test_what_no_charger_can_be_asked(api: httpx2.Client, action: str, payload: dict[str, Any], refusal: str) -> None:
    if api.get("/charge-points/ASKED").status_code == 404:
        add(api, "ASKED")
    answer = api.post("/charge-points/ASKED/operations", json={"action": action, "payload": payload})
    assert code(answer) == (422, refusal)


def test_a_removed_charger_is_disconnected_and_unknown_but_its_past_stays(served: Served, api: httpx2.Client) -> None:
    first = add(api, "SOLD")
    add_tag(api, "CAROL")

    async def story() -> int:
        async with box(served, "SOLD", first["authorization_key"]) as sold:
            await sold.boot()
            started = await sold.begin("CAROL")
            removed = await asyncio.to_thread(api.delete, "/charge-points/SOLD")
            assert removed.status_code == 204
            assert await sold.closed() == 1008
            with pytest.raises(InvalidStatus, match="401"):
                await dial(served, "SOLD", first["authorization_key"])
            return int(started.transaction_id)

    transaction_id = play(story())
    assert code(api.get("/charge-points/SOLD")) == (404, "charge_point.unknown")
    assert "SOLD" not in [one["charge_box_id"] for one in api.get("/charge-points").json()["charge_points"]]
    left = api.get(f"/transactions/{transaction_id}").json()
    assert (left["state"], left["flags"], left["charge_box_id"]) == ("provisional", ["no_stop"], "SOLD")
    again = add(api, "SOLD")
    assert (again["id"], again["connected"]) == (first["id"], False)
    assert again["authorization_key"] != first["authorization_key"]
    [kept] = api.get("/charge-points/SOLD/transactions").json()["transactions"]
    assert kept["transaction_id"] == transaction_id


def test_one_that_never_came_leaves_nothing_behind(api: httpx2.Client) -> None:
    mistyped = add(api, "GRAAGE")
    assert api.delete(f"/charge-points/{mistyped['id']}").status_code == 204
    assert add(api, "GRAAGE")["id"] != mistyped["id"]


def test_a_new_key_ends_the_connection_and_the_old_key(served: Served, api: httpx2.Client) -> None:
    old = add(api, "KEYED")["authorization_key"]

    async def story() -> None:
        async with box(served, "KEYED", old) as keyed:
            await keyed.boot()
            changed = await asyncio.to_thread(api.patch, "/charge-points/KEYED", json={"new_authorization_key": True})
            new = changed.json()["authorization_key"]
            assert len(bytes.fromhex(new)) == 20
            assert await keyed.closed() == 1008
        with pytest.raises(InvalidStatus, match="401"):
            await dial(served, "KEYED", old)
        async with box(served, "KEYED", new) as keyed:
            await keyed.boot()

    play(story())
    given = api.patch("/charge-points/KEYED", json={"authorization_key": "sixteen-or-more-"})
    assert given.json()["authorization_key"] is None
    both = {"authorization_key": "sixteen-or-more-", "new_authorization_key": True}
    assert code(api.patch("/charge-points/KEYED", json=both)) == (409, "charge_point.two_keys")


def test_a_pending_charger_may_only_boot_until_it_is_accepted(served: Served, api: httpx2.Client) -> None:
    key = add(api, "NEWBORN", registration="Pending")["authorization_key"]

    async def story() -> None:
        async with box(served, "NEWBORN", key) as newborn:
            assert (await newborn.boot()).status == "Pending"
            changed = await asyncio.to_thread(api.patch, "/charge-points/NEWBORN", json={"registration": "Accepted"})
            assert (changed.json()["registration"], changed.json()["connected"]) == ("Accepted", True)
            assert (await newborn.boot()).status == "Accepted"
            assert await newborn.call(call.Heartbeat()) is not None

    play(story())


def test_id_tags_are_answered_as_they_are_set(served: Served, api: httpx2.Client) -> None:
    key = add(api, "TAGGED")["authorization_key"]
    add_tag(api, "Dave", parent_id_tag="FAMILY")
    add_tag(api, "ERIN", expires_at="2026-01-01T00:00:00Z")

    async def story() -> None:
        async with box(served, "TAGGED", key) as tagged:
            await tagged.boot()

            async def status(id_tag: str) -> tuple[str, str | None]:
                info = (await tagged.call(call.Authorize(id_tag=id_tag))).id_tag_info
                return info["status"], info.get("parent_id_tag")

            assert await status("DAVE") == ("Accepted", "FAMILY")
            assert await status("ERIN") == ("Expired", None)
            for change, answer in (
                ({"blocked": True}, ("Blocked", "FAMILY")),
                ({"blocked": False, "parent_id_tag": None}, ("Accepted", None)),
            ):
                changed = await asyncio.to_thread(api.patch, "/id-tags/dave", json=change)
                assert changed.json()["status"] == answer[0]
                assert await status("DAVE") == answer
            await asyncio.to_thread(api.patch, "/id-tags/ERIN", json={"expires_at": None})
            assert await status("ERIN") == ("Accepted", None)
            assert (await asyncio.to_thread(api.delete, "/id-tags/DAVE")).status_code == 204
            assert await status("DAVE") == ("Invalid", None)

    play(story())


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/charge-points", {"charge_box_id": ""}, (422, "charge_point.bad_id")),
        ("/charge-points", {"charge_box_id": " X"}, (422, "charge_point.bad_id")),
        ("/charge-points", {"charge_box_id": "cp_0123456789abcdef"}, (422, "charge_point.bad_id")),
        ("/charge-points", {"charge_box_id": "X" * 49}, (422, "charge_point.bad_id")),
        ("/charge-points", {"charge_box_id": "X", "authorization_key": "k" * 15}, (422, "charge_point.bad_key")),
        ("/charge-points", {"charge_box_id": "X", "authorization_key": "k" * 41}, (422, "charge_point.bad_key")),
        ("/charge-points", {"charge_box_id": "X", "registration": "Maybe"}, (422, "page.bad_request")),
        ("/charge-points", {"charge_box_id": "X", "key": "misspelt"}, (422, "page.bad_request")),
        ("/id-tags", {"id_tag": "T" * 21}, (422, "id_tag.bad")),
        ("/id-tags", {"id_tag": "T", "parent_id_tag": "t"}, (422, "id_tag.own_parent")),
        ("/id-tags", {"id_tag": "T", "expires_at": "2026-01-01T00:00:00"}, (422, "page.bad_request")),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(
    api: httpx2.Client, path: str, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = api.get(path).json()
    answer = api.post(path, json=body)
    assert code(answer) == expected
    assert "k" * 15 not in answer.text
    assert api.get(path).json() == before


def test_both_sides_of_a_limit_fit(api: httpx2.Client) -> None:
    add(api, "X" * 48, authorization_key="k" * 16)
    add(api, "Y", authorization_key="k" * 40)
    add_tag(api, "T" * 20)


def test_nothing_is_there_twice(api: httpx2.Client) -> None:
    add(api, "TWICE")
    assert code(api.post("/charge-points", json={"charge_box_id": "TWICE"})) == (409, "charge_point.taken")
    add_tag(api, "TWICE")
    assert code(api.post("/id-tags", json={"id_tag": "twice"})) == (409, "id_tag.taken")


@pytest.mark.parametrize("path", ["/id-tags", "/charge-points"])
def test_long_lists_come_in_pages(api: httpx2.Client, path: str) -> None:
    for number in range(3):
        add(api, f"PAGE-{path[1]}-{number}") if path == "/charge-points" else add_tag(api, f"PAGE-{number}")
    name = path[1:].replace("-", "_")
    whole = api.get(path, params={"limit": 1000}).json()
    assert whole["next"] is None and len(whole[name]) >= 3
    found, after = [], {}
    while True:
        page = api.get(path, params={"limit": 2} | after).json()
        found += page[name]
        if page["next"] is None:
            break
        assert len(page[name]) == 2
        after = {"after": page["next"]}
    assert found == whole[name]


@pytest.mark.parametrize("path", ["/id-tags", "/charge-points", "/transactions"])
@pytest.mark.parametrize("cursor", ["%%%", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "_w"])
def test_a_cursor_that_somebody_made_up(api: httpx2.Client, path: str, cursor: str) -> None:
    answer = api.get(path, params={"after": cursor})
    assert answer.status_code in ((200, 422) if path == "/id-tags" else (422,))


def test_frames_and_meter_values_come_in_pages(served: Served, api: httpx2.Client) -> None:
    key = add(api, "PAGED")["authorization_key"]
    add_tag(api, "FRANK")

    async def story() -> int:
        async with box(served, "PAGED", key) as paged:
            await paged.boot()
            started = await paged.begin("FRANK")
            for minute in range(5):
                value = {"timestamp": f"2026-03-01T09:0{minute}:00Z", "sampled_value": [{"value": f"{1000 + minute}"}]}
                request = call.MeterValues(connector_id=1, transaction_id=started.transaction_id, meter_value=[value])
                await paged.call(request)
            await paged.end(started.transaction_id, "FRANK")
            return int(started.transaction_id)

    transaction_id = play(story())
    registers: list[int] = []
    query: dict[str, str | int] = {"limit": 4}
    while True:
        page = api.get(f"/transactions/{transaction_id}", params=query).json()
        registers += [value["register_wh"] for value in page["meter_values"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert registers == [1000, 1001, 1002, 1003, 1004, 1500]
    first = api.get("/charge-points/PAGED/frames", params={"limit": 3}).json()
    second = api.get("/charge-points/PAGED/frames", params={"limit": 3, "after": first["next"]}).json()
    actions = [frame["action"] for frame in first["frames"] + second["frames"]]
    assert actions == ["StopTransaction"] + ["MeterValues"] * 5


def test_the_api_describes_its_answers(api: httpx2.Client) -> None:
    described = api.get("/openapi.json").json()
    paths = {path.removeprefix("/api/v1"): set(methods) for path, methods in described["paths"].items()}
    assert (
        paths.items()
        >= {
            "/charge-points": {"get", "post"},
            "/charge-points/{charge_point}": {"get", "patch", "delete"},
            "/charge-points/{charge_point}/frames": {"get"},
            "/charge-points/{charge_point}/transactions": {"get"},
            "/charge-points/{charge_point}/operations": {"post"},
            "/id-tags": {"get", "post"},
            "/id-tags/{id_tag}": {"patch", "delete"},
            "/transactions": {"get"},
            "/transactions/{transaction_id}": {"get"},
            "/operations/{operation_id}": {"get"},
        }.items()
    )
    for answer in ("ChargePointAnswer", "TransactionDetailAnswer", "OperationAnswer", "IdTagAnswer", "Problem"):
        assert described["components"]["schemas"][answer]["properties"]
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
