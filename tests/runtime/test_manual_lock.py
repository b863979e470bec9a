"""The manual's chapter 4.1, end to end: what a foreign platform sets over a real socket, and what people then meet."""

import asyncio

import pytest
from home import PIN, TAG, Home
from ocpp.v16 import call
from ocpp.v16.enums import ConfigurationStatus, RemoteStartStopStatus
from test_interop_ocpp import Platform
from wire import until

from laadboek.charger.events import SettingsChosen
from laadboek.facts import Mode

LOCK = ("Lock.EvConnected", "Lock.EvDisconnected", "Lock.AutoHide", "Lock.Charging", "DefaultMode")
OLGAS = ("false", "true", "true", "true", "eco")
RECOMMENDED = ("true", "false", "false", "true", "stop")  # the manual: on, off, off, on, Stop
OWN_TAG = "HOUSE-TAG"


@pytest.fixture
def platform():
    it = Platform()

    async def free_port():
        async with it.open():
            pass

    asyncio.run(free_port())
    return it


@pytest.fixture
def home(tmp_path, platform):
    return Home(tmp_path, f"ws://127.0.0.1:{platform.port}/ocpp/")


def lock_of(inside):
    values = inside.host.core.setting_values()
    return tuple(values[key] for key in LOCK)


async def write(platform, key, value):
    answer = await platform.charge_point.call(call.ChangeConfiguration(key=key, value=value))
    assert answer.status == ConfigurationStatus.accepted, (key, value)


async def is_in(inside, mode, *, session):
    await until(lambda: inside.live.mode is mode and (inside.live.session is not None) is session, f"{mode} {session}")


async def a_day_with_the_lock(platform, inside):
    await until(lambda: inside.link.state == "online")
    inside.host.post(SettingsChosen(dict(zip(LOCK, OLGAS, strict=True)) | {"FreeChargingIdTag": OWN_TAG}))
    await is_in(inside, Mode.ECO, session=False)

    await write(platform, "FreeCharging", "false")
    assert lock_of(inside) == RECOMMENDED
    await is_in(inside, Mode.STOP, session=False)
    inside.box.plug_in()
    await until(lambda: inside.live.why.code == "waiting_for_identification")
    assert inside.live.offered_ma == 0

    inside.box.type_pin(PIN)
    await is_in(inside, Mode.FAST, session=True)  # Alice's own
    await until(lambda: inside.live.offered_ma > 0)
    inside.box.unplug()
    await is_in(inside, Mode.STOP, session=False)

    inside.box.plug_in()
    inside.box.present_tag(TAG)
    await is_in(inside, Mode.FAST, session=True)
    inside.box.cut_power()
    inside.box.restore_power()
    await is_in(inside, Mode.STOP, session=False)
    assert lock_of(inside) == RECOMMENDED, "a reboot leaves the lock"

    await until(lambda: platform.actions().count("BootNotification") == 2 and inside.link.state == "online")
    await write(platform, "OCPPChargeMode", "ECO+")
    answer = await platform.charge_point.call(call.RemoteStartTransaction(id_tag="GUEST", connector_id=1))
    assert answer.status == RemoteStartStopStatus.accepted
    await is_in(inside, Mode.ECO_PLUS, session=True)
    inside.box.unplug()
    await is_in(inside, Mode.STOP, session=False)

    await write(platform, "FreeCharging", "true")
    assert lock_of(inside) == OLGAS
    inside.box.plug_in()
    await is_in(inside, Mode.ECO, session=True)
    inside.box.unplug()
    await is_in(inside, Mode.ECO, session=False)


def test_the_manuals_example_of_the_lock(home, platform):
    async def story():
        async with asyncio.timeout(50), platform.open(), home.lived_in() as inside:
            await a_day_with_the_lock(platform, inside)

    asyncio.run(story())
    sessions = [(session.id_tag, session.mode, session.reason) for session in home.sessions()]
    assert sessions == [
        (TAG, "fast", "EVDisconnected"),
        (TAG, "fast", "PowerLoss"),
        ("GUEST", "eco_plus", "EVDisconnected"),
        (OWN_TAG, "eco", "EVDisconnected"),
    ]
    assert platform.actions().count("BootNotification") == 2
