"""SetChargingProfile, ClearChargingProfile, GetCompositeSchedule (OCPP 1.6 §5.5, §5.7, §5.16).

A unit, purpose or kind that there is not never comes here: `ocpp` answers it by a CALLERROR (errata 3.24, 3.38).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import pairwise
from math import isfinite
from typing import Any

from ..energy import composite
from ..energy.composite import Limit, Schedule
from ..ocpp import messages as m
from ..ocpp.errors import ErrorCode, OcppError
from ..ocpp.types import Payload
from . import charging_profiles, metering
from .configuration import MAX_PERIODS, MAX_PROFILES, MAX_STACK_LEVEL
from .state import InstalledProfile, Transaction
from .step import Step, whole_second

REPORTED_S = composite.WEEK_S  # the longest composite schedule: no recurrence is longer

SetStatus, ClearStatus = m.ChargingProfileStatus, m.ClearChargingProfileStatus
CompositeStatus = m.GetCompositeScheduleStatus


# --- SetChargingProfile (§5.16) ---------------------------------------------------------------------------------------


def _set(step: Step, request: m.SetChargingProfileRequest) -> Payload:
    """A connector that is not there is a CALLERROR (errata 3.39), anything else that cannot be followed is Rejected.

    It may come at any time: at the start of a transaction, in it, or outside of one (§5.16.1, §5.16.3, §5.16.4).
    """
    connectors = step.config.nameplate.connectors
    if not 0 <= request.connector_id <= connectors:
        raise OcppError(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"connectorId is 0..{connectors}")
    profile = request.cs_charging_profiles
    transaction = metering.running_on(step.state, request.connector_id) if request.connector_id else None
    placed = PLACED[profile.charging_profile_purpose](request.connector_id, profile, transaction)
    if not placed or not well_formed(profile):
        return m.SetChargingProfileResponse(status=SetStatus.REJECTED)
    of_transaction = profile.charging_profile_purpose is m.ChargingProfilePurpose.TX_PROFILE
    session_id = transaction.session_id if transaction is not None and of_transaction else None
    installed = InstalledProfile(request.connector_id, profile, step.now, session_id)
    if charging_profiles.is_over(step, installed) or not _has_room(step, installed):
        return m.SetChargingProfileResponse(status=SetStatus.REJECTED)
    charging_profiles.install(step, installed)
    return m.SetChargingProfileResponse(status=SetStatus.ACCEPTED)


# Where a profile of each purpose belongs (§3.13.1, errata 3.53); a transactionId belongs to a TxProfile only (§7.8).
def _placed_max(connector_id: int, profile: m.ChargingProfile, _: Transaction | None) -> bool:
    return connector_id == 0 and profile.transaction_id is None


def _placed_default(connector_id: int, profile: m.ChargingProfile, _: Transaction | None) -> bool:
    return profile.transaction_id is None


def _placed_tx(connector_id: int, profile: m.ChargingProfile, transaction: Transaction | None) -> bool:
    """Only in a transaction, and in this one (cases 058_1, 058_2)."""
    return transaction is not None and profile.transaction_id in (None, transaction.transaction_id)


PLACED: Mapping[m.ChargingProfilePurpose, Callable[[int, m.ChargingProfile, Transaction | None], bool]] = {
    m.ChargingProfilePurpose.CHARGE_POINT_MAX_PROFILE: _placed_max,
    m.ChargingProfilePurpose.TX_DEFAULT_PROFILE: _placed_default,
    m.ChargingProfilePurpose.TX_PROFILE: _placed_tx,
}


def well_formed(profile: m.ChargingProfile) -> bool:
    """Whether it says at every second what it means (§7.8, §7.13, §7.14), within what the keys of §9.4 allow.

    A TxProfile may have a validity (errata 3.65, 3.66); the recurrencyKind of what does not recur is ignored
    (errata 3.56).
    """
    schedule = profile.charging_schedule
    starts = [period.start_period for period in schedule.charging_schedule_period]
    recurring = profile.charging_profile_kind is m.ChargingProfileKind.RECURRING
    return (
        0 <= profile.stack_level <= MAX_STACK_LEVEL
        and 1 <= len(starts) <= MAX_PERIODS
        and starts[0] == 0  # errata 3.45, 3.70
        and all(one < next_one for one, next_one in pairwise(starts))
        and all(_is_rate(period.limit) for period in schedule.charging_schedule_period)
        and all(period.number_phases in (None, 1, 2, 3) for period in schedule.charging_schedule_period)
        and (schedule.min_charging_rate is None or _is_rate(schedule.min_charging_rate))
        and (schedule.duration is None or schedule.duration > 0)
        and (not recurring or (profile.recurrency_kind is not None and schedule.start_schedule is not None))
        and (profile.valid_from is None or profile.valid_to is None or profile.valid_from < profile.valid_to)
    )


def _is_rate(rate: float) -> bool:
    return isfinite(rate) and rate >= 0


def may_come_with_start(step: Step, profile: m.ChargingProfile) -> bool:
    """A TxProfile, of no transaction yet (§5.16.2, errata 3.41, case 060), for which there is room."""
    of_transaction = profile.charging_profile_purpose is m.ChargingProfilePurpose.TX_PROFILE
    room = len(step.durable.charging_profiles) < MAX_PROFILES
    return of_transaction and profile.transaction_id is None and well_formed(profile) and room


def _has_room(step: Step, new: InstalledProfile) -> bool:
    """MaxChargingProfilesInstalled in all, and per purpose as many as there are levels (§9.4.1, §9.4.5)."""
    others = charging_profiles.not_replaced(step, new)
    purpose = new.profile.charging_profile_purpose
    alike = [
        one for one in others if (one.profile.charging_profile_purpose, one.connector_id) == (purpose, new.connector_id)
    ]
    return len(others) < MAX_PROFILES and len(alike) < MAX_STACK_LEVEL


# --- ClearChargingProfile (§5.5) --------------------------------------------------------------------------------------


def _clear(step: Step, request: m.ClearChargingProfileRequest) -> Payload:
    """All that match all that is given; nothing given matches all (errata 3.25, 3.26)."""
    kept = tuple(one for one in step.durable.charging_profiles if not _matches(request, one))
    if len(kept) == len(step.durable.charging_profiles):
        return m.ClearChargingProfileResponse(status=ClearStatus.UNKNOWN)
    step.save(charging_profiles=kept)
    charging_profiles.plan(step)
    return m.ClearChargingProfileResponse(status=ClearStatus.ACCEPTED)


def _matches(request: m.ClearChargingProfileRequest, one: InstalledProfile) -> bool:
    profile = one.profile
    return (
        request.id in (None, profile.charging_profile_id)
        and request.connector_id in (None, one.connector_id)
        and request.charging_profile_purpose in (None, profile.charging_profile_purpose)
        and request.stack_level in (None, profile.stack_level)
    )


# --- GetCompositeSchedule (§5.7) --------------------------------------------------------------------------------------


def _get_composite(step: Step, request: m.GetCompositeScheduleRequest) -> Payload:
    """From this second on; with local limits, so that it is what a car may really get (errata 3.27).

    Rejected, there is nothing else to tell (errata 3.51).
    """
    start, duration_s = whole_second(step.now), min(request.duration, REPORTED_S)
    found = _composite(step, request.connector_id, start, duration_s) if duration_s > 0 else None
    if found is None:
        return m.GetCompositeScheduleResponse(status=CompositeStatus.REJECTED)
    unit = request.charging_rate_unit or m.ChargingRateUnit.A
    return m.GetCompositeScheduleResponse(
        status=CompositeStatus.ACCEPTED,
        connector_id=request.connector_id,
        schedule_start=start,
        charging_schedule=_on_the_wire(found, unit, duration_s),
    )


def _composite(step: Step, connector_id: int, start: datetime, duration_s: int) -> Schedule | None:
    """Of a connector, or (0) of what all of them may draw from the grid (errata 3.30); None: it is not known."""
    connectors = step.config.nameplate.connectors
    meant = range(1, connectors + 1) if connector_id == 0 else (connector_id,)
    schedules = [_of_connector(step, each, start, duration_s) for each in meant]
    if not 0 <= connector_id <= connectors or not all(schedules):
        return None
    whole = composite.schedule(charging_profiles.charge_point_stack(step), start, duration_s, start)
    together = composite.combined(schedules, composite.total)
    return composite.combined([together, whole, _limit_of_charger(step)], composite.least)


def _of_connector(step: Step, connector_id: int, start: datetime, duration_s: int) -> Schedule:
    """Of its transaction, else of one that would begin now. Empty: the charger has not shown the connector yet."""
    connector = step.state.connectors.get(connector_id)
    if connector_id == 0 or connector is None or connector.view is None:
        return ()
    transaction = metering.running_on(step.state, connector_id)
    stack = charging_profiles.transaction_stack(step, connector_id, transaction)
    began_at = start if transaction is None else whole_second(transaction.started_at)
    view = connector.view
    local_ma = view.limit_ma if view.cable_ma is None else min(view.limit_ma, view.cable_ma)
    local = Limit(local_ma * 1_000, view.phases)
    wanted = composite.schedule(stack, start, duration_s, began_at)
    return composite.combined([wanted, ((0, local),)], composite.least)


def _limit_of_charger(step: Step) -> Schedule:
    limit_a = step.state.charger_keys.get("LimitA")
    return ((0, None if limit_a is None else Limit(composite.of_amperes(int(limit_a)))),)


def _on_the_wire(found: Schedule, unit: m.ChargingRateUnit, duration_s: int) -> m.ChargingSchedule:
    """Without startSchedule: the response has its own (errata 3.57)."""
    limits = [limit for _, limit in found if limit is not None]
    assert len(limits) == len(found), "local limits bind always"
    least = Limit(max(limit.least_ua for limit in limits), max(limit.phases for limit in limits))
    return m.ChargingSchedule(
        duration=duration_s,
        charging_rate_unit=unit,
        charging_schedule_period=tuple(
            m.ChargingSchedulePeriod(start_period=second, limit=_rate(limit, unit), number_phases=limit.phases)
            for (second, _), limit in zip(found, limits, strict=True)
        ),
        min_charging_rate=_rate(least, unit) if least.current_ua else None,
    )


def _rate(limit: Limit, unit: m.ChargingRateUnit) -> float:
    return limit.amperes if unit is m.ChargingRateUnit.A else limit.watts


HANDLERS: Mapping[type[Payload], Callable[[Step, Any], Payload]] = {
    m.ClearChargingProfileRequest: _clear,
    m.GetCompositeScheduleRequest: _get_composite,
    m.SetChargingProfileRequest: _set,
}
