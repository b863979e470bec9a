"""Certification cases without a connection (Core, `_CS`), and what else a bad network does, in real time."""

import asyncio
import itertools
from datetime import datetime

import pytest
from central_system import SILENCE, CallError, accepted, now

ACCEPTED = {"status": "Accepted"}


async def offline(cs, cp):
    """The platform is gone."""
    await cs.stop()
    await cp.until(lambda state: not state["connected"], "it knows that the platform is gone")


async def back(cs):
    came = asyncio.ensure_future(cs.new_socket())
    await cs.start()
    await came


def order(cs, after=0):
    return [heard.action for heard in cs.heard[after:] if heard.action.endswith(("Transaction", "Values"))]


async def test_036_meter_values_wait_in_order(lab):
    cs, cp = await lab.booted()
    await cp.set(MeterValueSampleInterval="1")
    _, transaction_id = await cp.charging()
    await offline(cs, cp)
    await cp.until(lambda state: state["queued"] >= 3, "three values are queued")
    await back(cs)
    stamps = []
    for _ in range(4):
        values = await cs.expect("MeterValues", transactionId=transaction_id)
        stamps.append(datetime.fromisoformat(values["meterValue"][0]["timestamp"]))
    assert [(b - a).total_seconds() for a, b in itertools.pairwise(stamps)] == [1, 1, 1]
    assert not cs.of("BootNotification")[1:]
    await cs.nothing_but("MeterValues")


async def test_037_1_offline_start_of_a_valid_tag(lab):
    cs, cp = await lab.booted()
    await cp.set(LocalAuthorizeOffline="true", AuthorizationCacheEnabled="true")
    await cp.id_tag_cached("TAG1")
    await offline(cs, cp)
    await cp.plug_in()
    await cp.tag("TAG1")
    await cp.until(lambda state: state["connectors"][0]["status"] == "Charging", "it charges")
    await back(cs)
    await cs.expect("StartTransaction", idTag="TAG1")
    await cs.statuses(1, "Charging")
    await cs.nothing_but()


async def offline_start_refused_later(lab, stop_on_invalid, **keys):
    cs, cp = await lab.booted()
    await cp.set(AllowOfflineTxForUnknownId="true", StopTransactionOnInvalidId=stop_on_invalid, **keys)
    cs.answers["StartTransaction"] = {"transactionId": 12, "idTagInfo": {"status": "Invalid"}}
    await offline(cs, cp)
    await cp.plug_in()
    await cp.tag("CHARLIE")
    await cp.until(lambda state: state["connectors"][0]["status"] == "Charging", "it charges")
    await back(cs)
    await cs.expect("StartTransaction", idTag="CHARLIE")
    return cs, cp


async def test_037_2_offline_start_of_an_invalid_tag_that_may_stay(lab):
    cs, _ = await offline_start_refused_later(lab, "false", MaxEnergyOnInvalidId="0")
    await cs.statuses(1, "Charging", "SuspendedEVSE")
    await cs.nothing_but()


async def test_037_2_an_invalid_tag_is_given_enough_to_drive_away(lab):
    cs, cp = await offline_start_refused_later(lab, "false", MaxEnergyOnInvalidId="5")
    refused_at = (await cp.state())["connectors"][0]["register_wh"]
    await cs.statuses(1, "Charging", "SuspendedEVSE")
    assert (await cp.state())["connectors"][0]["register_wh"] >= refused_at + 4
    await cs.nothing_but()


async def test_037_3_offline_start_of_an_invalid_tag_is_stopped(lab):
    cs, cp = await offline_start_refused_later(lab, "true")
    stop = await cs.expect("StopTransaction", transactionId=12)
    assert stop["reason"] == "DeAuthorized"
    await cs.statuses(1, "Charging", "Finishing")
    await cp.unplug()
    await cs.statuses(1, "Available")
    await cs.nothing_but()


