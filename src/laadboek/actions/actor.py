"""On whose behalf something is done. Every query of an action is scoped by `account_id`."""

from msgspec import Struct

from ..reasons import Refused
from ..rights import EVERYTHING, Right


class Actor(Struct, frozen=True, kw_only=True):
    """`name` is what the audit log shows: a user's public id, a token's, or `cli`; `network` whence they came."""

    account_id: int
    name: str
    time_zone: str  # IANA: days and months begin there
    language: str
    rights: frozenset[Right] = EVERYTHING  # who signs in has those of the role, see `sign_in.who`
    drivers: frozenset[str] | None = None  # drv_ whose business sessions an employer sees; None: every driver's
    network: str | None = None

    def may(self, right: Right) -> bool:
        return right in self.rights


def need(actor: Actor, right: Right) -> None:
    """Refuse whoever lacks it."""
    if not actor.may(right):
        raise Refused("right.missing", right=right.value)
