"""Somebody else's platform, scripted: it keeps what it answered, and on bad days it is rude (OCPP-J §4.1, §4.2.3).

What it answers it has kept; a call that comes again under the same message id gets the same answer, on whichever
socket. What it refuses, it has not kept. Its limits and commands (`commanding`) bind if it is in control.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from ..runtime.socket import Listener, Refusal, Socket
from .circuits import Circuit
from .commanding import Commander
from .trouble import Trouble
from .world import Process, ProcessTimers, World

CALL, RESULT = 2, 3
LONG_AGO = "1970-01-01T00:00:12Z"
ANSWERS_LATE_S = (20.0, 60.0)
BAD_DAY_H = (0.5, 12.0)
ASKS_EVERY_H = 8.0
LIMITS_A = (None, 8.0, 10.0, 13.0)
HEARTBEAT_S = 14_400
encode = msgspec.json.encode
decode = msgspec.json.Decoder(list[Any]).decode


class Manner(Struct, frozen=True, kw_only=True):
    """How it is rude on a bad day. Chances per call."""

    name: str
    refuses: float = 0.0  # a CALLERROR
    ignores: float = 0.0
    answers_late: float = 0.0
    wrong_case: bool = False
    in_1970: bool = False
    gives_no_transaction_id: bool = False
    wants_new_ids: bool = False  # a message id that comes again on the same socket is an error


POLITE = Manner(name="polite")
RUDE = (
    Manner(name="moody", refuses=0.3, ignores=0.05),
    Manner(name="broken", refuses=1.0),
    Manner(name="slow", answers_late=0.5),
    Manner(name="absent-minded", ignores=0.3, in_1970=True),
    Manner(name="sloppy", wrong_case=True, in_1970=True),
    Manner(name="forgetful", gives_no_transaction_id=True),
    Manner(name="strict", wants_new_ids=True, answers_late=0.2, refuses=0.05),
)

QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}),
    ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}),
    ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
    ("GetConfiguration", {"key": ["HeartbeatInterval", "NumberOfConnectors"]}),
    ("DataTransfer", {"vendorId": "org.example.nobody"}),
    ("ClearCache", {}),
)


def charging_profile(limit_a: float) -> dict[str, Any]:
    """At most so much for the whole charger, at any time (§5.16.4)."""
    schedule = {
        "startSchedule": "2026-01-01T00:00:00Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_a}],
    }
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "ChargePointMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    }
    return {"connectorId": 0, "csChargingProfiles": profile}


class ForeignPlatform:
    """The platform; its books live on when its process dies."""

    def __init__(self, world: World, circuit: Circuit, trouble: Trouble, id_tags: Sequence[str]) -> None:
        """`id_tags`: whom it may start sessions for."""
        self.name, self._in_control = circuit.name, circuit.role == "control"
        self._world, self._trouble = world, trouble
        self._ids = world.ids(f"foreign {circuit.name}")
        self.refused: set[str] = set()  # message ids, for good
        self._answers: dict[str, tuple[str, dict[str, Any]]] = {}
        self._manner = POLITE
        self._asked = 0
        self.process: Process
        self._connection: Conversation | None = None
        self._commander = Commander(world, circuit.name, id_tags, self._command)

    def runs_in(self, process: Process) -> None:
        self.process, self._connection = process, None

    @property
    def manner(self) -> Manner:
        return self._manner if self._trouble.brews else POLITE

    def accept(self, charge_box_id: str, socket: Socket) -> Listener | Refusal:
        self._connection = Conversation(self, socket, ProcessTimers(self.process))
        return self._connection

    # --- days ---

    def begin(self) -> None:
        """Every day it may have a bad one, and ask for something."""
        if self._trouble.faults.rude and self._ids.below(1) < 0.6:
            manner = RUDE[int(self._ids.below(len(RUDE)))]
            at = self._world.now + timedelta(hours=self._ids.below(24))
            until = at + timedelta(hours=BAD_DAY_H[0] + self._ids.below(BAD_DAY_H[1]))
            self._world.at(at, lambda: self._behave(manner))
            self._world.at(until, lambda: self._behave(POLITE))
        self._world.at(self._world.now + timedelta(hours=self._ids.below(ASKS_EVERY_H)), self._ask_something)
        if self._in_control:
            self._world.at(self._world.now + timedelta(hours=self._ids.below(24)), self._limit)
        self._commander.begin_day()
        self._world.at(self._world.now + timedelta(days=1), self.begin)

    def _behave(self, manner: Manner) -> None:
        self._manner = manner

    def _ask_something(self) -> None:
        self._ask(*QUESTIONS[int(self._ids.below(len(QUESTIONS)))])

    def _limit(self) -> None:
        limit_a = LIMITS_A[int(self._ids.below(len(LIMITS_A)))]
        if limit_a is None:
            self._ask("ClearChargingProfile", {})
        else:
            self._ask("SetChargingProfile", charging_profile(limit_a))

    def _command(self, action: str, payload: dict[str, Any]) -> None:
        """Only to whom it accepted."""
        if self._connection is not None and self._connection.proven:
            self._ask(action, payload)

    def _ask(self, action: str, payload: dict[str, Any]) -> None:
        connection = self._connection
        if connection is not None and self.process.alive and self._trouble.brews:
            self._asked += 1
            message_id = f"{self.name}-{self._asked}"
            self.process.call(lambda: connection.ask(message_id, action, payload))

    # --- answers ---

    def answer(self, message_id: str, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What it said before to this very message, else what it says now and from now on."""
        known = self._answers.get(message_id)
        if known is None or known[0] != action or action not in KEPT:
            known = self._answers[message_id] = (action, ANSWERS[action](self, payload))
            self._commander.answered(action, payload, known[1])
        return self._by_manner(action, known[1])

    def _by_manner(self, action: str, answer: dict[str, Any]) -> dict[str, Any]:
        manner, said = self.manner, dict(answer)
        if manner.gives_no_transaction_id:
            said.pop("transactionId", None)
        if manner.in_1970 and "currentTime" in said:
            said["currentTime"] = LONG_AGO
        if manner.wrong_case and "idTagInfo" in said:
            said["idTagInfo"] = {"status": said["idTagInfo"]["status"].upper()}
        if manner.wrong_case and "status" in said:
            said["status"] = said["status"].lower()
        return said

    @property
    def now(self) -> datetime:
        return self._world.now

    def has_kept(self, message_id: str) -> bool:
        return self._answers.get(message_id, ("", {}))[0] in KEPT

    def draws(self, bound: float = 1.0) -> float:
        return self._ids.below(bound)

    def new_transaction_id(self) -> int:
        return self._ids.positive_int31()

    def time(self) -> str:
        return wire_time(self._world.now)


