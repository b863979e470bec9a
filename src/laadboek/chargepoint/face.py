"""The charge point that one platform sees: one event in, effects out. No clock, no I/O, no hardware."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from ..ids import Ids
from ..live import LiveLink
from ..ocpp.rpc import Rpc
from ..ocpp.types import Side
from ..reasons import Reason
from . import (
    calls,
    charging_profiles,
    configuration,
    events,
    heard,
    link,
    metering,
    outbox,
    register,
    registration,
    requests,
    restarts,
    statuses,
    transactions,
)
from .config import LinkConfig
from .effects import CloseSocket, Effect
from .maintenance import firmware, uploads, work
from .security import certificates, credentials, security_events
from .state import (
    Durable,
    FaceState,
    LinkPhase,
    OutboxEntry,
    Standing,
)
from .step import Step, earliest


class Face:
    """Owner of one link's state; it only swaps values. A rollback assigns the former `state`, and loses the socket."""

    def __init__(
        self, config: LinkConfig, state: Durable | None, pending: Sequence[OutboxEntry], ids: Ids, behind: int = 0
    ) -> None:
        """`pending`: the first messages of the outbox; `behind`: how many more there are in the store."""
        self.config, self._ids = config, ids
        durable = state or Durable(keys=configuration.initial(config), id_prefix=ids.token_bytes(4).hex())
        fresh = FaceState(
            durable=replace(durable, transactions=transactions.imaged(durable.transactions, pending)),
            registration=registration.restored(config, durable.accepted_boot),
            next_message=durable.id_block_end,
        )
        self._state = replace(fresh, outbox=outbox.restored(fresh, tuple(pending), behind))
        self._deadline: tuple[FaceState | None, datetime | None] = (None, None)
        self._rpc: Rpc | None = None
        self._rpc_before: tuple[int, Rpc] | None = None  # of the socket before: an answer may still be on its way

    @property
    def state(self) -> FaceState:
        return self._state

    @state.setter
    def state(self, former: FaceState) -> None:
        if former is self._state:
            return
        self._state, self._deadline = former, (None, None)
        self._rpc = self._rpc_before = None

    def handle(self, event: events.Event, now: datetime) -> list[Effect]:
        """Take one event. If this raises, the face is as before, but for its socket, which must be closed."""
        step = Step(self.config, self._state, self._rpc, self._ids, now)
        if type(event) is events.MeterRead:
            step.change(readings={reading.connector_id: reading for reading in event.readings})
            register.take_over(step)
            self._state = step.state
            return []
        self._resume_after_rollback(step)
        self._take(step, event)
        if step.reconnect:
            self._reconnect(step)
        calls.pump(step)
        self._leave_when_said(step)
        outbox.read_on(step)
        self._state, self.config = step.state, step.config
        return step.effects

    def _take(self, step: Step, event: events.Event) -> None:
        match event:
            case events.Told():
                heard.FACTS[type(event.fact)](step, event.fact)
            case events.TextReceived():
                self._text_received(step, event)
            case events.DeadlineReached():
                self._deadline_reached(step)
            case events.SocketOpened() | events.SocketRefused() | events.SocketClosed() | events.PongReceived():
                self._socket_event(step, event)
            case events.Stopped():
                self._stop(step)
            case events.ConfigChanged():
                self._config_changed(step)
            case events.TargetChanged():
                self._target_changed(step)
            case events.Removed():
                transactions.give_up(step)
                outbox.set_all_aside(step, "link.removed")
                self._leave(step)
                link.stop(step)
            case _:
                heard.EVENTS[type(event)](step, event)
        self._leave_if_gone(step)

    # --- the socket ---------------------------------------------------------------------------------------------------

    def _socket_event(
        self,
        step: Step,
        event: events.SocketOpened | events.SocketRefused | events.SocketClosed | events.PongReceived,
    ) -> None:
        """News of a socket that was given up changes nothing; should it open after all, it is closed."""
        if event.socket_no != step.state.link.socket_no:
            if isinstance(event, events.SocketOpened):
                step.do(CloseSocket(event.socket_no, 0))
            return
        if step.state.link.phase not in EXPECTED[type(event)]:
            return
        match event:
            case events.SocketOpened():
                self._opened(step, event)
            case events.SocketRefused():
                link.refused(step, event)
            case events.SocketClosed():
                credentials.closed(step)
                link.down(step, Reason("link.closed", {"code": event.code}))
            case events.PongReceived():
                link.heard(step)

    def _opened(self, step: Step, event: events.SocketOpened) -> None:
        if link.opened(step, event.subprotocol):
            timeout_s = configuration.integer(step.state, "MessageTimeout")
            self._rpc = step.rpc = Rpc(Side.CHARGE_POINT, timeout_s)
            registration.link_opened(step)
            if credentials.opened(step, event):
                registration.beat(step)

    def _text_received(self, step: Step, event: events.TextReceived) -> None:
        if event.socket_no == step.state.link.socket_no and self._rpc is not None:
            link.heard(step)
            if not step.state.link.proven:
                credentials.proven(step)
                certificates.tell(step)
            calls.text_received(step, self._rpc, event.text)
        elif self._rpc_before is not None and self._rpc_before[0] == event.socket_no:
            calls.text_received_late(step, self._rpc_before[1], event.text)

    def _deadline_reached(self, step: Step) -> None:
        if self._rpc is not None and self._rpc.expire(step.now) is not None:
            link.cut(step, "link.no_answer")
            self._leave_if_gone(step)
        for reach in REACH:
            reach(step)
            self._leave_if_gone(step)

    def _leave_if_gone(self, step: Step) -> None:
        if step.state.link.phase is not LinkPhase.OPEN:
            self._leave(step)

    def _leave(self, step: Step) -> None:
        """The socket of this face's Rpc is gone or given up."""
        if self._rpc is not None:
            self._rpc_before = (step.state.link.socket_no, self._rpc)
            self._rpc = step.rpc = None
            calls.lost(step)

    def _stop(self, step: Step) -> None:
        """Off the air until told otherwise."""
        self._leave(step)
        link.stop(step)
        work.pause(step)

    def _leave_when_said(self, step: Step) -> None:
        """The device restarts: off the air, as soon as nothing is left to say to this platform."""
        if step.state.leaving and not calls.has_more_to_say(step):
            step.change(leaving=False)
            if step.state.link.phase is not LinkPhase.STOPPED:
                link.go_dark(step)
            self._leave_if_gone(step)

    def _reconnect(self, step: Step) -> None:
        step.do(CloseSocket(step.state.link.socket_no, 1001))
        self._leave(step)
        link.connect(step)

    def _resume_after_rollback(self, step: Step) -> None:
        """The state is older than what the socket has seen: begin a new one."""
        if step.state.link.phase is LinkPhase.OPEN and self._rpc is None:
            calls.lost(step)
            link.cut(step, "link.rolled_back")

    # --- what its owner changes ---------------------------------------------------------------------------------------

    def _config_changed(self, step: Step) -> None:
        """Off the air when paused, back when not; what depends on the rest follows it from now on."""
        stopped = step.state.link.phase is LinkPhase.STOPPED
        if step.config.paused and not stopped:
            self._stop(step)
        elif stopped and not step.config.paused:
            link.resume(step)
            work.resume(step)
        credentials.follow_owner(step)
        certificates.take_over(step)
        statuses.refresh_all(step)
        metering.plan(step)
        charging_profiles.plan(step, anew=True)

    def _target_changed(self, step: Step) -> None:
        credentials.target_changed(step)
        phase = step.state.link.phase
        if phase in (LinkPhase.OPEN, LinkPhase.CONNECTING):
            self._reconnect(step)
        elif phase is LinkPhase.WAITING:
            link.connect(step)

    @property
    def drained(self) -> bool:
        """It gets no new session, and its platform has all of the others."""
        if not self.config.draining:
            return False
        state = self._state
        running = any(not transaction.ended for transaction in state.durable.transactions.values())
        return not running and not outbox.queued(state)

    # --- what others see ----------------------------------------------------------------------------------------------

    def deadline(self) -> datetime | None:
        """Asked several times per turn; follows from the state, with which the socket's Rpc changes."""
        if self._deadline[0] is not self._state:
            self._deadline = self._state, self._earliest()
        return self._deadline[1]

    def _earliest(self) -> datetime | None:
        first = earliest(calls.deadline(self._rpc), statuses.deadline(self._state))
        for deadline in DEADLINES:
            due = deadline(self._state, self.config)
            if due is not None and (first is None or due < first):
                first = due
        return first

    def live(self) -> LiveLink:
        state = self._state
        return LiveLink(
            link_id=self.config.link_id,
            charge_box_id=self.config.charge_box_id,
            state="paused" if self.config.paused else _live_state(state),
            last_heard_at=state.link.last_heard_at,
            queued=outbox.queued(state),
            set_aside=state.durable.set_aside,
            why=state.link.why,
        )


