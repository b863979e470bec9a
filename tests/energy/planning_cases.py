"""Random homes and car parks to plan for, from a seed: every kind of price, sun and fuse that may come."""

import random
from datetime import UTC, datetime, timedelta
from math import pi, sin

from msgspec.structs import replace

from laadboek.energy.plan import Goal, Need, Quarter

NOW = datetime(2026, 3, 28, 17, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
CARS = ((1_380, 7_360), (1_380, 3_680), (4_140, 11_040), (2_760, 7_360), (4_140, 22_080))  # 6 A and full power


def _prices(draw, count):
    """Micro per kWh: flat, by day and night, by the hour, by the quarter; some days it falls below zero."""
    kind = draw.choice(("flat", "two", "hours", "hours", "quarters", "quarters", "negative"))
    base, swing, noise = draw.randint(150_000, 350_000), draw.randint(0, 150_000), draw.randint(0, 40_000)
    if kind == "flat":
        return [base] * count
    if kind == "two":
        return [base - swing * ((index // 32) % 2) for index in range(count)]
    base -= 250_000 * (kind == "negative")
    steps = 1 if kind == "quarters" else 4
    drift, prices = 0.0, []
    for index in range(count):
        if index % steps == 0:
            drift = 0.8 * drift + draw.gauss(0, noise)
        prices.append(int(base + swing * sin((index // steps * steps) / 24 * pi) + drift))
    return prices


def _sun(draw, count):
    """W: none, or a hill with clouds over it."""
    peak, noon = draw.choice((0, 0, 3_000, 6_000, 12_000)), draw.randint(0, count)
    clouds = draw.random()
    hill = [max(0.0, 1 - ((index - noon) / 20) ** 2) * peak for index in range(count)]
    return [int(power * (1 if draw.random() > clouds else 0.3)) - 300 for power in hill]


def _headroom(draw, count, most_w):
    """W for all cars together: no limit, a fuse, a fuse that a household shares."""
    kind = draw.choice(("none", "none", "fuse", "shared"))
    if kind == "none":
        return [None] * count
    fuse = int(most_w * draw.uniform(0.5, 1.2))
    return [fuse if kind == "fuse" else int(fuse * draw.uniform(0.2, 1.2)) for _ in range(count)]


def home(seed, longest=64):
    """Quarters and one car, whose goal can be reached."""
    draw = random.Random(seed)
    count = draw.randint(12, longest)
    floor_w, most_w = draw.choice(CARS)
    quarters = _quarters(draw, count, _headroom(draw, count, most_w))
    most_wh = sum(_room_wh(quarter, floor_w, most_w) for quarter in quarters)
    if most_wh < 1_000:
        return home(seed + 1_000_003, longest)
    goal = Goal(int(most_wh * draw.uniform(0.02, 0.95)), NOW + count * QUARTER)
    need = Need(key="car", goal=goal, most_w=most_w, floor_w=floor_w, charging=draw.random() < 0.2)
    return quarters, need


def _quarters(draw, count, headroom):
    export = draw.choice((0, 40_000, 80_000))
    netting = draw.random() < 0.15
    columns = zip(_prices(draw, count), _sun(draw, count), headroom, strict=True)
    return [
        Quarter(
            starts_at=NOW + index * QUARTER,
            import_micro=price,
            export_micro=price if netting else min(export, price),
            surplus_w=surplus_w,
            headroom_w=headroom_w,
        )
        for index, (price, surplus_w, headroom_w) in enumerate(columns)
    ]


def _room_wh(quarter, floor_w, most_w):
    power_w = most_w if quarter.headroom_w is None else min(most_w, quarter.headroom_w)
    return power_w / 4 if power_w >= floor_w else 0


def car_park(seed, cars=10, longest=40, sunny=True):
    """Quarters and ten cars on one fuse, each with its own hours."""
    draw = random.Random(seed)
    count = draw.randint(24, longest)
    fuse_w = draw.choice((17_250, 24_150, 34_500))  # three phases of 25, 35, 50 A
    quarters = _quarters(draw, count, [fuse_w - draw.randint(0, 3_000) for _ in range(count)])
    quarters = quarters if sunny else [replace(quarter, surplus_w=0) for quarter in quarters]
    share = draw.uniform(0.2, 0.7) * fuse_w / 4 * count / cars
    needs = [_need(draw, count, f"car {number}", share) for number in range(cars)]
    return quarters, needs


def _need(draw, count, key, share_wh):
    floor_w, most_w = draw.choice(CARS[:4])
    first = draw.choice((0, 0, draw.randint(0, count // 3)))
    last = draw.choice((count, draw.randint(first + count // 2, count)))
    energy_wh = int(min(share_wh * draw.uniform(0.4, 1.6), 0.8 * most_w / 4 * (last - first)))
    return Need(
        key=key,
        goal=Goal(max(energy_wh, 1_000), NOW + last * QUARTER),
        most_w=most_w,
        floor_w=floor_w,
        available_from=NOW + first * QUARTER,
    )
