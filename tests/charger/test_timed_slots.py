"""Timed boosts as text: what is understood, how it is written back, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.charger.settings import Settings, written
from laadboek.charger.timed_slots import TimedSlot, read_timed_slot, write_timed_slot
from laadboek.reasons import Reason

SLOTS = st.builds(
    TimedSlot,
    start_min=st.integers(0, 1_439),
    duration_min=st.integers(1, 1_440),
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
)


@given(SLOTS)
def test_what_is_written_is_read_back(slot):
    assert read_timed_slot(write_timed_slot(slot)) == slot


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("23:00 02:30 mo,tu,we", "23:00 02:30 mo,tu,we"),
        ("9:05 0:01 SU,mo,su", "09:05 00:01 mo,su"),
        ("00:00 24:00 fr", "00:00 24:00 fr"),
        ("  ", ""),
    ],
)
def test_case_and_order_do_not_matter(text, shown):
    assert write_timed_slot(read_timed_slot(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "24:00 01:00 mo",
        "23:60 01:00 mo",
        "23:00 00:00 mo",
        "23:00 24:01 mo",
        "23:00 01:00",
        "23:00 01:00 xx",
        "23:00 01:00 mo,",
        "2300 0100 mo",
        "-1:00 01:00 mo",
        "٢٣:00 01:00 mo",
        "23:00 01:00 mo tu",
    ],
)
def test_what_is_no_slot_is_refused_with_an_example(text):
    why = written(Settings(), "Boost.1", text, pinned=False)
    assert isinstance(why, Reason) and why.code == "setting.bad_value"
    assert "23:00 02:30" in str(why.params["allowed"])


@pytest.mark.parametrize(("text", "fits"), [("00:00", True), ("23:59", True), ("24:00", False), ("7", False)])
def test_ready_by_is_a_time_of_day(text, fits):
    assert isinstance(written(Settings(), "ReadyBy", text, pinned=False), Settings) == fits
