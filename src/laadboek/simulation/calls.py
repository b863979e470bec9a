"""The calls of one link as the wire shows them, and the rules of OCPP-J §4.1 and of the outbox that they must keep.

One open call per direction. A message id is used once; it comes again only as the same bytes on another socket, and
not after its answer has arrived. What got a CALLERROR, or an answer that is none, comes again under a new id; what got
no answer never does. Who cannot connect takes his time.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from .circuits import Circuit
from .network import Side, WireEvent
from .story import LinkStory, content_of, is_answer

DIALS_MAX, DIALS_WITHIN = 16, timedelta(minutes=10)  # by a program that runs


class SentCall(Struct, kw_only=True, eq=False):
    message_id: str
    text: bytes
    action: str
    payload: dict[str, Any]
    content: tuple[Any, ...] | None  # of a transaction message: what it says, whatever its ids
    socket: int
    processed: bool = False  # the platform answered it
    maybe_refused: bool = False  # the refusal arrived; whether it was written down is not known
    refused: bool = False
    answered: bool = False


class Calls:
    """Judge of one link. `confirmed` news is what the program on the charger's side must have written down."""

    def __init__(self, circuit: Circuit, story: LinkStory, wrong: Callable[[str], None]) -> None:
        self._circuit, self._story = circuit, story
        self._wrong = circuit.complaining(wrong)
        self.kept: list[str] = []  # ids of calls that our platform answered since the last look
        self.calls: dict[tuple[Side, str], SentCall] = {}
        self._open: dict[tuple[int, Side], str] = {}
        self._unsure: list[tuple[SentCall, bool]] = []  # news that arrived, and whether it is a refusal
        self._latest: dict[tuple[Any, ...], SentCall] = {}
        self._dials: deque[datetime] = deque()

    # --- sockets ---

    def closed(self, event: WireEvent) -> None:
        self._open.pop((event.socket, event.side), None)
        if event.side is Side.CHARGE_POINT:  # given up, maybe, before a refusal on it was looked at
            self._unsure = [(call, refusal) for call, refusal in self._unsure if not refusal]

    def dialled(self, event: WireEvent) -> None:
        dials = self._dials
        dials.append(event.at)
        while dials[0] < event.at - DIALS_WITHIN:
            dials.popleft()
        if len(dials) > DIALS_MAX:
            self._wrong(f"dialled {len(dials)} times within {DIALS_WITHIN}")
            dials.clear()

    def program_began(self) -> None:
        self._dials.clear()

    def program_lost_turns(self) -> None:
        """It died, or its disk was full: what it just heard it may never have written down."""
        self._unsure.clear()

    # --- calls ---

    def call_sent(self, event: WireEvent, frame: list[Any]) -> None:
        message_id, action = frame[1], frame[2]
        if event.side is Side.CHARGE_POINT:
            self._confirm()
            self._story.said(event.text)
        pending = self._open.get((event.socket, event.side))
        if pending is not None:
            self._wrong(f"{action} {message_id} sent while {pending} is still open (OCPP-J §4.1.1)")
        self._open[event.socket, event.side] = message_id
        known = self.calls.get((event.side, message_id))
        if known is None:
            self._new_call(event, frame)
        elif known.text != event.text:
            self._wrong(f"message id {message_id} used twice, for {known.action} and {action}")
        elif known.socket == event.socket:
            self._wrong(f"{action} {message_id} sent twice on one socket")
        elif known.answered:
            self._wrong(f"{action} {message_id} sent again after its answer had arrived")
        elif known.refused:
            self._wrong(f"{action} {message_id} sent again under the id that was refused")
        else:
            known.socket = event.socket

    def _new_call(self, event: WireEvent, frame: list[Any]) -> None:
        content = content_of(frame[2], frame[3]) if event.side is Side.CHARGE_POINT else None
        call = SentCall(
            message_id=frame[1],
            text=event.text,
            action=frame[2],
            payload=frame[3],
            content=content,
            socket=event.socket,
        )
        self.calls[event.side, call.message_id] = call
        if content is None:
            return
        before = self._latest.get(content)
        self._latest[content] = call
        excused = before is None or before.maybe_refused or self._story.is_aside(content)
        if before is not None and not excused and not self._story.may_repeat(call.action, call.payload):
            self._wrong(f"{call.action} {before.message_id} sent again as {call.message_id}, though nobody refused it")

    def _confirm(self) -> None:
        """Whoever goes on calling has lived to write down what it heard."""
        for call, is_refusal in self._unsure:
            if is_refusal:
                call.refused = True
            else:
                call.answered = True
        self._unsure.clear()

    # --- answers ---

    def answer_sent(self, event: WireEvent, frame: list[Any]) -> None:
        if event.side is Side.CHARGE_POINT:
            return
        call = self.calls.get((Side.CHARGE_POINT, frame[1]))
        if call is None:
            self._wrong(f"the platform answered {frame[1]}, which nobody asked")
        elif is_answer(call.action, frame[2]):
            if self._circuit.ours and call.action != "Heartbeat":
                self.kept.append(call.message_id)
            if not call.processed:
                call.processed = True
                self._story.step(call.action, call.payload, frame[2])

    def answer_arrived(self, event: WireEvent, frame: list[Any]) -> None:
        call = self.calls.get((event.side, frame[1]))
        if call is None:
            self._wrong(f"an answer to {frame[1]}, which nobody asked")
            return
        if event.side is Side.CHARGE_POINT:
            if is_answer(call.action, frame[2]):
                self._unsure.append((call, False))
                self._story.heard(call.action, call.payload, frame[2])
            else:
                self._refused(event, call)
        self._no_longer_open(event, frame[1])

    def error_sent(self, event: WireEvent, frame: list[Any]) -> None:
        if self._circuit.ours or event.side is Side.CHARGE_POINT:
            self._wrong(f"the {event.side} answered {frame[1]} with {frame[2]}: {frame[3]}")

    def error_arrived(self, event: WireEvent, frame: list[Any]) -> None:
        call = self.calls.get((event.side, frame[1]))
        if call is not None and event.side is Side.CHARGE_POINT:
            self._refused(event, call)
        self._no_longer_open(event, frame[1])

    def _refused(self, event: WireEvent, call: SentCall) -> None:
        if self._open.get((event.socket, event.side)) != call.message_id:
            return  # answered already: of no effect
        call.maybe_refused = True
        self._unsure.append((call, True))
        if call.content is not None:
            self._story.refused(call.content, call.message_id, call.payload)

    def _no_longer_open(self, event: WireEvent, message_id: str) -> None:
        if self._open.get((event.socket, event.side)) == message_id:
            del self._open[event.socket, event.side]
