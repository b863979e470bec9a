"""Notices are kept, go to the channels that want them, and come to nothing when the matter is over in time."""

from datetime import timedelta

import pytest
from cast import START, settle_in

from fixtures_store import run
from laadboek.ids import Ids
from laadboek.reasons import Reason
from laadboek.runtime import notices as rules
from laadboek.store import accounts, notices
from laadboek.store.notices import Channel, Delivery

MINUTE = timedelta(minutes=1)
DOWN, BACK = Reason("link.down", {"link": "lnk_1"}), Reason("link.back", {"link": "lnk_1"})


class Home:
    """An account with a charger, and what it is told."""

    def __init__(self, database):
        self.database, self.ids = database, Ids("notices")
        self.account_id, self.charger = run(database, settle_in)

    def channel(self, name="nch_mail", **chosen):
        channel = Channel(
            account_id=self.account_id,
            public_id=name,
            kind="email",
            address="olga@example.org",
            language="en",
            **chosen,
        )
        run(self.database, lambda db: notices.add_channel(db, channel, START))

    def told(self, reason, at):
        run(self.database, rules.save(self.account_id, reason, at, self.ids, charger_id=self.charger))

    def due(self, at):
        return run(self.database, lambda db: notices.due(db, at, 100))

    def codes(self, at):
        return [one.notice.reason.code for one in self.due(at)]

    def settle(self, at, state=Delivery.SENT, error=None, next_at=None):
        for one in self.due(at):
            run(self.database, lambda db, id=one.id: notices.settle(db, id, state, error, next_at))


@pytest.fixture
def home(database):
    return Home(database)


def test_a_notice_is_kept_even_where_nobody_wants_it(home):
    home.told(Reason("visit.unidentified", {"connector_id": 1, "minutes": 10}), START)
    kept = run(home.database, lambda db: notices.of_account(db, home.account_id, 10))
    assert [(one.reason.code, one.reason.params["minutes"], one.charger) for one in kept] == [
        ("visit.unidentified", 10, "chg_home")
    ]
    assert home.due(START) == []


def test_one_that_was_never_meant_to_be_sent_goes_nowhere(home):
    home.channel()
    home.told(Reason("setting.unknown", {"key": "X"}), START)
    assert home.due(START + timedelta(days=1)) == []


def test_a_channel_gets_what_happens_after_it_was_added_and_only_the_codes_it_wants(home):
    home.told(Reason("pad.locked", {"tries": 3}), START)
    home.channel("nch_all")
    home.channel("nch_some", codes=("lock.failed",))
    home.channel("nch_off", enabled=False)
    home.told(Reason("pad.locked", {"tries": 4}), START)
    assert [one.channel.public_id for one in home.due(START)] == ["nch_all"]
    [one] = home.due(START)
    assert one.notice.reason.params == {"tries": 4}
    assert (one.charger_name, one.time_zone) == ("Garage", "Europe/Amsterdam")


def test_a_link_that_is_back_within_ten_minutes_troubles_nobody(home):
    home.channel()
    home.told(DOWN, START)
    assert home.codes(START + 10 * MINUTE - timedelta(seconds=1)) == []
    assert home.codes(START + 10 * MINUTE) == ["link.down"]
    home.told(BACK, START + 9 * MINUTE)
    assert home.due(START + timedelta(days=1)) == []


def test_who_heard_that_a_link_is_down_hears_that_it_is_back(home):
    home.channel()
    home.told(DOWN, START)
    home.settle(START + 10 * MINUTE)
    home.told(BACK, START + 11 * MINUTE)
    assert home.codes(START + 11 * MINUTE) == ["link.back"]


def test_the_return_of_another_link_changes_nothing(home):
    home.channel()
    home.told(DOWN, START)
    home.told(Reason("link.back", {"link": "lnk_2"}), START + MINUTE)
    assert home.codes(START + timedelta(hours=1)) == ["link.back", "link.down"]


def test_a_channel_added_in_between_hears_of_the_return_alone(home):
    home.channel("nch_old")
    home.told(DOWN, START)
    home.channel("nch_new")
    home.told(BACK, START + MINUTE)
    assert [one.channel.public_id for one in home.due(START + timedelta(hours=1))] == ["nch_new"]


def test_a_failed_try_waits_and_a_given_up_one_is_over(home):
    home.channel()
    home.told(Reason("pad.locked", {"tries": 3}), START)
    home.settle(START, Delivery.PENDING, "mail.unreachable", START + 5 * MINUTE)
    assert home.due(START + 4 * MINUTE) == []
    [one] = home.due(START + 5 * MINUTE)
    assert one.tries == 1
    assert run(home.database, notices.next_due) == START + 5 * MINUTE
    home.settle(START + 5 * MINUTE, Delivery.GIVEN_UP, "mail.refused")
    assert home.due(START + timedelta(days=9)) == []
    assert run(home.database, notices.next_due) is None
    [channel] = run(home.database, lambda db: notices.channels(db, home.account_id))
    last = run(home.database, lambda db: notices.last_of(db, home.account_id, channel.id))
    assert last == (Delivery.GIVEN_UP, "mail.refused")


def test_a_removed_channel_takes_its_deliveries_along(home):
    home.channel()
    home.told(Reason("pad.locked", {"tries": 3}), START)
    channel = run(home.database, lambda db: notices.channel(db, home.account_id, "nch_mail"))
    run(home.database, lambda db: notices.remove_channel(db, home.account_id, channel.id))
    assert home.due(START) == []
    assert run(home.database, lambda db: notices.channels(db, home.account_id)) == []


def test_nothing_of_one_account_is_another_ones(home):
    home.channel()
    stranger = run(home.database, lambda db: accounts.create(db, "acc_x", "X", "UTC", "en", START))
    home.told(Reason("pad.locked", {"tries": 3}), START)
    for read in (notices.channels, lambda db, account: notices.of_account(db, account, 10)):
        assert run(home.database, lambda db, read=read: read(db, stranger)) == []
    assert run(home.database, lambda db: notices.channel(db, stranger, "nch_mail")) is None
    run(home.database, lambda db: notices.remove_channel(db, stranger, 1))
    assert len(home.due(START)) == 1
