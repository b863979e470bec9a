"""The control law of Eco and Eco+: what a car is offered from the surplus, on how many phases, and what it waits for.

Each look at the meter is one step (A1, A2). Down at once, up by a part of the difference, so that a passing cloud costs
little import and a passing gap in the clouds no jump. Eco never goes below the floor, the grid fills it; Eco+ pauses
below its green share, after delays. Phases change rarely: every switch interrupts the car and wears a contactor.
W, mA per phase, mV, UTC.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

SLACK_MA = 500  # cars stay so far below their offer: it is offered on top
HEADROOM_MA = 2_000  # a car that does not take what it is offered gets no more than this above what it takes
RISE_MA, DROP_MA = 500, 250  # smaller changes of the offer are not worth a message to the car
SOON = timedelta(minutes=30)  # what was undone so soon was a mistake: the next time it waits twice as long
DOUBLED_AT_MOST = 4
FORGOTTEN = timedelta(hours=2)  # after such a pause the weather is another
CANNOT_MA = 1_000  # so far below its offer a car takes all that it can


class Why(StrEnum):
    """What the law does, and waits for."""

    FOLLOWING = "following"  # the surplus, at or above the floor
    TOPPED_UP = "topped_up"  # at the floor, the grid fills what the surplus lacks
    TOO_LITTLE = "too_little"  # paused
    STARTING = "starting"  # enough, for long enough at `due_at`
    STOPPING = "stopping"  # too little; pauses at `due_at`
    FEWER_PHASES = "fewer_phases"  # too little for all phases; one at `due_at`
    MORE_PHASES = "more_phases"  # more than one phase takes; all at `due_at`
    SETTLING = "settling"  # phases were switched: nothing is concluded before `due_at`
    BLIND = "blind"  # nobody measures the surplus: the floor, no more


class Rules(Struct, frozen=True, kw_only=True):
    """How a connector follows the surplus. Defaults: facts of the best of the field, see decision 39."""

    pauses: bool  # Eco+; False: Eco
    most_ma: int  # all limits together
    phases: int = 3  # at most
    switches: bool = False  # between one phase and `phases`, as the surplus asks
    floor_ma: int = 6_000
    green_percent: int = 100  # share of the floor's power that must be surplus, or Eco+ pauses
    start_after_s: int = 60
    stop_after_s: int = 180
    least_run_s: int = 300
    fewer_after_s: int = 180
    more_after_s: int = 300
    settle_s: int = 60


class Sample(Struct, frozen=True, kw_only=True):
    """What a look at the meters shows."""

    surplus_w: int | None  # that may be used to go on, what the car draws included; None: unknown
    to_start_w: int | None = None  # and to start; None: the same
    drawn_w: int = 0
    voltage_mv: tuple[int, int, int] = (230_000, 230_000, 230_000)
    active: int | None = None  # phases that the car draws from when it is offered all; None: not known yet
    offered_ma: int = 0
    offered_phases: int | None = None
    switched_at: datetime | None = None  # phases were changed last
    switches_left: int = 6  # today


class Law(Struct, frozen=True, kw_only=True):
    """Where the law stands. `offer_ma` 0: paused."""

    offer_ma: int = 0
    phases: int = 1
    current_ma: int = 0  # what the offer follows in steps
    looked_at: datetime | None = None
    started_at: datetime | None = None
    probing: bool = False  # started without knowing how many phases the car uses
    enough_since: datetime | None = None
    short_since: datetime | None = None
    fewer_since: datetime | None = None
    more_since: datetime | None = None
    why: Why = Why.TOO_LITTLE
    due_at: datetime | None = None
    surplus_w: int | None = None
    needed_w: int = 0
    paused_at: datetime | None = None
    short_runs: int = 0  # in a row: starts that were soon undone
    short_switches: int = 0  # in a row: changes to all phases that were soon undone


def begun(sample: Sample, rules: Rules) -> Law:
    """The law when a connector comes to follow the surplus: a car that charges goes on, at the floor."""
    phases = sample.offered_phases or (1 if rules.switches else rules.phases)
    if not sample.offered_ma:
        return Law(phases=phases)
    if rules.switches and (sample.surplus_w or 0) < needed_w(sample, rules, phases) and sample.switches_left > 0:
        phases = 1  # at once: it charged at full power, and for that there is too little
    return Law(phases=phases, offer_ma=rules.floor_ma, current_ma=rules.floor_ma)


def step(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    """The law after one look. A second look at the same instant changes nothing."""
    law = _within(law, rules)
    if sample.surplus_w is None:
        return _blind(law, rules, now)
    settles_until = None if sample.switched_at is None else sample.switched_at + timedelta(seconds=rules.settle_s)
    if law.offer_ma and settles_until is not None and now < settles_until:
        law = replace(law, short_since=None, fewer_since=None, more_since=None)
        return _followed(replace(law, why=Why.SETTLING, due_at=settles_until), sample, rules, now)
    law = _paused_or_running(law, sample, rules, now)
    if not law.offer_ma:
        return replace(law, looked_at=now, surplus_w=sample.surplus_w)
    return _followed(_switched(law, sample, rules, now), sample, rules, now)


def needed_w(sample: Sample, rules: Rules, phases: int) -> int:
    """The least that the car takes when it is offered so many phases."""
    return rules.floor_ma * _volts_mv(sample, phases) // 1_000_000


def _volts_mv(sample: Sample, phases: int) -> int:
    active = phases if sample.active is None else min(phases, sample.active)
    return sum(sample.voltage_mv[:active])


def _within(law: Law, rules: Rules) -> Law:
    """Rules may have changed since the last look."""
    if not rules.switches and law.phases != rules.phases:
        law = replace(law, phases=rules.phases, fewer_since=None, more_since=None)
    if law.offer_ma and law.offer_ma < rules.floor_ma:
        law = replace(law, offer_ma=rules.floor_ma, current_ma=rules.floor_ma)
    return law if law.phases <= rules.phases else replace(law, phases=rules.phases)


def _blind(law: Law, rules: Rules, now: datetime) -> Law:
    """Without a meter the floor, and never faster. What was paused starts after the usual delay."""
    since = law.enough_since or now
    due_at = since + timedelta(seconds=rules.start_after_s)
    law = replace(law, surplus_w=None, short_since=None, fewer_since=None, more_since=None, looked_at=now)
    if rules.pauses and not law.offer_ma and now < due_at:
        return replace(law, enough_since=since, why=Why.BLIND, due_at=due_at)
    started_at = law.started_at or now
    floor_ma = rules.floor_ma
    return replace(
        law, offer_ma=floor_ma, current_ma=floor_ma, started_at=started_at, enough_since=None,
        why=Why.BLIND, due_at=None,
    )  # fmt: skip


# Start and stop.


def _paused_or_running(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    if not rules.pauses:
        law = replace(law, short_since=None, why=Why.FOLLOWING, due_at=None)  # whatever it did before, or in Eco+
        return law if law.offer_ma else _started(law, sample, rules, now)
    return _maybe_stopped(law, sample, rules, now) if law.offer_ma else _maybe_started(law, sample, rules, now)


def _green_w(sample: Sample, rules: Rules, phases: int) -> int:
    return -(-needed_w(sample, rules, phases) * rules.green_percent // 100)


def _lowest(law: Law, sample: Sample, rules: Rules) -> int:
    """The fewest phases that it could charge on."""
    return 1 if rules.switches and (law.phases == 1 or sample.switches_left > 0) else law.phases


def _maybe_started(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    """Eco+ waits. A car whose phases are not known yet is tried on the power of one."""
    surplus_w = sample.surplus_w if sample.to_start_w is None else sample.to_start_w
    assert surplus_w is not None
    lowest = _lowest(law, sample, rules)
    green_w = _green_w(sample, rules, 1 if sample.active is None else lowest)
    law = replace(law, needed_w=green_w)
    if surplus_w < green_w:
        return replace(law, enough_since=None, why=Why.TOO_LITTLE, due_at=None)
    since = law.enough_since or now
    due_at = since + _doubled(rules.start_after_s, _short_runs(law, now))
    if now < due_at:
        return replace(law, enough_since=since, why=Why.STARTING, due_at=due_at)
    return _started(law, sample, rules, now)


def _short_runs(law: Law, now: datetime) -> int:
    return 0 if law.paused_at is None or now - law.paused_at >= FORGOTTEN else law.short_runs


def _doubled(seconds: int, times: int) -> timedelta:
    return timedelta(seconds=seconds << min(times, DOUBLED_AT_MOST))


def _started(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    assert sample.surplus_w is not None
    phases = law.phases
    if sample.surplus_w < needed_w(sample, rules, phases):
        phases = _lowest(law, sample, rules)
    elif sample.offered_phases is None and sample.surplus_w >= needed_w(sample, rules, rules.phases):
        phases = rules.phases
    floor_ma = rules.floor_ma
    return replace(
        law, offer_ma=floor_ma, current_ma=floor_ma, phases=phases, started_at=now, looked_at=now,
        probing=sample.active is None and phases > 1, enough_since=None, short_since=None,
    )  # fmt: skip


def _maybe_stopped(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    assert sample.surplus_w is not None
    green_w = _green_w(sample, rules, _lowest(law, sample, rules))
    law = replace(law, needed_w=green_w)
    if sample.surplus_w >= green_w:
        return replace(law, short_since=None, probing=law.probing and sample.active is None, why=Why.FOLLOWING)
    since = law.short_since or now
    due_at = _stops_at(law, rules, since)
    if now < due_at:
        return replace(law, short_since=since, why=Why.STOPPING, due_at=due_at)
    soon = law.started_at is not None and now - law.started_at < SOON and not law.probing
    short_runs = _short_runs(law, now) + 1 if soon else 0
    return Law(
        phases=law.phases, needed_w=green_w, paused_at=now, short_runs=short_runs, short_switches=law.short_switches
    )


def _stops_at(law: Law, rules: Rules, since: datetime) -> datetime:
    """A mere try, to see how many phases the car uses, ends sooner."""
    if law.probing:
        return since + timedelta(seconds=rules.settle_s)
    due_at = since + timedelta(seconds=rules.stop_after_s)
    if law.started_at is None:
        return due_at
    return max(due_at, law.started_at + timedelta(seconds=rules.least_run_s))


# Phases.


def _switched(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    """One phase or all: each change after its own delay, and never so many that none is left to come back by."""
    if not rules.switches or rules.phases == 1 or sample.active == 1:
        return replace(law, fewer_since=None, more_since=None)
    if law.phases == 1:
        return _maybe_more(law, sample, rules, now)
    return _maybe_fewer(law, sample, rules, now)


def _maybe_fewer(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    assert sample.surplus_w is not None
    enough_w = needed_w(sample, rules, law.phases)
    if sample.surplus_w >= enough_w or sample.switches_left < 1:
        return replace(law, fewer_since=None)
    since = law.fewer_since or now
    due_at = since + timedelta(seconds=rules.fewer_after_s)
    if now >= due_at:
        soon = sample.switched_at is not None and now - sample.switched_at < SOON
        short_switches = law.short_switches + 1 if soon else 0
        return replace(
            law, phases=1, fewer_since=None, current_ma=rules.floor_ma, offer_ma=rules.floor_ma,
            short_switches=short_switches,
        )  # fmt: skip
    law = replace(law, fewer_since=since)
    if law.why is Why.STOPPING:
        return law
    return replace(law, why=Why.FEWER_PHASES, due_at=due_at, needed_w=enough_w)


def _maybe_more(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    assert sample.surplus_w is not None
    enough_w = max(needed_w(sample, rules, rules.phases), _one_phase_takes_w(sample, rules) + 1)
    if sample.surplus_w < enough_w or sample.switches_left < 2:
        return replace(law, more_since=None)
    since = law.more_since or now
    due_at = since + _doubled(rules.more_after_s, law.short_switches)
    if now >= due_at:
        floor_ma = rules.floor_ma
        return replace(law, phases=rules.phases, more_since=None, current_ma=floor_ma, offer_ma=floor_ma)
    return replace(law, more_since=since, why=Why.MORE_PHASES, due_at=due_at, needed_w=enough_w)


def _one_phase_takes_w(sample: Sample, rules: Rules) -> int:
    """As much as is allowed, or what the car draws if it leaves some of its offer."""
    drawn_ma = sample.drawn_w * 1_000_000 // sample.voltage_mv[0]
    leaves = drawn_ma > 0 and sample.offered_ma >= drawn_ma + CANNOT_MA
    return (drawn_ma if leaves else rules.most_ma) * sample.voltage_mv[0] // 1_000_000


# How much.


def _followed(law: Law, sample: Sample, rules: Rules, now: datetime) -> Law:
    """The offer after this look: never below the floor, and never so high that a car could jump (A1)."""
    assert sample.surplus_w is not None
    volts_mv = _volts_mv(sample, law.phases)
    drawn_ma = sample.drawn_w * 1_000_000 // volts_mv
    slack_ma = min(sample.offered_ma - drawn_ma, SLACK_MA) if drawn_ma else 0
    target_ma = sample.surplus_w * 1_000_000 // volts_mv + slack_ma
    current_ma = law.current_ma
    if target_ma > current_ma:
        settling = law.why is Why.SETTLING
        current_ma += 0 if settling else -((current_ma - target_ma) * _gain_permille(law, now) // 1_000)
        current_ma = min(current_ma, max(law.current_ma, drawn_ma + HEADROOM_MA))
    else:
        current_ma = target_ma
    current_ma = min(max(current_ma, rules.floor_ma), max(rules.most_ma, rules.floor_ma))
    why, due_at = law.why, law.due_at
    if why in (Why.TOO_LITTLE, Why.STARTING, Why.BLIND, Why.FOLLOWING, Why.TOPPED_UP):
        why, due_at = _plain(law, sample, rules), None
    return replace(
        law, current_ma=current_ma, offer_ma=_in_steps(law.offer_ma, current_ma, rules), looked_at=now,
        surplus_w=sample.surplus_w, why=why, due_at=due_at,
    )  # fmt: skip


def _plain(law: Law, sample: Sample, rules: Rules) -> Why:
    assert sample.surplus_w is not None
    return Why.FOLLOWING if sample.surplus_w >= needed_w(sample, rules, law.phases) else Why.TOPPED_UP


def _gain_permille(law: Law, now: datetime) -> int:
    """Three tenths of the difference in five seconds."""
    if law.looked_at is None:
        return 300
    return min(1_000, 60 * ((now - law.looked_at) // timedelta(seconds=1)))


def _in_steps(offer_ma: int, current_ma: int, rules: Rules) -> int:
    near = offer_ma - DROP_MA < current_ma < offer_ma + RISE_MA
    return offer_ma if near and rules.floor_ma <= offer_ma <= rules.most_ma else current_ma
