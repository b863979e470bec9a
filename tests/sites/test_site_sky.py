"""Where no source foretells the sun, a site works it out: its roofs under a clear sky, and what came through lately."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from laadboek.energy.contract import Dynamic
from laadboek.energy.forecast import Sunny, from_clear_sky
from laadboek.energy.plan import Goal
from laadboek.energy.quarters import QUARTER
from laadboek.energy.sun import Roof
from laadboek.energy.tariff import Spot
from laadboek.site import planning
from laadboek.site.config import SiteConfig
from laadboek.site.events import ForecastKnown, SpotsKnown
from laadboek.site.state import Durable, decode_state, encode_state
from laadboek.supply import Appetite

from .house import FUSE_25, House, SimulatedCar

ROOFS = (Roof(peak_w=8_000),)
SUNNY_HOME = SiteConfig(circuits=(FUSE_25,), has_meter=True, contract=Dynamic(), roofs=ROOFS)
JUNE = datetime(2026, 6, 10, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def planned(config=SUNNY_HOME, *, forecast=(), past=None):
    """A car that shall be ready in the evening, seen at dawn; energy costs the same all day."""
    house = House(SimulatedCar("alice", Appetite.SURPLUS), config=config, start=JUNE.isoformat())
    house.core.durable = past or Durable()
    house.cars["alice"].goal = Goal(10_000, JUNE + 15 * HOUR)
    house.do(SpotsKnown(tuple(Spot(JUNE + hour * HOUR, 3_600, 200_000) for hour in range(24))))
    house.do(ForecastKnown(forecast))
    house.look()
    return house.cars["alice"].plan


def past_days(percent):
    clear = from_clear_sky(ROOFS, SUNNY_HOME.latitude, SUNNY_HOME.longitude, JUNE - 3 * DAY, JUNE)
    return Durable(sun=tuple(replace(quarter, power_w=quarter.power_w * percent // 100) for quarter in clear))


def sun_wh(plan):
    return sum(slot.solar_wh for slot in (*plan.slots, *plan.sun))


def test_a_plan_counts_on_the_roofs_though_nobody_foretells_the_sun():
    assert sun_wh(planned()) > 8_000
    assert sun_wh(planned(replace(SUNNY_HOME, roofs=()))) == 0


def test_after_dark_days_it_counts_on_less():
    assert sun_wh(planned(past=past_days(100))) == sun_wh(planned())
    assert sun_wh(planned(past=past_days(4))) == 0


def test_what_a_source_foretells_counts_instead_as_far_as_it_reaches():
    dark = tuple(Sunny(JUNE + number * QUARTER, 0) for number in range(96))
    assert sun_wh(planned(forecast=dark)) == 0
    assert sun_wh(planned(forecast=dark[:8])) > 8_000


@pytest.mark.parametrize(("percent", "learnt"), [(100, 100), (40, 39), (0, 0)])
def test_the_share_of_the_clear_sky_is_learnt_from_the_meter_of_the_roof(percent, learnt):
    found = planning.learnt(None, SUNNY_HOME, "UTC", past_days(percent), JUNE)
    assert found.percent == pytest.approx(learnt, abs=1)
    assert planning.learnt(None, SUNNY_HOME, "UTC", Durable(), JUNE).percent == 100, "nothing was measured yet"


def test_it_is_worked_out_anew_every_six_hours():
    old = planning.Sky(JUNE, 70)
    assert planning.learnt(old, SUNNY_HOME, "UTC", past_days(100), JUNE + 6 * HOUR - timedelta(seconds=1)) == old
    assert planning.learnt(old, SUNNY_HOME, "UTC", past_days(100), JUNE + 6 * HOUR).percent == 100


def test_each_quarter_hour_of_the_roof_is_kept_for_a_week_and_saved():
    house = House(config=SUNNY_HOME, start=JUNE.isoformat())
    house.solar_w = 1_500
    house.look()
    house.pass_time(days=8)
    sun = house.core.durable.sun
    assert {quarter.power_w for quarter in sun} == {1_500}
    assert sun[-1].starts_at - sun[0].starts_at <= 7 * DAY
    assert decode_state(1, encode_state(house.core.durable)).sun == sun


def test_of_a_roof_that_nobody_measures_nothing_is_kept():
    house = House(config=SUNNY_HOME, start=JUNE.isoformat())
    house.look()
    house.pass_time(hours=2)
    assert house.core.durable.sun == ()
    assert house.core.durable.house != ()


def test_other_roofs_are_learnt_anew():
    house = House(config=SUNNY_HOME, start=JUNE.isoformat())
    house.core.planned = planning.Planned(sky=planning.Sky(JUNE, 10))
    house.configure(roofs=(Roof(peak_w=3_000),))
    assert house.core.planned.sky is None
