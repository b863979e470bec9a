"""kill -9 of the whole process: what another process saw acknowledged is there afterwards."""

import random

from killing import rounds


def test_what_was_acknowledged_survives_kill_nine(tmp_path):
    acknowledged = rounds(2, tmp_path, random.Random(7))
    assert len(acknowledged.stopped) > 10
