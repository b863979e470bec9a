"""`bench csms` measures what it says: each server answers every call of a few charge points."""

import pytest

from laadboek.bench import csms


@pytest.mark.slow
@pytest.mark.parametrize("name", list(csms.SERVERS))
def test_every_server_of_the_benchmark_answers(name):
    result = csms.measure(name, n=5, seconds=0.5)
    assert result["bad"] == 0 and result["calls_per_s"] > 0
    assert set(result) >= {"calls_per_s", "cpu_s_per_100k_calls", "p99_ms", "kib_per_connection"}
