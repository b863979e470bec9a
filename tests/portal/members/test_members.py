"""Members of an account: inviting, joining, changing, removing, leaving; and what each role may (C8)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from people_of_account import address_of, audited, come_in, join, member
from portal_house import NOW, VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.actions.people import letters
from laadboek.clock import VirtualClock
from laadboek.rights import Role
from laadboek.store import export_schedules, mails, notices, users
from laadboek.store.connection import Connection
from people import ALICE, CHARLIE

BOB = "bob@example.org"
LIST = "/account/members"


def invite(client: TestClient, email: str = BOB, role: str = "household", **more: object) -> None:
    answer = client.post(f"{LIST}/invite", data={"email": email, "role": role, "language": "en", **more})
    assert answer.status_code == 303, answer.text


def link_to(house: House, email: str = BOB) -> str:
    """The link of the newest mail to this address, as its reader would click on it."""
    newest = next(one for one in house.database.read(lambda db: mails.latest(db, 10)) if one.recipient == email)
    [link] = re.findall(r"/invitation/[\w-]{43}", letters.opened(VAULT, newest))
    return str(link)


def add_bob(house: House) -> None:
    """With an account of his own, and nothing to do with Alice's."""
    house.database.run(lambda db: join(db, BOB, Role.HOUSEHOLD))
    house.database.run(lambda db: db.run("DELETE FROM memberships WHERE account_id = 1 AND role = 'household'"))


def test_an_invitation_is_joined_once_by_whom_it_was_sent_to(alice: TestClient, house: House) -> None:
    invite(alice)
    link = link_to(house)
    add_bob(house)
    sign_in(alice, BOB)
    assert "You are invited to Alice" in alice.get(link).text
    assert alice.post(link).headers["location"] == "/"
    assert "Driveway" in alice.get("/").text  # the pages are Alice's from here on
    assert alice.post(link).status_code == 404
    assert [one["role"] for one in audited(house.database, "member.joined")] == ["household"]


def test_a_forwarded_invitation_opens_nothing(alice: TestClient, house: House) -> None:
    invite(alice)
    link = link_to(house)
    sign_in(alice, CHARLIE)
    answer = alice.post(link)
    assert (answer.status_code, "bob@example.org" in answer.text) == (409, True)
    assert "Driveway" not in alice.get("/").text


def test_who_has_no_account_yet_is_led_to_register_and_back(alice: TestClient, house: House) -> None:
    invite(alice)
    alice.cookies.clear()
    text = alice.get(link_to(house)).text
    assert "/register?next=%2Finvitation%2F" in text and "email=bob%40example.org" in text
    assert alice.post(link_to(house)).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(("passed", "status"), [(timedelta(days=14, seconds=-1), 200), (timedelta(days=14), 404)])
def test_an_invitation_ends(
    alice: TestClient, house: House, clock: VirtualClock, passed: timedelta, status: int
) -> None:
    invite(alice)
    clock.instant += passed
    assert alice.get(link_to(house)).status_code == status


def test_its_token_is_only_in_the_mail(alice: TestClient, house: House) -> None:
    invite(alice)
    token = link_to(house).rpartition("/")[2]
    tables = ("invitations", "audit", "mails")
    kept = house.database.read(lambda db: [db.rows(f"SELECT * FROM {table}") for table in tables])
    assert token not in str(kept) and letters.decode(token) not in [
        cell for rows in kept for row in rows for cell in row
    ]
    assert alice.get("/invitation/" + "a" * 43).status_code == 404
    assert alice.get("/invitation/é").status_code == 404


def test_a_second_invitation_replaces_the_first_and_one_can_be_withdrawn(alice: TestClient, house: House) -> None:
    invite(alice)
    first = link_to(house)
    invite(alice, role="bookkeeper")
    second = link_to(house)
    assert (alice.get(first).status_code, alice.get(second).status_code) == (404, 200)
    page = alice.get(LIST).text
    [withdraw] = re.findall(r'action="(/account/members/invitations/inv_\w+/withdraw)"', page)
    assert alice.post(withdraw).status_code == 303
    assert alice.get(second).status_code == 404


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"email": "bob", "role": "household"}, 422, "e-mail"),
        ({"email": ALICE, "role": "household"}, 409, "is a member already"),
        ({"email": BOB, "role": "king"}, 422, "none of them"),
        ({"email": BOB, "role": "employer", "who": "some"}, 422, "at least one driver"),
        ({"email": BOB, "role": "employer", "who": "some", "agreed": "drv_elsewhere"}, 422, "not known here"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    alice: TestClient, house: House, form: dict[str, str], status: int, said: str
) -> None:
    answer = alice.post(f"{LIST}/invite", data=form)
    assert answer.status_code == status
    assert said in answer.text and f'value="{form["email"]}"' in answer.text
    assert house.database.read(lambda db: mails.latest(db, 10)) == []


