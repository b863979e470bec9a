"""Registering and confirming, and what a stranger can learn or take by trying (C1; the manual, 4.2)."""

from datetime import timedelta

import pytest
from letterbox import link_in, mailed, token_in
from portal_house import VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.actions.passwords import PasswordPolicy
from laadboek.actions.people import registration
from laadboek.actions.people.proofs import HOLDS, Purpose
from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.store import users
from laadboek.store.database import InlineDatabase
from people import ALICE, PASSWORD

OLGA = "olga@example.org"
GOOD = "Kachel-vlinder-7"
FORM = {
    "email": OLGA,
    "password": GOOD,
    "repeated": GOOD,
    "name": "Olga",
    "language": "nl",
    "time_zone": "Europe/Brussels",
}


def window(house: House, bus: Bus, clock: VirtualClock, **settings: object) -> TestClient:
    """Another browser."""
    made = PortalSettings(**settings)  # type: ignore[arg-type]
    app = create_app(house.database, bus, clock, settings=made, vault=VAULT)
    return TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)


@pytest.fixture
def other(house: House, bus: Bus, clock: VirtualClock) -> TestClient:
    return window(house, bus, clock)


def test_register_look_in_the_mail_confirm_and_be_in(browser: TestClient, house: House) -> None:
    answer = browser.post("/register", data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/confirm")
    assert "Look in your mail" in browser.get("/confirm").text

    [(subject, _)] = mailed(house, OLGA)
    assert subject == "Bevestig je adres"
    page = browser.get(link_in(house, OLGA))
    assert page.status_code == 200 and 'name="password"' not in page.text

    answer = browser.post("/confirm", data={"token": token_in(house, OLGA)})

    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    assert "Olga" in browser.get("/account").text
    me = browser.get("/api/v1/me").json()
    assert (me["email"], me["language"], [one["role"] for one in me["accounts"]]) == (OLGA, "nl", ["owner"])


def test_looking_at_the_link_uses_nothing_up_and_using_it_does(browser: TestClient, house: House) -> None:
    browser.post("/register", data=FORM)
    link, token = link_in(house, OLGA), token_in(house, OLGA)
    for _ in range(3):
        assert browser.get(link).status_code == 200
    assert browser.post("/confirm", data={"token": token}).status_code == 303
    assert browser.get(link).status_code == 404
    assert browser.post("/confirm", data={"token": token}).status_code == 404


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 43, "=", "%00"])
def test_a_made_up_link_opens_nothing(browser: TestClient, token: str) -> None:
    assert browser.post("/confirm", data={"token": token}).status_code in (404, 422)


def test_the_link_works_for_24_hours(browser: TestClient, house: House, clock: VirtualClock) -> None:
    browser.post("/register", data=FORM)
    link = link_in(house, OLGA)
    clock.instant += HOLDS[Purpose.CONFIRM] - timedelta(microseconds=1)
    assert browser.get(link).status_code == 200
    clock.instant += timedelta(microseconds=1)
    assert browser.get(link).status_code == 404


def test_a_known_address_looks_the_same_and_its_owner_is_told(browser: TestClient, house: House) -> None:
    new = browser.post("/register", data=FORM)
    known = browser.post("/register", data={**FORM, "email": ALICE.upper()})

    assert (new.status_code, new.content) == (known.status_code, known.content)
    assert new.headers["location"] == known.headers["location"]
    names = [answer.headers["set-cookie"].partition("=")[0] for answer in (new, known)]
    assert names[0] == names[1]
    [(subject, body)] = mailed(house, ALICE)
    assert subject == "You have an account already" and "token=" not in body
    assert sign_in(browser).get("/").status_code == 200  # with her own password, as before


def test_whoever_confirms_in_another_browser_shows_the_password(
    browser: TestClient, other: TestClient, house: House
) -> None:
    browser.post("/register", data=FORM)
    token = token_in(house, OLGA)
    assert 'name="password"' in other.get(link_in(house, OLGA)).text
    assert other.post("/confirm", data={"token": token}).status_code == 401
    assert other.post("/confirm", data={"token": token, "password": "Another-horse-7"}).status_code == 401
    assert house.database.run(lambda db: users.by_email(db, OLGA)).email_confirmed_at is None
    assert other.post("/confirm", data={"token": token, "password": GOOD}).status_code == 303
    assert other.get("/account").status_code == 200


