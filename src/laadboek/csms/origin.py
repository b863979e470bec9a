"""Where a call came from: what handlers know besides the request."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from ..ids import Ids
from ..store.charge_points import ChargePointIdentity
from ..store.frames import Frame

# One line per fact: the event's name, then its fields by keyword. Given by whoever assembles the process.
Log = Callable[..., None]


class Note(Struct, frozen=True):
    """Something worth a log line that came up inside a store job, which itself touches nothing but the store."""

    event: str
    fields: dict[str, Any]


class Origin(Struct, frozen=True):
    """One call of one charge point, while it is being handled."""

    charge_point: ChargePointIdentity
    frame: Frame
    payload: bytes  # the request's JSON as received
    received_at: datetime
    ids: Ids
    notes: list[Note]

    def note(self, event: str, **fields: object) -> None:
        self.notes.append(Note(event, fields))
