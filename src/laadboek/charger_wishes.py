"""Connects what pages and the API ask of chargers as things one has with the process that hosts them (C3).

`bus.request("chargers", …)`: rows first, then the charger is hosted, named anew, or hosted no more.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from .actions import charger_products, link_questions, location
from .actions import charger_products_questions as ask
from .bus import Bus
from .clock import Clock
from .ids import Ids
from .reasons import Reason, Refused
from .runtime.fleet import Fleet
from .store.connection import Connection
from .store.database import Database
from .store.errors import JobFailed

T = TypeVar("T")
SHARD = "chargers"


class ChargerWishes:
    """What the fleet does for whoever adds, names, tests or removes a charger."""

    def __init__(self, fleet: Fleet, database: Database, bus: Bus, clock: Clock, ids: Ids) -> None:
        self._fleet, self._database, self._bus, self._clock, self._ids = fleet, database, bus, clock, ids

    def serve(self, bus: Bus) -> None:
        bus.serve("chargers", self.answer)

    async def answer(self, question: Any) -> Any:
        return await ANSWERS[type(question)](self, question)

    async def _add(self, question: ask.AddCharger) -> str:
        charger_id = self._ids.public("chg")
        job = partial(charger_products.add, charger_id=charger_id, wanted=question.wanted, ids=self._ids)
        row = await self._write(job, question.actor)
        self._fleet.add(row)
        self._fleet.sites.refresh(question.actor.account_id)
        return charger_id

    async def _rename(self, question: ask.RenameCharger) -> None:
        job = partial(charger_products.rename, charger_id=question.charger_id, name=question.name)
        name = await self._write(job, question.actor)
        self._fleet.rename(question.charger_id, name)

    async def _remove(self, question: ask.RemoveCharger) -> None:
        """Its links first, as the rule of links has it: what they still had to tell is set aside, not lost."""
        actor, charger_id = question.actor, question.charger_id
        links = self._database.read(partial(charger_products.removable, actor=actor, charger_id=charger_id))
        for link in links:
            await self._bus.request("links", link_questions.RemoveLink(actor=actor, name=link.public_id))
        job = partial(charger_products.remove, charger_id=charger_id)
        if charger_id in self._fleet:
            now = self._clock.now()
            await self._fleet.retire(charger_id, partial(job, actor=actor, now=now))
        else:
            await self._write(job, actor)
        self._fleet.sites.refresh(actor.account_id)
        await self._bus.request("platform.refresh", None)

    async def _test(self, question: ask.TestCharger) -> ask.Tested:
        """Asks the hardware now: a value that was heard before proves nothing."""
        actor, charger_id = question.actor, question.charger_id
        self._database.read(partial(charger_products.product, actor=actor, charger_id=charger_id))
        now = self._clock.now()
        if charger_id not in self._fleet:
            return ask.Tested(at=now, heard=False, why=Reason("test.not_hosted"))
        readings = self._fleet[charger_id].device.readings(now)
        if not readings:
            return ask.Tested(at=now, heard=False, why=Reason("test.no_power"))
        measured: dict[str, str | int] = {"power_w": readings[0].power_w, "register_wh": readings[0].register_wh}
        return ask.Tested(at=now, heard=True, why=Reason("test.heard", measured))

    async def _choose_time_zone(self, question: ask.ChooseTimeZone) -> None:
        """Chargers and sites count their days in it from now on."""
        job = partial(location.choose_time_zone, time_zone=question.time_zone)
        await self._write(job, question.actor)
        self._fleet.move(question.actor.account_id, question.time_zone)

    async def _write(self, job: Callable[..., T], actor: Any) -> T:
        def at(db: Connection) -> T:
            return job(db, actor=actor, now=now)

        now: datetime = self._clock.now()
        try:
            return await self._database.write(SHARD, at)
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise


ANSWERS: Mapping[type, Callable[[ChargerWishes, Any], Awaitable[Any]]] = {
    ask.AddCharger: ChargerWishes._add,
    ask.RenameCharger: ChargerWishes._rename,
    ask.RemoveCharger: ChargerWishes._remove,
    ask.TestCharger: ChargerWishes._test,
    ask.ChooseTimeZone: ChargerWishes._choose_time_zone,
}
