"""Days of the household through the whole stack: reproducible, judged, and gone on from."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from laadboek.devices.car import PJ_PER_WH
from laadboek.ids import Ids
from laadboek.runtime.cast import read_cast
from laadboek.runtime.hardware import SimulatedConfig
from laadboek.simulation import household
from laadboek.simulation.run import START, Plan, simulate
from laadboek.store import chargers, verify
from laadboek.store.database import InlineDatabase

PRINT_DIGEST = """
from laadboek.simulation.run import Plan, simulate
print(simulate(Plan(days=2, seed=7, faults="all")).digest)
"""


def digest_in_a_process_of_its_own(hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", PRINT_DIGEST], env=environment, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_the_same_seed_gives_the_same_digest_in_two_processes_with_different_hash_seeds():
    digests = {digest_in_a_process_of_its_own(hash_seed) for hash_seed in ("1", "2")}
    assert len(digests) == 1
    assert len(digests.pop()) == 64


def test_another_seed_gives_another_digest():
    assert simulate(Plan(days=1, seed=1)).digest != simulate(Plan(days=1, seed=2)).digest


def test_another_start_gives_another_digest():
    assert (
        simulate(Plan(days=1, seed=1)).digest != simulate(Plan(days=1, seed=1, start=START + timedelta(days=7))).digest
    )


def test_the_store_makes_no_difference(tmp_path):
    on_disk = simulate(Plan(days=1, seed=3, store=tmp_path / "home.db", synchronous="OFF"))
    assert on_disk.digest == simulate(Plan(days=1, seed=3)).digest


@pytest.mark.parametrize("seed", [1, 2])
def test_a_week_of_the_household_is_one_story_for_meter_wire_and_rows(seed):
    report = simulate(Plan(days=7, seed=seed))
    assert report.violations == []
    assert report.sessions >= 4
    assert report.energy_wh > 50_000


def test_the_figures_have_the_names_that_others_rely_on():
    figures = simulate(Plan(days=1, seed=1)).figures()
    assert {"seconds", "sessions", "messages", "energy_wh", "violations", "digest"} <= figures.keys()


def test_somebody_can_watch_the_days_go_by():
    steps = []
    simulate(Plan(days=2, seed=1), steps.append)
    assert [step.done_days for step in steps] == [1, 2]
    assert steps[0].energy_wh <= steps[1].energy_wh
    assert steps[1].day - steps[0].day == timedelta(days=1)


@pytest.mark.parametrize("hour", [4, 12, 19, 23])
def test_a_run_that_ends_in_the_middle_of_life_leaves_a_home_to_go_on_from(tmp_path, hour):
    until = datetime(2026, 5, 20, hour, 30, 17, tzinfo=UTC)
    store = tmp_path / "home.db"
    report = simulate(Plan(days=3, seed=5, store=store, synchronous="OFF", until=until))
    assert report.violations == []

    database = InlineDatabase(store)
    [row] = database.read(chargers.all)
    config = msgspec.convert(row.device_config, SimulatedConfig)
    cast = database.read(lambda db: read_cast(db, row.id, config.info, Ids(1)))
    assert database.read(verify.verify) == []
    database.close()

    [visit] = cast.core.state.durable.visits
    assert config.memory is not None
    assert config.memory.register_pj // PJ_PER_WH >= household.FIRST_REGISTER_WH + report.energy_wh
    assert (visit.running is not None) <= config.memory.plugged, "a session without a car"


@pytest.mark.slow
def test_ten_days_with_the_real_store_are_clean(tmp_path):
    """Twenty seeds of thirty days: docs/simulation.md."""
    report = simulate(Plan(days=10, seed=1, store=tmp_path / "home.db"))
    assert report.violations == []
    assert report.sessions > 5


def test_a_home_with_sun_prices_and_a_fuse_is_one_story_and_the_same_every_time():
    report = simulate(Plan(days=3, seed=2, site=True))
    assert report.violations == []
    assert report.energy_wh > 0
    assert simulate(Plan(days=3, seed=2, site=True)).digest == report.digest
    assert simulate(Plan(days=3, seed=2)).digest != report.digest
