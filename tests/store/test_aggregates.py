"""What goes into an aggregate comes out again, in order, and only for its own account."""

from datetime import UTC, datetime, timedelta

import pytest
from cast import START, settle_in
from msgspec.structs import replace

from fixtures_store import run
from laadboek.store import accounts, chargers, drivers, facts, links, outbox
from laadboek.store.connection import Connection
from laadboek.store.database import JobFailed
from laadboek.store.drivers import NewDriver
from laadboek.store.links import NewLink

ALICE = NewDriver(
    public_id="drv_alice", name="Alice", pin_mac=b"\x01" * 32, id_tag="LBALICE", kind="business", mode="eco"
)
BOB = NewDriver(public_id="drv_bob", name="Bob", pin_mac=None, id_tag="LBBOB", kind="private", mode="fast")
CONTROL = NewLink(
    public_id="lnk_1",
    position=1,
    role="control",
    backend_uri="wss://example.org/ocpp/",
    charge_box_id="CB1",
    user_name="CB1",
    authorization_key=b"\x00\xff",
    settings={"platform_decides": True},
)


@pytest.fixture
def home(database):
    return run(database, settle_in)


def add_link(db: Connection, home: tuple[int, int], applied_fact: int = 0) -> int:
    return links.create(db, *home, CONTROL, applied_fact, START)


def test_an_account(database, home):
    account = database.read(lambda db: accounts.by_id(db, home[0]))
    assert (account.public_id, account.time_zone, account.created_at) == ("acc_home", "Europe/Amsterdam", START)
    assert database.read(lambda db: accounts.by_public_id(db, "acc_home")) == account
    assert database.read(accounts.all) == [account]
    assert database.read(lambda db: accounts.by_id(db, 99)) is None


def test_a_charger_keeps_its_state_to_the_byte(database, home):
    fresh = database.read(lambda db: chargers.load(db, home[1]))
    assert (fresh.state_version, fresh.state, fresh.device_config) == (0, None, {"phases": 3})
    run(database, lambda db: chargers.save_state(db, home[1], 3, b"\x00\xff state"))
    run(database, lambda db: chargers.save_device_config(db, *home, {"phases": 1}))
    [charger] = database.read(chargers.all)
    assert (charger.state_version, charger.state, charger.device_config) == (3, b"\x00\xff state", {"phases": 1})
    assert charger == database.read(lambda db: chargers.by_public_id(db, home[0], "chg_home"))
    assert database.read(lambda db: chargers.by_public_id(db, home[0] + 1, "chg_home")) is None
    assert database.read(lambda db: chargers.of_account(db, home[0] + 1)) == []
    assert database.read(lambda db: chargers.load(db, 99)) is None


def test_facts_come_back_in_order_and_are_forgotten_when_every_face_has_them(database, home):
    def tell(db: Connection) -> None:
        for number in (1, 2, 3, 4):
            facts.append(db, *home, number, 1, b"fact %d" % number, START + timedelta(days=number))

    run(database, tell)
    charger_id = home[1]
    assert database.read(lambda db: facts.after(db, charger_id, 2)) == [(3, 1, b"fact 3"), (4, 1, b"fact 4")]
    assert database.read(lambda db: facts.after(db, 99, 0)) == []
    with pytest.raises(JobFailed):  # a number is given once
        run(database, lambda db: facts.append(db, *home, 4, 1, b"again", START))

    later = START + timedelta(days=3, hours=1)
    assert run(database, lambda db: facts.forget(db, charger_id, later)) == 0  # no face has applied any
    link_id = run(database, lambda db: add_link(db, home))
    run(database, lambda db: links.save_state(db, link_id, 1, b"face", 2))
    assert run(database, lambda db: facts.forget(db, charger_id, later)) == 2
    run(database, lambda db: links.save_state(db, link_id, 1, b"face", 4))
    assert run(database, lambda db: facts.forget(db, charger_id, later)) == 1  # fact 4 is too young
    assert database.read(lambda db: facts.after(db, charger_id, 0)) == [(4, 1, b"fact 4")]


def test_drivers(database, home):
    run(database, lambda db: drivers.create(db, *home, ALICE, START))
    run(database, lambda db: drivers.create(db, *home, BOB, START))
    alice, bob = database.read(lambda db: drivers.of_charger(db, home[1]))
    assert (alice.driver.name, alice.pin_mac, bob.pin_mac) == ("Alice", b"\x01" * 32, None)
    assert not alice.driver.blocked and not alice.driver.all_chargers

    blocked = replace(
        alice.driver,
        name="Alice Ämter",
        kind="private",
        blocked=True,
        valid_from=START,
        valid_until=START + timedelta(days=30),
        hours="[]",
        budget_wh=100_000,
        budget_span="month",
        all_chargers=True,
    )
    assert run(database, lambda db: drivers.change(db, home[0], blocked))
    assert not run(database, lambda db: drivers.change(db, home[0] + 1, alice.driver))
    assert database.read(lambda db: drivers.by_public_id(db, home[0], "drv_alice")) == blocked
    assert database.read(lambda db: drivers.by_public_id(db, home[0] + 1, "drv_alice")) is None
    assert not run(database, lambda db: drivers.remove(db, home[0] + 1, "drv_bob"))
    assert run(database, lambda db: drivers.remove(db, home[0], "drv_bob"))
    assert [at.driver for at in database.read(lambda db: drivers.of_charger(db, home[1]))] == [blocked]


