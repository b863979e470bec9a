"""Sessions: one authorisation to its end, one identity, one payer (RULES §1). Registers in Wh."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..facts import EndReason, SessionEnded, SessionStarted
from . import boosts, budgets, control, goals, meter, reservations, sunlight
from .effects import SaveSession, SessionRecord
from .phases import Cause, move
from .state import Claim, Hold, Phase, Purpose, Reservation, Running
from .turn import Turn

QUARTER = timedelta(minutes=15)
PUNCTUAL = timedelta(minutes=1)  # a boundary that was reached later than this has no register of its own
READ_LATELY = timedelta(seconds=15)  # what the meter showed before is none of the boundary's: the device restarts
CHECKPOINT = timedelta(minutes=1)  # between marks, if the meter forgets its register without power


def start(turn: Turn, connector_id: int) -> None:
    """Turn the claim of a ready visit into a session."""
    claim = turn.visit(connector_id).claim
    assert claim is not None
    reading = turn.seen(connector_id).reading
    record = SessionRecord(
        session_id=turn.ids.public("ses"),
        connector_id=connector_id,
        id_tag=claim.id_tag,
        driver_id=claim.driver_id,
        driver_name=claim.driver_name,
        kind=claim.kind,
        mode=claim.mode,
        started_at=max(turn.now, claim.not_before or turn.now),
        start_register_wh=0 if reading is None else reading.register_wh,
        over_link=claim.over_link,
        flags=("meter_unknown",) if reading is None else (),
    )
    running = Running(
        record=record,
        claim=replace(claim, charging_profile=None),
        mark=meter.mark(turn, connector_id),
        quarter_at=quarter_of(turn.now) + QUARTER,
        checkpoint_at=_next_checkpoint(turn),
    )
    move(turn, connector_id, Cause.STARTED, claim=None, running=running, mode=claim.mode, hold=Hold.AS_NEEDED)
    sunlight.begin(turn, connector_id)
    if not claim.own:
        control.forget(turn, connector_id, Purpose.START)  # somebody else was quicker
    turn.emit(SaveSession(record))
    turn.tell(_started(turn.number_fact(), record, claim, reservations.use(turn, connector_id, claim)))


def _started(number: int, record: SessionRecord, claim: Claim, reservation: Reservation | None) -> SessionStarted:
    return SessionStarted(
        number=number,
        session_id=record.session_id,
        connector_id=record.connector_id,
        id_tag=record.id_tag,
        driver_id=record.driver_id,
        kind=record.kind,
        started_at=record.started_at,
        register_wh=record.start_register_wh,
        over_link=record.over_link,
        refused_by=claim.refused_by,
        reservation_id=None if reservation is None else reservation.reservation_id,
        reserved_by=None if reservation is None else reservation.link_id,
        charging_profile=claim.charging_profile,
    )


def _latest(record: SessionRecord) -> datetime:
    """The newest instant in its books."""
    return record.quarters[-1][0] if record.quarters else record.started_at


def end(
    turn: Turn,
    connector_id: int,
    reason: EndReason,
    *,
    by_tag: str | None = None,
    over_link: str | None = None,
    ended_at: datetime | None = None,
    register_wh: int | None = None,
) -> Phase:
    """Close the session's books; the car may still be there. `ended_at`, `register_wh`: not now, at a known mark."""
    running = turn.visit(connector_id).running
    assert running is not None
    sun = sunlight.count(turn, connector_id)
    record = replace(
        running.record,
        ended_at=max(ended_at or turn.now, _latest(running.record)),  # our clock may have been set back meanwhile
        end_register_wh=meter.session_register_wh(turn, connector_id) if register_wh is None else register_wh,
        reason=reason,
        ended_by_tag=by_tag,
    )
    assert record.energy_wh is not None and record.energy_wh >= 0, record
    record = sunlight.closed(sun, record)
    boosts.session_over(turn, connector_id)
    goals.session_over(turn, record)
    budgets.session_over(turn, record)
    phase = move(turn, connector_id, Cause.ENDED, running=None)
    turn.set_seen(connector_id, sun=None)
    control.forget(turn, connector_id, Purpose.STOP)
    _leave_service(turn, connector_id)
    turn.emit(SaveSession(record))
    turn.tell(_ended(turn.number_fact(), record, over_link))
    return phase


def _ended(number: int, record: SessionRecord, over_link: str | None) -> SessionEnded:
    assert record.ended_at is not None and record.end_register_wh is not None and record.reason is not None
    return SessionEnded(
        number=number,
        session_id=record.session_id,
        connector_id=record.connector_id,
        ended_at=record.ended_at,
        register_wh=record.end_register_wh,
        reason=record.reason,
        id_tag=record.ended_by_tag,
        over_link=over_link,
    )


def _leave_service(turn: Turn, connector_id: int) -> None:
    """ChangeAvailability during the session takes effect now (OCPP 1.6 §5.2)."""
    durable = turn.state.durable
    if connector_id in durable.inoperative_next:
        turn.set_durable(
            inoperative=durable.inoperative | {connector_id},
            inoperative_next=durable.inoperative_next - {connector_id},
        )


def tick(turn: Turn, connector_id: int) -> None:
    """Note the register at a quarter-hour boundary, so that any price split can be made later; save a mark."""
    running = turn.visit(connector_id).running
    assert running is not None
    now = turn.now
    if running.quarter_at <= now or running.quarter_at - QUARTER > now:  # it has come, or our clock was set back
        sun = sunlight.count(turn, connector_id)
        running = _quarter_noted(turn, replace(running, sun=sun))
        turn.emit(SaveSession(running.record))
        budgets.noted(turn, running.record)
    elif running.checkpoint_at is None or running.checkpoint_at > now:
        return
    marked = replace(running, mark=meter.mark(turn, connector_id), checkpoint_at=_next_checkpoint(turn))
    turn.set_visit(connector_id, running=marked)


def _quarter_noted(turn: Turn, running: Running) -> Running:
    boundary = quarter_of(turn.now)
    record = running.record
    if boundary > running.quarter_at:
        record = meter.flagged(running, "quarter_gap")
    reading = turn.seen(record.connector_id).reading
    is_read = reading is None or turn.now - reading.taken_at <= READ_LATELY
    if turn.now - boundary <= PUNCTUAL and is_read and boundary > _latest(record):
        register_wh = meter.session_register_wh(turn, record.connector_id)
        record = replace(record, quarters=(*record.quarters, (boundary, register_wh)))
        record = sunlight.at_boundary(turn, running, record)
    else:
        record = meter.flagged(running, "quarter_gap")
    return replace(running, record=record, quarter_at=boundary + QUARTER)


def _next_checkpoint(turn: Turn) -> datetime | None:
    return None if turn.nameplate.keeps_register else turn.now + CHECKPOINT


def quarter_of(instant: datetime) -> datetime:
    """The latest quarter-hour boundary. The same in every time zone in use: all are offset by quarter-hours."""
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)
