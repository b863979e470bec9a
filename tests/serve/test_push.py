"""A browser that subscribed is told: encrypted for it alone, signed by us; one that is gone is forgotten."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from file_servers import Files, http_files
from laadboek.actions.actor import Actor
from laadboek.actions.notices import AddChannel, RemoveChannel, TryChannel, list_channels
from laadboek.actions.subscriptions import PushSecrets
from laadboek.clock import VirtualClock
from laadboek.ids import Ids
from laadboek.notify import NoticeWishes, Notifier, Push
from laadboek.push import NOBODY, Signer, text_of
from laadboek.reasons import Reason, Refused
from laadboek.rights import Right, Role
from laadboek.runtime import notices as rules
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import KeyFileExposed, load_keys
from laadboek.runtime.push_key import load_push_key, public_part
from laadboek.runtime.transfers import Transfers
from laadboek.store import accounts, chargers, memberships, users
from laadboek.store.database import open_database

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
AUTH = bytes(range(16))


class Browser:
    """A browser's side of a subscription: keys of its own, and what it can read."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secrets = PushSecrets(text_of(public_part(self.private)), urlsafe_b64encode(AUTH).decode().rstrip("="))

    def read(self, body):
        return json.loads(http_ece.decrypt(body, private_key=self.private, auth_secret=AUTH, version="aes128gcm"))


def person(db, account, name):
    mail = f"{name}@example.org"
    who = {"public_id": f"usr_{name}", "email": mail, "name": name.title(), "password_hash": "hash", "language": "nl"}
    return users.create(db, account, **who, now=START)


class House:
    """A store, its notifier, Alice who owns it and Bob of her household, in virtual time."""

    def __init__(self, path):
        self.database = open_database(path / "laadboek.db", deliver=None)
        self.clock, self.ids, self.keys = VirtualClock(START), Ids("house"), load_keys(path)
        self.guard, self.signer = Guard(["127.0.0.0/8"]), Signer(load_push_key(path))
        self.wishes = NoticeWishes(self.database, self.guard, self.keys, self.clock, self.ids)
        self.account, self.alice, self.bob = self.write(self.move_in)
        self.charger = self.write(
            lambda db: chargers.create(db, self.account, "chg_1", "Oprit", "simulated", {}, START)
        )
        self.actor = Actor(account_id=self.account, name="usr_1", time_zone="Europe/Amsterdam", language="nl")

    def move_in(self, db):
        account = accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "nl", START)
        made = [person(db, account, name) for name in ("alice", "bob")]
        for user, role in zip(made, (Role.OWNER, Role.HOUSEHOLD), strict=True):
            memberships.create(db, account, user, role, START)
        return account, *made

    def write(self, job):
        return asyncio.run(self.database.write("test", job))

    def ask(self, question):
        return asyncio.run(self.wishes.answer(question))

    def subscribe(self, address, browser, user=None, **chosen):
        user = self.alice if user is None else user
        whose = {"user_id": user, "push": browser.secrets, "language": "nl"}
        return self.ask(AddChannel(actor=self.actor, kind="push", address=address, **whose, **chosen))

    def told(self, code="pad.locked"):
        reason = Reason(code, {"tries": 3})
        self.write(rules.save(self.account, reason, self.clock.now(), self.ids, charger_id=self.charger))

    def deliver(self):
        async def once():
            transfers = Transfers(self.guard)
            channels = {"push": Push(transfers, self.keys, self.clock, self.signer)}
            try:
                return await Notifier(self.database, self.clock, channels).deliver()
            finally:
                transfers.close()

        return asyncio.run(once())

    def standing(self):
        found = self.database.read(lambda db: list_channels(db, self.actor))
        return [(one.state, one.error) for one in found]


@pytest.fixture
def house(tmp_path):
    opened = House(tmp_path)
    yield opened
    opened.database.close()


def test_a_notice_is_readable_by_the_browser_alone(house):
    service, browser = Files(), Browser()
    with http_files(service) as (_, port):
        house.subscribe(f"http://127.0.0.1:{port}/push/alice", browser)
        house.told()
        house.deliver()
    body = service.files["/push/alice"]
    assert b"pincode" not in body and b"Oprit" not in body
    told = browser.read(body)
    assert (told["title"], told["url"], told["lang"]) == ("Oprit", "/chargers/chg_1", "nl")
    assert "pincode" in told["text"].lower() and told["icon"].startswith("/static/")
    assert house.standing() == [("sent", None)]


