"""Energy by the meter register, also when the meter starts anew (Wh since manufacture, OCPP 1.6 §7.31).

A session's own register goes on where the meter jumped back: physical register + carry. So its energy is the sum of
the segments in which the meter ran forward, and never negative. A jump back marks the session `meter_reset`. Once
only, if the meter then shows again what it had shown before, faster than any car can charge, it had merely stumbled.
"""

from msgspec.structs import replace

from ..facts import Reading
from .effects import SessionRecord
from .events import MeterRead
from .state import Mark, Nameplate, Power, Running
from .turn import Turn

HIGHEST_VOLTAGE_MV = 253_000  # 230 V + 10 % (EN 50160)
SLACK_WH = 100  # resolution of coarse meters, readings a little apart from their stamps


def read(turn: Turn, event: MeterRead) -> None:
    """Take in the newest readings. While the device is dark nobody knows what a reading means: it waits."""
    for reading in event.readings:
        before = turn.seen(reading.connector_id).reading
        if before == reading:
            continue
        turn.set_seen(reading.connector_id, reading=reading)
        running = turn.visit(reading.connector_id).running
        if running is None or turn.state.power in (Power.UNHEARD, Power.OFF):
            continue
        known = running.mark if before is None else Mark(before.taken_at, before.register_wh)
        _keep(turn, running, followed(running, known, reading, turn.nameplate))


def reconcile(turn: Turn, connector_id: int) -> None:
    """The device is back: join its register to the last one that was saved."""
    running, reading = turn.visit(connector_id).running, turn.seen(connector_id).reading
    if running is not None and reading is not None:
        _keep(turn, running, followed(running, running.mark, reading, turn.nameplate))


def _keep(turn: Turn, before: Running, after: Running) -> None:
    if after is not before:
        turn.set_visit(before.record.connector_id, running=after)


def followed(running: Running, before: Mark | None, reading: Reading, nameplate: Nameplate) -> Running:
    """The session after one more reading; the same object when the meter simply ran forward.

    A new carry comes with a new mark: after a restart the two are read together.
    """
    here = Mark(reading.taken_at, reading.register_wh)
    if before is None:  # the session began before the meter was ever read: this reading is its beginning
        return replace(running, mark=here, carry_wh=running.record.start_register_wh - reading.register_wh)
    register_wh = before.register_wh + running.carry_wh
    if reading.register_wh < before.register_wh:
        return replace(
            running,
            record=flagged(running, "meter_reset"),
            mark=here,
            carry_wh=register_wh - reading.register_wh,
            before_reset=running.before_reset or (before.register_wh, running.carry_wh),
        )
    if running.before_reset is not None and _came_back(running.before_reset[0], before, reading, nameplate):
        carry_wh = max(running.before_reset[1], register_wh - reading.register_wh)
        return replace(running, mark=here, carry_wh=carry_wh, before_reset=None)
    return running


def _came_back(lost_wh: int, before: Mark, reading: Reading, nameplate: Nameplate) -> bool:
    elapsed_s = max(0.0, (reading.taken_at - before.at).total_seconds())
    gained_wh = reading.register_wh - before.register_wh
    return reading.register_wh >= lost_wh and gained_wh > highest_power_w(nameplate) * elapsed_s / 3600 + SLACK_WH


def highest_power_w(nameplate: Nameplate) -> int:
    """More never flows through one connector."""
    return nameplate.phases * nameplate.max_current_ma * HIGHEST_VOLTAGE_MV // 1_000_000


def flagged(running: Running, flag: str) -> SessionRecord:
    record = running.record
    return record if flag in record.flags else replace(record, flags=(*record.flags, flag))


def mark(turn: Turn, connector_id: int) -> Mark | None:
    """What the meter shows now, to be saved; while the device is dark, what it showed before."""
    reading = turn.seen(connector_id).reading
    running = turn.visit(connector_id).running
    if reading is None or not turn.on:
        return None if running is None else running.mark
    return Mark(turn.now, reading.register_wh)


def session_register_wh(turn: Turn, connector_id: int) -> int:
    """The session's own register now."""
    running = turn.visit(connector_id).running
    assert running is not None
    now = mark(turn, connector_id)
    return running.record.start_register_wh if now is None else now.register_wh + running.carry_wh
