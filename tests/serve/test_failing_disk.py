"""A sync that fails ends the whole process at once, and what had been answered is there afterwards."""

import itertools
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from killing import Acknowledged, ForeignChargePoint, check, register
from serving import Serving, start

from laadboek.store.errors import EXIT_BROKEN

AT_ONCE_S = 30  # two, and patience with a busy machine


def start_on_failing_disk(data: Path) -> Serving:
    log = data.with_name(data.name + ".log")
    ports = {"LAADBOEK_PORT": "0", "LAADBOEK_OCPP_PORT": "0"}
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("failing_disk.py")), "serve", "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **ports},
        )
    return Serving(process, data, log)


@pytest.mark.slow
def test_a_failed_sync_ends_the_process_and_nothing_answered_is_lost(tmp_path):
    data = tmp_path / "data"
    assert start(data, past_days=1).await_ready().stop() == 0
    register(data)
    acknowledged, register_wh = Acknowledged(), itertools.count(1_000)
    for _ in range(2):
        serving = start_on_failing_disk(data).await_ready()
        charge_point = ForeignChargePoint(serving.ocpp, acknowledged, register_wh)
        charge_point.start()
        charge_point.quiet.wait(random.Random(1).uniform(0.5, 1.5))  # it works meanwhile
        serving.process.send_signal(signal.SIGUSR1)
        assert serving.process.wait(AT_ONCE_S) == EXIT_BROKEN
        assert serving.ended() == EXIT_BROKEN
        charge_point.quiet.set()
        charge_point.join()
        assert "the database failed, stopping" in serving.log()
    assert len(acknowledged.stopped) > 10
    last = start(data).await_ready()
    assert last.stop() == 0, last.log()
    check(data, acknowledged)
