"""The turn: durable first, then visible; back to the old state when the store says no. In virtual time."""

from datetime import UTC, datetime, timedelta

import pytest
from home import PIN, TAG

from laadboek.charger import events
from laadboek.devices.car import Car
from laadboek.devices.simulated import SIMULATED_BOX, SimulatedCharger
from laadboek.facts import Mode
from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Call, Rpc
from laadboek.ocpp.types import Side
from laadboek.reasons import Reason
from laadboek.runtime.cast import read_cast
from laadboek.runtime.host import Host
from laadboek.runtime.hosted import HostedCharger
from laadboek.runtime.redact import redacted
from laadboek.runtime.services import Neighbours, Rows, Services
from laadboek.secret import Secret, pin_mac
from laadboek.simulation.world import HeapTimers, World
from laadboek.store import accounts, chargers, drivers, links, outbox, sessions
from laadboek.store.database import InlineDatabase
from laadboek.store.errors import JobFailed, StoreFull

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
PIN_KEY = b"p" * 32


class Disk:
    """The real store in memory, whose commits can be held back, refused, or fail."""

    def __init__(self):
        self.database = InlineDatabase(":memory:")
        self.mood = "well"
        self.held = []
        self.commits = 0

    def submit(self, shard, job, done, failed):
        if self.mood == "full":
            failed(StoreFull("no room"))
        elif self.mood == "failing":
            failed(JobFailed("a bug in a job"))
        elif self.mood == "slow":
            self.held.append((shard, job, done, failed))
        else:
            self.commits += 1
            self.database.submit(shard, job, done, failed)

    def let_go(self):
        self.mood, held, self.held = "well", self.held, []
        for waiting in held:
            self.submit(*waiting)


class Line:
    """A platform at the other end of every socket: answers as told, writes down what it hears."""

    def __init__(self):
        self.heard = []
        self.caller = None
        self.open = False
        self.answering = True
        self.aborts = 0

    def __call__(self, link_id, socket_no, caller):
        self.rpc, self.caller, self.open = Rpc(Side.CENTRAL_SYSTEM), caller, True
        caller.on_open(self, "ocpp1.6")

    def send(self, text):
        if not self.open:
            return
        received = self.rpc.receive(text, NINE)
        if isinstance(received, Call):
            self.heard.append(received.request)
            if self.answering:
                self.caller.on_text(self.rpc.answer(received.message_id, answer(received.request)))

    def ping(self):
        self.caller.on_pong()

    def close(self, code=1000):
        self.hang_up(code)

    def abort(self):
        self.aborts += 1
        self.hang_up(1006)

    def hang_up(self, code):
        if self.open:
            self.open = False
            self.caller.on_close(code)

    def kinds(self):
        return [type(request) for request in self.heard]


def answer(request):
    accepted = m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)
    match request:
        case m.BootNotificationRequest():
            return m.BootNotificationResponse(status=m.RegistrationStatus.ACCEPTED, current_time=NINE, interval=86_400)
        case m.StartTransactionRequest():
            return m.StartTransactionResponse(transaction_id=4711, id_tag_info=accepted)
        case m.AuthorizeRequest():
            return m.AuthorizeResponse(id_tag_info=accepted)
        case m.HeartbeatRequest():
            return m.HeartbeatResponse(current_time=NINE)
    return m.MESSAGES[m.ACTION_OF[type(request)]].response()


