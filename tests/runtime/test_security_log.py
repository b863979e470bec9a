"""Security events of a hosted charger end in the store, once each (security whitepaper, A04.FR.04; §8)."""

from datetime import timedelta

from test_turn import NINE, House

from laadboek.charger import events
from laadboek.store import security_log


def log_of(house):
    return house.rows(security_log.of_link, house.charger, house.link)


def test_a_disk_that_was_full_is_one_event_once_there_is_room():
    house = House()
    before = len(log_of(house))
    house.disk.mood = "full"
    house.host.post(events.SettingsChosen({"FreeCharging": "true"}))
    began = house.world.now
    house.wait(minutes=5)
    assert house.host.store_full and len(log_of(house)) == before
    house.disk.mood = "well"
    house.wait(minutes=1)
    *_, last = log_of(house)
    assert (last.type, last.happened_at) == ("MemoryExhaustion", began)
    house.wait(hours=1)
    assert [event.type for event in log_of(house)].count("MemoryExhaustion") == 1


def test_a_kill_right_after_an_event_neither_loses_nor_repeats_it():
    house = House()
    count = len(log_of(house))
    house.crash()
    house.host = house.move_in()
    house.wait(minutes=1)
    assert len(log_of(house)) == count


def test_a_platform_sees_its_own_events_and_those_of_the_charger_within_its_bounds():
    house = House()
    base = log_of(house)

    def rows(db):
        for minutes, link in ((1, None), (2, house.link), (3, None)):
            at = NINE + timedelta(days=1, minutes=minutes)
            security_log.append(db, house.account_id, house.charger, link, "TamperDetectionActivated", None, at)

    house.rows(rows)
    assert len(log_of(house)) == len(base) + 3
    since, until = (NINE + timedelta(days=1, minutes=minutes) for minutes in (2, 3))
    assert len(house.rows(security_log.of_link, house.charger, house.link, since, until)) == 2
    assert len(house.rows(security_log.of_link, house.charger, house.link + 1, since, until)) == 1
