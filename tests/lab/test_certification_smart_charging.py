"""Certification cases of Smart Charging (`_CS`; OCPP 1.6 §3.13, §5.5, §5.7, §5.16), in real time."""

from datetime import UTC, datetime, timedelta

import pytest
from central_system import CallError

ACCEPTED, REJECTED, UNKNOWN = ({"status": s} for s in ("Accepted", "Rejected", "Unknown"))
MAX, DEFAULT, TX = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"


def this_second():
    return datetime.now(UTC).replace(microsecond=0)


def stamp(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def profile(purpose, periods, *, number=1, level=0, start=None, duration=None, unit="A", **more):
    """Absolute from `start` on, else Relative."""
    schedule = {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": limit} for at, limit in periods.items()],
    }
    if start is not None:
        schedule["startSchedule"] = stamp(start)
    if duration is not None:
        schedule["duration"] = duration
    return {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if start is None else "Absolute",
        "chargingSchedule": schedule,
        **more,
    }


async def sets(cs, *args, connector_id=1, **changes):
    given = profile(*args, **changes)
    return await cs.call("SetChargingProfile", connectorId=connector_id, csChargingProfiles=given)


async def composite(cs, start, duration=350, connector_id=1):
    """The schedule as {seconds since `start`: A}. What lies before the answer is not told; its first entry is at 0."""
    answer = await cs.call("GetCompositeSchedule", connectorId=connector_id, duration=duration, chargingRateUnit="A")
    assert (answer["status"], answer["connectorId"]) == ("Accepted", connector_id)
    schedule = answer["chargingSchedule"]
    assert schedule["chargingRateUnit"] == "A" and schedule["duration"] == duration
    late_s = (datetime.fromisoformat(answer["scheduleStart"]) - start).total_seconds()
    assert 0 <= late_s < 30, "a slow machine"
    periods = schedule["chargingSchedulePeriod"]
    assert periods[0]["startPeriod"] == 0
    return {int(late_s) + p["startPeriod"] if p["startPeriod"] else 0: p["limit"] for p in periods}


async def offers(cp, milliamperes):
    await cp.until(lambda s: s["connectors"][0]["offered_ma"] == milliamperes, f"it offers {milliamperes} mA")


async def test_056_a_tx_default_profile(lab):
    cs, cp = await lab.booted()
    start = this_second()
    valid = {"validFrom": stamp(start - timedelta(days=1)), "validTo": stamp(start + timedelta(days=1))}
    assert await sets(cs, DEFAULT, {0: 6, 100: 10}, start=start, duration=300, **valid) == ACCEPTED
    assert await composite(cs, start) == {0: 6, 100: 10, 300: 32}
    await cp.charging()
    await offers(cp, 6_000)


async def test_057_a_tx_profile_in_its_transaction(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    start = this_second()
    assert await sets(cs, TX, {0: 8, 100: 10}, start=start, transactionId=transaction_id) == ACCEPTED
    assert await composite(cs, start) == {0: 8, 100: 10}
    await offers(cp, 8_000)


async def test_082_a_tx_default_profile_in_a_transaction_applies_at_once(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    await offers(cp, 32_000)
    assert await sets(cs, DEFAULT, {0: 9}) == ACCEPTED
    await offers(cp, 9_000)
    await cs.nothing_but("MeterValues")


async def test_058_1_a_tx_profile_without_a_transaction(lab):
    cs, _ = await lab.booted()
    assert await sets(cs, TX, {0: 8}) == REJECTED
    assert await cs.call("ClearChargingProfile") == UNKNOWN


async def test_058_2_a_tx_profile_of_another_transaction(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    assert await sets(cs, TX, {0: 8}, transactionId=transaction_id + 1) == REJECTED
    await offers(cp, 32_000)


async def test_059_a_remote_start_with_a_profile(lab):
    cs, cp = await lab.booted()
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    given = profile(TX, {0: 8, 3: 12})
    answer = await cs.call("RemoteStartTransaction", idTag="TAG1", connectorId=1, chargingProfile=given)
    assert answer == ACCEPTED
    begun = datetime.fromisoformat((await cs.expect("StartTransaction"))["timestamp"])
    await cs.statuses(1, "Charging")
    await offers(cp, 12_000)
    assert await composite(cs, begun) == {0: 12}


@pytest.mark.parametrize("purpose", [MAX, DEFAULT])
async def test_060_a_remote_start_with_a_profile_of_another_purpose(lab, purpose):
    cs, cp = await lab.booted()
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    given = profile(purpose, {0: 8})
    answer = await cs.call("RemoteStartTransaction", idTag="TAG1", connectorId=1, chargingProfile=given)
    assert answer == REJECTED
    await cs.nothing_but()


async def test_066_the_composite_schedule(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    start = this_second()
    default, tx = {0: 6, 60: 10, 120: 8, 180: 15, 260: 8}, {0: 8, 50: 11, 140: 16, 200: 6, 240: 12}
    assert await sets(cs, MAX, {0: 10}, number=1, connector_id=0, start=start) == ACCEPTED
    assert await sets(cs, DEFAULT, default, number=2, start=start, duration=300) == ACCEPTED
    more = {"start": start, "duration": 260, "transactionId": transaction_id}
    assert await sets(cs, TX, tx, number=3, **more) == ACCEPTED
    assert await composite(cs, start, 400) == {0: 8, 50: 10, 200: 6, 240: 10, 260: 8, 300: 10}


async def test_067_profiles_are_cleared(lab):
    cs, _ = await lab.booted()
    start = this_second()
    for number, (purpose, limit, connector_id, level) in enumerate(
        [(MAX, 12, 0, 0), (DEFAULT, 6, 1, 0), (DEFAULT, 7, 1, 1), (DEFAULT, 8, 1, 2)]
    ):
        assert (
            await sets(cs, purpose, {0: limit}, number=number, level=level, connector_id=connector_id, start=start)
            == ACCEPTED
        )
    assert await composite(cs, start) == {0: 8}
    assert await cs.call("ClearChargingProfile", id=3) == ACCEPTED
    assert await composite(cs, start) == {0: 7}
    assert await cs.call("ClearChargingProfile", chargingProfilePurpose=DEFAULT, stackLevel=1) == ACCEPTED
    assert await composite(cs, start) == {0: 6}
    assert await cs.call("ClearChargingProfile") == ACCEPTED
    assert await composite(cs, start) == {0: 32}
    assert await cs.call("ClearChargingProfile", id=3) == UNKNOWN


async def test_072_stacked_profiles(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    start = this_second()
    of_transaction = {"start": start, "transactionId": transaction_id}
    assert await sets(cs, TX, {0: 11, 150: 8, 200: 10}, number=1, level=0, **of_transaction) == ACCEPTED
    assert await sets(cs, TX, {0: 7, 100: 9}, number=2, level=1, duration=150, **of_transaction) == ACCEPTED
    assert await composite(cs, start) == {0: 7, 100: 9, 150: 8, 200: 10}
    await offers(cp, 7_000)


async def test_a_limit_below_6_a_suspends_and_a_higher_one_resumes(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    assert await sets(cs, TX, {0: 5}, transactionId=transaction_id) == ACCEPTED
    await cs.statuses(1, "SuspendedEVSE")
    assert (await cp.state())["why"] == "paused_by_platform"
    assert await sets(cs, TX, {0: 6}, transactionId=transaction_id) == ACCEPTED
    await cs.statuses(1, "Charging")
    await offers(cp, 6_000)
    await cs.nothing_but("MeterValues")


async def test_a_profile_outlasts_software_restarts_and_a_reboot(lab):
    """errata 3.37; the whole way: socket, face, store, charger, device."""
    cs, cp = await lab.booted(resume_after_power_loss=True)
    _, transaction_id = await cp.charging()
    assert await sets(cs, MAX, {0: 14}, number=1, connector_id=0) == ACCEPTED
    assert await sets(cs, TX, {0: 8}, number=2, transactionId=transaction_id) == ACCEPTED
    await offers(cp, 8_000)
    await cp.do("POST", "/restart-software")
    await cs.new_socket()
    await cs.caught_up()
    assert (await cp.state())["connectors"][0]["offered_ma"] == 8_000
    assert await composite(cs, this_second()) == {0: 8}
    await cp.do("POST", "/power-off")
    await cp.do("POST", "/power-on")
    await cs.expect("BootNotification")
    await offers(cp, 8_000)
    assert await cs.call("ClearChargingProfile", id=2) == ACCEPTED
    await offers(cp, 14_000)


@pytest.mark.parametrize("connector_id", [2, -1])
async def test_a_connector_that_is_not_there(lab, connector_id):
    """errata 3.39; §5.7"""
    cs, _ = await lab.booted()
    with pytest.raises(CallError) as refused:
        await sets(cs, DEFAULT, {0: 8}, connector_id=connector_id)
    assert refused.value.code == "PropertyConstraintViolation"
    assert await cs.call("GetCompositeSchedule", connectorId=connector_id, duration=60) == REJECTED


async def test_019_the_keys_of_smart_charging(lab):
    cs, _ = await lab.booted()
    wanted = [
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ChargingScheduleMaxPeriods",
        "MaxChargingProfilesInstalled",
    ]
    answer = await cs.call("GetConfiguration", key=wanted)
    assert [entry["key"] for entry in answer["configurationKey"]] == wanted
    assert all(entry["readonly"] for entry in answer["configurationKey"]) and not answer.get("unknownKey")


async def test_commercial_mode_and_the_delay_are_keys_with_an_effect(lab):
    """RULES §7"""
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    await cp.set(CommercialMode="true", RandomSmartChargeDelay="1800")
    assert await sets(cs, TX, {0: 0}, transactionId=transaction_id) == ACCEPTED
    await cs.statuses(1, "SuspendedEVSE")
    assert await sets(cs, TX, {0: 9}, transactionId=transaction_id) == ACCEPTED
    await cp.until(lambda s: s["why"] == "planned_start_delayed", "the planned start is delayed")
    await cp.set(RandomSmartChargeDelay="0")
    await offers(cp, 9_000)