class House:
    """Rows, a box, a host, a line to a platform: everything real but time, disk and wire."""

    def __init__(self):
        self.world = World(NINE, 1)
        self.disk, self.line = Disk(), Line()
        self.notices, self.bugs, self.changes = [], [], 0
        ids = self.world.ids("rows")
        self.charger_id = ids.public("chg")
        self.rows(self.create, ids)
        self.box = SimulatedCharger(
            SIMULATED_BOX,
            car=Car(),
            clock=self.world.clock,
            timers=HeapTimers(self.world),
            ids=self.world.ids("box"),
            register_wh=1_000_000,
        )
        self.host = self.move_in(fresh=True)
        self.wait(seconds=10)
        self.host.post(events.SettingsChosen({"FreeCharging": "false"}))

    def create(self, db, ids):
        self.account_id = accounts.create(db, ids.public("acc"), "Home", "Europe/Amsterdam", "en", NINE)
        self.charger = chargers.create(db, self.account_id, self.charger_id, "Drive", "simulated", {}, NINE)
        alice = drivers.NewDriver(
            public_id="drv_a",
            name="Alice",
            pin_mac=pin_mac(PIN_KEY, self.charger_id, PIN),
            id_tag=TAG,
            kind="business",
            mode="fast",
        )
        drivers.create(db, self.account_id, self.charger, alice, NINE)
        link = links.NewLink(
            public_id="lnk_1",
            position=1,
            role="control",
            backend_uri="ws://platform/",
            charge_box_id="CP-1",
            user_name="CP-1",
            settings={"back_off": {"first_s": 1, "jitter": False}},
        )
        self.link = links.create(db, self.account_id, self.charger, link, 0, NINE)

    def rows(self, job, *arguments):
        done, failures = [], []
        self.disk.database.submit("test", lambda db: job(db, *arguments), done.append, failures.append)
        assert failures == []
        return done[0]

    def move_in(self, fresh=False):
        self.timers = HeapTimers(self.world)
        ids = self.world.ids("host")
        host = Host(
            HostedCharger(account_id=self.account_id, id=self.charger, charger_id=self.charger_id, name="Drive"),
            self.box,
            Rows(lambda: self.disk.database.read(lambda db: read_cast(db, self.charger, self.box.info, ids))),
            Services(
                store=self.disk,
                timers=self.timers,
                connector=self.line,
                clock=self.world.clock,
                ids=ids,
                pin_key=PIN_KEY,
                on_bug=self.bugs.append,
            ),
            Neighbours(notify=lambda reason, driver_id: self.notices.append(reason)),
        )
        host.start(fresh)
        return host

    def crash(self):
        """The program is gone from one instant to the next; hardware and rows stay."""
        self.timers.clear()
        self.box.on_event = lambda event: None
        self.line.open = False

    def wait(self, **delta):
        self.world.run(self.world.now + timedelta(**delta))

    @property
    def live(self):
        return self.host.live(self.world.now)

    def sessions(self):
        ids = self.disk.database.read(lambda db: db.rows("SELECT public_id FROM sessions ORDER BY id"))
        return [self.disk.database.read(lambda db, i=i: sessions.load(db, self.account_id, i)).facts for (i,) in ids]

    def queued(self):
        return [row.action for row in self.disk.database.read(lambda db: outbox.pending(db, self.link))]


@pytest.fixture
def house():
    return House()


def test_a_session_travels_from_the_plug_to_the_ledger_and_the_platform(house):
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(hours=1)
    assert house.live.session.driver_name == "Alice"
    assert house.live.power_w > 9_000
    house.box.unplug()
    house.wait(minutes=1)
    (session,) = house.sessions()
    stops = [request for request in house.line.heard if isinstance(request, m.StopTransactionRequest)]
    assert len(stops) == 1
    assert stops[0].meter_stop == session.end_register_wh == house.box.register_wh
    assert stops[0].transaction_id == 4711
    assert house.queued() == []
    assert house.live.session is None
    assert house.bugs == []


def test_nothing_is_visible_before_it_is_durable(house):
    house.box.plug_in()
    house.wait(seconds=5)
    offered, said = house.box.readings(house.world.now)[0].offered_ma, list(house.line.heard)
    house.disk.mood = "slow"
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    assert house.box.readings(house.world.now)[0].offered_ma == offered == 0
    assert house.line.heard == said
    assert not house.host.idle

    house.disk.let_go()
    house.wait(minutes=1)
    assert house.box.readings(house.world.now)[0].offered_ma > 0
    assert m.StartTransactionRequest in house.line.kinds()


def test_lowering_a_current_never_waits_for_the_disk(house):
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    assert house.box.readings(house.world.now)[0].offered_ma > 0
    house.disk.mood = "slow"
    house.host.post(events.ModeChosen(Mode.STOP))
    assert house.disk.held
    assert house.box.readings(house.world.now)[0].offered_ma == 0


def test_a_full_disk_rolls_the_turn_back_refuses_new_sessions_and_says_why(house):
    house.box.plug_in()
    house.wait(seconds=5)
    before = house.host.core.state.durable
    house.disk.mood = "full"
    house.box.type_pin(PIN)
    assert house.host.core.state.durable == before
    assert Reason("store.full") in house.notices
    house.box.type_pin(PIN)
    assert house.notices.count(Reason("store.full")) == 2

    house.disk.mood = "well"
    house.wait(minutes=2)
    assert house.sessions() == []  # nobody's PIN is obeyed minutes later
    assert not house.host.store_full
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    assert len(house.sessions()) == 1


