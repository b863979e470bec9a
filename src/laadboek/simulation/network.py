"""The network between charge points and platforms: text frames with latency, outages, silence and cuts.

It stands where the real sockets stand (`runtime.socket`). What was sent before a cut may still arrive or not, maybe
when the next socket is in use; on one socket what was sent arrives in order. Every frame and every end of a socket
goes to the `Wire`, which the oracle and the digest read.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from ..ids import Ids
from ..runtime.socket import SUBPROTOCOL, Caller, Listener, Refusal, Socket
from .trouble import NOTHING, Faults
from .world import Process, World

# A socket whose peer fell silent is given up by TCP at last; either side usually notices before.
SILENCE_LIMIT = timedelta(minutes=15)
CONNECT_TIMEOUT = timedelta(seconds=10)
LATENCY_S, JITTER_S = 0.015, 0.02
DELAY_S = 90.0  # at most, of a frame and all that follow it
CALL_FRAME = b"[2,"
LINGERS_S = 120.0  # at most, what was under way on a broken socket


class Side(StrEnum):
    CHARGE_POINT = "charge_point"
    CENTRAL_SYSTEM = "central_system"


class What(StrEnum):
    DIALLED = "dialled"
    OPENED = "opened"
    SENT = "sent"
    RECEIVED = "received"
    CLOSED = "closed"  # on this side: nothing is sent or received here any more


class WireEvent(Struct, frozen=True, gc=False):
    at: datetime
    charge_box_id: str
    socket: int  # counts all sockets of the run; 0 while dialling
    what: What
    side: Side
    text: bytes = b""


class Wire:
    """The trace: everybody who listens hears each event once, in order."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[WireEvent], None]] = []

    def note(self, event: WireEvent) -> None:
        for hear in self.listeners:
            hear(event)


class Platform(Protocol):
    """Who answers: the process it runs in, and a listener per accepted socket."""

    process: Process

    def accept(self, charge_box_id: str, socket: Socket) -> Listener | Refusal: ...


def nothing_more() -> None: ...


def at_once(charge_box_id: str, text: bytes, deliver: Callable[[], None]) -> None:
    deliver()


def no_faults() -> Faults:
    return NOTHING


class Network:
    """All sockets of the world. `up` is False in an outage; `away` are those who cannot be reached by anybody else."""

    def __init__(self, world: World, wire: Wire, faults: Callable[[], Faults] = no_faults) -> None:
        self.world, self.wire, self.up, self.faults = world, wire, True, faults
        self.away: set[str] = set()  # charge box ids whose way is cut off
        self.after_sending: Callable[[], None] = nothing_more  # in the process that sent
        # Gets each call that arrives at a charge point, and what lets it in.
        self.hand_over: Callable[[str, bytes, Callable[[], None]], None] = at_once
        self._ids: Ids = world.ids("network")
        self._sockets: list[Connected] = []
        self._count = 0

    def delay(self) -> timedelta:
        return timedelta(seconds=LATENCY_S + self._ids.below(JITTER_S))

    def below(self, bound: float) -> float:
        return self._ids.below(bound)

    def dial(self, charge_box_id: str, process: Process, caller: Caller, find: Callable[[], Platform | None]) -> None:
        """Try to connect; `find` says who listens there when the attempt arrives, if anybody."""
        self.wire.note(WireEvent(self.world.now, charge_box_id, 0, What.DIALLED, Side.CHARGE_POINT))
        self.world.at(self.world.now + self.delay(), lambda: self._arrive(charge_box_id, process, caller, find()))

    def _arrive(self, charge_box_id: str, process: Process, caller: Caller, platform: Platform | None) -> None:
        if not self.up or charge_box_id in self.away:
            when = self.world.now + CONNECT_TIMEOUT
            self.world.at(when, lambda: process.call(caller.on_refused, Refusal("timeout")))
        elif platform is None:
            process.call(caller.on_refused, Refusal("refused"))
        elif process.alive:
            self._count += 1
            Connected(self, charge_box_id, self._count, process, platform.process).open(caller, platform)

    def cut(self, charge_box_id: str | None = None) -> None:
        """Every socket (of one charge box) breaks, and both sides see it."""
        for connected in self._of(charge_box_id):
            connected.cut()

    def silence(self, charge_box_id: str | None = None) -> None:
        """Every socket (of one charge box) falls silent (half-open): neither side sees anything."""
        for connected in self._of(charge_box_id):
            connected.fall_silent()

    def _of(self, charge_box_id: str | None) -> "list[Connected]":
        return [one for one in self._sockets if charge_box_id in (None, one.charge_box_id)]

    def process_died(self, process: Process) -> None:
        for connected in list(self._sockets):
            if process in (connected.charge_point.process, connected.central_system.process):
                connected.cut()

    def lucky(self) -> bool:
        return self._ids.below(1) < 0.5

    def add(self, connected: "Connected") -> None:
        self._sockets.append(connected)

    def drop(self, connected: "Connected") -> None:
        if connected in self._sockets:
            self._sockets.remove(connected)


