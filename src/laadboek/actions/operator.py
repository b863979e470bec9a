"""Whoever runs the installation: acts on its first account."""

from ..reasons import Refused
from ..store import accounts
from ..store.connection import Connection
from .actor import Actor

NAME = "operator"


def operator(db: Connection) -> Actor:
    """Refused until somebody has registered: before that there is nothing to act on."""
    first = accounts.first(db)
    if first is None:
        raise Refused("operator.no_account")
    return Actor(account_id=first.id, name=NAME, time_zone=first.time_zone, language=first.language)
