"""What may be asked of the chargers of an account: `bus.request("chargers", …)`, answered by who hosts them.

Refused as `charger_products` says. Rows first, then whoever hosts the charger follows.
"""

from datetime import datetime

from msgspec import Struct

from ..reasons import Reason
from .actor import Actor
from .charger_products import NewCharger


class AddCharger(Struct, frozen=True, kw_only=True):
    """Answered with the public id of the new charger, which is hosted then."""

    actor: Actor
    wanted: NewCharger


class OfCharger(Struct, frozen=True, kw_only=True):
    actor: Actor
    charger_id: str  # public


class RenameCharger(OfCharger, frozen=True, kw_only=True):
    """Answered with None."""

    name: str


class RemoveCharger(OfCharger, frozen=True, kw_only=True):
    """Answered with None, once nobody hosts it any more."""


class TestCharger(OfCharger, frozen=True, kw_only=True):
    """Answered with Tested: it is asked now."""

    __test__ = False  # no test of ours


class Tested(Struct, frozen=True, kw_only=True):
    """What was heard of a charger that was asked."""

    at: datetime
    heard: bool
    why: Reason


class ChooseTimeZone(Struct, frozen=True, kw_only=True):
    """Of the account: its days begin there, for chargers, sites and pages. Answered with None."""

    actor: Actor
    time_zone: str
