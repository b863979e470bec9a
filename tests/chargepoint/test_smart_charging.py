"""Smart Charging at the face (OCPP 1.6 §3.13, §5.5, §5.7, §5.16, §9.4; cases 056-060, 066, 067, 072, 082)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from core_cases import charging, ready, stopped
from face_bench import NAMEPLATE, START, Bench
from msgspec.structs import replace

from laadboek.chargepoint import configuration, smart_charging
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.config import Routing
from laadboek.facts import EndReason, Kind, LimitAsked, SettingsChanged, StartAsked
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode, OcppError

MAX = m.ChargingProfilePurpose.CHARGE_POINT_MAX_PROFILE
DEFAULT = m.ChargingProfilePurpose.TX_DEFAULT_PROFILE
TX = m.ChargingProfilePurpose.TX_PROFILE
ABSOLUTE, RECURRING, RELATIVE = m.ChargingProfileKind
Accepted, Rejected, _ = m.ChargingProfileStatus
A, W = m.ChargingRateUnit.A, m.ChargingRateUnit.W


def profile(
    periods: dict[int, float], purpose: m.ChargingProfilePurpose = DEFAULT, number: int = 1, **changes: Any
) -> m.ChargingProfile:
    """`{0: 6, 60: 10}`: 6 A, and 10 A after a minute. Absolute from START on; what is of the schedule goes there."""
    schedule = {
        "charging_rate_unit": A,
        "start_schedule": START if changes.get("charging_profile_kind", ABSOLUTE) is not RELATIVE else None,
    }
    schedule |= {name: changes.pop(name) for name in list(changes) if name in m.ChargingSchedule.__struct_fields__}
    phases = changes.pop("phases", None)
    given = {"stack_level": 0, "charging_profile_kind": ABSOLUTE, "charging_profile_purpose": purpose, **changes}
    schedule["charging_schedule_period"] = tuple(
        m.ChargingSchedulePeriod(start_period=start, limit=limit, number_phases=phases)
        for start, limit in periods.items()
    )
    return m.ChargingProfile(charging_profile_id=number, charging_schedule=m.ChargingSchedule(**schedule), **given)


def sets(bench: Bench, *args: Any, connector_id: int = 1, **changes: Any) -> Any:
    request = m.SetChargingProfileRequest(connector_id=connector_id, cs_charging_profiles=profile(*args, **changes))
    answer = bench.call(request)
    return answer if isinstance(answer, OcppError) else answer.status


def clears(bench: Bench, **match: Any) -> m.ClearChargingProfileStatus:
    status: m.ClearChargingProfileStatus = bench.call(m.ClearChargingProfileRequest(**match)).status
    return status


def composite(bench: Bench, connector_id: int = 1, duration: int = 400, unit: Any = None) -> dict[int, float]:
    request = m.GetCompositeScheduleRequest(connector_id=connector_id, duration=duration, charging_rate_unit=unit)
    answer = bench.call(request)
    assert answer.status is m.GetCompositeScheduleStatus.ACCEPTED and answer.connector_id == connector_id
    assert answer.schedule_start == bench.now.replace(microsecond=0)
    schedule = answer.charging_schedule
    assert schedule.start_schedule is None, "errata 3.57"
    assert schedule.charging_rate_unit is (unit or A)
    return {period.start_period: period.limit for period in schedule.charging_schedule_period}


def asked(bench: Bench) -> list[tuple[str | None, int | None]]:
    """The levels that the charger was asked for since the last look: session and mA."""
    levels = [(wish.session_id, wish.limit_ma) for wish in bench.wishes if isinstance(wish, LimitAsked)]
    bench.wishes.clear()
    return levels


# --- the certification cases ------------------------------------------------------------------------------------------


def test_case_056_a_tx_default_profile_shows_in_the_composite_schedule() -> None:
    bench = ready()
    assert sets(bench, {0: 6, 60: 10}, valid_from=START, valid_to=START + timedelta(days=1), phases=3) is Accepted
    assert composite(bench) == {0: 6, 60: 10}


def test_case_057_a_tx_profile_in_its_transaction() -> None:
    bench = ready()
    session = charging(bench)
    assert sets(bench, {0: 8}, TX, transaction_id=1, charging_profile_kind=RELATIVE) is Accepted
    assert composite(bench) == {0: 8}
    assert asked(bench) == [(session, 8_000)]


def test_case_082_a_tx_default_profile_applies_to_the_running_transaction_at_once() -> None:
    """errata 3.8"""
    bench = ready()
    session = charging(bench)
    assert sets(bench, {0: 9}, connector_id=0) is Accepted
    assert asked(bench) == [(session, 9_000)]
    assert sets(bench, {0: 7}, connector_id=0) is Accepted
    assert asked(bench) == [(session, 7_000)]
    assert clears(bench) is m.ClearChargingProfileStatus.ACCEPTED
    assert asked(bench) == [(session, None)], "it goes on without one"


def test_case_058_1_a_tx_profile_without_a_transaction_is_rejected() -> None:
    bench = ready()
    assert sets(bench, {0: 8}, TX) is Rejected
    assert sets(bench, {0: 8}, TX, transaction_id=1) is Rejected
    session = charging(bench)
    stopped(bench, session, EndReason.LOCAL)
    assert sets(bench, {0: 8}, TX, transaction_id=1) is Rejected


def test_case_058_2_a_tx_profile_of_another_transaction_is_rejected() -> None:
    bench = ready()
    charging(bench)
    assert sets(bench, {0: 8}, TX, transaction_id=2) is Rejected
    assert asked(bench) == []


def remote_start(bench: Bench, given: m.ChargingProfile) -> m.RemoteStartStopStatus:
    request = m.RemoteStartTransactionRequest(id_tag="ALICE", connector_id=1, charging_profile=given)
    status: m.RemoteStartStopStatus = bench.call(request).status
    return status


def test_case_059_a_remote_start_brings_its_tx_profile() -> None:
    """§5.16.2; relative to the start of the transaction."""
    bench = ready()
    given = profile({0: 8, 30: 12}, TX, charging_profile_kind=RELATIVE)
    assert remote_start(bench, given) is m.RemoteStartStopStatus.ACCEPTED
    (wish,) = [wish for wish in bench.wishes if isinstance(wish, StartAsked)]
    bench.pass_time(seconds=45)
    session = charging(bench, over_link="lnk_1", charging_profile=wish.charging_profile)
    assert asked(bench) == [(session, 8_000)]
    assert composite(bench, duration=60) == {0: 8, 30: 12}
    bench.pass_time(seconds=29)
    assert asked(bench) == []
    bench.pass_time(seconds=1)
    assert asked(bench) == [(session, 12_000)]
    # The same level replaces it, another one is stacked on it (errata 3.42).
    assert sets(bench, {0: 7}, TX, transaction_id=1, number=2) is Accepted
    assert sets(bench, {0: 9}, TX, transaction_id=1, number=3, stack_level=1) is Accepted
    assert asked(bench) == [(session, 7_000), (session, 9_000)]
    assert clears(bench, id=1) is m.ClearChargingProfileStatus.UNKNOWN


def test_a_profile_that_came_with_another_links_start_binds_nobody_here() -> None:
    bench = ready()
    bench.start_session(over_link="lnk_2", charging_profile=msgspec.json.encode(profile({0: 8}, TX)))
    assert asked(bench) == [] and bench.face.state.durable.charging_profiles == ()


@pytest.mark.parametrize(
    "given",
    [
        profile({0: 8}, DEFAULT),
        profile({0: 8}, MAX),
        profile({0: 8}, TX, transaction_id=1),  # errata 3.41
        profile({5: 8}, TX),
    ],
)
def test_case_060_a_remote_start_with_a_wrong_profile_is_rejected(given: m.ChargingProfile) -> None:
    bench = ready()
    assert remote_start(bench, given) is m.RemoteStartStopStatus.REJECTED
    assert bench.wishes == []


def test_without_smart_charging_the_profile_of_a_remote_start_is_ignored() -> None:
    """§5.11"""
    bench = ready(profiles_off=frozenset({"SmartCharging"}))
    assert remote_start(bench, profile({0: 8}, DEFAULT)) is m.RemoteStartStopStatus.ACCEPTED
    (wish,) = bench.wishes
    assert isinstance(wish, StartAsked) and wish.charging_profile is None


def test_case_066_the_composite_schedule_is_the_least_of_all_purposes() -> None:
    bench = ready()
    charging(bench)
    sets(bench, {0: 10}, MAX, number=1, connector_id=0)
    sets(bench, {0: 6, 60: 10, 120: 8, 180: 15, 260: 8}, DEFAULT, number=2, duration=300)
    sets(bench, {0: 8, 50: 11, 140: 16, 200: 6, 240: 12}, TX, number=3, transaction_id=1, duration=260)
    assert composite(bench) == {0: 8, 50: 10, 200: 6, 240: 10, 260: 8, 300: 10}
    assert composite(bench, duration=250) == {0: 8, 50: 10, 200: 6, 240: 10}
    bench.pass_time(seconds=100)
    assert composite(bench, duration=150) == {0: 10, 100: 6, 140: 10}


def test_case_067_profiles_are_cleared_by_what_is_given() -> None:
    Cleared = m.ClearChargingProfileStatus
    bench = ready()
    sets(bench, {0: 10}, MAX, number=1, connector_id=0)
    sets(bench, {0: 7}, DEFAULT, number=2, stack_level=1)
    sets(bench, {0: 6}, DEFAULT, number=3, stack_level=0)
    assert composite(bench) == {0: 7}
    assert clears(bench, id=2) is Cleared.ACCEPTED
    assert composite(bench) == {0: 6}
    assert clears(bench, id=2) is Cleared.UNKNOWN
    # All that is given must match (errata 3.25, 3.26).
    assert clears(bench, charging_profile_purpose=DEFAULT, stack_level=1) is Cleared.UNKNOWN
    assert clears(bench, id=1, charging_profile_purpose=DEFAULT) is Cleared.UNKNOWN
    assert clears(bench, charging_profile_purpose=DEFAULT, stack_level=0) is Cleared.ACCEPTED
    assert composite(bench) == {0: 10}
    assert clears(bench, connector_id=1) is Cleared.UNKNOWN
    assert clears(bench) is Cleared.ACCEPTED
    assert composite(bench) == {0: 32}
    assert clears(bench) is Cleared.UNKNOWN


def test_case_072_profiles_are_stacked() -> None:
    bench = ready()
    charging(bench)
    sets(bench, {0: 6, 60: 10, 120: 8, 180: 15, 260: 8}, DEFAULT, number=1)
    sets(bench, {0: 7, 100: 9}, TX, number=2, transaction_id=1, stack_level=1, duration=150)
    sets(bench, {0: 11, 150: 8, 200: 10}, TX, number=3, transaction_id=1, stack_level=0)
    assert composite(bench, duration=350) == {0: 7, 100: 9, 150: 8, 200: 10}


# --- where profiles belong (§3.13.1) ----------------------------------------------------------------------------------


@pytest.mark.parametrize("connector_id", [-1, 2, 2**40])
def test_a_connector_that_is_not_there_is_a_call_error(connector_id: int) -> None:
    """errata 3.39"""
    bench = ready()
    error = sets(bench, {0: 8}, connector_id=connector_id)
    assert isinstance(error, OcppError) and error.code is ErrorCode.PROPERTY_CONSTRAINT_VIOLATION


def test_an_unknown_unit_is_a_call_error() -> None:
    """errata 3.24, 3.38"""
    bench = ready()
    assert bench.platform.rpc is not None and bench.socket_no is not None
    for request in (
        m.GetCompositeScheduleRequest(connector_id=1, duration=9, charging_rate_unit=A),
        m.SetChargingProfileRequest(connector_id=1, cs_charging_profiles=profile({0: 8})),
    ):
        text = bench.platform.rpc.call("odd", request, bench.now).replace(b'Unit":"A"', b'Unit":"VA"')
        bench.do(ev.TextReceived(bench.socket_no, text))
        error = bench.platform.said[-1]
        assert isinstance(error, OcppError) and error.code is ErrorCode.PROPERTY_CONSTRAINT_VIOLATION


def test_the_maximum_of_the_charge_point_is_set_at_connector_0_only() -> None:
    bench = ready()
    assert sets(bench, {0: 8}, MAX, connector_id=1) is Rejected
    assert sets(bench, {0: 8}, MAX, connector_id=0) is Accepted
    charging(bench)
    assert sets(bench, {0: 8}, TX, connector_id=0) is Rejected
    assert sets(bench, {0: 8}, TX, connector_id=1) is Accepted


@pytest.mark.parametrize("purpose", [MAX, DEFAULT])
def test_only_a_tx_profile_may_name_a_transaction(purpose: m.ChargingProfilePurpose) -> None:
    """§7.8"""
    bench = ready()
    charging(bench)
    assert sets(bench, {0: 8}, purpose, connector_id=0, transaction_id=1) is Rejected


def test_a_connectors_own_default_replaces_that_of_all_connectors_for_it_alone() -> None:
    """errata 3.53"""
    bench = ready(nameplate=replace(NAMEPLATE, connectors=2))
    sets(bench, {0: 10}, number=1, connector_id=0)
    sets(bench, {0: 8}, number=2, connector_id=2, duration=60)
    assert (composite(bench, 1), composite(bench, 2)) == ({0: 10}, {0: 8, 60: 32}), "replaced, also when it ended"
    sets(bench, {0: 12}, number=3, connector_id=0, stack_level=1)
    assert (composite(bench, 1), composite(bench, 2)) == ({0: 12}, {0: 12})
    assert clears(bench, connector_id=0, stack_level=1) is m.ClearChargingProfileStatus.ACCEPTED
    assert clears(bench, id=2) is m.ClearChargingProfileStatus.ACCEPTED
    assert composite(bench, 2) == {0: 10}


def test_a_profile_may_come_as_soon_as_the_transaction_has_its_id() -> None:
    """§5.16.1: in answer to StartTransaction, also before the car draws."""
    bench = ready()
    session = bench.start_session()
    (start,) = bench.heard(m.StartTransactionRequest)
    assert start.connector_id == 1
    assert sets(bench, {0: 8}, TX, transaction_id=1) is Accepted
    assert asked(bench) == [(session, 8_000)]


def test_a_tx_profile_may_have_a_validity() -> None:
    """errata 3.65, 3.66: else the highest one would hold until it is cleared."""
    bench = ready()
    charging(bench)
    sets(bench, {0: 8}, TX, number=1)
    valid = {"valid_from": START + timedelta(seconds=60), "valid_to": START + timedelta(seconds=120)}
    assert sets(bench, {0: 12}, TX, number=2, stack_level=1, **valid) is Accepted
    assert composite(bench) == {0: 8, 60: 12, 120: 8}


def test_what_does_not_recur_does_not_recur_whatever_its_recurrency_kind_says() -> None:
    """errata 3.56"""
    bench = ready()
    assert sets(bench, {0: 8}, recurrency_kind=m.RecurrencyKind.DAILY, duration=60) is Accepted
    assert composite(bench, duration=2 * 86_400) == {0: 8, 60: 32}


def test_the_same_id_or_the_same_place_in_the_stack_replaces() -> None:
    """§5.16.3, §3.13.2"""
    bench = ready()
    sets(bench, {0: 10}, number=1)
    sets(bench, {0: 11}, number=1, stack_level=3)
    sets(bench, {0: 12}, number=2, stack_level=3)
    (only,) = bench.face.state.durable.charging_profiles
    assert only.profile.charging_profile_id == 2


def test_a_replacement_for_later_leaves_default_behaviour_until_then() -> None:
    """§3.13.2"""
    bench = ready()
    sets(bench, {0: 10}, number=1)
    sets(bench, {0: 12}, number=2, valid_from=START + timedelta(seconds=100))
    assert composite(bench) == {0: 32, 100: 12}


@pytest.mark.parametrize(
    "odd",
    [
        {"stack_level": -1},
        {"stack_level": configuration.MAX_STACK_LEVEL + 1},
        {"duration": 0},
        {"min_charging_rate": -1.0},
        {"phases": 0},
        {"phases": 4},
        {"charging_profile_kind": RECURRING},
        {"charging_profile_kind": RECURRING, "recurrency_kind": m.RecurrencyKind.DAILY, "start_schedule": None},
        {"valid_from": START + timedelta(days=2), "valid_to": START + timedelta(days=1)},
        {"valid_to": START},  # §7.11: it could not be executed
        {"duration": 10, "start_schedule": START - timedelta(seconds=10)},
    ],
)
def test_a_profile_that_cannot_be_followed_is_rejected(odd: dict[str, Any]) -> None:
    bench = ready()
    sets(bench, {0: 10})
    assert sets(bench, {0: 8}, **odd) is Rejected
    assert composite(bench) == {0: 10}, "what was there stays"


@pytest.mark.parametrize("periods", [{}, {1: 8}, {0: -0.1}, {0: 8, -1: 9}, {0: 8, 60: 9, 30: 10}])
def test_periods_begin_at_0_and_ascend(periods: dict[int, float]) -> None:
    """errata 3.45, 3.70"""
    assert sets(ready(), periods) is Rejected


def test_twice_the_same_second_is_rejected() -> None:
    bench = ready()
    odd = profile({0: 8})
    twice = (odd.charging_schedule.charging_schedule_period[0],) * 2
    odd = replace(odd, charging_schedule=replace(odd.charging_schedule, charging_schedule_period=twice))
    answer = bench.call(m.SetChargingProfileRequest(connector_id=1, cs_charging_profiles=odd))
    assert answer.status is Rejected


# --- the limits that the keys of §9.4 name ----------------------------------------------------------------------------


def test_the_keys_are_listed_and_read_only() -> None:
    """§3.13.5, §9.4; errata 4.28: the switch is a boolean."""
    bench = ready()
    values = {
        "ChargeProfileMaxStackLevel": "8",
        "ChargingScheduleAllowedChargingRateUnit": "Current,Power",  # errata 3.88
        "ChargingScheduleMaxPeriods": "96",
        "ConnectorSwitch3to1PhaseSupported": "false",
        "MaxChargingProfilesInstalled": "32",
    }
    for name, value in values.items():
        key = bench.key(name)
        assert (key.value, key.readonly) == (value, True)
        assert bench.configure(name, value) is m.ConfigurationStatus.REJECTED
    assert "SmartCharging" in (bench.key("SupportedFeatureProfiles").value or "").split(",")


def test_as_many_periods_as_the_key_says() -> None:
    bench = ready()
    most = configuration.MAX_PERIODS
    assert sets(bench, {60 * i: 6 + i % 2 for i in range(most)}) is Accepted
    assert sets(bench, {60 * i: 6 + i % 2 for i in range(most + 1)}) is Rejected
    assert len(composite(bench, duration=60 * most)) == most


def test_as_many_profiles_per_purpose_as_there_are_levels_and_as_the_key_says_in_all() -> None:
    """§9.4.1, §9.4.5; replacing one needs no room."""
    bench = ready(nameplate=replace(NAMEPLATE, connectors=4))
    numbers = iter(range(1, 100))
    levels = configuration.MAX_STACK_LEVEL
    for connector_id in range(4):
        for level in range(levels):
            assert sets(bench, {0: 8}, number=next(numbers), connector_id=connector_id, stack_level=level) is Accepted
        assert sets(bench, {0: 8}, number=99, connector_id=connector_id, stack_level=levels) is Rejected
    assert len(bench.face.state.durable.charging_profiles) == configuration.MAX_PROFILES
    assert sets(bench, {0: 8}, number=99, connector_id=4) is Rejected
    assert sets(bench, {0: 8}, number=99, connector_id=0) is Accepted
    assert remote_start(bench, profile({0: 8}, TX)) is m.RemoteStartStopStatus.REJECTED
    assert clears(bench, id=99) is m.ClearChargingProfileStatus.ACCEPTED
    assert sets(bench, {0: 8}, number=99, connector_id=4) is Accepted


def test_without_the_feature_profile_nothing_of_it_is_known() -> None:
    bench = ready(profiles_off=frozenset({"SmartCharging"}))
    error = sets(bench, {0: 8})
    assert isinstance(error, OcppError) and error.code is ErrorCode.NOT_SUPPORTED, "errata 3.39"


def test_a_report_link_limits_nothing() -> None:
    bench = ready(role="report")
    assert sets(bench, {0: 8}, connector_id=0) is Rejected
    assert clears(bench) is m.ClearChargingProfileStatus.UNKNOWN
    answer = bench.call(m.GetCompositeScheduleRequest(connector_id=1, duration=60))
    assert answer.status is m.GetCompositeScheduleStatus.REJECTED


# --- the level that the charger is asked for --------------------------------------------------------------------------


def test_every_change_of_a_schedule_is_asked_for_at_its_very_second() -> None:
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 6, 60: 10, 120: 0}, duration=180)
    assert asked(bench) == [(session, 6_000)]
    assert bench.face.deadline() == START + timedelta(seconds=60)
    for second, level in ((60, 10_000), (120, 0), (180, None)):
        bench.pass_time(seconds=59.999)
        assert asked(bench) == []
        bench.pass_time(seconds=0.001)
        assert bench.now == START + timedelta(seconds=second) and asked(bench) == [(session, level)]
    assert bench.face.state.durable.charging_profiles == (), "it is over"
    bench.pass_time(days=30)
    assert asked(bench) == []


def test_a_change_that_changes_no_level_is_not_asked_for() -> None:
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 6, 60: 6, 120: 10}, stack_level=1)
    sets(bench, {0: 30, 30: 31}, number=2)
    assert asked(bench) == [(session, 6_000)]
    bench.pass_time(seconds=119)
    assert asked(bench) == []


def test_the_maximum_binds_the_charge_point_and_what_is_of_transactions_binds_those_of_this_link() -> None:
    """RULES §5"""
    bench = ready()
    sets(bench, {0: 20}, MAX, connector_id=0, number=1)
    assert asked(bench) == [(None, 20_000)]
    sets(bench, {0: 10}, DEFAULT, connector_id=0, number=2)
    assert asked(bench) == [], "nobody charges"
    session = charging(bench)
    assert asked(bench) == [(session, 10_000)]
    stopped(bench, session, EndReason.LOCAL)
    bench.wishes.clear()
    assert sets(bench, {0: 9}, DEFAULT, connector_id=0, number=2) is Accepted
    assert asked(bench) == []


def test_a_session_that_is_not_routed_here_is_bound_by_the_maximum_alone() -> None:
    """RULES §5, §6: to this platform it does not exist, but the wires are the same."""
    bench = ready(routing=Routing(rule="business"))
    sets(bench, {0: 20}, MAX, connector_id=0, number=1)
    sets(bench, {0: 10}, DEFAULT, connector_id=0, number=2)
    asked(bench)
    session = bench.start_session(kind=Kind.PRIVATE)
    bench.show(session_id=session, offering=True)
    assert asked(bench) == []
    assert sets(bench, {0: 8}, TX, number=3) is Rejected, "as where nobody charges"
    bench.show(cable=True, cable_ma=7_000)
    assert composite(bench) == {0: 10}, "there is no cable either"
    bench.restart()
    assert asked(bench) == [(None, 20_000)]


def test_a_tx_profile_ends_with_its_transaction() -> None:
    """§3.13.1"""
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 8}, TX, transaction_id=1)
    stopped(bench, session, EndReason.LOCAL)
    assert bench.face.state.durable.charging_profiles == ()
    bench.wishes.clear()
    charging(bench)
    assert asked(bench) == [] and composite(bench) == {0: 32}


def test_watts_are_asked_for_in_milliamperes_per_phase() -> None:
    """errata 3.69, 3.71: at 230 V and the period's own phases, 3 where it gives none."""
    bench = ready()
    session = charging(bench)
    for phases, watts, level in ((None, 11_040, 16_000), (1, 3_680, 16_000), (2, 3_680, 8_000), (None, 4_139, 5_998)):
        sets(bench, {0: watts}, charging_rate_unit=W, phases=phases)
        (wish,) = [wish for wish in bench.wishes if isinstance(wish, LimitAsked)]
        assert (wish.limit_ma, wish.phases) == (level, phases or 3)
        assert asked(bench) == [(session, level)]


