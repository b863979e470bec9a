"""Drivers changed while chargers run: told at once, disturbing nobody; platforms see tags only (C5, A8)."""

import asyncio

import pytest
from home import TAG, Home
from test_interop_ocpp import Platform, accepted, run
from wire import until

from laadboek.actions.actor import Actor
from laadboek.actions.drivers import changes
from laadboek.actions.drivers.changes import Newcomer
from laadboek.actions.drivers.pins import Maker, PinWish
from laadboek.actions.drivers.wanted import Allowance, DriverChange
from laadboek.energy.zones import Span
from laadboek.ids import Ids
from laadboek.secret import Secret
from laadboek.store import chargers, drivers

PIN = "90574"


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


class Desk:
    """Who gives access while the home is lived in; chargers are told as the portal tells them."""

    def __init__(self, inside):
        self.inside, self.home = inside, inside.home
        self.actor = Actor(account_id=self.home.account_id, name="usr_1", time_zone="Europe/Amsterdam", language="en")
        self.maker = Maker(self.home.keys, Ids())
        self.now = inside.host.clock.now

    async def done(self, job):
        saved = await self.inside.database.write(changes.SHARD, job)
        for charger_id in saved.chargers:
            await self.inside.fleet._bus.request(f"charger.{charger_id}.refresh", None)
        return saved.driver

    async def add(self, name, pin=PIN, **wanted):
        newcomer = Newcomer(wanted=DriverChange(name=name, **wanted), pin=PinWish(Secret(pin)))
        return await self.done(lambda db: changes.add(db, self.actor, newcomer, self.maker, self.now()))

    async def change(self, driver, **wanted):
        change = DriverChange(**wanted)
        return await self.done(lambda db: changes.change(db, self.actor, driver.public_id, change, self.now()))


def test_a_platform_that_is_not_ours_sees_the_tag_and_never_the_pin(home, platform):
    async def story():
        async with platform.open(), home.lived_in() as inside:
            await accepted(inside)
            inside.identified_only()
            inside.box.plug_in()  # a stranger's car stands there when Bob is added
            await until(lambda: "Preparing" in platform.statuses())
            bob = await Desk(inside).add("Bob")
            assert inside.live.session is None, "nothing begins because somebody was added"
            inside.box.type_pin(PIN)
            await until(lambda: "StartTransaction" in platform.actions())
            assert platform.last("StartTransaction")["id_tag"] == bob.id_tag
            inside.box.unplug()
            await until(lambda: "StopTransaction" in platform.actions())
            frames = [str(frame) for frame in inside.host.frames(home.link_id)]
            assert frames and not any(PIN in frame or "Bob" in frame for frame in frames)

    run(story)
    [session] = home.sessions()
    assert session.driver_name == "Bob"


def test_a_block_ends_the_session_at_the_platform_and_a_new_name_does_not(home, platform):
    async def story():
        async with platform.open(), home.lived_in() as inside:
            desk = Desk(inside)
            await accepted(inside)
            session = await inside.alice_charges()
            alice = await inside.database.query(lambda db: drivers.by_id_tag(db, home.account_id, TAG))
            await desk.change(alice, name="Alice A.", hours=None)
            await desk.add("Bob")
            assert inside.live.session.session_id == session.session_id
            assert "StopTransaction" not in platform.actions()
            await desk.change(alice, blocked=True)
            await until(lambda: "StopTransaction" in platform.actions())
            assert platform.last("StopTransaction")["reason"] == "DeAuthorized"
            assert inside.live.session is None

    run(story)
    [session] = home.sessions()
    assert (session.reason, session.flags) == ("DeAuthorized", ("driver_blocked",))


def test_one_pin_and_one_budget_at_two_chargers(home, platform):
    """What Bob charges at one is gone at the other, at once."""

    async def story():
        async with home.lived_in() as inside:
            config = {"house": False, "register_wh": 5_000_000, "quick": True}

            def one_more(db):
                row = chargers.create(
                    db, home.account_id, "chg_carport", "Carport", "simulated", config, inside.host.clock.now()
                )
                return chargers.load(db, row)

            carport = inside.fleet.add(await inside.database.write("x", one_more))
            bob = await Desk(inside).add("Bob", budget=Allowance(10_000, Span.YEAR))
            for host in (inside.host, carport):
                await until(lambda host=host: host.core.knows_driver(bob.public_id))
            inside.identified_only()
            inside.box.plug_in()
            inside.box.type_pin(PIN)
            await until(lambda: inside.live.session is not None)
            inside.add_energy(4_000)
            inside.box.unplug()
            await until(lambda: inside.live.session is None)
            await until(lambda: budget_at(carport).used_wh == 4_000)
            assert budget_at(inside.host).used_wh == 4_000
            carport.device.type_pin(PIN)
            carport.device.plug_in()
            await until(lambda: carport.core.state.durable.visits[0].running is not None)
            await until(lambda: carport.core.state.durable.visits[0].running.budget_wh == 6_000)

    def budget_at(host):
        return next(one.budget for one in host.core.state.drivers.drivers if one.name == "Bob")

    run(story)
