"""What a session is for: so much energy by then (RULES §4). What nobody says is learnt from a driver's last sessions.

A person may have said it, by a goal or by a boost with a time; then it is *asked*, and is charged at full power when
no more waiting is possible, or when it is late. A default that was missed is due the next morning.
"""

from datetime import datetime, timedelta
from statistics import median

from ..energy import zones
from ..energy.plan import Goal, Plan
from ..reasons import Reason
from . import limits, meter, pace
from .effects import Refuse, SessionRecord
from .events import GoalChosen
from .limits import FLOOR_MA
from .settings import Settings
from .state import ChosenGoal, Phase, Push, Target
from .timed_slots import clock_of
from .turn import Turn

NOBODY = frozenset({Phase.IDLE, Phase.LEFT})  # whose wishes are over
LAST_SESSIONS = 10
TAGS_KEPT = 300
TELLING_WH = 1_000  # a session of less says nothing about what a driver needs
LEAST_WH, MOST_WH = 1_000, 200_000
NOMINAL_MV = 230_000
SLACK = 1.1  # a late start comes this much earlier than power and energy ask for


def goal_chosen(turn: Turn, event: GoalChosen) -> None:
    """A person says what this visit is for. Nothing said of the time: by the next `ReadyBy`."""
    if event.energy_wh is None and event.ready_by is None:
        turn.set_visit(event.connector_id, goal=None, begun_for=None)
        return
    if (why := refusal(turn, event.connector_id, event.energy_wh, MOST_WH)) is not None:
        turn.emit(Refuse(why))
        return
    ready_by = event.ready_by or next_ready_by(turn.settings, turn.now, turn.state.zone)
    turn.set_visit(event.connector_id, goal=ChosenGoal(energy_wh=event.energy_wh, ready_by=ready_by), begun_for=None)


def refusal(turn: Turn, connector_id: int, energy_wh: int | None, most_wh: int) -> Reason | None:
    """Why nothing can be wished for here. None: it can."""
    if energy_wh is not None and not LEAST_WH <= energy_wh <= most_wh:
        return Reason("boost.bad_energy", {"least_wh": LEAST_WH, "most_wh": most_wh})
    return Reason("boost.nobody_there") if turn.visit(connector_id).phase in NOBODY else None


def of(turn: Turn, connector_id: int) -> Goal | None:
    """What is still missing now; None: nothing that a plan could decide about."""
    target, full = turn.seen(connector_id).target, turn.seen(connector_id).full
    missing_wh = missing(turn, connector_id)
    if target is None or missing_wh <= 0 or (full is not None and full.push is Push.DUE):
        return None
    return Goal(missing_wh, target.ready_by, target.asked)


def missing(turn: Turn, connector_id: int) -> int:
    """Wh until the target; 0: none, or reached."""
    target = turn.seen(connector_id).target
    if target is None or turn.visit(connector_id).running is None:
        return 0
    return max(0, target.until_wh - meter.session_register_wh(turn, connector_id))


def target(turn: Turn, connector_id: int) -> Target | None:
    """What the session is for: a boost with a time, what a person said, or what the driver usually takes."""
    visit = turn.visit(connector_id)
    assert visit.running is not None
    boost, goal, begun_wh = visit.boost, visit.goal, visit.running.record.start_register_wh
    if boost is not None and boost.ready_by is not None and boost.until_wh is not None:
        return Target(boost.until_wh, boost.ready_by, asked=True)
    if goal is not None and goal.ready_by is not None:
        energy_wh = usual_wh(turn, visit.running.record.id_tag) if goal.energy_wh is None else goal.energy_wh
        return Target(begun_wh + energy_wh, goal.ready_by, asked=True)
    if not turn.settings.plan:
        return None
    ready_by = next_ready_by(turn.settings, turn.now, turn.state.zone)
    return Target(begun_wh + usual_wh(turn, visit.running.record.id_tag), ready_by)


def next_ready_by(settings: Settings, now: datetime, zone: str) -> datetime:
    """The next time of the setting `ReadyBy`, after `now`."""
    today, clock = zones.local_day(now, zone), clock_of(settings.ready_by)
    days = (today + timedelta(days=ahead) for ahead in range(3))
    return next(instant for day in days if (instant := zones.at(day, clock, zone)) > now)


# Asked for, and nobody plans it.


def latest_start(turn: Turn, connector_id: int, plan: Plan | None) -> datetime | None:
    """When to begin, at the power known, with what was asked for and no plan reaches. None: no such thing."""
    target, missing_wh = turn.seen(connector_id).target, missing(turn, connector_id)
    if target is None or not target.asked or missing_wh == 0:
        return None
    if plan is not None and plan.ready_at is not None and target.ready_by > turn.now:
        return None
    return target.ready_by - timedelta(hours=SLACK * missing_wh / power_w(turn, connector_id))


def power_w(turn: Turn, connector_id: int) -> int:
    """What the session would charge with at full power, within what the site has for it now."""
    share, own_ma = turn.seen(connector_id).allotment, full_ma(turn, connector_id)
    taken_ma = own_ma if share is None or share.limit_ma is None else min(own_ma, max(FLOOR_MA, share.limit_ma))
    return full_phases(turn, connector_id) * taken_ma * NOMINAL_MV // 1_000_000


def full_ma(turn: Turn, connector_id: int) -> int:
    """What the car would take per phase at full power, whatever the site has for it now (`pace`)."""
    known = (turn.seen(connector_id).cable_limit_ma, limits.of_session(turn, connector_id), limits.of_charger(turn))
    own = (turn.nameplate.max_current_ma, turn.settings.limit_a * 1_000)
    offer_ma = max(FLOOR_MA, min(limit_ma for limit_ma in (*own, *known) if limit_ma is not None))
    return min(offer_ma, pace.expected(turn, connector_id).takes_ma)


def full_phases(turn: Turn, connector_id: int) -> int:
    """And on how many phases."""
    asked, active = limits.phases(turn, connector_id), pace.expected(turn, connector_id).phases
    every = 1 if turn.settings.use_phases == "1" else turn.nameplate.phases
    return min(number for number in (every, asked, active) if number is not None)


# What drivers usually take.


def usual_wh(turn: Turn, id_tag: str) -> int:
    """The median of the last sessions under this tag; before the first, the setting `DefaultGoalKwh`."""
    energies = turn.state.durable.energies.get(id_tag.casefold())
    return int(median(energies)) if energies else turn.settings.default_goal_kwh * 1_000


def session_over(turn: Turn, record: SessionRecord) -> None:
    """Learn from a session, of those who are known here."""
    tag, known = record.id_tag.casefold(), turn.state.durable.energies
    if record.energy_wh is None or record.energy_wh < TELLING_WH or tag not in _tags(turn):
        return
    energies = (*known.get(tag, ()), record.energy_wh)[-LAST_SESSIONS:]
    others = [(other, energy) for other, energy in known.items() if other != tag][-(TAGS_KEPT - 1) :]
    turn.set_durable(energies=dict([*others, (tag, energies)]))
    pace.learn(turn, record.connector_id, tag, TAGS_KEPT)


def drivers_changed(turn: Turn) -> None:
    """Forget what was learnt of those who are gone."""
    known, tags = turn.state.durable.energies, _tags(turn)
    pace.forget(turn, tags)
    if any(tag not in tags for tag in known):
        turn.set_durable(energies={tag: energies for tag, energies in known.items() if tag in tags})


def _tags(turn: Turn) -> set[str]:
    return {turn.settings.own_tag.casefold(), *(d.id_tag.casefold() for d in turn.state.drivers.drivers)}
