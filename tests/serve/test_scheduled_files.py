"""Files of sessions go out by themselves, one per period: to a real mail server, folder and web address."""

import asyncio
import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_notify import Post, mail_service

from file_servers import Files, http_files
from laadboek.actions.actor import Actor
from laadboek.actions.exports.schedules import (
    AddSchedule,
    RemoveSchedule,
    SendNow,
    SwitchSchedule,
    list_schedules,
)
from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.exports import AGAIN_AFTER, Means, serve_exports
from laadboek.facts import Kind
from laadboek.ids import Ids
from laadboek.ledger.entry import SessionFacts
from laadboek.ledger.signed import check
from laadboek.mail_server import mail_server
from laadboek.reasons import Refused
from laadboek.rights import Right
from laadboek.runtime.guard import Guard
from laadboek.runtime.keys import load_keys
from laadboek.secret import Secret
from laadboek.store import accounts, audit, chargers, sessions
from laadboek.store.database import open_database

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECRET = "a secret of sixteen"


class Office:
    """A store with two sessions of February and one of March, and what sends files of them, in virtual time."""

    def __init__(self, path, mail=None):
        self.database = open_database(path / "laadboek.db", deliver=None)
        self.clock, self.folder, self.ids = VirtualClock(NOW), path / "opened", Ids("office")
        self.folder.mkdir()
        self.account = self.write(lambda db: accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "nl", NOW))
        charger = self.write(lambda db: chargers.create(db, self.account, "chg_1", "Oprit", "simulated", {}, NOW))
        starts = ((2, 1), (2, 28), (3, 3))
        for number, (month, day) in enumerate(starts):
            self.write(lambda db, n=number, at=datetime(2026, month, day, 12, tzinfo=UTC): charge(db, charger, n, at))
        self.actor = Actor(account_id=self.account, name="usr_1", time_zone="Europe/Amsterdam", language="nl")
        self.key, self.keys, self.bus = Ed25519PrivateKey.generate(), load_keys(path), Bus()
        self.opened, self.mail = self.folder, mail
        self.begin()

    def begin(self):
        means = Means(mail=self.mail, folder=self.opened, key=self.key)
        guard = Guard(["127.0.0.0/8"])
        self.exporter = serve_exports(self.database, guard, self.keys, self.clock, self.bus, means)

    def write(self, job):
        return asyncio.run(self.database.write("test", job))

    def ask(self, question):
        return asyncio.run(self.bus.request("exports", question))

    def add(self, **wanted):
        return self.ask(AddSchedule(actor=self.actor, **wanted))

    def send(self):
        return asyncio.run(self.exporter.send_due())

    def only(self):
        [schedule] = self.database.read(lambda db: list_schedules(db, self.actor))
        return schedule

    def until(self, *when):
        self.clock.instant = datetime(*when, tzinfo=UTC)


def charge(db, charger, number, start):
    facts = SessionFacts(
        session_id=f"ses_{number}",
        connector_id=1,
        id_tag="LBALICE",
        kind="business" if number else "private",
        mode="fast",
        started_at=start,
        start_register_wh=1_000,
        ended_at=start + timedelta(hours=1),
        end_register_wh=8_000,
        reason="Local",
    )
    sessions.save(db, account_id=1, chain="chg_1", session=facts, salt=bytes(16), charger_id=charger)


@pytest.fixture
def office(tmp_path):
    opened = Office(tmp_path)
    yield opened
    opened.database.close()


