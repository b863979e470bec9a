"""Notices reach a mail server and a webhook that are not ours; what goes wrong is noted, and tried again."""

import asyncio
import hashlib
import hmac
import json
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from file_servers import Files, http_files
from laadboek.actions.actor import Actor
from laadboek.actions.notices import AddChannel, RemoveChannel, TryChannel, list_channels
from laadboek.clock import VirtualClock
from laadboek.ids import Ids
from laadboek.mail_server import mail_server
from laadboek.notify import AGAIN_AFTER, Email, NoticeWishes, Notifier, Webhook
from laadboek.reasons import Reason, Refused
from laadboek.runtime import notices as rules
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import load_keys
from laadboek.runtime.transfers import Transfers
from laadboek.secret import Secret
from laadboek.store import accounts, chargers, notices
from laadboek.store.database import open_database

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LOCKED = Reason("pad.locked", {"tries": 3})


class Post:
    """A mail server's handler: keeps what it is sent."""

    def __init__(self):
        self.mails, self.answer = [], "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        return self.answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def post():
    return Post()


@contextmanager
def mail_service(post, **options):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop(no_assert=True)


@pytest.fixture
def smtp(post):
    with mail_service(post) as controller:
        yield controller


class Office:
    """A store, its notifier and the wishes of its people, in virtual time."""

    def __init__(self, path, mail=None):
        self.database = open_database(path / "laadboek.db", deliver=None)
        self.clock, self.ids, self.keys = VirtualClock(START), Ids("office"), load_keys(path)
        self.guard = Guard(["127.0.0.0/8"])
        self.wishes = NoticeWishes(self.database, self.guard, self.keys, self.clock, self.ids)
        self.mail = mail
        self.account = self.write(lambda db: accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "nl", START))
        self.charger = self.write(
            lambda db: chargers.create(db, self.account, "chg_1", "Oprit\r\nBcc: x", "simulated", {}, START)
        )
        self.actor = Actor(account_id=self.account, name="usr_1", time_zone="Europe/Amsterdam", language="nl")

    def write(self, job):
        return asyncio.run(self.database.write("test", job))

    def ask(self, question):
        return asyncio.run(self.wishes.answer(question))

    def add(self, **wanted):
        return self.ask(AddChannel(actor=self.actor, **wanted))

    def told(self, reason=LOCKED):
        self.write(rules.save(self.account, reason, self.clock.now(), self.ids, charger_id=self.charger))

    def deliver(self):
        async def once():
            transfers = Transfers(self.guard)
            channels = {"email": Email(self.mail), "webhook": Webhook(transfers, self.keys, self.clock)}
            try:
                return await Notifier(self.database, self.clock, channels).deliver()
            finally:
                transfers.close()

        return asyncio.run(once())

    def standing(self):
        found = self.database.read(lambda db: list_channels(db, self.actor))
        return [(one.state, one.error) for one in found]


@pytest.fixture
def office(tmp_path):
    opened = Office(tmp_path)
    yield opened
    opened.database.close()


def served_by(office, smtp, scheme="smtp"):
    office.mail = mail_server(Secret(f"{scheme}://127.0.0.1:{smtp.port}"), "Laadboek <home@example.org>")


def test_an_owner_is_mailed_in_the_language_of_the_channel(office, smtp, post):
    served_by(office, smtp)
    office.add(kind="email", address="olga@example.org")
    office.told()
    assert office.deliver() == 1
    [(to, mail)] = post.mails
    assert to == ["olga@example.org"]
    assert mail["Subject"].startswith("Laadboek · Oprit Bcc: x: ")  # a line break in a name begins no header
    assert mail["Bcc"] is None
    assert "pincode" in mail.get_content().lower()
    assert "zo 1 maart 2026 10:00" in mail.get_content()
    assert office.standing() == [("sent", None)]
    assert office.deliver() == 0


@pytest.mark.parametrize("charset", ["q?a=0aBcc:_c=40d.example=0a=0aBuy_this", "b?=0d=0a"])
def test_a_name_that_is_an_encoded_word_is_only_a_name(office, smtp, post, charset):
    served_by(office, smtp)
    office.write(lambda db: db.run("UPDATE chargers SET name = ?", (f"=?utf-8?{charset}?=",)))
    office.add(kind="email", address="olga@example.org")
    office.told()
    assert office.deliver() == 1
    [(_, mail)] = post.mails
    assert mail["Bcc"] is None and charset in mail["Subject"]
    assert "pincode" in mail.get_content().lower()
    assert office.standing() == [("sent", None)]


