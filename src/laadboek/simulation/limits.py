"""What the platform in control allows, against what the wall box offered (OCPP 1.6 §3.13, §5.16; RULES §5)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..facts import Reading
from .network import Side, What, WireEvent

NO_LIMIT_A = 1000.0
OBEYED_WITHIN = timedelta(seconds=60)


class Limits:
    """A limit binds from its acceptance on, over crashes and restarts, until another one is on its way."""

    def __init__(self, wrong: Callable[[str], None]) -> None:
        self._wrong = wrong
        self._asked: dict[str, float] = {}  # by message id: the limit that it asks for, A
        self._allowed_a = NO_LIMIT_A
        self._since: datetime | None = None

    def hear(self, event: WireEvent, frame: list[Any]) -> None:
        if event.what is not What.SENT:
            return
        if event.side is Side.CENTRAL_SYSTEM and len(frame) == 4 and frame[2] in ASKED:
            limit_a = self._asked[frame[1]] = ASKED[frame[2]](frame[3])
            self._bind(max(limit_a, self._allowed_a), event.at)
        elif event.side is Side.CHARGE_POINT and frame[1] in self._asked:
            limit_a = self._asked.pop(frame[1])
            if frame[0] == RESULT and frame[2] == {"status": "Accepted"}:
                self._bind(limit_a, event.at)

    def _bind(self, allowed_a: float, since: datetime) -> None:
        self._allowed_a, self._since = allowed_a, since

    def look(self, readings: tuple[Reading, ...], at: datetime) -> None:
        """The box is read. A clock that is wrong need not know yet that the schedule has begun."""
        for reading in readings:
            if self._since is not None and reading.taken_at != at:
                self._since = at
            if self._since is None or at - self._since < OBEYED_WITHIN:
                continue
            if reading.offered_ma > self._allowed_a * 1000:
                self._wrong(f"{reading.offered_ma} mA offered, {self._allowed_a} A allowed since {self._since}")
                self._since = at


RESULT = 3
ASKED: dict[str, Callable[[dict[str, Any]], float]] = {
    "SetChargingProfile": lambda asked: float(
        asked["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
    ),
    "ClearChargingProfile": lambda _: NO_LIMIT_A,
}
