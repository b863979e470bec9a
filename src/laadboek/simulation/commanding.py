"""What somebody else's platform commands, and when: drivers start and stop by its app, its people restart and close."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from .world import World

Say = Callable[[str, dict[str, Any]], None]

STARTS = 0.4  # of the visits that nobody identified for yet
STOPS = 0.25  # of the transactions
STARTS_AFTER_S, STOPS_AFTER_MIN = 90.0, 180.0
RESETS_A_DAY, CLOSES_A_DAY, UNLOCKS_A_DAY, BLIND_STARTS_A_DAY = 0.35, 0.3, 0.1, 0.1
CLOSED_H = (0.2, 4.0)


class Commander:
    """The commands of one platform, from a stream of their own."""

    def __init__(self, world: World, name: str, id_tags: Sequence[str], say: Say) -> None:
        """`say` sends a command, if the platform can at the moment."""
        self._world, self._id_tags, self._say = world, id_tags, say
        self._ids = world.ids(f"commands of {name}")
        self.running: int | None = None  # the transaction that it knows to run

    def begin_day(self) -> None:
        for chance, command in (
            (RESETS_A_DAY, self._reset),
            (CLOSES_A_DAY, self._close),
            (UNLOCKS_A_DAY, self._unlock),
            (BLIND_STARTS_A_DAY, self._start),
        ):
            if self._ids.below(1) < chance:
                self._after(self._ids.below(86_400), command)

    def answered(self, action: str, payload: dict[str, Any], answer: dict[str, Any]) -> None:
        """It took this call in."""
        if action == "StartTransaction":
            self.running = answer.get("transactionId")
            if self._ids.below(1) < STOPS:
                self._after(60 * self._ids.below(STOPS_AFTER_MIN), self._stop)
        elif action == "StopTransaction":
            self.running = None
        elif action == "StatusNotification" and payload["status"] == "Preparing" and self._ids.below(1) < STARTS:
            self._after(self._ids.below(STARTS_AFTER_S), self._start)

    def _after(self, seconds: float, do: Callable[[], None]) -> None:
        self._world.at(self._world.now + timedelta(seconds=seconds), do)

    def _start(self) -> None:
        id_tag = self._id_tags[int(self._ids.below(len(self._id_tags)))]
        where = {"connectorId": 1} if self._ids.below(1) < 0.5 else {}
        self._say("RemoteStartTransaction", {"idTag": id_tag, **where})

    def _stop(self) -> None:
        if self.running is not None:
            self._say("RemoteStopTransaction", {"transactionId": self.running})

    def _reset(self) -> None:
        self._say("Reset", {"type": "Hard" if self._ids.below(1) < 0.5 else "Soft"})

    def _unlock(self) -> None:
        self._say("UnlockConnector", {"connectorId": 1})

    def _close(self) -> None:
        """Out of service, and in service again after some hours; asked for until it is likely to have been heard."""
        connector = {"connectorId": int(self._ids.below(2))}
        self._say("ChangeAvailability", {**connector, "type": "Inoperative"})
        shortest, spread = CLOSED_H
        reopens_s = 3600 * (shortest + self._ids.below(spread))
        for again in range(4):
            self._after(reopens_s + again * 1200, lambda: self._say("ChangeAvailability", OPEN))


OPEN = {"connectorId": 0, "type": "Operative"}
