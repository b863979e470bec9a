"""Links come, change and go while a session runs; the others, and the session, notice nothing (RULES §6).

In virtual time, on the real store; and killed at every step.
"""

from functools import partial

import pytest
from home import PIN
from msgspec.structs import replace
from test_turn import NINE, PIN_KEY, Disk, House, Line

from laadboek.chargepoint import events as link_events
from laadboek.chargepoint.outbox import WINDOW
from laadboek.ocpp import messages as m
from laadboek.runtime.cast import read_cast, read_links
from laadboek.runtime.host import Host
from laadboek.runtime.hosted import HostedCharger
from laadboek.runtime.services import Neighbours, Rows, Services
from laadboek.runtime.turn import Edit
from laadboek.simulation.world import HeapTimers
from laadboek.store import facts, links, outbox
from laadboek.store.errors import JobFailed, StoreClosed, StoreFull
from laadboek.store.links import Lifecycle

QUICK = {"back_off": {"first_s": 1, "jitter": False}}


class Street(House):
    """A charger with as many platforms as a story wants, each at the end of a line of its own."""

    def __init__(self):
        self.lines, self.runs = {}, 0
        super().__init__()
        self.answers = []

    def connect(self, link_id, socket_no, caller):
        line = self.lines.setdefault(link_id, Line())
        line.__call__(link_id, socket_no, caller)

    def move_in(self, fresh=False):
        self.lines.setdefault("lnk_1", self.line)
        self.timers = HeapTimers(self.world)
        self.runs += 1
        ids = self.world.ids(f"host {self.runs}")
        read = self.disk.database.read
        host = Host(
            HostedCharger(account_id=self.account_id, id=self.charger, charger_id=self.charger_id, name="Drive"),
            self.box,
            Rows(
                lambda: read(lambda db: read_cast(db, self.charger, self.box.info, ids)),
                lambda known: read(lambda db: read_links(db, self.charger, self.box.info, ids, known)),
            ),
            Services(
                store=self.disk,
                timers=self.timers,
                connector=self.connect,
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
        super().crash()
        for line in self.lines.values():
            line.open = False

    # --- what their owner does ---

    def edit(self, job, link_id=None, event=None):
        edit = Edit(
            job=job,
            done=self.answers.append,
            failed=self.answers.append,
            link_id=link_id,
            event=event or (lambda: None),
        )
        self.host.edit(edit)

    def add(self, public_id, role="report", **changes):
        def job(db):
            link = links.NewLink(
                public_id=public_id,
                position=links.next_position(db, self.charger),
                role=role,
                backend_uri="ws://elsewhere/",
                charge_box_id=f"CP-{public_id}",
                user_name="",
                settings=QUICK | changes,
            )
            return links.create(db, self.account_id, self.charger, link, facts.last(db, self.charger), NINE)

        self.edit(job)

    def set(self, link_id, lifecycle, event=None):
        self.edit(partial(set_lifecycle, self.account_id, link_id, lifecycle), link_id, event)

    def remove(self, link_id):
        self.set(link_id, Lifecycle.REMOVED, link_events.Removed)

    def settings(self, link_id, **changes):
        self.edit(lambda db: links.save_settings(db, self.account_id, link_id, QUICK | changes))

    def come_back(self, link_id):
        """A link that was removed is resumed, if it is there."""

        def job(db):
            row = links.by_public_id(db, self.account_id, link_id)
            if row is not None and row.lifecycle is Lifecycle.REMOVED:
                links.change(db, replace(row, lifecycle=Lifecycle.ACTIVE, applied_fact=facts.last(db, self.charger)))

        self.edit(job)

    def replay(self, link_id):
        row, read = self.row(link_id), self.disk.database.read

        def event():
            if row is None:
                return None
            seqs = read(lambda db: outbox.replayable(db, row.id))
            if not seqs:
                return None
            return link_events.Replayed(tuple(seqs), read(lambda db: outbox.depth(db, row.id)).set_aside)

        self.edit(lambda db: None, link_id, event)

    # --- what there is ---

    def row(self, link_id):
        return self.disk.database.read(lambda db: links.by_public_id(db, self.account_id, link_id))

    def waiting(self, link_id):
        row = self.row(link_id)
        return books([one.action for one in self.disk.database.read(lambda db: outbox.pending(db, row.id))])

    def aside(self, link_id):
        row = self.row(link_id)
        return books([one.action for one in self.disk.database.read(lambda db: outbox.listed_aside(db, row.id, 1000))])

    def said(self, link_id):
        """Starts and stops that this link's platform heard."""
        return books([m.ACTION_OF[type(request)] for request in self.lines[link_id].heard])

    def charge(self, **delta):
        self.box.plug_in()
        self.box.type_pin(PIN)
        self.wait(**(delta or {"minutes": 10}))

    def drive_off(self):
        self.box.unplug()
        self.wait(minutes=5)

    def states(self):
        return {link.link_id: link.state for link in self.live.links}


def books(actions):
    """Starts and stops alone."""
    short = {"StartTransaction": "start", "StopTransaction": "stop"}
    return [short[action] for action in actions if action in short]


def set_lifecycle(account_id, link_id, lifecycle, db):
    return links.set_lifecycle(db, account_id, link_id, lifecycle)


@pytest.fixture
def street():
    return Street()


def test_a_link_that_is_added_in_a_session_begins_with_the_next_one(street):
    street.charge()
    before, session = list(street.line.heard), street.live.session
    socket = street.host.links[0].face.state.link.socket_no
    street.add("lnk_2")
    street.wait(minutes=1)
    assert street.states() == {"lnk_1": "online", "lnk_2": "online"}
    assert street.live.session.session_id == session.session_id
    assert street.host.links[0].face.state.link.socket_no == socket, "the other one's socket stays"
    assert street.line.heard == before
    street.drive_off()
    assert street.said("lnk_1") == ["start", "stop"] and street.said("lnk_2") == []
    street.charge()
    street.drive_off()
    assert street.said("lnk_2") == ["start", "stop"]
    assert street.bugs == []


def test_a_link_that_is_added_knows_how_the_charger_stands(street):
    street.box.plug_in()
    street.wait(minutes=2)
    street.add("lnk_2")
    street.wait(minutes=1)
    told = {
        one.connector_id: one.status
        for one in street.lines["lnk_2"].heard
        if isinstance(one, m.StatusNotificationRequest)
    }
    assert told == {0: m.ChargePointStatus.AVAILABLE, 1: m.ChargePointStatus.PREPARING}


def test_a_link_that_is_added_in_the_dark_waits_for_the_power(street):
    street.box.cut_power()
    street.wait(minutes=1)
    street.add("lnk_2")
    street.wait(minutes=10)
    assert "lnk_2" not in street.lines
    street.box.restore_power()
    street.wait(minutes=5)
    assert street.states() == {"lnk_1": "online", "lnk_2": "online"}


def test_a_paused_link_misses_nothing_and_the_session_goes_on(street):
    street.add("lnk_2")
    street.wait(minutes=1)
    street.charge()
    street.set("lnk_2", Lifecycle.PAUSED)
    street.wait(minutes=1)
    assert street.states() == {"lnk_1": "online", "lnk_2": "paused"}
    assert not street.lines["lnk_2"].open
    street.drive_off()
    street.charge()
    street.drive_off()
    assert street.said("lnk_2") == ["start"] and street.waiting("lnk_2") == ["stop", "start", "stop"]
    assert street.said("lnk_1") == ["start", "stop"] * 2
    street.set("lnk_2", Lifecycle.ACTIVE)
    street.wait(minutes=5)
    assert street.said("lnk_2") == ["start", "stop"] * 2 and street.waiting("lnk_2") == []


def test_a_paused_link_stays_off_the_air_after_a_restart_and_a_power_cut(street):
    street.set("lnk_1", Lifecycle.PAUSED)
    street.crash()
    street.host = street.move_in()
    street.wait(hours=1)
    street.box.cut_power()
    street.wait(minutes=5)
    street.box.restore_power()
    street.wait(hours=1)
    assert not street.line.open and street.states() == {"lnk_1": "paused"}
    street.charge()
    assert street.waiting("lnk_1") == ["start"]


def test_a_link_resumed_in_the_dark_calls_when_the_power_is_back(street):
    street.set("lnk_1", Lifecycle.PAUSED)
    street.box.cut_power()
    street.wait(minutes=5)
    street.set("lnk_1", Lifecycle.ACTIVE)
    street.wait(hours=1)
    assert not street.line.open
    street.box.restore_power()
    street.wait(minutes=5)
    assert street.states() == {"lnk_1": "online"}


def test_a_paused_control_link_does_not_hold_control(street):
    assert street.host.core.state.links.control_link_id == "lnk_1"
    street.set("lnk_1", Lifecycle.PAUSED)
    assert street.host.core.state.links.control_link_id is None
    street.set("lnk_1", Lifecycle.ACTIVE)
    assert street.host.core.state.links.control_link_id == "lnk_1"


def test_other_settings_change_that_face_only(street):
    street.add("lnk_2")
    street.wait(minutes=1)
    street.charge()
    first, second = street.host.links
    sockets = [link.face.state.link.socket_no for link in (first, second)]
    street.settings("lnk_2", routing={"rule": "business"}, boot_on_reconnect=True)
    street.wait(minutes=1)
    assert street.host.links == [first, second]
    assert [link.face.state.link.socket_no for link in (first, second)] == sockets
    assert second.face.config.routing.rule == "business" and second.face.config.boot_on_reconnect
    assert first.face.config.routing.rule == "all"


def test_a_removed_link_stops_its_transaction_and_its_queue_is_set_aside(street):
    street.add("lnk_2")
    street.wait(minutes=1)
    street.charge()
    before = list(street.line.heard)
    street.lines["lnk_2"].answering = False
    street.remove("lnk_2")
    street.wait(minutes=1)
    assert street.states() == {"lnk_1": "online"} and street.live.session is not None
    assert street.line.heard == before
    assert not street.lines["lnk_2"].open
    assert street.aside("lnk_2") == ["stop"] and street.waiting("lnk_2") == []
    row = street.row("lnk_2")
    [stop] = street.disk.database.read(lambda db: outbox.set_aside(db, row.id))
    assert b'"reason":"Other"' in stop.body
    street.drive_off()
    assert street.said("lnk_1") == ["start", "stop"]
    assert len(street.sessions()) == 1 and street.bugs == []


def test_a_removed_link_comes_back_with_what_was_set_aside(street):
    street.add("lnk_2")
    street.wait(minutes=1)
    street.charge()
    street.remove("lnk_2")
    street.drive_off()
    street.come_back("lnk_2")
    street.replay("lnk_2")
    street.wait(minutes=5)
    assert street.said("lnk_2") == ["start", "stop"]
    stop = street.lines["lnk_2"].heard[-1]
    assert (stop.transaction_id, stop.reason) == (4711, m.Reason.OTHER)
    assert (street.waiting("lnk_2"), street.aside("lnk_2")) == ([], [])
    assert {link.link_id: link.set_aside for link in street.live.links} == {"lnk_1": 0, "lnk_2": 0}


def test_a_draining_link_finishes_its_session_gets_no_new_one_and_leaves(street):
    street.add("lnk_2")
    street.wait(minutes=1)
    street.charge()
    street.set("lnk_2", Lifecycle.DRAINING)
    street.add("lnk_3")
    street.wait(minutes=1)
    assert street.states() == {"lnk_1": "online", "lnk_2": "online", "lnk_3": "online"}
    street.lines["lnk_2"].answering = False
    street.drive_off()
    assert street.row("lnk_2").lifecycle is Lifecycle.DRAINING
    street.lines["lnk_2"].answering = True
    street.charge(hours=1)
    assert "lnk_2" not in street.states()
    assert street.row("lnk_2").lifecycle is Lifecycle.REMOVED
    starts = [one for one in street.lines["lnk_2"].heard if isinstance(one, m.StartTransactionRequest)]
    assert len(starts) == 1 and street.said("lnk_2")[-1] == "stop"
    assert street.said("lnk_3") == ["start"], "the new link begins with the next session"
    assert street.bugs == []


def test_what_is_refused_changes_nothing_and_is_not_taken_for_a_bug(street):
    def job(db):
        links.set_lifecycle(db, street.account_id, "lnk_1", Lifecycle.PAUSED)
        raise ValueError("not like this")

    street.edit(job)
    [answer] = street.answers
    assert isinstance(answer, JobFailed) and street.bugs == []
    assert street.row("lnk_1").lifecycle is Lifecycle.ACTIVE and street.states() == {"lnk_1": "online"}
    street.charge()
    assert street.said("lnk_1") == ["start"]


def test_an_edit_on_a_full_disk_is_answered_at_once(street):
    street.disk.mood = "full"
    street.remove("lnk_1")
    assert [type(answer) for answer in street.answers] == [StoreFull]
    street.disk.mood = "well"
    street.wait(minutes=1)
    assert street.states() == {"lnk_1": "online"}
    street.host.stop()
    street.remove("lnk_1")
    assert [type(answer) for answer in street.answers] == [StoreFull, StoreClosed]


def test_an_edit_that_waits_behind_a_failing_turn_is_answered(street):
    street.disk.mood = "slow"
    street.box.plug_in()
    street.remove("lnk_1")
    assert street.answers == []
    [(_, _, _, failed)] = street.disk.held
    street.disk.held.clear()
    street.disk.mood = "well"
    failed(JobFailed("a bug in a job"))
    assert [type(answer) for answer in street.answers] == [JobFailed]
    street.wait(minutes=1)
    assert street.states() == {"lnk_1": "online"}


# --- killed between any two steps -------------------------------------------------------------------------------------


class Killer(Disk):
    """The program dies right before, or right after, its n-th commit."""

    def __init__(self):
        super().__init__()
        self.deadly, self.before, self.dead = None, True, False

    def submit(self, shard, job, done, failed):
        if self.dead:
            return
        if self.deadly == 0 and self.before:
            self.dead = True
            return
        self.deadly = None if self.deadly is None else self.deadly - 1
        survived = done
        if self.deadly is not None and self.deadly < 0:
            self.dead = True
            survived = nothing
        super().submit(shard, job, survived, failed)


def nothing(_):
    """Nobody lives to hear of it."""


class KilledStreet(Street):
    def __init__(self):
        self.killer = Killer()
        super().__init__()

    @property
    def disk(self):
        return self.killer

    @disk.setter
    def disk(self, _):
        """It has one of its own."""


def story(street):
    """Added, paused, resumed, drained, removed, brought back. Each step once, whoever lives."""
    yield partial(street.add, "lnk_2")
    yield partial(street.charge, minutes=10)
    yield partial(street.set, "lnk_2", Lifecycle.PAUSED)
    yield street.drive_off
    yield partial(street.set, "lnk_2", Lifecycle.ACTIVE)
    yield partial(street.charge, minutes=10)
    yield partial(street.add, "lnk_3")
    yield partial(street.set, "lnk_2", Lifecycle.DRAINING)
    yield street.drive_off
    yield partial(street.charge, minutes=10)
    yield partial(street.remove, "lnk_3")
    yield street.drive_off
    yield partial(street.come_back, "lnk_3")
    yield partial(street.replay, "lnk_3")


def play(kill_at=None, before=True):
    """Play the story; the program dies at the given commit and is started again. Return the street, and the commits."""
    street = KilledStreet()
    street.killer.deadly, street.killer.before = kill_at, before
    street.killer.commits = 0
    done = []
    for step in story(street):
        step()
        if street.killer.dead:
            street.crash()
            street.killer.dead, street.killer.deadly = False, None
            street.host = street.move_in()
        street.wait(minutes=5)
        done.append(step)
    street.wait(hours=1)
    return street


def outcome(street):
    """What must hold in the end, whenever the program died."""
    sessions = {one.session_id: one for one in street.sessions()}
    for line in street.lines.values():
        kinds = [
            type(one) for one in line.heard if isinstance(one, m.StartTransactionRequest | m.StopTransactionRequest)
        ]
        firsts = [kind for i, kind in enumerate(kinds) if i == 0 or kinds[i - 1] is not kind]
        assert (
            firsts
            == [m.StartTransactionRequest, m.StopTransactionRequest] * (len(firsts) // 2)
            + firsts[len(firsts) // 2 * 2 :]
        ), "each stop after its start"
    for link_id in ("lnk_1", "lnk_2", "lnk_3"):
        row = street.row(link_id)
        if row is not None:
            assert street.waiting(link_id) == [], f"{link_id}: nothing waits for nobody"
    assert street.bugs == []
    assert all(one.ended_at is not None for one in sessions.values())
    return sorted(street.states())


def test_the_story_ends_as_it_should_when_nobody_is_killed():
    street = play()
    assert outcome(street) == ["lnk_1", "lnk_3"]
    assert street.row("lnk_2").lifecycle is Lifecycle.REMOVED
    assert street.said("lnk_1") == ["start", "stop"] * 3
    assert street.said("lnk_2") == ["start", "stop"] * 2
    assert street.said("lnk_3") == ["start", "stop"] and street.aside("lnk_3") == []


COMMITS = play().killer.commits


@pytest.mark.slow
@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_commit_nothing_is_lost_and_no_link_is_left_half_changed(before):
    assert COMMITS > 40
    for number in range(COMMITS):
        street = play(number, before)
        assert "lnk_1" in outcome(street), number


# --- a long queue -----------------------------------------------------------------------------------------------------


def test_a_long_queue_is_read_from_the_store_piece_by_piece_in_order(street):
    street.host.post_to(street.host.links[0], link_events.KeysChosen({"MeterValueSampleInterval": "60"}))
    street.set("lnk_1", Lifecycle.PAUSED)
    street.charge(hours=12)
    street.drive_off()
    row = street.row("lnk_1")
    waiting = street.disk.database.read(lambda db: outbox.depth(db, row.id)).pending
    assert waiting > 10 * WINDOW
    face = street.host.links[0].face
    assert len(face.state.outbox.entries) == WINDOW and face.live().queued == waiting
    street.crash()
    street.host = street.move_in()
    face = street.host.links[0].face
    assert len(face.state.outbox.entries) == WINDOW and face.live().queued == waiting
    street.set("lnk_1", Lifecycle.ACTIVE)
    street.wait(minutes=10)
    assert street.said("lnk_1") == ["start", "stop"]
    values = [one for one in street.line.heard if isinstance(one, m.MeterValuesRequest)]
    stamps = [one.meter_value[0].timestamp for one in values]
    assert len(stamps) == waiting - 2 and stamps == sorted(stamps) and len(set(stamps)) == len(stamps)
    assert face.live().queued == 0 and street.bugs == []