def test_a_limit_for_more_phases_than_there_are_is_taken_as_it_is_given() -> None:
    """errata 3.34"""
    bench = ready(nameplate=replace(NAMEPLATE, phases=1))
    bench.show(phases=1)
    session = charging(bench)
    sets(bench, {0: 10}, phases=3)
    assert asked(bench) == [(session, 10_000)] and composite(bench) == {0: 10}
    sets(bench, {0: 6_900}, charging_rate_unit=W, phases=3)
    assert asked(bench) == [] and composite(bench) == {0: 10}
    assert composite(bench, unit=W) == {0: 2_300}, "what one phase may draw"


def test_profiles_outlast_a_restart_and_the_level_is_asked_for_again() -> None:
    """errata 3.37"""
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 20}, MAX, connector_id=0, number=1)
    sets(bench, {0: 8, 100: 9}, TX, number=2, transaction_id=1)
    asked(bench)
    bench.restart()
    assert asked(bench) == [(None, 20_000), (session, 8_000)]
    bench.pass_time(seconds=100)
    assert asked(bench) == [(session, 9_000)]


def test_what_ended_while_we_were_away_is_lifted_after_the_restart() -> None:
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 8}, duration=60)
    asked(bench)
    bench.now += timedelta(seconds=61)
    bench.restart()
    assert asked(bench) == [(None, None), (session, None)]
    assert bench.face.state.durable.charging_profiles == ()


