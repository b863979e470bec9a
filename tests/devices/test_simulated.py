"""A believable wall box, car and house: what the meter shows over time, in virtual time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from laadboek.charger import events
from laadboek.devices.car import Car
from laadboek.devices.device import PinTyped
from laadboek.devices.house import House, Mains
from laadboek.devices.simulated import SIMULATED_BOX, SimulatedCharger
from laadboek.facts import Fault, Pilot
from laadboek.ids import Ids
from laadboek.simulation.world import HeapTimers, World

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
LOOSE = replace(SIMULATED_BOX, tethered=False)


class Driveway:
    """The box with somebody who writes down all that it reports."""

    def __init__(self, info=SIMULATED_BOX, *, seed=1, car=None, **options):
        self.world = World(NINE, seed)
        self.box = SimulatedCharger(
            info,
            car=car or Car(),
            clock=self.world.clock,
            timers=HeapTimers(self.world),
            ids=self.world.ids("box"),
            **options,
        )
        self.reported = []
        self.box.on_event = lambda event: self.reported.append((self.world.now, event))

    def wait(self, **delta):
        self.world.run(self.world.now + timedelta(**delta))

    @property
    def reading(self):
        return self.box.readings(self.world.now)[0]

    def heard(self):
        """What was reported since the last time one asked."""
        events_, self.reported = [event for _, event in self.reported], []
        return events_

    def pilots(self):
        return [event.pilot.value for event in self.heard() if isinstance(event, events.PilotChanged)]


def charging(offer_ma=16_000, **options):
    driveway = Driveway(**options)
    driveway.box.plug_in()
    driveway.box.set_current(1, offer_ma)
    driveway.wait(seconds=60)
    return driveway


def test_a_car_goes_through_the_states_of_the_pilot_and_draws_a_little_less_than_offered():
    driveway = Driveway()
    driveway.box.plug_in()
    assert driveway.pilots() == ["B1"]
    driveway.wait(minutes=10)
    assert driveway.pilots() == []

    driveway.box.set_current(1, 16_000)
    driveway.wait(seconds=60)
    assert driveway.pilots() == ["B2", "C2"]
    assert 15_500 <= driveway.reading.current_ma[0] <= 15_800
    assert driveway.reading.offered_ma == 16_000
    assert 9_700 < driveway.reading.power_w < 12_000

    driveway.box.unplug()
    assert driveway.pilots() == ["A"]
    assert driveway.reading.power_w == 0


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_current_begins_2_to_15_seconds_after_c2_and_rises_by_at_most_5_amperes_a_second(seed):
    driveway = Driveway(seed=seed)
    driveway.box.plug_in()
    driveway.box.set_current(1, 16_000)
    closed_at = flowed_at = full_at = None
    while full_at is None:
        driveway.wait(seconds=0.25)
        if closed_at is None and driveway.box.pilot is Pilot.C2:
            closed_at = next(at for at, event in driveway.reported if getattr(event, "pilot", None) is Pilot.C2)
        current = driveway.reading.current_ma[0]
        if flowed_at is None and current:
            flowed_at = driveway.world.now
        if current > 15_000:
            full_at = driveway.world.now
    assert timedelta(seconds=2) <= flowed_at - closed_at <= timedelta(seconds=16.25)
    assert timedelta(seconds=1.5) <= full_at - flowed_at <= timedelta(seconds=16)


def test_a_lower_offer_is_followed_within_five_seconds_and_a_pause_ends_in_b1():
    driveway = charging()
    driveway.box.set_current(1, 8_000)
    driveway.wait(seconds=5)
    assert 7_500 <= driveway.reading.current_ma[0] <= 7_800

    driveway.heard()
    driveway.box.set_current(1, 0)
    driveway.wait(seconds=5)
    assert driveway.pilots() == ["C1", "B1"]
    assert driveway.reading.current_ma == (0, 0, 0)


def test_less_than_six_amperes_cannot_be_offered():
    driveway = charging(offer_ma=5_999)
    assert driveway.reading.offered_ma == 0
    assert driveway.box.pilot is Pilot.B1
    driveway.box.set_current(1, 6_000)
    driveway.wait(seconds=60)
    assert 5_500 <= driveway.reading.current_ma[0] <= 5_800


def test_repeating_a_level_changes_nothing():
    driveway = charging()
    before = driveway.reading
    driveway.box.set_current(1, 16_000)
    driveway.box.hold_cable(1, True)
    assert driveway.reading == before
    assert driveway.pilots() == ["B1", "B2", "C2"]


def test_58_kwh_from_60_to_100_percent_take_about_four_hours_and_25_8_kwh_from_the_wall():
    driveway = Driveway(car=Car(capacity_wh=58_000, soc_percent=60))
    driveway.box.plug_in()
    driveway.box.set_current(1, 16_000)
    while not driveway.box.car.full:
        driveway.wait(minutes=1)
    hours = (driveway.world.now - NINE) / timedelta(hours=1)
    assert 3.75 < hours < 4.25
    assert 25_600 < driveway.reading.register_wh < 26_000

    driveway.wait(hours=1)
    assert driveway.box.pilot is Pilot.B2  # full: it opens S2
    filled = driveway.reading.register_wh
    driveway.wait(hours=24)
    assert driveway.reading.register_wh == filled


def test_above_80_percent_the_power_falls_step_by_step_and_never_rises_with_the_charge():
    driveway = Driveway(car=Car(capacity_wh=40_000, soc_percent=79))
    driveway.box.plug_in()
    driveway.box.set_current(1, 16_000)
    driveway.wait(minutes=1)
    currents = []
    while not driveway.box.car.full:
        currents.append(driveway.reading.current_ma[0])
        driveway.wait(minutes=1)
    assert currents == sorted(currents, reverse=True)
    assert currents[0] > 15_000 and currents[-1] < 3_000
    assert len(set(currents)) == 11  # full current, then ten steps of 2 %


def test_a_car_with_a_limit_stops_there():
    driveway = Driveway(car=Car(soc_percent=75, limit_percent=80))
    driveway.box.plug_in()
    driveway.box.set_current(1, 16_000)
    driveway.wait(hours=5)
    assert driveway.box.car.soc_percent == 80
    assert driveway.box.pilot is Pilot.B2


def test_one_phase_cars_and_one_phase_boxes_draw_on_one_phase():
    car = Car(phases=1, max_current_ma=32_000)
    driveway = charging(offer_ma=32_000, car=car)
    assert driveway.reading.current_ma[1:] == (0, 0)
    assert 6_500 < driveway.reading.power_w < 8_100

    box = charging(info=replace(SIMULATED_BOX, phases=1))
    assert box.reading.current_ma[1:] == (0, 0)
    assert 3_200 < box.reading.power_w < 4_050


def test_an_idle_night_costs_nothing():
    driveway = Driveway()
    driveway.box.plug_in()
    fired = []
    at = driveway.world.at
    driveway.world.at = lambda when, fire: fired.append(when) or at(when, fire)
    driveway.wait(hours=12)
    assert fired == []


def test_voltages_stay_in_the_band_and_drift_every_quarter_hour():
    mains = Mains(Ids(1))
    voltages = [mains.voltage_mv(NINE + timedelta(minutes=minute)) for minute in range(0, 60 * 24 * 14)]
    flat = [mv for three in voltages for mv in three]
    assert min(flat) >= 207_000 and max(flat) <= 253_000
    assert len(set(voltages)) == 14 * 96
    assert len(set(voltages[:15])) == 1
    assert max(flat) - min(flat) > 10_000


def test_the_register_is_the_integral_of_the_power():
    driveway = Driveway(car=Car(soc_percent=70))
    driveway.box.plug_in()
    driveway.box.set_current(1, 16_000)
    energy_uj = 0
    for _ in range(3 * 3600):
        energy_uj += sum(
            ma * mv for ma, mv in zip(driveway.reading.current_ma, driveway.reading.voltage_mv, strict=True)
        )
        driveway.wait(seconds=1)
    assert abs(driveway.reading.register_wh - energy_uj / 3.6e9) <= 6  # a second late at each of a few changes


def test_looking_often_or_seldom_gives_the_same_register():
    often, seldom = charging(seed=4), charging(seed=4)
    for _ in range(5 * 60):
        often.wait(minutes=1)
        assert often.reading.taken_at == often.world.now
    seldom.wait(hours=5)
    assert often.reading == seldom.reading


BUTTONS = st.sampled_from(
    [
        lambda box: box.plug_in(),
        lambda box: box.unplug(),
        lambda box: box.unplug_ev_side(),
        lambda box: box.unplug_charger_side(),
        lambda box: box.set_current(1, 0),
        lambda box: box.set_current(1, 6_000),
        lambda box: box.set_current(1, 13_000),
        lambda box: box.set_current(1, 32_000),
        lambda box: box.set_ev_ready(False),
        lambda box: box.set_ev_ready(True),
        lambda box: box.cut_power(),
        lambda box: box.restore_power(),
        lambda box: box.reboot(True),
        lambda box: box.raise_fault(Fault.GROUND_FAILURE),
        lambda box: box.raise_fault(Fault.WEAK_SIGNAL),
        lambda box: box.clear_fault(),
        lambda box: box.hold_cable(1, True),
        lambda box: box.hold_cable(1, False),
        lambda box: box.car.drive(5),
    ]
)


@given(
    seed=st.integers(0, 1000),
    story=st.lists(st.tuples(BUTTONS, st.integers(0, 4000)), max_size=30),
    loose=st.booleans(),
    backup=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_whatever_people_and_bad_luck_do_the_register_never_runs_backwards(seed, story, loose, backup):
    driveway = Driveway(LOOSE if loose else SIMULATED_BOX, seed=seed, backup_power=backup)
    last = 0
    for press, seconds in story:
        press(driveway.box)
        driveway.wait(seconds=seconds)
        assert driveway.box.register_wh >= last
        last = driveway.box.register_wh
        for reading in driveway.box.readings(driveway.world.now):
            assert reading.register_wh == last
            assert all(0 <= ma <= 32_000 for ma in reading.current_ma)
            assert driveway.box.pilot in (Pilot.C1, Pilot.C2) or reading.power_w == 0


@given(seed=st.integers(0, 1000), story=st.lists(st.tuples(BUTTONS, st.integers(0, 4000)), max_size=15))
@settings(max_examples=20, deadline=None)
def test_the_same_seed_gives_the_same_day(seed, story):
    days = [Driveway(seed=seed), Driveway(seed=seed)]
    for press, seconds in story:
        for driveway in days:
            press(driveway.box)
            driveway.wait(seconds=seconds)
    first, second = days
    assert first.reported == second.reported
    assert first.box.memory() == second.box.memory()


def test_a_loose_cable_has_two_ends_and_the_lock_holds_only_the_charger_side():
    driveway = Driveway(LOOSE)
    driveway.box.plug_ev_side()
    assert driveway.heard() == []  # no cable, no car

    driveway.box.plug_charger_side()
    driveway.box.plug_ev_side()
    driveway.box.hold_cable(1, True)
    assert driveway.heard() == [events.CableChanged(1, True), events.PilotChanged(1, Pilot.B1)]
    assert driveway.box.unplug_charger_side() is False
    driveway.box.unplug()
    assert driveway.heard() == [events.PilotChanged(1, Pilot.A)]
    assert driveway.box.cable

    driveway.box.hold_cable(1, False)
    assert driveway.box.unplug_charger_side() is True
    assert driveway.heard() == [events.CableChanged(1, False)]


def test_a_lock_that_fails_says_so_and_holds_nothing():
    driveway = Driveway(LOOSE)
    driveway.box.lock_fails = True
    driveway.box.plug_in()
    driveway.heard()
    driveway.box.hold_cable(1, True)
    assert driveway.heard() == [events.LockFailed(1)]
    assert driveway.box.unplug_charger_side() is True


def test_a_power_cut_darkens_the_box_and_a_boot_reports_what_is_found():
    driveway = charging()
    driveway.heard()
    register_wh = driveway.reading.register_wh
    driveway.box.cut_power()
    assert driveway.heard() == [events.PowerLost()]
    assert driveway.box.readings(driveway.world.now) == ()
    driveway.box.set_current(1, 16_000)
    driveway.box.type_pin("12345")
    driveway.wait(hours=1)
    assert driveway.heard() == []

    driveway.box.restore_power()
    driveway.wait(seconds=10)
    assert driveway.heard() == [
        events.DeviceBooted({1: Pilot.B1}, {1: True}, firmware_version=driveway.box.info.firmware_version)
    ]
    assert driveway.reading.register_wh == register_wh
    assert driveway.reading.offered_ma == 0


def test_backup_power_leaves_half_a_second_with_readings():
    driveway = charging(backup_power=True)
    driveway.heard()
    driveway.box.cut_power()
    assert driveway.heard() == [events.PowerFailing()]
    assert driveway.reading.power_w == 0
    driveway.wait(seconds=0.49)
    assert driveway.heard() == []
    driveway.wait(seconds=0.01)
    assert driveway.heard() == [events.PowerLost()]


def test_power_that_returns_at_once_still_means_a_boot():
    driveway = charging(backup_power=True)
    driveway.heard()
    driveway.box.cut_power()
    driveway.box.restore_power()
    driveway.wait(seconds=10)
    assert [type(event) for event in driveway.heard()] == [
        events.PowerFailing,
        events.PowerLost,
        events.DeviceBooted,
    ]


def test_a_meter_that_forgets_begins_at_zero_after_a_cut():
    driveway = charging(info=replace(SIMULATED_BOX, keeps_register=False), register_wh=5_000)
    driveway.box.cut_power()
    driveway.box.restore_power()
    driveway.wait(seconds=10)
    assert driveway.reading.register_wh == 0


def test_the_meter_can_be_set_and_reset():
    driveway = Driveway(register_wh=1_234_500)
    assert driveway.reading.register_wh == 1_234_500
    driveway.box.set_register(42)
    assert driveway.reading.register_wh == 42
    driveway.box.set_register(0)
    assert driveway.reading.register_wh == 0


def test_a_ground_fault_opens_the_contactor_and_a_weak_signal_does_not():
    driveway = charging()
    driveway.heard()
    driveway.box.raise_fault(Fault.WEAK_SIGNAL)
    driveway.wait(seconds=30)
    assert driveway.reading.power_w > 0
    driveway.box.clear_fault()
    driveway.box.raise_fault(Fault.GROUND_FAILURE)
    assert driveway.reading.power_w == 0
    driveway.box.clear_fault()
    assert driveway.heard() == [
        events.FaultFound(1, Fault.WEAK_SIGNAL),
        events.FaultGone(1),
        events.FaultFound(1, Fault.GROUND_FAILURE),
        events.FaultGone(1),
    ]
    driveway.wait(seconds=60)
    assert driveway.reading.power_w > 0


def test_a_pin_is_handed_over_as_a_secret():
    driveway = Driveway()
    driveway.box.type_pin("13579")
    (event,) = driveway.heard()
    assert isinstance(event, PinTyped) and event.pin.reveal() == "13579"
    assert "13579" not in repr(event)


def test_what_the_box_remembers_goes_on_in_the_next_run_of_the_program():
    before = charging()
    memory = before.box.memory()
    after = Driveway(memory=memory)
    after.box.start(fresh=False)
    assert after.heard() == [events.DeviceResynced({1: Pilot.B1}, {1: True})]
    assert after.reading.register_wh == before.reading.register_wh
    assert after.box.car.stored_pj == before.box.car.stored_pj


def test_driving_uses_up_the_battery_but_never_all_of_it():
    car = Car(capacity_wh=50_000, soc_percent=50)
    assert car.drive(10) == 10
    assert car.soc_percent == 30
    assert car.drive(100) == 13.5
    assert car.soc_percent == 3


def test_the_sun_shines_by_day_more_in_june_than_in_december_and_never_at_night():
    house = House(Ids(1), ZoneInfo("Europe/Amsterdam"), solar_peak_w=5_000)

    def kwh(month):
        days = [datetime(2026, month, day, tzinfo=UTC) for day in range(1, 29)]
        return sum(house.solar_w(day + timedelta(minutes=15 * q)) for day in days for q in range(96)) / 4000 / 28

    assert 14 < kwh(6) < 30
    assert 1 < kwh(12) < 6
    midnight = datetime(2026, 6, 1, 0, tzinfo=UTC)
    assert all(house.solar_w(midnight + timedelta(days=d, hours=h)) == 0 for d in range(28) for h in (0, 1, 2))


def test_grid_is_home_plus_car_minus_roof():
    house = House(Ids(1), ZoneInfo("Europe/Amsterdam"))
    driveway = charging(house=house)
    around = driveway.box.surroundings(driveway.world.now)
    assert around.grid_w == around.home_w + driveway.reading.power_w - around.solar_w
    assert 150 < around.home_w < 2_000
    assert around.soc_percent == 50
    daily = sum(house.home_w(NINE + timedelta(minutes=15 * q)) for q in range(96)) / 4000
    assert 8 < daily < 16
