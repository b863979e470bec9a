"""A charging profile on its way: platform, face, store, charger, device, in virtual time (OCPP 1.6 §3.13; RULES §5)."""

import pytest
from home import PIN
from test_turn import House

from laadboek.ocpp import messages as m
from laadboek.ocpp.types import ChargingProfile, ChargingSchedule, ChargingSchedulePeriod


@pytest.fixture
def house():
    """Alice charges; what the device is told from now on is written down."""
    house = House()
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    assert offered_ma(house) == 32_000
    house.told_ma, obey = [], house.box.set_current

    def set_current(connector_id, limit_ma, phases=3):
        if house.told_ma[-1:] != [limit_ma]:  # a lower one is told at once, and again after the commit
            house.told_ma.append(limit_ma)
        obey(connector_id, limit_ma, phases)

    house.box.set_current = set_current
    return house


def offered_ma(house):
    return house.box.readings(house.world.now)[0].offered_ma


def sets(house, periods, purpose=m.ChargingProfilePurpose.TX_DEFAULT_PROFILE, duration=None):
    """From now on."""
    profile = ChargingProfile(
        charging_profile_id=1,
        stack_level=0,
        charging_profile_purpose=purpose,
        charging_profile_kind=m.ChargingProfileKind.ABSOLUTE,
        charging_schedule=ChargingSchedule(
            duration=duration,
            start_schedule=house.world.now,
            charging_rate_unit=m.ChargingRateUnit.A,
            charging_schedule_period=tuple(
                ChargingSchedulePeriod(start_period=at, limit=limit) for at, limit in periods.items()
            ),
        ),
    )
    request = m.SetChargingProfileRequest(connector_id=0, cs_charging_profiles=profile)
    house.line.caller.on_text(house.line.rpc.call("set", request, house.world.now))


def test_the_device_follows_the_schedule_to_the_second(house):
    sets(house, {0: 8, 3_600: 0, 7_200: 12}, duration=10_800)
    assert offered_ma(house) == 8_000
    for seconds, limit_ma in ((3_600, 0), (3_600, 12_000), (3_600, 32_000)):
        house.wait(seconds=seconds - 0.001)
        assert house.told_ma[-1] != limit_ma
        house.wait(seconds=0.001)
        assert house.told_ma[-1] == limit_ma
    assert house.told_ma == [8_000, 0, 12_000, 32_000]
    assert house.bugs == []


def test_after_a_crash_the_session_is_bound_as_before_and_never_above(house):
    sets(house, {0: 8, 3_600: 10})
    assert house.told_ma == [8_000]
    house.crash()
    house.told_ma.clear()
    house.move_in()
    house.wait(minutes=1)
    assert set(house.told_ma) == {8_000}
    house.wait(hours=1)
    assert house.told_ma[-1] == 10_000


def test_after_a_crash_that_lasted_the_schedule_has_gone_on(house):
    sets(house, {0: 8, 3_600: 10}, duration=7_200)
    house.crash()
    house.wait(hours=1, seconds=1)
    house.told_ma.clear()
    house.move_in()
    house.wait(minutes=1)
    assert house.told_ma == [8_000, 10_000], "what held before, until the face has said what holds now"
    house.crash()
    house.wait(hours=2)
    house.move_in()
    house.wait(minutes=1)
    assert house.told_ma[-1] == 32_000


def test_the_charge_point_maximum_is_lifted_in_the_same_way(house):
    sets(house, {0: 7}, m.ChargingProfilePurpose.CHARGE_POINT_MAX_PROFILE)
    assert house.told_ma == [7_000]
    house.box.unplug()
    house.wait(minutes=1)
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=1)
    assert offered_ma(house) == 7_000, "every session"
    house.line.caller.on_text(house.line.rpc.call("clear", m.ClearChargingProfileRequest(), house.world.now))
    assert offered_ma(house) == 32_000


@pytest.mark.parametrize("limit", [0, 8])
def test_a_session_begins_within_its_limit(house, limit):
    """Not for an instant is more offered: the level is known in the turn that starts the session."""
    sets(house, {0: limit})
    house.box.unplug()
    house.wait(minutes=1)
    house.told_ma.clear()
    house.box.plug_in()
    house.box.type_pin(PIN)
    house.wait(minutes=10)
    assert max(house.told_ma) == limit * 1_000
    assert house.live.session is not None


def test_a_lower_limit_does_not_wait_for_the_disk_and_a_higher_one_does(house):
    sets(house, {0: 16})
    house.disk.mood = "slow"
    sets(house, {0: 8})
    assert offered_ma(house) == 8_000
    house.disk.let_go()
    house.disk.mood = "slow"
    sets(house, {0: 12})
    assert offered_ma(house) == 8_000
    house.disk.let_go()
    assert offered_ma(house) == 12_000


def test_offline_the_schedule_goes_on(house):
    """§3.13.6"""
    sets(house, {0: 8, 600: 10})
    house.line.open = False
    house.line.caller.on_close(1006)
    house.wait(seconds=601)
    assert offered_ma(house) == 10_000
