"""Sites at work: real hosts, real cores, simulated boxes on one fuse, in virtual time."""

import pytest
from msgspec.structs import replace
from terrace import FUSE, Terrace

from laadboek.charger import modes
from laadboek.energy.forecast import Sunny
from laadboek.energy.sun import Roof
from laadboek.runtime import site_host
from laadboek.site.config import Circuit, SiteConfig
from laadboek.store import chargers, sites


@pytest.fixture
def two():
    terrace = Terrace()
    terrace.box(1).plug_in()
    terrace.box(2).plug_in()
    terrace.wait(minutes=10)
    return terrace


def test_two_cars_share_what_the_fuse_leaves(two):
    first, second = two.offered()
    assert first >= 6_000 and second >= 6_000
    assert max(two.measured().current_ma) <= 25_000
    assert max(two.measured().current_ma) > 20_000


def test_one_car_alone_gets_what_the_fuse_leaves_and_gives_way_at_once():
    terrace = Terrace()
    terrace.box(1).plug_in()
    terrace.wait(minutes=5)
    alone = terrace.offered()[0]
    assert alone > 18_000
    terrace.box(2).plug_in()
    for _ in range(120):
        terrace.wait(seconds=1)
    assert terrace.offered()[0] < alone
    assert terrace.offered()[1] >= 6_000
    assert max(terrace.measured().current_ma) <= 25_000


def test_who_leaves_makes_room(two):
    before = two.offered()[1]
    two.box(1).unplug()
    two.wait(minutes=2)
    assert two.offered()[1] > before


def test_a_meter_that_dies_leaves_the_safe_current_at_the_boxes_and_then_nothing(two):
    two.site.meter.silent = True
    two.wait(seconds=20)
    assert two.offered() == [6_000, 6_000]
    two.wait(minutes=11)
    assert two.offered() == [0, 0]
    two.site.meter.silent = False
    two.wait(minutes=3)
    assert min(two.offered()) >= 6_000


def test_a_program_that_starts_anew_begins_with_the_safe_current(two):
    two.timers.clear()
    boxes = [two.box(1), two.box(2)]
    assert [box.plugged for box in boxes] == [True, True]
    share = two.fleet.sites.opening("chg_9", 99, 1)
    assert share == ()  # stands at no site
    two.move_in()
    two.wait(minutes=5)
    assert max(two.measured().current_ma) <= 25_000


def test_the_peak_of_the_month_and_the_ways_of_the_house_outlive_the_program():
    terrace = Terrace(count=1, config=replace(FUSE, month_peak_w=2_500))
    terrace.box(1).plug_in()
    terrace.wait(hours=1)
    before = terrace.site.core.durable
    assert before.peak is not None and len(before.house) >= 3
    terrace.timers.clear()
    terrace.move_in()
    after = terrace.site.core.durable
    assert (after.peak, after.house[: len(before.house)]) == (before.peak, before.house)


def test_a_core_that_is_built_anew_remembers(two, monkeypatch):
    two.wait(minutes=20)
    before = two.site.core.durable
    monkeypatch.setattr(site_host.SiteCore, "deadline", lambda core: 1 / 0)
    two.wait(minutes=1)
    monkeypatch.undo()
    two.wait(minutes=10)
    assert two.site.core.durable.house[: len(before.house)] == before.house != ()


def test_a_charger_that_was_given_nothing_yet_starts_at_the_safe_current():
    terrace = Terrace(count=1, config=replace(FUSE, safe_ma=7_000))
    [allotment] = terrace.site.opening("chg_unknown", 1)[0].allotments
    assert (allotment.limit_ma, allotment.why.code) == (7_000, "meter.waiting")


def test_without_fuses_a_charger_waits_for_the_meter_if_there_is_one_and_else_stands_by_itself():
    for has_meter, why in ((True, "meter.waiting"), (False, None)):
        [allotment] = site_host.safe_share(SiteConfig(has_meter=has_meter), 1)
        assert (allotment.limit_ma, allotment.surplus_w) == (None, None)
        assert (allotment.why and allotment.why.code) == why
        assert modes.alone(allotment) is not has_meter


