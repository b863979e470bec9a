"""The chargers of an account."""

from ..reasons import Refused
from ..store import session_queries
from ..store.connection import Connection
from ..store.session_queries import ChargerName
from .actor import Actor


def my_chargers(db: Connection, actor: Actor) -> list[ChargerName]:
    """In the order they were added."""
    return session_queries.chargers(db, actor.account_id)


def my_charger(db: Connection, actor: Actor, charger_id: str) -> ChargerName:
    """One of them, by its public id; somebody else's is as unknown as one that does not exist."""
    for charger in my_chargers(db, actor):
        if charger.charger_id == charger_id:
            return charger
    raise Refused("charger.unknown")
