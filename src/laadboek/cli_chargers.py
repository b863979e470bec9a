"""Commands for the chargers that this home hosts, and their settings. They ask the running server over its API."""

from typing import Annotated
from urllib.parse import quote

import typer

from .cli_options import AsJson, Data, Pairs, fail, pairs
from .cli_platform import Server, as_set, show, table

chargers_app = typer.Typer(no_args_is_help=True, help="Our chargers, and how they behave.")

Charger = Annotated[str | None, typer.Option(help="chg_…; not needed when there is one.")]
COLUMNS = ("name", "value", "allowed", "held_by", "effect")


@chargers_app.command("list")
def list_chargers(data: Data = None, as_json: AsJson = False) -> None:
    """All of them."""
    found = Server(data).ask("GET", "chargers")["chargers"]
    show(found, as_json, lambda: table(found, ("id", "name", "device", "connectors")))


@chargers_app.command("settings")
def list_settings(data: Data = None, charger: Charger = None, as_json: AsJson = False) -> None:
    """What a charger is set to, what each setting takes, and what it does."""
    server = Server(data)
    found = server.ask("GET", place(server, charger))["settings"]
    show(found, as_json, lambda: table(found, COLUMNS))


@chargers_app.command("set")
def choose_settings(wanted: Pairs, data: Data = None, charger: Charger = None, as_json: AsJson = False) -> None:
    """Set one or several at once; if one is refused, none is changed."""
    server = Server(data)
    values = pairs(wanted)
    now = server.ask("PATCH", place(server, charger), {"settings": values})["settings"]
    chosen = [one for one in now if one["name"] in values]
    show(chosen, as_json, lambda: as_set(chosen))


def place(server: Server, charger: str | None) -> str:
    """Where the settings of a charger are: of the only one, when none is named."""
    if charger is None:
        found = server.ask("GET", "chargers")["chargers"]
        if len(found) != 1:
            fail("Say which charger: --charger chg_…; `laadboek chargers list` names them.")
        charger = found[0]["id"]
    return f"chargers/{quote(charger, safe='')}/settings"
