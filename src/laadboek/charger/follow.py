"""Following the sun: each look at the meter moves the control law of every connector one step (`energy.surplus`).

A connector follows while a session runs in Eco or Eco+ at a site that measures, and neither a boost nor the plan nor
the platform's profiles set its current. The law's state is not saved: after a restart a car that charges goes on at the
floor, and the next look decides.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ..energy import habits, surplus
from ..energy.habits import UNKNOWN, Glance
from ..energy.surplus import Law, Rules, Sample
from ..facts import Mode, Pilot, Reading
from ..supply import FLOOR_MA
from . import demand, modes, waking
from .phases import WITH_CAR
from .state import Phase, Seen
from .turn import Turn

DAY = timedelta(days=1)
SWITCHES_PER_DAY = 6
INTERVAL = timedelta(seconds=5)
TAKES_AFTER = timedelta(seconds=30)  # a car has begun to draw what it can

WAITING = {
    "following": "charges with the surplus",
    "topped_up": "at the floor, the grid fills what the surplus lacks",
    "too_little": "paused: the surplus is below what it needs",
    "starting": "the surplus suffices, and has to for a while",
    "stopping": "the surplus does not suffice, and it pauses if that lasts",
    "fewer_phases": "too little for all phases: goes on with one if that lasts",
    "more_phases": "more than one phase takes: goes on with all if that lasts",
    "settling": "its phases were just switched",
    "blind": "nobody measures the surplus: the floor, or a pause until due_at",
    "car_waking": "offered energy after a long pause, the car does not draw yet",
    "car_asleep": "the car does not draw, and could not be woken",
}


class Waiting(Struct, frozen=True):
    """What a session does about the sun, or about its car, and what it waits for: a code of `WAITING`."""

    code: str
    due_at: datetime | None = None
    surplus_w: int | None = None
    needed_w: int = 0


def waiting(turn: Turn, connector_id: int) -> Waiting | None:
    """None: neither sun nor sleep have a say now."""
    seen = turn.seen(connector_id)
    offered = modes.offers(turn)[connector_id].limit_ma > 0
    if waking.asleep(seen) and offered and seen.pilot is not Pilot.C2:
        return Waiting("car_asleep")
    if seen.wake is not None and seen.wake.tries:
        return Waiting("car_waking", seen.wake.look_at)
    if seen.law is None:
        return None
    law = seen.law
    return Waiting(law.why.value, law.due_at, law.surplus_w, law.needed_w)


def look(turn: Turn) -> None:
    """The site has looked: every law takes a step."""
    for connector_id in turn.connector_ids:
        _look(turn, connector_id)


def _look(turn: Turn, connector_id: int) -> None:
    """Whatever moves is looked at again soon, also if the site has nothing new to say."""
    before = turn.seen(connector_id)
    _learn(turn, connector_id)
    _note_what_it_takes(turn, connector_id)
    if follows(turn, connector_id):
        seen, rules = turn.seen(connector_id), _rules(turn, connector_id)
        sample = _sample(turn, seen)
        law = _begun(seen, sample, rules) if seen.law is None else seen.law
        turn.set_seen(connector_id, law=surplus.step(law, sample, rules, turn.now), rules=rules)
    look_at = _next_look(turn, before, turn.seen(connector_id))
    if look_at != before.look_at:
        turn.set_seen(connector_id, look_at=look_at)


def _next_look(turn: Turn, before: Seen, seen: Seen) -> datetime | None:
    due = [] if seen.offered_at is None or seen.allotment is None else [seen.offered_at + TAKES_AFTER]
    if seen.law is not None:
        due += [] if seen.law.due_at is None else [seen.law.due_at]
        if before.law is None or before.law.current_ma != seen.law.current_ma:
            due.append(turn.now + INTERVAL)
    return min((instant for instant in due if instant > turn.now), default=None)


def watch(turn: Turn) -> None:
    """In each turn: who begins to follow does so at once, by the last look; who left is forgotten."""
    for connector_id in turn.connector_ids:
        seen, follows_now = turn.seen(connector_id), follows(turn, connector_id)
        if turn.visit(connector_id).phase not in WITH_CAR and (seen.habits is not UNKNOWN or seen.look_at is not None):
            turn.set_seen(connector_id, habits=UNKNOWN, look_at=None)
        if seen.law is not None and not follows_now:
            turn.set_seen(connector_id, law=None, rules=None)
        elif _is_due(turn, connector_id, seen, follows_now):
            _look(turn, connector_id)
        elif seen.look_at is None and _changed_its_mind(seen):
            turn.set_seen(connector_id, look_at=turn.now + TAKES_AFTER)


def _is_due(turn: Turn, connector_id: int, seen: Seen, follows_now: bool) -> bool:
    """It begins to follow, time is up, or it has to follow by other rules: a site without news tells nothing."""
    if seen.look_at is not None and seen.look_at <= turn.now:
        return True
    return follows_now and (seen.law is None or seen.rules != _rules(turn, connector_id))


def _changed_its_mind(seen: Seen) -> bool:
    """The car asks for energy, or no longer does, and nobody has looked since."""
    asks = seen.pilot is Pilot.C2 and bool(seen.limit_ma)
    return seen.allotment is not None and asks is (seen.habits.asked_since is None)


def look_after(seen: Seen, limit_ma: int, now: datetime) -> datetime | None:
    """A new offer wants a look at what the car makes of it."""
    if not limit_ma or seen.allotment is None:
        return seen.look_at
    return now + TAKES_AFTER if seen.look_at is None else min(seen.look_at, now + TAKES_AFTER)


def deadline(seen: Seen) -> datetime | None:
    return seen.look_at


def follows(turn: Turn, connector_id: int) -> bool:
    running = turn.visit(connector_id).phase is Phase.RUNNING and turn.on
    return running and modes.control(turn, connector_id).as_mode in modes.FOLLOWING


def _rules(turn: Turn, connector_id: int) -> Rules:
    settings = turn.settings
    floor_ma, most_ma = modes.floor_ma(turn, connector_id), modes.most_ma(turn, connector_id)
    return Rules(
        pauses=modes.control(turn, connector_id).as_mode is Mode.ECO_PLUS,
        most_ma=max(floor_ma, most_ma),
        phases=modes.phases(turn, connector_id),
        switches=modes.switches(turn, connector_id),
        floor_ma=floor_ma,
        green_percent=settings.min_green_percent,
        start_after_s=settings.start_delay_s,
        stop_after_s=settings.stop_delay_s,
    )


def _begun(seen: Seen, sample: Sample, rules: Rules) -> Law:
    """A restart alone interrupts no car by switching phases: the sun has to be known first."""
    unknown = seen.limit_ma is None and sample.surplus_w is None
    return surplus.begun(sample, replace(rules, switches=False) if unknown else rules)


def _sample(turn: Turn, seen: Seen) -> Sample:
    share, reading = seen.allotment, seen.reading or Reading(1, turn.now, 0)
    offered_ma, offered_phases = seen.limit_ma, seen.phases
    if offered_ma is None:  # we restarted: who draws is offered something, and on those phases
        offered_ma = FLOOR_MA if seen.pilot is Pilot.C2 else 0
        offered_phases = turn.nameplate.phases if reading.current_ma[1] else offered_phases
    recent = [instant for instant in seen.switched if turn.now - instant < DAY]
    return Sample(
        surplus_w=None if share is None else share.surplus_w,
        to_start_w=None if share is None else share.surplus_to_start_w,
        drawn_w=reading.power_w,
        voltage_mv=reading.voltage_mv,
        active=seen.habits.active,
        offered_ma=offered_ma,
        offered_phases=offered_phases,
        switched_at=seen.switched[-1] if seen.switched else None,
        switches_left=SWITCHES_PER_DAY - len(recent),
    )


def _learn(turn: Turn, connector_id: int) -> None:
    """What this look shows of the car; who draws more than offered is reported once."""
    seen = turn.seen(connector_id)
    if seen.reading is None or turn.visit(connector_id).phase not in WITH_CAR:
        return
    phases = turn.nameplate.phases
    glance = Glance(
        asks=seen.pilot is Pilot.C2,
        drawn_ma=seen.reading.current_ma,
        offered_ma=seen.limit_ma or 0,
        offered_phases=seen.phases or phases,
        offered_at=seen.offered_at,
    )
    learnt = habits.learn(seen.habits, glance, phases, turn.now)
    if learnt is seen.habits:
        return
    if learnt.excess_ma and not seen.habits.excess_ma:
        offered_a, drawn_a = glance.offered_ma // 1_000, max(glance.drawn_ma) // 1_000
        turn.notify("car.draws_too_much", connector_id=connector_id, offered_a=offered_a, drawn_a=drawn_a)
    turn.set_seen(connector_id, habits=learnt)


def _note_what_it_takes(turn: Turn, connector_id: int) -> None:
    seen = turn.seen(connector_id)
    less = demand.took_less(seen)
    settled = seen.offered_at is not None and turn.now - seen.offered_at >= TAKES_AFTER
    if less is not seen.took_less and (settled or not less):
        turn.set_seen(connector_id, took_less=less)


def recorded(turn: Turn, seen: Seen, phases: int) -> tuple[datetime, ...]:
    """When phases changed within a day, if so many are put out now."""
    if seen.phases is None or seen.phases == phases:
        return seen.switched
    return (*(instant for instant in seen.switched if turn.now - instant < DAY), turn.now)