def test_a_driver_is_found_by_id_tag_without_case(database, home):
    run(database, lambda db: drivers.create(db, *home, ALICE, START))
    assert database.read(lambda db: drivers.by_id_tag(db, home[0], "lbAlice")).public_id == "drv_alice"
    assert database.read(lambda db: drivers.by_id_tag(db, home[0] + 1, "LBALICE")) is None


def test_where_a_driver_may_charge(database, home):
    def settle(db: Connection) -> tuple[int, int]:
        driver = drivers.create(db, *home, ALICE, START)
        carport = chargers.create(db, home[0], "chg_carport", "Carport", "simulated", {}, START)
        drivers.permit(db, home[0], driver, carport, None)
        return driver, carport

    def places() -> list[tuple[str, bytes | None]]:
        found = database.read(lambda db: drivers.places(db, home[0], driver))
        return [(place.charger_id, place.pin_mac) for place in found]

    driver, carport = run(database, settle)
    assert places() == [("chg_home", ALICE.pin_mac), ("chg_carport", None)]
    run(database, lambda db: drivers.set_pin(db, home[0], driver, carport, b"\x02"))
    run(database, lambda db: drivers.forbid(db, home[0] + 1, driver, home[1]))  # somebody else's: nothing
    assert places() == [("chg_home", ALICE.pin_mac), ("chg_carport", b"\x02")]
    run(database, lambda db: drivers.forbid(db, home[0], driver, home[1]))
    assert places() == [("chg_carport", b"\x02")]
    assert database.read(lambda db: drivers.places(db, home[0] + 1)) == []


@pytest.mark.parametrize("same", [{"pin_mac": ALICE.pin_mac}, {"id_tag": ALICE.id_tag}])
def test_a_pin_and_an_id_tag_belong_to_one_driver(database, home, same):
    run(database, lambda db: drivers.create(db, *home, ALICE, START))
    with pytest.raises(JobFailed):
        run(database, lambda db: drivers.create(db, *home, replace(BOB, **same), START))
    assert len(database.read(lambda db: drivers.of_charger(db, home[1]))) == 1


def test_a_link(database, home):
    link_id = run(database, lambda db: add_link(db, home, applied_fact=7))
    [link] = database.read(lambda db: links.of_charger(db, home[1]))
    assert (link.id, link.settings, link.authorization_key) == (link_id, {"platform_decides": True}, b"\x00\xff")
    assert (link.lifecycle, link.state, link.applied_fact) == ("active", None, 7)
    run(database, lambda db: links.save_state(db, link_id, 2, b"face", 8))
    assert run(database, lambda db: links.set_lifecycle(db, home[0], "lnk_1", links.Lifecycle.PAUSED))
    assert not run(database, lambda db: links.set_lifecycle(db, home[0] + 1, "lnk_1", links.Lifecycle.ACTIVE))
    link = database.read(lambda db: links.by_public_id(db, home[0], "lnk_1"))
    assert (link.lifecycle, link.state_version, link.state, link.applied_fact) == ("paused", 2, b"face", 8)
    assert database.read(lambda db: links.by_public_id(db, home[0] + 1, "lnk_1")) is None


@pytest.fixture
def link(database, home):
    return home[0], run(database, lambda db: add_link(db, home))


def enqueue(db: Connection, link: tuple[int, int], seq: int) -> None:
    outbox.enqueue(db, *link, seq, "StopTransaction", "ses_1", 1, b"body %d" % seq, START)


def attempt(db: Connection, link: tuple[int, int], seq: int, number: int, socket_no: int) -> None:
    outbox.record_attempt(db, *link, seq, number, f"m{seq}-{number}", b"[2,...]", socket_no, START)


def test_the_outbox_is_in_order_and_keeps_the_latest_attempt(database, link):
    def fill(db: Connection) -> None:
        for seq in (3, 1, 2):
            enqueue(db, link, seq)
        attempt(db, link, 1, 1, socket_no=4)

    run(database, fill)
    first, second, third = database.read(lambda db: outbox.pending(db, link[1]))
    assert [row.seq for row in (first, second, third)] == [1, 2, 3]
    assert (first.action, first.session_id, first.body, first.created_at) == (
        "StopTransaction", "ses_1", b"body 1", START,
    )  # fmt: skip
    assert (first.latest.message_id, first.latest.socket_no, first.latest.outcome) == ("m1-1", 4, None)
    assert second.latest is None


