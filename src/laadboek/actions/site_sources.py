"""Who publishes prices and forecasts, as a form offers them (A4)."""

from msgspec import Struct

from ..sources.catalogue import PRICES
from ..sources.forecasts import FORECASTS


class SourceChoice(Struct, frozen=True, kw_only=True):
    name: str
    title: str
    needs_token: bool
    zones: tuple[str, ...] = ()


def price_sources() -> tuple[SourceChoice, ...]:
    return tuple(
        SourceChoice(name=one.name, title=one.title, needs_token=one.needs_secret, zones=tuple(one.zones))
        for one in PRICES.values()
    )


def forecast_sources() -> tuple[SourceChoice, ...]:
    return tuple(
        SourceChoice(name=one.name, title=one.title, needs_token=one.needs_secret) for one in FORECASTS.values()
    )
