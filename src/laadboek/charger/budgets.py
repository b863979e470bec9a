"""What a driver with an energy budget has left (C5). A session counts in the day, week, month or year it began in.

What ended sessions used comes with the list of drivers and is added to here; what runs at this charger is added when
it is looked at. The meter tells no event, so a session is looked at when the rest could have flowed at the earliest.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..energy import zones
from ..energy.zones import Period
from ..facts import Pilot
from . import meter
from .effects import SessionRecord, Spent
from .events import Budget, Driver
from .state import Running, Seen
from .turn import Turn

SOONEST = timedelta(seconds=5)  # what flows meanwhile at most is a fortieth of a kilowatt-hour


def known(turn: Turn, driver_id: str | None) -> Driver | None:
    """The driver as the list has them now."""
    return next((driver for driver in turn.state.drivers.drivers if driver.driver_id == driver_id), None)


def period_of(turn: Turn, budget: Budget) -> Period:
    """The one that goes on now."""
    zone = turn.state.zone
    return zones.period(budget.span, zones.local_day(turn.now, zone), zone)


def left_wh(turn: Turn, driver: Driver, besides: str | None = None) -> int | None:
    """What the driver may still charge in this period, not counting the session `besides`; None: as much as wanted."""
    if driver.budget is None:
        return None
    period = period_of(turn, driver.budget)
    running = sum(
        energy_wh(turn, one)
        for one in _running(turn)
        if one.claim.driver_id == driver.driver_id
        and one.record.session_id != besides
        and period.start <= one.record.started_at < period.end
    )
    return max(0, driver.budget.limit_wh - _used_wh(driver.budget, period) - running)


def most_wh(turn: Turn, running: Running, driver: Driver) -> int | None:
    """At which energy the session has used the budget up. Of a period that is over, it keeps what it had."""
    if driver.budget is None:
        return None
    period = period_of(turn, driver.budget)
    if not period.start <= running.record.started_at < period.end:
        return running.budget_wh
    return left_wh(turn, driver, running.record.session_id)


def energy_wh(turn: Turn, running: Running) -> int:
    register_wh = meter.session_register_wh(turn, running.record.connector_id)
    return register_wh - running.record.start_register_wh


def next_look(turn: Turn, connector_id: int, rest_wh: int) -> datetime:
    """When so much more can have flowed at the earliest; a look that is due sooner stays."""
    at_the_soonest = timedelta(hours=rest_wh / meter.highest_power_w(turn.nameplate))
    newly, planned = turn.now + max(SOONEST, at_the_soonest), turn.seen(connector_id).budget_look_at
    return planned if planned is not None and turn.now < planned <= newly else newly


def deadline(seen: Seen) -> datetime | None:
    """While nothing flows, nobody has to wake up for it."""
    return seen.budget_look_at if seen.pilot is Pilot.C2 else None


def noted(turn: Turn, record: SessionRecord) -> None:
    """Its books changed: other chargers of its driver have to know."""
    driver = known(turn, record.driver_id)
    if driver is not None and driver.budget is not None:
        turn.emit(Spent(driver.driver_id))


def session_over(turn: Turn, record: SessionRecord) -> None:
    """Count it at once: the next one may begin before the list of drivers is read anew."""
    driver = known(turn, record.driver_id)
    if driver is None or driver.budget is None or record.energy_wh is None:
        return
    noted(turn, record)
    period = period_of(turn, driver.budget)
    if not period.start <= record.started_at < period.end:
        return
    used_wh = _used_wh(driver.budget, period) + record.energy_wh
    counted = replace(driver, budget=replace(driver.budget, used_wh=used_wh, since=period.start))
    drivers = turn.state.drivers
    everybody = tuple(counted if one is driver else one for one in drivers.drivers)
    turn.set_state(drivers=replace(drivers, drivers=everybody))


def _used_wh(budget: Budget, period: Period) -> int:
    return budget.used_wh if budget.since is not None and period.start <= budget.since < period.end else 0


def _running(turn: Turn) -> list[Running]:
    found = (turn.visit(connector_id).running for connector_id in turn.connector_ids)
    return [running for running in found if running is not None]