def test_the_same_bytes_on_the_next_socket_are_the_same_attempt(database, link):
    run(database, lambda db: enqueue(db, link, 1))
    run(database, lambda db: attempt(db, link, 1, 1, socket_no=4))
    run(database, lambda db: attempt(db, link, 1, 1, socket_no=5))
    [row] = database.read(lambda db: outbox.pending(db, link[1]))
    assert (row.latest.attempt, row.latest.socket_no, row.refusals) == (1, 5, 0)


def test_a_callerror_leaves_the_row_pending_and_is_counted(database, link):
    run(database, lambda db: enqueue(db, link, 1))
    for number in (1, 2):
        run(database, lambda db, n=number: attempt(db, link, 1, n, socket_no=4))
        run(database, lambda db: outbox.settle(db, link[1], 1, "refused", b"[4]", START))
    [row] = database.read(lambda db: outbox.pending(db, link[1]))
    assert (row.latest.attempt, row.latest.outcome, row.refusals) == (2, "refused", 2)


def test_an_answer_settles_only_its_row(database, link):
    for seq in (1, 2):
        run(database, lambda db, s=seq: enqueue(db, link, s))
        run(database, lambda db, s=seq: attempt(db, link, s, 1, socket_no=4))
    run(database, lambda db: outbox.settle(db, link[1], 1, "acked", b"[3]", START))
    assert [row.seq for row in database.read(lambda db: outbox.pending(db, link[1]))] == [2]


def test_what_was_set_aside_stays_in_sight_and_can_be_replayed(database, link):
    run(database, lambda db: enqueue(db, link, 1))
    run(database, lambda db: attempt(db, link, 1, 1, socket_no=4))
    run(database, lambda db: outbox.settle(db, link[1], 1, "set_aside", b"[4]", START))
    assert database.read(lambda db: outbox.pending(db, link[1])) == []
    [row] = database.read(lambda db: outbox.set_aside(db, link[1]))
    assert (row.seq, row.latest.outcome) == (1, "set_aside")

    run(database, lambda db: outbox.put_back(db, link[1], outbox.replayable(db, link[1])))
    assert [row.seq for row in database.read(lambda db: outbox.pending(db, link[1]))] == [1]
    assert database.read(lambda db: outbox.set_aside(db, link[1])) == []


def test_instants_keep_their_microseconds(database):
    odd = datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=UTC)
    account_id = run(database, lambda db: accounts.create(db, "acc_odd", "Odd", "UTC", "en", odd))
    assert database.read(lambda db: accounts.by_id(db, account_id)).created_at == odd


def test_a_start_that_was_set_aside_is_replayed_with_what_followed_it(database, link):
    for seq, session in ((1, "ses_1"), (2, "ses_1"), (3, "ses_2"), (4, "ses_1")):
        action = "StartTransaction" if seq in (1, 3) else "StopTransaction"
        run(database, lambda db, s=seq, a=action, o=session: outbox.enqueue(db, *link, s, a, o, 1, b"{}", START))
        run(database, lambda db, s=seq: attempt(db, link, s, 1, socket_no=4))
    why = b'{"errorCode":"InternalError"}'
    for seq, outcome in ((1, "set_aside"), (2, "acked"), (3, "acked")):
        run(database, lambda db, s=seq, o=outcome: outbox.settle(db, link[1], s, o, why, START))
    depth = database.read(lambda db: outbox.depth(db, link[1]))
    assert (depth.pending, depth.first_seq, depth.set_aside) == (1, 4, 1)
    [row] = database.read(lambda db: outbox.listed_aside(db, link[1], 10))
    assert (row.seq, row.answer, row.attempts) == (1, why, 1)
    assert database.read(lambda db: outbox.replayable(db, link[1])) == [1, 2]
    assert database.read(lambda db: outbox.replayable(db, link[1], "ses_2")) == []

    run(database, lambda db: outbox.put_back(db, link[1], [1, 2]))
    rows = database.read(lambda db: outbox.pending(db, link[1]))
    assert [(row.seq, row.tries_from) for row in rows] == [(1, 1), (2, 1), (4, 0)]
    assert [row.seq for row in database.read(lambda db: outbox.pending(db, link[1], 1, 1))] == [2]
    assert database.read(lambda db: outbox.count_aside(db, link[1])) == 0


def test_the_queue_of_a_removed_link_is_set_aside(database, link):
    for seq in (1, 2):
        run(database, lambda db, s=seq: enqueue(db, link, s))
    run(database, lambda db: outbox.set_all_aside(db, link[1], b'{"errorCode":"link.removed"}', START))
    assert database.read(lambda db: outbox.depth(db, link[1])).first_seq == 0
    assert [row.seq for row in database.read(lambda db: outbox.listed_aside(db, link[1], 1))] == [1]
    assert database.read(lambda db: outbox.count_aside(db, link[1])) == 2
