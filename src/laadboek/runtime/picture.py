"""The live picture of a charger: what its core, its device and its links say now, as pages show it."""

from collections.abc import Sequence
from datetime import datetime

from ..charger.core import ChargerCore
from ..devices.device import Surroundings
from ..facts import Reading
from ..live import LiveBoost, LiveCharger, LiveLink, LiveSession
from .hosted import HostedCharger

CONNECTOR = 1  # pages show the first one


def picture(
    charger: HostedCharger,
    core: ChargerCore,
    reading: Reading | None,
    powered: bool,
    links: Sequence[LiveLink],
    around: Surroundings | None,
    now: datetime,
) -> LiveCharger:
    """`reading` is the newest there was; a charger without power draws nothing, whatever it said last."""
    register_wh = 0 if reading is None else reading.register_wh
    live = reading if powered else None
    share, boost = core.state.seen[CONNECTOR - 1].allotment, core.state.durable.visits[CONNECTOR - 1].boost
    return LiveCharger(
        charger_id=charger.charger_id,
        name=charger.name,
        at=now,
        mode=core.state.durable.visits[CONNECTOR - 1].mode,
        pilot=core.view(CONNECTOR).pilot,
        powered=powered,
        power_w=0 if live is None else live.power_w,
        current_ma=(0, 0, 0) if live is None else live.current_ma,
        offered_ma=0 if live is None else live.offered_ma,
        register_wh=register_wh,
        soc_percent=None if around is None else around.soc_percent,
        session=live_session(core, register_wh),
        why=core.explain(CONNECTOR, now),
        links=tuple(links),
        grid_w=None if around is None else around.grid_w,
        solar_w=None if around is None else around.solar_w,
        home_w=None if around is None else around.home_w,
        display=core.display(CONNECTOR),
        readings_hidden=core.hides_readings(),
        factory_pin=core.has_factory_pin(),
        pad_locked_until=core.pad_locked_until(now),
        limit_ma=None if share is None else share.limit_ma,
        limit_why=None if share is None else share.why,
        boost=None if boost is None else LiveBoost(energy_wh=boost.energy_wh, ready_by=boost.ready_by),
        plan=core.state.seen[CONNECTOR - 1].plan,
        asks_who=core.state.durable.owners is not None,
    )


def live_session(core: ChargerCore, register_wh: int) -> LiveSession | None:
    running = core.state.durable.visits[CONNECTOR - 1].running
    if running is None:
        return None
    record = running.record
    return LiveSession(
        session_id=record.session_id,
        driver_name=record.driver_name,
        kind=record.kind,
        started_at=record.started_at,
        energy_wh=max(0, register_wh + running.carry_wh - record.start_register_wh),
    )
