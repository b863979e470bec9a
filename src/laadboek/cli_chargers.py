"""Commands for the chargers that this home hosts, and their settings. They ask the running server over its API."""

from math import isfinite
from typing import Annotated, Any
from urllib.parse import quote

import typer

from .cli_options import AsJson, Data, Pairs, fail, pairs
from .cli_platform import Server, as_set, show, table

chargers_app = typer.Typer(no_args_is_help=True, help="Our chargers, and how they behave.")

Charger = Annotated[str | None, typer.Option(help="chg_…; not needed when there is one.")]
BY_HELP = "The next time that clocks there show this: 07:00."
COLUMNS = ("name", "value", "allowed", "held_by", "effect")


@chargers_app.command("list")
def list_chargers(data: Data = None, as_json: AsJson = False) -> None:
    """All of them."""
    found = Server(data).ask("GET", "chargers")["chargers"]
    show(found, as_json, lambda: table(found, ("id", "name", "device", "connectors")))


@chargers_app.command("add")
def add_charger(
    name: str,
    data: Data = None,
    model: Annotated[str, typer.Option(help="laadboek or zappi, simulated.")] = "laadboek",
    type_code: Annotated[str | None, typer.Option(help="Of a zappi: 2H22TB.")] = None,
    serial_number: Annotated[str | None, typer.Option(help="Left out: one is made.")] = None,
    phases: Annotated[int, typer.Option(help="1 or 3.")] = 3,
    max_current_a: Annotated[int, typer.Option(help="A per phase.")] = 32,
    site: Annotated[str | None, typer.Option(help="sit_…. Left out: the only one, if there is one.")] = None,
    as_json: AsJson = False,
) -> None:
    """One more simulated charger, for who may charge everywhere. One that speaks OCPP: `charge-points add`."""
    body = {
        "name": name,
        "model": model,
        "type_code": type_code,
        "serial_number": serial_number,
        "phases": phases,
        "max_current_a": max_current_a,
        "site_id": site,
    }
    added = Server(data).ask("POST", "chargers", body)
    show(added, as_json, lambda: f"{added['id']}: {added['name']}, {added['model']} {added['serial_number']}.")


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


@chargers_app.command("pin")
def choose_pin(
    data: Data = None,
    charger: Charger = None,
    pin_file: Annotated[typer.FileText | None, typer.Option(help="File with the PIN, - for standard input.")] = None,
) -> None:
    """Choose the PIN that unlocks the charger's settings at its pad, in place of the factory's."""
    server = Server(data)
    pin = pin_file.read() if pin_file is not None else typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
    server.ask("PUT", place(server, charger, "settings-pin"), {"pin": pin.strip()})
    print("The settings PIN is yours alone from now on.")


@chargers_app.command("now")
def show_now(data: Data = None, charger: Charger = None, as_json: AsJson = False) -> None:
    """What a charger does now, and why; its plan, if there is one."""
    server = Server(data)
    live = server.ask("GET", place(server, charger, "live"))
    show(live, as_json, lambda: "\n".join(said(live)))


@chargers_app.command("unlock")
def unlock(data: Data = None, charger: Charger = None) -> None:
    """Open the PIN pad after too many wrong PINs, and the lock until a car comes or goes."""
    server = Server(data)
    server.ask("POST", place(server, charger, "unlock"))
    print("The keypad takes PINs again, and the lock is open until a car comes or goes.")


@chargers_app.command("mode")
def choose_mode(
    mode: Annotated[str, typer.Argument(help="stop, fast, eco or eco_plus.")],
    data: Data = None,
    charger: Charger = None,
) -> None:
    """Until the car is unplugged. The default mode is a setting."""
    server = Server(data)
    server.ask("POST", place(server, charger, "mode"), {"mode": mode})
    print(f"Mode {mode} was asked for.")


@chargers_app.command("boost")
def boost(
    kwh: Annotated[float, typer.Argument(help="So much more; 0 ends a boost.")],
    by: Annotated[str | None, typer.Option(help=BY_HELP)] = None,
    data: Data = None,
    charger: Charger = None,
) -> None:
    """More energy, whatever the sun does: now, or by a time."""
    server = Server(data)
    server.ask("POST", place(server, charger, "boost"), {"energy_wh": wh_of(kwh), "ready_by": by})
    print(f"A boost of {kwh:g} kWh was asked for." if kwh else "The boost is over.")


@chargers_app.command("goal")
def choose_goal(
    kwh: Annotated[float | None, typer.Option(help="From the start of the session on.")] = None,
    by: Annotated[str | None, typer.Option(help=BY_HELP)] = None,
    data: Data = None,
    charger: Charger = None,
) -> None:
    """What this visit is for; what is left out is as usual."""
    server = Server(data)
    body = {"energy_wh": None if kwh is None else wh_of(kwh), "ready_by": by}
    server.ask("POST", place(server, charger, "goal"), body)
    print("The plan is made anew with that.")


def wh_of(kwh: float) -> int:
    """What a car can take is the server's to say; nan and inf are no energy."""
    if not isfinite(kwh):
        fail(f"{kwh} is no number of kWh.")
    return round(kwh * 1000)


def said(live: dict[str, Any]) -> list[str]:
    """A charger in a few lines."""
    lines = [f"{live['name']}: {live['power_w']} W in mode {live['mode']} ({live['why']['code']})"]
    if live["plan"] is not None:
        plan = live["plan"]
        lines.append(f"Plan: {plan['goal']['energy_wh'] / 1000:g} kWh by {plan['goal']['ready_by']}")
        lines += [f"  {one['starts_at']} to {one['ends_at']}: {one['energy_wh'] / 1000:g} kWh" for one in plan["slots"]]
    return lines


def place(server: Server, charger: str | None, what: str = "settings") -> str:
    """Where something of a charger is: of the only one, when none is named."""
    if charger is None:
        found = server.ask("GET", "chargers")["chargers"]
        if len(found) != 1:
            fail("Say which charger: --charger chg_…; `laadboek chargers list` names them.")
        charger = found[0]["id"]
    return f"chargers/{quote(charger, safe='')}/{what}"