def test_a_month_is_sent_when_it_is_over_and_once(office):
    added = office.add(kind="folder", address="boekhouder/2026", every="month", hour=6)
    assert (added.due_for, added.next_at) == (date(2026, 3, 1), datetime(2026, 4, 1, 4, tzinfo=UTC))  # 06:00 in summer
    office.until(2026, 4, 1, 3, 59, 59)
    assert office.send() == 0
    office.until(2026, 4, 1, 4)
    assert (office.send(), office.send()) == (1, 0)
    [file] = list((office.folder / "acc_1" / "boekhouder" / "2026").iterdir())
    text = file.read_text("utf-8-sig")
    assert file.name == "laadsessies-2026-03-01-month.csv" and file.stat().st_mode & 0o777 == 0o600
    assert "ses_2" in text and "ses_1" not in text
    schedule = office.only()
    assert (schedule.sent_for, schedule.due_for, schedule.error) == (date(2026, 3, 1), date(2026, 4, 1), None)


def test_what_was_missed_is_sent_period_by_period(office):
    office.add(kind="folder", address="dag", every="day", hour=0)
    office.until(2026, 3, 13, 12)
    assert [office.send() for _ in range(4)] == [1, 1, 1, 0]
    names = sorted(file.name for file in (office.folder / "acc_1" / "dag").iterdir())
    assert names == [f"laadsessies-2026-03-{day}-day.csv" for day in (10, 11, 12)]


def test_a_mail_carries_the_file_and_is_the_same_mail_when_it_is_sent_again(tmp_path):
    post = Post()
    with mail_service(post) as smtp:
        office = Office(tmp_path, mail_server(Secret(f"smtp://127.0.0.1:{smtp.port}"), "Laadboek <home@example.org>"))
        added = office.add(kind="email", address="olga@example.org", format="xlsx", only_kind=Kind.BUSINESS)
        office.ask(SendNow(actor=office.actor, schedule_id=added.public_id))  # nothing is due: the last one
        office.ask(SendNow(actor=office.actor, schedule_id=added.public_id))
        office.database.close()
    (to, mail), (_, again) = post.mails
    assert to == ["olga@example.org"] and mail["Message-ID"] == again["Message-ID"]
    assert "februari 2026" in mail["Subject"].lower()
    [attached] = list(mail.iter_attachments())
    assert attached.get_filename() == "laadsessies-2026-02-01-month.xlsx" and attached.get_content()[:2] == b"PK"


def test_a_web_address_gets_a_signed_post(office):
    store = Files()
    with http_files(store) as (_, port):
        added = office.add(
            kind="http", address=f"http://127.0.0.1:{port}/in", secret=SECRET, every="week", format="signed"
        )
        office.until(2026, 3, 16, 12)
        assert office.send() == 1
    body = store.files["/in"]
    report = check(body, office.key.public_key().public_bytes_raw())
    assert (report.findings, report.sessions) == ((), 0)
    [given] = store.given
    stamped = given["Laadboek-Timestamp"].encode() + b"." + body
    assert given["Laadboek-Signature"] == hmac.new(SECRET.encode(), stamped, hashlib.sha256).hexdigest()
    assert given["Laadboek-Export"] == f"{added.public_id}.2026-03-09"
    assert given["Idempotency-Key"] == f'"{added.public_id}.2026-03-09"'
    assert added.secret is not None and SECRET.encode() not in added.secret
    assert json.loads(body)["first"] == "2026-03-09"


