"""While the past days of the demo are produced there is no store to ask: every page shows how far it is."""

from datetime import date

from msgspec import Struct

from ...reasons import Reason


class Progress(Struct, frozen=True, kw_only=True):
    """How far the production of the past is. `failed`: it ended, and why; starting again begins anew."""

    done_days: int
    total_days: int
    day: date | None = None  # being lived through now
    sessions: int = 0
    energy_wh: int = 0
    failed: Reason | None = None

    @property
    def percent(self) -> int:
        return 100 * self.done_days // self.total_days if self.total_days else 0
