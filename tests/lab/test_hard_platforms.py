"""Platforms and people that are slow, silent, rude or in a hurry: nothing is lost, nothing is told twice."""

import asyncio

import pytest
from central_system import SILENCE, CallError, accepted

ACCEPTED = {"status": "Accepted"}


def refusing(code="InternalError"):
    def refuse(_):
        raise CallError(code, "not today")

    return refuse


async def test_a_boot_that_is_answered_by_a_call_error_is_tried_again(lab):
    cs = await lab.central_system()
    cs.answers["BootNotification"] = refusing()
    cp = await lab.charge_point(cs)
    await cs.expect("BootNotification")
    assert (await cp.state())["link"] == "booting"
    assert (await cs.call("GetConfiguration"))["configurationKey"]


async def test_statuses_that_are_refused_stop_nothing(lab):
    cs = await lab.central_system()
    cs.answers["StatusNotification"] = refusing()
    cp = await lab.charge_point(cs)
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Available")
    await cp.charging()
    cs.answers["StatusNotification"] = {}
    came = asyncio.ensure_future(cs.new_socket())
    cs.cut()
    await came
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_an_authorize_that_fails_is_decided_as_offline(lab):
    cs, cp = await lab.booted(answers={"Authorize": refusing()})
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("Authorize")
    await cs.nothing_but()
    await cp.set(AllowOfflineTxForUnknownId="true")
    await cp.tag("TAG1")
    await cs.expect("Authorize")
    await cs.expect("StartTransaction", idTag="TAG1")
    await cs.statuses(1, "Charging")


async def test_two_tags_in_a_hurry_start_one_session(lab):
    cs, cp = await lab.booted()
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await asyncio.gather(cp.tag("TAG1"), cp.tag("TAG2"))
    await cs.expect("StartTransaction")
    await cs.statuses(1, "Charging")
    await cs.nothing_but("Authorize")
    assert len(cs.of("StartTransaction")) == 1


async def test_unplugged_before_the_start_was_answered(lab):
    cs, cp = await lab.booted()
    cs.answers["StartTransaction"] = SILENCE
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    start = await cs.next_call("StartTransaction")
    await cp.until(lambda state: state["connectors"][0]["status"] == "Charging", "it charges")
    await cp.unplug()
    await cs.say(start, {"transactionId": 31, **accepted()})
    stop = await cs.expect("StopTransaction", transactionId=31)
    assert stop["reason"] == "EVDisconnected"
    await cs.statuses(1, "Charging", "Finishing", "Available")
    await cs.nothing_but("Authorize")


async def test_a_refusal_that_comes_after_the_session_stops_nothing(lab):
    cs, cp = await lab.booted()
    cs.answers["StartTransaction"] = SILENCE
    await cp.plug_in()
    await cp.tag("TAG1")
    start = await cs.next_call("StartTransaction")
    await cp.tag("TAG1")
    await cp.until(lambda state: state["queued"] == 2, "the stop waits")
    await cs.say(start, {"transactionId": 32, "idTagInfo": {"status": "Invalid"}})
    stop = await cs.expect("StopTransaction", transactionId=32)
    assert stop.get("reason", "Local") == "Local"
    await cs.caught_up()
    assert len(cs.of("StopTransaction")) == 1


async def test_a_stop_that_nobody_answers_goes_out_again_as_it_was(lab):
    cs, cp = await lab.booted(call_timeout_s=1)
    await cp.charging_locally("TAG1")
    cs.answers["StopTransaction"] = SILENCE
    await cp.tag("TAG1")
    first = await cs.next_call("StopTransaction")
    cs.answers["StopTransaction"] = {}
    second = await cs.next_call("StopTransaction")
    assert first.text == second.text and second.socket_no > first.socket_no
    await cp.until(lambda state: state["queued"] == 0, "it is settled")
    await cs.statuses(1, "Finishing")
    await cs.nothing_but()


async def test_one_call_at_a_time_and_answers_in_between(lab):
    cs, cp = await lab.booted()
    cs.answers["StartTransaction"] = SILENCE
    await cp.set(MeterValueSampleInterval="1")
    await cp.plug_in()
    await cp.tag("TAG1")
    start = await cs.next_call("StartTransaction")
    await cp.until(lambda state: state["queued"] >= 3, "values wait behind the start")
    assert cs.heard[-1].message_id == start.message_id
    assert (await cs.call("GetConfiguration", key=["HeartbeatInterval"]))["configurationKey"]
    assert cs.heard[-1].message_id == start.message_id
    await cs.say(start, {"transactionId": 33, **accepted()})
    await cs.expect("MeterValues", transactionId=33)


