"""Certification cases of boot, reset and power (Core, `_CS`), in real time."""

import asyncio

import pytest
from central_system import now

ACCEPTED = {"status": "Accepted"}


def boot_answers(*verdicts):
    left = list(verdicts)

    def answer(_):
        status, interval = left.pop(0) if len(left) > 1 else left[0]
        return {"status": status, "interval": interval, "currentTime": now()}

    return answer


async def booted_again(cs, *statuses_1):
    """BootNotification and all statuses."""
    await cs.expect("BootNotification")
    await cs.statuses(1, *statuses_1)


async def test_001_cold_boot_that_is_rejected_first(lab):
    cs = await lab.central_system()
    cs.answers["BootNotification"] = boot_answers(("Rejected", 1), ("Accepted", 1))
    cp = await lab.charge_point(cs)
    loop = asyncio.get_running_loop()
    first = await cs.expect("BootNotification")
    rejected_at = loop.time()
    assert (await cp.state())["registration"] == "Rejected"
    assert await cs.expect("BootNotification") == first
    assert loop.time() - rejected_at > 0.9
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Available")
    accepted_at = loop.time()
    await cs.expect("Heartbeat")
    await cs.expect("Heartbeat")
    assert loop.time() - accepted_at > 1.8
    assert (await cp.state())["keys"]["HeartbeatInterval"] == "1"


async def test_002_while_pending_it_answers_and_says_nothing(lab):
    cs = await lab.central_system()
    cs.answers["BootNotification"] = boot_answers(("Pending", 2), ("Accepted", 300))
    cp = await lab.charge_point(cs)
    await cs.expect("BootNotification")
    assert (await cs.call("GetConfiguration"))["configurationKey"]
    await cp.set(MeterValueSampleInterval="60")
    assert await cs.call("RemoteStartTransaction", idTag="TAG1", connectorId=1) == {"status": "Rejected"}
    await cp.plug_in()
    await cs.nothing_but()
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()


async def test_002_triggered_while_pending(lab):
    cs = await lab.central_system()
    cs.answers["BootNotification"] = boot_answers(("Pending", 600), ("Accepted", 300))
    await lab.charge_point(cs)
    await cs.expect("BootNotification")
    assert await cs.call("TriggerMessage", requestedMessage="StatusNotification", connectorId=1) == ACCEPTED
    await cs.statuses(1, "Available")
    assert await cs.call("TriggerMessage", requestedMessage="BootNotification") == ACCEPTED
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Available")
    await cs.nothing_but()


@pytest.mark.parametrize("kind", ["Hard", "Soft"])
async def test_013_014_reset_while_idle_keeps_what_was_unavailable(lab, kind):
    cs, _ = await lab.booted()
    assert await cs.call("ChangeAvailability", connectorId=1, type="Inoperative") == ACCEPTED
    await cs.statuses(1, "Unavailable")
    assert await cs.call("Reset", type=kind) == ACCEPTED
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Unavailable")
    await cs.nothing_but()
    assert await cs.call("ChangeAvailability", connectorId=1, type="Operative") == ACCEPTED
    await cs.statuses(1, "Available")
    await cs.nothing_but()


@pytest.mark.parametrize("kind", ["Hard", "Soft"])
async def test_015_016_reset_in_a_transaction(lab, kind):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    assert await cs.call("Reset", type=kind) == ACCEPTED
    stop = await cs.next_call("StopTransaction", transactionId=transaction_id)
    assert stop.payload["reason"] == f"{kind}Reset"
    assert stop.socket_no == 1
    await cs.statuses(1, "Finishing")
    assert (await cs.next_call("BootNotification")).socket_no == 2, "a box that restarts is off the air"
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()
    await cp.unplug()
    await cs.statuses(1, "Available")


async def test_032_1_power_fails_with_backup(lab):
    cs, cp = await lab.booted(backup_power=True)
    await cp.charging()
    await cp.do("POST", "/power-off")
    assert (await cs.expect("StopTransaction"))["reason"] == "PowerLoss"
    await cs.statuses(1, "Finishing")
    await cp.until(lambda state: not state["powered"], "the backup is used up")
    await cp.do("POST", "/power-on")
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()


async def test_032_2_power_fails_without_backup(lab):
    cs, cp = await lab.booted()
    start, transaction_id = await cp.charging()
    state = await cp.do("POST", "/power-off")
    assert (state["powered"], state["connected"], state["link"]) == (False, False, "off")
    await cp.do("POST", "/power-on")
    await cs.expect("BootNotification")
    stop = await cs.expect("StopTransaction", transactionId=transaction_id)
    assert stop["reason"] == "PowerLoss" and stop["meterStop"] >= start["meterStart"]
    await cs.statuses(0, "Available")
    await cs.statuses(1, "Preparing")
    await cs.nothing_but()


async def test_032_2_power_fails_and_the_session_resumes(lab):
    cs, cp = await lab.booted(resume_after_power_loss=True)
    _, transaction_id = await cp.charging()
    await cp.do("POST", "/power-off")
    await cp.do("POST", "/power-on")
    await cs.expect("BootNotification")
    await cs.statuses(0, "Available")
    await cs.statuses(1, "SuspendedEVSE", "Charging")
    await cp.tag("TAG1")
    stop = await cs.expect("StopTransaction", transactionId=transaction_id)
    assert (stop["idTag"], stop.get("reason", "Local")) == ("TAG1", "Local")
    await cs.statuses(1, "Finishing")
    await cs.nothing_but()


async def test_034_power_fails_while_unavailable(lab):
    cs, cp = await lab.booted()
    assert await cs.call("ChangeAvailability", connectorId=0, type="Inoperative") == ACCEPTED
    await cs.statuses(0, "Unavailable")
    await cs.statuses(1, "Unavailable")
    await cp.do("POST", "/power-off")
    await cp.do("POST", "/power-on")
    await cs.expect("BootNotification")
    await cs.statuses(0, "Unavailable")
    await cs.statuses(1, "Unavailable")
    await cs.nothing_but()


async def test_unavailable_is_scheduled_in_a_transaction_and_survives_a_reset(lab):
    cs, cp = await lab.booted()
    await cp.charging()
    assert await cs.call("ChangeAvailability", connectorId=1, type="Inoperative") == {"status": "Scheduled"}
    await cp.tag("TAG1")
    await cs.expect("StopTransaction")
    seen = await cs.expect("StatusNotification", connectorId=1)
    while seen["status"] != "Unavailable":
        seen = await cs.expect("StatusNotification", connectorId=1)
    await cs.nothing_but()


async def test_a_restart_of_the_software_says_nothing_new(lab):
    cs, cp = await lab.booted()
    _, transaction_id = await cp.charging()
    came = asyncio.ensure_future(cs.new_socket())
    await cp.do("POST", "/restart-software")
    await came
    await cp.until(lambda state: state["connectors"][0]["power_w"] > 0, "it charges again")
    await cs.nothing_but()
    assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == ACCEPTED
    assert (await cs.expect("StopTransaction", transactionId=transaction_id))["reason"] == "Remote"
    await cs.statuses(1, "Finishing")
    await cs.nothing_but()
