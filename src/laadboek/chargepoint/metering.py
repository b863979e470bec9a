"""MeterValues: sampled in a transaction, aligned to the clock, and those of StopTransaction (OCPP 1.6 §3.16, §4.7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..facts import Reading
from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from . import configuration, register, thinning
from .config import LinkConfig
from .state import FaceState, Metering, Transaction
from .step import Step, earliest, whole_second

Sample = tuple[str, m.Phase | None]
Wanted = tuple[tuple[m.Measurand, m.Phase | None], ...]

ENERGY: Wanted = ((m.Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, None),)
# A reading that is older, or younger, than the instant it shall stand for tells the register only.
FRESH = timedelta(seconds=60)
# A value that was read this soon after it was due is stamped with that instant: timers are a little late, and a value
# every 60 s shall read so.
PUNCTUAL = timedelta(seconds=1)
# What shows on a filtered link that the car drew energy for somebody else: between transactions, and at all (RULES §6).
TELLING = (m.Measurand.SOC, m.Measurand.VOLTAGE)
ALWAYS_TELLING = (m.Measurand.SOC,)
LINE_TO_NEUTRAL = (m.Phase.L1_N, m.Phase.L2_N, m.Phase.L3_N)
LINES = (m.Phase.L1, m.Phase.L2, m.Phase.L3)


class AboutMeterValues(Struct, frozen=True):
    pass


def _by_line(values_milli: tuple[int, ...], labels: tuple[m.Phase, ...], only: m.Phase | None) -> list[Sample]:
    shown = zip(LINES, labels, values_milli, strict=True)
    return [(f"{milli / 1000:.1f}", label) for line, label, milli in shown if only in (None, line)]


# How each measurand is read (§7.31), and in which unit (§7.45).
MEASURED: dict[m.Measurand, tuple[m.UnitOfMeasure, Callable[[Reading, m.Phase | None], list[Sample]]]] = {
    m.Measurand.ENERGY_ACTIVE_IMPORT_REGISTER: (m.UnitOfMeasure.WH, lambda r, _: [(str(r.register_wh), None)]),
    m.Measurand.POWER_ACTIVE_IMPORT: (m.UnitOfMeasure.W, lambda r, _: [(str(r.power_w), None)]),
    m.Measurand.CURRENT_IMPORT: (m.UnitOfMeasure.A, lambda r, only: _by_line(r.current_ma, LINES, only)),
    m.Measurand.VOLTAGE: (m.UnitOfMeasure.V, lambda r, only: _by_line(r.voltage_mv, LINE_TO_NEUTRAL, only)),
    m.Measurand.CURRENT_OFFERED: (m.UnitOfMeasure.A, lambda r, _: [(f"{r.offered_ma / 1000:.1f}", None)]),
    m.Measurand.SOC: (
        m.UnitOfMeasure.PERCENT,
        lambda r, _: [] if r.soc_percent is None else [(str(r.soc_percent), None)],
    ),
}


def meter_value(reading: Reading, wanted: Wanted, context: m.ReadingContext, at: datetime) -> m.MeterValue:
    """What was asked for and can be told, of one instant (errata 3.76); the register if that is nothing (case 070)."""
    values = tuple(
        m.SampledValue(
            value=value,
            context=context,
            measurand=measurand,
            phase=phase,
            location=m.Location.EV if measurand is m.Measurand.SOC else m.Location.OUTLET,
            unit=MEASURED[measurand][0],
        )
        for measurand, only in wanted
        for value, phase in MEASURED[measurand][1](reading, only)
    )
    if not values:
        return meter_value(reading, ENERGY, context, at)
    return m.MeterValue(timestamp=whole_second(at), sampled_value=values)


# --- of StopTransaction: collected while the transaction runs ---------------------------------------------------------


def _at_end_point(
    step: Step, connector_id: int, register_wh: int, at: datetime, context: m.ReadingContext
) -> tuple[Reading, bool]:
    """The reading at the start or stop of a transaction; False: only its register is known."""
    reading = step.state.readings.get(connector_id)
    if reading is None or abs(reading.taken_at - at) > FRESH:
        return Reading(connector_id, at, register_wh), False
    if context is m.ReadingContext.TRANSACTION_BEGIN:
        reading = register.between_transactions(step, reading)  # another session may have ended just now
    return replace(reading, register_wh=register_wh), True


def _stop_measurands(state: FaceState) -> Wanted:
    sampled = configuration.measurands(state, "StopTxnSampledData")
    return tuple(dict.fromkeys(sampled + configuration.measurands(state, "StopTxnAlignedData")))


def end_point(
    step: Step, transaction: Transaction, register_wh: int, at: datetime, context: m.ReadingContext
) -> Transaction:
    """Add the value of the start or the stop: of every measurand configured (errata 3.14), if any is (§3.16.5)."""
    wanted = _stop_measurands(step.state)
    if not wanted:
        return transaction
    wanted = _tellable(step, wanted, TELLING if context is m.ReadingContext.TRANSACTION_BEGIN else ALWAYS_TELLING)
    reading, whole = _at_end_point(step, transaction.connector_id, register_wh, at, context)
    value = meter_value(reading, wanted if whole else ENERGY, context, at)
    if context is m.ReadingContext.TRANSACTION_END:
        return replace(transaction, collected=(*transaction.collected, msgspec.json.encode(value)))
    return _collected(transaction, value)


def _tellable(step: Step, wanted: Wanted, telling: tuple[m.Measurand, ...]) -> Wanted:
    if not step.config.filtered:
        return wanted
    return tuple(each for each in wanted if each[0] not in telling)


def _collected(transaction: Transaction, value: m.MeterValue) -> Transaction:
    """Keep it, evenly thinned: past the limit every second one goes, and from then on every second one that comes.

    The first is never dropped, and room is left for the last (errata 3.91).
    """
    offered, stride = transaction.offered, transaction.stride
    if offered % stride:
        return replace(transaction, offered=offered + 1)
    kept = (*transaction.collected, msgspec.json.encode(value))
    if len(kept) >= configuration.MAX_STOP_VALUES:
        kept, stride = kept[::2], stride * 2
    return replace(transaction, collected=kept, offered=offered + 1, stride=stride)


def transaction_data(transaction: Transaction) -> tuple[m.MeterValue, ...] | None:
    values = tuple(msgspec.json.decode(value, type=m.MeterValue) for value in transaction.collected)
    return values or None


# --- while it runs ----------------------------------------------------------------------------------------------------


def _next_sample(state: FaceState, transaction: Transaction, after: datetime) -> datetime | None:
    """Samples are taken every MeterValueSampleInterval seconds from the start of the transaction (§3.16.1)."""
    interval_s = configuration.integer(state, "MeterValueSampleInterval")
    if not interval_s or transaction.ended:
        return None
    interval = timedelta(seconds=interval_s)
    passed = (after - transaction.started_at) // interval  # negative if our clock was set back since
    return transaction.started_at + (passed + 1) * interval


def _next_aligned(state: FaceState, after: datetime) -> datetime | None:
    """Evenly spaced from midnight UTC on (§3.16.2)."""
    interval_s = configuration.integer(state, "ClockAlignedDataInterval")
    if not interval_s:
        return None
    midnight = datetime(after.year, after.month, after.day, tzinfo=UTC)
    slot = midnight + ((after - midnight) // timedelta(seconds=interval_s) + 1) * timedelta(seconds=interval_s)
    return min(slot, midnight + timedelta(days=1))


def plan(step: Step) -> None:
    """Set the next instants anew: a transaction came or went, or an interval was changed."""
    running = (t for t in step.durable.transactions.values() if not t.ended)
    samples = {t.session_id: _next_sample(step.state, t, step.now) for t in running}
    next_sample = {session_id: at for session_id, at in samples.items() if at is not None}
    step.change(metering=Metering(next_sample, _next_aligned(step.state, step.now)))


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    metering = state.metering
    if not metering.next_sample:
        return metering.next_aligned
    return earliest(metering.next_aligned, *metering.next_sample.values())


def reach(step: Step) -> None:
    metering = step.state.metering
    sampled = {session_id: at for session_id, at in metering.next_sample.items() if at <= step.now}
    for session_id, at in sampled.items():
        _sample(step, session_id, _stamp(step, at))
    aligned = metering.next_aligned
    if aligned is not None and aligned <= step.now:
        for connector_id in range(1, step.config.nameplate.connectors + 1):
            _align(step, connector_id, _stamp(step, aligned))
    if sampled or (aligned is not None and aligned <= step.now):
        plan(step)


def _stamp(step: Step, due: datetime) -> datetime:
    return due if step.now - due < PUNCTUAL else step.now


def _sample(step: Step, session_id: str, at: datetime) -> None:
    transaction = step.durable.transactions[session_id]
    wanted = configuration.measurands(step.state, "MeterValuesSampledData")
    collect = configuration.measurands(step.state, "StopTxnSampledData")
    _in_transaction(step, transaction, (wanted, collect), m.ReadingContext.SAMPLE_PERIODIC, at)


def _in_transaction(
    step: Step, transaction: Transaction, chosen: tuple[Wanted, Wanted], context: m.ReadingContext, at: datetime
) -> None:
    """Queue the values as a transaction message, and keep those for StopTransaction."""
    reading = step.state.readings.get(transaction.connector_id)
    if reading is None:
        return
    reading = register.in_transaction(step, transaction, reading)
    wanted, collect = (_tellable(step, some, ALWAYS_TELLING) for some in chosen)
    if chosen[1]:
        step.keep(_collected(transaction, meter_value(reading, collect or ENERGY, context, at)))
    value = meter_value(reading, wanted or ENERGY, context, at)
    request = m.MeterValuesRequest(connector_id=transaction.connector_id, meter_value=(value,))
    thinning.enqueue(step, transaction.session_id, request)


def _align(step: Step, connector_id: int, at: datetime) -> None:
    """In the transaction that runs now (errata 3.16); outside any, told when there is somebody to tell."""
    wanted = configuration.measurands(step.state, "MeterValuesAlignedData")
    context = m.ReadingContext.SAMPLE_CLOCK
    transaction = running_on(step.state, connector_id)
    if transaction is not None:
        collect = configuration.measurands(step.state, "StopTxnAlignedData")
        _in_transaction(step, transaction, (wanted, collect), context, at)
    elif step.online:
        _tell(step, connector_id, wanted, context, at)


def running_on(state: FaceState, connector_id: int) -> Transaction | None:
    """The transaction that runs on a connector; 0 asks for any."""
    for transaction in state.durable.transactions.values():
        if not transaction.ended and connector_id in (0, transaction.connector_id):
            return transaction
    return None


def tell_now(step: Step, connector_id: int) -> None:
    """What TriggerMessage asked for."""
    wanted = configuration.measurands(step.state, "MeterValuesSampledData")
    _tell(step, connector_id, wanted, m.ReadingContext.TRIGGER, step.now)


def _tell(step: Step, connector_id: int, wanted: Wanted, context: m.ReadingContext, at: datetime) -> None:
    """Outside the queue of transaction messages."""
    transaction = running_on(step.state, connector_id)
    reading = step.state.readings.get(connector_id)
    if reading is None and transaction is None and register.is_known(step):
        reading = Reading(connector_id, step.now, 0)  # a device that restarts for others is no news here
    if reading is None:
        return
    if transaction is None:
        reading = register.between_transactions(step, reading)
        wanted = _tellable(step, wanted, TELLING)
    else:
        reading = register.in_transaction(step, transaction, reading)
        wanted = _tellable(step, wanted, ALWAYS_TELLING)
    request = m.MeterValuesRequest(
        connector_id=connector_id,
        transaction_id=transaction.transaction_id if transaction is not None else None,
        meter_value=(meter_value(reading, wanted or ENERGY, context, at),),
    )
    step.call(request, AboutMeterValues(), triggered=context is m.ReadingContext.TRIGGER)


def _nothing(step: Step, about: AboutMeterValues, _: Any) -> None:
    """Told or not, it was of the moment."""


ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutMeterValues: _nothing}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {AboutMeterValues: _nothing}
