"""What may be asked of the keys of chargers and links: `bus.request("keys", …)`, answered by who hosts the charger.

The answer tells how it is, after the commit. Refused with the core's own reason; NobodyAnswers when no host is there.
"""

from collections.abc import Mapping

from msgspec import Struct

from ..secret import Secret
from .actor import Actor
from .link_questions import OfLink


class ListChargers(Struct, frozen=True, kw_only=True):
    """Answered by a list of ChargerAtHome."""

    actor: Actor


class ChargerAtHome(Struct, frozen=True, kw_only=True):
    charger_id: str  # public
    name: str
    device: str
    connectors: int | None  # None: it is not hosted now


class ListSettings(Struct, frozen=True, kw_only=True):
    """The charger's own keys, answered by a list of SettingNow."""

    actor: Actor
    charger_id: str  # public


class ChooseSettings(ListSettings, frozen=True, kw_only=True):
    """All of `values` or none; answered as ListSettings."""

    values: Mapping[str, str]


class ChooseSettingsPin(ListSettings, frozen=True, kw_only=True):
    """The PIN that unlocks the charger's settings, in place of the factory's; answered as ListSettings."""

    pin: Secret


class SettingNow(Struct, frozen=True, kw_only=True):
    name: str
    value: str
    allowed: str
    effect: str
    held_by: str | None  # the key that keeps it as it is now


class ListKeys(OfLink, frozen=True, kw_only=True):
    """The OCPP keys that a link's platform may read, answered by a list of KeyNow."""


class ChooseKeys(OfLink, frozen=True, kw_only=True):
    """All of `values` or none; answered as ListKeys."""

    values: Mapping[str, str]


class KeyNow(Struct, frozen=True, kw_only=True):
    name: str
    value: str
    writable: bool  # by a person, for this link alone
