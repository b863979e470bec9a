"""Our platform on the bench: the real one in virtual time, and scripted charge points at the other end of the text."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec

from laadboek.clock import VirtualClock
from laadboek.csms.admission import key_mac
from laadboek.csms.server import Platform
from laadboek.facts import Kind
from laadboek.ids import Ids
from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Answer, Call, ErrorAnswer, Rpc
from laadboek.ocpp.types import ChargePointErrorCode, ChargePointStatus, RegistrationStatus, Side
from laadboek.runtime.timers import Deadlines
from laadboek.secret import Secret
from laadboek.store import accounts, charge_points, id_tags
from laadboek.store.database import InlineDatabase
from laadboek.store.id_tags import IdTagRow

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PEPPER = b"0123456789abcdef"
KEY = "3f9a2b7c11d04e58a6b9"
ALICE, BOB, CHARLIE, DAVE, ERIN = "ALICE", "BOB", "CHARLIE", "DAVE", "ERIN"
TAGS = [
    IdTagRow(id_tag=ALICE, kind=Kind.BUSINESS, driver_id="drv_alice"),
    IdTagRow(id_tag=BOB, kind=Kind.PRIVATE, parent_id_tag="FAMILY"),
    IdTagRow(id_tag=DAVE, kind=Kind.PRIVATE, blocked=True),
    IdTagRow(id_tag=ERIN, kind=Kind.PRIVATE, expires_at=START),
]  # Charlie is a stranger


def settle_in(db, names=("GARAGE", "STREET"), registration=RegistrationStatus.ACCEPTED):
    """An account with its tags and charge points."""
    account_id = accounts.create(db, "acc_home", "Home", "Europe/Amsterdam", "nl", START)
    for tag in TAGS:
        id_tags.save(db, account_id, tag, START)
    for name in names:
        charge_points.create(
            db,
            account_id,
            public_id=f"cp_{name.lower()}",
            charge_box_id=name,
            key_mac=key_mac(PEPPER, Secret(KEY)),
            charger_id=None,
            now=START,
            registration=registration,
        )
    return charge_points.everything(db)


class VirtualTimers:
    """Deadlines that fire when the bench passes them."""

    def __init__(self, clock):
        self.clock, self.deadlines = clock, Deadlines()

    def at(self, key, when, fire):
        self.deadlines.put(key, when, fire)

    def cancel(self, key):
        self.deadlines.drop(key)

    def pass_until(self, until):
        while (due := self.deadlines.next()) is not None and due <= until:
            self.clock.instant = max(due, self.clock.instant)
            self.deadlines.pop_due(due)()
        self.clock.instant = until


class Bench:
    """The platform with a fresh database; `log` holds what it would have logged."""

    def __init__(self, database=None, seed=1, registration=RegistrationStatus.ACCEPTED, **options):
        self.database = database or InlineDatabase(":memory:")
        self.clock = VirtualClock(START)
        self.timers = VirtualTimers(self.clock)
        self.log = []
        self.options = options
        self.seed = seed
        self.build()
        self.rows = self.run(lambda db: settle_in(db, registration=registration))
        self.platform.index(self.rows)

    def build(self):
        self.platform = Platform(
            self.database, self.clock, Ids(self.seed), self.timers, PEPPER, self.note, **self.options
        )

    def restart(self):
        """The process ended and began again: only the store knows what was."""
        self.timers.deadlines = Deadlines()
        self.seed += 1
        self.build()
        self.platform.index(self.run(charge_points.everything))
        self.platform.operations.recover()

    def note(self, event, **fields):
        self.log.append((event, fields))

    def logged(self, event):
        return [fields for name, fields in self.log if name == event]

    def run(self, job):
        results, errors = [], []
        self.database.submit("test", job, results.append, errors.append)
        if errors:
            raise errors[0]
        return results[0]

    def rows_of(self, table, columns="*"):
        return self.run(lambda db: db.rows(f"SELECT {columns} FROM {table} ORDER BY id"))

    def pass_time(self, **delta):
        self.timers.pass_until(self.clock.instant + timedelta(**delta))

    def identity(self, name="GARAGE"):
        return next(row.identity for row in self.run(charge_points.everything) if row.identity.charge_box_id == name)

    def charge_point(self, name="GARAGE"):
        return ChargePoint(self, self.identity(name))


class ChargePoint:
    """The far end of one connection: a real Rpc endpoint with scripted answers. It is the `Socket` of the platform."""

    ids = itertools.count(1)

    def __init__(self, bench, identity):
        self.bench = bench
        self.rpc = Rpc(Side.CHARGE_POINT)
        self.frames = []  # as received
        self.asked = []  # requests of the platform
        self.replies = []  # scripted answers to them, in order; with none left it stays silent
        self.received = []
        self.pings = 0
        self.answers_pings = True
        self.closed = None
        self.connection = bench.platform.connect(identity, self)

    # Socket

    def send(self, text):
        if self.closed is not None:
            return
        self.frames.append(text)
        received = self.rpc.receive(text, self.bench.clock.now())
        if isinstance(received, Call):
            self.asked.append((received.message_id, received.request))
            if self.replies:
                self.connection.on_text(self.rpc.answer(received.message_id, self.replies.pop(0)))
        else:
            self.received.append(received)

    def ping(self):
        self.pings += 1
        if self.answers_pings:
            self.connection.on_pong()

    def close(self, code=1000):
        if self.closed is None:
            self.closed = code
            self.connection.on_close(code)

    def abort(self):
        self.close(1006)

    # What a charge point does

    def ask(self, request, message_id=None):
        """The response, or the OcppError that came instead."""
        message_id = message_id or f"m{next(self.ids)}"
        self.connection.on_text(self.rpc.call(message_id, request, self.bench.clock.now()))
        answer = self.received[-1]
        assert isinstance(answer, Answer | ErrorAnswer) and answer.message_id == message_id
        return answer.response if isinstance(answer, Answer) else answer.error

    def say(self, text):
        """The frames that come back for a raw text."""
        before = len(self.frames)
        self.connection.on_text(text if isinstance(text, bytes) else text.encode())
        return self.frames[before:]

    def say_call(self, message_id, action, payload):
        return [msgspec.json.decode(f) for f in self.say(msgspec.json.encode([2, message_id, action, payload]))]

    def boot(self):
        return self.ask(m.BootNotificationRequest(charge_point_vendor="Acme", charge_point_model="AC-22"))

    def status(self, status, connector_id=1, at=None):
        return self.ask(
            m.StatusNotificationRequest(
                connector_id=connector_id,
                error_code=ChargePointErrorCode.NO_ERROR,
                status=ChargePointStatus(status),
                timestamp=at or self.bench.clock.now(),
            )
        )

    def start(self, id_tag=ALICE, meter=1000, connector_id=1, at=None, message_id=None):
        request = m.StartTransactionRequest(
            connector_id=connector_id, id_tag=id_tag, meter_start=meter, timestamp=at or self.bench.clock.now()
        )
        return self.ask(request, message_id)

    def meter(self, transaction_id, register, connector_id=1, at=None, message_id=None):
        request = m.MeterValuesRequest(
            connector_id=connector_id,
            transaction_id=transaction_id,
            meter_value=(values(at or self.bench.clock.now(), register),),
        )
        return self.ask(request, message_id)

    def stop(self, transaction_id, meter=6000, id_tag=None, at=None, message_id=None, reason=None):
        request = m.StopTransactionRequest(
            transaction_id=transaction_id,
            meter_stop=meter,
            timestamp=at or self.bench.clock.now(),
            id_tag=id_tag,
            reason=reason,
        )
        return self.ask(request, message_id)


def values(at, register):
    return m.MeterValue(timestamp=at, sampled_value=(m.SampledValue(value=str(register)),))