def test_an_address_that_cannot_be_written_stops_nobody_elses_notices(office, smtp, post):
    served_by(office, smtp)
    for number in (1, 2):
        office.add(kind="email", address=f"olga{number}@example.org")
    kept_before = "UPDATE notice_channels SET address = '=?utf-8?q?=0d=0abcc?=@b.example' WHERE address LIKE 'olga1%'"
    office.write(lambda db: db.run(kept_before))
    office.told()
    assert office.deliver() == 2
    assert [to for to, _ in post.mails] == [["olga2@example.org"]]
    assert office.standing() == [("given_up", "delivery.mail_refused"), ("sent", None)]


def test_without_a_mail_server_mail_waits_and_says_so(office):
    office.add(kind="email", address="olga@example.org")
    office.told()
    office.deliver()
    assert office.standing() == [("pending", "delivery.no_mail_server")]
    office.clock.instant += AGAIN_AFTER[0] - timedelta(seconds=1)
    assert office.deliver() == 0
    office.clock.instant += timedelta(seconds=1)
    assert office.deliver() == 1


def test_it_is_given_up_after_three_days(office):
    office.add(kind="email", address="olga@example.org")
    office.told()
    tries = office.deliver()
    for wait in AGAIN_AFTER:
        office.clock.instant += wait
        tries += office.deliver()
    assert tries == len(AGAIN_AFTER) + 1
    assert office.standing() == [("given_up", "delivery.no_mail_server")]
    assert timedelta(days=2) < office.clock.now() - START < timedelta(days=4)


def test_a_mailbox_that_is_not_there_is_not_tried_again(office, smtp):
    served_by(office, smtp)
    office.add(kind="email", address="nobody@example.org")
    office.told()
    office.deliver()
    assert office.standing() == [("given_up", "delivery.mail_refused")]


def test_a_server_that_is_busy_is_tried_again(office, smtp, post):
    served_by(office, smtp)
    post.answer = "451 later"
    office.add(kind="email", address="olga@example.org")
    office.told()
    office.deliver()
    assert office.standing() == [("pending", "delivery.mail_server")]


def test_a_server_that_is_away_is_tried_again(office, post):
    with mail_service(post) as gone:
        served_by(office, gone)
    office.add(kind="email", address="olga@example.org")
    office.told()
    office.deliver()
    assert office.standing() == [("pending", "delivery.refused")]


def test_a_password_does_not_travel_in_the_clear(office, smtp):
    office.mail = mail_server(Secret(f"smtp://olga:geheim@localhost.example:{smtp.port}"), "x@example.org")
    office.add(kind="email", address="olga@example.org")
    office.told()
    office.deliver()
    # A name that leads nowhere, or a server without STARTTLS.
    assert office.standing()[0][1] in ("delivery.refused", "delivery.no_tls")


def test_a_wrong_password_is_said(office, post):
    def refuse(server, session, envelope, mechanism, data):
        return AuthResult(success=False, handled=False)

    with mail_service(post, authenticator=refuse, auth_require_tls=False) as smtp:
        office.mail = mail_server(Secret(f"smtp://olga:geheim@127.0.0.1:{smtp.port}"), "x@example.org")
        office.add(kind="email", address="olga@example.org")
        office.told()
        office.deliver()
    assert office.standing() == [("pending", "delivery.mail_denied")]


