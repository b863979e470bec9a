"""When a car charges (A4, RULES §4): the rules one by one, and what is said when a goal cannot be reached."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from laadboek.energy.plan import Goal
from laadboek.energy.planner import REASONS, Need, Quarter, plan_car, plan_cars
from laadboek.portal.words import texts

SIX = datetime(2026, 3, 1, 18, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
CHEAP, DEAR = 100_000, 300_000


def quarters(prices, start=SIX, **columns):
    """One per price; other columns by name, a value for all or one each."""
    each = {name: value if isinstance(value, list) else [value] * len(prices) for name, value in columns.items()}
    each = {"export_micro": [0] * len(prices)} | each
    return [
        Quarter(
            starts_at=start + index * QUARTER,
            import_micro=price,
            **{name: values[index] for name, values in each.items()},
        )
        for index, price in enumerate(prices)
    ]


def car(energy_wh, hours=4.0, key="car", **changes):
    """10 kW at most (2.5 kWh per quarter), 4 kW at least."""
    goal = Goal(energy_wh, SIX + timedelta(hours=hours))
    return Need(key=key, goal=goal, **({"most_w": 10_000, "floor_w": 4_000} | changes))


def shown(plan):
    return [f"{slot.starts_at:%H:%M:%S}-{slot.ends_at:%H:%M:%S} {slot.energy_wh}" for slot in plan.slots]


def code(plan):
    assert plan.why.code in REASONS
    return plan.why.code


# --- which quarters ---


def test_the_cheapest_quarters_until_the_wanted_time_are_taken():
    prices = [DEAR] * 6 + [CHEAP] * 4 + [DEAR] * 6 + [0] * 4
    plan = plan_car(quarters(prices), car(10_000), now=SIX)
    assert shown(plan) == ["19:30:00-20:30:00 10000"]
    assert (plan.cost_micro, plan.cost_at_once_micro) == (1_000_000, 3_000_000)
    assert plan.why.params == {"energy_wh": 10_000, "saved_micro": 2_000_000, "currency": "EUR"}
    assert plan.ready_at == SIX + timedelta(hours=2.5)


def test_of_equal_prices_the_later_one_wins_and_the_first_quarter_is_cut_at_its_start():
    plan = plan_car(quarters([CHEAP] * 16), car(6_000), now=SIX)
    assert shown(plan) == ["21:24:00-22:00:00 6000"]


def test_a_car_that_charges_goes_on_and_stops_early():
    prices = [CHEAP] * 2 + [DEAR] * 14
    assert shown(plan_car(quarters(prices), car(3_000, charging=True), now=SIX)) == ["18:00:00-18:18:00 3000"]


def test_a_short_dear_stretch_is_charged_through_when_a_start_costs_more():
    prices = [DEAR] * 4 + [CHEAP] * 2 + [CHEAP + 15_000] + [CHEAP] * 2 + [CHEAP + 20_000] + [DEAR] * 6
    assert len(plan_car(quarters(prices), car(12_500), now=SIX).slots) == 1
    prices[6] = DEAR
    prices[9] = CHEAP
    assert len(plan_car(quarters(prices), car(12_500), now=SIX).slots) == 2


def test_in_one_go_means_one_slot():
    prices = [DEAR, CHEAP, DEAR, DEAR, CHEAP, CHEAP + 1, DEAR, CHEAP] + [DEAR] * 8
    plan = plan_car(quarters(prices), car(7_500, continuous=True), now=SIX, start_cost_micro=0)
    assert shown(plan) == ["19:15:00-20:00:00 7500"]
    assert code(plan) == "plan.in_one_go"
    free = plan_car(quarters(prices), car(7_500), now=SIX, start_cost_micro=0)
    assert len(free.slots) == 3


def test_where_it_cannot_be_done_in_one_go_reaching_the_goal_comes_first():
    headroom = [10_000] * 3 + [0] * 10 + [10_000] * 3
    plan = plan_car(quarters([CHEAP] * 16, headroom_w=headroom), car(12_500, continuous=True), now=SIX)
    assert len(plan.slots) == 2
    assert plan.energy_wh == 12_500


def test_nothing_is_planned_before_the_car_is_there():
    plan = plan_car(quarters([0] * 4 + [DEAR] * 12), car(5_000, available_from=SIX + timedelta(hours=1)), now=SIX)
    assert plan.slots[0].starts_at >= SIX + timedelta(hours=1)


# --- sun ---


def test_surplus_that_reaches_the_floor_is_counted_on_without_a_slot():
    sun = [0] * 8 + [5_000] * 8
    plan = plan_car(quarters([DEAR] * 16, surplus_w=sun, export_micro=50_000), car(5_000), now=SIX)
    assert plan.slots == ()
    assert [slot.energy_wh for slot in plan.sun] == [5_000]
    assert plan.cost_micro == 250_000
    assert plan.why.params["solar_wh"] == 5_000


def test_surplus_below_the_floor_makes_a_slot_cheaper():
    sun = [0] * 8 + [3_900] * 4 + [0] * 4
    plan = plan_car(quarters([DEAR] * 16, surplus_w=sun), car(10_000), now=SIX)
    assert shown(plan) == ["20:00:00-21:00:00 10000"]
    assert plan.slots[0].solar_wh == 3_900
    assert plan.cost_micro == 6_100 * DEAR // 1000


def test_where_feeding_in_is_worth_the_full_price_the_sun_is_no_cheaper():
    prices = [CHEAP] * 4 + [DEAR] * 12
    plan = plan_car(quarters(prices, surplus_w=8_000, export_micro=prices), car(10_000), now=SIX)
    assert shown(plan) == ["18:00:00-19:00:00 10000"]


def test_a_moment_of_sun_or_of_full_power_is_no_stretch_of_its_own():
    sun = [0] * 8 + [5_000] * 4 + [0] * 4
    row = quarters([DEAR] * 16, surplus_w=sun, export_micro=50_000)
    for energy_wh in (5_001, 5_002, 21_998, 21_999):
        plan = plan_car(row, car(energy_wh, hours=3, most_w=22_000), now=SIX)
        assert all(slot.starts_at < slot.ends_at for slot in (*plan.slots, *plan.sun))
        assert plan.energy_wh == energy_wh


# --- what limits it ---


def test_a_quarter_with_less_than_the_floor_is_left_out():
    prices = [CHEAP] * 4 + [DEAR] * 12
    for headroom_w, expected in ((3_999, DEAR), (4_000, CHEAP)):
        headroom = [headroom_w] * 4 + [None] * 12
        plan = plan_car(quarters(prices, headroom_w=headroom), car(1_000), now=SIX)
        assert plan.cost_micro == expected


def test_the_peak_of_the_month_stretches_a_plan():
    plan = plan_car(quarters([CHEAP] * 16, headroom_w=5_000), car(10_000), now=SIX)
    assert shown(plan) == ["20:00:00-22:00:00 10000"]


# --- too little time, nothing to do, odd horizons ---


def test_with_too_little_time_it_charges_at_once_and_says_what_will_be_missing():
    plan = plan_car(quarters([DEAR] * 4 + [CHEAP] * 8), car(12_500, hours=1), now=SIX)
    assert shown(plan) == ["18:00:00-19:15:00 12500"]
    assert plan.why.params == {"missing_wh": 2_500, "ready_at": "2026-03-01T19:15:00+00:00"}
    assert code(plan) == "plan.too_late"


def test_just_enough_time_is_enough():
    plan = plan_car(quarters([DEAR] * 4 + [CHEAP] * 8), car(10_000, hours=1), now=SIX)
    assert shown(plan) == ["18:00:00-19:00:00 10000"]
    assert code(plan) == "plan.cheapest"


def test_a_fuse_that_leaves_nothing_is_said():
    plan = plan_car(quarters([CHEAP] * 16, headroom_w=3_999), car(5_000), now=SIX)
    assert (plan.slots, code(plan), plan.why.params) == ((), "plan.out_of_reach", {"missing_wh": 5_000})
    assert plan.ready_at is None


def test_a_wanted_time_that_has_passed_means_at_once():
    plan = plan_car(quarters([DEAR] * 16), car(5_000, hours=-1), now=SIX)
    assert shown(plan) == ["18:00:00-18:30:00 5000"]
    assert code(plan) == "plan.too_late"


@pytest.mark.parametrize("energy_wh", [0, -5])
def test_a_full_car_needs_nothing(energy_wh):
    plan = plan_car(quarters([-DEAR] * 16), car(energy_wh), now=SIX)
    assert (plan.slots, plan.cost_micro, code(plan)) == ((), 0, "plan.nothing_to_do")


def test_below_zero_it_takes_the_goal_and_no_more():
    plan = plan_car(quarters([DEAR] * 4 + [-CHEAP] * 8 + [DEAR] * 4), car(5_000), now=SIX)
    assert plan.energy_wh == 5_000
    assert plan.cost_micro == -500_000


def test_without_any_price_it_charges_late_and_says_so():
    plan = plan_car([], car(5_000), now=SIX)
    assert shown(plan) == ["21:30:00-22:00:00 5000"]
    assert code(plan) == "plan.no_prices"
    assert plan.known_until is None


def test_a_gap_in_the_prices_is_estimated_and_named():
    prices = quarters([DEAR] * 8 + [CHEAP] * 8)
    plan = plan_car(prices[:6] + prices[10:12], car(12_500), now=SIX)
    assert plan.energy_wh == 12_500
    assert plan.known_until == SIX + 6 * QUARTER
    assert code(plan) == "plan.prices_unknown"


def test_a_price_that_comes_twice_counts_once():
    prices = quarters([DEAR] * 8 + [CHEAP] * 8)
    twice = [*prices, *prices[8:10]]
    assert plan_car(twice, car(20_000), now=SIX).slots == plan_car(prices, car(20_000), now=SIX).slots


def test_a_published_price_is_preferred_to_an_estimate_that_is_hardly_better():
    known = [True] * 8 + [False] * 8
    for estimated, expected in ((96_000, True), (94_000, False)):
        plan = plan_car(quarters([CHEAP] * 8 + [estimated] * 8, known=known), car(5_000), now=SIX)
        assert (plan.slots[0].starts_at < SIX + 8 * QUARTER) is expected
        assert code(plan) == ("plan.cheapest" if expected else "plan.prices_unknown")
        assert plan.known_until == SIX + 8 * QUARTER


def test_the_night_in_which_the_clocks_change_has_its_own_length():
    zone = ZoneInfo("Europe/Brussels")
    now = datetime(2026, 3, 29, 1, tzinfo=zone)
    goal = Goal(20_000, datetime(2026, 3, 29, 4, tzinfo=zone))
    row = quarters([CHEAP] * 12, start=datetime(2026, 3, 29, tzinfo=UTC))
    need = Need(key="car", goal=goal, most_w=10_000, floor_w=4_000)
    plan = plan_car(row, need, now=now)
    assert plan.slots[0].starts_at == datetime(2026, 3, 29, tzinfo=UTC)
    assert plan.ready_at == datetime(2026, 3, 29, 2, tzinfo=UTC)
    assert code(plan) == "plan.cheapest"


def test_a_plan_in_the_middle_of_a_quarter_uses_the_rest_of_it():
    now = SIX + timedelta(minutes=5, microseconds=1)
    plan = plan_car(quarters([CHEAP] + [DEAR] * 15), car(1_500), now=now)
    assert shown(plan) == ["18:06:00-18:15:00 1500"]


# --- several cars ---


def test_two_cars_take_turns_on_a_fuse_for_one():
    row = quarters([DEAR] * 8 + [CHEAP] * 8, headroom_w=10_000)
    plans = plan_cars(row, [car(10_000, key="a"), car(10_000, key="b")], now=SIX)
    assert {key: plan.energy_wh for key, plan in plans.items()} == {"a": 10_000, "b": 10_000}
    (first,), (second,) = sorted((plan.slots for plan in plans.values()), key=lambda slots: slots[0].starts_at)
    assert first.ends_at <= second.starts_at
    assert sum(plan.cost_micro for plan in plans.values()) == 2_000_000


def test_who_must_leave_first_is_ready_first():
    row = quarters([CHEAP] * 8 + [DEAR] * 8, headroom_w=10_000)
    plans = plan_cars(row, [car(20_000, key="late"), car(20_000, hours=2, key="early")], now=SIX)
    assert {plan.why.code for plan in plans.values()} == {"plan.cheapest"}


def test_no_car_no_plan():
    assert plan_cars(quarters([CHEAP]), [], now=SIX) == {}


def test_two_cars_share_the_sun_once():
    row = quarters([DEAR] * 16, surplus_w=5_000)
    plans = plan_cars(row, [car(20_000, key="a"), car(20_000, key="b")], now=SIX)
    assert sum(slot.solar_wh for plan in plans.values() for slot in (*plan.slots, *plan.sun)) <= 20_000


def test_every_reason_has_its_sentence():
    assert REASONS.keys() <= texts.SENTENCES.keys()


# --- ready early ---


def test_a_car_is_ready_so_much_earlier_and_the_plan_still_names_the_wanted_time():
    need = car(10_000, early_s=600)
    plan = plan_car(quarters([DEAR] * 12 + [CHEAP] * 4), need, now=SIX)
    assert plan.ready_at == need.goal.ready_by - timedelta(minutes=10)
    assert plan.goal == need.goal and code(plan) == "plan.cheapest"


@pytest.mark.parametrize(
    ("energy_wh", "said", "missing_wh"),
    [(8_300, "plan.cheapest", None), (10_000, "plan.cheapest", None), (10_100, "plan.too_late", 100)],
)
def test_who_misses_only_the_aim_charges_at_once_and_is_not_called_late(energy_wh, said, missing_wh):
    plan = plan_car(quarters([DEAR, DEAR, DEAR, CHEAP] * 4), car(energy_wh, hours=1, early_s=600), now=SIX)
    assert plan.slots[-1].ends_at - SIX == pytest.approx(energy_wh * HOUR / 10_000, abs=timedelta(minutes=1.5))
    assert (code(plan), plan.why.params.get("missing_wh")) == (said, missing_wh)