# When each kind of news can be true.
EXPECTED: Mapping[type, tuple[LinkPhase, ...]] = {
    events.SocketOpened: (LinkPhase.CONNECTING,),
    events.SocketRefused: (LinkPhase.CONNECTING,),
    events.SocketClosed: (LinkPhase.CONNECTING, LinkPhase.OPEN),
    events.PongReceived: (LinkPhase.OPEN,),
}
DEADLINES = (
    link.deadline,
    registration.deadline,
    outbox.deadline,
    metering.deadline,
    requests.deadline,
    restarts.deadline,
    charging_profiles.deadline,
    security_events.deadline,
    certificates.deadline,
    uploads.deadline,
    firmware.deadline,
)
REACH = (
    link.reach,
    registration.reach,
    statuses.reach,
    metering.reach,
    requests.reach,
    restarts.reach,
    charging_profiles.reach,
    certificates.reach,
    uploads.reach,
    firmware.reach,
)

STANDINGS = {
    Standing.UNKNOWN: "booting",
    Standing.PENDING: "pending",
    Standing.REJECTED: "rejected",
    Standing.ACCEPTED: "online",
}


def _live_state(state: FaceState) -> str:
    match state.link.phase:
        case LinkPhase.OPEN:
            return STANDINGS[state.registration.standing]
        case LinkPhase.CONNECTING:
            return "connecting"
    why = state.link.why
    return "refused" if why is not None and why.code.startswith("link.refused_") else "waiting"