def invite_by_page(client: TestClient, email: str) -> int:
    return client.post(f"{LIST}/invite", data={"email": email, "role": "household", "language": "en"}).status_code


def invite_by_api(client: TestClient, email: str) -> int:
    return client.post("/api/v1/invitations", json={"email": email, "role": "household"}).status_code


def test_a_mail_to_a_stranger_holds_no_link_of_whoever_asked_for_it(alice: TestClient, house: House) -> None:
    """Their names are theirs to choose, and the mail is ours."""
    name = "Win at https://evil.example/win, J. de Wit-O’Neill 2"
    assert alice.post("/account/profile", data={"name": name, "language": "en"}).status_code == 303
    assert alice.post("/account/name", data={"account_name": name, "time_zone": "UTC"}).status_code == 303
    invite(alice)
    assert alice.post("/account/email", data={"email": "nobody@example.org"}).status_code == 303
    alice.cookies.clear()
    chosen = {"password": "Kachel-vlinder-7", "repeated": "Kachel-vlinder-7", "language": "en", "name": name}
    assert alice.post("/register", data={**chosen, "email": "olga@example.org"}).status_code == 303
    for email in (BOB, "nobody@example.org", "olga@example.org"):
        found = house.database.read(lambda db: mails.latest(db, 10))
        [body] = [letters.opened(VAULT, one) for one in found if one.recipient == email]
        assert "evil.example" not in body and "Win at https evil example win J de Wit-O’Neill 2" in body


@pytest.mark.parametrize("inviting", [invite_by_page, invite_by_api])
def test_a_mailbox_is_not_filled_with_invitations(
    alice: TestClient, house: House, clock: VirtualClock, inviting: Callable[[TestClient, str], int]
) -> None:
    for email in (BOB, f" {BOB}", BOB.upper()):
        assert inviting(alice, email) in (201, 303)
    assert inviting(alice, f"{BOB} ") == 429
    assert len(house.database.read(lambda db: mails.latest(db, 10))) == 3
    clock.instant += timedelta(minutes=1)
    assert inviting(alice, BOB) in (201, 303)


def test_an_owner_changes_a_role_and_it_holds_with_the_next_click(alice: TestClient, house: House) -> None:
    user_id = house.database.run(lambda db: join(db, BOB, Role.HOUSEHOLD))
    assert alice.get(f"{LIST}/{user_id}").status_code == 200
    assert alice.post(f"{LIST}/{user_id}", data={"role": "bookkeeper"}).status_code == 303
    bob = come_in(alice, house, BOB)
    assert bob.get("/").headers["location"] == "/sessions"
    assert bob.post(f"/sessions/{house.session}/kind", data={"kind": "private"}).status_code == 403
    [change] = audited(house.database, "member.changed")
    assert (change["from"], change["to"]) == ("household", "bookkeeper")


