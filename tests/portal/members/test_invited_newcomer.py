"""Somebody without an account takes up an invitation, from the mail to the account in their role (C1, C8)."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from letterbox import mailed
from portal_house import VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.rights import RIGHTS, Role

BOB, OLGA = "bob@example.org", "olga@example.org"
PASSWORD = "Kachel-vlinder-7"
FORM = {"password": PASSWORD, "repeated": PASSWORD, "name": "Bob", "language": "en", "time_zone": "Europe/Amsterdam"}


@pytest.fixture(params=[True, False], ids=["open", "closed"])
def window(request: pytest.FixtureRequest, house: House, bus: Bus, clock: VirtualClock) -> Iterator[TestClient]:
    """A browser that nobody is signed in on, where anybody may register or only who is invited."""
    settings = PortalSettings(registration_open=request.param)
    app = create_app(house.database, bus, clock, settings=settings, vault=VAULT)
    with TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False) as client:
        yield client


@pytest.fixture
def closed(house: House, bus: Bus, clock: VirtualClock) -> TestClient:
    app = create_app(house.database, bus, clock, settings=PortalSettings(registration_open=False), vault=VAULT)
    return TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)


def invitation(client: TestClient, house: House, role: str = "household") -> str:
    """Alice invites Bob, and leaves: the link in his mail."""
    sign_in(client)
    form = {"email": BOB, "role": role, "language": "en"}
    assert client.post("/account/members/invite", data=form).status_code == 303
    client.cookies.clear()
    return last_link(house, r"/invitation/[\w-]{43}")


def last_link(house: House, pattern: str) -> str:
    [*_, (_, body)] = mailed(house, BOB)
    [link] = re.findall(rf"http://127\.0\.0\.1:8080({pattern})", body)
    return str(link)


def register_link(client: TestClient, invitation: str) -> str:
    [link] = re.findall(r'href="(/register\?[^"]+)"', client.get(invitation).text)
    return str(link).replace("&amp;", "&")


def hidden(text: str, action: str) -> dict[str, str]:
    """What the form of this address sends along by itself."""
    form = text.partition(f'action="{action}"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def registered(client: TestClient, link: str, email: str = BOB) -> int:
    page = client.get(link)
    assert page.status_code == 200 and f'value="{BOB}"' in page.text
    return client.post("/register", data={**FORM, **hidden(page.text, "/register"), "email": email}).status_code


@pytest.mark.parametrize(("role", "first_page"), [("household", "/"), ("bookkeeper", "/sessions")])
def test_from_the_mail_to_the_account_in_the_role(window: TestClient, house: House, role: str, first_page: str) -> None:
    link = invitation(window, house, role)
    assert registered(window, register_link(window, link)) == 303

    page = window.get(last_link(house, r"/confirm\?\S+"))
    answer = window.post("/confirm", data=hidden(page.text, "/confirm"))
    assert (answer.status_code, answer.headers["location"]) == (303, link)

    assert '<form method="post"><button class="main">Join</button>' in window.get(link).text
    assert window.post(link).headers["location"] == "/"
    page = window.get(first_page)
    assert page.status_code == 200 and "Elsewhere" not in page.text
    accounts = {one["name"]: one["role"] for one in window.get("/api/v1/me").json()["accounts"]}
    assert accounts == {"Alice": role, "Bob": "owner"}

    window.cookies.clear()  # tomorrow: nobody looks for an empty account of their own
    assert window.post("/sign-in", data={"email": BOB, "password": PASSWORD}).status_code == 303
    assert set(window.get("/api/v1/me").json()["rights"]) == RIGHTS[Role(role)]


def test_who_reads_mail_on_the_phone_comes_back_to_the_invitation_there(window: TestClient, house: House) -> None:
    link = invitation(window, house)
    registered(window, register_link(window, link))
    window.cookies.clear()  # another browser: it shows the password
    page = window.get(last_link(house, r"/confirm\?\S+"))
    sent = hidden(page.text, "/confirm")
    wrong = window.post("/confirm", data={**sent, "password": "Another-horse-7"})
    assert wrong.status_code == 401 and hidden(wrong.text, "/confirm") == sent
    assert window.post("/confirm", data={**sent, "password": PASSWORD}).headers["location"] == link


def test_a_mail_that_is_sent_again_leads_there_as_well(window: TestClient, house: House) -> None:
    link = invitation(window, house)
    registered(window, register_link(window, link))
    answer = window.post("/sign-in", data={"email": BOB, "password": PASSWORD, "next": link})
    assert answer.status_code == 303
    onward = window.get(register_link(window, link)).headers["location"]
    page = window.get(onward)
    again = window.post("/confirm/again", data=hidden(page.text, "/confirm/again"))
    assert dict(parse_qsl(again.headers["location"].partition("?")[2])) == {"sent": "again", "next": link}
    page = window.get(last_link(house, r"/confirm\?\S+"))
    assert window.post("/confirm", data=hidden(page.text, "/confirm")).headers["location"] == link


def test_what_a_stranger_began_with_his_address_does_not_stand_in_his_way(window: TestClient, house: House) -> None:
    link = invitation(window, house)
    registered(window, register_link(window, link))  # by whoever; nobody confirms
    window.cookies.clear()
    assert registered(window, register_link(window, link)) == 303


def test_the_door_that_is_closed_opens_for_the_invited_address_alone(closed: TestClient, house: House) -> None:
    link = invitation(closed, house)
    assert closed.get("/register").status_code == 403
    assert closed.get("/register", params={"next": "/invitation/" + "a" * 43}).status_code == 403
    assert "/register" not in closed.get("/sign-in").text
    assert "/register?next=" in closed.get("/sign-in", params={"next": link}).text

    page = closed.get(register_link(closed, link))
    other = closed.post("/register", data={**FORM, **hidden(page.text, "/register"), "email": OLGA})
    assert other.status_code == 422 and f"was sent to {BOB}" in other.text
    assert closed.post("/register", data={**FORM, "email": BOB}).status_code == 403
    assert mailed(house, OLGA) == []


def test_no_door_opens_by_an_invitation_that_was_used(closed: TestClient, house: House) -> None:
    link = invitation(closed, house)
    register = register_link(closed, link)
    registered(closed, register)
    closed.post("/confirm", data=hidden(closed.get(last_link(house, r"/confirm\?\S+")).text, "/confirm"))
    assert closed.post(link).status_code == 303
    closed.cookies.clear()
    assert closed.get(register).status_code == 403


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org"])
def test_a_mail_leads_to_no_other_site(browser: TestClient, house: House, elsewhere: str) -> None:
    assert browser.post("/register", data={**FORM, "email": BOB, "next": elsewhere}).status_code == 303
    link = last_link(house, r"/confirm\?\S+")
    assert "next" not in link
    page = browser.get(link, params={"next": elsewhere} | dict(parse_qsl(link.partition("?")[2])))
    sent = {**hidden(page.text, "/confirm"), "next": elsewhere}
    assert browser.post("/confirm", data=sent).headers["location"] == "/setup"
