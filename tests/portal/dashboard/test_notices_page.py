"""The page of notices: what is told, where it goes, and who may change that; the same by API."""

import re
from functools import partial

import pytest
from portal_house import NOW, VAULT, House, sign_in
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.ids import Ids
from laadboek.notify import NoticeWishes
from laadboek.portal.words import dashboard
from laadboek.reasons import Reason
from laadboek.rights import Role
from laadboek.runtime import notices as rules
from laadboek.runtime.guard import Guard
from laadboek.store import memberships
from laadboek.store.notices import channels
from people import CHARLIE

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
ENDPOINT = "https://push.example.org/secret-of-this-browser"


@pytest.fixture(autouse=True)
def wishes(house: House, bus: Bus, clock: VirtualClock) -> None:
    NoticeWishes(house.database, Guard(), VAULT, clock, Ids("page")).serve(bus)


def add(client: TestClient, **form: object) -> str:
    answer = client.post("/account/notices", data=form)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["location"]).text


def test_every_notice_that_can_be_sent_has_its_words() -> None:
    told = [code for group in dashboard.NOTICES.values() for code in group]
    assert sorted(told) == sorted(rules.SENT)


def test_an_address_is_added_tried_and_removed(alice: TestClient, house: House) -> None:
    assert "Nowhere yet." in alice.get("/account/notices").text
    text = add(alice, kind="email", address=" olga@example.org ", codes=["pad.locked", "link.down"])
    assert "olga@example.org" in text and "2 kinds of notices" in text and "Nothing was sent yet." in text
    [channel] = re.findall(r"/account/notices/(nch_\w+)/test", text)
    tried = alice.post(f"/account/notices/{channel}/test")
    assert tried.status_code == 303
    assert "This is a test from Laadboek" in alice.get(tried.headers["location"]).text
    gone = alice.post(f"/account/notices/{channel}/remove")
    assert "Nowhere yet." in alice.get(gone.headers["location"]).text


def test_a_mailbox_is_not_filled_with_tests(alice: TestClient, house: House) -> None:
    """The address was typed by its maker: whose it is, nobody has shown."""
    [channel] = re.findall(r"/account/notices/(nch_\w+)/test", add(alice, kind="email", address="olga@example.org"))
    for _ in range(3):
        assert alice.post(f"/account/notices/{channel}/test").status_code == 303
    assert alice.post(f"/account/notices/{channel}/test").status_code == 429
    assert alice.post(f"/api/v1/notice-channels/{channel}/test").status_code == 429
    assert house.database.read(lambda db: db.row("SELECT COUNT(*) FROM notice_deliveries")) == (3,)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"address": "nobody"}, "is not one e-mail address"),
        ({"address": "a@b.example", "secret": "x"}, "has no secret"),
        ({"kind": "webhook", "address": "http://169.254.169.254/x"}, "may not call that address"),
        ({"address": "a@b.example", "codes": "pad.lokced"}, "is no notice that can be sent"),
    ],
)
def test_what_does_not_fit_is_said_and_what_was_typed_stays(alice: TestClient, form: dict[str, str], said: str) -> None:
    answer = alice.post("/account/notices", data=form)
    assert answer.status_code == 422 and said in answer.text
    assert f'value="{form["address"]}"' in answer.text and 'value="x"' not in answer.text


def test_what_happened_is_listed_in_words(alice: TestClient, house: House) -> None:
    house.database.run(rules.save(1, Reason("pad.locked", {"tries": 3}), NOW, Ids("n")))
    text = alice.get("/account/notices").text
    assert "the pad is locked" in text and "18:30" in text


def test_this_browser_subscribes_and_lets_go(alice: TestClient, house: House) -> None:
    added = alice.post("/api/v1/push-subscriptions", json={"endpoint": ENDPOINT, "expirationTime": None, "keys": KEYS})
    assert added.status_code == 201, added.text
    assert added.json()["address"] == "push.example.org" and added.json()["yours"] is True
    for text in (alice.get("/account/notices").text, alice.get("/api/v1/notice-channels").text):
        assert "push.example.org" in text and "secret-of-this-browser" not in text and KEYS["auth"] not in text
    [kept] = house.database.run(partial(channels, account_id=1))
    assert kept.secret is not None and KEYS["auth"].encode() not in kept.secret
    assert alice.post("/api/v1/push-subscriptions/ended", json={"endpoint": ENDPOINT}).status_code == 204
    assert house.database.run(partial(channels, account_id=1)) == []


def test_a_browser_that_says_nonsense_is_refused(alice: TestClient) -> None:
    bad = alice.post("/api/v1/push-subscriptions", json={"endpoint": ENDPOINT, "keys": {"p256dh": "x", "auth": "y"}})
    assert bad.status_code == 422 and bad.json()["code"] == "notice.bad_subscription"


def test_the_api_names_the_codes_and_refuses_others(alice: TestClient) -> None:
    codes = alice.get("/api/v1/notice-codes").json()["codes"]
    assert {"code": "lock.failed", "text": "The cable lock did not move"} in codes
    body = {"kind": "email", "address": "a@b.example", "codes": ["visit.unidentifed"]}
    refused = alice.post("/api/v1/notice-channels", json=body)
    assert refused.status_code == 422 and refused.json()["code"] == "notice.bad_code"


def test_the_household_may_tell_its_own_phones_and_change_nothing_else(browser: TestClient, house: House) -> None:
    def share(db: object) -> None:
        memberships.create(db, 1, 2, Role.HOUSEHOLD, NOW)  # type: ignore[arg-type]
        db.run("UPDATE sign_ins SET acting_account_id = 1 WHERE user_id = 2")  # type: ignore[attr-defined]

    sign_in(browser, CHARLIE)
    house.database.run(share)
    browser.post("/language", data={"language": "en"})
    text = browser.get("/account/notices").text
    assert "Tell this device" in text and "Add an address" not in text
    assert browser.post("/account/notices", data={"address": "a@b.example"}).status_code == 403
    assert browser.post("/api/v1/push-subscriptions", json={"endpoint": ENDPOINT, "keys": KEYS}).status_code == 201
    assert "yours" in browser.get("/account/notices").text


def test_nothing_is_pushed_where_no_key_is(alice: TestClient) -> None:
    assert alice.get("/api/v1/push").json() == {"application_server_key": None}
    assert 'data-key=""' in alice.get("/account/notices").text
