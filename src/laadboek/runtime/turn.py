"""The turn: one event through the charger core or a face, until nothing is left. No I/O, no clock.

Facts go from the core to the faces in link order, wishes go back. What must be kept becomes one store job; what shall
be done waits for its commit. If there is none, the frozen states from before the turn are put back and nothing was
done: except that a current was lowered, which never waits for the disk. An edit does: it is not tried again, and
what it would have lowered would stay so.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

from msgspec import Struct

from .. import facts
from ..chargepoint import effects as link_effects
from ..chargepoint import events as link_events
from ..chargepoint.face import Face
from ..charger import effects as charger_effects
from ..charger import events as charger_events
from ..charger.core import ChargerCore
from ..devices.device import Device
from ..reasons import Reason, Refused
from ..store.connection import Connection
from ..store.errors import StoreError
from . import saves
from .hosted import Cast, HostedCharger
from .link import Link

# A turn longer than this goes round in circles.
STEPS_MAX = 1_000

REFUSALS = (charger_effects.Refuse, link_effects.Refuse)
NOTICES = (charger_effects.Notify, link_effects.Notify)

Event = charger_events.Event | link_events.Event
Effect = charger_effects.Effect | link_effects.Effect | saves.KeepAlone


class Edit(Struct, frozen=True, kw_only=True):
    """A change that somebody asked for: of links (`relink`), of keys. One of `done` and `failed` is called, once."""

    job: Callable[[Connection], Any]  # re-runnable; what it returns is handed to `done`
    done: Callable[[Any], None] = lambda _: None
    failed: Callable[[StoreError], None] = lambda _: None
    link_id: str | None = None  # whose face is told `event` in the same store job, if it is there; None: the charger
    event: Callable[[], Event | None] = lambda: None  # asked as its turn begins


class Stage:
    """Who plays: a charger's core, and its links with their faces in the order in which they are told facts."""

    __slots__ = ("_opening", "charger", "core", "device", "links")

    def __init__(self, charger: HostedCharger, device: Device, cast: Cast, keep_frames: int) -> None:
        self.charger, self.device = charger, device
        self.core: ChargerCore = cast.core
        self.links = [Link(row, keep_frames) for row in cast.links]
        self._opening = cast.opening

    def missed(self) -> Iterator[tuple[Link | None, Event]]:
        """What has to be caught up with first: facts by the faces, then drivers and links by the core."""
        for link in self.links:
            yield from ((link, link_events.Told(fact)) for fact in link.row.missed)
        yield from ((None, event) for event in self._opening)

    def link(self, link_id: str | None) -> Link | None:
        return next((link for link in self.links if link.row.link_id == link_id), None)

    def player(self, link: Link | None) -> ChargerCore | Face:
        """None: the charger."""
        return self.core if link is None else link.face

    def is_due(self, link: Link | None, now: datetime) -> bool:
        deadline = self.player(link).deadline()
        return deadline is not None and deadline <= now

    def overdue(self, now: datetime) -> list[tuple[Link | None, Event]]:
        """Whose deadline has come, and what they are told."""
        due = [(link, link_events.DeadlineReached()) for link in self.links if self.is_due(link, now)]
        return [(None, charger_events.DeadlineReached()), *due] if self.is_due(None, now) else [*due]

    def deadline(self) -> datetime | None:
        deadlines = [self.core.deadline(), *(link.face.deadline() for link in self.links)]
        return min((deadline for deadline in deadlines if deadline is not None), default=None)


def opening(stage: Stage, link: Link | None, event: Event | Edit) -> Iterator[tuple[Link | None, Event]]:
    """Who hears what first."""
    if not isinstance(event, Edit):
        yield link, event
        return
    edited = stage.link(event.link_id)
    there = edited is not None or event.link_id is None
    if there and (told := event.event()) is not None:
        yield edited, told


class Props(Struct, frozen=True):
    """What a turn needs besides its players."""

    drawing: saves.Drawing
    lower: Callable[[charger_effects.SetCurrent], None]  # at once, if it lowers
    also_keep: Callable[[], saves.Save] | None


