"""The host of one charger: its mailbox, its turns one at a time, and what happens when one goes wrong. No asyncio.

Only after a turn's commit do its outward effects run, in order, and the next event is taken from the mailbox.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from typing import Any

from msgspec.structs import replace

from .. import facts
from ..chargepoint import effects as link_effects
from ..chargepoint import events as link_events
from ..charger import events as charger_events
from ..charger.core import ChargerCore
from ..devices.device import Device, PinTyped
from ..live import LiveCharger
from ..reasons import Reason, Refused
from ..secret import FACTORY_PIN, Secret, pin_mac
from ..store.errors import JobFailed, StoreClosed, StoreError, StoreFull
from .hosted import Cast, HostedCharger
from .link import Frame, Link
from .mailbox import NEVER_RETRIED, Entry, Mailbox
from .outward import Outward
from .picture import picture
from .relink import begins, messages_behind, rearranged, retirements
from .saves import Drawing
from .services import Bug, Neighbours, Rows, Services
from .turn import Edit, Event, Props, Stage, Turn

# The disk is full: ask again this often. Somebody may have made room.
STORE_FULL_RETRY = timedelta(seconds=5)
# A charger whose turn failed is built again from its rows; each failure in a row waits twice as long.
REBUILD_AFTER, REBUILD_AFTER_MAX = timedelta(seconds=1), timedelta(minutes=5)
# Our own mistakes, wherever in a core they show. Anything else (a crash, a full memory) is not this charger's alone.
OUR_FAULTS = (AssertionError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)
DEADLINES_REACHED = (charger_events.DeadlineReached, link_events.DeadlineReached)


class Trouble(Enum):
    """Why no turns are taken for a while."""

    STORE_FULL = auto()
    BROKEN = auto()  # a turn failed by our own fault; the charger waits to be built anew


def bug_of(stage: Stage, turn: Turn, error: BaseException) -> Bug:
    """Before the turn is put back: the state is that in which it failed."""
    link_id = None if turn.link is None else turn.link.row.link_id
    return Bug(stage.charger.charger_id, link_id, turn.event, stage.player(turn.link).state, error)


def knowing_pin(event: Any, mac_of: Callable[[Secret], bytes]) -> Any:
    """The core does not know how PINs are hidden: it is told that of the factory with its drivers."""
    if isinstance(event, charger_events.DriversChanged):
        return replace(event, settings_pin_mac=mac_of(FACTORY_PIN))
    return event


def told_of_pin(cast: Cast, mac_of: Callable[[Secret], bytes]) -> Cast:
    return replace(cast, opening=tuple(knowing_pin(event, mac_of) for event in cast.opening))


class Host:
    """One charger: its core, its faces, its device, its mailbox. Everything runs in the caller's thread."""

    def __init__(
        self, charger: HostedCharger, device: Device, rows: Rows, services: Services, neighbours: Neighbours
    ) -> None:
        self.charger, self.device, self.clock = charger, device, services.clock
        self._rows, self._services, self._neighbours = rows, services, neighbours
        self._store, self._timers = services.store, services.timers
        self._outward = Outward(charger, device, services, neighbours, self.post_to)
        drawing = Drawing(services.ids, services.link_keys)
        self._props = Props(drawing, self._outward.lower, neighbours.also_keep)
        self._last_reading: facts.Reading | None = None
        self._mailbox = Mailbox()
        self._turn: Turn | None = None
        self._pumping, self._stopped, self._failures = False, False, 0  # failures in a row
        self._trouble: Trouble | None = None
        self._full_since: datetime | None = None
        self._say_stopped: Callable[[], None] | None = None
        self._build()
        device.on_event = self.post

    # --- from outside ---

    def start(self, fresh: bool) -> None:
        """Catch up with what was missed, hear from the device (`fresh`: it boots as well), connect the links."""
        self._mailbox.add(self._stage.missed())
        self._pump()
        self.device.start(fresh)
        for link in list(self.links):
            for event in begins(self.clock.synchronised):
                self.post_to(link, event)

    def post(self, event: charger_events.Event | PinTyped) -> None:
        """Something happened to the charger."""
        if isinstance(event, PinTyped):
            event = charger_events.PinEntered(event.connector_id, self.mac_of(event.pin))
        self.post_to(None, knowing_pin(event, self.mac_of))

    def post_to(self, link: Link | None, event: Event) -> None:
        """Something happened to a link, or (None) to the charger."""
        if self._stopped or self._trouble is Trouble.BROKEN:
            return  # what a broken charger misses of its device, the device tells again
        if self.store_full and isinstance(event, NEVER_RETRIED):
            self._refuse(event)
            return
        self._mailbox.add([(link, event)])
        self._pump()

    def edit(self, edit: Edit) -> None:
        """Change the rows of links, and the stage after them, between two turns."""
        if self._stopped:
            edit.failed(StoreClosed("the charger is not hosted any more"))
        elif self._trouble is not None:
            edit.failed(StoreFull("no room") if self.store_full else JobFailed("the charger is being built anew"))
        else:
            self._mailbox.add([(None, edit)])
            self._pump()

    def stop(self, stopped: Callable[[], None] = lambda: None) -> None:
        """Close the links politely and take no more turns; `stopped` is called once all is kept that can be."""
        for link in self.links:
            self.post_to(link, link_events.Stopped())
        self._stopped, self._say_stopped = True, stopped
        self._timers.cancel(self._key)
        self._pump()

    @property
    def idle(self) -> bool:
        """No turn under way and none waiting."""
        return self._turn is None and not self._mailbox

    @property
    def store_full(self) -> bool:
        return self._trouble is Trouble.STORE_FULL

    @property
    def broken(self) -> bool:
        return self._trouble is Trouble.BROKEN

    @property
    def core(self) -> ChargerCore:
        return self._stage.core

    @property
    def links(self) -> list[Link]:
        return self._stage.links

    def live(self, now: datetime) -> LiveCharger:
        """What is going on, for people."""
        readings = self.device.readings(now)
        self._last_reading = readings[0] if readings else self._last_reading
        links = [link.face.live() for link in self.links]
        around = None if self._neighbours.surroundings is None else self._neighbours.surroundings(now)
        seen = picture(self.charger, self.core, self._last_reading, bool(readings), links, around, now)
        return replace(seen, why=Reason("store.full")) if self.store_full else seen

    def frames(self, link_id: str) -> list[Frame]:
        """The last frames of a link, oldest first."""
        return [frame for link in self.links if link.row.link_id == link_id for frame in link.frames]

    # --- building ---

    def _build(self) -> None:
        """Core and faces, from their rows."""
        told = told_of_pin(self._rows.cast(), self.mac_of)
        self._stage = Stage(self.charger, self.device, told, self._services.keep_frames)

    def mac_of(self, pin: Secret) -> bytes:
        """What of a PIN reaches the core."""
        return pin_mac(self._services.pin_key, self.charger.pin_scope or self.charger.charger_id, pin.reveal())

    @property
    def _key(self) -> str:  # of its timer, and of its store jobs, which run in order
        return self.charger.charger_id

    # --- turns ---

    def _pump(self) -> None:
        """Take turns until the mailbox is empty or a commit is awaited."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._mailbox and self._turn is None and self._trouble is None:
                self._take(*self._mailbox.take())
        finally:
            self._pumping = False
        if self._say_stopped is not None and (self.idle or self.store_full):
            say, self._say_stopped = self._say_stopped, None
            say()

    def _take(self, link: Link | None, event: Event | Edit) -> None:
        now = self.clock.now()
        if link is not None and link not in self.links:
            return  # it was removed while this waited in the mailbox
        if isinstance(event, DEADLINES_REACHED) and not self._stage.is_due(link, now):
            return  # it moved while its event waited in the mailbox
        turn = self._turn = Turn(self._stage, self._props, link, event, now)
        try:
            turn.play()
            job = turn.job()
        except OUR_FAULTS as error:
            self._fail(turn, error)
            return
        if job is None:
            self._perform(turn)
        else:
            self._store.submit(self._key, job, partial(self._committed, turn), partial(self._undo, turn))

    # --- after the commit ---

    def _committed(self, turn: Turn, result: Any) -> None:
        assert self._turn is turn, "a commit is reported for a turn that is not under way"
        self._failures = 0
        if self._full_since is not None:  # now the faces can keep that nothing could be kept
            self._mailbox.add((link, link_events.StoreWasFull(self._full_since)) for link in self.links)
            self._full_since = None
        if turn.edit is not None:
            try:
                heard = rearranged(self._stage, self._rows.links, self._services.keep_frames, self.clock.synchronised)
                self._mailbox.add_first(heard)
            except OUR_FAULTS as error:
                self._fail(turn, error)
                return
            turn.edit.done(result)
        self._perform(turn)

    def _perform(self, turn: Turn) -> None:
        """The turn is durable (or had nothing to keep): act, then take the next."""
        wanted = []
        for link, effect in turn.outward:
            if isinstance(effect, link_effects.ReadOutbox):
                wanted.append((link, effect))
            else:
                self._outward.perform(link, effect)
        if wanted:
            self._read_outboxes(turn, wanted)
        else:
            self._end_turn()

    def _read_outboxes(self, turn: Turn, wanted: Sequence[tuple[Link | None, link_effects.ReadOutbox]]) -> None:
        """No other event comes in between: what is read is what the faces believe to be there."""

        def read(heard: Sequence[Entry]) -> None:
            self._mailbox.add_first(heard)
            self._end_turn()

        def unread(error: StoreError) -> None:  # the turn itself is durable: begin again from the rows
            (self._undo if isinstance(error, StoreClosed) else self._fail)(turn, error)

        self._store.submit(self._key, partial(messages_behind, wanted=wanted), read, unread)

    def _end_turn(self) -> None:
        """The turn is done: look after what it changed, then take the next."""
        self._turn = None
        if self._rows.links is not None:
            self._mailbox.add((None, edit) for edit in retirements(self._stage))
        self._arm()
        self._neighbours.changed()
        self._pump()

    def _arm(self) -> None:
        deadline = None if self._stopped else self._stage.deadline()
        if deadline is None:
            self._timers.cancel(self._key)
        else:
            self._timers.at(self._key, deadline, self._deadline_reached)

    def _deadline_reached(self) -> None:
        for link, event in self._stage.overdue(self.clock.now()):
            self.post_to(link, event)
        if self.idle:
            self._arm()

    # --- when it does not become durable ---

    def _undo(self, turn: Turn, error: StoreError) -> None:
        turn.put_back()
        self._turn = None
        if isinstance(error, StoreClosed):
            self._stopped = True  # the process ends
            self._mailbox.turn_down(turn.event, error)
        elif turn.edit is not None:
            turn.edit.failed(error)
            self._end_turn()
        elif isinstance(error, StoreFull):
            self._wait_for_room(turn)
        else:
            self._fail(turn, error)

    def _wait_for_room(self, turn: Turn) -> None:
        """Nothing can be kept: off the air, no new sessions, and what happened is tried again in order."""
        # With its sockets cut, no platform's request can wait here and be obeyed long after it was made.
        self._trouble = Trouble.STORE_FULL
        self._full_since = self._full_since or self.clock.now()
        if isinstance(turn.event, NEVER_RETRIED):
            self._refuse(turn.event)
        else:
            self._mailbox.add_first([(turn.link, turn.event)])
        self._mailbox.drop_what_must_not_wait()
        for link in self.links:
            link.abort_sockets()
        if not self._stopped:
            self._timers.at(self._key, self.clock.now() + STORE_FULL_RETRY, self._try_again)
        self._neighbours.changed()

    def _try_again(self) -> None:
        self._trouble = None
        self._pump()
        if self.idle:
            self._arm()

    def _refuse(self, event: Event) -> None:
        if not isinstance(event, link_events.TextReceived):
            self._neighbours.notify(Reason("store.full"), None)

    def _fail(self, turn: Turn, error: BaseException) -> None:
        """Our own mistake: say so once, drop the event, and build this charger anew from its rows after a while."""
        bug = bug_of(self._stage, turn, error)
        turn.put_back()
        self._turn = None
        for link in self.links:
            link.end_sockets()
        self._mailbox.turn_down(turn.event, JobFailed("the charger is built anew"))
        self._trouble = Trouble.BROKEN
        self._services.on_bug(bug)
        if self._stopped:
            return
        wait = min(REBUILD_AFTER * 2**self._failures, REBUILD_AFTER_MAX)
        self._failures = min(self._failures + 1, 20)
        self._timers.at(self._key, self.clock.now() + wait, self._rebuild)

    def _rebuild(self) -> None:
        self._trouble = None
        self._build()
        self.start(fresh=False)


def retire(host: Host) -> None:
    """The charger was removed: its host takes no more turns, and whoever waits for an edit hears why."""
    gone = JobFailed("the charger was removed")
    gone.__cause__ = Refused("charger.unknown")
    host._mailbox.turn_down_all(gone)
    host.stop()
