"""The oracle: reads the simulated meter and the wire, and says what is wrong. Our own rows are only what it judges.

On the wire it keeps the rules of OCPP-J §4.1 (one open Call per direction, ids used once, a resend only as the same
bytes on a new socket) and of the outbox: nothing lost, nothing twice, in order, and answered only when stored.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ..facts import EndReason
from ..store.connection import Connection
from .network import Side, What, WireEvent
from .truth import Meter, Referee, TrueSession

CALL, CALLRESULT, CALLERROR = 2, 3, 4
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
        self._answered: list[tuple[str, str]] = []  # (charge_box_id, message_id) promised since the last look
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
        elif known.text != event.text:
            self.wrong(f"{identity}: message id {message_id} used twice, for {known.action} and {action}")
        elif known.socket == event.socket:
            self.wrong(f"{identity}: {action} {message_id} sent twice on one socket")
        elif known.answered:
            self.wrong(f"{identity}: {action} {message_id} sent again after its answer had arrived")
        else:
            known.socket = event.socket

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
        for charge_box_id, message_id in answered:
            if db.row(JOURNALLED, (charge_box_id, message_id)) is None:
                call = self._calls[charge_box_id, Side.CHARGE_POINT, message_id]
                self.wrong(f"{charge_box_id}: {call.action} {message_id} was answered and is not in the store")

    def judge(self, db: Connection) -> None:
        """At the end, with everything delivered: meter, wire and rows tell one story."""
        self.violations += self._meter.ran_backwards
        self.look_for_answered(db)
        truth = [session for session in self._referee.sessions if session.ended_at is not None]
        self._compare("wire", truth, [as_story(t) for t in self.transactions])
        for name, sql in STORIES.items():
            self._compare(name, truth, [Story(*row) for row in db.rows(sql)])
        for what, sql in LEFTOVERS.items():
            row = db.row(sql)
            if row is not None and row[0]:
                self.wrong(f"{row[0]} {what}")
        self._count_meter_values(db)

    def _compare(self, name: str, truth: list[TrueSession], stories: list["Story"]) -> None:
        if len(truth) != len(stories):
            self.wrong(f"{name}: {len(stories)} sessions, in truth {len(truth)}")
        for session, story in zip(truth, stories, strict=False):
            person, reason = session.person, session.reason or EndReason.OTHER
            expected = Story(person.id_tag, session.start_register_wh, session.end_register_wh, reason.value)
            if story != expected:
                self.wrong(f"{name}: {story}, in truth {expected} (from {session.started_at:%m-%d %H:%M:%S})")

    def _count_meter_values(self, db: Connection) -> None:
        sent = sorted((t.transaction_id, wh) for t in self.transactions for _, wh in t.values)
        stored = sorted((int(row[0]), int(row[1])) for row in db.rows(METER_VALUES))
        if sent != stored:
            self.wrong(f"meter values: {len(sent)} over the wire, {len(stored)} in the store, or others")


class Story(Struct, frozen=True):
    """What every account of a session must agree on."""

    id_tag: str
    start_wh: int | None
    end_wh: int | None
    reason: str | None


def as_story(transaction: WireTransaction) -> Story:
    return Story(transaction.id_tag, transaction.meter_start_wh, transaction.meter_stop_wh, transaction.reason)


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
SELECT 1 FROM frames JOIN charge_points ON charge_points.id = frames.charge_point_id
WHERE charge_points.charge_box_id = ? AND frames.message_id = ?"""
STORIES = {
    "sessions": "SELECT id_tag, start_register_wh, end_register_wh, reason FROM sessions ORDER BY started_at, id",
    "transactions": """SELECT id_tag, meter_start_wh, meter_stop_wh, stop_reason FROM transactions
        ORDER BY started_at, id""",
}
METER_VALUES = "SELECT transaction_id, register_wh FROM meter_values WHERE transaction_id IS NOT NULL"
LEFTOVERS = {
    "orphans": "SELECT COUNT(*) FROM orphans",
    "transaction messages were not delivered": "SELECT COUNT(*) FROM outbox WHERE state <> 'acked'",
    "transactions are not closed": "SELECT COUNT(*) FROM transactions WHERE state <> 'closed'",
}
