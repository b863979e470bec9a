"""The simulated meter of a home: what flows through the connection is what house, roof and chargers make of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from laadboek.devices.grid_meter import Load, NoMeter, SimulatedGridMeter
from laadboek.devices.house import House
from laadboek.ids import Ids

NOON = datetime(2026, 6, 1, 11, tzinfo=UTC)
NIGHT = datetime(2026, 6, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 365 * 86_400).map(lambda seconds: NIGHT + timedelta(seconds=seconds))


def house(**kwargs):
    return House(Ids(7), ZoneInfo("Europe/Amsterdam"), **kwargs)


def shown(now, *loads, of=None):
    return SimulatedGridMeter(of or house(), lambda at: loads).read(now)


def test_the_house_alone_is_its_load_less_its_roof():
    home = house()
    reading = shown(NOON, of=home)
    assert reading.power_w == home.home_w(NOON) - home.solar_w(NOON)
    assert reading.solar_w == home.solar_w(NOON) > 1_000
    assert reading.taken_at == NOON


@given(INSTANTS)
def test_the_three_phases_together_carry_the_power(now):
    reading = shown(now)
    assert abs(sum(reading.current_ma) * 230 // 1000 - reading.power_w) <= 3


def test_the_load_is_not_spread_evenly_and_the_same_whenever_one_asks():
    reading = shown(NIGHT)
    assert len(set(reading.current_ma)) == 3
    assert shown(NIGHT) == reading


def test_at_night_every_phase_imports_and_at_noon_a_phase_can_export():
    assert min(shown(NIGHT).current_ma) > 0
    assert min(shown(NOON).current_ma) < 0


def test_a_charger_draws_from_the_phases_to_which_it_is_wired():
    alone = shown(NIGHT).current_ma
    for rotation, phase in (("RST", 0), ("STR", 1), ("TRS", 2)):
        reading = shown(NIGHT, Load(2_300, (10_000, 0, 0), rotation))
        assert [there - before for there, before in zip(reading.current_ma, alone, strict=True)] == [
            10_000 if at == phase else 0 for at in range(3)
        ]
        assert reading.power_w == shown(NIGHT).power_w + 2_300


def test_two_chargers_add_up():
    both = shown(NIGHT, Load(2_300, (10_000, 0, 0)), Load(6_900, (10_000, 10_000, 10_000), "TRS"))
    assert both.power_w == shown(NIGHT).power_w + 9_200
    assert both.current_ma[0] == shown(NIGHT).current_ma[0] + 20_000


def test_a_roof_that_is_not_there_gives_nothing():
    assert shown(NOON, of=house(solar_peak_w=0)).solar_w == 0


def test_who_is_silent_shows_nothing():
    meter = SimulatedGridMeter(house(), lambda at: ())
    meter.silent = True
    assert meter.read(NOON) is None
    meter.silent = False
    assert meter.read(NOON + timedelta(seconds=5)).taken_at == NOON + timedelta(seconds=5)
    assert NoMeter().read(NOON) is None
