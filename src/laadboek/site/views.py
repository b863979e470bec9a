"""The picture that pages show, from what the core knows."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..energy.tariff import Price
from . import meter, planning, quarter_hour
from .config import MAIN, Circuit
from .topology import Place
from .view import CircuitView, MeterState, ShareView, SiteView, ThreePhases

if TYPE_CHECKING:
    from .core import SiteCore


def view(core: "SiteCore", now: datetime) -> SiteView:
    looks, config = core.looks, core.config
    peak_w = quarter_hour.limit_w(config.month_peak_w, core.durable, now, core.zone)
    prices = _prices(core, now)
    known_until = next((price.starts_at for price in prices if not price.known), None)
    if looks is None:
        state = MeterState.LOST if config.has_meter else MeterState.ABSENT
        return SiteView(at=now, meter=state, month_peak_w=peak_w, prices=prices, known_until=known_until)
    state = meter.state(looks.watch, config, now)
    good = state is MeterState.GOOD
    return SiteView(
        at=now,
        meter=state,
        meter_why=None if state in (MeterState.GOOD, MeterState.ABSENT) else meter.reason(looks.watch),
        reading=looks.watch.reading if good else None,
        circuits=tuple(_circuit(core, circuit, looks.places, good) for circuit in config.circuits),
        surplus_w=core.shared.surplus_w,
        month_peak_w=peak_w,
        shares=tuple(_share(core, seen) for seen in looks.places),
        prices=prices,
        known_until=known_until,
    )


def _prices(core: "SiteCore", now: datetime) -> tuple[Price, ...]:
    """From this quarter-hour on: as far as the plans reach, or as far as is worth showing."""
    until = max([now + planning.SHOWN, *(plan.goal.ready_by for plan in core.planned.plans.values())])
    return planning.priced(core.config, core.zone, core.ahead.spots, now, min(until, now + planning.FURTHEST))


def _circuit(core: "SiteCore", circuit: Circuit, places: Sequence[Place], good: bool) -> CircuitView:
    looks = core.looks
    measured = circuit.circuit_id == MAIN and good and looks is not None and looks.watch.reading is not None
    load_ma: ThreePhases | None = None
    if measured and looks is not None and looks.watch.reading is not None:
        load_ma = meter.currents(looks.watch.reading)
    elif circuit.circuit_id != MAIN or not core.config.has_meter:
        load_ma = _drawn(circuit, places)
    return CircuitView(circuit_id=circuit.circuit_id, name=circuit.name, limit_ma=circuit.limit_ma, load_ma=load_ma)


def _drawn(circuit: Circuit, places: Sequence[Place]) -> ThreePhases:
    load = [0, 0, 0]
    for seen in places:
        if circuit in seen.branch.circuits:
            for phase, drawn_ma in zip(seen.branch.rotation, seen.demand.drawn_ma, strict=False):
                load[phase] += drawn_ma
    return load[0], load[1], load[2]


def _share(core: "SiteCore", seen: Place) -> ShareView:
    told = core.shared.told.get(seen.key)
    return ShareView(
        charger_id=seen.key[0],
        connector_id=seen.key[1],
        appetite=seen.demand.appetite,
        drawn_w=seen.demand.drawn_w,
        offered_ma=seen.demand.offered_ma,
        limit_ma=None if told is None else told.limit_ma,
        surplus_w=None if told is None else told.surplus_w,
        why=None if told is None else told.why,
        plan=core.planned.plans.get(seen.key),
    )
