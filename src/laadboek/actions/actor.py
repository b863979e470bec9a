"""On whose behalf something is done. Every query of an action is scoped by `account_id`."""

from msgspec import Struct


class Actor(Struct, frozen=True, kw_only=True):
    """`name` is what the audit log shows: a user's public id, or `cli`."""

    account_id: int
    name: str
    time_zone: str  # IANA: days and months begin there
    language: str
