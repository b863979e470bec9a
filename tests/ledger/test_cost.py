"""What a session cost: by the quarter-hour, grid at its price, sun at the feed-in value lost; unknown stays unknown."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laadboek.energy.contract import Charges, Dynamic, FeedIn, Fixed, Rate
from laadboek.energy.tariff import Spot
from laadboek.ledger.cost import cost_micro, shares
from laadboek.ledger.entry import SessionFacts

START = datetime(2026, 3, 1, 9, 7, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
SESSION = SessionFacts(
    session_id="ses_1",
    connector_id=1,
    id_tag="LBALICE",
    kind="business",
    mode="eco",
    started_at=START,
    start_register_wh=1_000,
    quarters=((START + timedelta(minutes=8), 2_000), (START + timedelta(minutes=23), 5_000)),
    ended_at=START + timedelta(minutes=30),
    end_register_wh=6_000,
    reason="Local",
)
SINCE = date(2026, 1, 1)
FIXED = Fixed(energy=(Rate(SINCE, 300_000),), charges=Charges(feed_in=(FeedIn(since=SINCE, plus_micro=50_000),)))
PLACE = {"zone": "Europe/Amsterdam", "country": "NL"}


def test_energy_of_the_grid_costs_its_price_and_sun_what_it_would_have_brought() -> None:
    assert cost_micro(SESSION, FIXED, (), **PLACE) == 5 * 300_000
    given_wh = ((START + timedelta(minutes=8), 0), (START + timedelta(minutes=23), 1_500))
    sunny = replace(SESSION, sun_wh=2_000, sun_quarters=given_wh)
    assert cost_micro(sunny, FIXED, (), **PLACE) == 3 * 300_000 + 2 * 50_000


def test_each_quarter_hour_has_its_own_price() -> None:
    first = datetime(2026, 3, 1, 9, tzinfo=UTC)
    spots = [Spot(first + number * QUARTER, 900, price) for number, price in enumerate((100_000, 200_000, 400_000))]
    assert [share.energy_wh for share in shares(SESSION)] == [1_000, 3_000, 1_000]
    assert cost_micro(SESSION, Dynamic(), spots, **PLACE) == 100_000 + 3 * 200_000 + 400_000


def test_a_price_that_is_not_known_makes_the_whole_unknown() -> None:
    first = datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert cost_micro(SESSION, Dynamic(), [Spot(first, 900, 100_000)], **PLACE) is None
    assert cost_micro(SESSION, Dynamic(), [], **PLACE) is None


def test_a_session_without_energy_costs_nothing_at_any_price() -> None:
    nothing = replace(SESSION, quarters=(), end_register_wh=1_000)
    assert cost_micro(nothing, Dynamic(), (), **PLACE) == 0


def test_where_a_boundary_has_no_register_the_energy_is_spread_evenly() -> None:
    gap = replace(
        SESSION, started_at=datetime(2026, 3, 1, 9, tzinfo=UTC), quarters=(), ended_at=START + timedelta(minutes=53)
    )
    assert [share.energy_wh for share in shares(gap)] == [1_250] * 4


def test_a_session_by_a_dead_clock_has_no_price() -> None:
    assert cost_micro(replace(SESSION, started_at=datetime(1970, 1, 1, tzinfo=UTC)), FIXED, (), **PLACE) is None


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_both_days_on_which_the_clocks_are_set_have_all_their_quarters(day: date) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    long = replace(SESSION, started_at=start, quarters=(), ended_at=start + timedelta(hours=4))
    assert len(list(shares(long))) == 16
    assert cost_micro(long, FIXED, (), **PLACE) == 5 * 300_000


@given(
    st.integers(0, 10**6),
    st.integers(0, 100),
    st.integers(1, 40 * 24 * 3600),
    st.lists(st.integers(0, 10**6), max_size=5),
)
def test_the_parts_are_the_whole(start_wh: int, sun_percent: int, lasts_s: int, registers: list[int]) -> None:
    ended_at = START + timedelta(seconds=lasts_s)
    inside = [START + timedelta(minutes=8) + number * QUARTER for number in range(len(registers))]
    marks = [(at, start_wh + wh) for at, wh in zip(inside, sorted(registers), strict=True) if at < ended_at]
    end_wh = (marks[-1][1] if marks else start_wh) + 17
    sun_wh = (end_wh - start_wh) * sun_percent // 100
    session = replace(
        SESSION, start_register_wh=start_wh, end_register_wh=end_wh, quarters=tuple(marks), ended_at=ended_at,
        sun_wh=sun_wh,
    )  # fmt: skip
    found = list(shares(session))
    assert sum(share.energy_wh for share in found) == session.energy_wh
    assert all(0 <= share.sun_wh <= share.energy_wh for share in found)