class Conversation:
    """One socket of it."""

    def __init__(self, platform: ForeignPlatform, socket: Socket, timers: ProcessTimers) -> None:
        self._platform, self._socket, self._timers = platform, socket, timers
        self._answered: set[str] = set()
        self._asking: str | None = None
        self._open = True
        self.proven = False  # the other side believes itself accepted

    def on_text(self, text: bytes) -> None:
        frame = decode(text)
        if frame[0] == CALL:
            self.proven = self.proven or frame[2] != "BootNotification"
            self._called(*frame[1:])
        elif frame[1] == self._asking:
            self._asking = None

    def on_pong(self) -> None: ...

    def on_close(self, code: int) -> None:
        self._open = False

    def ask(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        """At most one call is open (OCPP-J §4.1.1); what was not answered is never asked again."""
        if self._open and self._asking is None:
            self._asking = message_id
            self._socket.send(encode([CALL, message_id, action, payload]))

    def _called(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        platform, manner = self._platform, self._platform.manner
        if manner.wants_new_ids and message_id in self._answered:
            self._socket.send(encode([4, message_id, "FormationViolation", "this message id was used before", {}]))
            return
        draw = platform.draws() + platform.has_kept(message_id)  # what it has kept it does not refuse
        if draw < manner.refuses or message_id in platform.refused:
            platform.refused.add(message_id)
            self._socket.send(encode([4, message_id, "InternalError", "not today", {}]))
        elif draw >= manner.refuses + manner.ignores:  # else it ignores the call
            self._reply(message_id, action, payload)

    def _reply(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        platform = self._platform
        wait_s = 0.0
        if platform.draws() < platform.manner.answers_late:
            wait_s = ANSWERS_LATE_S[0] + platform.draws(ANSWERS_LATE_S[1] - ANSWERS_LATE_S[0])
        answer = encode([RESULT, message_id, platform.answer(message_id, action, payload)])
        if wait_s:
            when = platform.now + timedelta(seconds=wait_s)
            self._timers.at((message_id, platform.draws()), when, lambda: self._send(message_id, answer))
        else:
            self._send(message_id, answer)

    def _send(self, message_id: str, answer: bytes) -> None:
        self._answered.add(message_id)
        self._socket.send(answer)


def wire_time(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


Answer = Callable[[ForeignPlatform, dict[str, Any]], dict[str, Any]]
KEPT = frozenset({"StartTransaction", "StopTransaction", "MeterValues"})
ACCEPTED = {"status": "Accepted"}
ANSWERS: dict[str, Answer] = {
    "BootNotification": lambda p, _: {"currentTime": p.time(), "interval": HEARTBEAT_S, "status": "Accepted"},
    "Heartbeat": lambda p, _: {"currentTime": p.time()},
    "StatusNotification": lambda p, _: {},
    "Authorize": lambda p, _: {"idTagInfo": ACCEPTED},
    "StartTransaction": lambda p, _: {"transactionId": p.new_transaction_id(), "idTagInfo": ACCEPTED},
    "StopTransaction": lambda p, _: {},
    "MeterValues": lambda p, _: {},
    "DataTransfer": lambda p, _: {"status": "UnknownVendorId"},
    "SecurityEventNotification": lambda p, _: {},
    "DiagnosticsStatusNotification": lambda p, _: {},
    "FirmwareStatusNotification": lambda p, _: {},
    "LogStatusNotification": lambda p, _: {},
    "SignedFirmwareStatusNotification": lambda p, _: {},
    "SignCertificate": lambda p, _: {"status": "Rejected"},
}
