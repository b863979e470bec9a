"""Boosts: energy at full power whatever the sun does, and the plan, which acts like one (A3, RULES §4).

They change something in Eco and Eco+ alone: Fast does it anyway, Stop does nothing, and where the platform's profiles
set the current they rest. None starts a session, so without one nothing here happens (RULES §3). What they want is
looked at once at the end of each turn and kept (`Seen.full`, `Seen.target`); everybody else reads that.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from ..energy.plan import Plan
from ..facts import Mode, Pilot
from . import goals, limits, meter, timed_slots
from .effects import Refuse
from .events import BoostChosen
from .goals import NOBODY
from .state import Boost, Delay, FullPower, Phase, Push, Seen
from .timed_slots import Occurrence
from .turn import Turn

OBEYING = frozenset({Mode.ECO, Mode.ECO_PLUS})
MOST_WH = 99_000
SOONEST = timedelta(seconds=5)  # between looks at the register
WISHES = {"boost": None, "goal": None, "begun_for": None, "timed_off_at": None, "delay": None}  # of a visit: none


def boost_chosen(turn: Turn, event: BoostChosen) -> None:
    """One at a time: the newest counts. 0 Wh cancels it, and timed ones that run, for this once."""
    if event.energy_wh == 0:
        turn.set_visit(event.connector_id, boost=None, begun_for=None, timed_off_at=turn.now)
    elif (why := goals.refusal(turn, event.connector_id, event.energy_wh, MOST_WH)) is not None:
        turn.emit(Refuse(why))
    else:
        boost = Boost(energy_wh=event.energy_wh, ready_by=event.ready_by)
        turn.set_visit(event.connector_id, boost=boost, begun_for=None)


def full_power(turn: Turn, connector_id: int) -> bool:
    """Whether the session charges at full power, by a boost or by the plan, whatever its mode would do."""
    return turn.seen(connector_id).full is not None


def obeys(turn: Turn, connector_id: int) -> bool:
    """Whether boosts and the plan have a say here."""
    visit = turn.visit(connector_id)
    return visit.phase is Phase.RUNNING and visit.mode in OBEYING and not limits.commercial(turn)


def session_over(turn: Turn, connector_id: int) -> None:
    """What is left of a boost goes to the next session of the visit; that one's register is another."""
    visit = turn.visit(connector_id)
    assert visit.running is not None
    boost, goal, still_wh = visit.boost, visit.goal, left_wh(turn, connector_id)
    if boost is not None:
        boost = replace(boost, energy_wh=still_wh, until_wh=None) if still_wh > 0 else None
    if goal is not None and goal.energy_wh is not None:
        charged_wh = meter.session_register_wh(turn, connector_id) - visit.running.record.start_register_wh
        goal = replace(goal, energy_wh=max(0, goal.energy_wh - charged_wh))
    turn.set_visit(connector_id, boost=boost, goal=goal)


def left_wh(turn: Turn, connector_id: int) -> int:
    """What a boost still wants; 0: there is none."""
    visit = turn.visit(connector_id)
    if visit.boost is None:
        return 0
    if visit.boost.until_wh is None or visit.running is None:
        return visit.boost.energy_wh
    return max(0, visit.boost.until_wh - meter.session_register_wh(turn, connector_id))


# At the end of each turn.


def watch(turn: Turn) -> None:
    for connector_id in turn.connector_ids:
        visit, seen = turn.visit(connector_id), turn.seen(connector_id)
        if visit.phase in NOBODY and any(getattr(visit, name) is not None for name in WISHES):
            turn.set_visit(connector_id, **WISHES)
        if visit.boost is not None and visit.running is not None:
            _follow_register(turn, connector_id, visit.boost)
        if obeys(turn, connector_id) and turn.on:
            _look(turn, connector_id)
        elif (seen.full, seen.target, seen.boost_look_at, seen.boost_meter_at) != (None, None, None, None):
            turn.set_seen(connector_id, full=None, target=None, boost_look_at=None, boost_meter_at=None)


def _follow_register(turn: Turn, connector_id: int, boost: Boost) -> None:
    """A session meets its boost; a boost is done when the session's register shows it."""
    register_wh = meter.session_register_wh(turn, connector_id)
    if boost.until_wh is None:
        turn.set_visit(connector_id, boost=replace(boost, until_wh=register_wh + boost.energy_wh))
    elif register_wh >= boost.until_wh:
        turn.set_visit(connector_id, boost=None)