class Turn:
    """One event on its way through the cores, and what came of it."""

    __slots__ = (
        "_applied", "_facts", "_given", "_notices", "_props", "_readings", "_saves", "_stage", "_states", "_work",
        "edit", "event", "link", "now", "outward",
    )  # fmt: skip

    def __init__(self, stage: Stage, props: Props, link: Link | None, event: Event | Edit, now: datetime) -> None:
        self.link, self.event, self.now = link, event, now
        self.edit = event if isinstance(event, Edit) else None
        self.outward: list[tuple[Link | None, Effect]] = []
        self._stage, self._props = stage, props
        # To be put back if the turn comes to nothing.
        self._states: list[Any] = [stage.core.state, *(one.face.state for one in stage.links)]
        self._applied = [(one, one.applied) for one in stage.links]
        self._work: deque[tuple[Link | None, Event]] = deque(opening(stage, link, event))
        self._readings: tuple[facts.Reading, ...] | None = None
        self._given: set[Link | None] = set()  # who has had the readings
        self._facts: list[facts.NumberedFact] = []
        self._saves: list[saves.Save] = []
        self._notices: list[saves.Save] = []

    def play(self) -> None:
        """Take the event, and what follows from it, through the cores."""
        for step in count():
            if not self._work:
                return
            assert step < STEPS_MAX, f"{type(self.event).__name__} goes round in circles"
            link, event = self._work.popleft()
            for effect in self._handle(link, event):
                self._sort(link, effect)

    def _handle(self, link: Link | None, event: Any) -> Iterator[Effect]:
        player: Any = self._stage.player(link)
        if link not in self._given:
            self._given.add(link)
            if self._readings is None:
                self._readings = self._stage.device.readings(self.now)
            meter_read = charger_events.MeterRead if link is None else link_events.MeterRead
            yield from player.handle(meter_read(self._readings), self.now)
        yield from player.handle(event, self.now)
        if link is not None and isinstance(event, link_events.Told) and isinstance(event.fact, facts.NumberedFact):
            link.applied = max(link.applied, event.fact.number)

    def _sort(self, link: Link | None, effect: Any) -> None:
        """Into the store job, on to another player, or outward after the commit."""
        kind = type(effect)
        if kind in saves.SAVES:
            row = None if link is None else link.row
            self._saves.append(saves.SAVES[kind](self._stage.charger, row, effect, self._props.drawing))
            if kind in (link_effects.SaveSecret, link_effects.DropSecret):
                self.outward.append((link, effect))  # and known from now on
        elif kind in REFUSALS and self.edit is not None:
            self._saves.append(partial(refuse, reason=effect.reason))
        elif kind is charger_effects.Tell:
            if isinstance(effect.fact, facts.NumberedFact):
                self._facts.append(effect.fact)
            told = link_events.Told(effect.fact)
            self._work.extend((to, told) for to in self._stage.links if effect.link_id in (None, to.row.link_id))
        elif kind is link_effects.AskCharger:
            self._work.append((None, effect.wish))
        else:
            if kind in NOTICES:
                self._notices.append(saves.notice(self._stage.charger, effect, self.now, self._props.drawing))
            if kind is charger_effects.SetCurrent:
                if self.edit is None:
                    self._props.lower(effect)
                self.outward = [one for one in self.outward if not _lowered(one[1], effect)]
            self.outward.append((link, effect))

    def job(self) -> Callable[[Connection], Any] | None:
        """Everything that this turn must keep, or None; returns what the edit returns. A job may run twice."""
        stage, charger = self._stage, self._stage.charger
        kept = list(self._saves)
        kept += [saves.fact(charger, fact, self.now) for fact in self._facts]
        if _differs(stage.core.state.durable, self._states[0].durable):
            kept.append(saves.charger_state(charger, stage.core.state.durable))
        for before, (link, applied) in zip(self._states[1:], self._applied, strict=True):
            if link.applied != applied or _differs(link.face.state.durable, before.durable):
                kept.append(saves.link_state(link.row, link.face.state.durable, link.applied))
        if kept and self._props.also_keep is not None:
            kept.append(self._props.also_keep())
        if kept:
            kept += self._notices
        elif self._notices:  # nobody's charger waits for the disk because of news alone
            self.outward.append((None, saves.KeepAlone(partial(saves.run_all, kept=self._notices))))
        if self.edit is not None:
            kept.append(self.edit.job)
        return partial(saves.run_all, kept=kept) if kept else None

    def put_back(self) -> None:
        """The turn comes to nothing."""
        stage = self._stage
        stage.core.state = self._states[0]
        for state, (link, applied) in zip(self._states[1:], self._applied, strict=True):
            link.face.state, link.applied = state, applied


def _differs(now: Any, before: Any) -> bool:
    """Mostly it is the same object: comparing all that an open session holds would take longer than the turn."""
    return now is not before and now != before


def refuse(db: Connection, reason: Reason) -> None:
    """The store job of an edit that a core refuses: nothing of it is kept, and whoever asked for it hears why."""
    raise Refused(reason.code, **reason.params)


def _lowered(earlier: Effect, later: charger_effects.SetCurrent) -> bool:
    """What is lowered in the same turn never leaves: a session that a platform limits does not begin with a surge."""
    if not isinstance(earlier, charger_effects.SetCurrent) or earlier.connector_id != later.connector_id:
        return False
    return earlier.limit_ma > later.limit_ma
