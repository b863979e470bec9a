"""The running quarter-hour: what was imported in it, what is left below the month's peak, and what the house took."""

from datetime import datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ..energy import zones
from ..energy.forecast import PAST, Sunny, Used
from ..energy.quarters import QUARTER, after, at_or_before
from .state import Durable, MonthPeak

WHOLE_S = 900
AIM_PERCENT = 99  # of the limit: what comes between two looks of the last seconds is not made good any more
LATEST_S = 30  # what was spared is never spread over less: no leap at the end of a quarter-hour
ENOUGH_S = 600  # measured, before a quarter-hour counts as one
Past = TypeVar("Past", Used, Sunny)


class Running(Struct, frozen=True, gc=False):
    """Sums of W·s since the boundary, and what the last look showed."""

    starts_at: datetime
    at: datetime  # of the last look
    import_w: int = 0  # then
    house_w: int = 0
    solar_w: int | None = None  # None: nobody measures it
    import_ws: int = 0
    house_ws: int = 0
    solar_ws: int = 0
    seen_s: int = 0


def moved(running: Running | None, durable: Durable, now: datetime, zone: str) -> tuple[Running, Durable]:
    """Let time pass: what was shown last went on until now. A quarter-hour that ended is remembered."""
    if running is None or now < running.at or now - running.at > QUARTER:
        return Running(starts_at=at_or_before(now), at=now), durable
    while running.at < now:
        boundary = after(running.starts_at)
        running = _advanced(running, min(now, boundary))
        if running.at == boundary:
            durable = _ended(running, durable, zone)
            running = replace(running, starts_at=boundary, import_ws=0, house_ws=0, solar_ws=0, seen_s=0)
    return running, durable


def _advanced(running: Running, to: datetime) -> Running:
    seconds = round((to - running.at).total_seconds())
    return replace(
        running,
        at=to,
        import_ws=running.import_ws + max(0, running.import_w) * seconds,
        house_ws=running.house_ws + running.house_w * seconds,
        solar_ws=running.solar_ws + (running.solar_w or 0) * seconds,
        seen_s=running.seen_s + seconds,
    )


def _ended(running: Running, durable: Durable, zone: str) -> Durable:
    if running.seen_s < ENOUGH_S:
        return durable
    month = f"{zones.local(running.starts_at, zone):%Y-%m}"
    import_w = running.import_ws // WHOLE_S
    peak = durable.peak
    if peak is None or peak.month != month or peak.power_w < import_w:
        peak = MonthPeak(month, import_w)
    used = Used(running.starts_at, max(0, running.house_ws // running.seen_s))
    since = running.starts_at - PAST
    house, sun = (*_recent(durable.house, since), used), _recent(durable.sun, since)
    if running.solar_w is not None:
        sun = (*sun, Sunny(running.starts_at, max(0, running.solar_ws // running.seen_s)))
    return replace(durable, peak=peak, house=house, sun=sun)


def _recent(kept: tuple[Past, ...], since: datetime) -> tuple[Past, ...]:
    """They are kept in their order, so only the first ones are too old."""
    gone = next((number for number, before in enumerate(kept) if before.starts_at > since), len(kept))
    return kept[gone:]


def limit_w(month_peak_w: int | None, durable: Durable, now: datetime, zone: str) -> int | None:
    """What quarter-hours stay below. A peak that was reached is paid for: the rest of the month may use it too."""
    if month_peak_w is None:
        return None
    reached = durable.peak is not None and durable.peak.month == f"{zones.local(now, zone):%Y-%m}"
    return max(month_peak_w, durable.peak.power_w) if reached and durable.peak is not None else month_peak_w


def left_w(running: Running, limit_w: int) -> int:
    """What may be imported on average until the boundary. Of what nobody saw the limit is assumed."""
    aim_w = limit_w * AIM_PERCENT // 100
    gone_s = round((running.at - running.starts_at).total_seconds())
    used_ws = running.import_ws + (gone_s - running.seen_s) * aim_w
    spare_ws = aim_w * gone_s - used_ws
    return aim_w + spare_ws // max(WHOLE_S - gone_s, LATEST_S if spare_ws > 0 else 1)
