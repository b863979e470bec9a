"""How much of a session's energy came from the own roof: integer milliwatt-hours, counted as the site tells (A11, E3).

The site says what the roof gives this connector now, in W (`supply.SunShare`). Between two counts the sun gave no more
than that, and no more than the car took. Energy that flowed while nobody measured counts as from the grid.
"""

from datetime import timedelta

from msgspec.structs import replace

from . import meter
from .effects import SessionRecord
from .events import SunShared
from .state import Running, SunCount
from .turn import Turn

SAVED_EVERY = timedelta(minutes=1)  # what a restart forgets at most
MICROSECOND = timedelta(microseconds=1)
W_US_PER_MWH = 3_600_000
A_READING_MWH = 1_000  # what the register's last digit may hide, on either side
UNSEEN_WH = 100  # less energy than this may go unmeasured without a word
GAP = "sun_gap"


def begin(turn: Turn, connector_id: int) -> None:
    """A session began."""
    turn.set_seen(connector_id, sun=None)
    if turn.seen(connector_id).sun_w is not None:
        _note(turn, connector_id)


def sun_shared(turn: Turn, event: SunShared) -> None:
    """Count with the former share until now, then go on with the new one."""
    watch(turn)
    for share in event.shares:
        if share.connector_id in turn.connector_ids:
            turn.set_seen(share.connector_id, sun_w=share.sun_w)
            if share.sun_w is not None:
                _note(turn, share.connector_id)


def watch(turn: Turn) -> None:
    """In each turn: what the car takes changes between two shares as well."""
    for connector_id in turn.connector_ids:
        if turn.visit(connector_id).running is not None:
            count(turn, connector_id)


def count(turn: Turn, connector_id: int) -> SunCount | None:
    """The count until now; None: nobody has measured in this session. Saved once a minute."""
    running = turn.visit(connector_id).running
    assert running is not None
    before = turn.seen(connector_id).sun or running.sun
    if before is None:
        return None
    after = _counted(turn, connector_id, before)
    if after is not before:
        turn.set_seen(connector_id, sun=after)
    if running.sun is None or after.at - running.sun.at >= SAVED_EVERY:
        turn.set_visit(connector_id, running=replace(running, sun=after))
    return after


def _note(turn: Turn, connector_id: int) -> None:
    """Somebody measures: the count begins, if it has not."""
    running, seen = turn.visit(connector_id).running, turn.seen(connector_id)
    if running is None or seen.sun is not None or running.sun is not None:
        return
    register_wh = meter.session_register_wh(turn, connector_id)
    missed_wh = register_wh - running.record.start_register_wh
    begun = SunCount(at=turn.now, register_wh=register_wh, missed_wh=missed_wh)
    turn.set_seen(connector_id, sun=begun)
    turn.set_visit(connector_id, running=replace(running, sun=begun))


def _counted(turn: Turn, connector_id: int, before: SunCount) -> SunCount:
    seen = turn.seen(connector_id)
    register_wh = max(before.register_wh, meter.session_register_wh(turn, connector_id))
    moved_wh = register_wh - before.register_wh
    if seen.sun is None or seen.sun_w is None:  # we restarted and have not heard, or nobody measures now
        return replace(before, at=turn.now, register_wh=register_wh, missed_wh=before.missed_wh + moved_wh, spare_mwh=0)
    elapsed_us = max(0, (turn.now - before.at) // MICROSECOND)
    gave_mwh = seen.sun_w * elapsed_us // W_US_PER_MWH + before.spare_mwh
    took_mwh = moved_wh * 1_000 + before.owed_mwh
    sun_mwh = min(gave_mwh, took_mwh)
    coarse = moved_wh == 0 and seen.reading is not None and seen.reading.power_w > 0  # its register will jump
    spare_mwh = gave_mwh - sun_mwh
    return replace(
        before,
        at=turn.now,
        register_wh=register_wh,
        sun_mwh=before.sun_mwh + sun_mwh,
        spare_mwh=spare_mwh if coarse else min(spare_mwh, A_READING_MWH),
        owed_mwh=min(took_mwh - sun_mwh, A_READING_MWH),
    )


def at_boundary(turn: Turn, running: Running, record: SessionRecord) -> SessionRecord:
    """With the sun until the quarter-hour whose register was just noted."""
    sun = turn.seen(record.connector_id).sun or running.sun
    if sun is None or not record.quarters:
        return record
    at, register_wh = record.quarters[-1]
    sun_wh = min(sun.sun_mwh // 1_000, register_wh - record.start_register_wh)
    return replace(record, sun_quarters=(*record.sun_quarters, (at, sun_wh)))


def closed(sun: SunCount | None, record: SessionRecord) -> SessionRecord:
    """The ended record with what the sun gave: never more than its energy."""
    if sun is None:
        return record
    assert record.energy_wh is not None
    sun_wh = min(sun.sun_mwh // 1_000, record.energy_wh)
    quarters = tuple((at, min(wh, sun_wh)) for at, wh in record.sun_quarters)
    flags = record.flags if sun.missed_wh < UNSEEN_WH or GAP in record.flags else (*record.flags, GAP)
    return replace(record, sun_wh=sun_wh, sun_quarters=quarters, flags=flags)
