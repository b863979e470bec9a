"""UpdateFirmware (OCPP 1.6 §5.19) and SignedUpdateFirmware (whitepaper L01): what is told, in which order, and when."""

from datetime import timedelta

import pytest
from face_bench import START, Bench
from msgspec.structs import replace

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.maintenance.state import Maintenance
from laadboek.facts import (
    DeviceBooted,
    DeviceWentDark,
    InstallAsked,
    InstallDropped,
    InstallEnded,
    ResetAsked,
    WishAnswered,
)
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode
from laadboek.reasons import Reason
from manufacturer import IMAGE, Manufacturer, sha256

WHERE = "https://files.example/fw.bin"
Firmware, Signed = m.FirmwareStatusNotificationRequest, m.SignedFirmwareStatusNotificationRequest
MAKER = Manufacturer()


class Box(Bench):
    """A charger that takes firmware: at once, or when a story says so."""

    def __init__(self, roots=(), **changes):
        self.free, self.asked = True, None
        super().__init__(**changes)
        self.grants = self._grant
        for maker in roots:
            use = m.CertificateUse.MANUFACTURER_ROOT_CERTIFICATE
            answer = self.call(m.InstallCertificateRequest(certificate_type=use, certificate=maker.root_pem))
            assert answer.status is m.InstallCertificateStatus.ACCEPTED
        self.heard()

    def _grant(self, wish):
        if isinstance(wish, InstallAsked):
            self.asked = wish
            return WishAnswered(wish.wish_id, True) if self.free else None
        return WishAnswered(wish.wish_id, True)

    def grant_install(self):
        self.tell(WishAnswered(self.asked.wish_id, True))

    def downloaded(self, image=IMAGE, failed=None, version="2.0.0"):
        number = self.downloads()[-1].number
        digest = b"" if failed else sha256(image)
        self.do(ev.TransferMoved(number=number, failed=failed, sha256=digest, size_bytes=len(image), version=version))

    def written(self, ok=True):
        self.tell(InstallEnded(ok))

    def boot(self, version="2.0.0"):
        self.tell(DeviceBooted(version))
        self.pass_time(seconds=60)

    def downloads(self):
        return [effect for effect in self.effects if isinstance(effect, fx.StartDownload)]

    def cancelled(self):
        return [effect.number for effect in self.effects if isinstance(effect, fx.CancelTransfer)]

    def wished(self, kind):
        return [wish for wish in self.wishes if isinstance(wish, kind)]

    def update(self, **fields):
        fields = {"location": WHERE, "retrieve_date": self.now, **fields}
        return self.call(m.UpdateFirmwareRequest(**fields))

    def signed_update(self, maker=MAKER, request_id=5, signature=None, *, install_at=None, retrieve_at=None, **fields):
        firmware = m.Firmware(
            location=WHERE,
            retrieve_date_time=retrieve_at or self.now,
            install_date_time=install_at,
            signing_certificate=maker.signing_pem,
            signature=maker.sign() if signature is None else signature,
        )
        return self.call(m.SignedUpdateFirmwareRequest(request_id=request_id, firmware=firmware, **fields)).status

    def told(self):
        return [m.ACTION_OF[type(one)] if not hasattr(one, "status") else one.status.value for one in self.news()]

    def news(self):
        return self.heard(Firmware, Signed, m.BootNotificationRequest)

    def maintenance(self) -> Maintenance:
        return self.face.state.durable.maintenance


def security_events(box):
    return [effect.type for effect in box.effects if isinstance(effect, fx.LogSecurityEvent)]


def test_case_044_1_update_and_install():
    """Errata 3.12, 3.47: each step is told, and nothing without being asked; errata 3.48: it is installed at once."""
    box = Box()
    assert box.update() == m.UpdateFirmwareResponse()
    assert box.told() == ["Downloading"]
    assert box.downloads()[0].location == WHERE
    box.downloaded()
    assert box.told() == ["Downloaded", "Installing"]
    assert box.wished(InstallAsked)[0].version == "2.0.0"
    box.written()
    assert [wish.hard for wish in box.wished(ResetAsked)] == [False]
    box.boot()
    assert box.told() == ["BootNotification", "Installed"]
    assert box.config.nameplate.firmware_version == "1.0"  # as it was configured; the box says what it is now
    assert box.maintenance().update is None
    assert "FirmwareUpdated" in security_events(box)
    box.pass_time(days=30)
    assert box.told() == []


