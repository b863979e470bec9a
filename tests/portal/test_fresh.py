"""What matters most asks once more who somebody is."""

from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import APIRouter
from portal_house import sign_in
from starlette.testclient import TestClient

from laadboek.actions.sign_in import FRESH
from laadboek.clock import VirtualClock
from laadboek.portal.fresh import api_fresh, page_fresh
from laadboek.portal.visitor import Visitor
from laadboek.rights import Right
from people import CHARLIE, PASSWORD

router = APIRouter()
WHERE = {"Referer": "http://testserver/account/tokens"}


@router.get("/precious")
async def precious(visitor: Annotated[Visitor, page_fresh(Right.ACCOUNT_READ)]) -> str:
    return visitor.actor.name


@router.post("/precious")
async def precious_form(visitor: Annotated[Visitor, page_fresh(Right.ACCOUNT_WRITE)]) -> str:
    return visitor.actor.name


@router.get("/api/v1/precious")
async def precious_api(visitor: Annotated[Visitor, api_fresh(Right.ACCOUNT_READ)]) -> str:
    return visitor.actor.name


@pytest.fixture
def alice(browser: TestClient) -> TestClient:
    browser.app.include_router(router)  # type: ignore[attr-defined]
    return sign_in(browser)


def test_within_ten_minutes_nobody_is_asked_again(alice: TestClient, clock: VirtualClock) -> None:
    clock.instant += FRESH - timedelta(microseconds=1)
    assert alice.get("/precious").status_code == 200
    clock.instant += timedelta(microseconds=1)
    assert alice.get("/precious").headers["location"] == "/sign-in/again?next=%2Fprecious"


def test_a_form_leads_back_to_the_page_where_it_stands(alice: TestClient, clock: VirtualClock) -> None:
    clock.instant += FRESH
    answer = alice.post("/precious", headers=WHERE)
    assert answer.headers["location"] == "/sign-in/again?next=%2Faccount%2Ftokens"
    answer = alice.post("/precious", headers=WHERE | {"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (403, "/sign-in/again?next=%2Faccount%2Ftokens")


def test_the_api_says_so_to_a_cookie(alice: TestClient, clock: VirtualClock) -> None:
    clock.instant += FRESH
    answer = alice.get("/api/v1/precious")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in.not_fresh")


def test_the_password_opens_it_again_under_a_new_token(alice: TestClient, clock: VirtualClock) -> None:
    clock.instant += FRESH
    former = alice.cookies["laadboek"]

    answer = alice.post("/sign-in/again", data={"password": PASSWORD, "next": "/precious"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/precious")
    assert alice.get("/precious").status_code == 200
    alice.cookies.clear()
    alice.cookies.set("laadboek", former)
    assert alice.get("/precious").headers["location"] == "/sign-in?next=%2Fprecious"


def test_a_wrong_password_opens_nothing_and_is_counted(alice: TestClient, clock: VirtualClock) -> None:
    clock.instant += FRESH
    for _ in range(5):
        assert alice.post("/sign-in/again", data={"password": "Wrong-horse-7"}).status_code == 401
    assert alice.post("/sign-in/again", data={"password": PASSWORD}).status_code == 429
    assert alice.get("/precious").status_code == 303


def test_it_leads_nowhere_else(alice: TestClient) -> None:
    answer = alice.post("/sign-in/again", data={"password": PASSWORD, "next": "//evil.example"})
    assert answer.headers["location"] == "/"


def test_who_is_not_signed_in_is_not_asked_again_but_first(browser: TestClient) -> None:
    browser.app.include_router(router)  # type: ignore[attr-defined]
    assert browser.get("/precious").headers["location"].startswith("/sign-in?")
    assert browser.get("/sign-in/again").headers["location"].startswith("/sign-in?")


def test_everybody_shows_their_own_password(browser: TestClient, clock: VirtualClock) -> None:
    sign_in(browser, CHARLIE)
    assert CHARLIE in browser.get("/sign-in/again").text