@pytest.mark.parametrize(
    "change", [{"profiles_off": frozenset({"SmartCharging"})}, {"role": "report"}, {"paused": True}]
)
def test_profiles_that_do_not_count_any_more_are_lifted_and_kept(change: dict[str, Any]) -> None:
    """RULES §5: without control, or without the feature profile, they bind nobody."""
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 8, 100: 9})
    asked(bench)
    before = bench.config
    bench.face.config = replace(before, **change)
    bench.do(ev.ConfigChanged())
    assert asked(bench) == [(None, None), (session, None)]
    bench.pass_time(seconds=100)
    assert asked(bench) == []
    bench.face.config = before
    bench.do(ev.ConfigChanged())
    assert asked(bench) == [(None, None), (session, 9_000)]


def test_offline_the_schedule_goes_on() -> None:
    """§3.13.6"""
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 8, 100: 9}, TX, transaction_id=1)
    asked(bench)
    bench.go_offline()
    bench.pass_time(seconds=100)
    assert asked(bench) == [(session, 9_000)]


def test_a_face_without_profiles_asks_for_nothing_and_waits_for_nothing() -> None:
    bench = ready()
    before = bench.face.state.charging
    stopped(bench, charging(bench), EndReason.LOCAL)
    bench.restart()
    assert asked(bench) == [] and bench.face.state.charging == before
    assert before.until is None