def test_nobody_confirms_with_one_click_what_a_stranger_began(
    browser: TestClient, other: TestClient, house: House
) -> None:
    browser.post("/register", data={**FORM, "name": "Charlie"})  # Charlie, with the address of Olga
    other.post("/register", data={**FORM, "password": "Zeemeeuw+ladder9", "repeated": "Zeemeeuw+ladder9"})
    assert other.post("/confirm", data={"token": token_in(house, OLGA)}).status_code == 303
    assert "Olga" in other.get("/account").text
    assert browser.post("/sign-in", data={"email": OLGA, "password": GOOD}).status_code == 401


def test_until_it_is_confirmed_an_account_can_do_nothing(browser: TestClient, house: House) -> None:
    browser.post("/register", data=FORM)
    answer = browser.post("/sign-in", data={"email": OLGA, "password": GOOD})
    assert answer.status_code == 303
    assert browser.get("/sign-in").headers["location"] == "/confirm"
    for page in ("/", "/sessions", "/account", "/chargers"):
        assert browser.get(page).headers["location"].startswith("/sign-in")
    assert browser.get("/api/v1/me").status_code == 401
    page = browser.get("/confirm").text
    assert OLGA in page and 'action="/confirm/again"' in page


def test_it_can_be_sent_again_and_only_the_newest_works(browser: TestClient, house: House) -> None:
    browser.post("/register", data=FORM)
    first = token_in(house, OLGA)
    browser.post("/sign-in", data={"email": OLGA, "password": GOOD})
    assert browser.post("/confirm/again").headers["location"] == "/confirm?sent=again"
    assert browser.post("/confirm", data={"token": first}).status_code == 404
    assert browser.post("/confirm", data={"token": token_in(house, OLGA)}).status_code == 303


def test_nobody_else_has_it_sent_again(browser: TestClient, house: House) -> None:
    browser.post("/register", data=FORM)
    assert browser.post("/confirm/again").status_code == 303
    assert len(mailed(house, OLGA)) == 1


