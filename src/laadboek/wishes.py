"""Connects what pages and the API ask over the bus with who carries it out."""

from .bus import Bus
from .csms.operations import Ask
from .csms.server import Platform
from .store.operations import OperationRow


def serve_wishes(bus: Bus, platform: Platform) -> None:
    """`platform.operation` performs an Ask and answers once it is settled; `platform.refresh` reads who may connect."""

    async def perform(ask: Ask) -> OperationRow:
        return await platform.perform(ask)

    async def refresh(_: object) -> None:
        await platform.refresh()

    bus.serve("platform.operation", perform)
    bus.serve("platform.refresh", refresh)
