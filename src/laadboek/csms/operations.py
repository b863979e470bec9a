"""Carrying out operations: what people and the API ask of charge points, one call at a time each.

*requested* is durable before anything happens; *sent* is durable before the frame leaves. So what is found as *sent*
after a restart may or may not have arrived: it becomes *unknown* and is never repeated. The message id of an operation
is its public id, which nothing else ever bears.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..clock import Clock, Timers
from ..ids import Ids
from ..ocpp import messages as m
from ..ocpp.rpc import Answer, ErrorAnswer
from ..ocpp.types import Payload, RegistrationStatus
from ..reasons import Refused
from ..store import audit, charge_points, operations
from ..store.connection import Connection as StoreConnection
from ..store.database import Database, StoreError
from ..store.operations import OperationRow, OperationState, Wish
from .connection import Connection
from .origin import Log

EXPIRES_AFTER = timedelta(seconds=60)
ACTIONS: dict[str, type[Payload]] = {
    action: m.MESSAGES[action].request
    for action in (
        "CancelReservation",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "DataTransfer",
        "GetConfiguration",
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "ReserveNow",
        "Reset",
        "TriggerMessage",
        "UnlockConnector",
    )
}
# What may be asked of a charge point by its registration (§4.2): a pending one may be configured, not used.
ALLOWED = {
    RegistrationStatus.ACCEPTED: frozenset(ACTIONS),
    RegistrationStatus.PENDING: frozenset(ACTIONS) - {"RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow"},
    RegistrationStatus.REJECTED: frozenset[str](),
}
SECRET_KEYS = frozenset({"authorizationkey"})  # a secret does not belong into an operation's payload
REQUESTED, SENT, UNKNOWN = OperationState.REQUESTED, OperationState.SENT, OperationState.UNKNOWN

Told = Callable[[OperationRow], None]


class Ask(Struct, frozen=True, kw_only=True):
    """`charge_point` is its ChargeBoxID or public id."""

    account_id: int
    charge_point: str
    request: Payload
    actor: str
    idempotency_key: str | None = None


def parse(action: str, payload: bytes) -> Payload:
    """The request of an operation, or Refused: no such action, no such request, or a secret in it."""
    request_type = ACTIONS.get(action)
    if request_type is None:
        raise Refused("operation.unknown_action", action=action)
    try:
        request = msgspec.json.decode(payload, type=request_type)
    except msgspec.DecodeError as error:
        raise Refused("operation.bad_payload", detail=str(error)) from error
    if isinstance(request, m.ChangeConfigurationRequest) and request.key.lower() in SECRET_KEYS:
        raise Refused("operation.secret", key=request.key)
    return request


class Operations:
    """All operations under way in this process. Used on the thread that `database` calls back on."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, timers: Timers, log: Log) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._timers = timers
        self._log = log
        self._connections: dict[int, Connection] = {}  # by charge point, the newest
        self._queues: dict[int, list[OperationRow]] = {}  # by charge point: requested, oldest first
        self._leaving: set[int] = set()  # charge points whose next call is being marked as sent
        self._sent: dict[str, OperationRow] = {}  # by message id; kept for a late answer while the connection lives
        self._told: dict[str, list[Told]] = {}

    # Wishes come in.

    def request(self, ask: Ask, told: Told, failed: Callable[[StoreError], None]) -> None:
        """Note a wish and carry it out; `told` hears the operation when it is durable and when it is settled.

        Raises Refused for what cannot be asked. A repeated idempotency key tells the first operation, as it is now.
        """
        action = m.ACTION_OF[type(ask.request)]
        payload = msgspec.json.encode(ask.request)
        parse(action, payload)
        now = self._clock.now()
        job = partial(_note, ask, action, payload, self._ids.public("op"), now)

        def noted(result: tuple[OperationRow, bool]) -> None:
            operation, is_new = result
            told(operation)
            if is_new:
                self.carry_out(operation, told)
            elif operation.settled_at is None:
                self._told.setdefault(operation.public_id, []).append(told)

        self._database.submit(ask.charge_point, job, noted, failed)

    def carry_out(self, operation: OperationRow, told: Told | None = None) -> None:
        """Take on an operation that is durable as *requested*; `told` hears how it was settled."""
        if told is not None:
            self._told.setdefault(operation.public_id, []).append(told)
        try:
            parse(operation.action, operation.payload)
        except Refused as refused:
            return self._settle(operation, OperationState.FAILED, refused.reason.code.encode(), (REQUESTED,))
        self._queues.setdefault(operation.charge_point_id, []).append(operation)
        self._timers.at(("operation", operation.public_id), operation.expires_at, partial(self._expire, operation))
        return self._advance(operation.charge_point_id)

    def recover(self) -> None:
        """Once, at start: what was sent before is unknown, what still waits goes on waiting."""
        now = self._clock.now()

        def job(db: StoreConnection) -> list[OperationRow]:
            operations.recover(db, now)
            return operations.all_requested(db)

        def recovered(waiting: list[OperationRow]) -> None:
            for operation in waiting:
                self.carry_out(operation)

        self._database.submit("operations", job, recovered, self._say_failed)

    # The other half of `Caller`: what connections report.

    def connected(self, connection: Connection) -> None:
        self._connections[connection.charge_point.id] = connection
        self._advance(connection.charge_point.id)

    def registered(self, connection: Connection) -> None:
        self._advance(connection.charge_point.id)

    def answered(self, connection: Connection, answer: Answer | ErrorAnswer) -> None:
        operation = self._sent.pop(answer.message_id, None)
        if operation is not None:
            self._timers.cancel(("call", operation.public_id))
            state = OperationState.ANSWERED if isinstance(answer, Answer) else OperationState.FAILED
            self._settle(operation, state, _answer_text(answer), (SENT, UNKNOWN))
        self._advance(connection.charge_point.id)

    def closed(self, connection: Connection) -> None:
        charge_point_id = connection.charge_point.id
        if self._connections.get(charge_point_id) is connection:
            del self._connections[charge_point_id]
        message_id = connection.rpc.open_message_id
        operation = self._sent.pop(message_id, None) if message_id is not None else None
        if operation is not None:
            self._timers.cancel(("call", operation.public_id))
            self._settle(operation, UNKNOWN, None, (SENT,))
        self._advance(charge_point_id)

    # One call at a time.

    def _advance(self, charge_point_id: int) -> None:
        connection = self._connections.get(charge_point_id)
        if connection is None or connection.is_calling or charge_point_id in self._leaving:
            return
        allowed = ALLOWED[connection.charge_point.registration]
        operation = next((one for one in self._queues.get(charge_point_id, ()) if one.action in allowed), None)
        if operation is None:
            return
        self._leaving.add(charge_point_id)
        self._dequeue(operation)
        now = self._clock.now()
        sent = replace(operation, state=SENT, message_id=operation.public_id, sent_at=now)
        self._database.submit(
            connection.charge_point.public_id,
            lambda db: operations.mark_sent(db, operation.id, operation.public_id, now),
            partial(self._leave, connection, sent),
            partial(self._could_not_leave, sent),
        )

    def _leave(self, connection: Connection, operation: OperationRow, may_leave: bool) -> None:
        self._leaving.discard(operation.charge_point_id)
        if not may_leave:
            self._told.pop(operation.public_id, None)
        elif connection.is_closed:
            self._settle(operation, OperationState.EXPIRED, None, (SENT,))  # it never left
        else:
            self._sent[operation.public_id] = operation
            connection.call(operation.public_id, parse(operation.action, operation.payload))
            due = connection.rpc.deadline()
            if due is not None:  # else the answer came while it was being sent
                self._timers.at(("call", operation.public_id), due, partial(self._time_out, connection, operation))
        self._advance(operation.charge_point_id)

    def _could_not_leave(self, operation: OperationRow, error: StoreError) -> None:
        """It stays *requested* in the store; the next start of the process looks at it again."""
        self._leaving.discard(operation.charge_point_id)
        self._say_failed(error)

    def _time_out(self, connection: Connection, operation: OperationRow) -> None:
        connection.rpc.expire(self._clock.now())
        self._settle(operation, UNKNOWN, None, (SENT,))
        self._advance(operation.charge_point_id)

    def _expire(self, operation: OperationRow) -> None:
        if self._dequeue(operation):
            self._settle(operation, OperationState.EXPIRED, None, (REQUESTED,))

    def _dequeue(self, operation: OperationRow) -> bool:
        queue = self._queues.get(operation.charge_point_id, [])
        if operation not in queue:
            return False
        queue.remove(operation)
        if not queue:
            del self._queues[operation.charge_point_id]
        self._timers.cancel(("operation", operation.public_id))
        return True

    # Outcomes.

    def _settle(
        self,
        operation: OperationRow,
        state: OperationState,
        answer: bytes | None,
        among: Iterable[OperationState],
    ) -> None:
        now = self._clock.now()
        settled = replace(operation, state=state, answer=answer, settled_at=now)
        self._log("operation.settled", operation_id=operation.public_id, action=operation.action, state=state.value)

        def done(changed: bool) -> None:
            watchers = self._told.pop(operation.public_id, ())
            for told in watchers if changed else ():
                told(settled)

        self._database.submit(
            "operations",
            lambda db: operations.settle(db, operation.id, state, answer, now, among=among),
            done,
            self._say_failed,
        )

    def _say_failed(self, error: StoreError) -> None:
        self._log("operation.not_stored", error=str(error))


