"""What a person chooses of a charger or a link: durable before it is answered, all of it or nothing (RULES §6)."""

import pytest
from test_links_while_running import Street

from laadboek.chargepoint.events import KeysChosen
from laadboek.chargepoint.state import decode_state as decode_face
from laadboek.charger.events import BoostChosen, SettingsChosen
from laadboek.charger.state import decode_state
from laadboek.reasons import Refused
from laadboek.store import chargers
from laadboek.store.errors import JobFailed, StoreFull


@pytest.fixture
def street():
    return Street()


def told(street):
    """Besides that nobody has chosen a settings PIN yet."""
    return [reason for reason in street.notices if reason.code != "settings_pin.default"]


def choose(street, **values):
    street.edit(lambda db: "noted", event=lambda: SettingsChosen(values))
    return street.answers[-1]


def choose_keys(street, link_id, **values):
    street.edit(lambda db: "noted", link_id, lambda: KeysChosen(values))
    return street.answers[-1]


def kept(street):
    row = street.disk.database.read(lambda db: chargers.load(db, street.charger))
    return decode_state(row.state_version, row.state).settings


def kept_keys(street, link_id):
    row = street.row(link_id)
    return decode_face(row.state_version, row.state).keys


def reason(answer):
    assert isinstance(answer, JobFailed) and isinstance(answer.__cause__, Refused)
    return answer.__cause__.reason


def test_a_choice_is_stored_when_it_is_answered_and_in_force_in_a_running_session(street):
    street.charge()
    session, offered = street.live.session, street.live.offered_ma
    assert choose(street, LimitA="10", NoticeAfterMinutes="3") == "noted"
    assert (kept(street).limit_a, kept(street).notice_after_min) == (10, 3)
    assert street.live.offered_ma == 10_000 < offered
    assert street.live.session.session_id == session.session_id
    assert street.bugs == [] and told(street) == []


def test_nobody_is_answered_before_it_is_stored(street):
    street.disk.mood = "slow"
    street.edit(lambda db: "noted", event=lambda: SettingsChosen({"LimitA": "10"}))
    assert street.answers == [] and kept(street).limit_a == 32
    street.disk.let_go()
    assert street.answers == ["noted"] and kept(street).limit_a == 10


def test_one_bad_value_refuses_all_and_the_answer_says_which(street):
    street.charge()
    before, offered = kept(street), street.live.offered_ma
    refused = reason(choose(street, LimitA="10", NoticeAfterMinutes="never"))
    assert (refused.code, refused.params["key"]) == ("setting.bad_value", "NoticeAfterMinutes")
    assert (kept(street), street.live.offered_ma) == (before, offered)
    assert street.host.core.state.durable.settings == before
    assert street.bugs == [] and told(street) == [], "the answer is the notice"
    assert choose(street, LimitA="10") == "noted", "and it goes on"


def test_keys_of_a_link_are_taken_together_or_not(street):
    assert choose_keys(street, "lnk_1", HeartbeatInterval="60", MessageTimeout="5") == "noted"
    assert kept_keys(street, "lnk_1").items() >= {"HeartbeatInterval": "60", "MessageTimeout": "5"}.items()
    before = kept_keys(street, "lnk_1")
    assert reason(choose_keys(street, "lnk_1", HeartbeatInterval="90", MessageTimeout="0")).code == "key.bad_value"
    assert reason(choose_keys(street, "lnk_1", FreeCharging="true")).code == "key.not_of_link"
    assert kept_keys(street, "lnk_1") == before
    street.add("lnk_2")
    street.wait(minutes=1)
    assert "MessageTimeout" not in kept_keys(street, "lnk_2"), "each link has its own"
    assert street.bugs == []


def test_a_limit_that_could_not_be_stored_does_not_hold(street):
    """Another event would be tried again; whoever chose this was told that it failed."""
    street.charge()
    offered = street.live.offered_ma
    street.disk.mood = "full"
    assert isinstance(choose(street, LimitA="8"), StoreFull)
    assert street.live.offered_ma == offered
    street.disk.mood = "well"
    street.wait(minutes=1)
    assert street.live.offered_ma == offered and kept(street).limit_a == 32
    assert street.bugs == []


def test_a_wish_that_the_charger_refuses_is_answered_with_its_reason(street):
    street.edit(lambda db: None, event=lambda: BoostChosen(1, 500))
    assert reason(street.answers[-1]).code == "boost.bad_energy"
    street.edit(lambda db: None, event=lambda: BoostChosen(1, 5_000))
    assert reason(street.answers[-1]).code == "boost.nobody_there"
    street.charge()
    street.edit(lambda db: "noted", event=lambda: BoostChosen(1, 5_000))
    assert street.answers[-1] == "noted"
    assert street.host.core.state.durable.visits[0].boost.energy_wh == 5_000
