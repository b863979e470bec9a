"""Plans for cars at a site: who gets one, when it is made anew, and what bad prices do to it."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from laadboek.energy.contract import Dynamic, Fixed
from laadboek.energy.forecast import Sunny
from laadboek.energy.plan import Goal, Need, Quarter
from laadboek.energy.planner import plan_car
from laadboek.energy.tariff import Spot
from laadboek.site.config import SiteConfig
from laadboek.site.effects import GivePlan
from laadboek.site.events import ForecastKnown, SpotsKnown
from laadboek.site.planning import READY_EARLY, _moved
from laadboek.supply import Appetite

from .house import FUSE_25, House, SimulatedCar

EVENING = "2026-03-01T20:00:00Z"
HOUR = timedelta(hours=1)
DYNAMIC = SiteConfig(circuits=(FUSE_25,), has_meter=True, contract=Dynamic())


def spots(first: str, prices: dict[int, int], hours: int = 48, usual: int = 200_000) -> tuple[Spot, ...]:
    """Hourly, micro per kWh; `prices` by hours from the first."""
    start = datetime.fromisoformat(first).astimezone(UTC)
    return tuple(Spot(start + hour * HOUR, 3_600, prices.get(hour, usual)) for hour in range(hours))


def waiting(energy_wh=11_000, hours=11, asked=False, config=DYNAMIC, start=EVENING, **house):
    """A car in Eco+ that shall be ready in the morning."""
    car = SimulatedCar("alice", Appetite.SURPLUS)
    home = House(car, config=config, start=start, **house)
    car.goal = Goal(energy_wh, home.now + hours * HOUR, asked)
    return home, car


def test_the_cheapest_hour_before_the_departure_is_chosen():
    house, car = waiting()
    house.do(SpotsKnown(spots(EVENING, {5: 50_000})))
    house.look()
    assert [slot.starts_at.hour for slot in car.plan.slots] == [1]
    assert car.plan.cost_micro < car.plan.cost_at_once_micro
    assert car.plan.currency == "EUR"


def test_without_a_dynamic_contract_only_a_person_gets_a_plan():
    fixed = replace(DYNAMIC, contract=Fixed(energy=()))
    house, car = waiting(config=fixed)
    house.look()
    assert car.plan is None
    house, car = waiting(config=fixed, asked=True)
    house.look()
    assert car.plan is not None


def test_without_any_contract_a_person_still_gets_a_plan_that_says_what_is_not_known():
    house, car = waiting(config=replace(DYNAMIC, contract=None), asked=True)
    house.look()
    assert car.plan.why.code == "plan.no_prices"


def test_a_plan_is_told_once_and_again_only_when_it_changed():
    house, car = waiting()
    house.do(SpotsKnown(spots(EVENING, {5: 50_000})))
    house.look()
    house.effects.clear()
    house.pass_time(hours=2)
    assert [effect for effect in house.effects if isinstance(effect, GivePlan)] == []
    house.do(SpotsKnown(spots(EVENING, {5: 50_000, 8: 10_000})))
    assert [slot.starts_at.hour for slot in car.plan.slots] == [4]


def test_another_goal_is_planned_at_the_next_look_and_none_takes_the_plan_away():
    house, car = waiting()
    house.do(SpotsKnown(spots(EVENING, {5: 50_000, 3: 60_000})))
    house.look()
    car.goal = Goal(11_000, house.now + 4 * HOUR + READY_EARLY, True)
    house.look()
    assert [slot.starts_at.hour for slot in car.plan.slots] == [23]
    car.goal = None
    house.look()
    assert car.plan is None


def test_progress_that_differs_from_the_plan_makes_a_new_one():
    house, car = waiting(energy_wh=11_000)
    house.do(SpotsKnown(spots(EVENING, {5: 50_000})))
    house.look()
    before = car.plan.energy_wh
    car.goal = Goal(9_000, car.goal.ready_by)
    house.look()
    assert car.plan.energy_wh < before


def test_what_the_sun_alone_should_have_brought_by_now_is_no_news():
    made, ready = datetime(2026, 6, 1, 10, tzinfo=UTC), datetime(2026, 6, 1, 16, tzinfo=UTC)
    quarters = [
        Quarter(starts_at=made + n * HOUR / 4, import_micro=300_000, export_micro=0, surplus_w=5_000) for n in range(24)
    ]
    need = Need(key="alice", goal=Goal(20_000, ready), most_w=11_000, floor_w=4_140)
    plan = plan_car(quarters, need, now=made)
    assert plan.slots == ()
    halfway = plan.sun[0].starts_at + (plan.sun[0].ends_at - plan.sun[0].starts_at) / 2
    for left_wh, moved in ((10_000, False), (10_501, True), (9_499, True), (20_000, True)):
        assert _moved(plan, Goal(left_wh, ready), halfway) is moved


def test_two_cars_share_the_fuse_in_their_plans():
    bob = SimulatedCar("bob", Appetite.SURPLUS)
    house, alice = waiting(energy_wh=11_000, hours=6)
    house.cars["bob"] = bob
    bob.goal = alice.goal
    house.do(SpotsKnown(spots(EVENING, {2: 50_000})))
    house.look()
    cheap = (house.now + 2 * HOUR, house.now + 3 * HOUR)
    stretches = [(slot.starts_at, slot.ends_at) for car in (alice, bob) for slot in car.plan.slots]
    assert min(stretches)[0] < cheap[0] or max(stretches)[1] > cheap[1]  # it alone is not enough for both
    assert alice.plan.energy_wh == bob.plan.energy_wh == pytest.approx(11_000, abs=5)


def test_missing_prices_are_estimated_and_told_once_until_they_are_back():
    house, car = waiting(hours=40)
    house.look()
    assert house.notices() == ["prices.missing"]
    assert car.plan is not None
    house.pass_time(hours=1)
    assert house.notices() == []
    house.do(SpotsKnown(spots(EVENING, {})))
    assert "prices.back" in house.notices()


def test_a_gap_and_a_double_price_raise_nothing():
    known = spots(EVENING, {5: 50_000})
    house, car = waiting()
    house.do(SpotsKnown(known[:2] + known[4:]))
    house.look()
    assert [slot.starts_at.hour for slot in car.plan.slots] == [1]
    house.do(
        SpotsKnown(tuple(sorted(known + known + (replace(known[5], micro_per_kwh=60_000),), key=lambda s: s.starts_at)))
    )
    assert [slot.starts_at.hour for slot in car.plan.slots] == [1]


@pytest.mark.parametrize("night", ["2026-03-28T20:00:00+01:00", "2026-10-24T20:00:00+02:00"])
def test_when_the_clocks_change_the_cheapest_hour_is_still_the_hour(night):
    house, car = waiting(start=night, zone="Europe/Amsterdam")
    house.do(SpotsKnown(spots(night, {6: 50_000}, hours=30)))
    house.look()
    (slot,) = car.plan.slots
    assert timedelta() <= slot.starts_at - (house.now + 6 * HOUR) < timedelta(minutes=1)
    house.pass_time(hours=12)
    house.core.view(house.now)
    assert "meter.lost" not in house.notices()


def test_the_forecast_sun_beyond_the_house_counts_as_cheap():
    house, car = waiting(hours=18, energy_wh=5_000)
    quarter = timedelta(minutes=15)
    noon = datetime(2026, 3, 2, 11, tzinfo=UTC)
    house.do(SpotsKnown(spots(EVENING, {})))
    house.do(ForecastKnown(tuple(Sunny(noon + number * quarter, 9_000) for number in range(8))))
    house.look()
    assert car.plan.why.code == "plan.sun"


def test_the_house_is_learnt_by_quarter_hours_and_kept_for_a_week():
    house = House(SimulatedCar("alice", Appetite.NOTHING))
    house.base_ma = [1_000, 1_000, 1_000]
    house.look()
    house.pass_time(days=8)
    assert len(house.core.durable.house) == 7 * 96
    assert {used.power_w for used in house.core.durable.house} == {690}


def test_the_view_knows_prices_and_until_when():
    house, _ = waiting()
    house.do(SpotsKnown(spots(EVENING, {}, hours=28)))
    house.look()
    view = house.core.view(house.now)
    assert view.prices[0].starts_at == house.now
    assert view.known_until == house.now + 28 * HOUR
    assert view.shares[0].plan is not None


class KnownCar(SimulatedCar):
    """It waits on one phase for the sun, and at full power it takes so much on all of them."""

    full_ma, full_phases = 16_000, 3

    def demand(self):
        return replace(super().demand(), phases=1, full_ma=self.full_ma, full_phases=self.full_phases)


@pytest.mark.parametrize(("full_ma", "full_phases", "hours"), [(16_000, 3, 1), (16_000, 1, 3), (8_000, 3, 2)])
def test_a_plan_counts_on_what_the_car_takes_at_full_power_not_on_what_it_is_offered_now(full_ma, full_phases, hours):
    car = KnownCar("alice", Appetite.SURPLUS, most_ma=32_000)
    car.full_ma, car.full_phases = full_ma, full_phases
    house = House(car, config=DYNAMIC, start=EVENING)
    car.goal = Goal(11_040, house.now + 11 * HOUR)
    house.do(SpotsKnown(spots(EVENING, dict.fromkeys(range(4, 8), 50_000))))
    house.look()
    planned = sum(((slot.ends_at - slot.starts_at) for slot in car.plan.slots), timedelta())
    assert planned == pytest.approx(hours * HOUR, abs=timedelta(seconds=5))
