"""What a period is cut into: without a gap, and right on both days on which the clocks are set."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from laadboek.actions.session_slots import slots_of
from laadboek.energy import zones
from laadboek.energy.zones import Span

ZONES = ("Europe/Amsterdam", "Australia/Lord_Howe", "Asia/Kathmandu")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("span", list(Span))
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2028, 2, 29)])
def test_the_slots_are_the_period(day: date, span: Span, zone: str) -> None:
    period = zones.period(span, day, zone)
    slots = slots_of(period, zone)
    assert (slots[0].start, slots[-1].end) == (period.start, period.end)
    assert all(one.end == other.start and one.start < one.end for one, other in pairwise(slots))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_day_has_as_many_slots_as_hours(day: date, hours: int) -> None:
    slots = slots_of(zones.period(Span.DAY, day, "Europe/Amsterdam"), "Europe/Amsterdam")
    assert len(slots) == hours
    assert {slot.end - slot.start for slot in slots} == {timedelta(hours=1)}
