"""News is kept with what it tells of; alone it keeps no charger waiting for the disk."""

import pytest
from test_links_while_running import Street

from laadboek.charger.events import PinEntered
from laadboek.store import notices


@pytest.fixture
def street():
    return Street()


def codes(street):
    kept = street.disk.database.read(lambda db: notices.of_account(db, street.host.charger.account_id, 100))
    return [one.reason.code for one in kept]


def test_a_locked_pad_is_kept_in_the_turn_that_locked_it(street):
    for number in range(40):
        street.host.post(PinEntered(1, b"wrong %d" % number))
        street.wait(seconds=3)
    assert "pad.locked" in codes(street)


def test_news_alone_is_kept_in_a_job_of_its_own(street):
    street.line.hang_up(1006)
    street.wait(seconds=1)
    assert "link.down" in codes(street)


def test_a_link_that_goes_down_on_a_full_disk_stops_nobody(street):
    street.charge()
    street.disk.mood = "full"
    street.line.hang_up(1006)
    assert street.notices[-1].code == "link.down", "people who look now are told"
    assert not street.host.store_full
    assert street.live.offered_ma > 0
    street.disk.mood = "well"
    street.wait(minutes=2)
    assert codes(street)[0] == "link.back"
    assert street.bugs == []