def _look(turn: Turn, connector_id: int) -> None:
    """Decide anew, and note when to look again."""
    turn.set_seen(connector_id, target=goals.target(turn, connector_id))
    plan = plan_obeyed(turn, connector_id)
    latest = goals.latest_start(turn, connector_id, plan)
    if latest is not None and latest <= turn.now:
        target = turn.seen(connector_id).target
        assert target is not None
        turn.set_visit(connector_id, begun_for=target.ready_by)
    slots = _slots(turn, connector_id, plan)
    delay = _delayed(turn, connector_id, slots)
    full = _full(turn, connector_id, slots, delay)
    turn.set_seen(
        connector_id,
        full=full,
        boost_look_at=_look_at(turn, connector_id, slots, delay, plan, latest),
        boost_meter_at=_meter_at(turn, connector_id),
    )


def plan_obeyed(turn: Turn, connector_id: int) -> Plan | None:
    """The site's plan, if it is for what this session is for and that is not reached."""
    seen = turn.seen(connector_id)
    plan, target = seen.plan, seen.target
    if plan is None or target is None or goals.missing(turn, connector_id) == 0:
        return None
    return plan if (plan.goal.ready_by, plan.goal.asked) == (target.ready_by, target.asked) else None


def _slots(turn: Turn, connector_id: int, plan: Plan | None) -> list[tuple[Push, datetime]]:
    """The slots that this instant lies in, and when each ends; a timed one comes first."""
    cancelled = turn.visit(connector_id).timed_off_at
    running = timed_slots.running(turn.settings.timed_slots, turn.now, turn.state.zone)
    found = [(Push.TIMED, each.ends_at) for each in running if _stands(each, cancelled)]
    slot = None if plan is None else plan.slot_at(turn.now)
    return found if slot is None else [*found, (Push.PLAN, slot.ends_at)]


def _stands(occurrence: Occurrence, cancelled: datetime | None) -> bool:
    return cancelled is None or occurrence.starts_at > cancelled


def _delayed(turn: Turn, connector_id: int, slots: list[tuple[Push, datetime]]) -> Delay | None:
    """The random while before a slot is used, drawn once per slot (RULES §7: RandomSmartChargeDelay)."""
    if not slots:
        return None
    delay, ends_at = turn.visit(connector_id).delay, max(ends_at for _, ends_at in slots)
    if delay is None or delay.slot_ends_at <= turn.now:
        delay = Delay(turn.now + timedelta(seconds=turn.ids.below(turn.settings.random_delay_s)), ends_at)
    elif delay.slot_ends_at < ends_at:
        delay = replace(delay, slot_ends_at=ends_at)
    if delay is not turn.visit(connector_id).delay:
        turn.set_visit(connector_id, delay=delay)
    return delay


def _full(turn: Turn, connector_id: int, slots: list[tuple[Push, datetime]], delay: Delay | None) -> FullPower | None:
    visit, target = turn.visit(connector_id), turn.seen(connector_id).target
    if visit.boost is not None and visit.boost.ready_by is None:
        return FullPower(Push.BOOST)
    is_due = target is not None and visit.begun_for == target.ready_by
    if is_due and goals.missing(turn, connector_id) > 0:
        return FullPower(Push.DUE)
    if delay is None or turn.now < delay.until:
        return None
    return FullPower(slots[0][0], max(ends_at for _, ends_at in slots))


# When to look again.


def _look_at(
    turn: Turn,
    connector_id: int,
    slots: list[tuple[Push, datetime]],
    delay: Delay | None,
    plan: Plan | None,
    latest: datetime | None,
) -> datetime | None:
    """The next instant at which time alone changes something."""
    target = turn.seen(connector_id).target
    edges = [ends_at for _, ends_at in slots]
    edges += [
        edge
        for edge in (
            next_timed(turn),
            None if plan is None else plan.next_change(turn.now),
            None if delay is None else delay.until,
            None if target is None else target.ready_by,
            latest,
        )
        if edge is not None and edge > turn.now
    ]
    return min(edges, default=None)


def next_timed(turn: Turn) -> datetime | None:
    """When the next timed boost begins."""
    return timed_slots.next_start(turn.settings.timed_slots, turn.now, turn.state.zone)


def _meter_at(turn: Turn, connector_id: int) -> datetime | None:
    """When what is wanted could be reached at the soonest: the meter tells no event (see `allowance`)."""
    lefts = (goals.missing(turn, connector_id), left_wh(turn, connector_id))
    soonest = min((left for left in lefts if left > 0), default=None)
    if soonest is None:
        return None
    return turn.now + max(SOONEST, timedelta(hours=soonest / meter.highest_power_w(turn.nameplate)))


def deadline(seen: Seen) -> datetime | None:
    due = [seen.boost_look_at] if seen.pilot is not Pilot.C2 else [seen.boost_look_at, seen.boost_meter_at]
    return min((at for at in due if at is not None), default=None)