async def test_the_same_remote_start_twice(lab):
    cs, cp = await lab.booted()
    for _ in range(2):
        assert await cs.call("RemoteStartTransaction", idTag="TAG1", connectorId=1) == ACCEPTED
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()
    await cp.plug_in()
    await cs.expect("StartTransaction")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def test_a_second_session_while_the_car_stays(lab):
    cs, cp = await lab.booted()
    await cp.charging_locally("TAG1")
    await cp.tag("TAG1")
    await cs.expect("StopTransaction", transactionId=4711)
    await cs.statuses(1, "Finishing")
    await cp.tag("TAG1")
    await cs.expect("Authorize")
    await cs.expect("StartTransaction")
    await cs.statuses(1, "Preparing", "Charging")
    await cp.tag("TAG1")
    await cs.expect("StopTransaction", transactionId=4712)
    await cs.statuses(1, "Finishing")
    await cp.unplug()
    await cs.statuses(1, "Available")
    await cs.nothing_but()


@pytest.mark.parametrize("plugged", [False, True])
async def test_inoperative_and_operative_while_no_session_runs(lab, plugged):
    cs, cp = await lab.booted()
    if plugged:
        await cp.plug_in()
        await cs.statuses(1, "Preparing")
    assert await cs.call("ChangeAvailability", connectorId=1, type="Inoperative") == ACCEPTED
    await cs.statuses(1, *(["Available", "Unavailable"] if plugged else ["Unavailable"]))
    assert await cs.call("RemoteStartTransaction", idTag="TAG1", connectorId=1) == {"status": "Rejected"}
    assert await cs.call("ChangeAvailability", connectorId=1, type="Inoperative") == ACCEPTED
    await cs.nothing_but()
    assert await cs.call("ChangeAvailability", connectorId=1, type="Operative") == ACCEPTED
    await cs.statuses(1, *(["Available", "Preparing"] if plugged else ["Available"]))
    await cs.nothing_but()
    assert await cs.call("ChangeAvailability", connectorId=2, type="Inoperative") == {"status": "Rejected"}


async def test_the_power_goes_twice_in_a_session_that_resumes(lab):
    cs, cp = await lab.booted(resume_after_power_loss=True)
    _, transaction_id = await cp.charging()
    for _ in range(2):
        await cp.do("POST", "/power-off")
        await cp.do("POST", "/power-on")
        await cs.expect("BootNotification")
        await cs.statuses(0, "Available")
        await cs.statuses(1, "SuspendedEVSE", "Charging")
    assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == ACCEPTED
    await cs.expect("StopTransaction", transactionId=transaction_id)
    await cs.statuses(1, "Finishing")
    await cs.nothing_but()


async def test_the_car_drives_off_while_the_power_is_away(lab):
    cs, cp = await lab.booted(resume_after_power_loss=True)
    _, transaction_id = await cp.charging()
    await cp.do("POST", "/power-off")
    await cp.unplug("ev")
    await cp.do("POST", "/power-on")
    await cs.expect("BootNotification")
    stop = await cs.expect("StopTransaction", transactionId=transaction_id)
    assert stop["reason"] == "PowerLoss"
    await cs.nothing_but("StatusNotification")


async def test_a_reset_while_a_tag_is_asked_about_starts_nothing(lab):
    cs, cp = await lab.booted(answers={"Authorize": SILENCE}, call_timeout_s=2)
    await cp.plug_in()
    await cs.statuses(1, "Preparing")
    await cp.tag("TAG1")
    await cs.expect("Authorize")
    assert await cs.call("Reset", type="Soft") == ACCEPTED
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()


async def test_heartbeats_come_when_nothing_else_was_said(lab):
    cs, cp = await lab.booted()
    await cp.set(HeartbeatInterval="1")
    for _ in range(2):
        await cs.expect("Heartbeat")
    await cp.set(HeartbeatInterval="0")
    await cs.nothing_but("Heartbeat")


async def test_the_mode_after_a_remote_start_is_the_one_that_was_set(lab):
    _cs, cp = await lab.booted()
    await cp.set(OCPPChargeMode="ECO+")
    await cp.charging()
    assert (await cp.state())["mode"] == "eco_plus"


async def test_a_whole_message_and_its_answer_around_a_reconnect_keep_their_ids(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    for _ in range(3):
        came = asyncio.ensure_future(cs.new_socket())
        await cp.do("POST", "/restart-software")
        await came
    await cs.caught_up()
    ids = [heard.message_id for heard in cs.heard]
    assert len(set(ids)) == len(ids)
