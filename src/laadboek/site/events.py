"""What a site hears: values. `now` comes beside them."""

from msgspec import Struct

from ..energy.forecast import Sunny
from ..energy.tariff import Spot
from ..supply import Demand, GridReading
from .config import SiteConfig


class Configured(Struct, frozen=True):
    """What the owner says about the site, and its people's time zone (IANA). Handed in at start and when it changes."""

    config: SiteConfig
    zone: str


class Looked(Struct, frozen=True):
    """One look: what the meter shows now (None: it could not be read), and what each charger wants, by public id.

    A charger that is not named cannot be asked now: what it drew last may still flow.
    """

    reading: GridReading | None
    demands: dict[str, tuple[Demand, ...]]


class SpotsKnown(Struct, frozen=True):
    """The prices that a source has published, all that are kept, ascending."""

    spots: tuple[Spot, ...]


class ForecastKnown(Struct, frozen=True):
    """What the roof will give, by quarter-hours, ascending; empty: nobody knows."""

    quarters: tuple[Sunny, ...]


class DeadlineReached(Struct, frozen=True):
    """The instant that `deadline()` named has come. A look that is due is the shell's to take."""


Event = Configured | Looked | SpotsKnown | ForecastKnown | DeadlineReached
