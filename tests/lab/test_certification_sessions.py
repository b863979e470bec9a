"""Certification cases of sessions (Core, `_CS`): who starts and stops, and what the platform is told, in real time."""

import pytest
from central_system import accepted

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


async def remote_start(cs, id_tag="TAG1", connector_id=1):
    return await cs.call("RemoteStartTransaction", idTag=id_tag, connectorId=connector_id)


async def test_003_plug_in_first(lab):
    cs, cp = await lab.booted()
    start, _ = await cp.charging_locally("TAG1")
    assert start["meterStart"] == 0
    await cs.nothing_but()


async def test_004_1_identification_first(lab):
    cs, cp = await lab.booted()
    await cp.tag("TAG1")
    await cs.expect("Authorize", idTag="TAG1")
    await cs.statuses(1, "Preparing")
    await cp.plug_in()
    start = await cs.expect("StartTransaction")
    assert start["idTag"] == "TAG1"
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_004_2_connection_time_out(lab):
    cs, cp = await lab.booted(keys={"ConnectionTimeOut": "1"})
    await cp.tag("TAG1")
    await cs.expect("Authorize")
    await cs.statuses(1, "Preparing", "Available")
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()


async def test_068_stop_with_the_same_tag(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging_locally("TAG1")
    await cp.tag("TAG2")
    await cs.nothing_but()
    await cp.tag("tag1")  # compared without case
    stop = await cs.expect("StopTransaction")
    assert (stop["idTag"], stop["transactionId"], stop.get("reason", "Local")) == ("TAG1", transaction_id, "Local")
    await cs.statuses(1, "Finishing")
    await cp.unplug()
    await cs.statuses(1, "Available")
    await cs.nothing_but()


async def test_069_stop_with_the_same_parent_tag(lab):
    cs, cp = await lab.booted(
        answers={
            "Authorize": accepted(parentIdTag="FAMILY"),
            "StartTransaction": {"transactionId": 7, **accepted(parentIdTag="FAMILY")},
        }
    )
    await cp.charging_locally("TAG1")
    await cp.tag("TAG2")
    await cs.expect("Authorize", idTag="TAG2")
    stop = await cs.expect("StopTransaction")
    assert (stop["idTag"], stop["transactionId"]) == ("TAG2", 7)
    await cs.statuses(1, "Finishing")
    await cs.nothing_but()


@pytest.mark.parametrize("cable", ["fixed", "loose"])
async def test_005_1_the_ev_unplugs_and_the_connector_is_freed(lab, cable):
    cs, cp = await lab.booted(cable=cable)
    await cp.charging()
    await cp.unplug("ev")
    stop = await cs.expect("StopTransaction")
    assert stop["reason"] == "EVDisconnected"
    told = await cs.statuses(1, *(["Finishing"] if cable == "loose" else ["Available"]))
    if cable == "loose":
        assert told["info"] == "EV side disconnected"
        await cp.unplug("charger")
        await cs.statuses(1, "Available")
    await cs.nothing_but()


async def test_005_2_the_ev_unplugs_and_the_cable_stays_locked(lab):
    cs, cp = await lab.booted()
    await cp.set(UnlockConnectorOnEVSideDisconnect="false")
    await cp.charging()
    await cp.unplug("ev")
    assert (await cs.expect("StopTransaction"))["reason"] == "EVDisconnected"
    await cs.statuses(1, "Finishing")
    assert (await cp.ask("POST", "/unplug", {"side": "charger"})).status_code == 409
    assert await cs.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    await cp.unplug("charger")
    await cs.statuses(1, "Available")
    await cs.nothing_but()


@pytest.mark.parametrize("cable", ["fixed", "loose"])
async def test_005_3_the_ev_unplugs_and_the_transaction_goes_on(lab, cable):
    cs, cp = await lab.booted(cable=cable, free_charging=True, keys={"FreeChargingIdTag": ""})
    await cp.set(StopTransactionOnEVSideDisconnect="false")
    _, transaction_id = await cp.charging()
    await cp.unplug("ev")
    status = await cs.statuses(1, "SuspendedEV")
    assert (status["info"], status["errorCode"]) == ("EV side disconnected", "NoError")
    await cs.nothing_but()
    assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == ACCEPTED
    assert (await cs.expect("StopTransaction"))["reason"] == "Remote"
    if cable == "loose":
        await cs.statuses(1, "Finishing")
        await cp.unplug("charger")
    await cs.statuses(1, "Available")
    await cs.nothing_but()


async def test_005_3_the_ev_comes_back_and_goes_on(lab):
    cs, cp = await lab.booted(free_charging=True, keys={"FreeChargingIdTag": ""})
    await cp.set(StopTransactionOnEVSideDisconnect="false")
    await cp.charging()
    await cp.unplug("ev")
    await cs.statuses(1, "SuspendedEV")
    await cp.plug_in("ev")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_007_1_a_cached_tag_starts_locally_without_authorize(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true")
    await cp.id_tag_cached("TAG1")
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("StartTransaction")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_007_2_a_cached_tag_starts_remotely_without_authorize(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true", AuthorizeRemoteTxRequests="true")
    await cp.id_tag_cached("TAG1")
    await cp.charging("TAG1")
    await cs.nothing_but()


async def test_061_1_a_cleared_cache_is_empty_so_a_local_start_asks(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true")
    await cp.id_tag_cached("TAG1")
    assert await cs.call("ClearCache") == ACCEPTED
    await cp.charging_locally("TAG1")  # asks
    await cs.nothing_but()


async def test_061_2_a_cleared_cache_is_empty_so_a_remote_start_asks(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true", AuthorizeRemoteTxRequests="true")
    await cp.id_tag_cached("TAG1")
    assert await cs.call("ClearCache") == ACCEPTED
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await remote_start(cs) == ACCEPTED
    await cs.expect("Authorize", idTag="TAG1")
    await cs.expect("StartTransaction", idTag="TAG1")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_010_remote_start_with_the_cable_first(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    await cs.nothing_but()


async def test_010_remote_start_that_asks_first(lab):
    cs, cp = await lab.booted()
    await cp.set(AuthorizeRemoteTxRequests="true")
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await remote_start(cs) == ACCEPTED
    await cs.expect("Authorize", idTag="TAG1")
    await cs.expect("StartTransaction", idTag="TAG1")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_010_remote_start_without_a_connector(lab):
    cs, cp = await lab.booted()
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await cs.call("RemoteStartTransaction", idTag="TAG1") == ACCEPTED
    await cs.expect("StartTransaction", connectorId=1)
    await cs.statuses(1, "Charging")


async def test_011_1_remote_start_first(lab):
    cs, cp = await lab.booted()
    assert await remote_start(cs) == ACCEPTED
    await cs.statuses(1, "Preparing")
    await cp.plug_in()
    await cs.expect("StartTransaction", idTag="TAG1")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_011_2_remote_start_and_nobody_comes(lab):
    cs, cp = await lab.booted()
    await cp.set(ConnectionTimeOut="1")
    assert await remote_start(cs) == ACCEPTED
    await cs.statuses(1, "Preparing", "Available")
    await cs.nothing_but()


async def test_012_remote_stop(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == ACCEPTED
    stop = await cs.expect("StopTransaction", transactionId=transaction_id)
    assert stop["reason"] == "Remote"
    await cs.statuses(1, "Finishing")
    await cp.unplug()
    await cs.statuses(1, "Available")
    await cs.nothing_but()


@pytest.mark.parametrize(("cable", "status"), [("loose", "Unlocked"), ("fixed", "NotSupported")])
async def test_017_1_017_2_unlock_while_idle(lab, cable, status):
    cs, _ = await lab.booted(cable=cable)
    assert await cs.call("UnlockConnector", connectorId=1) == {"status": status}
    await cs.nothing_but()


async def test_018_1_unlock_in_a_session_with_a_loose_cable(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    assert await cs.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    assert (await cs.expect("StopTransaction"))["reason"] == "UnlockCommand"
    await cs.statuses(1, "Finishing")
    await cp.unplug()
    await cs.statuses(1, "Available")
    await cs.nothing_but()


async def test_018_2_unlock_in_a_session_with_a_fixed_cable(lab):
    cs, cp = await lab.booted(cable="fixed")
    await cp.charging()
    assert await cs.call("UnlockConnector", connectorId=1) == {"status": "NotSupported"}
    await cs.nothing_but()


@pytest.mark.parametrize("verdict", ["Invalid", "Blocked", "Expired"])
async def test_023_4_a_tag_that_is_not_accepted_starts_nothing_locally(lab, verdict):
    cs, cp = await lab.booted(answers={"Authorize": {"idTagInfo": {"status": verdict}}})
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("Authorize")
    await cs.nothing_but()
    await cp.unplug()
    await cs.statuses(1, "Available")


@pytest.mark.parametrize("verdict", ["Invalid", "Blocked", "Expired"])
async def test_023_5_a_tag_that_is_not_accepted_starts_nothing_remotely(lab, verdict):
    cs, cp = await lab.booted(answers={"Authorize": {"idTagInfo": {"status": verdict}}})
    await cp.set(AuthorizeRemoteTxRequests="true")
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await remote_start(cs) == ACCEPTED
    await cs.expect("Authorize")
    await cs.nothing_but()
    await cp.unplug()
    await cs.statuses(1, "Available")


async def test_024_the_lock_fails_at_the_start(lab):
    cs, cp = await lab.booted()
    await cp.do("PUT", "/lock-failure", {"active": True})
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("Authorize")
    assert (await cs.statuses(1, "Faulted"))["errorCode"] == "ConnectorLockFailure"
    await cs.nothing_but()
    await cp.do("PUT", "/lock-failure", {"active": False})
    await cp.unplug()
    await cs.statuses(1, "Available")
    await cp.charging()


async def test_026_remote_start_on_a_busy_connector(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    assert await remote_start(cs, "TAG2") == REJECTED
    assert await cs.call("RemoteStartTransaction", idTag="TAG2") == REJECTED
    await cs.nothing_but()


@pytest.mark.parametrize("connector_id", [0, 2, 999])
async def test_027_remote_start_where_nobody_can_charge(lab, connector_id):
    cs, _ = await lab.booted()
    if connector_id == 0:  # the schema lets it pass
        answer = await cs.call_anything("RemoteStartTransaction", {"idTag": "TAG1", "connectorId": connector_id})
    else:
        answer = await remote_start(cs, connector_id=connector_id)
    assert answer == REJECTED
    await cs.nothing_but()


async def test_028_remote_stop_of_no_transaction_of_ours(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    assert await cs.call("RemoteStopTransaction", transactionId=transaction_id + 1) == REJECTED
    await cs.nothing_but()


async def test_030_the_lock_fails_to_unlock(lab):
    cs, cp = await lab.booted()
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.do("PUT", "/lock-failure", {"active": True})
    assert await cs.call("UnlockConnector", connectorId=1) == {"status": "UnlockFailed"}
    await cs.nothing_but()


async def test_030_the_lock_fails_to_unlock_in_a_session(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    await cp.do("PUT", "/lock-failure", {"active": True})
    assert await cs.call("UnlockConnector", connectorId=1) == {"status": "UnlockFailed"}


@pytest.mark.parametrize("connector_id", [2, 99])
async def test_031_unlock_an_unknown_connector(lab, connector_id):
    cs, _ = await lab.booted()
    assert await cs.call("UnlockConnector", connectorId=connector_id) == {"status": "NotSupported"}


async def test_041_nothing_starts_while_faulted(lab):
    cs, cp = await lab.booted()
    await cp.do("POST", "/fault", {"error_code": "HighTemperature", "connector_id": 1})
    assert (await cs.statuses(1, "Faulted"))["errorCode"] == "HighTemperature"
    assert await remote_start(cs) == REJECTED
    await cp.plug_in()
    await cp.tag("TAG1")
    await cs.nothing_but("Authorize")
    await cp.do("DELETE", "/fault")
    await cs.statuses(1, "Preparing")
    await cs.nothing_but("Authorize")


async def test_041_a_fault_in_a_session_suspends_it(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    await cp.do("POST", "/fault", {"error_code": "GroundFailure"})
    assert (await cs.statuses(1, "Faulted"))["errorCode"] == "GroundFailure"
    await cp.do("DELETE", "/fault")
    await cs.statuses(1, "SuspendedEVSE", "Charging")
    await cs.nothing_but()


async def test_a_fault_of_the_whole_charge_point_is_told_for_connector_0(lab):
    cs, cp = await lab.booted()
    await cp.do("POST", "/fault", {"error_code": "InternalError", "connector_id": 0})
    assert (await cs.statuses(0, "Faulted"))["errorCode"] == "InternalError"
    await cs.statuses(1, "Faulted")
    await cs.nothing_but()
    await cp.do("DELETE", "/fault", connector_id=0)
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Available")
    await cs.nothing_but()


async def test_a_refused_start_stops_at_once(lab):
    cs, cp = await lab.booted(answers={"StartTransaction": {"transactionId": 9, "idTagInfo": {"status": "Blocked"}}})
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await remote_start(cs) == ACCEPTED
    stop = await cs.expect("StopTransaction", transactionId=9)
    assert stop["reason"] == "DeAuthorized"
    await cs.statuses(1, "Finishing")
    await cs.expect("StartTransaction")
    await cs.nothing_but()


async def test_the_car_is_full_then_wants_more(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    await cp.do("PUT", "/ev-ready", {"ready": False})
    await cs.statuses(1, "SuspendedEV")
    await cp.do("PUT", "/ev-ready", {"ready": True})
    await cs.statuses(1, "Charging")
    await cp.do("PUT", "/car", {"soc_percent": 100})
    await cs.statuses(1, "SuspendedEV")
    await cs.nothing_but()


async def test_a_limit_below_6_a_pauses_and_a_higher_one_resumes_directly(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    await cp.do("PUT", "/keys/LimitA", {"value": "5"})
    await cs.statuses(1, "SuspendedEVSE")
    await cp.until(lambda state: state["connectors"][0]["power_w"] == 0, "the car lets go")
    await cp.do("PUT", "/keys/LimitA", {"value": "16"})
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_a_limit_below_6_a_at_the_start_is_suspended_at_once(lab):
    cs, cp = await lab.booted()
    await cp.do("PUT", "/keys/LimitA", {"value": "5"})
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await remote_start(cs) == ACCEPTED
    await cs.expect("StartTransaction")
    await cs.statuses(1, "SuspendedEVSE")
    await cp.do("PUT", "/keys/LimitA", {"value": "16"})
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


@pytest.mark.parametrize("authorisation", ["platform", "local"])
async def test_a_remote_start_with_a_profile_of_another_purpose_is_rejected(lab, authorisation):
    cs, cp = await lab.booted(authorisation=authorisation)
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
        },
    }
    answer = await cs.call("RemoteStartTransaction", idTag="TAG1", connectorId=1, chargingProfile=profile)
    assert answer == REJECTED
    await cs.nothing_but()


async def test_a_car_that_never_draws_is_told_once(lab):
    cs, cp = await lab.booted()
    await cp.do("PUT", "/ev-ready", {"ready": False})
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await remote_start(cs) == ACCEPTED
    await cs.expect("StartTransaction")
    await cs.statuses(1, "SuspendedEV")
    await cs.nothing_but()
