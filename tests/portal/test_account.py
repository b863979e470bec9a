"""One's own account: profile, address, password, browsers, and which account is looked at (C8)."""

import re
from datetime import timedelta

import pytest
from letterbox import link_in, mailed, token_in
from portal_house import NOW, House, sign_in
from starlette.testclient import TestClient
from test_registering import other as other

from laadboek.actions.sign_in import FRESH
from laadboek.clock import VirtualClock
from laadboek.rights import Role
from laadboek.store import memberships, users
from laadboek.store.connection import Connection
from people import ALICE, CHARLIE, PASSWORD

NEW = "Kachel-vlinder-7"
ELSEWHERE = "alice@example.com"
CARDS = ("sign-in", "notices", "members", "tokens", "audit", "data")


def whats(house: House) -> list[str]:
    found = house.database.run(lambda db: db.rows("SELECT what FROM audit ORDER BY id"))
    return [what for [what] in found]


def test_name_and_language_are_changed(alice: TestClient, house: House) -> None:
    answer = alice.post("/account/profile", data={"name": " Alice  de Wit ", "language": "nl"})
    assert answer.headers["location"] == "/account?done=profile"
    page = alice.get("/account?done=profile").text
    assert "Opgeslagen." in page and "Alice de Wit" in page and '<html lang="nl">' in page
    assert whats(house)[-1] == "profile.changed"


def test_what_does_not_fit_is_said_beside_its_field(alice: TestClient) -> None:
    answer = alice.post("/account/profile", data={"name": " ", "language": "en"})
    assert answer.status_code == 422 and 'id="name-wrong"' in answer.text
    answer = alice.post("/account/name", data={"account_name": "Home", "time_zone": "Europe/Atlantis"})
    assert answer.status_code == 422 and 'id="time_zone-wrong"' in answer.text


def test_the_account_gets_a_name_and_a_time_zone(alice: TestClient, house: House) -> None:
    assert alice.post("/account/name", data={"account_name": "At home", "time_zone": "Europe/Lisbon"}).is_redirect
    assert 'value="At home"' in alice.get("/account").text
    assert alice.get("/api/v1/me").json()["accounts"][0]["name"] == "At home"
    assert whats(house)[-1] == "account.changed"


def test_a_new_address_is_proved_and_the_old_one_is_told(alice: TestClient, other: TestClient, house: House) -> None:
    sign_in(other)
    answer = alice.post("/account/email", data={"email": ELSEWHERE})
    assert answer.headers["location"] == "/account?done=change"
    assert alice.get("/api/v1/me").json()["email"] == ALICE  # until it is proved
    assert alice.get(link_in(house, ELSEWHERE)).status_code == 200

    answer = alice.post("/confirm", data={"token": token_in(house, ELSEWHERE)})

    assert answer.headers["location"] == "/account?done=email"
    assert alice.get("/api/v1/me").json()["email"] == ELSEWHERE
    assert other.get("/account").status_code == 303  # every other browser
    told = [subject for subject, _ in mailed(house, ALICE)]
    assert told == ["Your address is about to change", "Your address was changed"]
    assert all("token=" not in body for _, body in mailed(house, ALICE))
    assert alice.post("/confirm", data={"token": token_in(house, ELSEWHERE)}).status_code == 404


def test_confirmed_elsewhere_it_signs_out_everywhere(alice: TestClient, other: TestClient, house: House) -> None:
    alice.post("/account/email", data={"email": ELSEWHERE})
    page = other.get(link_in(house, ELSEWHERE)).text
    assert 'name="password"' in page and ALICE not in page  # a slip of the pen tells nobody
    answer = other.post("/confirm", data={"token": token_in(house, ELSEWHERE), "password": PASSWORD})
    assert answer.headers["location"] == "/sign-in?done=email"
    assert alice.get("/account").status_code == 303


@pytest.mark.parametrize("signed_in", [False, True])
def test_whose_mailbox_it_is_does_not_hand_it_over_by_a_click(
    alice: TestClient, other: TestClient, house: House, signed_in: bool
) -> None:
    """A stranger's account would have their address, and its maker's passkeys would stay ways into it."""
    if signed_in:
        sign_in(other, CHARLIE)
    alice.post("/account/email", data={"email": ELSEWHERE})
    token = token_in(house, ELSEWHERE)
    assert other.post("/confirm", data={"token": token}).status_code == 401
    answer = other.post("/confirm", data={"token": token, "password": "Another-horse-7"})
    assert answer.status_code == 401 and 'name="password"' in answer.text
    assert alice.get("/api/v1/me").json()["email"] == ALICE
    assert alice.post("/confirm", data={"token": token}).headers["location"] == "/account?done=email"


