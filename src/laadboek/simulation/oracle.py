"""The oracle: reads the simulated meter and the wire, and says what is wrong. Our own rows are only what it judges.

On the wire it keeps the rules of OCPP-J §4.1 (one open Call per direction, ids used once, a resend only as the same
bytes on a new socket) and of the outbox: nothing lost, nothing twice, in order, and answered only when stored.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from ..store.connection import Connection
from .network import Side, What, WireEvent
from .truth import Meter, Referee, TrueSession

CALL, CALLRESULT, CALLERROR = 2, 3, 4
Story = tuple[Any, ...]
# A program that died is back by then; a power cut is over by then.
LATE = timedelta(minutes=45)
LOOKED_AGAIN_S = 30
decode = msgspec.json.Decoder(list[Any]).decode
CHANGE_NOTHING = {"Heartbeat"}
REGISTER = "Energy.Active.Import.Register"


class WireTransaction(Struct, kw_only=True):
    """A transaction as the wire tells it."""

    id_tag: str
    started_at: datetime
    meter_start_wh: int
    transaction_id: int | None = None
    values: list[tuple[datetime, int]] = []
    stopped_at: datetime | None = None
    meter_stop_wh: int | None = None
    reason: str = "Local"  # what an absent reason means (§6.45)


class SentCall(Struct, kw_only=True):
    text: bytes
    action: str
    payload: dict[str, Any]
    socket: int
    arrived: bool = False
    answered: bool = False


class Oracle:
    """Hears every wire event as it happens; `violations` grows, in words."""

    def __init__(self, referee: Referee, meter: Meter) -> None:
        self.violations: list[str] = []
        self.messages = 0
        self.transactions: list[WireTransaction] = []
        self._referee, self._meter = referee, meter
        self._calls: dict[tuple[str, Side, str], SentCall] = {}
        self._open: dict[tuple[int, Side], str] = {}
        self._heard: dict[tuple[int, Side], SentCall] = {}  # answered, and not yet known to be written down
        self._said: dict[tuple[str, bytes], str] = {}  # transaction messages: action and payload, to their id
        self._answered: list[tuple[str, str]] = []  # (charge_box_id, message_id) promised since the last look
        self._looked_us = 0
        self._now: datetime | None = None

    def hear(self, event: WireEvent) -> None:
        self._now = event.at
        if event.what is What.CLOSED:
            self._open.pop((event.socket, event.side), None)
            self._heard.pop((event.socket, event.side), None)
        elif event.what in (What.SENT, What.RECEIVED):
            frame = decode(event.text)
            REACTIONS[event.what, frame[0]](self, event, frame)

    def wrong(self, message: str) -> None:
        self.violations.append(f"{self._now:%Y-%m-%d %H:%M:%S} {message}")

    # --- one rule after another, by what is seen ---

    def _call_sent(self, event: WireEvent, frame: list[Any]) -> None:
        self.messages += 1
        identity, message_id, action = event.charge_box_id, frame[1], frame[2]
        if (before := self._heard.pop((event.socket, event.side), None)) is not None:
            before.answered = True  # whoever goes on talking has lived to write the answer down
        pending = self._open.get((event.socket, event.side))
        if pending is not None:
            self.wrong(f"{identity}: {action} {message_id} sent while {pending} is still open (OCPP-J §4.1.1)")
        self._open[event.socket, event.side] = message_id
        known = self._calls.get((identity, event.side, message_id))
        if known is None:
            call = SentCall(text=event.text, action=action, payload=frame[3], socket=event.socket)
            self._calls[identity, event.side, message_id] = call
            if action in TRANSACTION_STEPS:
                self._said_before(identity, message_id, event.text.partition(b",")[2].partition(b",")[2], action)
        elif known.text != event.text:
            self.wrong(f"{identity}: message id {message_id} used twice, for {known.action} and {action}")
        elif known.socket == event.socket:
            self.wrong(f"{identity}: {action} {message_id} sent twice on one socket")
        elif known.answered:
            self.wrong(f"{identity}: {action} {message_id} sent again after its answer had arrived")
        else:
            known.socket = event.socket

    def _said_before(self, identity: str, message_id: str, rest: bytes, action: str) -> None:
        """Without a CALLERROR, which never comes here, a transaction message has one id for ever."""
        first = self._said.setdefault((identity, rest), message_id)
        if first != message_id:
            self.wrong(f"{identity}: {action} {first} sent again as {message_id}")

    def _call_arrived(self, event: WireEvent, frame: list[Any]) -> None:
        call = self._calls[event.charge_box_id, other(event.side), frame[1]]
        if not call.arrived and call.action in TRANSACTION_STEPS:
            TRANSACTION_STEPS[call.action](self, call.payload)
        call.arrived = True

    def _answer_sent(self, event: WireEvent, frame: list[Any]) -> None:
        self.messages += 1
        call = self._calls.get((event.charge_box_id, other(event.side), frame[1]))
        if event.side is Side.CENTRAL_SYSTEM and call is not None and call.action not in CHANGE_NOTHING:
            self._answered.append((event.charge_box_id, frame[1]))

    def _answer_arrived(self, event: WireEvent, frame: list[Any]) -> None:
        call = self._calls.get((event.charge_box_id, event.side, frame[1]))
        if call is None:
            self.wrong(f"{event.charge_box_id}: an answer to {frame[1]}, which nobody asked")
            return
        self._heard[event.socket, event.side] = call
        if self._open.get((event.socket, event.side)) == frame[1]:
            del self._open[event.socket, event.side]
        if call.action == "StartTransaction":
            self._transaction_named(call.payload, frame[2]["transactionId"])

    def _error_sent(self, event: WireEvent, frame: list[Any]) -> None:
        self.wrong(f"{event.charge_box_id}: the {event.side} answered {frame[1]} with {frame[2]}: {frame[3]}")

    def _error_arrived(self, event: WireEvent, frame: list[Any]) -> None:
        self._open.pop((event.socket, event.side), None)

    # --- transactions, in the order in which their messages first arrive ---

    def _started(self, payload: dict[str, Any]) -> None:
        if self.transactions and self.transactions[-1].stopped_at is None:
            self.wrong(f"StartTransaction of {payload['idTag']} arrived before the transaction before it stopped")
        self.transactions.append(
            WireTransaction(
                id_tag=payload["idTag"],
                started_at=instant(payload["timestamp"]),
                meter_start_wh=payload["meterStart"],
                values=[],
            )
        )

    def _transaction_named(self, payload: dict[str, Any], transaction_id: int) -> None:
        key = (payload["idTag"], instant(payload["timestamp"]), payload["meterStart"])
        for transaction in self.transactions:
            if (transaction.id_tag, transaction.started_at, transaction.meter_start_wh) == key:
                if transaction.transaction_id not in (None, transaction_id):
                    self.wrong(f"two transaction ids for one start of {key[0]}: {transaction.transaction_id}")
                transaction.transaction_id = transaction_id

    def _metered(self, payload: dict[str, Any]) -> None:
        values = registers(payload["meterValue"])
        for taken_at, register_wh in values:
            if not self._meter.showed(taken_at, register_wh):
                self.wrong(f"a meter value of {register_wh} Wh at {taken_at:%H:%M:%S}, which the meter never showed")
        if (transaction_id := payload.get("transactionId")) is not None:
            self._into_transaction(transaction_id, "MeterValues", values)

    def _into_transaction(
        self, transaction_id: int, action: str, values: list[tuple[datetime, int]]
    ) -> WireTransaction | None:
        """Meter values of a transaction belong to the one that runs, after those before."""
        running = self.transactions[-1] if self.transactions else None
        if running is None or running.transaction_id != transaction_id or running.stopped_at is not None:
            self.wrong(f"{action} for transaction {transaction_id}, which is not the running one")
            return None
        for taken_at, register_wh in values:
            last_at, last_wh = running.values[-1] if running.values else (running.started_at, running.meter_start_wh)
            if taken_at < last_at or register_wh < last_wh:
                self.wrong(
                    f"{action}: {register_wh} Wh at {taken_at:%H:%M:%S} after {last_wh} Wh at {last_at:%H:%M:%S}"
                )
            running.values.append((taken_at, register_wh))
        return running

    def _stopped(self, payload: dict[str, Any]) -> None:
        values = registers(payload.get("transactionData", []))
        values = [value for value in values if value[0] >= instant(payload["timestamp"])]
        transaction = self._into_transaction(payload["transactionId"], "StopTransaction", values)
        if transaction is None:
            return
        transaction.stopped_at = instant(payload["timestamp"])
        transaction.meter_stop_wh = payload["meterStop"]
        transaction.reason = payload.get("reason", "Local")
        if transaction.values and transaction.meter_stop_wh < transaction.values[-1][1]:
            self.wrong(f"meterStop {transaction.meter_stop_wh} Wh is below the last meter value")

    # --- looks at the store ---

    def look_for_answered(self, db: Connection) -> None:
        """Every answer that left our platform stands in the store (nothing is acknowledged before it is durable)."""
        answered, self._answered = self._answered, []
        stored = {(identity, message_id) for identity, message_id in db.rows(JOURNALLED, (self._looked_us,))}
        self._looked_us = 0 if self._now is None else to_us(self._now - LATE)
        for identity, message_id in answered:
            if (identity, message_id) not in stored:
                call = self._calls[identity, Side.CHARGE_POINT, message_id]
                self.wrong(f"{identity}: {call.action} {message_id} was answered and is not in the store")

    def judge(self, db: Connection) -> None:
        """At the end, with everything delivered: meter, wire and rows tell one story."""
        self.violations += self._meter.ran_backwards
        self.look_for_answered(db)
        truth = [session for session in self._referee.sessions if session.ended_at is not None]
        self._compare("wire", [as_told(t) for t in truth], [on_wire(t) for t in self.transactions])
        for name, (sql, expected) in ACCOUNTS.items():
            self._compare(name, [expected(session) for session in truth], db.rows(sql))
        for what, sql in LEFTOVERS.items():
            row = db.row(sql)
            if row is not None and row[0]:
                self.wrong(f"{row[0]} {what}")
        self._check_ends(truth, db)
        self._check_quarters(db)
        self._count_meter_values(db)

    def _compare(self, name: str, truth: list[Story], stories: list[Story]) -> None:
        if len(truth) != len(stories):
            self.wrong(f"{name}: {len(stories)} sessions, in truth {len(truth)}")
        for number, (expected, story) in enumerate(zip(truth, stories, strict=False), 1):
            if tuple(story) != expected:
                self.wrong(f"{name}: session {number} is {story}, in truth {expected}")

    def _check_ends(self, truth: list[TrueSession], db: Connection) -> None:
        """A session ends when it ended; if nobody was there to see it, when somebody was there again."""
        rows = db.rows("SELECT ended_at FROM sessions WHERE ended_at IS NOT NULL ORDER BY started_at, id")
        for session, (ended_us,), transaction in zip(truth, rows, self.transactions, strict=False):
            ended_at = from_us(ended_us)
            assert session.ended_at is not None
            if not session.ended_at <= ended_at <= session.ended_at + LATE:
                self.wrong(f"a session that ended at {session.ended_at} is said to have ended at {ended_at}")
            if transaction.stopped_at != ended_at.replace(microsecond=0):
                self.wrong(f"a session that ended at {ended_at} stopped at {transaction.stopped_at} on the wire")

    def _check_quarters(self, db: Connection) -> None:
        """The registers at quarter-hour boundaries are what the meter showed there, or when it was next looked at."""
        for (body,) in db.rows("SELECT body FROM ledger_entries WHERE entry = 'session' ORDER BY seq"):
            for boundary_us, register_wh in msgspec.json.decode(body)["quarters"]:
                boundary = from_us(boundary_us)
                seconds = (boundary + timedelta(seconds=late) for late in range(LOOKED_AGAIN_S))
                if not any(self._meter.showed(second, register_wh) for second in seconds):
                    self.wrong(f"ledger: {register_wh} Wh at {boundary}, which the meter never showed")

    def _count_meter_values(self, db: Connection) -> None:
        sent = sorted((t.transaction_id, wh) for t in self.transactions for _, wh in t.values)
        stored = sorted((int(row[0]), int(row[1])) for row in db.rows(METER_VALUES))
        if sent != stored:
            self.wrong(f"meter values: {len(sent)} over the wire, {len(stored)} in the store, or others")


def on_wire(transaction: WireTransaction) -> Story:
    start = to_us(transaction.started_at)
    return (transaction.id_tag, start, transaction.meter_start_wh, transaction.meter_stop_wh, transaction.reason)


def as_told(session: TrueSession) -> Story:
    """The true session as a charge point tells it: whole seconds."""
    assert session.reason is not None
    start = to_us(session.started_at.replace(microsecond=0))
    return (session.person.id_tag, start, session.start_register_wh, session.end_register_wh, session.reason.value)


def as_lived(session: TrueSession) -> Story:
    person, start = session.person, to_us(session.started_at)
    return (person.id_tag, person.kind.value, start, session.start_register_wh, session.end_register_wh)


def as_paid(session: TrueSession) -> Story:
    return (session.person.kind.value, to_us(session.started_at), session.energy_wh)


def other(side: Side) -> Side:
    return Side.CENTRAL_SYSTEM if side is Side.CHARGE_POINT else Side.CHARGE_POINT


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def registers(meter_values: list[dict[str, Any]]) -> list[tuple[datetime, int]]:
    """(second, Wh) of every register sample among meter values."""
    return [
        (instant(value["timestamp"]), int(sample["value"]))
        for value in meter_values
        for sample in value["sampledValue"]
        if sample.get("measurand", REGISTER) == REGISTER
    ]


Reaction = Callable[[Oracle, WireEvent, list[Any]], None]
REACTIONS: dict[tuple[What, int], Reaction] = {
    (What.SENT, CALL): Oracle._call_sent,
    (What.RECEIVED, CALL): Oracle._call_arrived,
    (What.SENT, CALLRESULT): Oracle._answer_sent,
    (What.RECEIVED, CALLRESULT): Oracle._answer_arrived,
    (What.SENT, CALLERROR): Oracle._error_sent,
    (What.RECEIVED, CALLERROR): Oracle._error_arrived,
}
TRANSACTION_STEPS: dict[str, Callable[[Oracle, dict[str, Any]], None]] = {
    "StartTransaction": Oracle._started,
    "MeterValues": Oracle._metered,
    "StopTransaction": Oracle._stopped,
}

JOURNALLED = """
SELECT charge_points.charge_box_id, frames.message_id FROM frames
JOIN charge_points ON charge_points.id = frames.charge_point_id WHERE frames.received_at >= ?"""
# Every account of a session, and what it must say.
ACCOUNTS: dict[str, tuple[str, Callable[[TrueSession], Story]]] = {
    "sessions": (
        "SELECT id_tag, kind, started_at, start_register_wh, end_register_wh FROM sessions ORDER BY started_at, id",
        as_lived,
    ),
    "ledger": ("SELECT kind, started_at, energy_wh FROM ledger_entries ORDER BY seq", as_paid),
    "transactions": (
        "SELECT id_tag, started_at, meter_start_wh, meter_stop_wh, stop_reason FROM transactions"
        " ORDER BY started_at, id",
        as_told,
    ),
}
METER_VALUES = "SELECT transaction_id, register_wh FROM meter_values WHERE transaction_id IS NOT NULL"
LEFTOVERS = {
    "orphans": "SELECT COUNT(*) FROM orphans",
    "transaction messages were not delivered": "SELECT COUNT(*) FROM outbox WHERE state <> 'acked'",
    "transactions are not closed": "SELECT COUNT(*) FROM transactions WHERE state <> 'closed'",
}
