"""Drivers through their actions, on both engines: PINs, tags, places, and what our platform knows of them (C5)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from queue import SimpleQueue
from typing import Any

import pytest
from msgspec.structs import replace

from fixtures_store import run
from laadboek.actions.actor import Actor
from laadboek.actions.drivers import changes, reading
from laadboek.actions.drivers.changes import Newcomer, Saved
from laadboek.actions.drivers.pins import Maker, PinWish, usual_digits
from laadboek.actions.drivers.reading import State
from laadboek.actions.drivers.roll import Roll, pad_at
from laadboek.actions.drivers.wanted import Allowance, DriverChange
from laadboek.charger.settings import Settings
from laadboek.charger.state import STATE_VERSION, Nameplate, encode_state, fresh
from laadboek.energy import week_hours
from laadboek.energy.zones import Span
from laadboek.facts import Kind, Mode
from laadboek.ids import Ids
from laadboek.reasons import Refused
from laadboek.runtime.cast import read_drivers
from laadboek.runtime.keys import DataKeys
from laadboek.secret import Secret, pin_weakness
from laadboek.store import accounts, chargers, drivers, id_tags
from laadboek.store.connection import Connection
from laadboek.store.database import GroupDatabase, InlineDatabase, JobFailed

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
KEYS = DataKeys(bytes(32))
ZAPPI = {"info": {"model": "zappi 2H22TB"}}


class Home:
    """An account on a real store, and its owner at the desk."""

    def __init__(self, database: InlineDatabase | GroupDatabase) -> None:
        self.database, self.maker = database, Maker(KEYS, Ids(11))
        self.account_id = self.run(lambda db: accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "en", NOW))
        self.actor = Actor(account_id=self.account_id, name="usr_1", time_zone="Europe/Amsterdam", language="en")

    def run(self, job: Any) -> Any:
        inline = self.database if isinstance(self.database, InlineDatabase) else None
        try:
            return run(self.database, job, changes.SHARD) if inline is None else inline.run(job)
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise

    def charger(self, name: str, config: dict[str, Any] | None = None, scope: str | None = None) -> tuple[int, str]:
        def job(db: Connection) -> tuple[int, str]:
            public_id = self.maker.ids.public("chg")
            row = chargers.create(db, self.account_id, public_id, name, "simulated", config or {}, NOW)
            if scope is not None:  # as a charger that was there before drivers had one PIN everywhere
                db.run("UPDATE chargers SET pin_scope = ? WHERE id = ?", (scope, row))
            return row, public_id

        made: tuple[int, str] = self.run(job)
        return made

    def add(self, name: str, pin: str | None = "48213", **wanted: Any) -> Saved:
        wish = None if pin is None else PinWish(Secret(pin) if pin else None)
        id_tag = wanted.pop("id_tag", None)
        newcomer = Newcomer(wanted=DriverChange(name=name, **wanted), pin=wish, id_tag=id_tag)
        saved: Saved = self.run(lambda db: changes.add(db, self.actor, newcomer, self.maker, NOW))
        return saved

    def change(self, saved: Saved, **wanted: Any) -> Saved:
        change, driver_id = DriverChange(**wanted), saved.driver.public_id
        changed: Saved = self.run(lambda db: changes.change(db, self.actor, driver_id, change, NOW))
        return changed

    def macs(self, charger: int) -> dict[str, bytes | None]:
        found = self.database.read(lambda db: drivers.of_charger(db, charger))
        return {at.driver.name: at.pin_mac for at in found}

    def tag(self, id_tag: str, now: datetime = NOW) -> str:
        return str(self.database.read(lambda db: id_tags.info(db, self.account_id, id_tag, now)).status)

    def refused(self, act: Any, *args: Any, **wanted: Any) -> str:
        with pytest.raises(Refused) as caught:
            act(*args, **wanted)
        return caught.value.reason.code


@pytest.fixture
def home() -> Iterator[Home]:
    database = InlineDatabase(":memory:")
    yield Home(database)
    database.close()


# PINs.


def test_a_driver_has_one_pin_at_all_chargers_and_only_its_mac_is_kept(home: Home) -> None:
    drive, scope = home.charger("Drive")
    carport, _ = home.charger("Carport")
    home.add("Alice")
    mac = KEYS.pin_mac(scope, Secret("48213"))
    assert home.macs(drive) == home.macs(carport) == {"Alice": mac}
    everything = home.database.read(lambda db: db.rows("SELECT * FROM drivers") + db.rows("SELECT * FROM audit"))
    assert "48213" not in str(everything)


def test_a_pin_that_is_made_is_strong_and_nobodys(home: Home) -> None:
    home.charger("Drive")
    made = [home.add(f"Driver {n}", "").pin for n in range(60)]
    pins = [pin.reveal() for pin in made if pin is not None]
    assert len(set(pins)) == 60
    assert all(len(pin) == 5 and pin_weakness(pin) is None for pin in pins)


def test_many_drivers_get_longer_pins() -> None:
    assert [usual_digits(known) for known in (1, 66, 67, 666, 667, 5_000)] == [5, 5, 6, 6, 7, 7]


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("1234", "driver.bad_pin"),
        ("123456789", "driver.bad_pin"),
        ("12a45", "driver.bad_pin"),
        ("٤٨٢١٣", "driver.bad_pin"),
        ("12345", "pin.weak"),
        ("98765", "pin.weak"),
        ("44444", "pin.weak"),  # also the factory's
        ("121212", "pin.weak"),
    ],
)
def test_a_weak_or_odd_pin_is_refused_with_the_reason(home: Home, pin: str, code: str) -> None:
    home.charger("Drive")
    assert home.refused(home.add, "Alice", pin) == code
    assert home.database.read(lambda db: drivers.of_account(db, home.account_id)) == []


def test_the_same_pin_twice_is_told_to_the_owner_also_at_another_charger(home: Home) -> None:
    _, drive = home.charger("Drive")
    _, carport = home.charger("Carport")
    alice = home.add("Alice", chargers=(drive,))
    assert home.refused(home.add, "Bob", "48213", chargers=(carport,)) == "driver.pin_taken"
    home.run(
        lambda db: changes.renew_pin(db, home.actor, alice.driver.public_id, PinWish(Secret("48213")), home.maker, NOW)
    )
    home.run(lambda db: changes.renew_pin(db, home.actor, alice.driver.public_id, PinWish(), home.maker, NOW))
    home.add("Bob", "48213", chargers=(carport,))  # Alice's former one is free again


def test_two_who_choose_the_same_pin_at_once(database: GroupDatabase) -> None:
    """Jobs of one shard run one after the other: the second one sees the first."""
    home = Home(database)
    home.charger("Drive")
    answers: SimpleQueue[object] = SimpleQueue()

    def job(name: str) -> Any:
        newcomer = Newcomer(wanted=DriverChange(name=name), pin=PinWish(Secret("48213")))
        return lambda db: changes.add(db, home.actor, newcomer, home.maker, NOW)

    for name in ("Alice", "Bob"):
        database.submit(changes.SHARD, job(name), answers.put, answers.put)
    one, other = answers.get(timeout=30), answers.get(timeout=30)
    assert isinstance(one, Saved)
    assert isinstance(other, JobFailed) and isinstance(other.__cause__, Refused)
    assert other.__cause__.reason.code == "driver.pin_taken"


def test_a_drivers_whole_life_on_both_engines(database: GroupDatabase) -> None:
    home = Home(database)
    _, drive = home.charger("Drive")
    home.charger("Old", scope="chg_legacy")
    alice = home.add("Alice", id_tag="Card", budget=Allowance(100_000, Span.MONTH))
    moved = home.change(alice, chargers=(drive,), hours=week_hours.parse("mo-su 07:00-24:00"), blocked=True)
    assert moved.changed == ("blocked", "hours", "all_chargers", "chargers")
    assert home.tag("card") == "Blocked"
    found = database.read(lambda db: reading.detail(db, home.actor, alice.driver.public_id, NOW))
    assert (found.used_wh, found.driver.state, [place.name for place in found.driver.at]) == (0, "blocked", ["Drive"])
    home.run(lambda db: changes.drop_pin(db, home.actor, alice.driver.public_id, NOW))
    home.run(lambda db: changes.remove(db, home.actor, alice.driver.public_id, NOW))
    assert database.read(lambda db: reading.roster(db, home.actor, reading.Wanted(), NOW)).total == 0
    eve = home.add("Eve", "90574")
    later = home.run(lambda db: chargers.create(db, home.account_id, "chg_later", "Later", "simulated", {}, NOW))
    home.run(lambda db: chargers.permit_everywhere(db, home.account_id, later))
    assert home.macs(later) == {"Eve": KEYS.pin_mac(drive, Secret("90574"))} and eve.pin is not None


def test_a_pad_of_four_buttons_takes_pins_of_these_only(home: Home) -> None:
    home.charger("Drive")
    _, zappi = home.charger("Zappi", ZAPPI)
    assert home.refused(home.add, "Alice", "48213") == "driver.bad_pin_for_pad"
    assert home.refused(home.add, "Alice", "413242") == "driver.bad_pin"
    made = home.add("Alice", "").pin
    assert made is not None and set(made.reveal()) <= set("1234") and len(made.reveal()) == 5
    found = home.database.read(lambda db: reading.roster(db, home.actor, reading.Wanted(), NOW))
    drive, at_zappi = found.guesses
    assert (drive.tries, drive.one_in, drive.digits) == (30, 3_333, None)
    assert (at_zappi.charger_id, at_zappi.tries, at_zappi.one_in, at_zappi.digits) == (zappi, 3, 341, None)


def test_a_pin_that_unlocks_the_settings_is_no_drivers(home: Home) -> None:
    row, scope = home.charger("Drive")
    durable = replace(
        fresh(Nameplate(), Settings(own_tag="LBOWN")).durable, settings_pin_mac=KEYS.pin_mac(scope, Secret("73915"))
    )
    home.run(lambda db: chargers.save_state(db, row, STATE_VERSION, encode_state(durable)))
    assert home.refused(home.add, "Alice", "73915") == "driver.pin_of_settings"
    assert home.refused(home.add, "Alice", id_tag="lbown") == "driver.tag_of_charger"


def test_chargers_with_other_scopes_get_macs_of_their_own(home: Home) -> None:
    drive, scope = home.charger("Drive")
    old, _ = home.charger("Old", scope="chg_legacy")
    home.add("Alice")
    assert home.macs(drive)["Alice"] == KEYS.pin_mac(scope, Secret("48213"))
    assert home.macs(old)["Alice"] == KEYS.pin_mac("chg_legacy", Secret("48213"))


def test_without_a_charger_there_is_no_pin(home: Home) -> None:
    assert home.refused(home.add, "Alice") == "driver.pin_without_charger"
    assert home.add("Alice", None).chargers == ()


# Where.


def test_who_may_charge_everywhere_may_at_later_chargers_by_the_same_pin(home: Home) -> None:
    _, scope = home.charger("Drive")
    home.charger("Old", scope="chg_legacy")
    _, chosen = home.charger("Carport")
    home.add("Alice")
    home.add("Bob", "90574", chargers=(chosen,))

    def later(db: Connection) -> int:
        row = chargers.create(db, home.account_id, "chg_later", "Later", "simulated", {}, NOW)
        chargers.permit_everywhere(db, home.account_id, row)
        return row

    row = home.run(later)
    assert home.macs(row) == {"Alice": KEYS.pin_mac(scope, Secret("48213"))}


def test_the_pin_goes_along_to_another_charger(home: Home) -> None:
    drive, one = home.charger("Drive")
    carport, other = home.charger("Carport")
    alice = home.add("Alice", chargers=(one,))
    assert home.macs(carport) == {}
    moved = home.change(alice, chargers=(other,))
    assert set(moved.chargers) == {one, other}, "both have to know"
    assert home.macs(drive) == {}
    assert home.refused(home.change, alice, chargers=("chg_of_somebody_else",)) == "charger.unknown"


# Tags, and our platform.


def test_a_tag_is_fresh_for_life_and_says_nothing_of_the_pin(home: Home) -> None:
    home.charger("Drive")
    alice = home.add("Alice")
    assert len(alice.driver.id_tag) == 20 and "48213" not in alice.driver.id_tag
    renewed = home.run(lambda db: changes.renew_pin(db, home.actor, alice.driver.public_id, PinWish(), home.maker, NOW))
    assert renewed.driver.id_tag == alice.driver.id_tag


def test_our_platform_follows_a_driver(home: Home) -> None:
    home.charger("Drive")
    alice = home.add("Alice", valid_until=date(2026, 11, 30))
    tag = alice.driver.id_tag
    assert home.tag(tag) == "Accepted"
    home.change(alice, blocked=True)
    assert home.tag(tag) == "Blocked"
    home.change(alice, blocked=False, kind=Kind.PRIVATE)
    row = home.database.read(lambda db: id_tags.find(db, home.account_id, tag))
    assert (row.kind, row.driver_id) == (Kind.PRIVATE, alice.driver.public_id)
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)  # in Amsterdam
    assert home.tag(tag, midnight - timedelta(seconds=1)) == "Accepted"
    assert home.tag(tag, midnight) == "Expired"
    home.run(lambda db: changes.remove(db, home.actor, alice.driver.public_id, NOW))
    assert home.tag(tag) == "Invalid"


def test_a_card_that_is_known_already_becomes_the_drivers(home: Home) -> None:
    home.charger("Drive")
    card = id_tags.IdTagRow(id_tag="Card-1", kind=Kind.PRIVATE, parent_id_tag="FLEET")
    home.run(lambda db: id_tags.save(db, home.account_id, card, NOW))
    alice = home.add("Alice", id_tag="CARD-1")
    row = home.database.read(lambda db: id_tags.find(db, home.account_id, "card-1"))
    assert (row.driver_id, row.parent_id_tag, row.kind) == (alice.driver.public_id, "FLEET", Kind.BUSINESS)
    assert home.refused(home.add, "Bob", "90574", id_tag="card-1") == "driver.tag_taken"
    assert home.refused(home.add, "Bob", "90574", id_tag="one of more than twenty") == "id_tag.bad"


# What the charger gets to know.


def test_all_limits_reach_the_charger(home: Home) -> None:
    row, _ = home.charger("Drive")
    hours = week_hours.parse("mo-fr 07:00-19:00")
    home.add(
        "Alice",
        mode=Mode.ECO,
        valid_from=date(2026, 11, 1),
        valid_until=date(2026, 11, 30),
        hours=hours,
        budget=Allowance(100_000, Span.MONTH),
    )
    [driver] = home.database.read(lambda db: read_drivers(db, row))
    assert (driver.name, driver.mode, driver.hours, driver.blocked) == ("Alice", Mode.ECO, hours, False)
    assert driver.valid_from == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert driver.valid_until == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert driver.budget is not None and (driver.budget.limit_wh, driver.budget.used_wh) == (100_000, 0)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": ""}, "driver.bad_name"),
        ({"name": "x" * 61}, "driver.bad_name"),
        ({"name": "a\u202eb"}, "driver.bad_name"),
        ({"valid_from": date(2026, 12, 2), "valid_until": date(2026, 12, 1)}, "driver.bad_dates"),
        ({"valid_from": date(1, 1, 1)}, "driver.bad_day"),
        ({"valid_until": date(9999, 12, 31)}, "driver.bad_day"),
        ({"hours": ()}, "driver.bad_hours"),
        ({"budget": Allowance(999, Span.DAY)}, "driver.bad_budget"),
        ({"budget": Allowance(10**9, Span.DAY)}, "driver.bad_budget"),
        ({"mode": Mode.STOP}, "mode.unknown"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_changed(home: Home, wanted: dict[str, Any], code: str) -> None:
    home.charger("Drive")
    alice = home.add("Alice")
    assert home.refused(home.change, alice, **wanted) == code
    [row] = home.database.read(lambda db: drivers.of_account(db, home.account_id))
    assert row == replace(alice.driver, id=row.id)


def test_the_trail_says_who_did_what_and_names_nobody(home: Home) -> None:
    home.charger("Drive")
    alice = home.add("Alice")
    home.change(alice, name="Alice A.", mode=Mode.ECO, blocked=True)
    home.run(lambda db: changes.remove(db, home.actor, alice.driver.public_id, NOW))
    rows = home.database.read(lambda db: db.rows("SELECT what, details FROM audit ORDER BY id"))
    assert [what for what, _ in rows] == ["driver.added", "driver.pin_given", "driver.changed", "driver.removed"]
    assert "fast → eco" in rows[2][1] and "Alice" not in str(rows)


def test_states_follow_the_calendar(home: Home) -> None:
    home.charger("Drive")
    alice = home.add("Alice", valid_from=date(2026, 11, 24), valid_until=date(2026, 11, 25))
    row = alice.driver
    first, end = datetime(2026, 11, 23, 23, tzinfo=UTC), datetime(2026, 11, 25, 23, tzinfo=UTC)
    second = timedelta(seconds=1)
    instants = (first - second, first, end - second, end)
    expected = [State.NOT_YET, State.ALLOWED, State.ALLOWED, State.EXPIRED]
    assert [reading.state_of(row, instant) for instant in instants] == expected
    assert reading.state_of(replace(row, blocked=True), first) is State.BLOCKED


def test_the_pad_of_several_chargers_is_what_all_of_them_take(home: Home) -> None:
    home.charger("Drive")
    home.charger("Zappi", ZAPPI)
    pad = home.database.read(lambda db: pad_at(Roll(db, home.account_id).chargers))
    assert (pad.digits, pad.longest, pad.values) == ("1234", 5, 1_024)


def test_what_the_last_charger_keeps_of_a_pin_goes_with_the_pin(home: Home) -> None:
    row, _ = home.charger("Drive")
    alice, bob = home.add("Alice"), home.add("Bob", "90574")
    home.run(lambda db: chargers.remove(db, home.account_id, row, NOW))
    home.run(lambda db: changes.drop_pin(db, home.actor, bob.driver.public_id, NOW))
    later, _ = home.charger("Later")
    home.run(lambda db: chargers.permit_everywhere(db, home.account_id, later))
    before = home.database.read(lambda db: chargers.load(db, row))
    assert before is not None
    assert home.macs(later) == {"Alice": KEYS.pin_mac(before.pin_scope, Secret("48213")), "Bob": None}
    assert home.macs(row) == {}
    assert alice.driver.all_chargers