# --- GetCompositeSchedule ---------------------------------------------------------------------------------------------


def test_the_composite_schedule_takes_local_limits_into_account() -> None:
    """§5.7, errata 3.27"""
    bench = ready()
    bench.show(limit_ma=20_000, cable_ma=13_000)
    sets(bench, {0: 10, 60: 16})
    assert composite(bench) == {0: 10, 60: 13}
    bench.show(limit_ma=13_000, cable_ma=20_000)
    assert composite(bench) == {0: 10, 60: 13}
    bench.show(phases=1)
    assert composite(bench, unit=W) == {0: 2300, 60: 2990}


def test_it_comes_in_amperes_or_in_watts() -> None:
    bench = ready()
    sets(bench, {0: 5_000, 60: 11_000}, charging_rate_unit=W)
    assert composite(bench, unit=W) == {0: 5_000, 60: 11_000}
    assert composite(bench, unit=A) == composite(bench) == {0: 7.2, 60: 15.9}


def test_relative_schedules_are_shown_as_if_a_transaction_began_now() -> None:
    bench = ready()
    sets(bench, {0: 6, 60: 10}, charging_profile_kind=RELATIVE, start_schedule=None)
    bench.pass_time(seconds=300)
    assert composite(bench) == {0: 6, 60: 10}
    charging(bench)
    bench.pass_time(seconds=20)
    assert composite(bench) == {0: 6, 40: 10}