class Connected:
    """One websocket: two ends and what is under way between them."""

    def __init__(
        self, network: Network, charge_box_id: str, number: int, charge_point: Process, central_system: Process
    ) -> None:
        self.network, self.charge_box_id, self.number = network, charge_box_id, number
        self._refusal = Refusal("refused")  # also when the platform died of the question
        self.charge_point = End(self, Side.CHARGE_POINT, charge_point)
        self.central_system = End(self, Side.CENTRAL_SYSTEM, central_system)

    @property
    def silent(self) -> bool:
        """Neither end is heard by the other."""
        return self.charge_point.unheard and self.central_system.unheard

    def open(self, caller: Caller, platform: Platform) -> None:
        """The handshake: the platform admits or not, then the caller hears of it."""
        here, world = self.charge_point, self.network.world
        self.central_system.process.call(self._admit, platform)
        here.due = world.now + self.network.delay()
        if self.central_system.listener is None:
            world.at(here.due, lambda: here.process.call(caller.on_refused, self._refusal))
            return
        self.network.add(self)
        world.at(here.due, lambda: here.process.call(self._opened, caller))

    def _admit(self, platform: Platform) -> None:
        end = self.central_system
        end.open = True
        verdict = platform.accept(self.charge_box_id, end)
        if isinstance(verdict, Refusal):
            end.open, self._refusal = False, verdict
        else:
            end.listener = verdict
            end.note(What.OPENED)

    def _opened(self, caller: Caller) -> None:
        end = self.charge_point
        if self.central_system.unheard or not self.central_system.open:
            self.central_system.shut(1006)
            caller.on_refused(Refusal("timeout" if self.central_system.unheard else "refused"))
            return
        end.open, end.listener = True, caller
        end.note(What.OPENED)
        caller.on_open(end, SUBPROTOCOL)

    def fall_silent(self) -> None:
        self.go_deaf(self.charge_point, self.central_system)

    def go_deaf(self, *unheard: "End") -> None:
        """Half-open: nothing more comes from these ends, until TCP gives up."""
        for end in unheard:
            end.unheard = True
        self.network.world.at(self.network.world.now + SILENCE_LIMIT, self.cut)

    def cut(self) -> None:
        """Both ends break. What is under way still arrives on a lucky day, towards the platform maybe much later."""
        lingers = self.network.faults().lingers
        for end in (self.charge_point, self.central_system):
            lucky = not self.other(end).unheard and self.network.lucky()
            if lucky and lingers and end is self.central_system:
                end.linger(timedelta(seconds=self.network.below(LINGERS_S)))
            end.shut(1006, after_the_rest=lucky)

    def other(self, end: "End") -> "End":
        return self.central_system if end is self.charge_point else self.charge_point


