"""One charger and one car under a roof: phases that follow the sun, and cars with ways of their own."""

from datetime import timedelta

import pytest

from laadboek.facts import Mode

from .carport import NINE, Carport

# --- phases ---


def test_a_16_a_charger_goes_to_three_phases_when_the_sun_grows_and_back_when_it_falls():
    carport = Carport()
    carport.shine(2_000, minutes=20)
    carport.shine(3_000, minutes=20)
    assert carport.phases == 1
    for sun_w in (3_500, 4_000):
        carport.shine(sun_w, minutes=20)
        assert carport.phases == 1 and carport.drawn_w <= 3_900
    carport.shine(6_000, minutes=20)
    assert carport.phases == 3
    assert carport.drawn_w == pytest.approx(5_900, abs=200)
    carport.shine(2_500, minutes=20)
    assert carport.phases == 1
    assert carport.drawn_w == pytest.approx(2_400, abs=150)
    assert carport.interruptions <= 1, "a try on three phases at most"


def reasons(carport, sun_w, minutes):
    """What people read, in the order in which it changes."""
    found = []
    for _ in range(60 * minutes):
        carport.shine(sun_w, seconds=1)
        code = carport.core.explain(1, carport.world.now).code
        found += [] if found and found[-1] == code else [code]
    return found


def test_each_moment_of_a_sunny_day_has_its_reason():
    carport = Carport()
    assert reasons(carport, 500, 5)[-1] == "waiting_for_sun"
    started = reasons(carport, 2_500, 5)
    assert "sun_starting" in started and started[-1] == "charging_sun"
    assert "more_phases_soon" in reasons(carport, 6_000, 12)
    carport.shine(6_000, minutes=5)
    fewer = reasons(carport, 2_500, 6)
    assert {"fewer_phases_soon", "switching_phases"} <= set(fewer) and fewer[-1] == "charging_sun"
    assert [code for code in reasons(carport, 0, 10) if "soon" in code or "waiting" in code][-2:] == [
        "pausing_soon",
        "waiting_for_sun",
    ]


def test_a_car_that_is_woken_is_said_to_be_woken_also_while_its_offer_ends():
    carport = Carport(hangs_until_toggled=True)
    carport.shine(7_000, minutes=30)
    carport.shine(2_500, minutes=3)
    assert "limit_too_low" not in reasons(carport, 2_500, 6)


# --- cars with ways of their own ---


def test_a_car_that_fell_asleep_is_woken_and_follows_the_sun():
    carport = Carport(sleeps_after_s=900)
    carport.shine(0, hours=2)
    assert carport.drawn_w == 0
    carport.shine(3_000, minutes=10)
    assert carport.drawn_w > 1_200
    assert carport.waits == "following"
    offers = len(carport.offers)
    carport.shine(3_000, minutes=30)
    assert len(carport.offers) - offers <= 3, "it is left in peace"


def test_a_greedy_car_is_offered_less_and_people_hear_of_it_once():
    carport = Carport(Mode.ECO, settings={"Phases": "3"}, excess_percent=10)
    carport.shine(7_500, minutes=20)
    assert carport.notices == ["car.draws_too_much"]
    assert carport.drawn_w <= 7_550
    assert max(limit_ma for limit_ma, _ in carport.offers[-3:]) < 11_000


def test_a_greedy_car_at_full_power_draws_no_more_than_the_limit():
    carport = Carport(Mode.FAST, max_ma=32_000, settings={"LimitA": "12"}, excess_percent=10)
    carport.shine(0, minutes=10)
    assert max(carport.reading.current_ma) <= 12_000
    assert carport.notices == ["car.draws_too_much"]


@pytest.mark.parametrize("mode", [Mode.ECO, Mode.ECO_PLUS])
def test_a_car_with_its_own_timer_is_neither_woken_nor_wound_up(mode):
    carport = Carport(mode, wants_from=NINE + timedelta(hours=3))
    carport.shine(6_000, hours=2)
    before = len(carport.offers)
    assert carport.drawn_w == 0 and carport.interruptions == 0
    carport.shine(6_000, minutes=59, seconds=50)
    assert len(carport.offers) == before
    assert carport.reading.offered_ma <= 6_000, "it would jump"
    carport.shine(6_000, minutes=20)
    assert carport.drawn_w == pytest.approx(5_850, abs=250)


def switched(**quirks):
    """A car on three phases whose sun falls, so that it is switched to one."""
    carport = Carport(**quirks)
    carport.shine(7_000, minutes=30)
    assert carport.phases == 3
    carport.offers.clear()
    carport.shine(2_500, minutes=4)
    return carport


def test_a_car_that_hangs_a_while_after_a_switch_is_not_switched_back_and_goes_on():
    carport = switched(hangs_s=90)
    carport.shine(2_500, minutes=30)
    assert carport.phases == 1 and carport.drawn_w > 2_000
    assert carport.interruptions == 0 and carport.switches == 1


def test_a_car_that_hangs_after_a_switch_is_woken_by_a_short_end_of_its_offer():
    carport = switched(hangs_until_toggled=True)
    carport.shine(2_500, minutes=5)
    assert carport.phases == 1 and carport.drawn_w > 1_200
    assert carport.interruptions == 1
    carport.shine(2_500, minutes=30)
    assert carport.interruptions == 1 and carport.switches == 1


@pytest.mark.parametrize(
    "quirks",
    [{"sleeps_after_s": 700}, {"excess_percent": 8}, {"hangs_s": 120}, {"hangs_until_toggled": True}],
)
def test_a_changing_sky_makes_no_odd_car_flap(quirks):
    carport = Carport(**quirks)
    for _ in range(6):
        carport.shine(6_500, minutes=12)
        carport.shine(2_500, minutes=3)
        carport.shine(500, minutes=5)
    assert carport.interruptions <= 8 and carport.switches <= 6
    assert all(limit_ma == 0 or 6_000 <= limit_ma <= 16_000 for limit_ma, _ in carport.offers)