def _note(
    ask: Ask, action: str, payload: bytes, public_id: str, now: datetime, db: StoreConnection
) -> tuple[OperationRow, bool]:
    charge_point = charge_points.named(db, ask.account_id, ask.charge_point)
    if charge_point is None:
        raise Refused("charge_point.unknown", charge_point=ask.charge_point)
    wish = Wish(
        account_id=ask.account_id,
        public_id=public_id,
        charge_point_id=charge_point.identity.id,
        action=action,
        payload=payload,
        idempotency_key=ask.idempotency_key,
        actor=ask.actor,
        requested_at=now,
        expires_at=now + EXPIRES_AFTER,
    )
    operation, is_new = operations.request(db, wish)
    if (operation.charge_point_id, operation.action, operation.payload) != (wish.charge_point_id, action, payload):
        raise Refused("operation.key_reused", key=ask.idempotency_key or "")
    if is_new:
        details: dict[str, str | int | None] = {"operation": public_id, "action": action}
        audit.append(db, ask.account_id, actor=ask.actor, what="operation.requested", details=details, now=now)
    return operation, is_new


def _answer_text(answer: Answer | ErrorAnswer) -> bytes:
    if isinstance(answer, Answer):
        return answer.payload
    return msgspec.json.encode((answer.error.code, answer.error.description))
