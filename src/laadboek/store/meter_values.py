"""Meter values as charge points report them (§4.7): a row per instant, with register and power picked out.

The values stay as they came, as JSON; `register_wh` and `power_w` are projections of them for charts and sessions.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from ..ocpp.types import Location, Measurand, MeterValue, ReadingContext, SampledValue, UnitOfMeasure, ValueFormat
from .charge_points import ChargePointIdentity
from .connection import Connection, Params

INSERT = (
    "INSERT INTO meter_values (account_id, charge_point_id, connector_id, transaction_id, sampled_at, context, "
    "register_wh, power_w, samples, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (charge_point_id, sampled_at, digest) DO NOTHING"
)
encode = msgspec.json.Encoder().encode


class Register(Struct, frozen=True):
    """The register of a connector at one instant."""

    sampled_at: datetime
    register_wh: int
    context: str


def save(
    db: Connection,
    charge_point: ChargePointIdentity,
    *,
    connector_id: int,
    transaction_id: int | None,
    values: Sequence[MeterValue],
    payload_hash: bytes,
) -> None:
    """Store them; the same message again, under whatever message id, stores nothing."""
    first = int.from_bytes(payload_hash[:7], "big")  # 56 bits: adding the place stays within 63
    account_id, charge_point_id = charge_point.account_id, charge_point.id
    for place, value in enumerate(values):
        db.run(INSERT, _row(account_id, charge_point_id, connector_id, transaction_id, value, first + place))


def _row(
    account_id: int, charge_point_id: int, connector_id: int, transaction_id: int | None, value: MeterValue, digest: int
) -> Params:
    samples = value.sampled_value
    register_wh, power_w = project(samples)
    return (
        account_id,
        charge_point_id,
        connector_id,
        transaction_id,
        to_us(value.timestamp),
        samples[0].context if samples else None,
        register_wh,
        power_w,
        encode(samples),
        digest,
    )


def project(samples: Sequence[SampledValue]) -> tuple[int | None, int | None]:
    """Register in Wh and power in W, as far as they are among the values (unphased, at the outlet, readable).

    On the path of every message: compares by identity, because the hash of an enum member is a call.
    """
    register_wh = power_w = None
    for sample in samples:
        measurand = sample.measurand
        if sample.phase is not None:
            continue
        if measurand is REGISTER or measurand is None:  # absent means the register (§7.43)
            if _is_at_outlet(sample):
                register_wh = _number(sample.value, ENERGY_FACTOR.get(sample.unit))
        elif measurand is POWER and _is_at_outlet(sample):
            power_w = _number(sample.value, POWER_FACTOR.get(sample.unit))
    return register_wh, power_w


def _is_at_outlet(sample: SampledValue) -> bool:
    return (sample.location is OUTLET or sample.location is None) and sample.format is not SIGNED


REGISTER, POWER = Measurand.ENERGY_ACTIVE_IMPORT_REGISTER, Measurand.POWER_ACTIVE_IMPORT
OUTLET, SIGNED = Location.OUTLET, ValueFormat.SIGNED_DATA
ENERGY_FACTOR = {UnitOfMeasure.WH: 1, UnitOfMeasure.KWH: 1000, None: 1}
POWER_FACTOR = {UnitOfMeasure.W: 1, UnitOfMeasure.KW: 1000, None: 1}
LIMIT = 2.0**53  # beyond it a value is no reading


def _number(text: str, factor: int | None) -> int | None:
    """The value as a whole number of the base unit; None when it is not a number or not in a known unit."""
    try:
        number = float(text)
    except ValueError:
        return None
    if factor is None or not abs(number) < LIMIT:  # also refuses nan
        return None
    return round(number * factor)


def registers(
    db: Connection,
    charge_point: ChargePointIdentity,
    *,
    connector_id: int,
    transaction_id: int,
    since: datetime,
    until: datetime,
) -> Iterator[Register]:
    """The registers reported for a transaction within its time, oldest first."""
    rows = db.rows(
        "SELECT sampled_at, register_wh, context FROM meter_values WHERE charge_point_id = ? AND sampled_at >= ? "
        "AND sampled_at <= ? AND connector_id = ? AND transaction_id = ? AND register_wh IS NOT NULL "
        "ORDER BY sampled_at, id",
        (charge_point.id, to_us(since), to_us(until), connector_id, transaction_id),
    )
    return (
        Register(from_us(at), register_wh, context or ReadingContext.SAMPLE_PERIODIC)
        for at, register_wh, context in rows
    )


class StoredValue(Struct, frozen=True, kw_only=True):
    """What was reported for one instant; `samples` is the JSON of all sampled values."""

    id: int
    sampled_at: datetime
    context: str | None
    register_wh: int | None
    power_w: int | None
    samples: bytes


def of_transaction(
    db: Connection, charge_point: ChargePointIdentity, transaction_id: int, after: tuple[datetime, int], limit: int
) -> list[StoredValue]:
    """The values of a transaction beyond `after` (instant and row), oldest first."""
    rows = db.rows(
        "SELECT id, sampled_at, context, register_wh, power_w, samples FROM meter_values WHERE charge_point_id = ? "
        "AND transaction_id = ? AND (sampled_at, id) > (?, ?) ORDER BY sampled_at, id LIMIT ?",
        (charge_point.id, transaction_id, to_us(after[0]), after[1], limit),
    )
    return [
        StoredValue(
            id=row_id,
            sampled_at=from_us(at),
            context=context,
            register_wh=register_wh,
            power_w=power_w,
            samples=bytes(samples),
        )
        for row_id, at, context, register_wh, power_w, samples in rows
    ]


def reported_since(db: Connection, charge_point: ChargePointIdentity, transaction_id: int, since: datetime) -> bool:
    """Did the charge point report values of this transaction after that instant?"""
    row = db.row(
        "SELECT 1 FROM meter_values WHERE charge_point_id = ? AND sampled_at > ? AND transaction_id = ? LIMIT 1",
        (charge_point.id, to_us(since), transaction_id),
    )
    return row is not None