def test_what_happened_while_the_disk_was_full_is_not_lost(house):
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=10)
    house.disk.mood = "full"
    house.box.unplug()
    assert house.host.store_full
    assert house.line.aborts == 1  # off the air: no request can wait and be obeyed later
    house.wait(minutes=1)
    assert house.sessions()[0].ended_at is None
    house.disk.mood = "well"
    house.wait(minutes=10)
    (session,) = house.sessions()
    assert session.ended_at is not None
    assert session.end_register_wh == house.box.register_wh
    assert house.queued() == []
    assert house.line.kinds().count(m.StopTransactionRequest) == 1


def test_a_job_that_fails_is_told_once_and_the_charger_built_again_from_its_rows(house):
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    session_id = house.live.session.session_id
    house.disk.mood = "failing"
    house.box.unplug()
    (bug,) = house.bugs
    assert (bug.charger_id, type(bug.error)) == (house.charger_id, JobFailed)
    house.disk.mood = "well"
    house.box.plug_in()
    house.wait(minutes=5)
    assert house.host.links[0].face.live().state == "online"
    assert house.sessions()[0].session_id == session_id
    assert len(house.bugs) == 1


def test_each_failure_in_a_row_waits_twice_as_long(house):
    house.disk.mood = "failing"
    house.box.plug_in()
    house.wait(hours=1)
    assert 10 < len(house.bugs) < 30


def test_what_is_said_to_a_broken_charger_does_not_put_off_its_repair(house):
    house.disk.mood = "failing"
    house.box.plug_in()
    house.disk.mood = "well"
    house.box.type_pin("00000")
    assert house.host.idle
    house.wait(seconds=2)
    assert house.host.links[0].face.live().state == "online"
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    assert house.live.session is not None


def test_a_mistake_of_a_core_stops_only_that_event(house):
    house.host.post(events.PilotChanged(99, house.box.pilot))  # no such connector
    assert len(house.bugs) == 1
    assert isinstance(house.bugs[0].event, events.PilotChanged)
    house.wait(minutes=5)
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=5)
    assert len(house.sessions()) == 1
    assert len(house.bugs) == 1


def test_a_crash_between_commit_and_sending_loses_nothing(house):
    house.line.answering = False
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    first = [request for request in house.line.heard if isinstance(request, m.StartTransactionRequest)]
    house.crash()
    house.line.answering = True
    house.host = house.move_in()
    house.wait(minutes=10)
    starts = [request for request in house.line.heard if isinstance(request, m.StartTransactionRequest)]
    assert len(starts) == len(first) + 1
    assert len({(start.id_tag, start.meter_start, start.timestamp) for start in starts}) == 1
    assert house.queued() == []
    assert house.live.session is not None
    assert house.line.kinds().count(m.BootNotificationRequest) == 1  # Laadboek restarted, the device did not


def test_a_face_that_is_behind_is_told_what_it_missed(house):
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    house.box.unplug()
    house.wait(minutes=1)
    house.crash()

    def forget(db):
        db.run("UPDATE links SET applied_fact = 0, state = NULL, state_version = 0")
        db.run("DELETE FROM outbox_attempts")
        db.run("DELETE FROM outbox")

    house.rows(forget)
    house.line.heard.clear()
    house.host = house.move_in()
    house.wait(minutes=10)
    said = [kind for kind in house.line.kinds() if kind in (m.StartTransactionRequest, m.StopTransactionRequest)]
    assert said == [m.StartTransactionRequest, m.StopTransactionRequest]


def test_stopping_closes_the_link_keeps_everything_and_says_when(house):
    stopped = []
    house.host.stop(lambda: stopped.append(True))
    assert stopped == [True]
    assert not house.line.open
    house.box.plug_in()
    assert house.host.idle


def test_stopping_waits_for_the_commit_under_way(house):
    stopped = []
    house.box.plug_in()
    house.disk.mood = "slow"
    house.box.type_pin(PIN)
    house.host.stop(lambda: stopped.append(True))
    assert stopped == []
    house.disk.let_go()
    assert stopped == [True]
    assert len(house.sessions()) == 1


def test_the_last_frames_of_a_link_are_kept_for_the_lab(house):
    frames = house.host.frames("lnk_1")
    assert frames[0].sent and b"BootNotification" in frames[0].text
    assert not frames[1].sent
    for _ in range(30):
        house.line.hang_up(1006)
        house.wait(hours=1)
    assert len(house.host.frames("lnk_1")) <= 20


def test_a_log_line_shows_no_id_tag_in_full_no_key_and_no_pin(house):
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    shown = str(redacted(house.host.core.state)) + str(redacted(Secret("geheim")))
    shown += str(redacted(events.TagPresented(1, "ALICE-TAG")))
    for secret in (TAG, "geheim", str(pin_mac(PIN_KEY, house.charger_id, PIN)), "Alice"):
        assert secret not in shown
    assert "ALIC…" in shown