def test_a_certificate_of_nobody_is_not_trusted(office, smtp):
    served_by(office, smtp, "smtps")
    office.add(kind="email", address="olga@example.org")
    office.told()
    office.deliver()
    assert office.standing() == [("pending", "delivery.tls")]


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_a_webhook_gets_a_signed_object(office):
    store = Files()
    with http_files(store) as (_, port):
        office.add(kind="webhook", address=f"http://127.0.0.1:{port}/hook", secret="geheim", language="en")
        office.told()
        office.deliver()
    body = store.files["/hook"]
    told = json.loads(body)
    assert (told["code"], told["params"], told["charger_id"]) == ("pad.locked", {"tries": 3}, "chg_1")
    assert told["text"] and told["happened_at"] == "2026-03-01T09:00:00Z"
    [given] = store.given
    signed = given["Laadboek-Timestamp"].encode() + b"." + body
    assert given["Laadboek-Signature"] == hmac.new(b"geheim", signed, hashlib.sha256).hexdigest()
    assert office.standing() == [("sent", None)]


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        (500, ("pending", "delivery.server")),
        (400, ("given_up", "delivery.bad_request")),
        (301, ("pending", "delivery.redirect")),
    ],
)
def test_what_a_webhook_answers_decides(office, status, standing):
    store = Files()
    store.statuses["POST"] = status
    with http_files(store) as (_, port):
        office.add(kind="webhook", address=f"http://127.0.0.1:{port}/hook")
        office.told()
        office.deliver()
    assert office.standing() == [standing]


FILES = "ftp://127.0.0.1:2121/x"  # good for logs and firmware, but nothing there takes a POST


def test_a_webhook_that_may_not_be_called_is_refused_at_once(office):
    for address in ("http://169.254.169.254/latest", "ftp:/x", "http://127.0.0.1:6379/", "gopher://x.example/", FILES):
        with pytest.raises(Refused) as refused:
            office.add(kind="webhook", address=address)
        assert refused.value.reason.code == "notice.forbidden_address"
    assert office.standing() == []


# --- people -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"kind": "pigeon", "address": "roof"}, "notice.bad_kind"),
        ({"kind": "email", "address": "olga"}, "notice.bad_address"),
        ({"kind": "email", "address": "a@b.example\r\nBcc: c@d.example"}, "notice.bad_address"),
        ({"kind": "email", "address": "a@b.example, c@d.example"}, "notice.bad_address"),
        ({"kind": "email", "address": "=?utf-8?q?=0d=0abcc?=@b.example"}, "notice.bad_address"),
        ({"kind": "email", "address": "x" * 501}, "notice.bad_address"),
        ({"kind": "email", "address": "a@b.example", "secret": "x"}, "notice.no_secret"),
        ({"kind": "email", "address": "a@b.example", "language": "tlh"}, "notice.bad_language"),
    ],
)
def test_a_channel_that_could_never_deliver_is_refused(office, wanted, code):
    with pytest.raises(Refused) as refused:
        office.add(**wanted)
    assert refused.value.reason.code == code
    assert office.standing() == []


def test_twenty_channels_are_enough(office):
    for number in range(20):
        office.add(kind="email", address=f"{number}@example.org")
    with pytest.raises(Refused) as refused:
        office.add(kind="email", address="one.more@example.org")
    assert refused.value.reason.code == "notice.too_many_channels"


def test_a_channel_can_be_tried_and_removed(office, smtp, post):
    served_by(office, smtp)
    first = office.add(kind="email", address="olga@example.org", codes=("lock.failed",))
    office.add(kind="email", address="bob@example.org")
    office.ask(TryChannel(actor=office.actor, channel_id=first.public_id))
    office.deliver()
    assert [to for to, _ in post.mails] == [["olga@example.org"]]
    office.ask(RemoveChannel(actor=office.actor, channel_id=first.public_id))
    assert len(office.standing()) == 1
    with pytest.raises(Refused):
        office.ask(RemoveChannel(actor=office.actor, channel_id=first.public_id))


def test_a_secret_is_sealed_where_it_lies(office):
    channel = office.add(kind="webhook", address="https://example.org/hook", secret="geheim")
    stored = office.database.read(lambda db: notices.channel(db, office.account, channel.public_id))
    assert b"geheim" not in stored.secret


@pytest.mark.parametrize("uri", ["mail.example.org", "http://mail.example.org", "smtp://"])
def test_a_mail_server_that_is_none_is_refused_without_its_password(uri):
    with pytest.raises(ValueError) as refused:
        mail_server(Secret(uri.replace("//", "//olga:geheim@") if "://" in uri else uri), "x")
    assert "geheim" not in str(refused.value)


def test_a_mail_server_is_reached_by_tls_unless_it_is_this_machine():
    server = mail_server(Secret("smtps://o%40x:p%3Aw@mail.example.org"), "x")
    assert (server.port, server.tls, server.user, server.password.reveal()) == (465, True, "o@x", "p:w")
    assert mail_server(Secret("smtp://mail.example.org"), "x").port == 587
