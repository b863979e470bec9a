"""Tokens of the API: shown once, acting as their user, gone with the membership, never a key to pages (C10)."""

from datetime import timedelta

import pytest
from people_of_account import address_of, audited, member
from portal_house import NOW, House
from starlette.testclient import TestClient

from laadboek.actions.people import tokens
from laadboek.clock import VirtualClock
from laadboek.ids import Ids
from laadboek.rights import Right, Role
from laadboek.secret import Secret
from laadboek.store import memberships, users

SESSIONS = "/api/v1/sessions"


def make(client: TestClient, *scopes: str, name: str = "script", **more: object) -> str:
    answer = client.post("/api/v1/tokens", json={"name": name, "scopes": list(scopes), **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def by(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_what_its_scopes_say_and_no_more(alice: TestClient) -> None:
    token = make(alice, "sessions:read")
    alice.cookies.clear()
    assert alice.get(SESSIONS, headers=by(token)).json()["sessions"]
    refused = alice.get("/api/v1/links", headers=by(token))
    assert (refused.status_code, refused.json()["code"]) == (403, "right.missing")
    assert refused.json()["params"] == {"right": "chargers:read"}


def test_a_token_tells_what_it_is_and_ends_itself(alice: TestClient) -> None:
    token = make(alice, "sessions:read", "notices:read")
    alice.cookies.clear()
    current = alice.get("/api/v1/tokens/current", headers=by(token)).json()
    assert (current["name"], current["rights"]) == ("script", ["notices:read", "sessions:read"])
    assert token not in str(current)
    assert alice.delete("/api/v1/tokens/current", headers=by(token)).status_code == 204
    assert alice.get(SESSIONS, headers=by(token)).json()["code"] == "token.wrong"


def test_it_is_shown_once_and_nowhere_kept(alice: TestClient, house: House) -> None:
    token = make(alice, "sessions:read")
    [listed] = alice.get("/api/v1/tokens").json()["tokens"]
    assert "token" not in listed
    [[stored]] = house.database.read(lambda db: db.rows("SELECT token_hash FROM api_tokens"))
    assert bytes(stored) == tokens.token_hash(Secret(token))
    everything = house.database.read(
        lambda db: str(db.rows("SELECT * FROM api_tokens") + db.rows("SELECT * FROM audit"))
    )
    assert token not in everything and token[5:] not in everything
    [made] = audited(house.database, "token.made")
    assert (made["token"], made["scopes"]) == (listed["id"], "sessions:read")


def test_no_page_opens_for_a_token(alice: TestClient) -> None:
    token = make(alice, *(right.value for right in Right))
    alice.cookies.clear()
    for address in ("/", "/sessions", "/sessions.csv", "/account/members"):
        answer = alice.get(address, headers=by(token))
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in"), address


def test_a_token_makes_no_tokens_and_changes_no_person(alice: TestClient) -> None:
    token = make(alice, *(right.value for right in Right))
    alice.cookies.clear()
    for method, address in (("GET", "/api/v1/tokens"), ("POST", "/api/v1/tokens"), ("DELETE", "/api/v1/tokens/tok_0")):
        body = {"json": {"name": "x", "scopes": ["now:read"]}} if method == "POST" else {}
        answer = alice.request(method, address, headers=by(token), **body)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (403, "token.not_for_this")


@pytest.mark.parametrize(("passed", "status"), [(timedelta(days=30, seconds=-1), 200), (timedelta(days=30), 401)])
def test_it_ends_when_it_was_said_to(alice: TestClient, clock: VirtualClock, passed: timedelta, status: int) -> None:
    token = make(alice, "sessions:read", expires_at=(NOW + timedelta(days=30)).isoformat())
    alice.cookies.clear()
    clock.instant += passed
    assert alice.get(SESSIONS, headers=by(token)).status_code == status


def test_it_goes_with_the_membership_and_follows_the_role(browser: TestClient, house: House) -> None:
    household = member(browser, house, Role.HOUSEHOLD)
    token = make(household, "sessions:read", "now:control")
    household.cookies.clear()
    user = house.database.read(lambda db: users.by_email(db, address_of(Role.HOUSEHOLD)))
    host = house.database.read(lambda db: users.by_email(db, "alice@example.org"))
    assert user is not None and host is not None

    house.database.run(lambda db: memberships.change(db, host.account_id, user.id, Role.BOOKKEEPER, None))
    rights = household.get("/api/v1/tokens/current", headers=by(token)).json()["rights"]
    assert rights == ["sessions:read"]  # a bookkeeper controls nothing, whatever the token was made for

    house.database.run(lambda db: memberships.remove(db, host.account_id, user.id))
    answer = household.get(SESSIONS, headers=by(token))
    assert (answer.status_code, answer.json()["code"]) == (401, "token.wrong")


@pytest.mark.parametrize("role", [Role.BOOKKEEPER, Role.INSTALLER, Role.EMPLOYER])
def test_nobody_gives_a_token_what_they_have_not(browser: TestClient, house: House, role: Role) -> None:
    who = member(browser, house, role)
    answer = who.post("/api/v1/tokens", json={"name": "more", "scopes": ["account:write"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "token.scope_missing")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": " ", "scopes": ["now:read"]}, "token.bad_name"),
        ({"name": "x" * 61, "scopes": ["now:read"]}, "token.bad_name"),
        ({"name": "x", "scopes": []}, "token.bad_scopes"),
        ({"name": "x", "scopes": ["now:read"], "expires_at": NOW.isoformat()}, "token.bad_expiry"),
        ({"name": "x", "scopes": ["all"]}, "page.bad_request"),
        ({"name": "taken", "scopes": ["now:read"]}, "token.name_taken"),
    ],
)
def test_what_a_token_must_be(alice: TestClient, body: dict[str, object], code: str) -> None:
    make(alice, "now:read", name="taken")
    answer = alice.post("/api/v1/tokens", json=body)
    assert answer.json()["code"] == code
    assert len(alice.get("/api/v1/tokens").json()["tokens"]) == 1


def test_an_owner_sees_and_ends_everybodys(browser: TestClient, alice: TestClient, house: House) -> None:
    token = make(member(browser, house, Role.HOUSEHOLD), "sessions:read", name="of Bob")
    browser.cookies.clear()
    browser.post("/sign-in", data={"email": "alice@example.org", "password": "Correct-horse-7"})
    [listed] = browser.get("/api/v1/tokens").json()["tokens"]
    assert listed["name"] == "of Bob"
    assert browser.delete(f"/api/v1/tokens/{listed['id']}").status_code == 204
    browser.cookies.clear()
    assert browser.get(SESSIONS, headers=by(token)).status_code == 401


def test_others_see_their_own_only(alice: TestClient, house: House) -> None:
    make(alice, "sessions:read", name="of Alice")
    token_id = alice.get("/api/v1/tokens").json()["tokens"][0]["id"]
    other = member(alice, house, Role.HOUSEHOLD)
    assert other.get("/api/v1/tokens").json()["tokens"] == []
    answer = other.delete(f"/api/v1/tokens/{token_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "token.unknown")


def test_its_use_is_noted_but_not_with_every_request(alice: TestClient, clock: VirtualClock, house: House) -> None:
    token = make(alice, "sessions:read")

    def used() -> object:
        return alice.get("/api/v1/tokens").json()["tokens"][0]["used_at"]

    assert used() is None
    alice.get(SESSIONS, headers=by(token))
    assert used() == "2026-11-23T17:30:00Z"
    clock.instant += timedelta(minutes=5, seconds=-1)
    alice.get(SESSIONS, headers=by(token))
    assert used() == "2026-11-23T17:30:00Z"
    clock.instant += timedelta(seconds=1)
    alice.get(SESSIONS, headers=by(token))
    assert used() == "2026-11-23T17:35:00Z"


def test_scanners_know_one_and_a_slip_of_the_pen_is_no_token() -> None:
    text = tokens.text_of(Ids(1).token_bytes(32)).reveal()
    assert text.startswith("laad_") and len(text) == 64 and text.isascii()
    assert tokens.is_token(Secret(text))
    for place in range(5, len(text)):
        slip = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        assert not tokens.is_token(Secret(slip))
    for other in ("", "laad_", "laad_é", text[:-1], text + "0", text.upper(), "ghp_" + text[5:]):
        assert not tokens.is_token(Secret(other))


def test_wrong_tokens_are_slowed_by_network_and_the_right_one_never_is(alice: TestClient) -> None:
    right = make(alice, "sessions:read")
    alice.cookies.clear()
    codes = []
    for number in range(8):
        wrong = tokens.text_of(Ids(number).token_bytes(32)).reveal()
        answer = alice.get(SESSIONS, headers=by(wrong))
        assert answer.headers["content-type"] == "application/problem+json"
        codes.append((answer.status_code, answer.json()["code"]))
    assert codes[0] == (401, "token.wrong")
    assert codes[-1] == (429, "sign_in.wait")
    assert int(answer.headers["retry-after"]) > 0
    assert alice.get(SESSIONS, headers=by(right)).status_code == 200
    assert alice.post("/sign-in", data={"email": "alice@example.org", "password": "Correct-horse-7"}).status_code == 303
