"""The home's site in the simulated past: the product's own site host and core, that look every two minutes.

Days go by in seconds there: what car, sun and house do within two minutes decides nothing that a month shows.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from msgspec.structs import replace

from ..charger.events import Event
from ..clock import Clock, Timers
from ..devices.grid_meter import SimulatedGridMeter
from ..devices.simulated import SimulatedCharger
from ..reasons import Reason
from ..runtime.host import Host
from ..runtime.site_host import Known, SiteBug, SiteHost
from ..runtime.sites import loads, simulated_house
from ..site.state import STATE_VERSION, Durable, encode_state
from ..sources.shipped import published_like_today
from ..store import sites
from ..store.connection import Connection
from . import household

LOOKS_EVERY_S = 120
PUBLISHED_EVERY = timedelta(hours=1)


class HomeSiteAtWork:
    """Of one run of the program."""

    def __init__(
        self,
        place: household.HomeSite,
        charger_id: str,
        box: SimulatedCharger,
        clock: Clock,
        timers: Timers,
        notices: Counter[str],
        wrong: Callable[[str], None],
    ) -> None:
        self._charger_id, self._clock, self._timers, self._notices, self._wrong = (
            charger_id, clock, timers, notices, wrong,
        )  # fmt: skip
        self._site_id, self._durable = place.site_id, Durable()
        house = simulated_house(place.site_id, place.config, household.TIME_ZONE)
        self._meter = SimulatedGridMeter(house, partial(loads, {charger_id: box}, place.config))
        config = replace(place.config, interval_s=LOOKS_EVERY_S, silent_s=2 * LOOKS_EVERY_S)
        self._host = SiteHost(
            place.site_id,
            Known(config=config, zone=household.TIME_ZONE),
            self._meter,
            clock=clock,
            timers=timers,
            keep=self._keep,
            notify=self._notify,
            on_bug=self._bug,
        )

    def opening(self) -> tuple[Event, ...]:
        return self._host.opening(self._charger_id, 1)

    def join(self, host: Host) -> None:
        self._host.start()
        self._host.join(self._charger_id, host)
        self._publish()

    def charger_changed(self) -> None:
        self._host.charger_changed(self._charger_id)

    def remember(self, db: Connection) -> None:
        """What the site learnt of its house goes on after the past, as it would after a restart."""
        for row in sites.all(db):
            if row.public_id == self._site_id:
                sites.save_state(db, row.id, STATE_VERSION, encode_state(self._durable))

    def _keep(self, durable: Durable) -> None:
        self._durable = durable

    def _publish(self) -> None:
        now = self._clock.now()
        self._host.configure(replace(self._host.known, spots=published_like_today(now)), self._meter)
        self._timers.at("prices", now + PUBLISHED_EVERY, self._publish)

    def _notify(self, reason: Reason) -> None:
        self._notices[reason.code] += 1

    def _bug(self, bug: SiteBug) -> None:
        self._wrong(f"site: {bug.error!r} at {bug.event}")
