"""After a change the chargers concerned read their drivers anew, at once."""

from collections.abc import Iterable

from ...bus import NobodyAnswers
from ...store.errors import StoreError
from ..desk import Desk


async def tell(desk: Desk, chargers: Iterable[str]) -> None:
    """The change is durable. A charger that is not hosted now, or is being built anew, reads it when it begins."""
    for charger_id in chargers:
        try:
            await desk.bus.request(f"charger.{charger_id}.refresh", None)
        except (NobodyAnswers, StoreError):
            continue
