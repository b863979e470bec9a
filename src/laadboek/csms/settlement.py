"""A transaction and the ledger's session (RULES §1): found when we host the charger, derived when it is foreign.

The host of a charger writes its sessions; the transaction is their image and only notes where it differs. A foreign
charge point has nobody else: its session is written once, when its transaction has ended. One that ended without a
Stop waits for it a while; a Stop that comes even later becomes a correction.
"""

from datetime import datetime, timedelta

from ..facts import Kind, Mode
from ..ids import Ids
from ..ledger.entry import SessionFacts
from ..store import id_tags, meter_values, sessions, transactions
from ..store.charge_points import ChargePointIdentity
from ..store.connection import Connection
from ..store.transactions import Flag, SessionImage, TransactionRow

SAME_INSTANT = timedelta(seconds=2)  # the wire has whole seconds
PATIENCE = timedelta(minutes=15)  # a Stop may be queued behind the message that said it is over
SALT_BYTES = 16
HIGHEST_WH = 2**63 - 1
PLATFORM = "platform"  # the actor of a correction that no person made


def find_session(db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow) -> TransactionRow:
    """At its start: which session of the charger that we host is this?"""
    image = _image(db, charge_point, transaction)
    return transaction if image is None else transactions.reconcile(db, transaction, image.session_id, ())


def settle(
    db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow, ids: Ids, now: datetime
) -> None:
    """At its Stop: compare with the host's session, or write the session of a foreign charge point."""
    if charge_point.charger_id is None:
        _write_session(db, charge_point, transaction, ids, now)
        return
    image = _image(db, charge_point, transaction)
    if image is None:
        transactions.reconcile(db, transaction, None, {Flag.SESSION_MISSING})
    else:
        flags = set() if _agree(transaction, image) else {Flag.SESSION_DIFFERS}
        transactions.reconcile(db, transaction, image.session_id, flags)


def settle_overdue(
    db: Connection, charge_point: ChargePointIdentity, ids: Ids, now: datetime, *, patience: timedelta = PATIENCE
) -> int:
    """Write the sessions of a foreign charge point whose Stop has not come in time; return how many."""
    if charge_point.charger_id is not None:
        return 0
    overdue = transactions.without_session(db, charge_point, now - patience)
    for transaction in overdue:
        _write_session(db, charge_point, transaction, ids, now)
    return len(overdue)


def _image(db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow) -> SessionImage | None:
    if charge_point.charger_id is None:
        return None
    images = transactions.hosted_sessions(db, charge_point, transaction, SAME_INSTANT)
    same_tag = [one for one in images if id_tags.fold(one.id_tag) == id_tags.fold(transaction.id_tag)]
    return next(iter(same_tag or images), None)  # a link may know the driver under another tag


def _agree(transaction: TransactionRow, image: SessionImage) -> bool:
    assert transaction.stopped_at is not None, f"transaction {transaction.transaction_id} has ended"
    return (
        image.ended_at is not None
        and abs(image.ended_at - transaction.stopped_at) <= SAME_INSTANT
        and image.start_register_wh == transaction.meter_start_wh
        and image.end_register_wh == transaction.meter_stop_wh
    )


def _write_session(
    db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow, ids: Ids, now: datetime
) -> None:
    session = derive(db, charge_point, transaction)
    account_id, salt = charge_point.account_id, ids.token_bytes(SALT_BYTES)
    if sessions.load(db, account_id, session.session_id) is not None:
        sessions.correct(db, account_id, session, salt, actor=PLATFORM, at=now, why="late_stop")
        return
    sessions.save(
        db,
        account_id=account_id,
        chain=charge_point.public_id,
        session=session,
        salt=salt,
        charge_point_id=charge_point.id,
    )


def derive(db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow) -> SessionFacts:
    """The session of a foreign charge point's transaction that has ended. A pure function of what is stored."""
    assert transaction.session_id is not None and transaction.stopped_at is not None
    assert transaction.energy_wh is not None, f"transaction {transaction.transaction_id} has ended"
    started_at, ended_at = transaction.started_at, max(transaction.started_at, transaction.stopped_at)
    start_wh = max(0, transaction.meter_start_wh)  # a register below zero is counted from there: the energy stays
    end_wh = min(start_wh + transaction.energy_wh, HIGHEST_WH)
    tag = id_tags.find(db, charge_point.account_id, transaction.id_tag)
    flags = {flag.value for flag in transaction.flags} | (set() if tag else {"id_tag_unknown"})
    return SessionFacts(
        session_id=transaction.session_id,
        connector_id=transaction.connector_id,
        id_tag=transaction.id_tag,
        driver_id=tag.driver_id if tag else None,
        kind=(tag.kind if tag else Kind.PRIVATE).value,
        mode=Mode.FAST.value,  # the only one that a charge point without our rules has
        started_at=started_at,
        start_register_wh=start_wh,
        quarters=_quarters(db, charge_point, transaction, start_wh, end_wh),
        ended_at=ended_at,
        end_register_wh=end_wh,
        reason=transaction.stop_reason,
        ended_by_tag=transaction.stop_id_tag,
        flags=tuple(sorted(flags)),
    )


def _quarters(
    db: Connection, charge_point: ChargePointIdentity, transaction: TransactionRow, start_wh: int, end_wh: int
) -> tuple[tuple[datetime, int], ...]:
    """The registers at quarter-hour boundaries inside, as far as clock-aligned values tell; none that ran backwards."""
    assert transaction.stopped_at is not None
    reported = meter_values.registers(
        db,
        charge_point,
        connector_id=transaction.connector_id,
        transaction_id=transaction.transaction_id,
        since=transaction.started_at,
        until=transaction.stopped_at,
    )
    quarters: list[tuple[datetime, int]] = []
    floor_wh, after = start_wh, transaction.started_at
    shift_wh = start_wh - transaction.meter_start_wh
    for one in reported:
        at, register_wh = one.sampled_at, one.register_wh + shift_wh
        on_boundary = at.minute % 15 == 0 and at.second == 0 and at.microsecond == 0
        if on_boundary and after < at < transaction.stopped_at and floor_wh <= register_wh <= end_wh:
            quarters.append((at, register_wh))
            floor_wh, after = register_wh, at
    return tuple(quarters)