def test_what_fails_is_tried_again_later_and_the_next_period_waits(office):
    office.add(kind="email", address="olga@example.org", every="day", hour=0)
    office.until(2026, 3, 11, 12)
    assert office.send() == 1
    first = office.only()
    assert (first.error, first.tries, first.due_for) == ("delivery.no_mail_server", 1, date(2026, 3, 10))
    office.clock.instant += AGAIN_AFTER[0] - timedelta(seconds=1)
    assert office.send() == 0
    office.clock.instant += timedelta(seconds=1)
    assert office.send() == 1 and office.only().tries == 2
    for wait in AGAIN_AFTER[1:]:
        office.clock.instant += wait
        office.send()
    given_up = office.only()
    assert (given_up.due_for, given_up.tries) == (date(2026, 3, 11), 0)
    assert given_up.error == "delivery.no_mail_server" and given_up.sent_at is None


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"kind": "pigeon", "address": "x"}, "export.bad_kind"),
        ({"kind": "email", "address": "olga@example.org\nBcc: x@example.org"}, "export.bad_email"),
        ({"kind": "folder", "address": "../out"}, "export.bad_folder"),
        ({"kind": "folder", "address": "/etc"}, "export.bad_folder"),
        ({"kind": "folder", "address": "a/../../b"}, "export.bad_folder"),
        ({"kind": "folder", "address": "a\\..\\b"}, "export.bad_folder"),
        ({"kind": "folder", "address": ".ssh"}, "export.bad_folder"),
        ({"kind": "http", "address": "ftp://example.org/x"}, "export.bad_address"),
        ({"kind": "http", "address": "http://example.org/x"}, "export.bad_address"),
        ({"kind": "http", "address": "https://169.254.169.254/latest"}, "export.bad_address"),
        ({"kind": "http", "address": "https://example.org", "secret": "short"}, "export.bad_secret"),
        ({"kind": "email", "address": "o@example.org", "secret": SECRET}, "export.no_secret"),
        ({"kind": "email", "address": "o@example.org", "format": "exe"}, "export.bad_format"),
        ({"kind": "email", "address": "o@example.org", "every": "hour"}, "export.bad_every"),
        ({"kind": "email", "address": "o@example.org", "hour": 24}, "export.bad_hour"),
        ({"kind": "email", "address": "o@example.org", "language": "xx"}, "export.bad_language"),
    ],
)
def test_what_could_never_be_sent_is_refused(office, wanted, why):
    with pytest.raises(Refused) as refused:
        office.add(**wanted)
    assert refused.value.reason.code == why


def test_a_link_that_leads_out_of_the_folder_is_not_followed(office, tmp_path):
    office.add(kind="folder", address="weg", every="day", hour=0)
    outside = tmp_path / "outside"
    outside.mkdir()
    (office.folder / "acc_1").mkdir()
    (office.folder / "acc_1" / "weg").symlink_to(outside)
    office.until(2026, 3, 11, 12)
    office.send()
    assert list(outside.iterdir()) == [] and office.only().error == "export.folder"


def test_without_an_opened_folder_nobody_writes_files(office):
    office.opened = None
    office.begin()
    with pytest.raises(Refused, match="no_folder"):
        office.add(kind="folder", address="x")


def test_switched_off_nothing_is_sent_and_on_again_from_now(office):
    added = office.add(kind="folder", address="dag", every="day", hour=0)
    office.ask(SwitchSchedule(actor=office.actor, schedule_id=added.public_id, enabled=False))
    office.until(2026, 3, 20, 12)
    assert office.send() == 0
    on = office.ask(SwitchSchedule(actor=office.actor, schedule_id=added.public_id, enabled=True))
    assert on.due_for == date(2026, 3, 20) and office.send() == 0
    office.ask(RemoveSchedule(actor=office.actor, schedule_id=added.public_id))
    assert office.database.read(lambda db: list_schedules(db, office.actor)) == []
    whats = [entry.what for entry in office.database.read(lambda db: audit.of_account(db, office.account))]
    assert sorted(what.partition(".")[2] for what in whats) == ["added", "paused", "removed", "resumed"]


def test_who_only_reads_sets_nothing_up_and_a_stranger_knows_of_nothing(office):
    added = office.add(kind="folder", address="dag")
    reader = Actor(
        account_id=office.account,
        name="usr_2",
        time_zone="UTC",
        language="en",
        rights=frozenset({Right.SESSIONS_READ}),
    )
    with pytest.raises(Refused, match=r"right\.missing"):
        office.ask(SendNow(actor=reader, schedule_id=added.public_id))
    stranger = Actor(account_id=office.account + 1, name="usr_x", time_zone="UTC", language="en")
    with pytest.raises(Refused, match="unknown"):
        office.ask(RemoveSchedule(actor=stranger, schedule_id=added.public_id))
