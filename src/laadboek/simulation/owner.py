"""The owner changes links while people charge: pauses one and resumes it, removes one for good (RULES §6).

As the portal has it done: an edit of the charger's host, whose job is the use case. What was kept has happened, whether
or not the program lived to say so.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct

from ..actions import links
from ..actions.actor import Actor
from ..chargepoint import events as link_events
from ..runtime.turn import Edit
from ..store.connection import Connection
from ..store.errors import JobFailed, StoreError
from .circuits import Circuit
from .faults import sometimes
from .trouble import Trouble
from .world import World

PAUSES_A_WEEK, PAUSED_H = 3.0, (0.1, 20.0)
REMOVES = 0.3  # of the runs
TRIED_AGAIN = timedelta(minutes=3)


class Charger(Protocol):
    """What the owner needs of the home."""

    def edit(self, edit: Edit) -> bool:
        """Have it done now; whether it was kept."""


class Change(Struct, frozen=True, kw_only=True):
    """A use case on a link, what its face hears of it, and what the oracle is told once it was kept."""

    job: Callable[[Connection, Actor, str, datetime], Any]
    event: Callable[[], link_events.Event | None] = lambda: None
    happened: Callable[[Circuit], None]


class Owner:
    def __init__(
        self,
        world: World,
        charger: Charger,
        trouble: Trouble,
        reports: dict[str, Circuit],
        actor: Actor,
        *,
        on_pause: Callable[[Circuit, bool], None],
        on_removal: Callable[[Circuit], None],
        wrong: Callable[[str], None],
    ) -> None:
        """`reports`: by link id, those links that may be changed."""
        self._world, self._charger, self._trouble, self._reports = world, charger, trouble, reports
        self._actor, self._on_pause, self._wrong = actor, on_pause, wrong
        self._chance = world.ids("owner").random()
        self._paused: set[str] = set()
        self._removed: set[str] = set()
        self.pausing = Change(job=links.pause, happened=lambda circuit: on_pause(circuit, True))
        self.resuming = Change(job=links.resume, happened=lambda circuit: None)
        self.removing = Change(job=links.remove, event=link_events.Removed, happened=on_removal)

    def begin(self, until: datetime) -> None:
        if not self._trouble.faults.owner_changes or not self._reports:
            return
        sometimes(self._world, self._chance, PAUSES_A_WEEK, until, self._pause_one)
        foreign = [link_id for link_id, circuit in self._reports.items() if not circuit.ours]
        if foreign and self._chance.random() < REMOVES:
            when = self._world.now + (until - self._world.now) * self._chance.random()
            self._world.at(when, lambda: self._remove(foreign[0]))

    def calm(self) -> None:
        """Nothing stays paused."""
        for link_id in list(self._paused):
            self._resume(link_id)

    def _pause_one(self) -> None:
        link_id = self._chance.choice(list(self._reports))
        hours = self._chance.uniform(*PAUSED_H)
        if self._trouble.brews and link_id not in self._paused | self._removed and self._change(link_id, self.pausing):
            self._paused.add(link_id)
            self._world.at(self._world.now + timedelta(hours=hours), lambda: self._resume(link_id))

    def _resume(self, link_id: str) -> None:
        if link_id not in self._paused:
            return
        self._on_pause(self._reports[link_id], False)  # it may dial at once
        if self._change(link_id, self.resuming):
            self._paused.discard(link_id)
        else:
            self._on_pause(self._reports[link_id], True)
            self._world.at(self._world.now + TRIED_AGAIN, lambda: self._resume(link_id))

    def _remove(self, link_id: str) -> None:
        if self._trouble.brews and self._change(link_id, self.removing):
            self._removed.add(link_id)
            self._paused.discard(link_id)

    def _change(self, link_id: str, change: Change) -> bool:
        """Done and kept; else nothing changed, for want of a program, of room, or of luck."""
        refused: list[StoreError] = []
        edit = Edit(
            job=lambda db: change.job(db, self._actor, link_id, self._world.now),
            failed=refused.append,
            link_id=link_id,
            event=change.event,
        )
        kept = self._charger.edit(edit) and not refused
        if kept:
            change.happened(self._reports[link_id])
        for error in refused:
            if isinstance(error, JobFailed) and error.__cause__ is not None:
                self._wrong(f"owner: {error}")
        return kept
