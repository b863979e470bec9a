"""Commands for prices: who publishes them, what a kilowatt-hour costs at a site, and prices from a file."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

import typer

from .cli_options import AsJson, Data, fail
from .cli_platform import Server, show, table
from .cli_sites import Site, place

prices_app = typer.Typer(no_args_is_help=True, help="What a kilowatt-hour costs, and who says so.")

MICRO = 1_000_000
QUARTER = timedelta(minutes=15)


@prices_app.command("sources")
def list_sources(as_json: AsJson = False) -> None:
    """Who publishes prices and forecasts of the sun: price_source and forecast_source of a site."""
    from .sources.catalogue import PRICES
    from .sources.forecasts import FORECASTS

    found = [
        {"name": one.name, "what": "prices", "zones": " ".join(sorted(one.zones)), "token": one.needs_secret}
        | {"terms": one.terms}
        for one in PRICES.values()
    ]
    found += [
        {"name": one.name, "what": "sun", "zones": None, "token": one.needs_secret, "terms": one.terms}
        for one in FORECASTS.values()
    ]
    show(found, as_json, lambda: table(found, ("name", "what", "token", "terms", "zones")))


@prices_app.command("show")
def show_prices(data: Data = None, site: Site = None, as_json: AsJson = False) -> None:
    """Today and tomorrow, in local time: what a kWh costs, and what feeding it in brings."""
    server = Server(data)
    found = server.ask("GET", place(server, site) + "/prices")
    show(found, as_json, lambda: table(rows_of(found), tuple(columns_of(found["currency"]).values())))


@prices_app.command("import")
def import_prices(
    file: Annotated[typer.FileText, typer.Argument(help="CSV: starts_at and eur_per_kwh, or - for standard input.")],
    data: Data = None,
    site: Site = None,
    as_json: AsJson = False,
) -> None:
    """Take prices from a file, for a site with price_source=csv. All of it or nothing."""
    try:
        text = file.read()
    except UnicodeDecodeError:
        fail("The file is not UTF-8 text.")
    server = Server(data)
    done = server.ask("POST", place(server, site) + "/prices", {"file": text})
    show(done, as_json, lambda: "\n".join(taken(done)))


def taken(done: dict[str, Any]) -> list[str]:
    first = f"{done['quarters']} quarter-hours of {done['zone']} are in, from {done['starts_at']} to {done['ends_at']}."
    return [first, *([done["doubtful"]] if done["doubtful"] else [])]


def columns_of(currency: str) -> dict[str, str]:
    per_kwh = f"{currency}/kWh"
    return {"day": "day", "from": "from", "until": "until", "price": per_kwh, "feed_in": "feed-in", "known": "known"}


def rows_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Quarter-hours of one day that cost the same stand in one row."""
    from .energy.zones import local

    column = columns_of(found["currency"])
    clocks = [(local(datetime.fromisoformat(one["starts_at"]), found["time_zone"]), one) for one in found["prices"]]
    rows = []
    for _, group in groupby(clocks, key=lambda told: (told[0].date(), *same(told[1]))):
        stretch = list(group)
        (first, price), last = stretch[0], stretch[-1][0]
        until = local(last + QUARTER, found["time_zone"])
        rows.append(
            {
                column["day"]: f"{first:%a %d %b}",
                column["from"]: f"{first:%H:%M}",
                column["until"]: f"{until:%H:%M}",
                column["price"]: f"{price['import_micro'] / MICRO:.4f}",
                column["feed_in"]: f"{price['export_micro'] / MICRO:.4f}",
                column["known"]: "yes" if price["known"] else "estimated",
            }
        )
    return rows


def same(price: dict[str, Any]) -> tuple[int, int, bool]:
    return price["import_micro"], price["export_micro"], price["known"]
