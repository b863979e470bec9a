"""Signing in and out, and what a stranger can learn from trying."""

from datetime import timedelta

import pytest
from portal_house import NOW, VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.actions.sign_in import AT_MOST, IDLE, NewSignIn
from laadboek.actions.sign_in import sign_in as let_in
from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.reasons import Refused
from laadboek.store import users
from laadboek.store.connection import Connection
from people import ALICE, CHARLIE, PASSWORD

WRONG = {"email": ALICE, "password": "Wrong-horse-7"}
RIGHT = {"email": ALICE, "password": PASSWORD}


def test_the_right_password_leads_to_what_was_asked_for(browser: TestClient) -> None:
    turned_away = browser.get("/sessions?period=month")
    assert turned_away.status_code == 303
    assert turned_away.headers["location"] == "/sign-in?next=%2Fsessions%3Fperiod%3Dmonth"

    answer = browser.post("/sign-in", data={**RIGHT, "next": "/sessions?period=month"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions?period=month")
    assert browser.get("/sessions?period=month").status_code == 200


def test_the_cookie_is_for_this_site_and_no_script(browser: TestClient) -> None:
    cookie = browser.post("/sign-in", data=RIGHT).headers["set-cookie"]

    assert cookie.startswith("laadboek=")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host(house: House, bus: Bus, clock: VirtualClock) -> None:
    app = create_app(house.database, bus, clock, settings=PortalSettings(https=True), vault=VAULT)
    headers = {"Sec-Fetch-Site": "same-origin"}
    with TestClient(app, base_url="https://testserver", headers=headers, follow_redirects=False) as client:
        answer = client.post("/sign-in", data=RIGHT)
        assert answer.headers["set-cookie"].startswith("__Host-laadboek=")
        assert "Secure" in answer.headers["set-cookie"] and "Path=/" in answer.headers["set-cookie"]
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        assert client.get("/").status_code == 200


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(browser: TestClient) -> None:
    wrong = browser.post("/sign-in", data=WRONG)
    unknown = browser.post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace(ALICE, "") == unknown.text.replace("bob@example.org", "")
    assert "do not belong together" in wrong.text
    assert PASSWORD not in unknown.text
    assert "set-cookie" not in wrong.headers


def test_the_address_may_be_typed_in_capitals(browser: TestClient) -> None:
    assert browser.post("/sign-in", data={**RIGHT, "email": f" {ALICE.upper()} "}).status_code == 303


def test_five_wrong_tries_are_free_and_the_sixth_waits(browser: TestClient, clock: VirtualClock) -> None:
    for _ in range(5):
        assert browser.post("/sign-in", data=WRONG).status_code == 401

    refused = browser.post("/sign-in", data=RIGHT)
    assert refused.status_code == 429
    assert "Wait 2\N{NO-BREAK SPACE}s" in refused.text

    clock.instant += timedelta(seconds=2)
    assert browser.post("/sign-in", data=RIGHT).status_code == 303


def test_somebody_signed_in_is_not_hindered_by_a_strangers_tries(alice: TestClient) -> None:
    for _ in range(7):
        alice.post("/sign-in", data=WRONG)
    assert alice.get("/").status_code == 200


def test_a_sign_in_ends_when_nobody_came_for_a_week(alice: TestClient, clock: VirtualClock) -> None:
    clock.instant += IDLE - timedelta(seconds=1)
    assert alice.get("/").status_code == 200  # and slides
    clock.instant += IDLE - timedelta(seconds=1)
    assert alice.get("/").status_code == 200
    clock.instant += IDLE
    assert alice.get("/").headers["location"] == "/sign-in"


def test_after_a_month_the_password_is_asked_again(alice: TestClient, clock: VirtualClock) -> None:
    for _ in range(AT_MOST.days):
        assert alice.get("/").status_code == 200
        clock.instant += timedelta(days=1)
    assert alice.get("/").headers["location"] == "/sign-in"


def test_signing_out_ends_it_in_the_store_too(alice: TestClient) -> None:
    cookie = alice.cookies["laadboek"]
    assert alice.post("/sign-out").headers["location"] == "/sign-in"
    alice.cookies.set("laadboek", cookie)
    assert alice.get("/").status_code == 303


def test_signing_in_again_ends_the_former_token(browser: TestClient) -> None:
    sign_in(browser)
    former = browser.cookies["laadboek"]
    sign_in(browser)
    browser.cookies.clear()
    browser.cookies.set("laadboek", former)
    assert browser.get("/").status_code == 303


def test_a_made_up_cookie_is_nobody(browser: TestClient) -> None:
    for made_up in (b"x", b"AAAA", b"A" * 43 + b"=", b"\xe9"):
        assert browser.get("/", headers={b"Cookie": b"laadboek=" + made_up}).status_code == 303


def test_sign_in_leads_nowhere_else(browser: TestClient) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\tevil", "javascript:1"):
        answer = browser.post("/sign-in", data={**RIGHT, "next": elsewhere})
        assert answer.headers["location"] == "/"


def test_a_form_without_its_fields_gets_a_page_that_says_so(browser: TestClient) -> None:
    answer = browser.post("/sign-in", data={"email": ALICE})
    assert answer.status_code == 422
    assert "The form came in incomplete, so nothing was saved." in answer.text


def test_the_language_before_sign_in_is_the_browsers(browser: TestClient) -> None:
    assert '<html lang="nl">' in browser.get("/sign-in", headers={"Accept-Language": "it, nl-BE;q=0.8, en;q=0.7"}).text
    assert '<html lang="en">' in browser.get("/sign-in", headers={"Accept-Language": "fr;q=x"}).text


def test_the_language_of_a_user_is_theirs_on_every_browser(house: House, browser: TestClient) -> None:
    sign_in(browser, CHARLIE)
    assert '<html lang="nl">' in browser.get("/", headers={"Accept-Language": "en"}).text
    assert browser.post("/language", data={"language": "en", "next": "/sessions"}).headers["location"] == "/sessions"
    browser.cookies.clear()
    sign_in(browser, CHARLIE)
    assert '<html lang="en">' in browser.get("/", headers={"Accept-Language": "nl"}).text


def test_a_language_that_we_do_not_speak_is_refused(alice: TestClient) -> None:
    answer = alice.post("/language", data={"language": "tlh"})
    assert answer.status_code == 422
    assert "does not speak tlh yet" in answer.text


@pytest.mark.parametrize(("method", "opens"), [("password", False), ("passkey", True)])
def test_a_password_that_was_changed_while_it_was_looked_at_opens_nothing(
    house: House, method: str, opens: bool
) -> None:
    """Looking takes a while: a reset in between would end every sign-in but the one that is about to begin."""

    def job(db: Connection) -> bool:
        alice = users.by_email(db, ALICE)
        assert alice is not None
        users.set_password_hash(db, alice.account_id, alice.id, "another")
        try:
            let_in(db, alice, NewSignIn(public_id="sgn_late", token=bytes(32), method=method), NOW)
        except Refused as refused:
            assert refused.reason.code == "sign_in.wrong"
        return db.row("SELECT 1 FROM sign_ins WHERE public_id = 'sgn_late'") is not None

    assert house.database.run(job) is opens