def test_the_service_can_tell_who_sends(house):
    service = Files()
    with http_files(service) as (_, port):
        house.subscribe(f"http://127.0.0.1:{port}/push/alice", Browser())
        house.told()
        house.deliver()
    [given] = service.given
    assert (given["TTL"], given["Content-Encoding"]) == ("86400", "aes128gcm")
    token, key = given["Authorization"].removeprefix("vapid t=").split(", k=")
    assert urlsafe_b64decode(key + "=") == public_part(house.signer.key)
    claims = jwt.decode(token, ECKey.import_key(house.signer.key.public_key()), algorithms=["ES256"]).claims
    assert (claims["aud"], claims["sub"]) == (f"http://127.0.0.1:{port}", NOBODY)
    assert claims["exp"] == (START + timedelta(hours=12)).timestamp()


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(house, status):
    service = Files()
    service.statuses["POST"] = status
    with http_files(service) as (_, port):
        house.subscribe(f"http://127.0.0.1:{port}/push/alice", Browser())
        house.told()
        house.deliver()
    assert house.standing() == []
    house.told()
    assert house.deliver() == 0


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        (500, ("pending", "delivery.server")),
        (429, ("pending", "delivery.server")),
        (403, ("given_up", "delivery.denied")),
        (413, ("given_up", "delivery.bad_request")),
    ],
)
def test_what_the_service_answers_decides(house, status, standing):
    service = Files()
    service.statuses["POST"] = status
    with http_files(service) as (_, port):
        house.subscribe(f"http://127.0.0.1:{port}/push/alice", Browser())
        house.told()
        house.deliver()
    assert house.standing() == [standing]


def test_the_same_browser_again_replaces_itself_and_chooses_its_notices(house):
    service, browser = Files(), Browser()
    with http_files(service) as (_, port):
        address = f"http://127.0.0.1:{port}/push/alice"
        house.subscribe(address, Browser())
        house.subscribe(address, browser, codes=("lock.failed",))
        house.told("pad.locked")
        house.told("lock.failed")
        assert house.deliver() == 1
    assert len(house.standing()) == 1
    assert browser.read(service.files["/push/alice"])["tag"] == "lock.failed chg_1"


def test_whoever_left_the_house_is_told_nothing(house):
    house.subscribe("https://push.example.org/bob", Browser(), user=house.bob)
    house.write(lambda db: memberships.remove(db, house.account, house.bob))
    house.told()
    assert house.deliver() == 0


def test_bob_may_change_his_own_browser_and_nothing_of_alices(house):
    bobs = Actor(
        account_id=house.account,
        name="usr_bob",
        time_zone="Europe/Amsterdam",
        language="nl",
        rights=frozenset({Right.NOTICES_READ}),
    )
    his = house.subscribe("https://push.example.org/bob", Browser(), user=house.bob)
    hers = house.subscribe("https://push.example.org/alice", Browser())
    house.ask(TryChannel(actor=bobs, channel_id=his.public_id, user_id=house.bob))
    with pytest.raises(Refused) as refused:
        house.ask(RemoveChannel(actor=bobs, channel_id=hers.public_id, user_id=house.bob))
    assert refused.value.reason.code == "right.missing"
    house.ask(RemoveChannel(actor=bobs, channel_id=his.public_id, user_id=house.bob))
    assert len(house.standing()) == 1


@pytest.mark.parametrize(
    "secrets",
    [
        PushSecrets("", ""),
        PushSecrets("AAAA", "BBBB"),
        PushSecrets(Browser().secrets.p256dh, "short"),
        PushSecrets("é", "é"),
    ],
)
def test_what_no_browser_says_is_refused(house, secrets):
    browser = Browser()
    browser.secrets = secrets
    with pytest.raises(Refused) as refused:
        house.subscribe("https://push.example.org/x", browser)
    assert refused.value.reason.code == "notice.bad_subscription"
    with pytest.raises(Refused):
        house.subscribe("http://169.254.169.254/latest", Browser())  # the guard stands before it as well
    assert house.standing() == []


def test_a_notice_that_nobody_sends_cannot_be_chosen(house):
    for code in ("pad.lokced", "idle", ""):
        with pytest.raises(Refused) as refused:
            house.ask(AddChannel(actor=house.actor, kind="email", address="a@b.example", codes=("pad.locked", code)))
        assert refused.value.reason.code == "notice.bad_code"


def test_the_key_is_made_once_and_is_the_owners(tmp_path):
    first = public_part(load_push_key(tmp_path))
    assert len(first) == 65 and first == public_part(load_push_key(tmp_path))
    path = tmp_path / "push_key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyFileExposed):
        load_push_key(tmp_path)
