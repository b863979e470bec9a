"""Certification cases of FirmwareManagement and of secure updates and logs, in real time, with real file servers."""

import json
from pathlib import Path

from central_system import CallError

from file_servers import ftp_files, http_files
from manufacturer import Manufacturer

ACCEPTED = {"status": "Accepted"}
IMAGE = b"Laadboek firmware 2.0.0\n" + b"\x00\xff" * 4_000
LONG_AGO = "2020-01-01T00:00:00Z"
QUICKLY = {"retries": 0, "retryInterval": 1}


def what_is_stored(folder):
    return b"".join(file.read_bytes() for file in Path(folder).glob("laadboek.db*"))


async def firmware(cs, *statuses):
    for status in statuses:
        await cs.expect("FirmwareStatusNotification", status=status)


async def signed(cs, request_id, *statuses):
    for status in statuses:
        told = await cs.expect("SignedFirmwareStatusNotification")
        assert told == {"status": status, "requestId": request_id}, cs.story()


async def booted_anew(cs, version):
    boot = await cs.expect("BootNotification")
    assert boot["firmwareVersion"] == version
    await cs.statuses(0, "Available")
    return boot


def security(cs):
    cs.answers |= {
        "LogStatusNotification": {},
        "SecurityEventNotification": {},
        "SignedFirmwareStatusNotification": {},
    }


async def test_case_044_1_update_and_install(lab):
    with ftp_files() as (files, port):
        files.files["fw.bin"] = IMAGE
        cs, _ = await lab.booted()
        location = f"ftp://user:pass@127.0.0.1:{port}/fw.bin"
        assert await cs.call("UpdateFirmware", location=location, retrieveDate=LONG_AGO, **QUICKLY) == {}
        await firmware(cs, "Downloading", "Downloaded", "Installing")
        await booted_anew(cs, "2.0.0")
        await firmware(cs, "Installed")
        await cs.nothing_but("StatusNotification")
    assert [line for line in files.asked if line.startswith("RETR")] == ["RETR fw.bin"]


async def test_case_044_2_download_failed(lab):
    with http_files() as (_, port):
        cs, cp = await lab.booted()
        location = f"http://127.0.0.1:{port}/missing.bin"
        await cs.call("UpdateFirmware", location=location, retrieveDate=LONG_AGO, **QUICKLY)
        await firmware(cs, "Downloading", "DownloadFailed")
        await cs.nothing_but()
        assert (await cp.state())["connectors"][0]["status"] == "Available"


async def test_case_044_3_install_failed(lab):
    with http_files() as (files, port):
        files.files["/fw.bin"] = IMAGE
        cs, cp = await lab.booted()
        await cp.do("PUT", "/firmware-failure", {"active": True})
        await cs.call("UpdateFirmware", location=f"http://127.0.0.1:{port}/fw.bin", retrieveDate=LONG_AGO)
        await firmware(cs, "Downloading", "Downloaded", "Installing", "InstallationFailed")
        await cp.until(lambda s: s["connectors"][0]["status"] == "Available", "it is available again")
        await cs.nothing_but("StatusNotification")


async def test_an_update_waits_for_the_session_and_keeps_others_from_starting(lab):
    """§5.19, errata 3.49; L01.FR.06, L01.FR.07"""
    with http_files() as (files, port):
        files.files["/fw.bin"] = IMAGE
        cs, cp = await lab.booted()
        _, transaction_id = await cp.charging()
        await cs.call("UpdateFirmware", location=f"http://127.0.0.1:{port}/fw.bin", retrieveDate=LONG_AGO)
        await firmware(cs, "Downloading", "Downloaded")
        await cs.nothing_but()
        assert await cs.call("RemoteStopTransaction", transactionId=transaction_id) == ACCEPTED
        await cs.expect("StopTransaction", transactionId=transaction_id)
        await firmware(cs, "Installing")
        await booted_anew(cs, "2.0.0")
        await firmware(cs, "Installed")


async def test_case_045_1_diagnostics(lab):
    with ftp_files() as (files, port):
        files.login = ("user", "canary-1")
        cs, cp = await lab.booted()
        answer = await cs.call("GetDiagnostics", location=f"ftp://user:canary-1@127.0.0.1:{port}/logs", **QUICKLY)
        for status in ("Uploading", "Uploaded"):
            await cs.expect("DiagnosticsStatusNotification", status=status)
        await cs.nothing_but()
    ((name, content),) = files.files.items()
    assert name == f"logs/{answer['fileName']}"
    lines = [json.loads(line) for line in content.splitlines()]
    assert lines[0]["charge_box_id"] == cp.charge_box_id
    assert any("BootNotification" in line.get("text", "") for line in lines)
    assert b"canary-1" not in content


