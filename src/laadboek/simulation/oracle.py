"""The oracle: reads the simulated meter, what people did and the wire, and says what is wrong.

Our own rows are only what it judges. Per link: the rules of the wire (`calls`), the story that the platform was told
(`story`) and what it believes of the connector (`statuses`); over all links the same Wh; and our books (`books`).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..clock import Clock
from ..store.connection import Connection
from .books import Books
from .calls import Calls
from .circuits import Circuit
from .limits import Limits
from .network import Side, What, WireEvent
from .statuses import Statuses
from .story import LinkStory
from .truth import Meter, Referee, Visit

CALL, CALLRESULT, CALLERROR = 2, 3, 4
CALL_FRAME, STATUS = b"[2,", b'"StatusNotification"'
SPEAKS = frozenset({What.DIALLED, What.SENT})
decode = msgspec.json.Decoder(list[Any]).decode


class Judged:
    """One link with its judges."""

    def __init__(self, circuit: Circuit, referee: Referee, meter: Meter, wrong: Callable[[str], None]) -> None:
        self.circuit = circuit
        self.off_air: str | None = None  # why nothing may come from there
        self.story = LinkStory(circuit, referee, meter, wrong)
        self.calls = Calls(circuit, self.story, wrong)
        self.statuses = Statuses(circuit, meter, wrong)


class Oracle:
    """Hears every wire event as it happens; `violations` grows, in words."""

    def __init__(self, clock: Clock, referee: Referee, meter: Meter, circuits: Sequence[Circuit]) -> None:
        self.violations: list[str] = []
        self.messages = 0
        self._limits = Limits(self.wrong)
        meter.on_reading = self._limits.look
        self._clock, self._referee, self._meter = clock, referee, meter
        self._links = {c.charge_box_id: Judged(c, referee, meter, self.wrong) for c in circuits}
        [ours] = [link for link in self._links.values() if link.circuit.ours]
        self._ours, self._books = ours, Books(ours.story, meter, self.wrong)
        referee.on_change = self._visit_changed

    def wrong(self, message: str) -> None:
        self.violations.append(f"{self._clock.now():%Y-%m-%d %H:%M:%S} {message}")

    @property
    def stories(self) -> dict[str, LinkStory]:
        """By charge box id."""
        return {charge_box_id: link.story for charge_box_id, link in self._links.items()}

    # --- the wire ---

    def hear(self, event: WireEvent) -> None:
        link = self._links[event.charge_box_id]
        if link.off_air is not None and event.side is Side.CHARGE_POINT and event.what in SPEAKS:
            self.wrong(f"{link.circuit.name}: {event.what} {event.text[:60]!r}, though it is {link.off_air}")
        if event.what is What.SENT or event.what is What.RECEIVED:
            if event.what is What.RECEIVED and event.text.startswith(CALL_FRAME) and STATUS not in event.text:
                return  # it counts when it is answered
            frame = decode(event.text)
            REACTIONS[event.what, frame[0]](link.calls, event, frame)
            if event.what is What.SENT:
                self.messages += 1
            if link.circuit.role == "control":
                self._limits.hear(event, frame)
            if event.side is Side.CHARGE_POINT or event.what is What.RECEIVED:
                self._look_at_status(link, event, frame)
            return
        if event.what is What.CLOSED:
            link.calls.closed(event)
        elif event.what is What.DIALLED:
            link.calls.dialled(event)
        link.statuses.link_changed(event)

    def _look_at_status(self, link: Judged, event: WireEvent, frame: list[Any]) -> None:
        if frame[0] == CALLERROR:
            link.statuses.refused()
        elif frame[0] == CALL and frame[2] == "StatusNotification":
            if event.what is What.SENT:
                link.statuses.sent(frame[3], event.at)
            else:
                link.statuses.arrived(event, frame[3])

    # --- what happens beside the wire ---

    def _visit_changed(self, visit: Visit) -> None:
        for link in self._links.values():
            link.statuses.visit_changed(visit, self._clock.now())

    def link_paused(self, circuit: Circuit, paused: bool) -> None:
        self._links[circuit.charge_box_id].off_air = "paused" if paused else None

    def link_removed(self, circuit: Circuit, register_wh: int) -> None:
        link = self._links[circuit.charge_box_id]
        link.off_air = "removed"
        link.story.remove(register_wh)

    def host_began(self) -> None:
        for link in self._links.values():
            link.calls.program_began()
            link.statuses.disturbed(self._clock.now())

    def host_lost_turns(self) -> None:
        """It died, or could keep nothing."""
        for link in self._links.values():
            link.calls.program_lost_turns()
            link.statuses.disturbed(self._clock.now())

    # --- looks ---

    def look(self) -> None:
        """Does every platform believe what is so?"""
        for link in self._links.values():
            link.statuses.look(self._clock.now())

    def look_for_answered(self, db: Connection) -> None:
        kept, self._ours.calls.kept = self._ours.calls.kept, []
        self._books.look_for_answered(db, kept, self._clock.now())

    def told(self) -> dict[str, tuple[int, int]]:
        """By link: sessions that ended, and their Wh, as its platform knows them."""
        return {link.circuit.name: link.story.told() for link in self._links.values()}

    def judge(self, db: Connection) -> None:
        """At the end, with everything delivered: meter, wire and rows tell one story."""
        self.violations += self._meter.ran_backwards
        self.look_for_answered(db)
        for link in self._links.values():
            link.story.judge()
            self._books.judge_removal(db, link.story)
        self._compare_links()
        self._books.judge(db, [session for session in self._referee.sessions if session.ended_at is not None])

    def _compare_links(self) -> None:
        """Whoever was told of a session was told the same Wh and the same end, under an id of their own."""
        told: dict[tuple[str, datetime], dict[str, tuple[Any, ...]]] = {}
        for link in self._links.values():
            for one in link.story.transactions:
                if link.story.removal is not None and one.stopped_at is None:
                    continue
                energy_wh = None if one.meter_stop_wh is None else one.meter_stop_wh - one.meter_start_wh
                story = (energy_wh, one.stopped_at, one.reason)
                told.setdefault((one.id_tag, one.started_at), {})[link.circuit.name] = story
        for (id_tag, started_at), stories in told.items():
            if len(set(stories.values())) > 1:
                self.wrong(f"the session of {id_tag} at {started_at} is told differently: {stories}")


Reaction = Callable[[Calls, WireEvent, list[Any]], None]


def nothing(calls: Calls, event: WireEvent, frame: list[Any]) -> None:
    """A call is judged when it is sent, and counts when it is answered."""


REACTIONS: dict[tuple[What, int], Reaction] = {
    (What.SENT, CALL): Calls.call_sent,
    (What.RECEIVED, CALL): nothing,
    (What.SENT, CALLRESULT): Calls.answer_sent,
    (What.RECEIVED, CALLRESULT): Calls.answer_arrived,
    (What.SENT, CALLERROR): Calls.error_sent,
    (What.RECEIVED, CALLERROR): Calls.error_arrived,
}
