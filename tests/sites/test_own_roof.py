"""What the own roof gives each car, for the books: house and battery first, then all cars by what they draw."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from laadboek.site import own_roof
from laadboek.site.config import SiteConfig
from laadboek.site.effects import ShareSun
from laadboek.site.topology import Branch, Place, place
from laadboek.supply import Appetite, Demand, GridReading

from .house import FUSE_25, House, SimulatedCar

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BRANCH = Branch((), (0, 1, 2), True, 0)


def car(number: int, drawn_w: int, appetite: Appetite = Appetite.FULL) -> Place:
    demand = Demand(connector_id=1, appetite=appetite, drawn_w=drawn_w, most_ma=32_000)
    return place((f"chg_{number}", 1), demand, BRANCH, number)


def given_w(reading: GridReading | None, *cars: Place) -> list[int | None]:
    return [share.sun_w for share in own_roof.shares(reading, cars).values()]


def grid(power_w: int, **measured: int) -> GridReading:
    return GridReading(taken_at=NOW, power_w=power_w, **measured)  # type: ignore[arg-type]


def test_what_is_not_imported_is_the_suns() -> None:
    assert given_w(grid(2_000, solar_w=5_500), car(1, 7_000)) == [5_000]
    assert given_w(grid(7_500, solar_w=0), car(1, 7_000)) == [0]


def test_while_power_is_exported_all_of_it_is_the_suns() -> None:
    [sun_w] = given_w(grid(-1_000, solar_w=9_000), car(1, 7_000))
    assert sun_w is not None and sun_w >= 7_000


def test_what_the_home_battery_gives_is_no_sun() -> None:
    assert given_w(grid(0, solar_w=3_000, battery_w=4_000), car(1, 7_000)) == [3_000]


def test_more_than_the_roof_gives_is_never_its() -> None:
    assert given_w(grid(0, solar_w=3_000), car(1, 7_000)) == [3_000]


def test_cars_share_by_what_they_draw_whatever_their_mode_is() -> None:
    fast, eco = car(1, 6_000), car(2, 2_000, Appetite.SURPLUS)
    assert given_w(grid(4_000, solar_w=4_000), fast, eco) == [3_000, 1_000]


def test_who_is_about_to_draw_has_what_those_leave_who_draw() -> None:
    assert given_w(grid(-3_000, solar_w=6_000), car(1, 2_000), car(2, 0))[1] == 3_000
    assert given_w(grid(-3_000, solar_w=6_000), car(1, 0, Appetite.NOTHING)) == [0]


def test_without_a_meter_nobody_knows() -> None:
    assert given_w(None, car(1, 7_000)) == [None]


@given(st.integers(-20_000, 20_000), st.integers(0, 15_000), st.lists(st.integers(0, 11_000), min_size=1, max_size=5))
def test_no_two_cars_are_given_the_same_sun(power_w: int, solar_w: int, drawn: list[int]) -> None:
    cars = [car(number, drawn_w) for number, drawn_w in enumerate(drawn)]
    shares = given_w(grid(power_w, solar_w=solar_w), *cars)
    used_w = sum(min(share or 0, drawn_w) for share, drawn_w in zip(shares, drawn, strict=True))
    assert used_w <= solar_w + own_roof.STEP_W * len(cars)
    assert all(share is not None and share >= 0 for share in shares)


def test_a_site_tells_it_when_it_changes_and_that_it_lost_its_meter() -> None:
    house = House(SimulatedCar("alice", Appetite.FULL), config=SiteConfig(circuits=(FUSE_25,), has_meter=True))
    told = [effect for effect in house.look() if isinstance(effect, ShareSun)]
    assert [effect.charger_id for effect in told] == ["alice"]
    assert not [effect for effect in house.look() if isinstance(effect, ShareSun)]
