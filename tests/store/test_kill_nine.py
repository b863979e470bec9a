"""The short version of `kill_nine.py`."""

import kill_nine


def test_what_was_acknowledged_survives_kill_nine(sqlite_path):
    assert kill_nine.run(sqlite_path, cycles=15, seed=7) > 15