def test_a_relative_maximum_counts_from_its_installation() -> None:
    """§7.9: the start point is the charge point's to determine where there is no transaction."""
    bench = ready()
    bench.pass_time(seconds=7)
    sets(bench, {0: 6, 60: 10}, MAX, connector_id=0, charging_profile_kind=RELATIVE)
    bench.pass_time(seconds=20)
    assert composite(bench) == {0: 6, 40: 10}


def test_connector_0_is_what_all_may_draw_from_the_grid() -> None:
    """errata 3.30"""
    bench = ready(nameplate=replace(NAMEPLATE, connectors=2))
    bench.tell(SettingsChanged({"LimitA": "40"}))
    assert composite(bench, 0) == {0: 40}
    sets(bench, {0: 10, 60: 16}, connector_id=0)
    assert composite(bench, 0) == {0: 20, 60: 32}
    sets(bench, {0: 25}, MAX, connector_id=0, number=2)
    assert composite(bench, 0) == {0: 20, 60: 25}


def test_a_schedule_that_cannot_be_told_is_rejected() -> None:
    """errata 3.51: and nothing else is told."""
    bench = ready()
    for connector_id, duration in ((2, 60), (-1, 60), (1, 0), (1, -5)):
        request = m.GetCompositeScheduleRequest(connector_id=connector_id, duration=duration)
        answer = bench.call(request)
        assert answer == m.GetCompositeScheduleResponse(status=m.GetCompositeScheduleStatus.REJECTED)


def test_no_schedule_is_longer_than_a_week() -> None:
    """And it says how long it is."""
    bench = ready()
    daily = m.RecurrencyKind.DAILY
    sets(bench, {60 * i: 6 + i % 2 for i in range(96)}, charging_profile_kind=RECURRING, recurrency_kind=daily)
    answer = bench.call(m.GetCompositeScheduleRequest(connector_id=1, duration=2**31 - 1))
    assert answer.charging_schedule.duration == smart_charging.REPORTED_S == 7 * 86_400
    assert len(answer.charging_schedule.charging_schedule_period) == 7 * 96


def test_the_cars_least_rate_is_told_and_not_obeyed() -> None:
    """§7.13: a hint for those that share out power."""
    bench = ready()
    session = charging(bench)
    sets(bench, {0: 6}, min_charging_rate=8.0)
    assert asked(bench) == [(session, 6_000)]
    answer = bench.call(m.GetCompositeScheduleRequest(connector_id=1, duration=60))
    assert answer.charging_schedule.min_charging_rate == 8
