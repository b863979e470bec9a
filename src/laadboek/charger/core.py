"""The physical charger: one event in, effects out (DESIGN §1). No clock, no I/O, no OCPP."""

from datetime import datetime

from ..facts import ConnectorView
from ..ids import Ids
from ..reasons import Reason
from .effects import Effect
from .events import Event
from .settings import Settings, values
from .state import (
    STATE_VERSION,
    ChargerState,
    Durable,
    Nameplate,
    Visit,
    decode_state,
    encode_state,
    restored,
)

__all__ = ["STATE_VERSION", "ChargerCore", "Durable", "Nameplate", "decode_state", "encode_state", "restored"]


class ChargerCore:
    """Owner of one charger's state; it only swaps values. A rollback assigns the former `state`."""

    def __init__(self, nameplate: Nameplate, state: ChargerState | Durable | None, ids: Ids) -> None:
        self.nameplate = nameplate
        self._ids = ids
        if state is None:
            state = Durable(visits=(Visit(),) * nameplate.connectors, settings=Settings(own_tag=ids.id_tag()))
        self.state = restored(state) if isinstance(state, Durable) else state

    def handle(self, event: Event, now: datetime) -> list[Effect]:
        raise NotImplementedError

    def deadline(self) -> datetime | None:
        raise NotImplementedError

    def view(self, connector_id: int) -> ConnectorView:
        """The connector as faces shall see it now."""
        raise NotImplementedError

    def explain(self, connector_id: int = 1) -> Reason:
        """Why it charges or waits, now; the codes are listed in `explain.py`."""
        raise NotImplementedError

    def setting_values(self) -> dict[str, str]:
        """All keys of the charger as text."""
        return values(self.state.durable.settings)
