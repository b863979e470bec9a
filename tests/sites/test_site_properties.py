"""What holds at any site, whatever its people, cars, appliances and meter do."""

from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek.site.config import Battery, Circuit, Member, SiteConfig
from laadboek.supply import FLOOR_MA, Appetite

from .house import House, SimulatedCar

NAMES = ("alice", "bob", "charlie", "olga")
ROTATIONS = ("RST", "STR", "TRS", "RTS", "")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 1_200)),
        st.tuples(st.just("load"), st.integers(0, 2), st.integers(-20_000, 12_000)),
        st.tuples(st.just("wish"), st.sampled_from(NAMES), st.sampled_from(Appetite)),
        st.tuples(st.just("takes"), st.sampled_from(NAMES), st.integers(0, 32_000)),
        st.tuples(st.just("gone"), st.sampled_from(NAMES), st.booleans()),
        st.tuples(st.just("meter"), st.sampled_from(["silent", "frozen", "powers_only"]), st.booleans()),
        st.tuples(st.just("fuse"), st.integers(10_000, 40_000)),
        st.tuples(st.just("battery"), st.integers(-3_000, 3_000), st.integers(0, 100)),
    ),
    max_size=14,
)


@st.composite
def configs(draw):
    circuits = (
        Circuit(circuit_id="main", limit_ma=draw(st.integers(16_000, 40_000))),
        Circuit(circuit_id="garage", parent="main", limit_ma=draw(st.integers(5_000, 30_000))),
    )
    members = tuple(
        Member(
            charger_id=name,
            circuit_id=draw(st.sampled_from(["main", "garage"])),
            rotation=draw(st.sampled_from(ROTATIONS)),
            priority=draw(st.integers(0, 1)),
        )
        for name in NAMES
    )
    peak_w = draw(st.sampled_from([None, 4_000, 9_000]))
    return SiteConfig(
        circuits=circuits, members=members, has_meter=draw(st.booleans()), month_peak_w=peak_w, battery=Battery()
    )


def take(house, step):
    match step:
        case ("wait", seconds):
            house.pass_time(seconds=seconds)
        case ("load", phase, current_ma):
            house.base_ma[phase] = current_ma
        case ("wish", name, appetite):
            house.cars[name].appetite = appetite
        case ("takes", name, current_ma):
            house.cars[name].takes_ma = current_ma
        case ("gone", name, gone):
            house.cars[name].offline = gone
        case ("meter", fault, on):
            setattr(house, fault, on)
        case ("fuse", limit_ma):
            _, garage = house.config.circuits
            house.configure(circuits=(Circuit(circuit_id="main", limit_ma=limit_ma), garage))
        case ("battery", power_w, soc):
            house.battery_w, house.soc = power_w, soc


def taken(house, circuit_id):
    """What all chargers below a circuit may take, mA on each phase, by the limits that they were told."""
    total = [0, 0, 0]
    for member in house.config.members:
        car = house.cars[member.charger_id]
        if car.offline or car.share is None or circuit_id not in ("main", member.circuit_id):
            continue
        phases = range(3) if not member.rotation else ["RST".index(letter) for letter in member.rotation][: car.phases]
        for phase in phases:
            total[phase] += min(car.share.limit_ma, car.most_ma)
    return total


@settings(max_examples=150, deadline=None)
@given(configs(), st.lists(st.integers(1, 3), min_size=4, max_size=4), STEPS)
def test_limits_hold_nobody_is_below_the_floor_and_the_same_history_gives_the_same(config, phases, steps):
    houses = [
        House(*(SimulatedCar(name, phases=count) for name, count in zip(NAMES, phases, strict=True)), config=config)
        for _ in range(2)
    ]
    for house in houses:
        house.look()
        for step in steps:
            take(house, step)
            house.look()
            blind = any(house.why(name) in ("meter.lost", "meter.waiting", "meter.frozen") for name in NAMES)
            exported_ma = 20_000 * house.config.has_meter  # the most that the roof adds to a phase of the main fuse
            main, garage = house.config.circuits
            assert max(taken(house, "garage")) <= garage.limit_ma
            assert blind or max(taken(house, "main")) <= main.limit_ma + exported_ma
            for car in house.cars.values():
                assert car.share is None or car.share.limit_ma == 0 or car.share.limit_ma >= FLOOR_MA
            assert house.core.deadline() is None or house.core.deadline() > house.now
            house.core.view(house.now)
    assert houses[0].effects == houses[1].effects


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([1, 3]), min_size=2, max_size=4),
    st.lists(st.tuples(st.integers(0, 2), st.integers(-9_000, 24_000), st.integers(1, 90)), max_size=10),
)
def test_after_each_look_the_true_current_of_every_phase_is_below_the_fuse(phases, loads):
    house = House(*(SimulatedCar(f"car{number}", phases=count) for number, count in enumerate(phases)))
    house.look()
    for phase, load_ma, seconds in loads:
        house.pass_time(seconds=1)  # no two readings of one instant
        house.base_ma[phase] = load_ma
        house.look()
        for _ in range(seconds // 5 + 1):
            assert max(house.grid_ma()) <= 25_000
            house.pass_time(seconds=5)
