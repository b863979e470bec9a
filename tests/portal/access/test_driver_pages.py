"""The pages of drivers: manual 4.4 by form, the PIN once, the tag to hand on, roles, and what people type (C5)."""

import re
from typing import Any

import pytest
from portal_house import HOSTILE, VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.actions.key_questions import ListKeys, ListSettings, SettingNow
from laadboek.bus import Bus
from laadboek.rights import Role
from laadboek.secret import Secret
from laadboek.store import accounts, drivers, id_tags, memberships, users
from laadboek.store.connection import Connection
from people import ALICE, CHARLIE

FORM = {
    "name": "Bob",
    "pin_way": "chosen",
    "pin": "90574",
    "kind": "private",
    "mode": "eco",
    "where": "all",
    "valid_from": "",
    "valid_until": "",
    "hours_way": "always",
    "budget_kwh": "",
    "budget_span": "month",
    "id_tag": "",
}


def add(client: TestClient, **changed: str) -> str:
    """The address of the new driver's page."""
    answer = client.post("/drivers", data=FORM | changed)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def rows(house: House) -> list[drivers.DriverRow]:
    def read(db: Connection) -> list[drivers.DriverRow]:
        return [row for account in accounts.all(db) for row in drivers.of_account(db, account.id)]

    return house.database.run(read)


def test_a_first_driver_by_the_form_and_the_pin_is_shown_once(alice: TestClient, house: House) -> None:
    assert "Nobody has a PIN yet." in alice.get("/drivers").text
    page = add(alice)
    first = alice.get(page)
    [row] = rows(house)
    assert first.headers["cache-control"] == "no-store"
    assert "90574" in first.text and row.id_tag in first.text
    again = alice.get(page).text
    assert "90574" not in again and row.id_tag in again
    assert "Bob" in alice.get("/drivers").text


def alone(digits: str, text: str) -> bool:
    """These digits, not as part of a longer number or tag."""
    return re.search(rf"(?<![0-9A-Za-z]){digits}(?![0-9A-Za-z])", text) is not None


def test_a_pin_that_is_made_is_on_one_page_only(alice: TestClient, house: House) -> None:
    page = add(alice, pin_way="made", pin="")
    [pin] = re.findall(r'id="new-pin">(\d{5})<', alice.get(page).text)
    for address in (page, "/drivers", "/drivers.csv", "/api/v1/drivers", f"/api/v1{page}", f"{page}/tag.txt"):
        assert not alone(pin, alice.get(address).text), address
    dump = house.database.run(
        lambda db: str(db.rows("SELECT * FROM drivers") + db.rows("SELECT * FROM driver_chargers"))
    )
    assert not alone(pin, dump)
    account_id = rows(house)[0].account_id
    [at] = house.database.run(lambda db: drivers.places(db, account_id))
    assert at.pin_mac == VAULT.pin_mac(at.pin_scope, Secret(pin))


def test_charging_goes_on_where_the_wizard_was_left(alice: TestClient) -> None:
    page = add(alice, next="/setup?step=drivers")
    assert 'href="/setup?step=drivers"' in alice.get(page).text
    elsewhere = add(alice, name="Eve", pin="81360", next="https://evil.example/")
    assert "evil.example" not in alice.get(elsewhere).text
    for bad in ("https://evil.example", "//evil.example", "javascript:alert(1)"):
        assert bad not in alice.get("/drivers/new", params={"next": bad}).text


def test_the_charger_is_told_at_once_and_nothing_is_lost_when_it_is_away(
    alice: TestClient, house: House, bus: Bus
) -> None:
    told: list[object] = []

    async def refresh(question: object) -> None:
        told.append(question)

    page = add(alice)  # nobody hosts the charger: the rows are there all the same
    bus.serve(f"charger.{house.charger}.refresh", refresh)
    for address, form in ((page, {"name": "Bobby"}), (f"{page}/block", {"blocked": "yes"}), (f"{page}/pin", {})):
        assert alice.post(address, data=form).status_code == 303
    assert alice.post(f"{page}/remove").status_code == 303
    assert told == [None] * 4