def test_who_has_no_password_confirms_where_they_are_signed_in(
    alice: TestClient, other: TestClient, house: House
) -> None:
    alice.post("/account/email", data={"email": ELSEWHERE})
    house.database.run(lambda db: db.run("UPDATE users SET password_hash = NULL WHERE email = ?", (ALICE,)))
    link, token = link_in(house, ELSEWHERE), token_in(house, ELSEWHERE)
    page = other.get(link).text
    assert "Open this link in the browser in which you asked for it." in page and 'action="/confirm"' not in page
    assert other.post("/confirm", data={"token": token, "password": PASSWORD}).status_code == 401
    assert alice.post("/confirm", data={"token": token}).headers["location"] == "/account?done=email"


def test_an_address_of_somebody_else_looks_the_same_and_they_are_told(alice: TestClient, house: House) -> None:
    free = alice.post("/account/email", data={"email": ELSEWHERE})
    taken = alice.post("/account/email", data={"email": CHARLIE})
    assert (free.status_code, free.content, free.headers) == (taken.status_code, taken.content, taken.headers)
    [(subject, body)] = mailed(house, CHARLIE)
    assert subject == "Je hebt al een account" and "token=" not in body and "Alice" not in body


def test_another_address_needs_a_fresh_proof(alice: TestClient, house: House, clock: VirtualClock) -> None:
    clock.instant += FRESH
    answer = alice.post("/account/email", data={"email": ELSEWHERE}, headers={"Referer": "http://testserver/account"})
    assert answer.headers["location"] == "/sign-in/again?next=%2Faccount"
    assert mailed(house, ELSEWHERE) == []


def test_the_same_address_is_refused(alice: TestClient) -> None:
    assert alice.post("/account/email", data={"email": ALICE.upper()}).status_code == 422


def test_a_new_password_asks_for_the_current_one_and_ends_other_browsers(
    alice: TestClient, other: TestClient, house: House
) -> None:
    sign_in(other)
    before = alice.cookies["laadboek"]
    wrong = {"current": "Wrong-horse-7", "password": NEW, "repeated": NEW}
    answer = alice.post("/account/password", data=wrong)
    assert answer.status_code == 422 and "not your current password" in answer.text and NEW not in answer.text

    answer = alice.post("/account/password", data={**wrong, "current": PASSWORD})

    assert answer.headers["location"] == "/account?done=own_password"
    assert alice.cookies["laadboek"] != before
    assert alice.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert [subject for subject, _ in mailed(house, ALICE)] == ["Your password was changed"]
    assert other.post("/sign-in", data={"email": ALICE, "password": NEW}).status_code == 303


def test_links_that_were_mailed_die_with_the_old_password(alice: TestClient, house: House) -> None:
    alice.post("/reset", data={"email": ALICE})
    link = link_in(house, ALICE)
    alice.post("/account/password", data={"current": PASSWORD, "password": NEW, "repeated": NEW})
    assert alice.get(link).status_code == 404


def test_browsers_are_listed_and_ended(alice: TestClient, other: TestClient, house: House, clock: VirtualClock) -> None:
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    other.headers["User-Agent"] = firefox
    sign_in(other)
    assert "Firefox · Windows" in alice.get("/account").text
    listed = alice.get("/api/v1/me/sign-ins").json()["sign_ins"]
    assert sorted(one["current"] for one in listed) == [False, True]
    [there] = [one["id"] for one in listed if not one["current"]]

    assert alice.post(f"/account/browsers/{there}/end").headers["location"] == "/account?done=browsers"

    assert other.get("/account").status_code == 303
    assert alice.post(f"/account/browsers/{there}/end").status_code == 404
    assert whats(house)[-1] == "sign_in.ended"


def test_all_others_are_ended_at_once(alice: TestClient, other: TestClient) -> None:
    sign_in(other)
    assert alice.post("/account/browsers/end-others").status_code == 303
    assert (alice.get("/account").status_code, other.get("/account").status_code) == (200, 303)


