"""Whether a charger can speak OCPP, and why not (C3; manual 1: zappi 2H** with software greater than 5.114). Pure."""

import re

from ..devices.device import DeviceInfo
from ..reasons import Reason

ZAPPI = re.compile(r"\bzappi\b", re.IGNORECASE)
WITH_WIFI = re.compile(r"(?<![0-9A-Z])2H[0-9A-Z]{2}", re.IGNORECASE)  # the family with Wi-Fi of its own, zappi V2.1
NEEDED_FIRMWARE = (5, 114)  # more than this
PARTS_MOST, DIGITS_MOST = 6, 9


def ocpp_obstacle(info: DeviceInfo | None) -> Reason | None:
    """None: it can. `info` None: nobody knows its nameplate, so nothing speaks against it."""
    if info is None or not ZAPPI.search(f"{info.vendor} {info.model}"):
        return None
    if not WITH_WIFI.search(info.model) and not WITH_WIFI.search(info.serial_number):
        return Reason("ocpp.old_hardware", {"model": info.model, "serial_number": info.serial_number})
    version = version_of(info.firmware_version)
    if version is None:
        return Reason("ocpp.unknown_firmware", {"firmware": info.firmware_version})
    if version <= NEEDED_FIRMWARE:
        return Reason("ocpp.old_firmware", {"firmware": info.firmware_version, "needed": "5.114"})
    return None


def version_of(text: str) -> tuple[int, ...] | None:
    """`5.114` as numbers, part by part, so that 5.20 is older than it; None: it is no version."""
    parts = text.strip().removeprefix("v").removeprefix("V").split(".")
    if len(parts) > PARTS_MOST or not all(_is_number(part) for part in parts):
        return None
    numbers = tuple(int(part) for part in parts)
    while len(numbers) > 1 and numbers[-1] == 0:  # 5.114.0 is 5.114
        numbers = numbers[:-1]
    return numbers


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= DIGITS_MOST
