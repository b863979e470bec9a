"""What may be asked of sites: `bus.request("sites", …)`, answered by the process that hosts them.

Refused as `sites` says. The answer is the SiteRow after the commit, or as it was last; of PlaceCharger None.
"""

from msgspec import UNSET, Struct, UnsetType

from ..secret import Secret
from .actor import Actor
from .sites import SiteChange, Standing


class AddSite(Struct, frozen=True, kw_only=True):
    actor: Actor
    wanted: SiteChange
    token: Secret | UnsetType | None = UNSET  # of its price source
    forecast_token: Secret | UnsetType | None = UNSET


class ChangeSite(Struct, frozen=True, kw_only=True):
    actor: Actor
    site_id: str
    wanted: SiteChange
    token: Secret | UnsetType | None = UNSET  # None: none any more
    forecast_token: Secret | UnsetType | None = UNSET  # likewise


class RemoveSite(Struct, frozen=True, kw_only=True):
    actor: Actor
    site_id: str


class PlaceCharger(Struct, frozen=True, kw_only=True):
    actor: Actor
    charger_id: str
    wanted: Standing


class ImportPrices(Struct, frozen=True, kw_only=True):
    """Answered with `prices.Imported`."""

    actor: Actor
    site_id: str
    text: str
