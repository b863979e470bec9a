"""A look, now and then, after foreign charge points that say nothing: what the next message would end, ends without it.

Most rules of a missing Stop wait for a sign of life of the charge point (`exchange.touch`). One that never comes back
would leave its transaction open for ever, and its tag in use.
"""

from datetime import datetime, timedelta
from functools import partial

from ..clock import Clock, Timers
from ..ids import Ids
from ..store import charge_points
from ..store.charge_points import ChargePointIdentity
from ..store.connection import Connection
from ..store.database import Database, StoreError
from . import booking
from .exchange import end_overdue
from .origin import Log, Note

LOOK_EVERY = timedelta(minutes=5)
TIME_TO_RETURN = timedelta(minutes=15)  # for everybody, after we were away ourselves
LONGEST_SILENCE = timedelta(days=1)  # charging without a connection is legal: hours of silence say nothing


class Lookout:
    """Used on the thread that `database` calls back on."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, timers: Timers, log: Log) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._timers = timers
        self._log = log

    def start(self) -> None:
        self._since = self._clock.now()
        self._timers.at("lookout", self._since + TIME_TO_RETURN, self._look)

    def _look(self) -> None:
        self._database.submit("lookout", charge_points.foreign_with_unfinished, self._look_after, self._failed)
        self._timers.at("lookout", self._clock.now() + LOOK_EVERY, self._look)

    def _look_after(self, found: list[ChargePointIdentity]) -> None:
        now = self._clock.now()
        for charge_point in found:
            job = partial(look, charge_point, self._ids, self._since, now)
            self._database.submit(charge_point.public_id, job, partial(self._tell, charge_point), self._failed)

    def _tell(self, charge_point: ChargePointIdentity, notes: list[Note]) -> None:
        for note in notes:
            self._log(note.event, charge_point_id=charge_point.public_id, **note.fields)

    def _failed(self, error: StoreError) -> None:
        self._log("lookout.not_stored", error=str(error))  # the next look tries again


def look(charge_point: ChargePointIdentity, ids: Ids, since: datetime, now: datetime, db: Connection) -> list[Note]:
    """The job of one charge point. Silence from before `since` is not its fault: nobody listened."""
    row = charge_points.by_id(db, charge_point.account_id, charge_point.id)
    if row is None:
        return []
    notes = end_overdue(db, charge_point, row.booted_at, ids, now)
    heard_at = row.last_seen_at or since
    if now - max(heard_at, since) >= LONGEST_SILENCE:
        lost = booking.give_up_silent(db, charge_point, heard_at, now)
        notes += [Note("transaction.lost_in_silence", {"count": lost})] if lost else []
    return notes