def test_a_smaller_fuse_binds_at_once(two):
    two.configure(replace(FUSE, circuits=(Circuit(circuit_id="main", limit_ma=16_000),)))
    two.wait(seconds=30)
    assert max(two.measured().current_ma) <= 16_000


def test_a_charger_that_moves_away_is_bound_no_more_and_the_other_gets_the_room(two):
    row = two.database.read(lambda db: chargers.by_public_id(db, two.account_id, "chg_1"))
    two.write(lambda db: sites.place(db, two.account_id, row.id, None))
    two.fleet.sites.refresh(two.account_id)
    two.wait(minutes=3)
    assert two.offered()[0] == 32_000
    assert two.offered()[1] > 15_000
    two.write(lambda db: sites.place(db, two.account_id, row.id, two.site_row))
    two.fleet.sites.refresh(two.account_id)
    two.wait(minutes=3)
    assert max(two.measured().current_ma) <= 25_000


def test_room_is_kept_for_a_charger_that_nobody_hosts_any_more(two):
    second = two.offered()[1]
    two.fleet.remove("chg_1")
    two.wait(minutes=5)
    assert two.offered()[0] <= second + 1_000


def test_a_site_that_fails_takes_no_charger_down(two, monkeypatch):
    def broken(event, now):
        raise AssertionError("our own mistake")

    core = two.site.core
    monkeypatch.setattr(core, "handle", broken)
    while two.site.core is core:
        two.wait(milliseconds=500)
    assert two.site.core is None
    assert two.offered() == [6_000, 6_000]
    assert [host.idle for host in two.fleet] == [True, True]
    two.wait(minutes=3)
    assert two.site.core is not core
    assert min(two.offered()) > 6_000


def test_an_idle_site_without_a_meter_has_no_timer():
    terrace = Terrace(config=replace(FUSE, has_meter=False))
    assert ("site", "sit_1") not in terrace.timers._live


def test_what_pages_see_is_the_sites_one_truth(two):
    now = two.world.now
    reading = two.measured()
    live = two.bus.latest("charger.chg_1.live")
    assert live.site_id == "sit_1"
    lives = [two.host(number).live(now) for number in (1, 2)]
    assert lives[0].grid_w == lives[1].grid_w == reading.power_w
    drawn_w = sum(one.power_w for one in lives)
    assert lives[0].home_w == reading.power_w - drawn_w + reading.solar_w
    view = two.bus.latest("site.sit_1.live")
    assert {share.charger_id for share in view.shares} == {"chg_1", "chg_2"}


def test_looks_are_bounded_however_often_somebody_changes_their_mind(two, monkeypatch):
    looked, handle = [], two.site.core.handle
    monkeypatch.setattr(two.site.core, "handle", lambda event, now: looked.append(now) or handle(event, now))
    for _ in range(50):
        two.box(1).unplug()
        two.box(1).plug_in()
    two.wait(seconds=10)
    assert len(looked) <= 12


def test_what_a_source_forecasts_reaches_the_site_and_is_taken_away_again():
    roofs = (Roof(peak_w=4_000),)
    terrace = Terrace(count=1, config=replace(FUSE, roofs=roofs, forecast_source="open_meteo"))
    places = terrace.fleet.sites
    assert [row.public_id for row in places.forecast_sites] == ["sit_1"]
    sunny = (Sunny(terrace.world.now, 1_500),)
    places.know_sky("sit_1", sunny)
    assert terrace.site.known.sunny == sunny
    places.refresh(terrace.account_id)
    assert terrace.site.known.sunny == sunny
    places.know_sky("sit_gone", sunny)
    places.know_sky("sit_1", ())
    assert terrace.site.known.sunny == ()


@pytest.mark.parametrize("without", [{"roofs": ()}, {"forecast_source": None}])
def test_no_forecast_is_fetched_without_a_roof_or_a_source(without):
    given = {"roofs": (Roof(peak_w=4_000),), "forecast_source": "open_meteo", **without}
    terrace = Terrace(count=1, config=replace(FUSE, **given))
    assert terrace.fleet.sites.forecast_sites == []
