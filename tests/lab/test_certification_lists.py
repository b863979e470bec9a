"""Certification cases of the local authorization list and of reservation (`_CS`), over real sockets."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from central_system import CallError, accepted

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
OCCUPIED, FAULTED, UNAVAILABLE = ({"status": s} for s in ("Occupied", "Faulted", "Unavailable"))


def entry(id_tag, status="Accepted"):
    return {"idTag": id_tag, "idTagInfo": {"status": status}}


async def send_list(cs, version, *entries, kind="Full"):
    return await cs.call("SendLocalList", listVersion=version, updateType=kind, localAuthorizationList=list(entries))


async def list_version(cs):
    return (await cs.call("GetLocalListVersion"))["listVersion"]


def in_seconds(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def reserve(cs, id_tag="TAG1", connector_id=1, *, number=7, seconds=300, **more):
    expiry = {"expiryDate": in_seconds(seconds)}
    return await cs.call("ReserveNow", connectorId=connector_id, idTag=id_tag, reservationId=number, **expiry, **more)


async def remote_start(cs, id_tag, **more):
    return await cs.call("RemoteStartTransaction", idTag=id_tag, **more)


async def restarted(cs, cp):
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(cs.new_socket())
        await cp.do("POST", "/restart-software")


# --- LocalAuthListManagement ---


async def test_case_008_1_a_listed_tag_starts_locally_without_authorize(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true", LocalAuthListEnabled="true")
    assert await send_list(cs, 1, entry("TAG1")) == ACCEPTED
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("StartTransaction", idTag="TAG1")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_case_008_2_a_listed_tag_starts_remotely_without_authorize(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true", AuthorizeRemoteTxRequests="true")
    assert await send_list(cs, 1, entry("TAG1")) == ACCEPTED
    await cp.charging("TAG1")
    await cs.nothing_but()


async def test_case_042_1_case_043_1_without_the_profile(lab):
    cs, _ = await lab.booted(profiles_off=["LocalAuthListManagement"])
    for ask in (list_version(cs), send_list(cs, 1, entry("TAG1"))):
        with pytest.raises(CallError) as refused:
            await ask
        assert refused.value.code == "NotSupported"


async def test_case_042_1_case_043_1_with_the_list_switched_off(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalAuthListEnabled="false")
    assert await list_version(cs) == -1
    assert await send_list(cs, 1, entry("TAG1")) == {"status": "NotSupported"}


async def test_case_042_2_the_version_of_an_empty_list(lab):
    cs, _ = await lab.booted()
    assert await send_list(cs, 1) == ACCEPTED
    assert await list_version(cs) == 0


async def test_case_043_full_and_differential(lab):
    cs, cp = await lab.booted()
    assert await send_list(cs, 1, entry("TAG1"), entry("TAG2")) == ACCEPTED
    assert await send_list(cs, 2, entry("TAG3"), {"idTag": "TAG1"}, kind="Differential") == ACCEPTED
    assert await list_version(cs) == 2
    await restarted(cs, cp)
    assert await list_version(cs) == 2


async def test_case_043_2_an_older_version_is_a_mismatch(lab):
    cs, _ = await lab.booted()
    assert await send_list(cs, 2, entry("TAG1")) == ACCEPTED
    assert await send_list(cs, 5, entry("TAG2"), kind="Differential") == ACCEPTED
    assert await send_list(cs, 4, entry("TAG3"), kind="Differential") == {"status": "VersionMismatch"}
    assert await list_version(cs) == 5


async def test_case_043_3_a_list_that_cannot_be_kept_fails(lab):
    cs, cp = await lab.booted()
    most = int((await cp.state())["keys"]["SendLocalListMaxLength"])
    assert await send_list(cs, 1, *(entry(f"TAG{i}") for i in range(most + 1))) == {"status": "Failed"}
    assert await list_version(cs) == 0


async def test_case_061_a_cleared_cache_leaves_the_list(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true")
    await send_list(cs, 1, entry("TAG1"))
    assert await cs.call("ClearCache") == ACCEPTED
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("StartTransaction", idTag="TAG1")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_a_start_that_contradicts_the_list_is_a_conflict_of_connector_0(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalPreAuthorize="true")
    await send_list(cs, 1, entry("TAG1"))
    cs.answers["StartTransaction"] = {"transactionId": 5, "idTagInfo": {"status": "Blocked"}}
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    told = await cs.expect("StatusNotification", connectorId=0)
    assert (told["status"], told["errorCode"], told["info"]) == ("Available", "LocalListConflict", "TAG1")
    await cs.expect("StopTransaction", reason="DeAuthorized")


# --- Reservation ---


async def test_case_046_1_a_reserved_connector_is_used_locally(lab):
    cs, cp = await lab.booted()
    assert await reserve(cs, "TAG1") == ACCEPTED
    await cs.statuses(1, "Reserved")
    await cp.tag("TAG2")
    await cs.nothing_but("Authorize")
    await cp.tag("TAG1")
    await cs.expect("Authorize", idTag="TAG1")
    await cs.statuses(1, "Preparing")
    await cp.plug_in()
    start = await cs.expect("StartTransaction")
    assert (start["idTag"], start["reservationId"]) == ("TAG1", 7)
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_case_046_1_with_the_cable_first(lab):
    cs, cp = await lab.booted()
    assert await reserve(cs, "TAG1") == ACCEPTED
    await cs.statuses(1, "Reserved")
    await cp.plug_in()
    await cp.tag("TAG1")
    await cs.expect("Authorize", idTag="TAG1")
    assert (await cs.expect("StartTransaction"))["reservationId"] == 7
    await cs.statuses(1, "Preparing", "Charging")
    await cs.nothing_but()


async def test_case_046_2_a_reserved_connector_is_used_remotely(lab):
    cs, cp = await lab.booted()
    assert await reserve(cs, "TAG1") == ACCEPTED
    await cs.statuses(1, "Reserved")
    assert await remote_start(cs, "TAG2", connectorId=1) == REJECTED
    assert await remote_start(cs, "TAG1", connectorId=1) == ACCEPTED
    await cs.statuses(1, "Preparing")
    await cp.plug_in()
    assert (await cs.expect("StartTransaction"))["reservationId"] == 7
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_case_047_a_reservation_expires(lab):
    cs, cp = await lab.booted()
    assert await reserve(cs, "TAG1", seconds=2) == ACCEPTED
    await cs.statuses(1, "Reserved", "Available")
    start, _ = await cp.charging("TAG2")
    assert "reservationId" not in start


@pytest.mark.parametrize("connector_id", [1, 0])
async def test_case_048_1_case_050_1_faulted(lab, connector_id):
    cs, cp = await lab.booted()
    await cp.do("POST", "/fault", {"error_code": "GroundFailure"})
    await cs.statuses(1, "Faulted")
    assert await reserve(cs, connector_id=connector_id) == FAULTED


@pytest.mark.parametrize("connector_id", [1, 0])
async def test_case_048_2_case_050_2_occupied(lab, connector_id):
    cs, cp = await lab.booted()
    await cp.charging("TAG2")
    assert await reserve(cs, connector_id=connector_id) == OCCUPIED


@pytest.mark.parametrize("connector_id", [1, 0])
async def test_case_048_2_case_050_2_occupied_by_a_cable(lab, connector_id):
    cs, cp = await lab.booted()
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    assert await reserve(cs, connector_id=connector_id) == OCCUPIED


@pytest.mark.parametrize("connector_id", [1, 0])
async def test_case_048_3_case_050_3_unavailable(lab, connector_id):
    cs, _ = await lab.booted()
    assert await cs.call("ChangeAvailability", connectorId=connector_id, type="Inoperative") == ACCEPTED
    await cs.statuses(1, "Unavailable")
    assert await reserve(cs, connector_id=connector_id) == UNAVAILABLE


@pytest.mark.parametrize("connector_id", [1, 0])
async def test_case_048_4_case_050_4_rejected(lab, connector_id):
    cs, _ = await lab.booted(reservations=False)
    assert await reserve(cs, connector_id=connector_id) == REJECTED
    await cs.nothing_but()


async def test_case_048_4_without_the_profile(lab):
    cs, _ = await lab.booted(profiles_off=["Reservation"])
    with pytest.raises(CallError) as refused:
        await reserve(cs)
    assert refused.value.code == "NotSupported"


async def test_case_049_connector_0_is_reserved(lab):
    cs, cp = await lab.booted()
    assert await reserve(cs, "TAG1", connector_id=0) == ACCEPTED
    await cs.statuses(1, "Reserved")
    assert await remote_start(cs, "TAG2", connectorId=1) == REJECTED
    assert await remote_start(cs, "TAG1", connectorId=1) == ACCEPTED
    await cs.statuses(1, "Preparing")
    await cp.plug_in()
    assert (await cs.expect("StartTransaction"))["reservationId"] == 7
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_case_051_a_reservation_is_cancelled(lab):
    cs, cp = await lab.booted()
    assert await reserve(cs, "TAG1") == ACCEPTED
    await cs.statuses(1, "Reserved")
    assert await cs.call("CancelReservation", reservationId=7) == ACCEPTED
    await cs.statuses(1, "Available")
    start, _ = await cp.charging("TAG1")
    assert "reservationId" not in start


async def test_case_052_an_unknown_reservation_is_not_cancelled(lab):
    cs, _ = await lab.booted()
    assert await reserve(cs, "TAG1") == ACCEPTED
    await cs.statuses(1, "Reserved")
    assert await cs.call("CancelReservation", reservationId=8) == REJECTED
    await cs.nothing_but()


async def test_case_053_1_the_same_group_uses_a_reservation_locally(lab):
    cs, cp = await lab.booted(answers={"Authorize": lambda asked: accepted(parentIdTag="FAMILY")})
    assert await reserve(cs, "TAG1", parentIdTag="FAMILY") == ACCEPTED
    await cs.statuses(1, "Reserved")
    await cp.tag("TAG2")
    await cs.expect("Authorize", idTag="TAG2")
    await cs.statuses(1, "Preparing")
    await cp.plug_in()
    start = await cs.expect("StartTransaction")
    assert (start["idTag"], start["reservationId"]) == ("TAG2", 7)


async def test_case_053_2_the_same_group_uses_a_reservation_remotely(lab):
    cs, cp = await lab.booted(answers={"Authorize": lambda asked: accepted(parentIdTag="FAMILY")})
    assert await reserve(cs, "TAG1", parentIdTag="FAMILY") == ACCEPTED
    await cs.statuses(1, "Reserved")
    assert await remote_start(cs, "TAG2", connectorId=1) == ACCEPTED
    await cs.expect("Authorize", idTag="TAG2")
    await cs.statuses(1, "Preparing")
    await cp.plug_in()
    assert (await cs.expect("StartTransaction"))["reservationId"] == 7


async def test_a_reservation_survives_a_restart_of_the_software(lab):
    cs, cp = await lab.booted()
    assert await reserve(cs, "TAG1") == ACCEPTED
    await cs.statuses(1, "Reserved")
    await restarted(cs, cp)
    await cs.nothing_but()
    assert await remote_start(cs, "TAG2", connectorId=1) == REJECTED
    assert await cs.call("CancelReservation", reservationId=7) == ACCEPTED
    await cs.statuses(1, "Available")