def test_a_browser_of_somebody_else_is_unknown(alice: TestClient, other: TestClient) -> None:
    sign_in(other, CHARLIE)
    [his] = [one["id"] for one in other.get("/api/v1/me/sign-ins").json()["sign_ins"]]
    assert alice.post(f"/account/browsers/{his}/end").status_code == 404
    assert alice.delete(f"/api/v1/me/sign-ins/{his}").status_code == 404
    assert other.get("/account").status_code == 200


def test_the_api_changes_and_ends_the_same(alice: TestClient, other: TestClient) -> None:
    sign_in(other)
    assert alice.patch("/api/v1/me", json={"name": "Alice de Wit"}).json()["name"] == "Alice de Wit"
    assert alice.patch("/api/v1/me", json={"language": "fr"}).json()["language"] == "fr"
    assert alice.patch("/api/v1/me", json={"language": "tlh"}).status_code == 422
    assert alice.patch("/api/v1/me", json={"email": "x@example.org"}).status_code == 422
    [there] = [one["id"] for one in alice.get("/api/v1/me/sign-ins").json()["sign_ins"] if not one["current"]]
    assert alice.delete(f"/api/v1/me/sign-ins/{there}").status_code == 204
    assert other.get("/account").status_code == 303


def bring_together(db: Connection, role: Role) -> None:
    """Charlie becomes a member of Alice's account."""
    alice, charlie = users.by_email(db, ALICE), users.by_email(db, CHARLIE)
    assert alice is not None and charlie is not None
    memberships.create(db, alice.account_id, charlie.id, role, NOW)


def test_who_belongs_to_two_accounts_chooses_which_is_shown(browser: TestClient, house: House) -> None:
    house.database.run(lambda db: bring_together(db, Role.HOUSEHOLD))
    sign_in(browser, CHARLIE)
    mine, hers = browser.get("/api/v1/me").json()["accounts"]
    assert (mine["shown"], hers["role"]) == (True, "household")

    assert browser.post("/account/switch", data={"account": hers["id"]}).headers["location"] == "/"

    assert browser.get("/api/v1/me").json()["accounts"][1]["shown"]
    page = browser.get("/account").text
    assert 'action="/account/name"' not in page and "/account/audit" not in page  # not for the household
    assert browser.post("/account/name", data={"account_name": "x", "time_zone": "Europe/Paris"}).status_code == 403
    browser.post("/account/switch", data={"account": mine["id"]})
    assert browser.get("/api/v1/me").json()["accounts"][0]["shown"]


def test_the_menu_of_every_page_switches_for_who_belongs_to_several(browser: TestClient, house: House) -> None:
    def choices(path: str) -> list[tuple[str, bool]]:
        menu = browser.get(path).text.partition('class="sheet"')[2].partition("</details>")[0]
        form = menu.partition('action="/account/switch"')[2].partition("</form>")[0]
        return [(name, " aria-current" in rest) for rest, name in re.findall(r"<button([^>]*)>([^<]+)<", form)]

    sign_in(browser, CHARLIE)
    assert choices("/sessions") == []
    house.database.run(lambda db: bring_together(db, Role.HOUSEHOLD))
    his, hers = "Charlie", "Alice"
    for path in ("/", "/sessions", "/help", "/account"):
        assert choices(path) == [(his, True), (hers, False)]
    account = browser.get("/api/v1/me").json()["accounts"][1]["id"]
    assert browser.post("/account/switch", data={"account": account}).status_code == 303
    assert choices("/sessions") == [(his, False), (hers, True)]


def test_nobody_switches_to_an_account_of_strangers(alice: TestClient, other: TestClient) -> None:
    sign_in(other, CHARLIE)
    [his] = other.get("/api/v1/me").json()["accounts"]
    for account in (his["id"], "acc_0", ""):
        assert alice.post("/account/switch", data={"account": account}).status_code in (404, 422)
    assert alice.get("/api/v1/me").json()["accounts"][0]["shown"]


def test_the_page_leads_to_whatever_else_concerns_the_account(alice: TestClient) -> None:
    page = alice.get("/account").text
    assert all(f'href="/account/{card}"' in page for card in CARDS)


def test_wrong_current_passwords_are_slowed_down(alice: TestClient, clock: VirtualClock) -> None:
    wrong = {"current": "Wrong-horse-7", "password": NEW, "repeated": NEW}
    for _ in range(5):
        assert alice.post("/account/password", data=wrong).status_code == 422
    right = {**wrong, "current": PASSWORD}
    assert alice.post("/account/password", data=right).status_code == 422
    clock.instant += timedelta(seconds=2)
    assert alice.post("/account/password", data=right).status_code == 303
