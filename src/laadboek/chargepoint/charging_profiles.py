"""The charging profiles of a link: whom they bind, and the level that follows from them (OCPP 1.6 §3.13, RULES §5).

The charger is asked for a level whenever that changes: at a message, at the start or end of a transaction, at the
instant that a schedule names. Nothing polls. They outlast restarts (errata 3.37), and being offline (§3.13.6).
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from ..energy import composite
from ..energy.composite import Limit, Period, Profile, Purpose
from ..facts import LimitAsked, SessionStarted
from ..ocpp import messages as m
from . import configuration
from .config import LinkConfig
from .state import ChargingPlan, FaceState, InstalledProfile, Level, Transaction
from .step import Step, earliest, whole_second

Kind = m.ChargingProfileKind
PURPOSES: Mapping[m.ChargingProfilePurpose, Purpose] = {
    m.ChargingProfilePurpose.CHARGE_POINT_MAX_PROFILE: Purpose.CHARGE_POINT_MAX,
    m.ChargingProfilePurpose.TX_DEFAULT_PROFILE: Purpose.TX_DEFAULT,
    m.ChargingProfilePurpose.TX_PROFILE: Purpose.TX,
}
REPEATS_S = {m.RecurrencyKind.DAILY: composite.DAY_S, m.RecurrencyKind.WEEKLY: composite.WEEK_S}


# --- what is installed ------------------------------------------------------------------------------------------------


def not_replaced(step: Step, new: InstalledProfile) -> list[InstalledProfile]:
    """The same id, or the same place in the same stack, gives way (§5.16.3)."""
    return [one for one in step.durable.charging_profiles if not _same_place(one, new) and not is_over(step, one)]


def _same_place(one: InstalledProfile, other: InstalledProfile) -> bool:
    return one.profile.charging_profile_id == other.profile.charging_profile_id or _place(one) == _place(other)


def _place(one: InstalledProfile) -> tuple[object, ...]:
    return one.profile.charging_profile_purpose, one.profile.stack_level, one.connector_id


def install(step: Step, new: InstalledProfile) -> None:
    step.save(charging_profiles=(*not_replaced(step, new), new))
    plan(step)


# --- what binds whom --------------------------------------------------------------------------------------------------


def _profile(one: InstalledProfile) -> Profile:
    """As `composite` reads it. A schedule without a start is relative to the start of charging (§7.13)."""
    profile, schedule = one.profile, one.profile.charging_schedule
    purpose = PURPOSES[profile.charging_profile_purpose]
    starts_at = None if profile.charging_profile_kind is Kind.RELATIVE else _instant(schedule.start_schedule)
    if starts_at is None and purpose is Purpose.CHARGE_POINT_MAX:
        starts_at = whole_second(one.installed_at)  # of no transaction: ours to say (§7.9)
    recurring = profile.charging_profile_kind is Kind.RECURRING and profile.recurrency_kind is not None
    return Profile(
        purpose=purpose,
        stack_level=profile.stack_level,
        periods=tuple(_period(schedule, period) for period in schedule.charging_schedule_period),
        starts_at=starts_at,
        repeats_s=REPEATS_S[profile.recurrency_kind] if recurring and profile.recurrency_kind else None,
        duration_s=schedule.duration,
        valid_from=_instant(profile.valid_from),
        valid_to=_instant(profile.valid_to),
    )


# Limits are in A per phase or in W of all phases (errata 3.71). One for more phases than the charger has is taken as it
# is given, per phase (errata 3.34).
def _period(schedule: m.ChargingSchedule, period: m.ChargingSchedulePeriod) -> Period:
    phases = period.number_phases or composite.PHASES
    in_amperes = schedule.charging_rate_unit is m.ChargingRateUnit.A

    def per_phase(rate: float) -> int:
        return composite.of_amperes(rate) if in_amperes else composite.of_watts(rate, phases)

    limit = Limit(per_phase(period.limit), phases, per_phase(schedule.min_charging_rate or 0))
    return Period(period.start_period, limit)


def _instant(received: datetime | None) -> datetime | None:
    return None if received is None else whole_second(received.astimezone(UTC))


def is_over(step: Step, one: InstalledProfile) -> bool:
    """It will not be followed any more: its transaction ended (§3.13.1), its schedule or its validity did."""
    began_at = None
    if one.profile.charging_profile_purpose is m.ChargingProfilePurpose.TX_PROFILE:
        transaction = step.durable.transactions.get(one.session_id or "")
        if transaction is None or transaction.ended:
            return True
        began_at = whole_second(transaction.started_at)
    return composite.is_over(_profile(one), step.now, began_at)


def charge_point_stack(step: Step) -> tuple[Profile, ...]:
    profiles = (_profile(one) for one in step.durable.charging_profiles)
    return composite.in_order(profile for profile in profiles if profile.purpose is Purpose.CHARGE_POINT_MAX)


def transaction_stack(step: Step, connector_id: int, transaction: Transaction | None) -> tuple[Profile, ...]:
    """A TxDefaultProfile of the connector replaces that of connector 0 on the same level (§3.13.1)."""
    session_id = None if transaction is None else transaction.session_id
    of_all: dict[tuple[Purpose, int], Profile] = {}
    own: dict[tuple[Purpose, int], Profile] = {}
    for one in step.durable.charging_profiles:
        profile = _profile(one)
        if profile.purpose is Purpose.CHARGE_POINT_MAX or one.session_id not in (None, session_id):
            continue
        if one.connector_id in (0, connector_id):
            place = own if one.connector_id else of_all
            place[profile.purpose, profile.stack_level] = profile
    return composite.in_order((of_all | own).values())


# --- the level that the charger is asked for --------------------------------------------------------------------------


def transaction_started(step: Step, fact: SessionStarted) -> None:
    """Its remote start may have brought a TxProfile (§5.16.2)."""
    if fact.charging_profile is not None and fact.over_link == step.config.link_id:
        profile = msgspec.json.decode(fact.charging_profile, type=m.ChargingProfile)
        install(step, InstalledProfile(fact.connector_id, profile, step.now, fact.session_id))
    else:
        plan(step)


def plan(step: Step, *, anew: bool = False) -> None:
    """Forget what is over, ask for the levels that changed (`anew`: for all), note when the next one changes.

    Faces without profiles, most of them, pay for the first line only.
    """
    if not step.durable.charging_profiles and not step.state.charging.asked:
        return
    profiles = tuple(one for one in step.durable.charging_profiles if not is_over(step, one))
    if len(profiles) < len(step.durable.charging_profiles):
        step.save(charging_profiles=profiles)
    counting = configuration.has_profile(step.config, "SmartCharging") and not step.config.paused
    asked: dict[str, Level] = {}
    until: datetime | None = None
    for session_id, connector_id, stack, began_at in _bound(step):
        limit, changes_at = composite.outlook(stack, step.now, began_at) if counting else (None, None)
        until = earliest(until, changes_at)
        asked[session_id] = Level(connector_id) if limit is None else _level(connector_id, limit)
    _ask(step, asked, anew)
    step.change(charging=ChargingPlan(asked if profiles and counting else {}, until))


def _bound(step: Step) -> list[tuple[str, int, tuple[Profile, ...], datetime]]:
    """Whom profiles bind: the charge point, and every transaction of this link (RULES §5).

    Also one that began before its TxDefaultProfile came, and without it again when that goes (errata 3.8).
    """
    bound = [("", 0, charge_point_stack(step), step.now)]
    for transaction in step.durable.transactions.values():
        if not transaction.ended:
            connector_id, began_at = transaction.connector_id, whole_second(transaction.started_at)
            stack = transaction_stack(step, connector_id, transaction)
            bound.append((transaction.session_id, connector_id, stack, began_at))
    return bound


def _level(connector_id: int, limit: Limit) -> Level:
    return Level(connector_id, limit.current_ma, limit.phases)


def _ask(step: Step, asked: dict[str, Level], anew: bool) -> None:
    """A session whose transaction ended on this link alone is not bound by it any more."""
    before = step.state.charging.asked
    gone = {session_id: Level(level.connector_id) for session_id, level in before.items() if session_id not in asked}
    for session_id, level in (gone | asked).items():
        if anew or level != before.get(session_id, Level(level.connector_id)):
            wish = LimitAsked(
                link_id=step.config.link_id,
                connector_id=level.connector_id,
                session_id=session_id or None,
                limit_ma=level.limit_ma,
                phases=level.phases,
            )
            step.ask(wish)


def deadline(state: FaceState, config: LinkConfig) -> datetime | None:
    return state.charging.until


def reach(step: Step) -> None:
    until = step.state.charging.until
    if until is not None and until <= step.now:
        plan(step)
