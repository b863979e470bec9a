"""Charging profiles over a real socket, judged second by second by an oracle of their own (§3.13, §5.7, §5.16).

The oracle knows nothing but the specification: it looks up one instant at a time. Where it and the charge point differ
by a second at most around a change, neither is wrong: the clock moves between the profile and the question.
"""

import math
import random
import time
from datetime import UTC, datetime

import pytest
from laboratory import Laboratory

HARDWARE_A = 32.0
VOLTS, PHASES = 230, 3
SECONDS = {"Daily": 86_400, "Weekly": 7 * 86_400}
SLACK_S = 2


def iso(instant):
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text):
    return datetime.fromisoformat(text).timestamp()


# --- the oracle ---


def limit_of(profile, at, started):
    """Amperes that one profile allows at an instant, or None when it says nothing of it."""
    schedule = profile["chargingSchedule"]
    if at < epoch(profile.get("validFrom", iso(0))) or at >= epoch(profile.get("validTo", iso(2**40 // 8))):
        return None
    passed = at - (started if profile["chargingProfileKind"] == "Relative" else epoch(schedule["startSchedule"]))
    if passed < 0:
        return None
    passed %= SECONDS.get(profile.get("recurrencyKind"), math.inf)
    if passed >= schedule.get("duration", math.inf):
        return None  # a lower level takes over (errata 3.43)
    limit = [period["limit"] for period in schedule["chargingSchedulePeriod"] if period["startPeriod"] <= passed][-1]
    return limit if schedule["chargingRateUnit"] == "A" else limit / (VOLTS * PHASES)  # errata 3.69


def prevailing(installed, purpose, at, started):
    """The highest level that has something to say; a default of the connector stands for that of all (§3.13.1)."""
    ours = [(connector, p) for connector, p in installed if p["chargingProfilePurpose"] == purpose]
    own = {p["stackLevel"] for connector, p in ours if connector == 1}
    by_level = {
        p["stackLevel"]: limit_of(p, at, started)
        for connector, p in ours
        if connector == 1 or p["stackLevel"] not in own
    }
    return next((by_level[level] for level in sorted(by_level, reverse=True) if by_level[level] is not None), None)


def expected(installed, at, started):
    transaction = prevailing(installed, "TxProfile", at, started)
    if transaction is None:
        transaction = prevailing(installed, "TxDefaultProfile", at, started)
    whole = prevailing(installed, "ChargePointMaxProfile", at, started)
    return min(limit for limit in (transaction, whole, HARDWARE_A) if limit is not None)


def with_profile(installed, connector_id, profile):
    """§5.16.3: it takes the place of the one with its id, and of the one with its purpose and level."""
    place = (connector_id, profile["chargingProfilePurpose"], profile["stackLevel"])
    kept = [
        (connector, p)
        for connector, p in installed
        if p["chargingProfileId"] != profile["chargingProfileId"]
        and (connector, p["chargingProfilePurpose"], p["stackLevel"]) != place
    ]
    return [*kept, (connector_id, profile)]


# --- what is thrown at it ---


def some_profile(chance, transaction_id):
    base = int(time.time())
    purpose = chance.choice(["TxProfile", "TxDefaultProfile", "TxDefaultProfile", "ChargePointMaxProfile"])
    kinds = ["Absolute", "Recurring"] if purpose == "ChargePointMaxProfile" else ["Absolute", "Recurring", "Relative"]
    kind, unit = chance.choice(kinds), chance.choice("AAW")
    starts = [0, *sorted(chance.sample(range(1, 400), chance.randint(0, 4)))]
    schedule = {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [
            {"startPeriod": s, "limit": chance.randrange(330) / 10 if unit == "A" else float(chance.randrange(22_000))}
            for s in starts
        ],
    }
    if chance.random() < 0.6:
        schedule["duration"] = chance.randint(400, 900)
    if kind != "Relative":
        days = chance.randint(0, 20) if kind == "Recurring" else 0
        schedule["startSchedule"] = iso(base + chance.randint(-300, 300) - 86_400 * days)
    profile = {
        "chargingProfileId": chance.randint(1, 12),
        "stackLevel": chance.randint(0, 3),
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": schedule,
    }
    if kind == "Recurring":
        profile["recurrencyKind"] = chance.choice(["Daily", "Weekly"])
    if chance.random() < 0.3:
        profile["validFrom"] = iso(base + chance.randint(-200, 200))
    if chance.random() < 0.3:
        profile["validTo"] = iso(base + chance.randint(250, 600))
    if purpose == "TxProfile" and chance.random() < 0.5:
        profile["transactionId"] = transaction_id
    connector_id = {"TxProfile": 1, "ChargePointMaxProfile": 0}.get(purpose, chance.choice([0, 1]))
    return connector_id, profile


def compare(schedule, installed, asked_at, started, duration):
    """Every second; just before and after a change either side of it may be told."""
    periods = schedule["chargingSchedulePeriod"]
    told = [period["startPeriod"] for period in periods]
    assert told == sorted(set(told)) and told[0] == 0 and told[-1] < duration, periods
    assert "startSchedule" not in schedule, "errata 3.57"
    right = [expected(installed, asked_at + t, started) for t in range(-SLACK_S, duration + SLACK_S)]
    for t in range(duration):
        limit = [period["limit"] for period in periods if period["startPeriod"] <= t][-1]
        near = right[t : t + 2 * SLACK_S + 1]
        assert any(abs(limit - each) <= 0.1 for each in near), (t, limit, near, periods, installed)


@pytest.mark.parametrize("seed", range(3))
async def test_composite_schedules_agree_with_the_oracle(seed):
    chance = random.Random(seed)
    async with Laboratory() as lab:
        cs, cp = await lab.booted()
        start, transaction_id = await cp.charging()
        for _ in range(40):
            await cs.call("ClearChargingProfile")
            installed = []
            for _ in range(chance.randint(1, 8)):
                connector_id, profile = some_profile(chance, transaction_id)
                payload = {"connectorId": connector_id, "csChargingProfiles": profile}
                assert await cs.call_anything("SetChargingProfile", payload) == {"status": "Accepted"}, payload
                installed = with_profile(installed, connector_id, profile)
            duration = chance.randint(1, 600)
            told = await cs.call("GetCompositeSchedule", connectorId=1, duration=duration, chargingRateUnit="A")
            asked_at = epoch(told["scheduleStart"])
            compare(told["chargingSchedule"], installed, asked_at, epoch(start["timestamp"]), duration)