@pytest.mark.parametrize(
    ("field", "changed", "said"),
    [
        ("pin", {"pin": "12345"}, "guessed at once"),
        ("pin", {"pin": "90"}, "5 to 8 digits"),
        ("name", {"name": " "}, "1 to 60 characters"),
        ("valid_until", {"valid_from": "2027-02-01", "valid_until": "2027-01-31"}, "before the first"),
        ("budget_kwh", {"budget_kwh": "many"}, "A budget is"),
        ("hours", {"hours_way": "weekly", "from_0": "07:00"}, "cannot be read"),
        ("id_tag", {"id_tag": "more than twenty characters"}, "1 to 20"),
        ("where", {"where": "chosen", "at": "chg_elsewhere"}, "not in your account"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(
    alice: TestClient, house: House, field: str, changed: dict[str, str], said: str
) -> None:
    answer = alice.post("/drivers", data=FORM | {"name": "Typed Name"} | changed)
    assert answer.status_code in (404, 409, 422)
    assert f'id="{field}-wrong" role="alert"' in answer.text and said in answer.text
    if field != "name":
        assert "Typed Name" in answer.text
    typed = (FORM | changed)["pin"]
    assert f'value="{typed}"' not in answer.text, "a PIN is not sent back"
    assert rows(house) == []


def test_a_change_keeps_what_the_form_shows(alice: TestClient, house: House) -> None:
    limits = {
        "hours_way": "weekly",
        "from_0": "22:00",
        "until_0": "06:00",
        "valid_from": "2026-11-01",
        "valid_until": "2027-01-31",
        "budget_kwh": "250,5",
    }
    page = add(alice, **limits)
    text = alice.get(page).text
    for shown in ('value="22:00"', 'value="06:00"', 'value="2026-11-01"', 'value="2027-01-31"', 'value="250.5"'):
        assert shown in text
    before = rows(house)
    unchanged = {name: value for name, value in (FORM | limits).items() if name not in ("pin", "pin_way", "id_tag")}
    assert alice.post(page, data=unchanged).status_code == 303
    assert rows(house) == before
    assert alice.post(page, data={**unchanged, "hours_way": "always", "valid_until": "", "budget_kwh": ""})
    [row] = rows(house)
    assert (row.hours, row.valid_until, row.budget_wh) == (None, None, None)


def test_block_and_unblock(alice: TestClient, house: House) -> None:
    page = add(alice)
    [row] = rows(house)
    alice.post(f"{page}/block", data={"blocked": "yes"})
    assert "Let Bob charge again" in alice.get(page).text
    tag = house.database.run(lambda db: id_tags.find(db, row.account_id, row.id_tag))
    assert tag is not None and tag.blocked
    assert "Bob" in alice.get("/drivers?state=blocked").text
    alice.post(f"{page}/block", data={"blocked": "no"})
    assert "Block at once" in alice.get(page).text


@pytest.mark.parametrize("free", ["true", "false"])
def test_beside_the_block_it_says_where_the_car_goes_on_without_a_tag(
    alice: TestClient, house: House, bus: Bus, free: str
) -> None:
    async def answer(question: object) -> list[SettingNow]:
        assert isinstance(question, ListSettings) and question.charger_id == house.charger
        return [SettingNow(name="FreeCharging", value=free, allowed="", effect="", held_by=None)]

    page = add(alice)
    assert "charges whoever plugs in" not in alice.get(page).text  # it cannot be asked now
    bus.serve("keys", answer)
    for blocked in ("yes", "no"):
        alice.post(f"{page}/block", data={"blocked": blocked})
        text = alice.get(page).text
        assert ("Driveway charges whoever plugs in" in text) is (free == "true")
        assert (f'href="/chargers/{house.charger}/setup#access"' in text) is (free == "true")


def test_the_tag_can_be_copied_downloaded_and_scanned(alice: TestClient, house: House) -> None:
    page = add(alice, name='Bob "B" <b>')
    [row] = rows(house)
    text = alice.get(f"{page}/tag.txt")
    assert row.id_tag in text.text and "attachment" in text.headers["content-disposition"]
    svg = alice.get(f"{page}/tag.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml") and svg.text.startswith("<svg")
    shown = alice.get(page).text
    assert f"mailto:?body=Digital%20id%20tag%20of%20Bob%20%22B%22%20%3Cb%3E%3A%20{row.id_tag}" in shown
    assert "<b>" not in shown.replace("&lt;b&gt;", "")


@pytest.mark.parametrize("name", [HOSTILE, "<script>alert(1)</script>", "'; DROP TABLE drivers; --", "Zoë Ünal 🚗"])
def test_hostile_names_are_only_names(alice: TestClient, house: House, name: str) -> None:
    page = add(alice, name=name)
    for address in (page, "/drivers", f"/drivers?search={name[:5]}"):
        assert "<script>alert" not in alice.get(address).text
    assert rows(house)[0].name == name
    line = alice.get("/drivers.csv").text.splitlines()[1]
    assert not line.lstrip('"').startswith("=")


def test_a_page_of_two_hundred_drivers_is_searched_and_filtered(alice: TestClient, house: House) -> None:
    def crowd(db: Connection) -> None:
        account = next(one for one in accounts.all(db) if one.name != "Charlie")
        for number in range(200):
            row = drivers.DriverRow(
                id=0,
                account_id=account.id,
                public_id=f"drv_{number}",
                name=f"Driver {number:03}",
                id_tag=f"TAG{number:03}",
                kind="business" if number % 2 else "private",
                mode="fast",
                blocked=number == 7,
                created_at=account.created_at,
            )
            drivers.add(db, row)

    house.database.run(crowd)
    listed = alice.get("/drivers").text
    assert "200 drivers" in listed and listed.count('<li><a href="/drivers/drv_') == 100
    assert alice.get("/drivers?shown=300").text.count('<li><a href="/drivers/drv_') == 200
    assert alice.get("/drivers?search=tag14").text.count('<li><a href="/drivers/drv_') == 10
    assert "100 drivers" in alice.get("/drivers?kind=private").text
    assert "1 driver<" in alice.get("/drivers?state=blocked").text
    assert "Nobody fits" in alice.get("/drivers?search=nobody").text
    assert "Nobody fits" in alice.get(f"/drivers?charger={house.charger}").text
    page = alice.get("/api/v1/drivers?limit=150").json()
    rest = alice.get("/api/v1/drivers", params={"limit": 150, "after": page["next"]}).json()
    assert [len(page["drivers"]), len(rest["drivers"]), rest["next"]] == [150, 50, None]


def test_a_charger_has_a_tag_of_its_own_to_hand_on(alice: TestClient, house: House, bus: Bus) -> None:
    async def answer(question: object) -> list[Any]:
        assert isinstance(question, ListSettings | ListKeys)
        said = {"FreeChargingIdTag": "LB0WN", "OwnTagKind": "business", "FreeCharging": "true"}
        return [SettingNow(name=name, value=value, allowed="", effect="", held_by=None) for name, value in said.items()]

    assert "cannot be reached" in alice.get("/drivers/own-tags").text
    bus.serve("keys", answer)
    text = alice.get("/drivers/own-tags").text
    assert "LB0WN" in text and "Business" in text
    assert alice.get("/drivers/own-tags.txt").text == "Driveway\t\tLB0WN\r\n"
    assert alice.get(f"/drivers/own-tags/{house.charger}.svg").status_code == 200
    assert alice.get(f"/drivers/own-tags/{house.foreign_charger}.svg").status_code == 404
    assert alice.get("/api/v1/drivers/own-tags").json()["chargers"][0]["kind"] == "business"


def test_drivers_of_others_are_unknown(alice: TestClient, house: House) -> None:
    page = add(alice)
    alice.cookies.clear()
    sign_in(alice, CHARLIE)
    for address in (page, f"{page}/tag.svg", f"{page}/tag.txt", f"/api/v1{page}"):
        assert alice.get(address).status_code == 404
    for action in ("", "/block", "/pin", "/remove"):
        assert alice.post(page + action, data=FORM).status_code == 404
    assert "Bob" not in alice.get("/drivers").text + alice.get("/drivers.csv").text
    assert len(rows(house)) == 1


def member(house: House, role: Role, password_hash: str) -> None:
    def join(db: Connection) -> None:
        account = next(one for one in accounts.all(db) if one.name != "Charlie")
        user = users.by_email(db, CHARLIE)
        assert user is not None
        db.run("DELETE FROM memberships WHERE user_id = ?", (user.id,))
        db.run("UPDATE users SET account_id = ? WHERE id = ?", (account.id, user.id))
        memberships.create(db, account.id, user.id, role, account.created_at)

    house.database.run(join)


@pytest.mark.parametrize("role", [Role.HOUSEHOLD, Role.INSTALLER, Role.BOOKKEEPER, Role.EMPLOYER])
def test_only_the_owner_gives_access(browser: TestClient, house: House, role: Role, password_hash: str) -> None:
    sign_in(browser, ALICE)
    page = add(browser)
    browser.cookies.clear()
    member(house, role, password_hash)
    sign_in(browser, CHARLIE)
    for address in ("/drivers", "/drivers/new", page, "/drivers.csv", "/drivers/own-tags", "/api/v1/drivers"):
        assert browser.get(address).status_code == 403, address
    for address in ("/drivers", page, f"{page}/block", f"{page}/pin", f"{page}/remove", "/drivers/import"):
        assert browser.post(address, data=FORM).status_code == 403, address
    assert [row.blocked for row in rows(house)] == [False]


def test_the_api_does_what_the_pages_do(alice: TestClient, house: House) -> None:
    body = {"name": "Bob", "kind": "private", "hours": "mo-fr 07:00-19:00", "budget": {"limit_wh": 250_000}}
    made = alice.post("/api/v1/drivers", json=body)
    assert made.status_code == 201
    bob = made.json()
    assert re.fullmatch(r"\d{5}", bob["pin"]) and bob["all_chargers"] and bob["hours"] == "mo-fr 07:00-19:00"
    assert bob["chargers"] == [{"charger_id": house.charger, "name": "Driveway", "has_pin": True}]
    address = f"/api/v1/drivers/{bob['id']}"
    found = alice.get(address).json()
    assert "pin" not in found and found["budget_used_wh"] == 0
    changed = alice.patch(address, json={"blocked": True, "hours": None, "valid_until": "2026-12-31"}).json()
    assert (changed["state"], changed["hours"], changed["valid_until"]) == ("blocked", None, "2026-12-31")
    assert changed["budget"] == {"limit_wh": 250_000, "span": "month"}, "what is left out stays"
    assert alice.put(f"{address}/pin", json={"pin": "90574"}).json()["pin"] == "90574"
    assert len(alice.put(f"{address}/pin", json={"digits": 7}).json()["pin"]) == 7
    weak = alice.put(f"{address}/pin", json={"pin": "11111"})
    assert (weak.status_code, weak.json()["code"]) == (409, "pin.weak") and "11111" not in weak.text
    assert alice.delete(f"{address}/pin").status_code == 204
    assert not alice.get(address).json()["chargers"][0]["has_pin"]
    pads = alice.get("/api/v1/drivers/pads").json()["pads"]
    assert pads == [
        {
            "charger_id": house.charger,
            "name": "Driveway",
            "drivers": 0,
            "tries": 30,
            "one_in": 0,
            "advised_digits": None,
        }
    ]
    assert alice.delete(address).status_code == 204
    assert alice.get(address).status_code == 404
