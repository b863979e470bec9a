"""Commands for sites: fuses, grid meter, roof, energy contract, and which charger stands where."""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from .cli_options import AsJson, Data, fail
from .cli_platform import Server, as_set, show, table

sites_app = typer.Typer(no_args_is_help=True, help="Where chargers stand: fuses, meter, roof, energy contract.")

Site = Annotated[str | None, typer.Option(help="sit_…; not needed when there is one.")]
Fields = Annotated[
    list[str] | None,
    typer.Argument(metavar="FIELD=VALUE...", help="Any field of the configuration; VALUE is JSON or text."),
]
Fuse = Annotated[int | None, typer.Option(help="Main fuse, A per phase.")]
CONTRACT_HELP = "dynamic, all_in, 'fixed 0.28' or 'day_night 0.31 0.27' (supply per kWh, before taxes)."
TokenFile = Annotated[
    typer.FileText | None, typer.Option(help="File with the price source's token, - for standard input.")
]
ForecastTokenFile = Annotated[
    typer.FileText | None, typer.Option(help="File with the forecast source's token, - for standard input.")
]


@sites_app.command("list")
def list_sites(data: Data = None, as_json: AsJson = False) -> None:
    """All of them, and who stands there."""
    found = Server(data).ask("GET", "sites")["sites"]
    rows = [{**one, "chargers": ", ".join(one["chargers"])} for one in found]
    show(found, as_json, lambda: table(rows, ("id", "name", "chargers")))


@sites_app.command("show")
def show_site(data: Data = None, site: Site = None, as_json: AsJson = False) -> None:
    """What its owner said about it."""
    server = Server(data)
    found = server.ask("GET", place(server, site))
    show(found, as_json, lambda: as_set([{"name": k, "value": json.dumps(v)} for k, v in found["config"].items()]))


@sites_app.command("now")
def show_now(data: Data = None, site: Site = None) -> None:
    """What is measured there, what is free, who gets how much and why."""
    server = Server(data)
    print(json.dumps(server.ask("GET", place(server, site) + "/live"), indent=2))


@sites_app.command("add")
def add_site(
    name: str,
    fields: Fields = None,
    data: Data = None,
    main_fuse_a: Fuse = None,
    contract: Annotated[str | None, typer.Option(help=CONTRACT_HELP)] = None,
    token_file: TokenFile = None,
    forecast_token_file: ForecastTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """One more place where chargers stand."""
    body = {"name": name, **body_of(fields, main_fuse_a, contract, token_file, forecast_token_file)}
    added = Server(data).ask("POST", "sites", body)
    show(added, as_json, lambda: f"{added['id']}: {added['name']}. Place a charger: sites place --site {added['id']}")


@sites_app.command("set")
def change_site(
    fields: Fields = None,
    data: Data = None,
    site: Site = None,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    main_fuse_a: Fuse = None,
    contract: Annotated[str | None, typer.Option(help=CONTRACT_HELP)] = None,
    token_file: TokenFile = None,
    forecast_token_file: ForecastTokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Change it at once, all of it or nothing: has_meter=true price_source=energyzero month_peak_w=5000 …"""
    server = Server(data)
    body = body_of(fields, main_fuse_a, contract, token_file, forecast_token_file) | (
        {} if name is None else {"name": name}
    )
    if not body:
        fail("Say what to change; `laadboek sites show` lists what is set.")
    now = server.ask("PATCH", place(server, site), body)
    show(now, as_json, lambda: f"{now['name']} is changed.")


@sites_app.command("remove")
def remove_site(site: Annotated[str, typer.Argument(help="sit_…")], data: Data = None) -> None:
    """Forget a site. Refused while a charger stands there."""
    Server(data).ask("DELETE", f"sites/{quote(site, safe='')}")
    print(f"{site} is removed.")


@sites_app.command("place")
def place_charger(
    data: Data = None,
    site: Site = None,
    charger: Annotated[str | None, typer.Option(help="chg_…; not needed when there is one.")] = None,
    circuit: Annotated[str | None, typer.Option(help="Behind which fuse of the site.")] = None,
    rotation: Annotated[str | None, typer.Option(help="The grid's phases on its L1, L2, L3: RST, STR, … or S.")] = None,
    priority: Annotated[int | None, typer.Option(help="Higher first.")] = None,
    nowhere: Annotated[bool, typer.Option("--nowhere", help="At no site any more.")] = False,
) -> None:
    """Say where a charger stands."""
    server = Server(data)
    charger = charger or only(server.ask("GET", "chargers")["chargers"], "charger", "chg_…")
    site_id = None if nowhere else (site or only(server.ask("GET", "sites")["sites"], "site", "sit_…"))
    body = {"site_id": site_id, "circuit_id": circuit, "rotation": rotation, "priority": priority}
    server.ask("PUT", f"chargers/{quote(charger, safe='')}/site", body)
    print("It stands at no site now." if nowhere else f"{charger} stands at {site_id} now.")


def body_of(
    fields: list[str] | None, main_fuse_a: int | None, contract: str | None, token_file: Any, forecast_token_file: Any
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if fields:
        body["config"] = dict(field(word) for word in fields)
    if main_fuse_a is not None:
        body["main_fuse_a"] = main_fuse_a
    if contract is not None:
        body["contract"] = contract
    for name, file in (("price_token", token_file), ("forecast_token", forecast_token_file)):
        if file is not None:
            body[name] = file.read().strip()
    return body


def field(word: str) -> tuple[str, Any]:
    """`NAME=VALUE`; a value that is no JSON is text."""
    name, equals, value = word.partition("=")
    if not equals or not name:
        fail(f"{word!r} is not FIELD=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def place(server: Server, site: str | None) -> str:
    """Where a site is: the only one, when none is named."""
    return f"sites/{quote(site or only(server.ask('GET', 'sites')['sites'], 'site', 'sit_…'), safe='')}"


def only(found: list[dict[str, Any]], what: str, form: str) -> str:
    if len(found) != 1:
        fail(f"Say which {what}: --{what} {form}; `laadboek {what}s list` names them.")
    return str(found[0]["id"])