def test_who_is_removed_sees_their_own_account_with_the_next_click(alice: TestClient, house: House) -> None:
    user_id = house.database.run(lambda db: join(db, BOB, Role.OWNER))
    bob_token = come_in(alice, house, BOB)
    token = bob_token.post("/api/v1/tokens", json={"name": "x", "scopes": ["sessions:read"]}).json()["token"]
    cookies = dict(bob_token.cookies)
    alice.cookies.clear()
    sign_in(alice)
    assert alice.post(f"{LIST}/{user_id}/remove").status_code == 303
    alice.cookies.clear()
    alice.cookies.update(cookies)
    assert "Driveway" not in alice.get("/").text
    alice.cookies.clear()
    assert alice.get("/api/v1/sessions", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert house.database.read(lambda db: db.rows("SELECT id FROM api_tokens")) == []
    assert audited(house.database, "member.removed")[0]["tokens"] == 1


@pytest.mark.parametrize("way", ["removed", "left"])
def test_what_was_mailed_to_a_member_ends_with_the_membership(alice: TestClient, house: House, way: str) -> None:
    """Files of sessions and notices; those to others go on. A file that shall go there after all is resumed."""
    user_id = house.database.run(lambda db: join(db, BOB, Role.BOOKKEEPER))
    house.database.run(mail_to_bob_and_others)
    if way == "removed":
        assert alice.post(f"{LIST}/{user_id}/remove").status_code == 303
    else:
        assert come_in(alice, house, BOB).delete("/api/v1/membership").status_code == 204
    kept = house.database.read(
        lambda db: (
            [(one.address, one.enabled) for one in export_schedules.of_account(db, 1)],
            [one.address for one in notices.channels(db, 1)],
        )
    )
    assert kept == ([("Bob@example.org", False), ("payroll@example.org", True)], ["payroll@example.org"])
    [details] = audited(house.database, f"member.{way}")
    assert (details["files"], details["channels"]) == (1, 1)


def mail_to_bob_and_others(db: Connection) -> None:
    for number, address in enumerate(("Bob@example.org", "payroll@example.org")):
        schedule = export_schedules.Schedule(
            account_id=1,
            public_id=f"exs_{number}",
            kind="email",
            address=address,
            every="month",
            format="csv",
            language="en",
            hour=6,
            due_for=NOW.date(),
            next_at=NOW,
            created_at=NOW,
        )
        export_schedules.add(db, schedule)
        channel = notices.Channel(account_id=1, public_id=f"nch_{number}", kind="email", address=address, language="en")
        notices.add_channel(db, channel, NOW)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_may_leave_but_not_their_own_account(browser: TestClient, house: House, role: Role) -> None:
    guest = member(browser, house, role)
    assert "Leave this account" in guest.get(LIST).text
    assert guest.post(f"{LIST}/me/leave").headers["location"] == "/"
    assert "Driveway" not in guest.get("/").text
    answer = guest.post(f"{LIST}/me/leave")  # now of the own one
    assert answer.status_code == 409
    assert guest.get("/").status_code == 200


def test_an_account_keeps_its_owner(alice: TestClient, house: House) -> None:
    me = house.database.read(lambda db: users.by_email(db, ALICE))
    assert me is not None
    for change in (f"{LIST}/{me.public_id}/remove", f"{LIST}/me/leave"):
        answer = alice.post(change)
        assert answer.status_code == 409 and "the only one" in answer.text
    assert "the only one" in alice.post(f"{LIST}/{me.public_id}", data={"role": "household"}).text

    house.database.run(lambda db: join(db, BOB, Role.OWNER))
    come_in(alice, house, BOB)
    answer = alice.post(f"{LIST}/{me.public_id}/remove")  # nobody is thrown out of their own account
    assert answer.status_code == 409 and "their own" in answer.text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_only_owners_see_and_change_members(browser: TestClient, house: House, role: Role) -> None:
    guest = member(browser, house, role)
    text = guest.get(LIST).text
    assert ALICE not in text and address_of(role) not in text
    alices = house.database.read(lambda db: users.by_email(db, ALICE))
    assert alices is not None
    for method, path in (
        ("GET", "/invite"),
        ("POST", "/invite"),
        ("GET", f"/{alices.public_id}"),
        ("POST", f"/{alices.public_id}"),
        ("POST", f"/{alices.public_id}/remove"),
    ):
        form = {"data": {"email": "x@example.org", "role": "owner"}} if method == "POST" else {}
        assert guest.request(method, LIST + path, **form).status_code == 403, path  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.OWNER, None),
        (Role.HOUSEHOLD, None),
        (Role.INSTALLER, "/chargers"),
        (Role.BOOKKEEPER, "/sessions"),
        (Role.EMPLOYER, "/sessions"),
    ],
)
def test_the_start_page_of_a_role_is_the_first_that_it_may_see(
    browser: TestClient, house: House, role: Role, place: str | None
) -> None:
    answer = member(browser, house, role).get("/")
    assert answer.headers.get("location") == place
    assert place is not None or "Driveway" in answer.text


def test_the_api_does_what_the_pages_do(alice: TestClient, house: House) -> None:
    user_id = house.database.run(lambda db: join(db, BOB, Role.HOUSEHOLD))
    invited = alice.post("/api/v1/invitations", json={"email": "eve@example.org", "role": "installer"})
    assert invited.status_code == 201 and "drivers" in invited.json()
    assert [one["email"] for one in alice.get("/api/v1/invitations").json()["invitations"]] == ["eve@example.org"]
    assert alice.delete(f"/api/v1/invitations/{invited.json()['id']}").status_code == 204
    assert alice.get(link_to(house, "eve@example.org")).status_code == 404

    found = {one["email"]: one["role"] for one in alice.get("/api/v1/members").json()["members"]}
    assert found == {ALICE: "owner", BOB: "household"}
    changed = alice.put(f"/api/v1/members/{user_id}", json={"role": "employer", "drivers": None})
    assert (changed.status_code, changed.json()["role"]) == (200, "employer")
    assert alice.delete(f"/api/v1/members/{user_id}").status_code == 204
    assert alice.delete(f"/api/v1/members/{user_id}").json()["code"] == "member.unknown"
    assert alice.delete("/api/v1/membership").json()["code"] == "member.last_owner"


def test_who_did_not_prove_themselves_lately_is_asked_first(
    alice: TestClient, house: House, clock: VirtualClock
) -> None:
    user_id = house.database.run(lambda db: join(db, BOB, Role.HOUSEHOLD))
    clock.instant += timedelta(hours=1)
    answer = alice.post(f"{LIST}/{user_id}/remove")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in/again")
    refused = alice.delete(f"/api/v1/members/{user_id}")
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in.not_fresh")
    assert len(alice.get("/api/v1/members").json()["members"]) == 2
