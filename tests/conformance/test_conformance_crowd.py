"""Many charge points at once, and one that does not wait for its answers."""

import asyncio

from wallbox import at, wallbox

CROWD = 200


async def charge(platform, name, number):
    async with wallbox(platform, name) as box:
        await box.boot()
        await box.status("Available", 0)
        for session in range(2):
            begin = number * 1000 + session * 100
            started = await box.start(f"TAG-{number}", begin, session * 30)
            for minutes in (5, 10):
                await box.meter(started["transactionId"], begin + minutes, session * 30 + minutes)
            await box.stop(started["transactionId"], begin + 20 + number, session * 30 + 20)


async def test_two_hundred_charge_points_connect_and_charge_at_once(platform):
    names = [platform.register(f"CROWD-{number:03}") for number in range(CROWD)]
    for number in range(CROWD):
        platform.tag(f"TAG-{number}")
    await asyncio.gather(*(charge(platform, name, number) for number, name in enumerate(names)))
    expected = {name: [20 + number] * 2 for number, name in enumerate(names)}
    found = [one for one in platform.get("/transactions?limit=1000")["transactions"] if one["charge_box_id"] in names]
    assert {name: [one["energy_wh"] for one in found if one["charge_box_id"] == name] for name in names} == expected
    assert {one["state"] for one in found} == {"closed"}
    sessions = platform.get(f"/sessions?period=year&date={at(0)[:10]}")["sessions"]
    assert {name: [one["energy_wh"] for one in sessions if one["charger_name"] == name] for name in names} == expected


async def test_one_that_sends_all_its_calls_at_once_gets_all_its_answers_in_order(platform):
    name = platform.register()
    async with wallbox(platform, name) as box:
        for number in range(200):
            await box.send([2, f"a{number}", "Authorize", {"idTag": "ALICE"}])
        await box.until(lambda: len(box.arrived) == 200)
        assert [one[:2] for one in box.arrived] == [[3, f"a{number}"] for number in range(200)]
