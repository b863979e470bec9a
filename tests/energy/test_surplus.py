"""The control law of Eco and Eco+ (A1, A2): both sides of each limit, and what holds whatever the sun does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from laadboek.energy import surplus
from laadboek.energy.surplus import Law, Rules, Sample, Why

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
ONE_PHASE = Rules(pauses=True, most_ma=32_000, phases=1)
SWITCHES = Rules(pauses=True, most_ma=16_000, phases=3, switches=True)
THREE = Rules(pauses=True, most_ma=16_000, phases=3)
FLOOR_1_W, FLOOR_3_W = 1_380, 4_140


class Lane:
    """A car that takes at once what it is offered, and a law that looks every few seconds."""

    def __init__(self, rules=ONE_PHASE, *, car_phases=3, car_ma=16_000, every_s=1, slack_ma=0, offered_ma=0):
        self.rules, self.car_phases, self.car_ma, self.slack_ma = rules, car_phases, car_ma, slack_ma
        self.every_s, self.now, self.switched = every_s, NINE, []
        self.offered_ma, self.offered_phases = offered_ma, rules.phases if offered_ma else None
        self.active = None
        self.law = None
        self.starts = 0

    @property
    def phases(self):
        return min(self.offered_phases or self.rules.phases, self.car_phases)

    @property
    def drawn_ma(self):
        return max(0, min(self.offered_ma - self.slack_ma, self.car_ma)) if self.offered_ma else 0

    def sample(self, surplus_w, to_start_w=None):
        left = 6 - sum(self.now - at < timedelta(days=1) for at in self.switched)
        return Sample(
            surplus_w=surplus_w,
            to_start_w=to_start_w,
            drawn_w=self.drawn_ma * 230 * self.phases // 1_000,
            active=self.active,
            offered_ma=self.offered_ma,
            offered_phases=self.offered_phases,
            switched_at=self.switched[-1] if self.switched else None,
            switches_left=left,
        )

    def look(self, surplus_w, to_start_w=None):
        sample = self.sample(surplus_w, to_start_w)
        law = surplus.begun(sample, self.rules) if self.law is None else self.law
        self.law = surplus.step(law, sample, self.rules, self.now)
        self.starts += self.law.offer_ma > 0 and self.offered_ma == 0
        if self.law.offer_ma and self.offered_phases not in (None, self.law.phases):
            self.switched.append(self.now)
        self.offered_ma = self.law.offer_ma
        if self.offered_ma:
            self.offered_phases = self.law.phases
            if self.offered_phases == self.rules.phases:
                self.active = min(self.car_phases, self.rules.phases)

    def shine(self, surplus_w, seconds):
        """Look now, and until so many seconds have passed."""
        for _ in range(0, seconds + 1, self.every_s):
            self.look(surplus_w)
            self.now += timedelta(seconds=self.every_s)
        self.now -= timedelta(seconds=self.every_s)

    def wait(self, seconds=1):
        self.now += timedelta(seconds=seconds)


def charging(rules=ONE_PHASE, surplus_w=2_300, **lane):
    """Long enough for everything to have settled."""
    lane = Lane(rules, **lane)
    lane.shine(surplus_w, 600)
    assert lane.offered_ma
    lane.wait()
    return lane


# --- Start and stop ---------------------------------------------------------------------------------------------------


def test_eco_plus_starts_when_the_surplus_has_sufficed_for_60_seconds():
    lane = Lane()
    lane.shine(FLOOR_1_W, 59)
    assert (lane.offered_ma, lane.law.why) == (0, Why.STARTING)
    assert lane.law.due_at == NINE + timedelta(seconds=60)
    lane.wait()
    lane.look(FLOOR_1_W)
    assert lane.offered_ma == 6_000


def test_a_watt_too_little_does_not_start_it_and_a_gap_begins_the_wait_anew():
    lane = Lane()
    lane.shine(FLOOR_1_W - 1, 600)
    assert (lane.offered_ma, lane.law.why, lane.law.needed_w) == (0, Why.TOO_LITTLE, FLOOR_1_W)
    lane.shine(FLOOR_1_W, 59)
    lane.shine(FLOOR_1_W - 1, 0)
    lane.wait()
    lane.shine(FLOOR_1_W, 59)
    assert lane.offered_ma == 0
    lane.wait()
    lane.look(FLOOR_1_W)
    assert lane.offered_ma == 6_000


@pytest.mark.parametrize(("percent", "enough_w"), [(100, 1_380), (60, 828), (1, 14)])
def test_the_green_level_is_the_share_of_the_least_power_that_must_be_surplus(percent, enough_w):
    rules = replace(ONE_PHASE, green_percent=percent)
    too_little, enough = Lane(rules), Lane(rules)
    too_little.shine(enough_w - 1, 120)
    enough.shine(enough_w, 120)
    assert (too_little.offered_ma, enough.offered_ma) == (0, 6_000)


def test_it_pauses_when_the_surplus_was_too_little_for_180_seconds():
    lane = charging()
    lane.shine(FLOOR_1_W - 1, 179)
    assert (lane.offered_ma, lane.law.why) == (6_000, Why.STOPPING)
    lane.wait()
    lane.look(FLOOR_1_W - 1)
    assert (lane.offered_ma, lane.law.why) == (0, Why.TOO_LITTLE)


def test_a_moment_of_sun_begins_the_wait_for_a_pause_anew():
    lane = charging()
    lane.shine(0, 179)
    lane.wait()
    lane.look(FLOOR_1_W)
    lane.wait()
    lane.shine(0, 179)
    assert lane.offered_ma == 6_000


def test_it_never_pauses_within_five_minutes_of_its_start():
    lane = Lane()
    lane.shine(FLOOR_1_W, 60)
    started = lane.now
    lane.wait()
    lane.shine(0, 298)
    assert lane.offered_ma == 6_000 and lane.law.due_at == started + timedelta(seconds=300)
    lane.wait()
    lane.look(0)
    assert lane.offered_ma == 0


def test_another_surplus_may_be_asked_for_to_start():
    lane = Lane()
    for _ in range(120):
        lane.look(3_000, FLOOR_1_W - 1)
        lane.wait()
    assert lane.offered_ma == 0


def test_eco_starts_at_once_and_never_pauses_whatever_the_sun_does():
    lane = Lane(replace(ONE_PHASE, pauses=False))
    lane.look(-2_000)
    assert (lane.offered_ma, lane.law.why) == (6_000, Why.TOPPED_UP)
    lane.wait()
    lane.shine(-2_000, 3_600)
    assert lane.offered_ma == 6_000
    lane.shine(2_300, 600)
    assert 9_750 <= lane.offered_ma <= 10_000 and lane.law.why is Why.FOLLOWING


def test_who_charged_in_fast_goes_on_at_the_floor_and_pauses_after_the_usual_time():
    lane = Lane(offered_ma=32_000)
    lane.look(0)
    assert (lane.offered_ma, lane.law.why) == (6_000, Why.STOPPING)
    lane.wait()
    lane.shine(0, 178)
    assert lane.offered_ma == 6_000
    lane.wait()
    lane.look(0)
    assert lane.offered_ma == 0


# --- How much ---------------------------------------------------------------------------------------------------------


def test_down_at_once_and_up_by_three_tenths_in_five_seconds():
    lane = charging(surplus_w=2_300, every_s=5)
    lane.look(1_610)
    assert 7_000 <= lane.offered_ma <= 7_010
    lane.wait(5)
    lane.look(2_300)
    once = lane.law.current_ma
    assert 7_890 <= once <= 7_910
    lane.look(2_300)
    assert lane.law.current_ma == once, "a second look at the same instant changes nothing"


@pytest.mark.parametrize(
    ("surplus_w", "offered_ma"),
    [(2_300 - 57, 10_000), (2_300 - 58, 9_747), (2_300 + 114, 10_000), (2_300 + 116, 10_504)],
)
def test_small_changes_are_not_told_to_the_car(surplus_w, offered_ma):
    lane = Lane(slack_ma=0)
    lane.law = Law(offer_ma=10_000, current_ma=10_000, phases=1, started_at=NINE - timedelta(hours=1))
    lane.offered_ma, lane.offered_phases = 10_000, 1
    lane.shine(surplus_w, 60)
    assert abs(lane.offered_ma - offered_ma) <= 5


def test_what_a_car_leaves_of_its_offer_is_offered_on_top():
    lane = charging(surplus_w=2_300, slack_ma=400)
    assert 9_500 <= lane.drawn_ma <= 10_000, "all but half an ampere"


def test_a_car_that_cannot_take_more_is_offered_two_ampere_above_and_no_more():
    lane = charging(surplus_w=7_000, car_ma=10_000)
    assert lane.offered_ma == 12_000
    lane.car_ma = 32_000
    lane.look(2_300)
    assert lane.offered_ma == 10_000, "nothing had wound up"


def test_a_car_that_draws_nothing_is_offered_the_floor():
    lane = charging(surplus_w=7_000, car_ma=0)
    assert lane.offered_ma == 6_000


def test_the_limit_binds_at_once():
    lane = charging(surplus_w=7_000, car_ma=32_000)
    assert lane.offered_ma > 28_000
    lane.rules = replace(ONE_PHASE, most_ma=9_000)
    lane.look(7_000)
    assert lane.offered_ma == 9_000


# --- Phases -----------------------------------------------------------------------------------------------------------


def test_more_than_one_phase_takes_for_five_minutes_brings_all_three():
    lane = charging(SWITCHES, surplus_w=FLOOR_3_W)
    assert lane.offered_phases == 3, "ten minutes have passed"
    lane = Lane(SWITCHES)
    lane.offered_phases = 1
    lane.shine(FLOOR_3_W, 60)
    assert lane.offered_phases == 1
    lane.wait()
    lane.shine(FLOOR_3_W, 298)
    assert (lane.offered_phases, lane.law.why) == (1, Why.MORE_PHASES)
    lane.wait(2)
    lane.look(FLOOR_3_W)
    assert lane.offered_phases == 3


def test_what_one_phase_can_take_needs_no_more_phases():
    lane = charging(replace(SWITCHES, most_ma=32_000), surplus_w=2_000, car_phases=3, car_ma=32_000)
    lane.shine(7_300, 3_600)
    assert lane.offered_phases == 1 and lane.switched == []


def test_a_one_phase_car_is_tried_once_and_then_left_on_what_it_has():
    lane = charging(SWITCHES, surplus_w=2_000, car_phases=1)
    lane.shine(6_000, 3_600)
    assert len(lane.switched) == 1
    lane.shine(2_000, 3_600)
    assert len(lane.switched) == 1 and lane.drawn_ma * 230 <= 2_000_000


def on_three():
    lane = charging(SWITCHES, surplus_w=2_000)
    lane.shine(6_000, 900)
    assert lane.offered_phases == 3
    lane.wait()
    return lane


def test_too_little_for_three_for_180_seconds_brings_one_phase_back():
    lane = on_three()
    lane.shine(FLOOR_3_W - 1, 179)
    assert (lane.offered_phases, lane.law.why) == (3, Why.FEWER_PHASES)
    lane.wait()
    lane.look(FLOOR_3_W - 1)
    assert lane.offered_phases == 1 and lane.offered_ma >= 6_000


def test_nothing_is_concluded_for_60_seconds_after_a_switch():
    lane = on_three()
    lane.shine(2_000, 180)
    assert lane.offered_phases == 1
    lane.wait()
    lane.shine(0, 58)
    assert lane.law.why is Why.SETTLING and lane.law.short_since is None
    lane.wait()
    lane.look(0)
    assert lane.law.short_since == lane.now


def test_too_little_for_any_phase_pauses_without_a_switch():
    lane = on_three()
    before = list(lane.switched)
    lane.shine(FLOOR_1_W - 1, 180)
    assert lane.offered_ma == 0 and lane.switched == before


def test_from_fast_to_eco_with_little_sun_one_phase_comes_at_once():
    lane = Lane(replace(SWITCHES, pauses=False), offered_ma=16_000)
    lane.look(FLOOR_3_W - 1)
    assert lane.offered_phases == 1
    lane = Lane(replace(SWITCHES, pauses=False), offered_ma=16_000)
    lane.look(FLOOR_3_W)
    assert lane.offered_phases == 3


def test_no_more_than_six_switches_a_day_and_the_last_one_comes_back_to_one_phase():
    lane = charging(SWITCHES, surplus_w=2_000)
    for _ in range(10):
        lane.shine(6_000, 2_400)
        lane.shine(2_000, 600)
    assert len(lane.switched) == 6 and lane.offered_phases == 1
    lane.wait(24 * 3_600)
    lane.shine(6_000, 600)
    assert len(lane.switched) == 7


def test_a_start_that_was_soon_undone_waits_twice_as_long_the_next_time():
    lane = charging(surplus_w=2_000)
    lane.shine(0, 600)
    assert lane.offered_ma == 0
    lane.shine(2_000, 119)
    assert lane.offered_ma == 0
    lane.shine(2_000, 2)
    assert lane.offered_ma > 0


def test_after_two_hours_of_pause_the_weather_is_another():
    lane = charging(surplus_w=2_000)
    lane.shine(0, 600 + 7_200)
    lane.shine(2_000, 61)
    assert lane.offered_ma > 0


def test_a_start_that_lasted_half_an_hour_is_no_mistake():
    lane = charging(surplus_w=2_000)
    lane.shine(2_000, 1_800)
    lane.shine(0, 600)
    lane.shine(2_000, 61)
    assert lane.offered_ma > 0


def test_a_change_to_three_phases_that_was_soon_undone_waits_twice_as_long_the_next_time():
    lane = charging(SWITCHES, surplus_w=2_000)
    lane.shine(6_000, 400)
    lane.shine(2_000, 400)
    assert len(lane.switched) == 2
    lane.shine(6_000, 590)
    assert len(lane.switched) == 2
    lane.shine(6_000, 20)
    assert len(lane.switched) == 3


# --- Cars that are not known yet --------------------------------------------------------------------------------------


def test_a_car_whose_phases_are_not_known_is_tried_on_the_power_of_one_for_a_minute():
    lane = Lane(THREE)
    lane.shine(FLOOR_1_W, 60)
    assert lane.offered_ma == 6_000
    lane.wait()
    lane.shine(FLOOR_1_W, 59)
    assert lane.offered_ma == 6_000
    lane.wait()
    lane.look(FLOOR_1_W)
    assert lane.offered_ma == 0 and lane.active == 3
    lane.shine(FLOOR_3_W - 1, 3_600)
    assert (lane.offered_ma, lane.starts) == (0, 1), "it is tried once"


@pytest.mark.parametrize(("car_phases", "enough_w"), [(1, 1_380), (2, 2_760), (3, 4_140)])
def test_a_car_needs_the_power_of_the_phases_that_it_uses(car_phases, enough_w):
    lane = Lane(THREE, car_phases=car_phases)
    lane.shine(enough_w, 900)
    assert lane.offered_ma == 6_000
    lane.shine(enough_w - 1, 181)
    assert lane.offered_ma == 0
    lane.shine(enough_w - 1, 120)
    assert lane.offered_ma == 0


# --- Nobody measures --------------------------------------------------------------------------------------------------


def test_without_a_meter_it_charges_at_the_floor_and_no_faster():
    lane = charging(surplus_w=6_000, car_ma=32_000)
    lane.look(None)
    assert (lane.offered_ma, lane.law.why) == (6_000, Why.BLIND)
    lane.wait()
    lane.shine(None, 7_200)
    assert lane.offered_ma == 6_000
    lane.shine(6_000, 60)
    assert lane.offered_ma > 15_000, "and follows again"


def test_a_pause_outlasts_a_meter_that_is_away_for_a_moment():
    lane = Lane()
    lane.shine(0, 60)
    lane.wait()
    lane.shine(None, 59)
    assert lane.offered_ma == 0
    lane.wait()
    lane.look(None)
    assert lane.offered_ma == 6_000


# --- Whatever the sun does --------------------------------------------------------------------------------------------

SKIES = st.lists(st.tuples(st.one_of(st.none(), st.integers(-5_000, 12_000)), st.integers(0, 400)), max_size=40)
RULES = st.builds(
    Rules,
    pauses=st.booleans(),
    most_ma=st.integers(6_000, 32_000),
    phases=st.sampled_from([1, 3]),
    switches=st.booleans(),
    floor_ma=st.sampled_from([6_000]),
    green_percent=st.integers(1, 100),
)


@given(rules=RULES, sky=SKIES, car_phases=st.integers(1, 3), car_ma=st.integers(0, 40_000))
@settings(max_examples=150, deadline=None)
def test_never_between_pause_and_floor_and_never_above_the_limit(rules, sky, car_phases, car_ma):
    lane = Lane(rules, car_phases=car_phases, car_ma=car_ma, every_s=5)
    for surplus_w, seconds in sky:
        for _ in range(1 + seconds // 5):
            lane.look(surplus_w)
            lane.wait(5)
            assert lane.offered_ma == 0 or rules.floor_ma <= lane.offered_ma <= rules.most_ma
            assert rules.pauses or lane.offered_ma
            assert lane.law.phases in (1, rules.phases)
    assert len(lane.switched) <= 6


@given(sky=SKIES)
@settings(max_examples=100, deadline=None)
def test_at_most_eleven_starts_an_hour(sky):
    lane = Lane(every_s=5)
    starts = []
    for surplus_w, seconds in sky:
        for _ in range(1 + seconds // 5):
            before = lane.starts
            lane.look(surplus_w)
            starts += [lane.now] * (lane.starts - before)
            lane.wait(5)
    for first in starts:
        assert sum(first <= start < first + timedelta(hours=1) for start in starts) <= 11
