"""What a platform commands, against what must come of it (OCPP 1.6 §5.2, §5.11, §5.12, §5.14, §5.18; RULES §6).

A command is judged where it arrives: by what stands at the charger it must be granted, must be refused, or nobody
outside can know. What was granted has then happened, and the referee is told so: the rest of the oracle asks wire and
rows for it. If the program died before it could answer, what it wrote down counts as its word.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from ..facts import EndReason
from .circuits import Circuit
from .door import FrontDoor
from .network import Side, What, WireEvent
from .story import LinkStory
from .trouble import Trouble
from .truth import Person, Referee
from .world import World

RESULT = 3
RESTARTS_WITHIN = timedelta(minutes=20)
GRANTED = frozenset({"Accepted", "Scheduled"})
decode = msgspec.json.Decoder(list[Any]).decode


class Link(Struct, frozen=True):
    """Over which the command came."""

    circuit: Circuit
    story: LinkStory


class Commands:
    """Stands before the charger's end of each socket."""

    def __init__(
        self,
        world: World,
        door: FrontDoor,
        trouble: Trouble,
        referee: Referee,
        people: Mapping[str, Person],
        links: Mapping[str, Link],
        wrong: Callable[[str], None],
    ) -> None:
        """`people` by id tag, `links` by charge box id."""
        self.referee, self.trouble, self.people = referee, trouble, people
        self._door, self._links, self._wrong = door, links, wrong
        self._world, self._reboots = world, 0
        self._awaited: str | None = None
        self._answer: dict[str, Any] | None = None
        self.granted = 0

    def now(self) -> datetime:
        return self._door.now()

    def expect_reboot(self, circuit: Circuit) -> None:
        """Soon, or it did already while the command was taken."""
        before = self._reboots
        self._world.at(self._world.now + RESTARTS_WITHIN, lambda: self._has_rebooted(circuit, before))

    def _has_rebooted(self, circuit: Circuit, before: int) -> None:
        if self._door.reboots == before:
            self._wrong(f"{circuit.name}: a Reset was granted, and nothing restarted within {RESTARTS_WITHIN}")

    def hear(self, event: WireEvent) -> None:
        """The wire: is that the answer?"""
        if self._awaited is None or event.what is not What.SENT or event.side is not Side.CHARGE_POINT:
            return
        frame = decode(event.text)
        if frame[0] == RESULT and frame[1] == self._awaited:
            self._answer = frame[2]

    def hand_over(self, charge_box_id: str, text: bytes, deliver: Callable[[], None]) -> None:
        """A call arrives at the charger."""
        frame = decode(text)
        command = COMMANDS.get(frame[2])
        if command is None:
            deliver()
            return
        link, payload = self._links[charge_box_id], frame[3]
        self._door.hurry()
        must = None if self.trouble.dark else command.must_be_granted(self, link, payload)
        if command.is_lost(self, payload):
            return
        self._reboots = self._door.reboots
        commits, self._awaited, self._answer = self._door.commits, frame[1], None
        now, register_wh = self.now(), self._door.register_wh()
        deliver()
        self._door.hurry()
        self._awaited = None
        if self._is_granted(link, frame, must, self._door.commits > commits):
            self.granted += 1
            command.happens(self, link, payload, now, register_wh)

    def _is_granted(self, link: Link, frame: list[Any], must: bool | None, kept: bool) -> bool:
        if self._answer is None:  # it died, or its socket broke, or there was no room: then nothing was kept
            return kept and must is not False
        granted = self._answer.get("status") in GRANTED
        if must is not None and granted is not must:
            state = self.referee.visit
            self._wrong(f"{link.circuit.name}: {frame[2]} {frame[3]} was answered {self._answer}, there is {state}")
        return granted


class Command(Struct, frozen=True, kw_only=True):
    """`must_be_granted`: None, if nobody outside can know. `happens`: what comes of it, with instant and register."""

    must_be_granted: Callable[[Commands, Link, dict[str, Any]], bool | None]
    happens: Callable[..., None]
    is_lost: Callable[[Commands, dict[str, Any]], bool] = lambda commands, payload: False  # on its way, by us


# --- remote start and stop --------------------------------------------------------------------------------------------


def _may_start(commands: Commands, link: Link, payload: dict[str, Any]) -> bool | None:
    if link.circuit.role != "control":
        return False
    referee = commands.referee
    if referee.running or referee.out_of_service:
        return False
    return referee.has_room_for(commands.people[payload["idTag"]], commands.now())


def _comes_into_the_blue(commands: Commands, payload: dict[str, Any]) -> bool:
    """No car is there, and a program that dies may not see in time whether one comes: such a call gets lost."""
    return not commands.referee.visit.plugged and commands.trouble.faults.processes_die


def _starts(commands: Commands, link: Link, payload: dict[str, Any], now: datetime, register_wh: int) -> None:
    person = commands.people[payload["idTag"]]
    commands.referee.started_over(link.circuit.name, person, now, register_wh)


def _may_stop(commands: Commands, link: Link, payload: dict[str, Any]) -> bool | None:
    """Whether the program has written the id down, that it was told, only a run without crashes tells."""
    running = commands.referee.visit.running
    transaction = link.story.running(payload["transactionId"])
    if link.circuit.role != "control" or running is None or transaction is None or transaction.truth is not running:
        return False
    known = payload["transactionId"] in transaction.heard_ids
    return None if commands.trouble.faults.processes_die else known


def _stops(commands: Commands, link: Link, payload: dict[str, Any], now: datetime, register_wh: int) -> None:
    commands.referee.ended(EndReason.REMOTE, now, register_wh)


# --- restarts, service, the cable -------------------------------------------------------------------------------------


RESETS = {"Hard": EndReason.HARD_RESET, "Soft": EndReason.SOFT_RESET}


def _resets(commands: Commands, link: Link, payload: dict[str, Any], now: datetime, register_wh: int) -> None:
    """The session ends if this platform sees it; one that it does not see is not its to end."""
    running = commands.referee.visit.running
    if link.circuit.role != "control" or (running is not None and not link.circuit.sees(running)):
        return
    commands.referee.ended(RESETS[payload["type"]], now, register_wh)
    if not commands.trouble.faults.processes_die:  # one that dies need not remember (§5.14)
        commands.expect_reboot(link.circuit)


def _changes_service(commands: Commands, link: Link, payload: dict[str, Any], now: datetime, register_wh: int) -> None:
    commands.referee.service_changed(payload["type"] == "Operative")


def _only_in_control(commands: Commands, link: Link, payload: dict[str, Any]) -> bool:
    return link.circuit.role == "control"


def _always(commands: Commands, link: Link, payload: dict[str, Any]) -> bool:
    """A face restarts for its platform whether or not the device does."""
    return True


def _never(commands: Commands, link: Link, payload: dict[str, Any]) -> bool:
    """The cable is fixed."""
    return False


def _nothing(commands: Commands, link: Link, payload: dict[str, Any], now: datetime, register_wh: int) -> None: ...


COMMANDS: Mapping[str, Command] = {
    "RemoteStartTransaction": Command(must_be_granted=_may_start, happens=_starts, is_lost=_comes_into_the_blue),
    "RemoteStopTransaction": Command(must_be_granted=_may_stop, happens=_stops),
    "Reset": Command(must_be_granted=_always, happens=_resets),
    "ChangeAvailability": Command(must_be_granted=_only_in_control, happens=_changes_service),
    "UnlockConnector": Command(must_be_granted=_never, happens=_nothing),
}
