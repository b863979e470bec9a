"""A site: one event in, effects out. It measures, shares and plans. No clock, no I/O, no OCPP, no charger core."""

from datetime import datetime

from .effects import Effect
from .events import Event
from .state import Durable
from .view import MeterState, SiteView

REASONS: dict[str, str] = {}
NOTICES: dict[str, str] = {}


class SiteCore:
    """What one site knows, and the only one to change it."""

    def __init__(self, durable: Durable | None = None) -> None:
        self.durable = durable if durable is not None else Durable()

    def handle(self, event: Event, now: datetime) -> list[Effect]:
        """Take one event; the effects are in the order in which they are to be done."""
        return []

    def deadline(self) -> datetime | None:
        """When to look next, or to tell that time has passed; None: nothing is due."""
        return None

    def view(self, now: datetime) -> SiteView:
        return SiteView(at=now, meter=MeterState.ABSENT)