def test_who_does_not_confirm_within_a_day_leaves_no_trace(
    browser: TestClient, house: House, clock: VirtualClock
) -> None:
    def count(table: str) -> int:
        return house.database.run(lambda db: int(db.rows(f"SELECT COUNT(*) FROM {table}")[0][0]))

    tables = ("accounts", "users", "memberships", "email_proofs", "sign_ins", "mails", "audit", "audit_heads")
    before = {table: count(table) for table in tables}
    browser.post("/register", data=FORM)
    browser.post("/sign-in", data={"email": OLGA, "password": GOOD})

    clock.instant += registration.UNCONFIRMED_MAX
    assert house.database.run(lambda db: registration.forget_unconfirmed(db, clock.now())) == 0
    clock.instant += timedelta(microseconds=1)
    assert house.database.run(lambda db: registration.forget_unconfirmed(db, clock.now())) == 1

    assert {table: count(table) for table in tables} == before
    assert sign_in(browser).get("/").status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"email": "olga"}, "is not an e-mail address"),
        ({"email": "olga@"}, "is not an e-mail address"),
        ({"email": "a@b@c"}, "is not an e-mail address"),
        ({"email": "olga@example.org\nBcc: x@example.org"}, "is not an e-mail address"),
        ({"email": "o" * 65 + "@example.org"}, "is not an e-mail address"),
        ({"name": " "}, "needs a name"),
        ({"name": "O" * 81}, "at most 80 characters"),
        ({"language": "tlh"}, "does not speak tlh"),
        ({"time_zone": "Europe/Atlantis"}, "is not a time zone"),
        ({"repeated": "Kachel-vlinder-8"}, "are not the same"),
        ({"password": "Kachel-v7", "repeated": "Kachel-v7"}, "10 to 128 characters"),
        ({"password": "Aa1" + "€" * 126, "repeated": "Aa1" + "€" * 126}, "10 to 128 characters"),
        ({"password": "kachel-vlinder-7", "repeated": "kachel-vlinder-7"}, "a capital, a small letter and a digit"),
        ({"password": "KACHEL-VLINDER-7", "repeated": "KACHEL-VLINDER-7"}, "a capital, a small letter and a digit"),
        ({"password": "Kachel-vlinder", "repeated": "Kachel-vlinder"}, "a capital, a small letter and a digit"),
        ({"password": "Password1234", "repeated": "Password1234"}, "lists that were stolen"),
        ({"password": "Welkom2026!", "repeated": "Welkom2026!"}, "lists that were stolen"),
        ({"password": "xOlga-vlinder-7", "repeated": "xOlga-vlinder-7"}, "holds your name"),
        ({"password": "MijnLaadboek-7", "repeated": "MijnLaadboek-7"}, "holds your name"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    browser: TestClient, house: House, changed: dict[str, str], said: str
) -> None:
    answer = browser.post("/register", data={**FORM, **changed}, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert said in answer.text
    assert GOOD not in answer.text and changed.get("password", GOOD) not in answer.text
    assert mailed(house, OLGA) == []


@pytest.mark.parametrize("password", ["Kachel-v-7", "Aa1" + "€" * 125, "Cafe\u0301-vlinder-7"])
def test_both_ends_of_the_rule_fit(browser: TestClient, password: str) -> None:
    assert browser.post("/register", data={**FORM, "password": password, "repeated": password}).status_code == 303


def test_the_rule_can_be_fifteen_characters_of_any_kind(house: House, bus: Bus, clock: VirtualClock) -> None:
    client = window(house, bus, clock, password_policy=PasswordPolicy.LENGTH15)
    assert 'data-shortest="15"' in client.get("/register").text
    assert 'data-rule="capital"' not in client.get("/register").text
    for password, status in (("vlinderkachel", 422), ("kachelvlinderse", 303)):
        form = {**FORM, "password": password, "repeated": password}
        assert client.post("/register", data=form).status_code == status


def test_where_registration_is_closed_only_the_first_may(house: House, bus: Bus, clock: VirtualClock) -> None:
    closed = window(house, bus, clock, registration_open=False)
    assert closed.get("/register").status_code == 403
    assert closed.post("/register", data=FORM).status_code == 403
    assert "/register" not in closed.get("/sign-in").text
    assert mailed(house, OLGA) == []

    database = InlineDatabase(":memory:")
    empty = House(database, "", "", "", "")
    first = window(empty, bus, clock, registration_open=False)
    assert first.get("/").headers["location"] == "/sign-in"
    assert first.get("/sign-in").headers["location"] == "/register"
    assert first.post("/register", data=FORM).status_code == 303
    assert first.post("/confirm", data={"token": token_in(empty, OLGA)}).status_code == 303
    assert first.post("/register", data={**FORM, "email": "bob@example.org"}).status_code == 403
    database.close()


def test_mails_to_one_address_are_slowed_down(browser: TestClient, clock: VirtualClock) -> None:
    for _ in range(3):
        assert browser.post("/register", data=FORM).status_code == 303
    refused = browser.post("/register", data=FORM)
    assert refused.status_code == 429 and "Several mails were asked for" in refused.text
    assert browser.post("/register", data={**FORM, "email": "bob@example.org"}).status_code == 303
    clock.instant += timedelta(seconds=2)
    assert browser.post("/register", data=FORM).status_code == 303


def test_over_https_the_cookie_of_registering_is_secure(house: House, bus: Bus, clock: VirtualClock) -> None:
    client = window(house, bus, clock, https=True)
    client.base_url = "https://testserver"
    cookie = client.post("/register", data=FORM).headers["set-cookie"]
    assert cookie.startswith("__Secure-laadboek_registering=")
    assert {"Secure", "HttpOnly", "Path=/confirm", "SameSite=lax"} <= set(cookie.split("; "))


def test_somebody_signed_in_does_not_register(browser: TestClient) -> None:
    sign_in(browser)
    assert browser.get("/register").headers["location"] == "/"
    assert PASSWORD not in browser.get("/account").text
