"""A lost password: a link by mail, single use, for an hour; the same answer for everybody."""

from datetime import timedelta

import pytest
from letterbox import link_in, mailed, token_in
from portal_house import House, sign_in
from starlette.testclient import TestClient

from laadboek.actions.people.proofs import HOLDS, Purpose
from laadboek.clock import VirtualClock
from people import ALICE, PASSWORD

NEW = "Kachel-vlinder-7"
CHOICE = {"password": NEW, "repeated": NEW}


def test_a_link_leads_to_a_new_password_and_ends_every_sign_in(browser: TestClient, house: House) -> None:
    sign_in(browser)
    browser.post("/reset", data={"email": ALICE})
    link, token = link_in(house, ALICE), token_in(house, ALICE)
    assert browser.get(link).status_code == 200

    answer = browser.post("/reset/new", data={"token": token, **CHOICE})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?done=password")
    assert browser.get("/").headers["location"] == "/sign-in"
    assert "Sign in with the new one." in browser.get("/sign-in?done=password").text
    assert browser.post("/sign-in", data={"email": ALICE, "password": PASSWORD}).status_code == 401
    assert browser.post("/sign-in", data={"email": ALICE, "password": NEW}).status_code == 303
    assert [subject for subject, _ in mailed(house, ALICE)] == ["Choose a new password", "Your password was changed"]
    assert browser.get(link).status_code == 404
    assert browser.post("/reset/new", data={"token": token, **CHOICE}).status_code == 404


def test_an_unknown_address_gets_the_same_answer_and_no_mail(browser: TestClient, house: House) -> None:
    known = browser.post("/reset", data={"email": ALICE})
    unknown = browser.post("/reset", data={"email": "bob@example.org"})
    assert (known.status_code, known.content, known.headers) == (unknown.status_code, unknown.content, unknown.headers)
    assert browser.get(known.headers["location"]).status_code == 200
    assert mailed(house, "bob@example.org") == []


def test_the_link_works_for_an_hour(browser: TestClient, house: House, clock: VirtualClock) -> None:
    browser.post("/reset", data={"email": ALICE})
    link = link_in(house, ALICE)
    clock.instant += HOLDS[Purpose.RESET] - timedelta(microseconds=1)
    assert browser.get(link).status_code == 200
    clock.instant += timedelta(microseconds=1)
    assert browser.get(link).status_code == 404
    assert browser.post("/reset/new", data={"token": token_in(house, ALICE), **CHOICE}).status_code == 404


def test_a_link_is_for_its_own_purpose(browser: TestClient, house: House) -> None:
    browser.post("/reset", data={"email": ALICE})
    assert browser.post("/confirm", data={"token": token_in(house, ALICE)}).status_code == 404
    sign_in(browser)
    browser.post("/account/email", data={"email": "alice@example.com"})
    assert browser.post("/reset/new", data={"token": token_in(house, "alice@example.com"), **CHOICE}).status_code == 404


def test_a_bad_choice_leaves_the_link_as_it_was(browser: TestClient, house: House) -> None:
    browser.post("/reset", data={"email": ALICE})
    token = token_in(house, ALICE)
    for choice in ({"password": NEW, "repeated": "x"}, {"password": "Password1234", "repeated": "Password1234"}):
        assert browser.post("/reset/new", data={"token": token, **choice}).status_code == 422
    assert browser.post("/reset/new", data={"token": token, **CHOICE}).status_code == 303


def test_only_the_newest_link_works(browser: TestClient, house: House) -> None:
    browser.post("/reset", data={"email": ALICE})
    first = token_in(house, ALICE)
    browser.post("/reset", data={"email": ALICE})
    assert browser.post("/reset/new", data={"token": first, **CHOICE}).status_code == 404


@pytest.mark.parametrize("email", ["", "alice", "a b@example.org"])
def test_what_is_no_address_is_said(browser: TestClient, email: str) -> None:
    assert browser.post("/reset", data={"email": email}).status_code == 422


def test_asking_often_is_slowed_down_for_everybody_alike(browser: TestClient, house: House) -> None:
    for email in (ALICE, "bob@example.org"):
        for _ in range(3):
            assert browser.post("/reset", data={"email": email}).status_code == 303
        assert browser.post("/reset", data={"email": email}).status_code == 429
    assert len(mailed(house, ALICE)) == 3


def test_whoever_never_confirmed_does_so_by_it(browser: TestClient, house: House) -> None:
    bob = {"email": "bob@example.org", "name": "Bob", "language": "en", "time_zone": "UTC", **CHOICE}
    browser.post("/register", data={**bob, "time_zone": "Europe/Amsterdam"})
    browser.post("/reset", data={"email": "bob@example.org"})
    other = {"password": "Zeemeeuw+ladder9", "repeated": "Zeemeeuw+ladder9"}
    browser.post("/reset/new", data={"token": token_in(house, "bob@example.org"), **other})
    browser.post("/sign-in", data={"email": "bob@example.org", "password": "Zeemeeuw+ladder9"})
    assert browser.get("/account").status_code == 200
