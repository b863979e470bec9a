"""Whoever runs the installation: acts on its first account."""

from ..store import accounts
from ..store.connection import Connection
from .actor import Actor

NAME = "operator"


def operator(db: Connection) -> Actor:
    first = accounts.all(db)[0]  # every installation begins with one
    return Actor(account_id=first.id, name=NAME, time_zone=first.time_zone, language=first.language)
