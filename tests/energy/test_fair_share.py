"""Fair shares below fuses: limits hold, nobody is below the floor, more room takes nothing away (RULES §5)."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.fair_share import Car, Room, Shares, share

PHASES = ("R", "S", "T", "RS", "ST", "TR", "RST")
FLOORS = (6_000, 6_000, 6_000, 8_000)
ANYBODY = st.booleans()  # whose turn it is
ROOM = st.integers(-2_000, 70_000)


@st.composite
def sites(draw, most_cars=7, phases=PHASES, turns=ANYBODY):
    """Cars in a house with a main fuse and two groups in one another; every fuse has three phases."""
    count = draw(st.integers(1, most_cars))
    cars, members = [], {}
    for key in range(count):
        takes = draw(st.sampled_from(phases))
        floor_ma = draw(st.sampled_from(FLOORS))
        most_ma = draw(st.integers(floor_ma - 1_000, 32_000))
        cars.append(Car(key, floor_ma, most_ma, len(takes), draw(st.integers(0, 1)), draw(turns)))
        members[key] = takes, draw(st.integers(1, 3))
    rooms = [
        Room(draw(ROOM), tuple(keys), (1,) * len(keys))
        for fuse in (1, 2, 3)
        for phase in "RST"
        if (keys := [key for key, (takes, depth) in members.items() if phase in takes and depth >= fuse])
    ]
    if draw(st.booleans()):  # a power for all of them, as for a month's peak
        rooms.append(Room(draw(st.integers(0, 150_000)), tuple(range(count)), tuple(car.phases for car in cars)))
    return cars, rooms


def wider(rooms, more):
    return [Room(room.room_ma + extra, room.cars, room.weights) for room, extra in zip(rooms, more, strict=False)]


def fits(rooms, given):
    return all(
        sum(given.get(key, 0) * weight for key, weight in zip(room.cars, room.weights, strict=True)) <= room.room_ma
        for room in rooms
        if any(key in given for key in room.cars)
    )


@given(sites())
def test_no_phase_of_any_fuse_is_above_its_limit_and_nobody_is_below_the_floor(site):
    cars, rooms = site
    shares = share(cars, rooms)
    assert fits(rooms, shares.given)
    for car in cars:
        assert shares.given.get(car.key, car.floor_ma) in range(car.floor_ma, max(car.most_ma, car.floor_ma) + 1)
    assert share(cars, rooms) == shares


@given(sites(turns=st.just(False)))
def test_as_many_cars_charge_as_fit(site):
    cars, rooms = site
    count = len(share(cars, rooms).given)
    able = [car for car in cars if car.floor_ma <= car.most_ma]
    for more in combinations(able, count + 1):
        assert not fits(rooms, {car.key: car.floor_ma for car in more})


@given(sites())
def test_nobody_could_have_more_without_taking_it_from_another(site):
    cars, rooms = site
    given_ma = share(cars, rooms).given
    for car in cars:
        if given_ma.get(car.key, car.most_ma) < car.most_ma:
            assert not fits(rooms, given_ma | {car.key: given_ma[car.key] + 1})


@given(sites(), st.data())
def test_more_room_never_lowers_the_total_or_the_number_of_cars(site, data):
    cars, rooms = site
    shares = share(cars, rooms)
    for _ in range(3):
        rooms = wider(rooms, data.draw(st.lists(st.integers(0, 12_000), min_size=len(rooms), max_size=len(rooms))))
        after = share(cars, rooms, shares)
        assert fits(rooms, after.given)
        assert len(after.given) >= len(shares.given)
        assert after.total_ma >= shares.total_ma
        shares = after


@given(
    st.lists(st.tuples(st.sampled_from(FLOORS), st.integers(6_000, 32_000), st.integers(0, 2)), max_size=8), st.data()
)
def test_at_one_fuse_that_holds_without_looking_at_the_former_shares(wishes, data):
    cars = [Car(key, floor_ma, most_ma, 3, priority) for key, (floor_ma, most_ma, priority) in enumerate(wishes)]
    keys = tuple(range(len(cars)))
    room_ma = data.draw(st.integers(0, 100_000))
    before = share(cars, [Room(room_ma, keys, (1,) * len(cars))])
    after = share(cars, [Room(room_ma + data.draw(st.integers(0, 9_000)), keys, (1,) * len(cars))])
    assert len(after.given) >= len(before.given)
    slip = len(cars) * 3  # one mA for each that the equal parts do not come out even
    assert after.total_ma >= before.total_ma - slip


@given(sites(), st.data())
def test_less_room_is_obeyed_at_once(site, data):
    cars, rooms = site
    shares = share(cars, rooms)
    less = wider(rooms, [-data.draw(st.integers(0, 12_000)) for _ in rooms])
    assert fits(less, share(cars, less, shares).given)


def two(room_ma, former=None, *, first=0):
    cars = [Car(0, 6_000, 16_000), Car(1, 6_000, 16_000)]
    ordered = cars if first == 0 else cars[::-1]
    return share(ordered, [Room(room_ma, (0, 1), (1, 1))], former)


def test_two_cars_share_equally_and_the_second_starts_where_both_floors_fit():
    assert two(5_999).given == {}
    assert two(6_000).given == {0: 6_000}
    assert two(11_999).given == {0: 11_999}
    assert two(12_000).given == {0: 6_000, 1: 6_000}
    assert two(25_000).given == {0: 12_500, 1: 12_500}
    assert two(32_000).given == {0: 16_000, 1: 16_000}
    assert two(40_000).given == {0: 16_000, 1: 16_000}


def test_whose_turn_it_is_charges_where_one_fits():
    assert two(8_000, first=1).given == {1: 8_000}
    assert two(8_000, two(8_000), first=1).given == {1: 8_000}


def test_a_higher_priority_is_raised_first_but_takes_nobodys_floor():
    cars = [Car(0, 6_000, 32_000, 3, 1), Car(1, 6_000, 32_000)]
    assert share(cars, [Room(20_000, (0, 1), (1, 1))]).given == {0: 14_000, 1: 6_000}


def test_a_car_with_a_higher_floor_is_lifted_last():
    cars = [Car(0, 8_000, 32_000), Car(1, 6_000, 32_000)]
    assert share(cars, [Room(15_000, (0, 1), (1, 1))]).given == {0: 8_000, 1: 7_000}
    assert share(cars, [Room(17_000, (0, 1), (1, 1))]).given == {0: 8_500, 1: 8_500}


def test_a_car_that_starts_may_lower_the_total_only_when_somebody_asks_anew():
    """The example of the module: R of both cars at 16 A, the second behind a group limit that opens."""
    both = [Car(0, 6_000, 16_000, 3), Car(1, 6_000, 16_000, 1)]

    def rooms(group_ma, others_ma=16_000):
        alone = Room(others_ma, (0,), (1,))
        return [Room(16_000, (0, 1), (1, 1)), alone, Room(group_ma, (1,), (1,))]

    alone = share(both, rooms(0))
    assert alone.given == {0: 16_000}
    assert share(both, rooms(6_000), alone).given == {0: 16_000}
    assert share(both[::-1], rooms(6_000), alone).given == {0: 10_000, 1: 6_000}  # its turn has come
    narrow = share(both, rooms(6_000, 10_000))
    assert narrow.given == {0: 10_000, 1: 6_000}
    assert share(both, rooms(6_000), narrow).given == {0: 10_000, 1: 6_000}


def test_three_small_cars_are_found_behind_one_that_blocks_them():
    """First come is not most: the car on three phases leaves no room for one on each."""
    cars = [Car(0, 6_000, 16_000, 3), *(Car(key, 6_000, 16_000, 1) for key in (1, 2, 3))]
    rooms = [Room(7_000, (0, key), (1, 1)) for key in (1, 2, 3)]
    assert share(cars, rooms).given == {1: 7_000, 2: 7_000, 3: 7_000}


def test_a_car_that_takes_less_than_its_floor_gets_nothing_and_keeps_nothing_from_others():
    cars = [Car(0, 8_000, 7_000), Car(1, 6_000, 16_000)]
    assert share(cars, [Room(16_000, (0, 1), (1, 1))]).given == {1: 16_000}


def test_nobody_and_nothing():
    assert share([], []) == Shares()
    assert share([], [Room(-1, (), ())], Shares()) == Shares()


def test_whose_turn_it_is_is_not_left_out_for_two_others():
    rooms = [Room(7_000, (0, key), (1, 1)) for key in (1, 2)]
    cars = [Car(0, 6_000, 16_000, 3, 0, True), *(Car(key, 6_000, 16_000, 1) for key in (1, 2))]
    assert share(cars, rooms).given == {0: 7_000}
