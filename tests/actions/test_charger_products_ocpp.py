"""Which chargers can speak OCPP (manual 1: 2H** of type zappi V2.1, with software greater than 5.114)."""

import pytest
from msgspec.structs import replace

from laadboek.actions.charger_products_ocpp import ocpp_obstacle, version_of
from laadboek.devices.device import DeviceInfo
from laadboek.devices.simulated import SIMULATED_BOX

ZAPPI = DeviceInfo(vendor="myenergi", model="zappi 2H22TB", serial_number="21234567", firmware_version="5.115")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"model": "zappi 2h07UW"}, None),
        ({"model": "ZAPPI-2H22TW-G"}, None),
        ({"model": "zappi", "serial_number": "2H221234"}, None),
        ({"model": "zappi 222TB"}, "ocpp.old_hardware"),
        ({"model": "zappi 12H22"}, "ocpp.old_hardware"),
        ({"model": "zappi", "serial_number": "10234567"}, "ocpp.old_hardware"),
        ({"model": "zappi 222TB", "firmware_version": "5.9999"}, "ocpp.old_hardware"),
        ({"firmware_version": "5.114"}, "ocpp.old_firmware"),
        ({"firmware_version": "5.114.0"}, "ocpp.old_firmware"),
        ({"firmware_version": "5.114.1"}, None),
        ({"firmware_version": "5.99"}, "ocpp.old_firmware"),
        ({"firmware_version": "5.1140"}, None),
        ({"firmware_version": "4.999"}, "ocpp.old_firmware"),
        ({"firmware_version": "6.0"}, None),
        ({"firmware_version": "10.1"}, None),
        ({"firmware_version": "v5.540"}, None),
        ({"firmware_version": ""}, "ocpp.unknown_firmware"),
        ({"firmware_version": "5.114beta"}, "ocpp.unknown_firmware"),
        ({"firmware_version": "5.²"}, "ocpp.unknown_firmware"),
        ({"firmware_version": "5." + "9" * 5000}, "ocpp.unknown_firmware"),
    ],
)
def test_a_zappi_needs_the_hardware_and_software_of_the_manual(changes: dict[str, str], why: str | None) -> None:
    found = ocpp_obstacle(replace(ZAPPI, **changes))
    assert (None if found is None else found.code) == why


def test_the_rule_is_the_zappis_alone() -> None:
    assert ocpp_obstacle(SIMULATED_BOX) is None
    assert ocpp_obstacle(replace(SIMULATED_BOX, firmware_version="0.1")) is None
    assert ocpp_obstacle(None) is None


def test_versions_are_numbers_part_by_part() -> None:
    assert version_of("5.114") == (5, 114) > (5, 99)
    assert version_of("1.0.0") == (1,)
    assert version_of("one") is None
