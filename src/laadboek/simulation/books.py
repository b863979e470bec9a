"""What was written down, against what really happened: our platform's books, and the ledger of the charger.

Rows are judged here, never believed: a look finds what was promised on the wire and is not in the store, or otherwise.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from ..clock import from_us, to_us
from ..store.connection import Connection
from .story import LATE, LinkStory, Story, WireTransaction, as_told, compare
from .truth import Meter, TrueSession

LOOKED_AGAIN_S = 62  # a boundary's register is read within a minute, or not noted

JOURNALLED = """
SELECT frames.message_id FROM frames JOIN charge_points ON charge_points.id = frames.charge_point_id
WHERE charge_points.charge_box_id = ? AND frames.received_at >= ?"""
# A stop is answered again, from the journal, however long ago it was taken in.
TAKEN_IN_EARLIER = """
SELECT 1 FROM frames JOIN charge_points ON charge_points.id = frames.charge_point_id
WHERE charge_points.charge_box_id = ? AND frames.message_id = ?"""
STOPS_ASIDE = """
SELECT outbox.body FROM outbox JOIN links ON links.id = outbox.link_id
JOIN sessions ON sessions.public_id = outbox.session_id
WHERE links.charge_box_id = ? AND sessions.id_tag = ? AND sessions.started_at = ?
AND outbox.action = 'StopTransaction' AND outbox.state = 'set_aside'"""
METER_VALUES = "SELECT transaction_id, register_wh FROM meter_values WHERE transaction_id IS NOT NULL"
LEFTOVERS = {
    "orphans": "SELECT COUNT(*) FROM orphans",
    "transaction messages were not delivered": "SELECT COUNT(*) FROM outbox JOIN links ON links.id = outbox.link_id"
    " WHERE outbox.state <> 'acked' AND links.lifecycle <> 'removed'",
    "transactions are not closed": "SELECT COUNT(*) FROM transactions WHERE state <> 'closed'",
}


def as_lived(session: TrueSession) -> Story:
    person, start = session.person, to_us(session.started_at)
    return person.id_tag, person.kind.value, start, session.start_register_wh, session.end_register_wh


def as_paid(session: TrueSession) -> Story:
    return session.person.kind.value, to_us(session.started_at), session.energy_wh


def as_booked(session: TrueSession) -> Story:
    id_tag, start, *rest = as_told(session, session.start_register_wh)
    return id_tag, to_us(start), *rest


# Every account of a session, and what it must say.
ACCOUNTS: dict[str, tuple[str, Callable[[TrueSession], Story]]] = {
    "sessions": (
        "SELECT id_tag, kind, started_at, start_register_wh, end_register_wh FROM sessions ORDER BY id",
        as_lived,
    ),
    "ledger": ("SELECT kind, started_at, energy_wh FROM ledger_entries ORDER BY seq", as_paid),
    "transactions": (
        "SELECT id_tag, started_at, meter_start_wh, meter_stop_wh, stop_reason FROM transactions ORDER BY id",
        as_booked,
    ),
}


class Books:
    def __init__(self, story: LinkStory, meter: Meter, wrong: Callable[[str], None]) -> None:
        self._story, self._meter, self._wrong = story, meter, wrong
        self._looked_us = 0

    def look_for_answered(self, db: Connection, answered: Sequence[str], now: datetime) -> None:
        """Every answer that left our platform stands in the store (nothing is acknowledged before it is durable)."""
        identity = self._story.circuit.charge_box_id
        stored = {message_id for (message_id,) in db.rows(JOURNALLED, (identity, self._looked_us))}
        self._looked_us = to_us(now - LATE)
        for message_id in answered:
            if message_id not in stored and db.row(TAKEN_IN_EARLIER, (identity, message_id)) is None:
                self._wrong(f"{identity}: {message_id} was answered and is not in the store")

    def judge(self, db: Connection, ended: Sequence[TrueSession]) -> None:
        for name, (sql, expected) in ACCOUNTS.items():
            compare(name, [expected(session) for session in ended], db.rows(sql), self._wrong)
        for what, sql in LEFTOVERS.items():
            row = db.row(sql)
            if row is not None and row[0]:
                self._wrong(f"{row[0]} {what}")
        self._check_ends(db)
        self._check_quarters(db)
        self._count_meter_values(db)

    def judge_removal(self, db: Connection, story: LinkStory) -> None:
        """What ran when the link was removed stopped then and there, with Other, for whoever wants to see it told."""
        if story.removal is None or (running := story.removal.running) is None:
            return
        rows = db.rows(STOPS_ASIDE, (story.circuit.charge_box_id, running.person.id_tag, to_us(running.started_at)))
        stops = [(body["reason"], body["meterStop"]) for body in (msgspec.json.decode(row[0]) for row in rows)]
        if stops != [("Other", story.removal.register_wh)]:
            self._wrong(f"{story.circuit.name}: was removed at {story.removal.register_wh} Wh, and kept {stops}")

    def _check_ends(self, db: Connection) -> None:
        """What the ledger says of an end is what the wire says."""
        rows = db.rows("SELECT ended_at FROM sessions WHERE ended_at IS NOT NULL ORDER BY id")
        for (ended_us,), transaction in zip(rows, self._story.transactions, strict=False):
            ended_at = from_us(ended_us)
            if transaction.stopped_at != ended_at.replace(microsecond=0):
                self._wrong(f"a session that ended at {ended_at} stopped at {transaction.stopped_at} on the wire")

    def _check_quarters(self, db: Connection) -> None:
        """The registers at quarter-hour boundaries are what the meter showed there."""
        for (body,) in db.rows("SELECT body FROM ledger_entries WHERE entry = 'session' ORDER BY seq"):
            for boundary_us, register_wh in msgspec.json.decode(body)["quarters"]:
                boundary = from_us(boundary_us)
                seconds = (boundary + timedelta(seconds=late) for late in range(LOOKED_AGAIN_S))
                if not any(self._meter.showed(second, register_wh) for second in seconds):
                    self._wrong(f"ledger: {register_wh} Wh at {boundary}, which the meter never showed")

    def _count_meter_values(self, db: Connection) -> None:
        sent = sorted(value for one in self._story.transactions for value in _told_apart(one))
        stored = sorted((int(row[0]), int(row[1])) for row in db.rows(METER_VALUES))
        if sent != stored:
            self._wrong(f"meter values: {len(sent)} over the wire, {len(stored)} in the store, or others")


def _told_apart(transaction: WireTransaction) -> list[tuple[int, int]]:
    """(id, Wh) of its meter values. The same second came twice if the clock was set, and nobody can tell why."""
    values = transaction.values
    if transaction.truth is not None and transaction.truth.clock_was_set:
        values = list(dict.fromkeys(values))
    return [(transaction_id, register_wh) for transaction_id, _, register_wh in values]
