"""Mails to people: stored with what they tell of, sent when a server takes them, read by whoever runs the machine."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from test_notify import Post as Mailbox
from test_notify import mail_service
from typer.testing import CliRunner

from laadboek.actions import passwords
from laadboek.actions.people import letters, own_password, proofs, registration
from laadboek.actions.people.letters import Envelope, Post
from laadboek.actions.people.registration import NewUser
from laadboek.cli import app
from laadboek.clock import VirtualClock
from laadboek.ids import Ids
from laadboek.mail_server import MailServer, mail_server
from laadboek.mails import AGAIN_AFTER, TOO_OLD, Mailer
from laadboek.portal.words.letters import LETTERS, Pen
from laadboek.reasons import Refused
from laadboek.runtime.keys import load_keys
from laadboek.secret import Secret
from laadboek.settings import Settings
from laadboek.store import mails, users
from laadboek.store.database import InlineDatabase, prepare
from laadboek.store.mails import MailState

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLGA, PASSWORD = "olga@example.org", "Kachel-vlinder-7"
TOKEN = b"t" * 32
ADDRESS = "https://laadboek.example.org"


class Office:
    """A data folder in which Olga has just registered, and who sends what she is written."""

    def __init__(self, data: Path) -> None:
        self.data, self.clock = data, VirtualClock(START)
        self.keys = load_keys(data)
        self.post = Post(vault=self.keys, ids=Ids(1), writer=Pen(ADDRESS), address=ADDRESS)
        prepare(str(data / "laadboek.db"))
        self.open()

    def open(self) -> None:
        self.database = InlineDatabase(str(self.data / "laadboek.db"))

    def registered(self) -> None:
        new = NewUser(
            name="Olga",
            email=OLGA,
            password_hash=passwords.hashed(Secret(PASSWORD)),
            language="nl",
            time_zone="Europe/Amsterdam",
        )
        self.database.run(partial(registration.register, post=self.post, new=new, token=TOKEN, now=self.clock.instant))

    def deliver(self, server: MailServer) -> int:
        return asyncio.run(Mailer(self.database, self.keys, self.clock, server).deliver())

    def standing(self) -> list[tuple[MailState, str | None]]:
        return [(one.state, one.error) for one in self.database.run(lambda db: mails.latest(db, 100))]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.registered()
    yield made
    made.database.close()


def server(port: int) -> MailServer:
    return mail_server(Secret(f"smtp://127.0.0.1:{port}"), "Laadboek <post@example.org>")


def text_of(message: EmailMessage) -> str:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_mail_is_sent_once_in_the_readers_language(office: Office) -> None:
    box = Mailbox()
    with mail_service(box) as smtp:
        assert office.deliver(server(smtp.port)) == 1
        assert office.deliver(server(smtp.port)) == 0
    [(to, mail)] = box.mails
    assert to == [OLGA]
    assert mail["Subject"] == "Bevestig je adres" and mail["Auto-Submitted"] == "auto-generated"
    assert f"{ADDRESS}/confirm?token={letters.encode(TOKEN)}" in text_of(mail)
    assert office.standing() == [(MailState.SENT, None)]


def test_a_server_that_is_down_is_tried_again_when_it_is_up(office: Office) -> None:
    box = Mailbox()
    with mail_service(box) as smtp:
        port = smtp.port
    assert office.deliver(server(port)) == 1
    assert office.standing() == [(MailState.PENDING, "delivery.refused")]
    office.clock.instant += AGAIN_AFTER[0] - timedelta(microseconds=1)
    assert office.deliver(server(port)) == 0
    office.clock.instant += timedelta(microseconds=1)
    with mail_service(box) as smtp:
        assert office.deliver(server(smtp.port)) == 1
    assert len(box.mails) == 1 and office.standing() == [(MailState.SENT, None)]


def test_a_restart_loses_no_mail(office: Office) -> None:
    office.database.close()
    office.open()
    box = Mailbox()
    with mail_service(box) as smtp:
        office.deliver(server(smtp.port))
    assert len(box.mails) == 1


def test_a_mail_whose_link_is_too_old_is_not_sent(office: Office) -> None:
    box = Mailbox()
    office.clock.instant += TOO_OLD
    with mail_service(box) as smtp:
        assert office.deliver(server(smtp.port)) == 1
    assert box.mails == [] and office.standing() == [(MailState.GIVEN_UP, "delivery.too_old")]


def test_an_address_that_takes_no_mail_is_given_up(office: Office) -> None:
    box = Mailbox()
    other = Envelope(1, "nobody@example.org", "en")
    office.database.run(lambda db: letters.send(db, office.post, other, "reset", START, name="Nobody", link=ADDRESS))
    with mail_service(box) as smtp:
        office.deliver(server(smtp.port))
    assert office.standing() == [(MailState.GIVEN_UP, "delivery.mail_refused"), (MailState.SENT, None)]


def test_an_address_that_cannot_be_written_stops_nobody_elses_mails(office: Office) -> None:
    box, kept_before = Mailbox(), Envelope(1, "=?utf-8?q?=0d=0abcc?=@b.example", "en")
    office.database.run(lambda db: db.run("UPDATE mails SET recipient = ?", (kept_before.recipient,)))
    olga = Envelope(1, OLGA, "en")
    office.database.run(lambda db: letters.send(db, office.post, olga, "reset", START, name="Olga", link=ADDRESS))
    with mail_service(box) as smtp:
        office.deliver(server(smtp.port))
    assert [to for to, _ in box.mails] == [[OLGA]]
    assert office.standing() == [(MailState.SENT, None), (MailState.GIVEN_UP, "delivery.mail_refused")]


@pytest.mark.parametrize("email", ["=?utf-8?q?=0d=0abcc?=@b.example", "a@=?utf-8?q?=0a?=.example"])
def test_nobody_registers_with_an_address_that_reads_as_another(email: str) -> None:
    with pytest.raises(Refused) as refused:
        registration.good_email(email)
    assert refused.value.reason.code == "account.no_email"


def test_no_name_begins_a_header() -> None:
    for kind, words in LETTERS.items():
        names = re.findall(r"%\((\w+)\)s", "".join(words))
        letter = Pen(ADDRESS).write(kind, "en", dict.fromkeys(names, "x\r\nBcc: y"))
        assert letter.subject.isprintable(), kind


def test_nothing_secret_lies_in_the_open(office: Office) -> None:
    user = office.database.run(partial(users.by_email, email=OLGA))
    office.database.run(partial(own_password.ask_for_reset, post=office.post, email=OLGA, token=b"r" * 32, now=START))
    assert user is not None
    office.database.close()
    stored = b"".join(path.read_bytes() for path in sorted(office.data.glob("laadboek.db*")))
    for secret in (TOKEN, b"r" * 32):
        assert secret not in stored and letters.encode(secret).encode() not in stored
        assert proofs.token_hash(secret) in stored
    assert PASSWORD.encode() not in stored and b"Bevestig dat dit" not in stored
    office.open()


def test_whoever_runs_the_machine_reads_them(office: Office) -> None:
    office.database.close()
    printed = CliRunner().invoke(app, ["mails", "--data", str(office.data)])
    assert printed.exit_code == 0, printed.output
    assert f"{ADDRESS}/confirm?token={letters.encode(TOKEN)}" in printed.stdout
    assert f"pending  to {OLGA}" in printed.stdout
    office.open()


def test_a_new_password_is_given_to_whom_it_is_said(office: Office) -> None:
    office.database.close()
    runner = CliRunner()
    unknown = runner.invoke(app, ["new-password", "--data", str(office.data), "--email", "bob@example.org"])
    assert unknown.exit_code == 2 and "no such user" in unknown.output
    given = runner.invoke(app, ["new-password", "--data", str(office.data), "--email", OLGA.upper()])
    assert given.exit_code == 0 and OLGA in given.stdout
    office.open()
    user = office.database.run(partial(users.by_email, email=OLGA))
    assert user is not None and user.email_confirmed_at is not None
    password = given.stdout.partition("password ")[2].partition(" ")[0]
    assert passwords.verify(user.password_hash, Secret(password))


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "192.168.1.5"}, False),
        ({"smtp": "smtp://mail.example.org"}, False),
        ({"url": "https://laadboek.example.org"}, False),
        ({"url": "http://localhost:8080"}, True),
    ],
)
def test_mails_are_shown_only_at_home(settings: dict[str, str], shown: bool) -> None:
    assert Settings(**settings).mails_shown is shown  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["laadboek.example.org", "https://laadboek.example.org/", "ftp://x", "https://a b"])
def test_an_address_of_the_pages_has_a_scheme_and_no_path(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        Settings(url=url)
