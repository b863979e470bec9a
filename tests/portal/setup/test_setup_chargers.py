"""Chargers as things one has: add, look, test, name, set, remove (C3, manual 4.1 and 4.3)."""

import asyncio
from datetime import UTC, datetime

import pytest
from setup_home import BOB, OLGA, SetupHome
from starlette.testclient import TestClient

from laadboek.actions.actor import Actor
from laadboek.actions.charger_products_questions import RemoveCharger
from laadboek.live import PlugIn, Unplug
from laadboek.reasons import Refused
from laadboek.store import charge_points, chargers, drivers, links
from laadboek.store.connection import Connection
from laadboek.store.drivers import NewDriver
from laadboek.store.links import Lifecycle, NewLink
from people import CHARLIE

LATER = datetime(2026, 4, 1, tzinfo=UTC)


def add(client: TestClient, **form: str) -> str:
    """The id of a new charger, from where its page is."""
    answer = client.post("/chargers/add/simulated", data={"name": "Driveway", **form})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[2]


def press(home: SetupHome, charger_id: str, button: object) -> None:
    asyncio.run(home.bus.request(f"charger.{charger_id}.simulate", button))


def test_a_charger_is_there_at_once_with_its_name_plate(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice, model="zappi", serial_number="21000007", firmware_version="5.540", phases="1")
    home.wait(seconds=3)
    page = alice.get("/chargers").text
    for words in ("Driveway", "myenergi zappi 2H22TB", "21000007", "5.540", "Simulated, inside Laadboek", "No car"):
        assert words in page, words
    assert home.fleet[charger_id].core.nameplate.phases == 1
    assert "OCPP" in page and "Not possible" not in page


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ({"type_code": "222TB", "serial_number": "10000007"}, "made before Wi-Fi"),
        ({"firmware_version": "5.114"}, "too old for OCPP"),
    ],
)
def test_a_zappi_that_cannot_speak_ocpp_says_why(home: SetupHome, label: dict[str, str], why: str) -> None:
    alice = home.browser()
    charger_id = add(alice, model="zappi", **label)
    for path in ("/chargers", f"/chargers/{charger_id}/setup", "/setup/platform"):
        assert why in alice.get(path).text, path


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "1 to 60 characters"),
        ({"name": "x" * 61}, "1 to 60 characters"),
        ({"model": "steam"}, "There is no model steam"),
        ({"phases": "2"}, "one phase or three"),
        ({"phases": "many"}, "many is no number"),
        ({"max_current_a": "5"}, "A charger offers"),
        ({"firmware_version": "<script>alert(1)</script>"}, "is no version"),
        ({"model": "zappi", "type_code": "2H" * 20}, "What is on the label"),
        ({"site_id": "sit_0"}, "no such location"),
    ],
)
def test_what_cannot_be_a_charger_is_told_at_its_field(home: SetupHome, form: dict[str, str], said: str) -> None:
    alice = home.browser()
    answer = alice.post("/chargers/add/simulated", data={"name": "Driveway", **form})
    assert answer.status_code in (404, 422) and said in answer.text
    assert "<script>alert" not in answer.text
    assert home.database.read(lambda db: chargers.of_account(db, home.account_id)) == []


def test_onward_is_a_path_of_our_own(home: SetupHome) -> None:
    alice = home.browser()
    for foreign in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = alice.post("/chargers/add/simulated", data={"name": "Driveway", "next": foreign})
        assert answer.headers["location"] == "/"


def driver(db: Connection, home: SetupHome, charger_id: str, mac: bytes) -> int:
    row = chargers.by_public_id(db, home.account_id, charger_id)
    assert row is not None
    new = NewDriver(public_id="drv_1", name="Alice", pin_mac=mac, id_tag="LB01", kind="business", mode="fast")
    driver_id = drivers.create(db, home.account_id, row.id, new, home.world.now)
    db.run("UPDATE drivers SET all_chargers = 1 WHERE id = ?", (driver_id,))
    return driver_id


def test_who_may_charge_everywhere_may_at_a_new_charger_with_the_same_pin(home: SetupHome) -> None:
    alice = home.browser()
    first = add(alice)
    home.database.run(lambda db: driver(db, home, first, b"mac"))
    second = add(alice, name="Carport")

    def permitted(db: Connection) -> list[bytes | None]:
        row = chargers.by_public_id(db, home.account_id, second)
        assert row is not None
        return [at.pin_mac for at in drivers.of_charger(db, row.id)]

    assert home.database.read(permitted) == [b"mac"]
    assert [one.name for one in home.fleet[second].core.state.drivers.drivers] == ["Alice"]