async def test_038_offline_stop(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging_locally("TAG1")
    await offline(cs, cp)
    await cp.tag("TAG1")
    await back(cs)
    stop = await cs.expect("StopTransaction", transactionId=transaction_id)
    assert stop.get("reason", "Local") == "Local" and stop["idTag"] == "TAG1"
    await cs.statuses(1, "Finishing")
    await cs.nothing_but()


async def test_039_a_whole_transaction_offline(lab):
    cs, cp = await lab.booted()
    await cp.id_tag_cached("TAG1")
    so_far = len(cs.heard)
    await offline(cs, cp)
    await cp.plug_in()
    await cp.tag("TAG1")
    await cp.until(lambda state: state["connectors"][0]["power_w"] > 0, "it charges")
    await cp.tag("TAG1")
    await cp.unplug()
    await back(cs)
    await cs.expect("StartTransaction")
    await cs.expect("StopTransaction", transactionId=4712)
    assert order(cs, so_far) == ["StartTransaction", "StopTransaction"]
    await cs.nothing_but()  # nothing historical: it was Available and is


async def test_a_reconnect_alone_says_nothing(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    for _ in range(3):
        came = asyncio.ensure_future(cs.new_socket())
        cs.cut()
        await came
        await cs.nothing_but()
    assert len(cs.of("BootNotification")) == 1


async def test_boot_on_reconnect_if_told_to(lab):
    cs, _ = await lab.booted(boot_on_reconnect=True)
    came = asyncio.ensure_future(cs.new_socket())
    cs.cut()
    await came
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Available")


async def test_no_answer_to_start_transaction_the_same_bytes_go_out_on_the_next_socket(lab):
    cs, cp = await lab.booted(call_timeout_s=1)
    cs.answers["StartTransaction"] = SILENCE
    await cp.plug_in()
    await cp.tag("TAG1")
    first = await cs.next_call("StartTransaction")
    cs.answers["StartTransaction"] = {"transactionId": 55, **accepted()}
    second = await cs.next_call("StartTransaction")
    assert second.text == first.text and second.socket_no > first.socket_no
    assert await cp.transaction_id() == 55
    await cp.tag("TAG1")
    await cs.expect("StopTransaction", transactionId=55)


async def test_a_late_answer_on_the_same_socket_counts(lab):
    cs, cp = await lab.booted()
    cs.answers["StartTransaction"] = SILENCE
    await cp.plug_in()
    await cp.tag("TAG1")
    start = await cs.next_call("StartTransaction")
    await cp.until(lambda state: state["connectors"][0]["power_w"] > 0, "it charges meanwhile")
    await cp.tag("TAG1")
    await cp.until(lambda state: state["queued"] == 2, "the stop waits for the start")
    await cs.say(start, {"transactionId": 77, **accepted()})
    await cs.expect("StopTransaction", transactionId=77)


async def test_a_call_error_to_start_transaction_is_tried_again_then_set_aside(lab):
    cs, cp = await lab.booted()
    await cp.set(TransactionMessageAttempts="2", TransactionMessageRetryInterval="1")

    def refuse(_):
        raise CallError("InternalError", "no database today")

    cs.answers["StartTransaction"] = refuse
    await cp.plug_in()
    await cp.tag("TAG1")
    first = await cs.next_call("StartTransaction")
    second = await cs.next_call("StartTransaction")
    assert first.message_id != second.message_id and first.payload == second.payload
    await cp.until(lambda state: state["set_aside"] == 1 and state["queued"] == 0, "it is set aside")
    await cp.tag("TAG1")
    await cs.expect("StopTransaction", transactionId=-1)
    assert (await cp.state())["queued"] == 0


async def test_a_platform_that_lives_in_1970_dates_nothing(lab):
    cs, cp = await lab.booted(
        answers={
            "BootNotification": {"status": "Accepted", "interval": 300, "currentTime": "1970-01-01T00:00:00Z"},
            "Heartbeat": {"currentTime": "1970-01-01T00:00:00.000Z"},
        }
    )
    await cs.caught_up()
    start, _ = await cp.charging()
    assert abs((datetime.fromisoformat(start["timestamp"]) - datetime.fromisoformat(now())).total_seconds()) < 60


async def test_requests_in_fragments_are_understood(lab):
    cs, _ = await lab.booted()
    assert await cs.call("ChangeConfiguration", 3, key="HeartbeatInterval", value="400") == ACCEPTED
    assert await cs.call("ChangeConfiguration", 1, key="HeartbeatInterval", value="401") == ACCEPTED


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "[2]", '{"a":1}', '[3,"nobody",{}]', '[9,"x",{}]', "[" * 500])
async def test_frames_that_are_none_break_nothing(lab, text):
    cs, _ = await lab.booted()
    await cs.send_raw(text)
    await cs.nothing_but()
    assert cs.socket_no == 1


async def test_a_wrong_password_is_refused_until_it_is_right(lab):
    right = {"yes": False}
    cs = await lab.central_system(
        admit=lambda user, password: (user, password) == ("LAB-1", "a-good-password-00") and right["yes"]
    )
    cp = await lab.charge_point(cs, authorization_key="a-good-password-00")
    await cp.until(lambda state: state["link_reason"] == "link.refused_401", "it was refused")
    right["yes"] = True
    await cs.expect("BootNotification")


@pytest.mark.parametrize("required", [True, False])
async def test_a_platform_without_subprotocol(lab, required):
    cs = await lab.central_system(subprotocols=None)
    cp = await lab.charge_point(cs, subprotocol_required=required)
    if required:
        await cp.until(lambda state: state["link_reason"] == "link.subprotocol", "it was refused")
        assert cs.heard == []
    else:
        await cs.expect("BootNotification")
