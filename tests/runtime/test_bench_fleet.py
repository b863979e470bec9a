"""Small versions of `bench links`: that they measure what they say, not how fast it is."""

import pytest

from laadboek.bench import fleet, fleet_backlog

pytestmark = pytest.mark.slow


def test_a_fleet_comes_up_with_two_links_each_and_one_in_ten_charges():
    figures = fleet.measure(20, 2, 0.5, restarts=False)
    assert figures["charging"] == 2
    assert figures["kib"] > 0
    assert 0 < figures["steady_cores"] < 1


def test_a_queue_of_virtual_sessions_is_delivered_to_the_last_message(tmp_path):
    figures = fleet_backlog.drains(tmp_path, 10, 60, 0)
    assert figures["queued"] > 10 * 3
    assert figures["left"] == 0
    assert figures["per_s"] > 0
    assert figures["bare_per_s"] > 0