def test_the_boot_says_the_new_version():
    box = Box()
    box.update()
    box.downloaded()
    box.written()
    box.heard()
    box.boot("2.0.0")
    (boot,) = box.heard(m.BootNotificationRequest)
    assert boot.firmware_version == "2.0.0"


def test_case_044_2_download_failed():
    box = Box()
    box.update(retries=0)
    box.downloaded(failed="server")
    assert box.told() == ["Downloading", "DownloadFailed"]
    assert box.wished(InstallAsked) == []
    assert box.maintenance().update is None


def test_case_044_3_install_failed():
    box = Box()
    box.update()
    box.downloaded()
    box.written(ok=False)
    assert box.told() == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
    assert box.wished(ResetAsked) == []


def test_retries_are_told_as_one_download():
    box = Box()
    box.update(retries=1, retry_interval=30)
    box.downloaded(failed="timeout")
    box.pass_time(seconds=29)
    assert len(box.downloads()) == 1
    box.pass_time(seconds=1)
    assert len(box.downloads()) == 2
    box.downloaded(failed="timeout")
    assert box.told() == ["Downloading", "DownloadFailed"]


def test_nothing_is_retrieved_before_its_date():
    """§6.55, errata 3.63"""
    box = Box()
    box.update(retrieve_date=box.now + timedelta(hours=1))
    box.pass_time(minutes=59, seconds=59)
    assert (box.told(), box.downloads()) == ([], [])
    box.pass_time(seconds=1)
    assert (box.told(), len(box.downloads())) == (["Downloading"], 1)


def test_it_waits_for_the_last_session():
    """§5.19, errata 3.49: the charger grants when nobody charges any more."""
    box = Box()
    box.free = False
    box.update()
    box.downloaded()
    box.pass_time(days=2)
    assert box.told() == ["Downloading", "Downloaded"]
    assert len(box.wished(InstallAsked)) == 1
    box.grant_install()
    assert box.told() == ["Installing"]


def test_the_reboot_waits_until_installing_is_told():
    box = Box()
    box.platform.answers[Firmware] = None
    box.update()
    box.downloaded()
    box.written()
    assert box.wished(ResetAsked) == []
    box.platform.answers[Firmware] = m.FirmwareStatusNotificationResponse()
    box.lose_link()
    assert len(box.wished(ResetAsked)) == 1  # nobody would hear it now
    box.boot()
    assert box.told()[-4:] == ["Downloading", "Downloaded", "Installing", "Installed"]


def test_statuses_survive_the_boot_in_order():
    box = Box()
    box.update()
    box.go_offline()
    box.heard()
    box.downloaded()
    box.written()
    box.tell(DeviceBooted("2.0.0"))
    box.come_back()
    assert box.told() == ["BootNotification", "Downloaded", "Installing", "Installed"]


@pytest.mark.parametrize("code", ["link.no_control", "install.not_supported"])
def test_a_charger_that_cannot_install_says_so(code):
    box = Box()
    box.free = False
    box.update()
    box.downloaded()
    box.tell(WishAnswered(box.asked.wish_id, False, Reason(code)))
    assert box.told() == ["Downloading", "Downloaded", "InstallationFailed"]


def test_a_charger_that_cannot_install_now_is_asked_again():
    box = Box()
    box.free = False
    box.update()
    box.downloaded()
    box.tell(WishAnswered(box.asked.wish_id, False, Reason("install.busy")))
    box.pass_time(seconds=59)
    assert len(box.wished(InstallAsked)) == 1
    box.free = True
    box.pass_time(seconds=1)
    assert box.told() == ["Downloading", "Downloaded", "Installing"]


def test_a_newer_update_takes_the_place_of_one_that_waits():
    box = Box()
    box.free = False
    box.update()
    box.downloaded()
    box.update()
    assert len(box.wished(InstallDropped)) == 1
    box.tell(WishAnswered(box.asked.wish_id, True))  # crossed on its way
    assert box.told() == ["Downloading", "Downloaded", "Downloading"]


def test_an_update_under_way_in_the_device_is_not_disturbed():
    box = Box()
    box.update()
    box.downloaded()
    box.update(location="https://files.example/other.bin")
    assert len(box.downloads()) == 1
    box.written()
    box.boot()
    assert box.told() == ["Downloading", "Downloaded", "Installing", "BootNotification", "Installed"]


