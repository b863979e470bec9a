"""Connects what pages and the API ask over the bus with who carries it out.

| topic | question | answer |
|---|---|---|
| `platform.operation` | OperationWish | OperationRow: settled, or as it was noted when that takes too long |
| `platform.key_mac` | Secret | what is stored of that authorization key |
| `platform.refresh` | None | once the door knows all charge points as they are stored |
| `platform.rekeyed` | id of a charge point | the same, and it is disconnected |
| `platform.remove` | Removal | once it is removed, unknown at the door and disconnected |
| `platform.connected` | None | id of each connected charge point → when it was heard last |
"""

from datetime import datetime

from .actions import charge_points
from .actions.charge_points import Removal
from .actions.operations import OperationWish
from .bus import Bus
from .clock import Clock
from .csms.booking import give_up_for_good
from .csms.operations import Ask, parse
from .csms.server import Platform
from .ids import Ids
from .reasons import Refused
from .secret import Secret
from .store.charge_points import ChargePointRow
from .store.connection import Connection
from .store.database import Database, JobFailed
from .store.operations import OperationRow


class Wishes:
    """What the running platform does for whoever asks."""

    def __init__(self, platform: Platform, database: Database, clock: Clock, ids: Ids) -> None:
        self._platform = platform
        self._database = database
        self._clock = clock
        self._ids = ids

    def serve(self, bus: Bus) -> None:
        for topic, answer in (
            ("platform.operation", self.operation),
            ("platform.key_mac", self.key_mac),
            ("platform.refresh", self.refresh),
            ("platform.rekeyed", self.rekeyed),
            ("platform.remove", self.remove),
            ("platform.connected", self.connected),
        ):
            bus.serve(topic, answer)

    async def operation(self, wish: OperationWish) -> OperationRow:
        ask = Ask(
            account_id=wish.actor.account_id,
            charge_point=wish.charge_point,
            request=parse(wish.action, wish.payload),
            actor=wish.actor.name,
            idempotency_key=wish.idempotency_key,
        )
        return await self._platform.perform(ask, wish.wait_s)

    async def key_mac(self, key: Secret) -> bytes:
        return self._platform.gate.key_mac(key)

    async def refresh(self, _: object) -> None:
        await self._platform.refresh()

    async def rekeyed(self, charge_point_id: int) -> None:
        await self._platform.refresh()
        self._platform.registry.dismiss(charge_point_id)

    async def remove(self, removal: Removal) -> None:
        now = self._clock.now()

        def give_up(db: Connection, row: ChargePointRow) -> None:
            give_up_for_good(db, row.identity, self._ids, now)

        def job(db: Connection) -> ChargePointRow:
            return charge_points.remove(db, removal, give_up, now)

        try:
            removed = await self._database.write("charge_points", job)
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise
        await self.rekeyed(removed.identity.id)

    async def connected(self, _: object) -> dict[int, datetime]:
        return self._platform.registry.heard_at()
