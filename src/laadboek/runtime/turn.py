"""The host of one charger: turns events into durable state, then into effects (DESIGN §2). No asyncio, no clock.

A turn takes one event through the charger core or a face; their wishes and facts go round until nothing is left. What
must be kept is one store job. Only after its commit do the outward effects run, in order, and the next event is taken
from the mailbox. If the job fails, the frozen states from before the turn are put back and nothing was done: except
that a current was lowered, which never waits for the disk.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from .. import facts
from ..chargepoint import effects as link_effects
from ..chargepoint import events as link_events
from ..chargepoint.face import Face
from ..charger import effects as charger_effects
from ..charger import events as charger_events
from ..charger.core import ChargerCore
from ..clock import Clock, Timers
from ..devices.device import Device, PinTyped, Surroundings
from ..ids import Ids
from ..live import LiveCharger
from ..reasons import Reason
from ..secret import pin_mac
from ..store.connection import Connection
from ..store.errors import StoreClosed, StoreError, StoreFull
from . import saves
from .hosted import Cast, HostedCharger
from .link import Frame, Link, LinkSocket
from .picture import picture
from .saves import LinkKeys
from .socket import Connector

T = TypeVar("T")

# A turn longer than this goes round in circles.
STEPS_MAX = 1_000
# The disk is full: ask again this often. Somebody may have made room.
STORE_FULL_RETRY = timedelta(seconds=5)
# A charger whose turn failed is built again from its rows; each failure in a row waits twice as long.
REBUILD_AFTER, REBUILD_AFTER_MAX = timedelta(seconds=1), timedelta(minutes=5)
# Our own mistakes, wherever in a core they show. Anything else (a crash, a full memory) is not this charger's alone.
OUR_FAULTS = (AssertionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)
# A session that began long after somebody asked for it would surprise: these are never asked again.
NEVER_RETRIED = (charger_events.PinEntered, charger_events.TagPresented, link_events.TextReceived)

Event = charger_events.Event | link_events.Event
Effect = charger_effects.Effect | link_effects.Effect


class Store(Protocol):
    """What a host needs of the database."""

    def submit(
        self,
        shard: str,
        job: Callable[[Connection], T],
        done: Callable[[T], None],
        failed: Callable[[StoreError], None],
    ) -> None: ...


class Bug(Struct, frozen=True):
    """A turn that went wrong by our own fault: what came, in which state, and how it failed."""

    charger_id: str
    link_id: str | None  # whose event it was; None: the charger's
    event: Event
    state: object
    error: BaseException


class Turn:
    """One event on its way through the cores, and what came of it."""

    __slots__ = ("applied", "event", "facts", "given", "link", "now", "outward", "readings", "saves", "states", "work")

    def __init__(self, link: Link | None, event: Event, now: datetime, before: tuple[list[Any], list[int]]) -> None:
        self.link, self.event, self.now = link, event, now
        self.states, self.applied = before  # to be put back if the turn comes to nothing
        self.work: deque[tuple[Link | None, Event]] = deque([(link, event)])
        self.readings: tuple[facts.Reading, ...] | None = None
        self.given: set[Link | None] = set()  # who has had the readings
        self.facts: list[facts.NumberedFact] = []
        self.saves: list[saves.Save] = []
        self.outward: list[tuple[Link | None, Effect]] = []


class Host:
    """One charger: its core, its faces, its device, its mailbox. Everything runs in the caller's thread."""

    def __init__(
        self,
        charger: HostedCharger,
        read_cast: Callable[[], Cast],
        *,
        device: Device,
        store: Store,
        timers: Timers,
        connector: Connector,
        clock: Clock,
        ids: Ids,
        pin_key: bytes,
        notify: Callable[[Reason, str | None], None],
        on_bug: Callable[[Bug], None],
        link_keys: LinkKeys | None = None,
        changed: Callable[[], None] = lambda: None,
        also_keep: Callable[[], saves.Save] | None = None,
        surroundings: Callable[[datetime], Surroundings] | None = None,
        keep_frames: int = 20,
    ) -> None:
        self.charger, self.device, self.clock = charger, device, clock
        self._read_cast, self._store, self._timers, self._connector = read_cast, store, timers, connector
        self._pin_key, self._notify, self._on_bug, self._changed = pin_key, notify, on_bug, changed
        self._also_keep, self._surroundings = also_keep, surroundings
        self._keep_frames = keep_frames
        self._drawing = saves.Drawing(ids, link_keys)
        self._offered_ma: dict[int, int] = {}
        self._last_reading: facts.Reading | None = None
        self._mailbox: deque[tuple[Link | None, Event]] = deque()
        self._turn: Turn | None = None
        self._pumping = False
        self._store_full = False
        self._failures = 0  # in a row
        self._broken = False  # it failed, and waits to be built anew
        self._stopped = False
        self._say_stopped: Callable[[], None] | None = None
        self._adopt(read_cast())
        device.on_event = self.post

    # --- from outside ---

    def start(self, fresh: bool) -> None:
        """Catch up with what was missed, hear from the device (`fresh`: it boots as well), connect the links."""
        self._open(fresh)

    def post(self, event: charger_events.Event | PinTyped) -> None:
        """Something happened to the charger."""
        if isinstance(event, PinTyped):
            mac = pin_mac(self._pin_key, self.charger.charger_id, event.pin.reveal())
            event = charger_events.PinEntered(event.connector_id, mac)
        self.post_to(None, event)

    def post_to(self, link: Link | None, event: Event) -> None:
        """Something happened to a link, or (None) to the charger."""
        if self._stopped or self._broken:
            return  # what a broken charger misses of its device, the device tells again
        if self._store_full and isinstance(event, NEVER_RETRIED):
            self._refuse(event)
            return
        self._mailbox.append((link, event))
        self._pump()

    def stop(self, stopped: Callable[[], None] = lambda: None) -> None:
        """Close the links politely and take no more turns; `stopped` is called once all is kept that can be."""
        for link in self.links:
            self.post_to(link, link_events.Stopped())
        self._stopped = True
        self._say_stopped = stopped
        self._timers.cancel(self._timer_key)
        self._pump()

    @property
    def idle(self) -> bool:
        """No turn under way and none waiting."""
        return self._turn is None and not self._mailbox

    @property
    def store_full(self) -> bool:
        return self._store_full

    def live(self, now: datetime) -> LiveCharger:
        """What is going on, for people."""
        readings = self.device.readings(now)
        self._last_reading = readings[0] if readings else self._last_reading
        links = tuple(link.face.live() for link in self.links)
        around = None if self._surroundings is None else self._surroundings(now)
        return picture(self.charger, self.core, self._last_reading, bool(readings), links, around, now)

    def frames(self, link_id: str) -> list[Frame]:
        """The last frames of a link, oldest first."""
        return [frame for link in self.links if link.row.link_id == link_id for frame in link.frames]

    # --- building ---

    def _adopt(self, cast: Cast) -> None:
        self.core: ChargerCore = cast.core
        self.links = [Link(row, self._keep_frames) for row in cast.links]
        self._opening = cast.opening

    def _open(self, fresh: bool) -> None:
        links = self.links
        for link in links:
            self._mailbox.extend((link, link_events.Told(fact)) for fact in link.row.missed)
        self._mailbox.extend((None, event) for event in self._opening)
        self._pump()
        self.device.start(fresh)
        for link in links:
            self.post_to(link, link_events.Restarted())

    @property
    def _timer_key(self) -> str:
        return self.charger.charger_id

    # --- the turn ---

    def _pump(self) -> None:
        """Take turns until the mailbox is empty or a commit is awaited."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._mailbox and self._turn is None and not self._store_full and not self._broken:
                self._take(*self._mailbox.popleft())
        finally:
            self._pumping = False
        if self._say_stopped is not None and (self.idle or self._store_full):
            say, self._say_stopped = self._say_stopped, None
            say()

    def _take(self, link: Link | None, event: Event) -> None:
        before = [self.core.state, *(link.face.state for link in self.links)], [link.applied for link in self.links]
        turn = self._turn = Turn(link, event, self.clock.now(), before)
        if isinstance(event, charger_events.DeadlineReached | link_events.DeadlineReached) and not self._is_due(turn):
            self._turn = None
            return
        try:
            self._play(turn)
            job = self._job(turn)
        except OUR_FAULTS as error:
            self._fail(turn, error)
            return
        if job is None:
            self._perform(turn)
        else:
            self._store.submit(
                self.charger.charger_id, job, lambda _: self._committed(turn), lambda error: self._undo(turn, error)
            )

    def _is_due(self, turn: Turn) -> bool:
        """A deadline may have moved while its event waited in the mailbox."""
        deadline = self._player(turn.link).deadline()
        return deadline is not None and deadline <= turn.now

    def _player(self, link: Link | None) -> ChargerCore | Face:
        return self.core if link is None else link.face

    def _play(self, turn: Turn) -> None:
        for step in count():
            if not turn.work:
                return
            assert step < STEPS_MAX, f"{type(turn.event).__name__} goes round in circles"
            link, event = turn.work.popleft()
            for effect in self._handle(turn, link, event):
                self._sort(turn, link, effect)

    def _handle(self, turn: Turn, link: Link | None, event: Any) -> Iterator[Effect]:
        player: Any = self._player(link)
        if link not in turn.given:
            turn.given.add(link)
            if turn.readings is None:
                turn.readings = self.device.readings(turn.now)
            meter_read = charger_events.MeterRead if link is None else link_events.MeterRead
            yield from player.handle(meter_read(turn.readings), turn.now)
        yield from player.handle(event, turn.now)
        if link is not None and isinstance(event, link_events.Told) and isinstance(event.fact, facts.NumberedFact):
            link.applied = max(link.applied, event.fact.number)

    def _sort(self, turn: Turn, link: Link | None, effect: Any) -> None:
        """Into the store job, on to another player, or outward after the commit."""
        kind = type(effect)
        if kind in saves.SAVES:
            row = None if link is None else link.row
            turn.saves.append(saves.SAVES[kind](self.charger, row, effect, self._drawing))
            if kind is link_effects.SaveAuthorizationKey:
                turn.outward.append((link, effect))  # and used from now on
        elif kind is charger_effects.Tell:
            if isinstance(effect.fact, facts.NumberedFact):
                turn.facts.append(effect.fact)
            told = link_events.Told(effect.fact)
            turn.work.extend((to, told) for to in self.links if effect.link_id in (None, to.row.link_id))
        elif kind is link_effects.AskCharger:
            turn.work.append((None, effect.wish))
        else:
            if kind is charger_effects.SetCurrent and self._lowers(effect):
                self._set_current(None, effect)
            turn.outward.append((link, effect))

    def _lowers(self, effect: charger_effects.SetCurrent) -> bool:
        return effect.limit_ma == 0 or effect.limit_ma < self._offered_ma.get(effect.connector_id, 0)

    def _job(self, turn: Turn) -> Callable[[Connection], None] | None:
        """Everything that this turn must keep, or None. Encoded here: a job may run twice."""
        kept = list(turn.saves)
        kept += [saves.fact(self.charger, fact, turn.now) for fact in turn.facts]
        if self.core.state.durable != turn.states[0].durable:
            kept.append(saves.charger_state(self.charger, self.core.state.durable))
        for link, before, applied in zip(self.links, turn.states[1:], turn.applied, strict=True):
            if link.applied != applied or link.face.state.durable != before.durable:
                kept.append(saves.link_state(link.row, link.face.state.durable, link.applied))
        if kept and self._also_keep is not None:
            kept.append(self._also_keep())
        return partial(saves.run_all, kept=kept) if kept else None

    # --- after the commit ---

    def _committed(self, turn: Turn) -> None:
        assert self._turn is turn, "a commit is reported for a turn that is not under way"
        self._failures = 0
        self._perform(turn)

    def _perform(self, turn: Turn) -> None:
        """The turn is durable (or had nothing to keep): act, then take the next."""
        for link, effect in turn.outward:
            OUTWARD[type(effect)](self, link, effect)
        self._turn = None
        self._arm()
        self._changed()
        self._pump()

    def _arm(self) -> None:
        if self._stopped:
            return
        deadlines = [self.core.deadline(), *(link.face.deadline() for link in self.links)]
        known = [deadline for deadline in deadlines if deadline is not None]
        if known:
            self._timers.at(self._timer_key, min(known), self._deadline_reached)
        else:
            self._timers.cancel(self._timer_key)

    def _deadline_reached(self) -> None:
        now = self.clock.now()
        for link in (None, *self.links):
            deadline = self._player(link).deadline()
            if deadline is not None and deadline <= now:
                kind = charger_events.DeadlineReached if link is None else link_events.DeadlineReached
                self.post_to(link, kind())
        if self.idle:
            self._arm()

    # --- when it does not become durable ---

    def _undo(self, turn: Turn, error: StoreError) -> None:
        self._put_back(turn)
        if isinstance(error, StoreFull):
            self._wait_for_room(turn)
        elif isinstance(error, StoreClosed):
            self._stopped = True  # the process ends
            self._mailbox.clear()
        else:
            self._fail(turn, error)

    def _put_back(self, turn: Turn) -> None:
        self.core.state = turn.states[0]
        for link, state, applied in zip(self.links, turn.states[1:], turn.applied, strict=True):
            link.face.state, link.applied = state, applied
        self._turn = None

    def _wait_for_room(self, turn: Turn) -> None:
        """Nothing can be kept: off the air, no new sessions, and what happened is tried again in order.

        With its sockets cut, no platform's request can wait here and be obeyed long after it was made.
        """
        self._store_full = True
        if isinstance(turn.event, NEVER_RETRIED):
            self._refuse(turn.event)
        else:
            self._mailbox.appendleft((turn.link, turn.event))
        waiting = [entry for entry in self._mailbox if not isinstance(entry[1], NEVER_RETRIED)]
        self._mailbox = deque(waiting)
        for link in self.links:
            for socket in list(link.sockets.values()):
                if socket.socket is not None:
                    socket.socket.abort()
        if not self._stopped:
            self._timers.at(self._timer_key, self.clock.now() + STORE_FULL_RETRY, self._try_again)

    def _try_again(self) -> None:
        self._store_full = False
        self._pump()
        if self.idle:
            self._arm()

    def _refuse(self, event: Event) -> None:
        if not isinstance(event, link_events.TextReceived):
            self._notify(Reason("store.full"), None)

    def _fail(self, turn: Turn, error: BaseException) -> None:
        """Our own mistake: say so once, drop the event, and build this charger anew from its rows after a while."""
        state = self._player(turn.link).state
        link_id = None if turn.link is None else turn.link.row.link_id
        self._put_back(turn)
        for link in self.links:
            for socket in list(link.sockets.values()):
                socket.end()
        self._mailbox.clear()
        self._broken = True
        self._on_bug(Bug(self.charger.charger_id, link_id, turn.event, state, error))
        if self._stopped:
            return
        wait = min(REBUILD_AFTER * 2**self._failures, REBUILD_AFTER_MAX)
        self._failures = min(self._failures + 1, 20)
        self._timers.at(self._timer_key, self.clock.now() + wait, self._rebuild)

    def _rebuild(self) -> None:
        self._broken = False
        self._adopt(self._read_cast())
        self._open(fresh=False)

    # --- outward effects, run in order after the commit ---

    def _set_current(self, link: Link | None, effect: charger_effects.SetCurrent) -> None:
        self._offered_ma[effect.connector_id] = effect.limit_ma
        self.device.set_current(effect.connector_id, effect.limit_ma)

    def _hold_cable(self, link: Link | None, effect: charger_effects.HoldCable) -> None:
        self.device.hold_cable(effect.connector_id, effect.held)

    def _reboot(self, link: Link | None, effect: charger_effects.RebootDevice) -> None:
        self.device.reboot(effect.hard)

    def _tell_people(self, link: Link | None, effect: Any) -> None:
        self._notify(effect.reason, getattr(effect, "driver_id", None))

    def _connect(self, link: Link, effect: link_effects.Connect) -> None:
        socket = link.sockets[effect.socket_no] = LinkSocket(link, effect.socket_no, self.post_to, self.clock)
        self._connector(link.row.link_id, effect.socket_no, socket)

    def _use_key(self, link: Link, effect: link_effects.SaveAuthorizationKey) -> None:
        assert self._drawing.link_keys is not None
        self._drawing.link_keys.use(link.row.link_id, effect.key)

    def _send_text(self, link: Link, effect: link_effects.SendText) -> None:
        socket = link.sockets.get(effect.socket_no)
        if socket is not None and socket.socket is not None:
            link.note(self.clock.now(), True, effect.text)
            socket.socket.send(effect.text)

    def _send_ping(self, link: Link, effect: link_effects.SendPing) -> None:
        socket = link.sockets.get(effect.socket_no)
        if socket is not None and socket.socket is not None:
            socket.socket.ping()

    def _close_socket(self, link: Link, effect: link_effects.CloseSocket) -> None:
        socket = link.sockets.get(effect.socket_no)
        if socket is None:
            return
        if socket.socket is None:
            socket.cut = True  # still being dialled: hung up as soon as somebody answers
            link.sockets.pop(effect.socket_no)
        elif effect.code == 0:
            socket.socket.abort()
        else:
            socket.socket.close(effect.code)


OUTWARD: dict[type, Callable[[Host, Any, Any], None]] = {
    charger_effects.SetCurrent: Host._set_current,
    charger_effects.HoldCable: Host._hold_cable,
    charger_effects.RebootDevice: Host._reboot,
    charger_effects.Notify: Host._tell_people,
    link_effects.Connect: Host._connect,
    link_effects.SaveAuthorizationKey: Host._use_key,
    link_effects.SendText: Host._send_text,
    link_effects.SendPing: Host._send_ping,
    link_effects.CloseSocket: Host._close_socket,
    link_effects.Notify: Host._tell_people,
}