def test_a_charger_is_tested_by_asking_it(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    assert "The charger answered at once" in alice.post(f"/chargers/{charger_id}/test").text
    home.fleet[charger_id].device.cut_power()  # type: ignore[attr-defined]
    home.wait(seconds=3)
    assert "it has no power" in alice.post(f"/chargers/{charger_id}/test").text
    home.fleet.remove(charger_id)
    assert "Laadboek does not reach it" in alice.post(f"/chargers/{charger_id}/test").text


def test_a_new_name_is_seen_at_once_and_after_a_restart(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    assert alice.post(f"/chargers/{charger_id}/name", data={"name": "Carport & <b>"}).status_code == 303
    live = home.bus.latest(f"charger.{charger_id}.live")
    assert live is not None and live.name == "Carport & <b>"
    assert "Carport &amp; &lt;b&gt;" in alice.get("/chargers").text
    refused = alice.post(f"/chargers/{charger_id}/name", data={"name": " "})
    assert refused.status_code == 422 and "1 to 60 characters" in refused.text
    home.start()
    home.wait(seconds=1)
    assert home.fleet[charger_id].charger.name == "Carport & <b>"


def test_a_charger_that_is_removed_is_gone_but_for_its_book(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    home.database.run(lambda db: driver(db, home, charger_id, b"mac"))
    home.database.run(lambda db: own_platform(db, home, charger_id))
    assert "Its sessions stay" in alice.get(f"/chargers/{charger_id}/remove").text
    assert alice.post(f"/chargers/{charger_id}/remove").headers["location"] == "/chargers"
    assert charger_id not in home.fleet
    assert home.bus.latest(f"charger.{charger_id}.live") is None
    assert "No charger yet." in alice.get("/chargers").text
    assert alice.get(f"/chargers/{charger_id}/setup").status_code == 404
    assert alice.post(f"/chargers/{charger_id}/remove").status_code == 404

    def left(db: Connection) -> tuple[object, ...]:
        row = chargers.by_public_id(db, home.account_id, charger_id)
        assert row is not None
        [point] = charge_points.of_account(db, home.account_id)
        return row.removed_at, drivers.of_charger(db, row.id), links.of_charger(db, row.id)[0].lifecycle, point.key_mac

    assert home.database.read(left) == (home.world.now, [], Lifecycle.REMOVED, None)
    home.start()
    assert len(home.fleet) == 0


def own_platform(db: Connection, home: SetupHome, charger_id: str) -> None:
    """A link to our own platform, as the demo has one."""
    row = chargers.by_public_id(db, home.account_id, charger_id)
    assert row is not None
    link = NewLink(
        public_id="lnk_1", position=1, role="control", backend_uri="ws://127.0.0.1:1/ocpp/", charge_box_id="LB-1",
        user_name="LB-1",
    )  # fmt: skip
    links.create(db, home.account_id, row.id, link, 0, home.world.now)
    charge_points.create(
        db, home.account_id, public_id="cp_1", charge_box_id="LB-1", key_mac=b"k", charger_id=row.id,
        now=home.world.now,
    )  # fmt: skip


def test_nobody_loses_a_session_that_runs(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    press(home, charger_id, PlugIn())
    home.wait(minutes=5)
    refused = alice.post(f"/chargers/{charger_id}/remove")
    assert refused.status_code == 409 and "Somebody charges at Driveway now" in refused.text
    assert charger_id in home.fleet
    press(home, charger_id, Unplug())
    home.wait(minutes=2)
    assert alice.post(f"/chargers/{charger_id}/remove").status_code == 303


def test_two_who_remove_one_charger_at_once_remove_it_once(home: SetupHome) -> None:
    charger_id = add(home.browser())
    actor = Actor(account_id=home.account_id, name="usr_a", time_zone="Europe/Amsterdam", language="en")
    question = RemoveCharger(actor=actor, charger_id=charger_id)

    async def both() -> list[object]:
        wishes = (home.bus.request("chargers", question) for _ in range(2))
        return list(await asyncio.gather(*wishes, return_exceptions=True))

    done = asyncio.run(both())
    assert done.count(None) == 1
    [other] = [one for one in done if one is not None]
    assert isinstance(other, Refused) and other.reason.code == "charger.unknown"


def test_the_settings_speak_plain_words_and_hold_the_manuals_lock(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    page = alice.get(f"/chargers/{charger_id}/setup").text
    for words in ("Who may charge", "Locked while a car is plugged in", "Charging limit, A per phase", "Settings PIN"):
        assert words in page, words
    assert "still the factory's" in page
    alice.post(f"/chargers/{charger_id}/settings/recommended")
    values = home.fleet[charger_id].core.setting_values()
    lock = [values[f"Lock.{name}"] for name in ("EvConnected", "EvDisconnected", "AutoHide", "Charging")]
    assert (lock, values["DefaultMode"]) == (["true", "false", "false", "true"], "stop")
    alice.post(f"/chargers/{charger_id}/settings/charging", data={"LimitA": "16", "OCPPChargeMode": "ECO+"})
    values = home.fleet[charger_id].core.setting_values()
    assert (values["LimitA"], values["OCPPChargeMode"]) == ("16", "ECO+")
    alice.post(f"/chargers/{charger_id}/settings/access", data={"FreeCharging": "false"})
    assert home.fleet[charger_id].core.setting_values()["FreeCharging"] == "false"
    assert "Held as it is while only known drivers may charge." in alice.get(f"/chargers/{charger_id}/setup").text
    assert alice.post(f"/chargers/{charger_id}/settings/recommended").status_code == 303


def test_a_setting_that_does_not_fit_changes_nothing_of_its_group(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    refused = alice.post(f"/chargers/{charger_id}/settings/charging", data={"LimitA": "999", "Plan": "false"})
    assert refused.status_code == 422 and 'value="999"' in refused.text and 'id="LimitA-wrong"' in refused.text
    values = home.fleet[charger_id].core.setting_values()
    assert (values["LimitA"], values["Plan"]) == ("32", "true")
    assert alice.post(f"/chargers/{charger_id}/settings/engine").status_code == 404


def test_the_settings_pin_is_changed_and_shown_nowhere(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    url = f"/chargers/{charger_id}/settings-pin"
    assert alice.post(url, data={"settings_pin": "90210", "settings_pin_again": "90211"}).status_code == 422
    weak = alice.post(url, data={"settings_pin": "12345", "settings_pin_again": "12345"})
    assert weak.status_code in (409, 422) and 'id="settings_pin-wrong"' in weak.text and "12345</" not in weak.text
    assert alice.post(url, data={"settings_pin": "90210", "settings_pin_again": "90210"}).status_code == 303
    home.wait(seconds=2)
    page = alice.get(f"/chargers/{charger_id}/setup").text
    assert "still the factory's" not in page and "90210" not in page


def test_a_charger_of_its_own_gets_address_and_key_once(home: SetupHome) -> None:
    alice = home.browser()
    made = alice.post("/chargers/add/ocpp", data={"charge_box_id": "WALLBOX-1"})
    assert made.status_code == 201 and made.headers["cache-control"] == "no-store"
    assert "ws://testserver:8887/ocpp/" in made.text
    key = made.text.split("Authorization key (password)")[1].split("<code>")[1].split("</code>")[0]
    assert len(key) == 40
    for path in ("/charge-points/WALLBOX-1", "/chargers", "/setup"):
        assert key not in alice.get(path).text
    assert "Waiting for its first call" in alice.get("/charge-points/WALLBOX-1").text
    assert "not connected now" in alice.post("/charge-points/WALLBOX-1/test").text
    again = alice.post("/chargers/add/ocpp", data={"charge_box_id": "WALLBOX-1"})
    assert again.status_code == 409 and 'id="charge_box_id-wrong"' in again.text
    renewed = alice.post("/charge-points/WALLBOX-1/key")
    assert renewed.status_code == 200 and key not in renewed.text
    assert "Its sessions stay" in alice.get("/charge-points/WALLBOX-1/remove").text
    assert alice.post("/charge-points/WALLBOX-1/remove").status_code == 303
    assert alice.get("/charge-points/WALLBOX-1").status_code == 404


def test_an_installer_may_and_the_household_may_not(home: SetupHome) -> None:
    olga = home.member(OLGA)
    charger_id = add(olga)
    assert olga.post("/chargers/add/ocpp", data={"charge_box_id": "WALLBOX-1"}).status_code == 201
    bob = home.member(BOB)
    assert bob.get("/chargers").status_code == 200
    page = bob.get(f"/chargers/{charger_id}/setup")
    assert page.status_code == 200 and "Test the connection" not in page.text and "/remove" not in page.text
    for path in ("add/simulated", "add/ocpp", f"{charger_id}/name", f"{charger_id}/remove", f"{charger_id}/test"):
        assert bob.post(f"/chargers/{path}").status_code == 403, path


def test_a_stranger_finds_nothing_of_it(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    alice.post("/chargers/add/ocpp", data={"charge_box_id": "WALLBOX-1"})
    charlie = home.browser(CHARLIE)
    assert "Driveway" not in charlie.get("/chargers").text and "WALLBOX-1" not in charlie.get("/chargers").text
    for path in (f"/chargers/{charger_id}/setup", f"/chargers/{charger_id}/remove", "/charge-points/WALLBOX-1"):
        assert charlie.get(path).status_code == 404, path
    for path in (f"/chargers/{charger_id}/remove", f"/chargers/{charger_id}/test", "/charge-points/WALLBOX-1/key"):
        assert charlie.post(path).status_code == 404, path
    assert charger_id in home.fleet


def test_a_pin_outlives_the_last_charger_and_opens_the_next_one(home: SetupHome) -> None:
    alice = home.browser()
    first = add(alice)
    home.database.run(lambda db: driver(db, home, first, b"mac"))
    assert "keep their PIN for your next one" in alice.get(f"/chargers/{first}/remove").text
    assert alice.post(f"/chargers/{first}/remove").status_code == 303
    second = add(alice, name="Carport")

    def permitted(db: Connection) -> list[tuple[str, bytes | None]]:
        return [(one.charger_id, one.pin_mac) for one in drivers.places(db, home.account_id)]

    assert home.database.read(permitted) == [(second, b"mac")]
    assert home.database.read(lambda db: db.rows("SELECT COUNT(*) FROM driver_chargers")) == [(1,)]
    add(alice, name="Barn")
    assert "keep their PIN for your next one" not in alice.get(f"/chargers/{second}/remove").text
