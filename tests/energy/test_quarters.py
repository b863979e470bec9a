"""Quarter-hour boundaries."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from laadboek.clock import from_us
from laadboek.energy import quarters, zones

instants = st.integers(10**15, 3 * 10**15).map(from_us)  # 2001 to 2065


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01T{text}Z")


def test_a_boundary_belongs_to_the_quarter_that_it_begins():
    assert quarters.at_or_before(at("09:15:00")) == at("09:15:00")
    assert quarters.at_or_before(at("09:14:59.999999")) == at("09:00:00")
    assert quarters.after(at("09:15:00")) == at("09:30:00")
    assert quarters.after(at("09:14:59.999999")) == at("09:15:00")


def test_those_inside_a_session_do_not_include_its_ends():
    assert list(quarters.inside(at("09:00:00"), at("09:45:00"))) == [at("09:15:00"), at("09:30:00")]
    assert list(quarters.inside(at("08:59:59"), at("09:00:01"))) == [at("09:00:00")]
    assert list(quarters.inside(at("09:00:01"), at("09:15:00"))) == []
    assert list(quarters.inside(at("09:30:00"), at("09:00:00"))) == []


@given(instants, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_boundaries_cut_a_session_into_pieces_of_at_most_a_quarter(start, length):
    cuts = [start, *quarters.inside(start, start + length), start + length]
    pieces = [later - earlier for earlier, later in pairwise(cuts)]
    assert sum(pieces, timedelta()) == length
    assert all(piece <= quarters.QUARTER for piece in pieces)
    assert all(piece == quarters.QUARTER for piece in pieces[1:-1])


@given(instants, st.sampled_from(["Europe/Amsterdam", "Asia/Kathmandu", "Australia/Adelaide", "Pacific/Chatham"]))
def test_clocks_on_the_wall_show_whole_quarters_there(instant, zone):
    shown = zones.local(quarters.at_or_before(instant), zone)
    assert (shown.minute % 15, shown.second, shown.microsecond) == (0, 0, 0)
