"""The transactions of one link as its platform was told them, against what really happened.

Everything that a link's platform may see arrives there, once, in order, with the registers that the meter showed: as
they are, or as the sum of what the link may see (a filtered link's own register, RULES §6). What a platform refused too
often is set aside: it may come later, out of order; meanwhile what follows a start that was set aside carries -1
(errata 3.18), and is told anew under its id when the start is replayed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from .circuits import Circuit
from .truth import Meter, Referee, TrueSession

Story = tuple[Any, ...]
# A program that died is back by then; a power cut or a full disk is over by then.
LATE = timedelta(minutes=45)
ATTEMPTS = 3  # TransactionMessageAttempts (§9.1.31)
REGISTER = "Energy.Active.Import.Register"
NOT_QUEUED = "Trigger"  # a reading context: asked for, told once, never repeated


class WireTransaction(Struct, kw_only=True, eq=False):
    """A transaction as the wire tells it."""

    id_tag: str
    started_at: datetime
    meter_start_wh: int
    truth: TrueSession | None
    ids: set[int] = msgspec.field(default_factory=set)  # that the platform gave
    heard_ids: set[int] = msgspec.field(default_factory=set)  # that arrived at the charger
    aside: bool = False  # its start was refused too often
    stop_aside: bool = False
    last: tuple[datetime, int] | None = None
    values: list[tuple[int, datetime, int]] = msgspec.field(default_factory=list)  # id, instant, Wh
    stopped_at: datetime | None = None
    meter_stop_wh: int | None = None
    reason: str = "Local"  # what an absent reason means (§6.45)

    def tell_anew(self) -> None:
        """Its start was replayed, and with it what followed under -1."""
        self.last = self.stopped_at = self.meter_stop_wh = None
        self.values.clear()

    @property
    def shift_wh(self) -> int:
        """The link's register, seen from the meter's."""
        return 0 if self.truth is None else self.meter_start_wh - self.truth.start_register_wh


class Removal(Struct, frozen=True):
    """What there was when the owner removed the link."""

    sessions: int
    running: TrueSession | None  # that it saw
    register_wh: int


class LinkStory:
    def __init__(self, circuit: Circuit, referee: Referee, meter: Meter, wrong: Callable[[str], None]) -> None:
        self.circuit, self._referee, self._meter = circuit, referee, meter
        self._wrong = circuit.complaining(wrong)
        self.transactions: list[WireTransaction] = []
        self.removal: Removal | None = None
        self._refusals: dict[Story, set[str]] = {}
        self._missing: dict[Story | None, str] = {}  # set aside, and not come since

    # --- what is seen on the wire ---

    def said(self, text: bytes) -> None:
        """Nothing that leaves for this platform names somebody whose sessions it may not see."""
        if self.circuit.filtered:
            for session in self._referee.sessions:
                if not self.circuit.sees(session) and session.person.id_tag.encode() in text:
                    self._wrong(f"{session.person.name}'s id tag in {text[:80]!r}")

    def step(self, action: str, payload: dict[str, Any], answer: dict[str, Any]) -> None:
        """The platform took this call in."""
        self._missing.pop(content_of(action, payload), None)
        if action in STEPS:
            STEPS[action](self, payload, answer)

    def heard(self, action: str, payload: dict[str, Any], answer: dict[str, Any]) -> None:
        """The answer arrived at the charger."""
        if action == "StartTransaction" and (transaction := self._find(payload)) is not None:
            transaction.heard_ids.add(answer["transactionId"])

    def refused(self, content: Story, message_id: str, payload: dict[str, Any]) -> None:
        """The refusal arrived at the charger."""
        ids = self._refusals.setdefault(content, set())
        ids.add(message_id)
        if len(ids) != ATTEMPTS:
            return
        self._missing[content] = message_id
        if content[0] == "StartTransaction":
            (self._find(payload) or self._begin(payload)).aside = True
        elif content[0] == "StopTransaction":
            for transaction in self._meant(payload["transactionId"]):
                transaction.stop_aside = True

    def is_aside(self, content: Story) -> bool:
        return len(self._refusals.get(content, ())) >= ATTEMPTS

    def may_repeat(self, action: str, payload: dict[str, Any]) -> bool:
        """Its start was replayed, or the clock was set while it ran: then the same second came twice."""
        meant = self._meant(payload["transactionId"]) if action != "StartTransaction" else []
        return any(one.aside or (one.truth is not None and one.truth.clock_was_set) for one in meant)

    # --- transactions, in the order in which the platform took them in ---

    def _started(self, payload: dict[str, Any], answer: dict[str, Any]) -> None:
        transaction = self._find(payload)
        if transaction is None:
            if self.transactions and not self._over(self.transactions[-1]):
                self._wrong(f"StartTransaction of {payload['idTag']} before the transaction before it stopped")
            transaction = self._begin(payload)
        elif transaction.ids or not transaction.aside:
            self._wrong(f"StartTransaction of {payload['idTag']} at {payload['timestamp']} twice")
        else:
            transaction.tell_anew()
        transaction.ids.add(answer["transactionId"])

    def _over(self, transaction: WireTransaction) -> bool:
        return transaction.stopped_at is not None or transaction.stop_aside

    def _begin(self, payload: dict[str, Any]) -> WireTransaction:
        started_at = instant(payload["timestamp"])
        truth = [one for one in self._referee.sessions if one.started_at.replace(microsecond=0) == started_at]
        transaction = WireTransaction(
            id_tag=payload["idTag"],
            started_at=started_at,
            meter_start_wh=payload["meterStart"],
            truth=truth[-1] if truth else None,
        )
        self.transactions.append(transaction)
        return transaction

    def _find(self, payload: dict[str, Any]) -> WireTransaction | None:
        key = (payload["idTag"], instant(payload["timestamp"]), payload["meterStart"])
        for one in reversed(self.transactions):
            if (one.id_tag, one.started_at, one.meter_start_wh) == key:
                return one
        return None

    def _meant(self, transaction_id: int) -> list[WireTransaction]:
        if transaction_id == -1:
            return [one for one in self.transactions if one.aside and one.stopped_at is None][-1:]
        return [one for one in self.transactions if transaction_id in one.ids]

    def running(self, transaction_id: int) -> WireTransaction | None:
        """The transaction that a platform means."""
        meant = [one for one in self.transactions if transaction_id in one.ids and one.stopped_at is None]
        return meant[-1] if meant else None

    def _metered(self, payload: dict[str, Any], answer: dict[str, Any]) -> None:
        values = registers(payload["meterValue"])
        transaction_id = payload.get("transactionId")
        if transaction_id is None:
            self._told_outside(values)
        elif (transaction := self._into(transaction_id, content_of("MeterValues", payload), values)) is not None:
            transaction.values += [(transaction_id, *value) for value in values]

    def _told_outside(self, values: list[tuple[datetime, int]]) -> None:
        for taken_at, register_wh in values:
            if not self.circuit.filtered:
                self._check_shown(taken_at, register_wh, 0)
            elif (expected := self._idle_register()) is not None and register_wh != expected:
                self._wrong(f"a meter value of {register_wh} Wh beside all transactions, in truth {expected} Wh")

    def _idle_register(self) -> int | None:
        """What a filtered link's register shows while none of its sessions runs; None before the first of them."""
        running = self._referee.visit.running
        if not self.transactions or (running is not None and self.circuit.sees(running)):
            return None
        seen = [one for one in self._referee.sessions if self.circuit.sees(one)]
        return self.transactions[0].meter_start_wh + sum(one.energy_wh for one in seen)

    def _check_shown(self, taken_at: datetime, register_wh: int, shift_wh: int) -> None:
        if not self._meter.showed(taken_at, register_wh - shift_wh):
            self._wrong(f"a meter value of {register_wh} Wh at {taken_at}, which the meter never showed")

    def _into(
        self, transaction_id: int, content: Story | None, values: list[tuple[datetime, int]]
    ) -> WireTransaction | None:
        """What belongs to a transaction comes while it is the running one, after what came before."""
        name, late = content[0] if content else "MeterValues", content is not None and self.is_aside(content)
        meant = self._meant(transaction_id)
        if not meant:
            self._wrong(f"{name} for transaction {transaction_id}, which there is not")
            return None
        transaction = meant[-1]
        if transaction_id != -1 and transaction_id not in transaction.heard_ids:
            self._wrong(f"{name} for transaction {transaction_id}, an id that never arrived")
        in_turn = transaction is self.transactions[-1] or transaction.aside
        if not late and (not in_turn or transaction.stopped_at is not None):
            self._wrong(f"{name} for transaction {transaction_id}, which is not the running one")
        for taken_at, register_wh in values:
            self._check_shown(taken_at, register_wh, transaction.shift_wh)
            if not late:
                self._check_order(transaction, taken_at, register_wh)
        return transaction

    def _check_order(self, transaction: WireTransaction, taken_at: datetime, register_wh: int) -> None:
        at, wh = transaction.last or (transaction.started_at, transaction.meter_start_wh)
        clock_was_set = transaction.truth is not None and transaction.truth.clock_was_set
        if (taken_at < at and not clock_was_set) or register_wh < wh:
            self._wrong(f"{register_wh} Wh at {taken_at:%H:%M:%S} after {wh} Wh at {at:%H:%M:%S}")
        transaction.last = taken_at, register_wh

    def _stopped(self, payload: dict[str, Any], answer: dict[str, Any]) -> None:
        content = content_of("StopTransaction", payload)
        transaction = self._into(payload["transactionId"], content, [])
        if transaction is None:
            return
        if transaction.stopped_at is not None:
            self._wrong(f"StopTransaction of {transaction.id_tag} at {payload['timestamp']} twice")
        transaction.stopped_at = instant(payload["timestamp"])
        transaction.meter_stop_wh = payload["meterStop"]
        transaction.reason = payload.get("reason", "Local")
        if transaction.last is not None and payload["meterStop"] < transaction.last[1]:
            self._wrong(f"meterStop {transaction.meter_stop_wh} Wh is below the last meter value")

    # --- the end ---

    def told(self) -> tuple[int, int]:
        """Sessions that ended, and their Wh."""
        ended = [one for one in self.transactions if one.meter_stop_wh is not None]
        return len(ended), sum((one.meter_stop_wh or 0) - one.meter_start_wh for one in ended)

    def remove(self, register_wh: int) -> None:
        """Nothing follows from here on."""
        running = self._referee.visit.running
        seen = running if running is not None and self.circuit.sees(running) else None
        self.removal = Removal(len(self._referee.sessions), seen, register_wh)

    def _judge_removed(self, removal: Removal) -> None:
        """What its platform was told until then is true, if not all of it."""
        known = [one for one in self._referee.sessions[: removal.sessions] if self.circuit.sees(one)]
        for transaction in self.transactions:
            if transaction.truth not in known:
                self._wrong(f"a session at {transaction.started_at}, which was none of its own")
            elif transaction.stopped_at is not None and transaction.truth is removal.running:
                self._wrong(f"the session at {transaction.started_at} was stopped after the link was removed")

    def judge(self) -> None:
        """With everything delivered: the platform was told exactly what it may see."""
        if self.removal is not None:
            self._judge_removed(self.removal)
            return
        ended = [one for one in self._referee.sessions if one.ended_at is not None and self.circuit.sees(one)]
        if self._missing:
            self._wrong(f"{len(self._missing)} messages were set aside and never came: {list(self._missing)[:3]}")
        base_wh = self.transactions[0].meter_start_wh if self.transactions else 0
        compare("wire", self._expected(ended, base_wh), [on_wire(one) for one in self.transactions], self._wrong)
        for session, transaction in zip(ended, self.transactions, strict=False):
            self._check_end(session, transaction)

    def _expected(self, ended: Sequence[TrueSession], base_wh: int) -> list[Story]:
        stories = []
        for session in ended:
            start_wh = base_wh if self.circuit.filtered else session.start_register_wh
            base_wh += session.energy_wh
            stories.append(as_told(session, start_wh))
        return stories

    def _check_end(self, session: TrueSession, transaction: WireTransaction) -> None:
        """It ended when it ended; if nobody was there to see it, when somebody was there again."""
        assert session.ended_at is not None
        earliest = session.ended_at.replace(microsecond=0)
        stopped_at = transaction.stopped_at
        if session.clock_was_set:
            in_time = stopped_at is not None and stopped_at >= transaction.started_at
        else:
            in_time = stopped_at is not None and earliest <= stopped_at <= earliest + LATE
        if not in_time:
            self._wrong(f"a session that ended at {session.ended_at} stopped at {stopped_at} on the wire")


