"""The fleet: chargers from rows, live on the bus, buttons that work, changes without a restart."""

import asyncio
from datetime import timedelta

import pytest
import uvloop
from home import PIN, Home
from msgspec.structs import replace
from wire import until

from laadboek.bus import NobodyAnswers
from laadboek.charger.events import PinEntered
from laadboek.facts import Mode, Pilot
from laadboek.live import ChooseMode, CutPower, PlugIn, RestorePower, TypePin, Unlock, Unplug
from laadboek.secret import Secret, pin_mac
from laadboek.store import chargers, drivers, links

NOBODY = "ws://127.0.0.1:9/"  # the discard port: refused


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path, NOBODY)


def run(story):
    async def bounded():
        async with asyncio.timeout(40):
            await story()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as the product runs
        runner.run(bounded())


def test_the_buttons_of_the_page_move_the_simulated_box_and_the_picture_follows(home):
    async def story():
        async with home.lived_in() as inside:
            bus, topic = inside.fleet._bus, f"charger.{home.charger_id}"
            subscription = bus.subscribe(f"{topic}.live")

            async def seen(condition):
                while not condition(live := await subscription.next()):
                    pass
                return live

            inside.identified_only()
            assert (await seen(lambda live: live.powered)).pilot is Pilot.A
            await bus.request(f"{topic}.simulate", PlugIn())
            await seen(lambda live: live.pilot is Pilot.B1)
            await bus.request(f"{topic}.simulate", TypePin(PIN))
            live = await seen(lambda live: live.session is not None)
            assert live.session.driver_name == "Alice"
            await seen(lambda live: live.power_w > 1_000)  # when the car likes, which no event announces
            await bus.request(f"{topic}.mode", ChooseMode(Mode.STOP))
            await seen(lambda live: live.session is None)
            await bus.request(f"{topic}.simulate", Unplug())
            await seen(lambda live: live.pilot is Pilot.A)
            await bus.request(f"{topic}.simulate", CutPower())
            assert (await seen(lambda live: not live.powered)).power_w == 0
            await bus.request(f"{topic}.simulate", RestorePower())  # it boots for some seconds: not awaited here

    run(story)
    assert len(home.sessions()) == 1


def test_an_owner_opens_a_pad_that_too_many_wrong_pins_had_locked(home):
    async def story():
        async with home.lived_in() as inside:
            bus, topic = inside.fleet._bus, f"charger.{home.charger_id}"
            inside.identified_only()
            host = inside.host
            await bus.request(f"{topic}.simulate", PlugIn())
            now = host.clock.now()
            while host.live(now).pad_locked_until is None:  # each try as late as the pad wants it
                now += timedelta(seconds=3)
                host.core.handle(PinEntered(1, b"wrong"), now)
            assert host.live(now).pad_locked_until == now + timedelta(hours=24)
            await bus.request(f"{topic}.unlock", Unlock())
            assert host.live(host.clock.now()).pad_locked_until is None

    run(story)


def test_a_new_driver_is_known_at_once(home):
    async def story():
        async with home.lived_in() as inside:
            inside.identified_only()
            inside.box.plug_in()
            known = inside.host.core.state.drivers.drivers
            assert [driver.name for driver in known] == ["Alice"]

            bob = drivers.NewDriver(
                public_id="drv_bob",
                name="Bob",
                pin_mac=pin_mac(home.keys.pin_key, home.charger_id, "90574"),
                id_tag="BOB",
                kind="private",
                mode="fast",
            )
            await inside.database.write(
                "x",
                lambda db: drivers.create(db, home.account_id, home.charger_row, bob, inside.host.clock.now()),
            )
            await inside.fleet._bus.request(f"charger.{home.charger_id}.refresh", None)
            inside.box.type_pin("90574")
            await until(lambda: inside.live.session is not None)
            assert inside.live.session.driver_name == "Bob"

    run(story)


def test_a_link_is_switched_off_and_on_while_the_charger_goes_on(home):
    async def story():
        async with home.lived_in() as inside:
            session_id = (await inside.alice_charges()).session_id
            for lifecycle, state in ((links.Lifecycle.PAUSED, "paused"), (links.Lifecycle.ACTIVE, "waiting")):
                await inside.database.write(
                    "x", lambda db, to=lifecycle: links.set_lifecycle(db, home.account_id, home.link_id, to)
                )
                await inside.fleet._bus.request(f"charger.{home.charger_id}.refresh", None)
                await until(lambda to=state: inside.link.state in (to, "refused"), state)
            assert inside.fleet[home.charger_id] is inside.host
            assert inside.live.session.session_id == session_id

    run(story)


def test_another_key_makes_the_link_connect_anew(home):
    async def story():
        async with home.lived_in() as inside:
            await until(lambda: inside.link.state == "waiting")
            before = inside.host.links[0].face.state.link.socket_no
            row = await inside.database.query(lambda db: links.by_public_id(db, home.account_id, home.link_id))
            sealed = home.keys.seal(
                Secret("another-key-of-16"), table="links", row=home.link_id, account_id=home.account_id
            )
            changed = replace(row, authorization_key=sealed)
            await inside.fleet.edit(home.charger_id, lambda db: links.change(db, changed))
            assert inside.host.links[0].face.state.link.socket_no > before

    run(story)


def test_a_charger_can_be_removed_and_added_while_others_run(home):
    async def story():
        async with home.lived_in() as inside:
            inside.fleet.remove(home.charger_id)
            assert len(inside.fleet) == 0
            with pytest.raises(NobodyAnswers):
                await inside.fleet._bus.request(f"charger.{home.charger_id}.simulate", PlugIn())
            row = await inside.database.query(lambda db: chargers.load(db, home.charger_row))
            assert inside.fleet.add(row) is inside.fleet[home.charger_id]

    run(story)


def test_no_durable_register_is_ahead_of_the_simulated_meter_after_a_kill(home):
    async def story():
        async with home.lived_in() as inside:
            await inside.alice_charges()
            inside.add_energy(2_000)
            inside.box.unplug()
            await until(lambda: inside.live.session is None and inside.host.idle)
            row = await inside.database.query(lambda db: chargers.load(db, home.charger_row))
            kept_wh = row.device_config["memory"]["register_pj"] // 3_600_000_000_000_000
            assert kept_wh >= home.sessions()[0].end_register_wh >= 1_002_000

    run(story)


def test_a_fleet_that_was_stopped_starts_again_and_the_session_goes_on(home):
    async def story():
        async with home.lived_in() as inside:
            session_id = (await inside.alice_charges()).session_id
            await inside.fleet.stop()
            assert len(inside.fleet) == 0
            await inside.fleet.start()
            anew = inside.fleet[home.charger_id]
            await until(lambda: anew.live(anew.clock.now()).links[0].state in ("refused", "waiting"), "it calls again")
            assert anew.live(anew.clock.now()).session.session_id == session_id

    run(story)
