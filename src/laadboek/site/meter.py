"""Whether the grid meter may be believed: silent, frozen, the wrong way round, or showing what cannot be."""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ..reasons import Reason
from ..supply import GridReading
from .config import MAIN, SiteConfig
from .topology import NOMINAL_V
from .view import MeterState, ThreePhases

FROZEN_W = 500  # the cars' draw changed by so much, and the meter did not move in its last digit
FROZEN_LOOKS = 3  # so many times, ...
FROZEN_AFTER = timedelta(seconds=10)  # ... and for so long: a meter may be slow
STEP_W = 1_000  # a change of the cars' draw that the grid must show
STEADY_W = 200  # between two looks: nothing is being switched
SIGNS = 3  # more steps the wrong way than the right way
FUSES = 4  # so many times the main fuse is beyond belief: it would have blown
BEYOND_A = 1_000  # where nobody said how large the fuse is


class Step(Struct, frozen=True, gc=False):
    """Grid and cars while nothing was being switched."""

    grid_w: int
    cars_w: int


class Cars(Struct, frozen=True, gc=False):
    """What the site's chargers draw at a look, and whether any of them wants energy."""

    drawn_w: int
    wanting: bool


class Watch(Struct, frozen=True, kw_only=True):
    """What was seen of the meter. `code` names what is wrong with it; it has been so since `since`."""

    reading: GridReading | None = None
    heard_at: datetime  # when the newest reading was taken; before the first: since when one is awaited
    missed_at: datetime | None = None  # the first look since that showed nothing new
    code: str | None = None
    since: datetime
    still_w: int = 0  # what the cars drew when the shown values changed last
    still_looks: int = 0  # with the same values, though the cars draw something else
    still_since: datetime | None = None  # the first of them
    steady: Step | None = None
    cars_w: int = 0  # at the last look
    signs: int = 0  # steps the wrong way less steps the right way, within ±`SIGNS`


def begin(now: datetime) -> Watch:
    return Watch(heard_at=now, since=now)


def look(watch: Watch, config: SiteConfig, reading: GridReading | None, cars: Cars, now: datetime) -> Watch:
    """Take what the meter shows now, or that it shows nothing new.

    While nobody wants energy looks are rare, and silence is counted from the first that found nothing.
    """
    if reading is not None and _is_news(watch, config, reading, now):
        watch = _frozen(watch, reading, cars.drawn_w, now)
        watch = _signs(watch, reading, cars.drawn_w)
        watch = replace(watch, reading=reading, heard_at=min(reading.taken_at, now), missed_at=None)
    elif watch.missed_at is None:
        watch = replace(watch, missed_at=now)
    since = watch.heard_at if cars.wanting or watch.missed_at is None else watch.missed_at
    code = _code(watch, now, now - since >= silence(config))
    if code == watch.code:
        return watch
    return replace(watch, code=code, since=watch.heard_at if code == "meter.lost" else now)


def state(watch: Watch, config: SiteConfig, now: datetime) -> MeterState:
    if not config.has_meter:
        return MeterState.ABSENT
    if watch.code is None:
        return MeterState.LOST if watch.reading is None else MeterState.GOOD
    gone = config.pause_after_s > 0 and now - watch.since >= timedelta(seconds=config.pause_after_s)
    return MeterState.GONE if gone else MeterState.LOST


def silence(config: SiteConfig) -> timedelta:
    """So long nothing is missed. Counted from when something was to be expected, where looks are rarer than that."""
    late_s = 0 if config.interval_s < config.silent_s else config.interval_s
    return timedelta(seconds=late_s + config.silent_s)


def reason(watch: Watch) -> Reason:
    return Reason(watch.code or "meter.waiting", {"since": watch.since.isoformat()})


def edges(watch: Watch, config: SiteConfig) -> tuple[datetime, ...]:
    """When silence alone changes something."""
    if not config.has_meter:
        return ()
    silent = watch.heard_at + silence(config)
    return silent, watch.since + timedelta(seconds=config.pause_after_s)


def currents(reading: GridReading) -> ThreePhases:
    """By phase; of a meter that tells power only, a third each."""
    if reading.current_ma is not None:
        return reading.current_ma
    each = reading.power_w * 1_000 // (3 * NOMINAL_V)
    return each, each, each


def _is_news(watch: Watch, config: SiteConfig, reading: GridReading, now: datetime) -> bool:
    """Newer than what is known, not old by itself, and possible."""
    if watch.reading is not None and reading.taken_at <= watch.reading.taken_at:
        return False
    if now - reading.taken_at >= silence(config):
        return False
    fuse_ma = next((circuit.limit_ma for circuit in config.circuits if circuit.circuit_id == MAIN), None)
    most_ma = BEYOND_A * 1_000 if fuse_ma is None else FUSES * fuse_ma
    power_ma = abs(reading.power_w) * 1_000 // (3 * NOMINAL_V)
    return max(power_ma, *(abs(current_ma) for current_ma in currents(reading))) <= most_ma


def _code(watch: Watch, now: datetime, silent: bool) -> str | None:
    if silent:
        return "meter.lost"
    if watch.still_looks >= FROZEN_LOOKS and watch.still_since is not None and now - watch.still_since >= FROZEN_AFTER:
        return "meter.frozen"
    if watch.signs >= SIGNS or (watch.code == "meter.wrong_sign" and watch.signs > 0):
        return "meter.wrong_sign"
    return None


def _frozen(watch: Watch, reading: GridReading, cars_w: int, now: datetime) -> Watch:
    """A house that stands still proves nothing: it takes a change of the cars' draw that does not show, and lasts."""
    if watch.reading is None or replace(watch.reading, taken_at=reading.taken_at) != reading:
        return replace(watch, still_w=cars_w, still_looks=0, still_since=None)
    if abs(cars_w - watch.still_w) < FROZEN_W:
        return replace(watch, still_looks=0, still_since=None)
    return replace(watch, still_looks=watch.still_looks + 1, still_since=watch.still_since or now)


def _signs(watch: Watch, reading: GridReading, cars_w: int) -> Watch:
    """Import rises with what the cars draw. Steady states are compared: the two meters are never quite in step."""
    steady, watch = abs(cars_w - watch.cars_w) < STEADY_W, replace(watch, cars_w=cars_w)
    if not steady:
        return watch
    here, before = Step(reading.power_w, cars_w), watch.steady
    if before is None or abs(here.cars_w - before.cars_w) < STEP_W:
        return replace(watch, steady=here)
    cars_by, grid_by = here.cars_w - before.cars_w, here.grid_w - before.grid_w
    if abs(grid_by) < abs(cars_by) // 2:  # house and sun were louder: it says nothing
        return replace(watch, steady=here)
    wrong = 1 if (cars_by > 0) != (grid_by > 0) else -1
    return replace(watch, steady=here, signs=max(-SIGNS, min(SIGNS, watch.signs + wrong)))
