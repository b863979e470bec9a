"""`laadboek lab` as a process that ends, politely or not, and starts again on the same state folder."""

import asyncio
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from laboratory import ChargePoint

LAADBOEK = str(Path(sys.executable).with_name("laadboek"))
PATIENCE_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def running(folder):
    """The process, once it serves."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        LAADBOEK, "lab", "--port", str(port), cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}")
    try:
        await serving(http)
        yield process, http
    finally:
        await http.aclose()
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def serving(http):
    """Nothing tells when a port begins to listen: ask until it does."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        try:
            return await http.get("/charge-points")
        except httpx2.ConnectError:
            assert asyncio.get_running_loop().time() < deadline, "the lab does not serve"
            await asyncio.sleep(0.05)


async def create(http, cs, folder):
    body = {"charge_box_id": "LAB-1", "backend_uri": cs.uri, "state_folder": str(folder)}
    answer = await http.post("/charge-points", json=body | {"reconnect": {"first_s": 0.1, "cap_s": 0.1}})
    assert answer.status_code == 201, answer.text
    return ChargePoint(http, "LAB-1", cs)


@pytest.mark.parametrize("end", ["terminate", "kill"])
async def test_a_session_survives_the_process(lab, tmp_path, end):
    cs = await lab.central_system()
    async with running(tmp_path) as (process, http):
        cp = await create(http, cs, tmp_path / "state")
        await cs.expect("BootNotification")
        await cs.statuses(0, "Available")
        await cs.statuses(1, "Available")
        _, transaction_id = await cp.charging()
        await cs.caught_up()
        getattr(process, end)()
        await asyncio.wait_for(process.wait(), PATIENCE_S)
    came = asyncio.ensure_future(cs.new_socket())
    async with running(tmp_path) as (_, http):
        cp = await create(http, cs, tmp_path / "state")
        await came
        await cp.until(lambda state: state["connectors"][0]["power_w"] > 0, "it charges on")
        await cs.nothing_but()
        assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == {"status": "Accepted"}
        stop = await cs.expect("StopTransaction", transactionId=transaction_id)
        assert stop["reason"] == "Remote"
        await cs.statuses(1, "Finishing")
        await cs.nothing_but()
    assert len(cs.of("BootNotification")) == 1
    ids = [heard.message_id for heard in cs.heard]
    assert len(ids) == len(set(ids))