async def test_a_password_in_a_location_is_sealed_and_survives_a_restart(lab):
    with ftp_files() as (files, port):
        files.login = ("user", "canary-1")
        files.stall.set()
        cs, cp = await lab.booted()
        await cs.call("GetDiagnostics", location=f"ftp://user:canary-1@127.0.0.1:{port}/logs", **QUICKLY)
        await cp.until(lambda _: files.arrived.is_set(), "the upload began")
        stored = what_is_stored((await cp.state())["state_folder"])
        assert b"canary-1" not in stored and b"transfer." in stored
        files.stall.clear()
        await cp.do("POST", "/restart-software")
        for status in ("Uploading", "Uploaded"):
            await cs.expect("DiagnosticsStatusNotification", status=status)
    assert len(files.files) == 1


async def test_case_045_2_upload_failed(lab):
    with http_files() as (_, port):
        pass  # nobody is there any more
    cs, _ = await lab.booted()
    await cs.call("GetDiagnostics", location=f"http://127.0.0.1:{port}/", **QUICKLY)
    for status in ("Uploading", "UploadFailed"):
        await cs.expect("DiagnosticsStatusNotification", status=status)
    await cs.nothing_but()


async def test_case_079_security_log(lab):
    with http_files() as (files, port):
        cs, _ = await lab.booted()
        security(cs)
        log = {"remoteLocation": f"http://127.0.0.1:{port}/put?signature=abc"}
        answer = await cs.call("GetLog", logType="SecurityLog", requestId=3, log=log)
        assert answer["status"] == "Accepted"
        for status in ("Uploading", "Uploaded"):
            assert await cs.expect("LogStatusNotification") == {"status": status, "requestId": 3}
    events = [json.loads(line) for line in files.files["/put?signature=abc"].splitlines()]
    assert "StartupOfTheDevice" in [event["type"] for event in events]


async def test_case_080_signed_firmware(lab):
    maker = Manufacturer(begins=-1, ends=3_000)
    with http_files() as (files, port):
        files.files["/fw.bin"] = IMAGE
        cs, _ = await lab.booted()
        security(cs)
        await install_root(cs, maker)
        assert await signed_update(cs, maker, port, 11) == ACCEPTED
        await signed(cs, 11, "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
        await booted_anew(cs, "2.0.0")
        await signed(cs, 11, "Installed")
        await cs.expect("SecurityEventNotification", type="FirmwareUpdated")


async def test_case_081_signed_firmware_with_a_bad_signature(lab):
    maker = Manufacturer(begins=-1, ends=3_000)
    with http_files() as (files, port):
        files.files["/fw.bin"] = IMAGE + b"!"
        cs, _ = await lab.booted()
        security(cs)
        await install_root(cs, maker)
        assert await signed_update(cs, maker, port, 12) == ACCEPTED
        await signed(cs, 12, "Downloading", "Downloaded", "InvalidSignature")
        await cs.expect("SecurityEventNotification", type="InvalidFirmwareSignature")


async def test_unsigned_firmware_is_refused_where_signed_is_wanted(lab):
    """L01.FR.20"""
    cs, _ = await lab.booted()
    security(cs)
    await install_root(cs, Manufacturer(ends=3_000))
    try:
        await cs.call("UpdateFirmware", location="http://127.0.0.1:1024/fw.bin", retrieveDate=LONG_AGO)
    except CallError as error:
        assert error.code == "NotSupported"
    else:
        raise AssertionError("it was taken")
    await cs.nothing_but("SecurityEventNotification")


async def test_a_restart_of_the_software_while_the_firmware_is_fetched(lab):
    with http_files() as (files, port):
        files.files["/fw.bin"] = IMAGE
        files.stall.set()
        cs, cp = await lab.booted()
        await cs.call("UpdateFirmware", location=f"http://127.0.0.1:{port}/fw.bin", retrieveDate=LONG_AGO)
        await firmware(cs, "Downloading")
        await cp.until(lambda _: files.arrived.is_set(), "the download began")
        files.stall.clear()
        await cp.do("POST", "/restart-software")
        await firmware(cs, "Downloaded", "Installing")
        await booted_anew(cs, "2.0.0")
        await firmware(cs, "Installed")
        await cs.nothing_but("StatusNotification")


async def install_root(cs, maker):
    answer = await cs.call(
        "InstallCertificate", certificateType="ManufacturerRootCertificate", certificate=maker.root_pem
    )
    assert answer == ACCEPTED


async def signed_update(cs, maker, port, request_id):
    return await cs.call(
        "SignedUpdateFirmware",
        requestId=request_id,
        firmware={
            "location": f"http://127.0.0.1:{port}/fw.bin",
            "retrieveDateTime": LONG_AGO,
            "signingCertificate": maker.signing_pem,
            "signature": maker.sign(IMAGE),
        },
        **QUICKLY,
    )
