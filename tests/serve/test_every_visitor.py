"""What each role and a stranger meet: no link that refuses who sees it, no page that axe minds, in light and dark."""

import re
from collections.abc import Iterator

import pytest
from looking import DESKTOP, PHONE, Eyes, Met, Person, Routes, browser, one_of_each, signed_in, walk
from playwright.sync_api import Browser
from serving import Serving

from laadboek.portal.words.speech import LANGUAGES
from laadboek.rights import RIGHTS, Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GUESTS = [role for role in Role if role is not Role.OWNER]
PASSWORD = "Kachel-vlinder-7"
REFUSED_LINKS = ("/confirm?token=gone", "/reset/new?token=gone", "/invitation/gone", "/nothing-is-here")


def owner(serving: Serving) -> Person:
    return Person("alice@example.org", serving.password)


def newest_link(serving: Serving, pattern: str) -> str:
    """In the mails of this machine, newest first."""
    with signed_in(serving.pages, None) as client:
        found = re.search(rf'href="{re.escape(serving.pages)}({pattern})"', client.get("/mails").text)
    assert found is not None, pattern
    return found[1].replace("&amp;", "&")


def guest_of(serving: Serving, role: Role) -> Person:
    """Invited, registered from the mail, and in."""
    guest = Person(f"{role.value}@example.org", PASSWORD)
    with signed_in(serving.pages, owner(serving)) as client:
        form = {"email": guest.email, "role": role.value, "language": "en", "who": "all"}
        assert client.post("/account/members/invite", data=form).status_code == 303
    invitation = newest_link(serving, r"/invitation/[\w-]+")
    with signed_in(serving.pages, None) as client:
        person = {"name": "Guest", "language": "en", "time_zone": "Europe/Amsterdam", "next": invitation}
        typed = {"email": guest.email, "password": PASSWORD, "repeated": PASSWORD}
        assert client.post("/register", data=person | typed).status_code == 303
        [confirm, token] = newest_link(serving, r"/confirm\?token=[^\"]+").split("?token=")
        answer = client.post(confirm, data={"token": token.split("&")[0], "next": invitation})
        assert answer.status_code == 303, answer.text
        client.post(invitation)
    return guest


@pytest.fixture(scope="module")
def guests(serving: Serving) -> dict[Role, Person]:
    return {role: guest_of(serving, role) for role in GUESTS}


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def met_by(serving: Serving, routes: Routes, guest: Person, language: str = "en") -> Met:
    with signed_in(serving.pages, guest, language) as client:
        rights = client.get("/api/v1/me").json()["rights"]
        assert set(rights) == RIGHTS[Role(guest.email.partition("@")[0])], "they look at somebody else's account"
        return walk(client, routes, "/", "/account")


@pytest.mark.parametrize("role", GUESTS)
def test_no_role_is_shown_a_link_that_refuses_it(
    serving: Serving, routes: Routes, guests: dict[Role, Person], role: Role
) -> None:
    for language in sorted(LANGUAGES):
        found = met_by(serving, routes, guests[role], language)
        assert found.broken == []
        assert len(found.pages) > 5


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("role", GUESTS)
def test_every_role_can_use_its_pages(
    chromium: Browser,
    serving: Serving,
    routes: Routes,
    guests: dict[Role, Person],
    role: Role,
    viewport: dict[str, int],
) -> None:
    eyes = Eyes(chromium, serving.pages, viewport)
    eyes.be(guests[role], "en")
    met = met_by(serving, routes, guests[role])
    own = [address for address in one_of_each(met, routes) if not address.startswith("/help/")]
    wrong = [found for address in own for found in eyes.wrong_at(address)]
    eyes.context.close()
    assert wrong == []


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_stranger_can_use_every_page_before_signing_in(
    chromium: Browser, serving: Serving, guests: dict[Role, Person], viewport: dict[str, int]
) -> None:
    """Also where a mail leads, when it is fresh and when it is gone."""
    mailed = Person(f"newcomer{viewport['width']}@example.org", PASSWORD)
    with signed_in(serving.pages, None) as client:
        person = {"name": "Nora", "language": "en", "time_zone": "Europe/Amsterdam"}
        answer = client.post("/register", data={**person, **mailed._asdict(), "repeated": PASSWORD})
        assert answer.status_code == 303
        confirm = newest_link(serving, r"/confirm\?token=[^\"]+")
        client.post("/reset", data={"email": guests[GUESTS[0]].email})
        reset = newest_link(serving, r"/reset/new\?token=[^\"]+")
    with signed_in(serving.pages, owner(serving)) as client:
        form = {
            "email": f"invited{viewport['width']}@example.org",
            "role": "bookkeeper",
            "language": "en",
            "who": "all",
        }
        assert client.post("/account/members/invite", data=form).status_code == 303
    invitation = newest_link(serving, r"/invitation/[\w-]+")
    open_to_all = ("/sign-in", "/register", "/confirm", "/reset", "/mails", "/offline", "/help")
    eyes = Eyes(chromium, serving.pages, viewport)
    wrong = [one for address in (*open_to_all, confirm, reset, invitation) for one in eyes.wrong_at(address)]
    for address in REFUSED_LINKS:
        wrong += [one for one in eyes.wrong_at(address) if "status of 404" not in one]  # the browser says it itself
    eyes.context.close()
    assert wrong == []