def compare(name: str, truth: Sequence[Story], stories: Sequence[Sequence[Any]], wrong: Callable[[str], None]) -> None:
    if len(truth) != len(stories):
        wrong(f"{name}: {len(stories)} sessions, in truth {len(truth)}")
    for number, (expected, story) in enumerate(zip(truth, stories, strict=False), 1):
        if tuple(story) != expected:
            wrong(f"{name}: session {number} is {tuple(story)}, in truth {expected}")


def on_wire(one: WireTransaction) -> Story:
    return one.id_tag, one.started_at, one.meter_start_wh, one.meter_stop_wh, one.reason


def as_told(session: TrueSession, start_wh: int) -> Story:
    """The true session as a charge point tells it: whole seconds."""
    assert session.reason is not None
    start = session.started_at.replace(microsecond=0)
    return session.person.id_tag, start, start_wh, start_wh + session.energy_wh, session.reason.value


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


def content_of(action: str, payload: dict[str, Any]) -> Story | None:
    """What a transaction message says, without the ids under which it says it; None: none of them."""
    if action == "StartTransaction":
        return action, payload["idTag"], payload["timestamp"], payload["meterStart"]
    if action == "StopTransaction":
        return action, payload["timestamp"], payload["meterStop"]
    if action != "MeterValues" or "transactionId" not in payload:
        return None
    [value, *_] = payload["meterValue"]
    sample = value["sampledValue"][0]
    if sample.get("context") == NOT_QUEUED:
        return None
    return action, value["timestamp"], sample["value"]


def is_answer(action: str, payload: dict[str, Any]) -> bool:
    """Whether this is what was asked for."""
    return action != "StartTransaction" or "transactionId" in payload


Step = Callable[[LinkStory, dict[str, Any], dict[str, Any]], None]
STEPS: dict[str, Step] = {
    "StartTransaction": LinkStory._started,
    "MeterValues": LinkStory._metered,
    "StopTransaction": LinkStory._stopped,
}
