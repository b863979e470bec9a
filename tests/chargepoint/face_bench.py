"""One face on the bench, in virtual time: a scripted charger behind it, a scripted platform at the other end of the
wire, joined by text. The platform's end is a real `Rpc`. What the face saves is kept here, as a store would."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.config import BackOff, LinkConfig, Nameplate
from laadboek.chargepoint.face import Face
from laadboek.chargepoint.outbox import WINDOW
from laadboek.chargepoint.state import STATE_VERSION, OutboxEntry, decode_state, encode_state
from laadboek.facts import (
    ConnectorChanged,
    ConnectorView,
    EndReason,
    Fact,
    Kind,
    Reading,
    SessionEnded,
    SessionStarted,
    Wish,
    WishAnswered,
)
from laadboek.ids import Ids
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode, OcppError
from laadboek.ocpp.rpc import Answer, Call, ErrorAnswer, Ignored, Rpc
from laadboek.ocpp.types import Payload, Side
from laadboek.reasons import Reason

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ACCEPTED = m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)
NAMEPLATE = Nameplate(vendor="Laadboek", model="Bench", serial_number="B-1", firmware_version="1.0", tethered=False)


def link_config(**changes: Any) -> LinkConfig:
    """Without jitter, so that every instant of a story can be named; with the given keys set."""
    keys = {"MeterValueSampleInterval": "0", "WebSocketPingInterval": "0", "HeartbeatInterval": "86400"}
    keys |= changes.pop("keys", {})
    given = {"nameplate": NAMEPLATE, "back_off": BackOff(jitter=False), **changes}
    return LinkConfig(link_id="lnk_1", charge_box_id="CP1", initial_keys=keys, **given)


@dataclass
class Platform:
    """Answers what it was told to answer. A value in `answers` may be a response, an OcppError, None (silence), or a
    function of the request that returns one of these."""

    answers: dict[type, Any] = field(default_factory=dict)
    reachable: bool = True
    refuses: ev.SocketRefused | None = None
    subprotocol: str | None = "ocpp1.6"
    heard: list[Any] = field(default_factory=list)  # requests, in order
    wire: list[tuple[int, str, bytes]] = field(default_factory=list)  # socket, message id, text of every call heard
    said: list[Any] = field(default_factory=list)  # answers to our own calls
    rpc: Rpc | None = None
    transaction_ids: int = 0

    def opened(self) -> None:
        self.rpc = Rpc(Side.CENTRAL_SYSTEM)

    def receive(self, socket_no: int, text: bytes, now: datetime) -> bytes | None:
        assert self.rpc is not None
        received = self.rpc.receive(text, now)
        match received:
            case Call():
                self.heard.append(received.request)
                self.wire.append((socket_no, received.message_id, text))
                return self._reply(received, now)
            case Answer():
                self.said.append(received.response)
            case ErrorAnswer():
                self.said.append(received.error)
            case _:
                raise AssertionError(f"the face sent {text!r}: {received}")
        return None

    def _reply(self, call: Call, now: datetime) -> bytes | None:
        assert self.rpc is not None
        answer = self.answers[type(call.request)] if type(call.request) in self.answers else self._default(call, now)
        if callable(answer):
            answer = answer(call.request)
        if answer is None:
            return None
        if isinstance(answer, OcppError):
            return self.rpc.refuse(call.message_id, answer)
        return self.rpc.answer(call.message_id, answer)

    def _default(self, call: Call, now: datetime) -> Payload:
        match call.request:
            case m.BootNotificationRequest():
                return m.BootNotificationResponse(
                    current_time=now, interval=86_400, status=m.RegistrationStatus.ACCEPTED
                )
            case m.HeartbeatRequest():
                return m.HeartbeatResponse(current_time=now)
            case m.AuthorizeRequest():
                return m.AuthorizeResponse(id_tag_info=ACCEPTED)
            case m.StartTransactionRequest():
                self.transaction_ids += 1
                return m.StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=self.transaction_ids)
        return m.MESSAGES[call.action].response()


class Bench:
    """`Alice` drives; the charger is whatever a story says it is."""

    def __init__(self, *, start: bool = True, platform: Platform | None = None, **changes: Any) -> None:
        self.config, self.platform = link_config(**changes), platform or Platform()
        self.now = START
        self.face = Face(self.config, None, (), Ids(1))
        self.rows: dict[int, OutboxEntry] = {}
        self.settled: dict[int, str] = {}
        self.blob: bytes | None = None
        self.wishes: list[Wish] = []
        self.notices: list[Reason] = []
        self.effects: list[fx.Effect] = []
        self.socket_no: int | None = None  # the open one
        self.pings = 0
        self.answers_pings = True
        self.grants: Callable[[Any], WishAnswered | None] = lambda wish: WishAnswered(wish.wish_id, True)
        self.views = {i: ConnectorView(connector_id=i) for i in range(1, self.config.nameplate.connectors + 1)}
        self.readings = {i: Reading(i, self.now, 1_000_000) for i in self.views}
        self.facts_told = 0
        self.sessions = 0
        self.begun: set[str] = set()
        self._mailbox: deque[ev.Event] = deque()
        if start:
            for view in self.views.values():
                self.tell(ConnectorChanged(view))
            self.do(ev.Restarted())

    # --- turns ---

    def do(self, event: ev.Event) -> None:
        self._mailbox.append(event)
        while self._mailbox:
            self._turn(self._mailbox.popleft())

    def tell(self, fact: Fact) -> None:
        self.do(ev.Told(fact))

    def _turn(self, event: ev.Event) -> None:
        """As a host does it: wishes and facts go round first, then saves, then what goes outward."""
        readings = tuple(replace(reading, taken_at=self.now) for reading in self.readings.values())
        assert self.face.handle(ev.MeterRead(readings), self.now) == []
        todo: deque[ev.Event] = deque([event])
        outward: list[fx.Effect] = []
        while todo:
            for effect in self.face.handle(todo.popleft(), self.now):
                self.effects.append(effect)
                if not isinstance(effect, fx.AskCharger):
                    outward.append(effect)
                    continue
                self.wishes.append(effect.wish)
                answer = self.grants(effect.wish) if hasattr(effect.wish, "wish_id") else None
                if answer is not None:
                    todo.append(ev.Told(answer))
        self.blob = encode_state(self.face.state.durable)
        for effect in outward:
            self._perform(effect)

    def _perform(self, effect: fx.Effect) -> None:
        match effect:
            case fx.Enqueue():
                self.rows[effect.seq] = OutboxEntry(
                    seq=effect.seq,
                    action=effect.action,
                    session_id=effect.session_id,
                    body=effect.body,
                    created_at=effect.created_at,
                )
            case fx.RecordAttempt():
                attempt = {"attempt": effect.attempt, "message_id": effect.message_id, "text": effect.text}
                row = replace(self.rows[effect.seq], sent_at=effect.sent_at, refused=False, **attempt)
                self.rows[effect.seq] = row
            case fx.Settle(outcome="refused"):
                self.rows[effect.seq] = replace(self.rows[effect.seq], refused=True)
            case fx.Settle():
                assert effect.seq not in self.settled, "settled twice"
                self.settled[effect.seq] = effect.outcome
            case fx.PutBack():
                for seq in effect.seqs:
                    self.settled.pop(seq)
                    row = self.rows[seq]
                    self.rows[seq] = replace(row, sent_at=None, refused=row.attempt > 0, tries_from=row.attempt)
            case fx.SetAsideQueue():
                self.settled |= {row.seq: "set_aside" for row in self.pending()}
            case fx.ReadOutbox():
                behind = [row for row in self.pending() if row.seq > effect.after_seq]
                self._mailbox.appendleft(ev.OutboxRead(tuple(behind[: effect.limit])))
            case fx.Connect():
                self._connect(effect.socket_no)
            case fx.SendText():
                self._send(effect)
            case fx.SendPing():
                self.pings += 1
                if self.answers_pings:
                    self._mailbox.append(ev.PongReceived(effect.socket_no))
            case fx.CloseSocket():
                self._close(effect.socket_no)
            case fx.Notify() | fx.Refuse():
                self.notices.append(effect.reason)

    def _connect(self, socket_no: int) -> None:
        assert self.socket_no is None, "two sockets at once"
        if self.platform.refuses is not None:
            self._mailbox.append(replace(self.platform.refuses, socket_no=socket_no))
        elif not self.platform.reachable:
            self._mailbox.append(ev.SocketRefused(socket_no, "refused"))
        else:
            self.socket_no = socket_no
            self.platform.opened()
            self._mailbox.append(ev.SocketOpened(socket_no, self.platform.subprotocol))

    def _send(self, effect: fx.SendText) -> None:
        assert effect.socket_no == self.socket_no, "sent over a socket that is not open"
        reply = self.platform.receive(effect.socket_no, effect.text, self.now)
        if reply is not None:
            self._mailbox.append(ev.TextReceived(effect.socket_no, reply))

    def _close(self, socket_no: int) -> None:
        if self.socket_no == socket_no:
            self.socket_no = None
            self._mailbox.append(ev.SocketClosed(socket_no, 1000))

    # --- what happens around the face ---

    def pass_time(self, **delta: float) -> None:
        """Move the clock on, stopping at every deadline on the way, each at its exact instant."""
        until = self.now + timedelta(**delta)
        at_once = 0
        while (due := self.face.deadline()) is not None and due <= until:
            at_once = at_once + 1 if due == self.now else 0
            assert due >= self.now and at_once < 5, f"due at {due}, and still due"
            self.now = due
            self.do(ev.DeadlineReached())
        self.now = until

    def lose_link(self) -> None:
        """The socket closes by itself."""
        assert self.socket_no is not None
        socket_no, self.socket_no = self.socket_no, None
        self.do(ev.SocketClosed(socket_no, 1006))

    def go_offline(self) -> None:
        self.platform.reachable = False
        self.lose_link()

    def come_back(self) -> None:
        self.platform.reachable = True
        self.pass_time(minutes=10)
        assert self.socket_no is not None

    def restart(self) -> None:
        """The process ends at once and starts again from what was stored."""
        self.socket_no = None
        self._mailbox.clear()
        pending = self.pending()
        durable = decode_state(STATE_VERSION, self.blob) if self.blob is not None else None
        self.face = Face(self.config, durable, pending[:WINDOW], Ids(2), len(pending[WINDOW:]))
        for view in self.views.values():
            self.tell(ConnectorChanged(view))
        self.do(ev.Restarted())

    def pending(self) -> list[OutboxEntry]:
        """The rows of the outbox that are not settled, in order."""
        return [row for seq, row in sorted(self.rows.items()) if seq not in self.settled]

    def show(self, connector_id: int = 1, **changes: Any) -> None:
        """The charger shows a connector anew; of a session that it shows the face has heard before."""
        session_id = changes.get("session_id")
        if session_id is not None and session_id not in self.begun:
            self.start_session(connector_id, session_id=session_id)
        self.views[connector_id] = replace(self.views[connector_id], **changes)
        self.tell(ConnectorChanged(self.views[connector_id]))

    def charge(self, wh: int, connector_id: int = 1) -> None:
        reading = self.readings[connector_id]
        self.readings[connector_id] = replace(reading, register_wh=reading.register_wh + wh)

    def start_session(self, connector_id: int = 1, id_tag: str = "ALICE", **changes: Any) -> str:
        self.sessions += 1
        self.facts_told += 1
        session_id = f"ses_{self.sessions}"
        fact = SessionStarted(
            number=self.facts_told,
            session_id=session_id,
            connector_id=connector_id,
            id_tag=id_tag,
            driver_id="drv_alice",
            kind=Kind.BUSINESS,
            started_at=self.now,
            register_wh=self.readings[connector_id].register_wh,
        )
        fact = replace(fact, **changes)
        self.begun.add(fact.session_id)
        self.tell(fact)
        return fact.session_id

    def end_session(
        self, session_id: str, reason: EndReason = EndReason.LOCAL, connector_id: int = 1, **changes: Any
    ) -> SessionEnded:
        self.facts_told += 1
        fact = SessionEnded(
            number=self.facts_told,
            session_id=session_id,
            connector_id=connector_id,
            ended_at=self.now,
            register_wh=self.readings[connector_id].register_wh,
            reason=reason,
        )
        fact = replace(fact, **changes)
        self.tell(fact)
        return fact

    # --- the platform's side ---

    def call(self, request: Payload, message_id: str | None = None) -> Any:
        """The platform asks; returns its answer (an OcppError if it was refused), or None if there was none."""
        assert self.platform.rpc is not None and self.socket_no is not None
        before = len(self.platform.said)
        text = self.platform.rpc.call(message_id or f"p{len(self.effects)}", request, self.now)
        self.do(ev.TextReceived(self.socket_no, text))
        return self.platform.said[-1] if len(self.platform.said) > before else None

    def configure(self, key: str, value: str) -> m.ConfigurationStatus:
        status: m.ConfigurationStatus = self.call(m.ChangeConfigurationRequest(key=key, value=value)).status
        return status

    def key(self, name: str) -> m.KeyValue:
        answer = self.call(m.GetConfigurationRequest(key=(name,)))
        found: m.KeyValue = answer.configuration_key[0]
        return found

    # --- what the platform heard since the last look ---

    def heard(self, *kinds: type) -> list[Any]:
        """Requests of these kinds (all without any), and forget everything heard so far."""
        heard = [request for request in self.platform.heard if not kinds or isinstance(request, kinds)]
        self.platform.heard.clear()
        return heard

    def actions(self) -> list[str]:
        return [m.ACTION_OF[type(request)] for request in self.heard()]

    def told(self, connector_id: int | None = None) -> list[str]:
        """Statuses as `09:01:00 Available`, with error code and info where there are any."""
        return [
            f"{status.timestamp:%H:%M:%S} {status.status}"
            + (f" {status.error_code}" if status.error_code is not m.ChargePointErrorCode.NO_ERROR else "")
            + (f" ({status.info})" if status.info else "")
            for status in self.heard(m.StatusNotificationRequest)
            if connector_id in (None, status.connector_id)
        ]

    def statuses(self, connector_id: int = 1) -> list[str]:
        """As `told`, without the times."""
        return [line.split(" ", 1)[1] for line in self.told(connector_id)]


def refusal(code: ErrorCode = ErrorCode.INTERNAL_ERROR) -> OcppError:
    return OcppError(code, "the platform's own trouble")


__all__ = ["ACCEPTED", "START", "Bench", "Ignored", "Platform", "link_config", "refusal"]