class End:
    """One end of a websocket (`runtime.socket.Socket`), in the process that holds it."""

    def __init__(self, connected: Connected, side: Side, process: Process) -> None:
        self._connected, self._side, self.process = connected, side, process
        self._world = connected.network.world
        self.open, self._closing = False, False
        self.unheard = False  # what it sends is lost
        self.listener: Listener | None = None
        self.due = self._world.now  # when the last frame towards this end arrives: frames never overtake
        self._held_until = self._world.now

    def note(self, what: What, text: bytes = b"") -> None:
        connected = self._connected
        connected.network.wire.note(
            WireEvent(self._world.now, connected.charge_box_id, connected.number, what, self._side, text)
        )

    def send(self, text: bytes) -> None:
        if not self.open or self._closing:
            return
        self.note(What.SENT, text)
        if not self.unheard:
            self._forward(text)
        self._connected.network.after_sending()

    def _forward(self, text: bytes) -> None:
        """On its way, unless this is the frame that something happens to."""
        connected, there = self._connected, self._connected.other(self)
        network = connected.network
        faults, delay, times = network.faults(), network.delay(), 1
        if faults.delay_per_frame:
            draw = network.below(1)
            if draw < faults.drop_per_frame:
                return
            draw -= faults.drop_per_frame
            if draw < faults.half_open_per_frame:
                connected.go_deaf(self, *([there] if network.lucky() else []))
                return
            draw -= faults.half_open_per_frame
            if draw < faults.delay_per_frame:
                delay += timedelta(seconds=network.below(DELAY_S))
            elif draw < faults.delay_per_frame + faults.duplicate_per_frame:
                times = 2
        there.due = max(there.due, self._world.now + delay)
        for _ in range(times):
            self._world.at(there.due, lambda: there.receive(text))

    def linger(self, longer: timedelta) -> None:
        """What is under way to here arrives, but later."""
        self._held_until = self._world.now + longer

    def receive(self, text: bytes) -> None:
        if self._held_until > self._world.now:
            self._world.at(self._held_until, lambda: self.receive(text))
        elif self.open and not self._closing and self.process.alive and self.listener is not None:
            self.note(What.RECEIVED, text)
            if self._side is Side.CHARGE_POINT and text.startswith(CALL_FRAME):
                self._connected.network.hand_over(self._connected.charge_box_id, text, lambda: self._let_in(text))
            else:
                self.process.call(self.listener.on_text, text)

    def _let_in(self, text: bytes) -> None:
        if self.open and self.listener is not None:
            self.process.call(self.listener.on_text, text)

    def ping(self) -> None:
        there = self._connected.other(self)
        if self.open and not self._connected.silent and there.process.alive:
            self._world.at(self._world.now + 2 * self._connected.network.delay(), self._pong)

    def _pong(self) -> None:
        connected = self._connected
        if self.open and not (self.unheard or connected.other(self).unheard) and self.listener is not None:
            self.process.call(self.listener.on_pong)

    def close(self, code: int = 1000) -> None:
        """Say goodbye, and wait for the answer as long as a silent network makes one wait."""
        if not self.open or self._closing:
            return
        self._closing = True
        if self.unheard or self._connected.other(self).unheard:
            self._world.at(self._world.now + CONNECT_TIMEOUT, lambda: self.shut(1006))
            return
        self._connected.other(self).shut(code, after_the_rest=True)
        self._world.at(self._world.now + 2 * self._connected.network.delay(), lambda: self.shut(code))

    def abort(self) -> None:
        self.shut(1006)
        if not self.unheard:
            self._connected.other(self).shut(1006, after_the_rest=True)

    def shut(self, code: int, after_the_rest: bool = False) -> None:
        """This end closes, now or after what is under way towards it; its listener hears in a turn of its own."""
        if after_the_rest:
            when = max(self.due, self._held_until, self._world.now) + self._connected.network.delay()
            self._world.at(when, lambda: self.shut(code))
        elif self.open:
            self.open = False
            self.note(What.CLOSED)
            self._world.at(self._world.now, lambda: self._tell_closed(code))

    def _tell_closed(self, code: int) -> None:
        if not self._connected.other(self).open:
            self._connected.network.drop(self._connected)
        if self.listener is not None:
            self.process.call(self.listener.on_close, code)
