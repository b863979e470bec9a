"""Activating OCPP in a running Laadboek (C4, manual 4.3): what must be so, tests, links, what is never shown."""

import asyncio
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import RegistrationStatus
from served_house import HOME, THEIRS, ZAPPI, ServedHouse
from websockets.asyncio.server import ServerConnection, serve

from peers_ocpp import listening
from people import CHARLIE

KEY = "geheim-van-de-baas-42"
QUIET = logging.getLogger("platforms of tests")
QUIET.setLevel(logging.CRITICAL)
AGREED = {"agreed": "yes", "terms": "yes"}


class Desk(ChargePoint):  # type: ignore[misc]
    """Accepts whoever greets it."""

    @on("BootNotification")  # type: ignore[untyped-decorator]
    def on_boot(self, **request: Any) -> Any:
        return call_result.BootNotification("2026-03-01T12:00:00Z", 300, RegistrationStatus.accepted)

    @on("StatusNotification")  # type: ignore[untyped-decorator]
    def on_status(self, **request: Any) -> Any:
        return call_result.StatusNotification()

    @on("Heartbeat")  # type: ignore[untyped-decorator]
    def on_heartbeat(self) -> Any:
        return call_result.Heartbeat("2026-03-01T12:00:00Z")


class Employer:
    """A platform that is not ours, in a thread of its own. `status` turns everybody away."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.authorizations: list[str | None] = []
        self.paths: list[str] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),))

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def uri(self) -> str:
        return f"ws://127.0.0.1:{self.port}/cp/"

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        options: dict[str, Any] = {"subprotocols": ["ocpp1.6"], "logger": QUIET, "process_request": self._door}
        async with serve(self._answer, "127.0.0.1", 0, **options) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._stop.wait()

    def _door(self, connection: ServerConnection, request: Any) -> Any:
        self.authorizations.append(request.headers.get("Authorization"))
        self.paths.append(request.path)
        return None if self.status is None else connection.respond(self.status, "private words")  # type: ignore[arg-type]

    async def _answer(self, connection: ServerConnection) -> None:
        async with listening(Desk("", connection)):
            await connection.wait_closed()


@contextmanager
def running(employer: Employer) -> Iterator[Employer]:
    employer.start()
    try:
        yield employer
    finally:
        employer.stop()


@pytest.fixture(scope="module")
def office(house: ServedHouse) -> Iterator[Employer]:
    with running(Employer()) as one:
        yield one


@pytest.fixture
def employer(office: Employer) -> Employer:
    """Hears of nobody yet, and lets everybody in."""
    office.status = None
    office.authorizations.clear()
    office.paths.clear()
    return office


@pytest.fixture(autouse=True)
def nothing_left(house: ServedHouse, alice: httpx2.Client) -> Iterator[None]:
    """Each test begins without links."""
    yield
    for link in alice.get("/api/v1/links").json()["links"]:
        if link["lifecycle"] != "removed":
            alice.delete(f"/api/v1/links/{link['id']}")


def form(employer: Employer | None = None, **changes: str) -> dict[str, str]:
    """What Alice fills in for her employer."""
    typed = {
        "preset": "other",
        "backend_uri": "wss://ocpp.example.com/" if employer is None else employer.uri,
        "charge_box_id": "SN1",
        "user_name": "SN1",
        "default_id": "SN1",
        "authorization_key": KEY,
        "rule": "business",
        "role": "report",
        **AGREED,
    }
    return {name: value for name, value in (typed | changes).items() if value}


def enable(alice: httpx2.Client, typed: dict[str, str], charger: str = HOME) -> httpx2.Response:
    return alice.post(f"/chargers/{charger}/platforms/new", data=typed)


def problems(page: str) -> dict[str, str]:
    return dict(re.findall(r'<p class="wrong" id="(\w+)-wrong" role="alert">([^<]*)</p>', page))


def links(alice: httpx2.Client) -> list[dict[str, Any]]:
    found = alice.get("/api/v1/links").json()["links"]
    return [link for link in found if link["lifecycle"] != "removed"]


def until_online(alice: httpx2.Client) -> dict[str, Any]:
    for _ in range(400):
        [link] = links(alice)
        if link["state"] == "online" and link["heard_at"]:
            return link
    raise AssertionError(link)


# --- what must be so before ---


def test_all_is_said_and_the_charger_is_connected(alice: httpx2.Client, house: ServedHouse, employer: Employer) -> None:
    answer = enable(alice, form(employer))
    assert answer.status_code == 303, problems(answer.text)
    link = until_online(alice)
    assert (link["role"], link["routing"]["rule"], link["preset"]) == ("report", "business", None)
    assert link["agreed_at"] is not None and link["has_key"] is True
    assert employer.paths[-1] == "/cp/SN1"
    page = alice.get(answer.headers["Location"]).text
    assert "Connected" in page and "just now" in page and "127.0.0.1" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agreed": ""}, "agreed"),
        ({"terms": ""}, "terms"),
        ({"backend_uri": "wss://ocpp.example.com"}, "backend_uri"),
        ({"backend_uri": "wss://ocpp.example.com/SN1"}, "backend_uri"),
        ({"backend_uri": "https://ocpp.example.com/"}, "backend_uri"),
        ({"backend_uri": "wss://alice:x@ocpp.example.com/"}, "backend_uri"),
        ({"backend_uri": "wss://ocpp.example.com/?id="}, "backend_uri"),
        ({"backend_uri": "ws://10.0.0.1:8887/"}, "backend_uri"),
        ({"charge_box_id": "x" * 49}, "charge_box_id"),
        ({"user_name": "with:colon"}, "user_name"),
        ({"authorization_key": "with space"}, "authorization_key"),
        ({"authorization_key": "x" * 15, "security_profile": "1"}, "authorization_key"),
        ({"authorization_key": "x" * 41, "security_profile": "1"}, "authorization_key"),
        ({"authorization_key": "", "security_profile": "2"}, "authorization_key"),
        ({"backend_uri": "ws://ocpp.example.com/", "security_profile": "2"}, "backend_uri"),
        ({"security_profile": "3"}, "security_profile"),
        ({"rule": "drivers"}, "drivers"),
        ({"rule": "business", "role": "control", "decides": "platform"}, "decides"),
        ({"roots": "no certificate"}, "roots"),
        ({"fixed_tag": "x" * 21}, "fixed_tag"),
    ],
)
def test_each_rule_is_said_at_its_field_and_nothing_is_connected(
    alice: httpx2.Client, changes: dict[str, str], field: str
) -> None:
    answer = enable(alice, form(**changes))
    assert answer.status_code in (409, 422)
    assert list(problems(answer.text)) == [field]
    assert links(alice) == []
    assert KEY not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"authorization_key": "x" * 16, "security_profile": "1"},
        {"authorization_key": "x" * 40, "security_profile": "1"},
        {"authorization_key": ""},
        {"user_name": ""},
        {"charge_box_id": "x" * 48},
        {"rule": "drivers", "drivers": "drv_alice"},
        {"rule": "all", "role": "control", "decides": "platform", "default_kind": "private"},
    ],
)
def test_the_other_side_of_each_limit_is_taken(
    alice: httpx2.Client, employer: Employer, changes: dict[str, str]
) -> None:
    answer = enable(alice, form(employer, **changes))
    assert answer.status_code == 303, problems(answer.text)


def test_a_charger_that_cannot_and_a_location_that_is_not_complete_say_why(alice: httpx2.Client) -> None:
    page = alice.get(f"/chargers/{ZAPPI}/platforms/new?preset=other").text
    assert "First, this is still missing" in page
    assert f'href="/chargers/{ZAPPI}/setup"' in page and 'href="/location"' in page
    answer = enable(alice, form(), ZAPPI)
    assert answer.status_code == 422 and links(alice) == []
    told = alice.get(f"/api/v1/chargers/{ZAPPI}/activation").json()
    assert [one["code"] for one in told["missing"]] == ["ocpp.old_firmware", "location.none"]
    body = {"preset": "laadboek", "agreed": True, "terms": True}
    refused = alice.post(f"/api/v1/chargers/{ZAPPI}/activation", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "ocpp.old_firmware")


def test_the_user_name_follows_the_charge_box_id_until_it_is_changed_on_purpose(
    alice: httpx2.Client, employer: Employer
) -> None:
    enable(alice, form(employer, charge_box_id="OTHER", user_name="SN1", default_id="SN1"))
    [link] = links(alice)
    assert (link["charge_box_id"], link["user_name"]) == ("OTHER", "OTHER")
    alice.delete(f"/api/v1/links/{link['id']}")
    enable(alice, form(employer, charge_box_id="OTHER", user_name="MINE", default_id="SN1"))
    [link] = links(alice)
    assert (link["charge_box_id"], link["user_name"]) == ("OTHER", "MINE")


def test_there_is_one_control_and_the_form_says_who_has_it(alice: httpx2.Client, employer: Employer) -> None:
    assert enable(alice, form(employer, role="control", rule="all")).status_code == 303
    page = alice.get(f"/chargers/{HOME}/platforms/new?preset=monta").text
    assert "127.0.0.1 controls it already" in page
    answer = enable(alice, form(employer, charge_box_id="SN2", role="control", rule="all"))
    assert list(problems(answer.text)) == ["role"]


def test_guests_make_the_charger_wait_for_who_identifies(alice: httpx2.Client, employer: Employer) -> None:
    page = alice.get(f"/chargers/{HOME}/platforms/new?preset=tap").text
    assert "gives energy to whoever plugs in" in page
    enable(alice, form(employer, role="control", rule="all", guests="yes"))
    settings = alice.get(f"/api/v1/chargers/{HOME}/settings").json()["settings"]
    assert {one["name"]: one["value"] for one in settings}["FreeCharging"] == "false"
    assert "FreeCharging is false" in alice.get(f"/chargers/{HOME}/platforms/new?preset=tap").text
    alice.patch(f"/api/v1/chargers/{HOME}/settings", json={"settings": {"FreeCharging": "true"}})


# --- our own platform ---


def test_our_own_platform_needs_nothing_typed(alice: httpx2.Client, house: ServedHouse) -> None:
    page = alice.get(f"/chargers/{HOME}/platforms/new?preset=laadboek").text
    assert "Nothing to type" in page and 'name="backend_uri"' not in page
    answer = enable(alice, {"preset": "laadboek", "rule": "all", "role": "control", "terms": "yes"})
    assert answer.status_code == 303, problems(answer.text)
    link = until_online(alice)
    assert (link["charge_box_id"], link["preset"], link["has_key"]) == ("LB-0001", "laadboek", True)
    assert link["backend_uri"] == f"ws://127.0.0.1:{house.ocpp_port}/ocpp/"
    again = enable(alice, {"preset": "laadboek", "rule": "all", "role": "report", "terms": "yes"})
    assert "LB-0001" in again.text and again.status_code == 409
    assert until_online(alice)["id"] == link["id"]  # the one that is there goes on


def test_our_own_platform_takes_the_same_charger_again(alice: httpx2.Client) -> None:
    body = {"preset": "laadboek", "terms": True, "role": "control"}
    first = alice.post(f"/api/v1/chargers/{HOME}/activation", json=body)
    assert first.status_code == 201
    until_online(alice)
    alice.delete(f"/api/v1/links/{first.json()['id']}")
    second = alice.post(f"/api/v1/chargers/{HOME}/activation", json=body)
    assert second.status_code == 201 and second.json()["charge_box_id"] == first.json()["charge_box_id"]
    until_online(alice)


# --- test first ---


def test_a_test_connects_nothing(alice: httpx2.Client, house: ServedHouse, employer: Employer) -> None:
    page = alice.post(f"/chargers/{HOME}/platforms/test", data=form(employer)).text
    assert "The platform accepts this charger" in page and "Nothing was connected" in page
    assert links(alice) == []
    assert employer.authorizations[0] is not None
    told = alice.post(
        f"/api/v1/chargers/{HOME}/link-test",
        json={"backend_uri": employer.uri, "charge_box_id": "SN1", "authorization_key": KEY},
    ).json()
    assert told["passed"] is True and [one["state"] for one in told["stages"]] == ["passed"] * 4


def test_a_test_shows_each_stage_as_it_passes(alice: httpx2.Client, employer: Employer) -> None:
    with alice.stream(
        "POST", f"/chargers/{HOME}/platforms/test", data=form(employer), headers={"HX-Request": "true"}
    ) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        told = "".join(answer.iter_text())
    events = told.split("\r\n\r\n")
    assert len([one for one in events if "stage" in one]) > 2
    assert "being tried" in events[0] and "The platform accepts this charger" in told
    assert KEY not in told


def test_a_closed_door_is_told_by_its_kind_only(alice: httpx2.Client, house: ServedHouse, employer: Employer) -> None:
    employer.status = 401
    page = alice.post(f"/chargers/{HOME}/platforms/test", data=form(employer)).text
    assert "does not accept this user name and authorization key" in page
    assert "private words" not in page + house.log.getvalue()


def test_what_cannot_be_a_link_is_not_tried(alice: httpx2.Client, employer: Employer) -> None:
    answer = alice.post(
        f"/chargers/{HOME}/platforms/test",
        data=form(employer, charge_box_id="x" * 49),
        headers={"HX-Request": "true"},
    )
    assert "This has to be put right" in answer.text and employer.paths == []


def test_an_identity_that_is_on_the_air_is_left_alone(alice: httpx2.Client, employer: Employer) -> None:
    enable(alice, form(employer))
    link = until_online(alice)
    calls = len(employer.paths)
    refused = alice.post(f"/api/v1/chargers/{HOME}/link-test", json={"link": link["id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "link_test.on_the_air")
    page = alice.post(f"/links/{link['id']}/test", data=form(employer, authorization_key="")).text
    assert "is connected to this platform right now" in page
    assert len(employer.paths) == calls and until_online(alice)["id"] == link["id"]


def test_a_link_that_is_switched_off_is_tested_with_its_key(alice: httpx2.Client, employer: Employer) -> None:
    enable(alice, form(employer))
    link = until_online(alice)
    alice.post(f"/links/{link['id']}/pause")
    answer = alice.post(f"/api/v1/chargers/{HOME}/link-test", json={"link": link["id"]})
    for _ in range(200):  # its socket says goodbye first
        if answer.status_code == 200:
            break
        answer = alice.post(f"/api/v1/chargers/{HOME}/link-test", json={"link": link["id"]})
    assert answer.json()["passed"] is True
    assert employer.authorizations[-1] == employer.authorizations[0] is not None


def test_a_kept_key_is_shown_to_no_other_host(alice: httpx2.Client, employer: Employer) -> None:
    enable(alice, form(employer))
    link = until_online(alice)
    with running(Employer()) as other:
        typed = form(other, authorization_key="")
        page = alice.post(f"/links/{link['id']}/test", data=typed)
        assert list(problems(page.text)) == ["authorization_key"]
        body = {"link": link["id"], "backend_uri": other.uri}
        refused = alice.post(f"/api/v1/chargers/{HOME}/link-test", json=body)
        assert refused.json()["code"] == "link.key_of_other_host"
        changed = alice.post(f"/links/{link['id']}/change", data=typed)
        assert list(problems(changed.text)) == ["authorization_key"]
        assert other.paths == []


# --- links ---


def test_a_link_is_changed_and_its_key_stays(alice: httpx2.Client, house: ServedHouse, employer: Employer) -> None:
    enable(alice, form(employer))
    link = until_online(alice)
    page = alice.get(f"/links/{link['id']}/change").text
    assert "Leave empty to keep the one that is there" in page and KEY not in page
    sealed = house.rows("SELECT authorization_key FROM links ORDER BY id DESC LIMIT 1")
    typed = form(employer, authorization_key="", rule="all", default_kind="private")
    assert alice.post(f"/links/{link['id']}/change", data=typed).status_code == 303
    [after] = links(alice)
    assert (after["id"], after["routing"]["rule"], after["has_key"]) == (link["id"], "all", True)
    assert house.rows("SELECT authorization_key FROM links ORDER BY id DESC LIMIT 1") == sealed
    typed = form(employer, authorization_key="", no_key="yes")
    alice.post(f"/links/{link['id']}/change", data=typed)
    assert links(alice)[0]["has_key"] is False


def test_another_charge_box_id_is_another_link_and_the_old_one_goes_by_itself(
    alice: httpx2.Client, employer: Employer
) -> None:
    enable(alice, form(employer))
    link = until_online(alice)
    answer = alice.post(f"/links/{link['id']}/change", data=form(employer, charge_box_id="SN2", authorization_key=""))
    assert "said=moved" in answer.headers["Location"]
    found = {one["charge_box_id"]: one["id"] for one in links(alice) if one["lifecycle"] == "active"}
    assert list(found) == ["SN2"] and found["SN2"] != link["id"]


def test_switched_off_on_and_removed_with_what_happens_said_first(alice: httpx2.Client, employer: Employer) -> None:
    enable(alice, form(employer))
    link = until_online(alice)
    assert "said=paused" in alice.post(f"/links/{link['id']}/pause").headers["Location"]
    assert "Switched off" in alice.get(f"/chargers/{HOME}/platforms").text
    alice.post(f"/links/{link['id']}/resume")
    until_online(alice)
    page = alice.get(f"/links/{link['id']}/remove").text
    assert "It has everything that was for it" in page
    alice.post(f"/links/{link['id']}/remove")
    assert links(alice) == []
    assert "Not connected to any platform" in alice.get(f"/chargers/{HOME}/platforms").text


def test_a_platform_that_turns_us_away_is_said_in_plain_words(alice: httpx2.Client, employer: Employer) -> None:
    employer.status = 404
    enable(alice, form(employer))
    for _ in range(400):
        [link] = links(alice)
        if link["why_code"] == "link.refused_404":
            break
    page = alice.get(f"/chargers/{HOME}/platforms").text
    assert "does not know this ChargeBoxID" in page and "Turned away" in page


# --- whose it is, and what is never shown ---


def test_somebody_elses_charger_and_link_are_unknown(
    alice: httpx2.Client, house: ServedHouse, employer: Employer
) -> None:
    enable(alice, form(employer))
    [link] = links(alice)
    with house.browser(CHARLIE) as charlie:
        for path in (f"/chargers/{HOME}/platforms", f"/chargers/{HOME}/platforms/new", f"/links/{link['id']}/change"):
            assert charlie.get(path).status_code == 404
        for path in (
            f"/chargers/{HOME}/platforms/new",
            f"/chargers/{HOME}/platforms/test",
            f"/links/{link['id']}/test",
        ):
            assert charlie.post(path, data=form(employer)).status_code == 404
        body = {"link": link["id"]}
        assert charlie.post(f"/api/v1/chargers/{THEIRS}/link-test", json=body).status_code == 404


def test_the_key_is_nowhere_but_sealed(alice: httpx2.Client, house: ServedHouse, employer: Employer) -> None:
    enable(alice, form(employer))
    link = until_online(alice)
    pages = [
        alice.get(path).text
        for path in (
            f"/chargers/{HOME}/platforms",
            f"/links/{link['id']}",
            f"/links/{link['id']}/change",
            f"/links/{link['id']}/remove",
            "/api/v1/links",
            f"/api/v1/links/{link['id']}",
        )
    ]
    kept = house.rows("SELECT * FROM audit") + house.rows("SELECT * FROM links") + house.rows("SELECT * FROM outbox")
    assert KEY not in "".join(pages) + repr(kept) + house.log.getvalue()
    [told] = [row for row in house.rows("SELECT details FROM audit WHERE what = 'link.added' ORDER BY id")][-1:]
    assert '"agreed_at"' in told[0] and "business" not in told[0]


def test_the_list_of_platforms_is_in_the_api(alice: httpx2.Client) -> None:
    found = {one["id"]: one for one in alice.get("/api/v1/platform-presets").json()["presets"]}
    assert found["monta"]["uri"] == "wss://ocpp.monta.app/" and found["eflux"]["uri"] == ""


def test_many_tests_in_a_row_have_to_wait(house: ServedHouse) -> None:
    """Of Charlie's, so that Alice's tests go on."""
    with house.browser(CHARLIE) as charlie:
        body = {"backend_uri": "ws://10.9.9.9:81/", "charge_box_id": "SN1"}
        answers = [charlie.post(f"/api/v1/chargers/{THEIRS}/link-test", json=body) for _ in range(3)]
        assert {answer.json()["code"] for answer in answers} == {"link.forbidden_port"}  # refused before its turn
        body = {"backend_uri": "ws://nowhere.invalid/", "charge_box_id": "SN1"}
        for _ in range(20):
            answer = charlie.post(f"/api/v1/chargers/{THEIRS}/link-test", json=body)
            assert answer.json()["stages"][0]["code"] == "link_test.dns"
        refused = charlie.post(f"/api/v1/chargers/{THEIRS}/link-test", json=body)
        assert (refused.status_code, refused.json()["code"]) == (429, "link_test.too_many")