def test_a_trigger_tells_how_far_it_is():
    """§5.17, §4.5"""
    box = Box()

    def trigger():
        box.heard()
        box.call(m.TriggerMessageRequest(requested_message=m.MessageTrigger.FIRMWARE_STATUS_NOTIFICATION))
        return [one.status.value for one in box.heard(Firmware)]

    assert trigger() == ["Idle"]
    box.update(retrieve_date=box.now + timedelta(hours=1))
    assert trigger() == ["Idle"]
    box.pass_time(hours=1)
    assert trigger() == ["Downloading"]
    box.free = False
    box.downloaded()
    assert trigger() == ["Downloaded"]
    box.grant_install()
    assert trigger() == ["Installing"]
    box.written()
    box.boot()
    assert trigger() == ["Idle"]


# --- restarts of Laadboek, at each step ---


def finish(box):
    """Whatever is asked is done, to the end."""
    for _ in range(20):
        update = box.maintenance().update
        if update is None:
            return
        match update.phase.value:
            case "scheduled" | "paused" | "downloaded":
                box.pass_time(hours=2)
            case "downloading":
                box.downloaded()
            case "waiting":
                box.grant_install()
            case "installing":
                box.written()
            case "rebooting":
                box.boot()


STEPS = ["scheduled", "downloading", "paused", "waiting", "installing", "rebooting"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("signed", [False, True])
def test_a_restart_at_any_step_loses_nothing_and_tells_nothing_twice(step, signed):
    def lived(restart):
        box = Box(roots=[MAKER] if signed else ())
        box.free = False
        later = box.now + timedelta(hours=1)
        if signed:
            box.signed_update(retrieve_at=later)
        else:
            box.update(retrieve_date=later)
        told = box.told()
        moves = [lambda: None, lambda: box.pass_time(hours=1), lambda: box.downloaded(failed="timeout"), box_pause(box)]
        moves += [box.grant_install_if_asked, box.written]
        for name, move in zip(STEPS, moves, strict=True):
            move()
            told += box.told()
            if name == step and restart:
                box.restart()
                box.pass_time(seconds=30)
                told += box.told()
        finish(box)
        return [line for line in told + box.told() if line != "BootNotification"]

    assert lived(True) == lived(False)


def box_pause(box):
    def downloaded_after_the_pause():
        box.pass_time(seconds=60)
        box.downloaded()

    return downloaded_after_the_pause


def grant_install_if_asked(box):
    if box.maintenance().update.phase.value == "waiting":
        box.grant_install()


Box.grant_install_if_asked = grant_install_if_asked


def test_a_box_that_booted_while_laadboek_was_away_has_installed():
    box = Box()
    box.update()
    box.downloaded()
    box.platform.answers[Firmware] = None
    box.written()
    box.config = replace(box.config, nameplate=replace(box.config.nameplate, firmware_version="2.0.0"))
    del box.platform.answers[Firmware]
    box.restart()
    assert box.told()[-1] == "Installed"
    assert len(box.wished(ResetAsked)) == 1


def test_power_that_fails_during_the_update_delays_it():
    box = Box()
    box.update()
    box.tell(DeviceWentDark())
    assert box.cancelled() == [1]
    box.boot("1.0")
    assert len(box.downloads()) == 2
    box.downloaded()
    box.tell(DeviceWentDark())
    box.boot("1.0")
    assert len(box.wished(InstallAsked)) == 2  # written anew
    box.written()
    box.boot()
    told = [line for line in box.told() if line != "BootNotification"]
    assert told[-1] == "Installed" and told.count("Installed") == 1


# --- signed ---


def test_case_080_signed_firmware_is_verified_and_installed():
    """L01.FR.01, L01.FR.05, L01.FR.10, L01.FR.12, L01.FR.15"""
    box = Box(roots=[MAKER])
    assert box.signed_update(request_id=42) is m.UpdateFirmwareStatus.ACCEPTED
    box.downloaded()
    box.written()
    box.boot()
    news = [one for one in box.news() if isinstance(one, Signed)]
    assert [one.status.value for one in news] == [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "Installing",
        "InstallRebooting",
        "Installed",
    ]
    assert {one.request_id for one in news} == {42}
    assert "FirmwareUpdated" in security_events(box)


def test_case_081_a_bad_signature_ends_it():
    """L01.FR.03"""
    box = Box(roots=[MAKER])
    box.signed_update(signature=MAKER.sign(IMAGE + b"!"))
    box.downloaded()
    assert box.told() == ["Downloading", "Downloaded", "InvalidSignature"]
    assert "InvalidFirmwareSignature" in security_events(box)
    assert box.wished(InstallAsked) == []
    box.pass_time(days=1)
    assert box.told() == []


@pytest.mark.parametrize("maker", [Manufacturer(), Manufacturer(ends=0), Manufacturer(usage=False)])
def test_a_certificate_that_is_not_the_manufacturers_starts_nothing(maker):
    """L01.FR.02, L01.FR.23, L01.FR.24"""
    box = Box(roots=[MAKER])
    assert box.signed_update(maker) is m.UpdateFirmwareStatus.INVALID_CERTIFICATE
    assert box.downloads() == [] and box.told() == []
    assert "InvalidFirmwareSigningCertificate" in security_events(box)


def test_a_bad_certificate_does_not_cancel_what_goes_on():
    box = Box(roots=[MAKER])
    box.signed_update()
    box.signed_update(Manufacturer())
    assert box.cancelled() == []


def test_without_a_root_no_signed_firmware_is_taken():
    assert Box().signed_update() is m.UpdateFirmwareStatus.INVALID_CERTIFICATE


def test_with_a_root_no_unsigned_firmware_is_taken():
    """L01.FR.20"""
    box = Box(roots=[MAKER])
    assert box.update().code is ErrorCode.NOT_SUPPORTED
    assert box.downloads() == []


def test_a_later_date_is_told_as_scheduled():
    """L01.FR.13, L01.FR.16, L01.FR.17"""
    box = Box(roots=[MAKER])
    at = START + timedelta(hours=3)
    box.signed_update(retrieve_at=START + timedelta(hours=1), install_at=at)
    assert box.told() == ["DownloadScheduled"]
    box.pass_time(hours=1)
    box.downloaded()
    assert box.told() == ["Downloading", "Downloaded", "SignatureVerified", "InstallScheduled"]
    box.now = at - timedelta(seconds=1)
    box.pass_time(milliseconds=1)
    assert box.wished(InstallAsked) == []
    box.pass_time(seconds=1)
    assert box.told() == ["Installing"]


def test_at_its_time_it_waits_for_the_last_session():
    """L01.FR.18"""
    box = Box(roots=[MAKER])
    box.free = False
    box.signed_update(install_at=START + timedelta(hours=3))
    box.downloaded()
    box.pass_time(hours=5)
    assert len(box.wished(InstallAsked)) == 1
    assert box.told()[-1] == "InstallScheduled"
    box.grant_install()
    assert box.told() == ["Installing"]


def test_a_failed_try_is_told_as_a_pause():
    """L01.FR.14"""
    box = Box(roots=[MAKER])
    box.signed_update(retries=1, retry_interval=10)
    box.downloaded(failed="timeout")
    box.pass_time(seconds=10)
    box.downloaded(failed="timeout")
    assert box.told() == ["Downloading", "DownloadPaused", "Downloading", "DownloadFailed"]


def test_a_newer_request_cancels():
    """L01.FR.26"""
    box = Box(roots=[MAKER])
    box.free = False
    assert box.signed_update(request_id=1) is m.UpdateFirmwareStatus.ACCEPTED
    assert box.signed_update(request_id=2) is m.UpdateFirmwareStatus.ACCEPTED_CANCELED
    assert box.cancelled() == [1]
    box.downloaded()
    assert box.signed_update(request_id=3) is m.UpdateFirmwareStatus.ACCEPTED_CANCELED
    assert [one.request_id for one in box.news()] == [1, 2, 2, 2, 3]


def test_what_the_device_is_writing_cannot_be_cancelled():
    """L01.FR.27"""
    box = Box(roots=[MAKER])
    box.signed_update(request_id=1)
    box.downloaded()
    assert box.signed_update(request_id=2) is m.UpdateFirmwareStatus.REJECTED


def test_an_extended_trigger_tells_the_last_status():
    """L01.FR.21, L01.FR.28, L01.FR.29"""
    box = Box(roots=[MAKER])

    def trigger():
        box.heard()
        wanted = m.ExtendedMessageTrigger.FIRMWARE_STATUS_NOTIFICATION
        box.call(m.ExtendedTriggerMessageRequest(requested_message=wanted))
        return [(one.status.value, one.request_id) for one in box.heard(Signed)]

    assert trigger() == [("Idle", None)]
    box.signed_update(request_id=8, signature=MAKER.sign(b"another"))
    assert trigger() == [("Downloading", 8)]
    box.downloaded()
    assert trigger() == [("InvalidSignature", 8)]
    box.signed_update(request_id=9)
    box.downloaded()
    box.written()
    box.boot()
    assert trigger() == [("Idle", None)]


def test_a_report_link_installs_nothing():
    """RULES §6"""
    box = Box(role="report")
    assert box.update().code is ErrorCode.NOT_SUPPORTED
    assert box.signed_update() is m.UpdateFirmwareStatus.REJECTED
