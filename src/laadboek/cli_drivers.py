"""Commands for drivers: who may charge, blocked at once, from a file and into one. They ask the running server."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from .cli_options import AsJson, Data, fail
from .cli_platform import Server, show, table

drivers_app = typer.Typer(no_args_is_help=True, help="Who may charge, by which PIN and tag.")

SHOWN = ("id", "name", "state", "kind", "mode", "id_tag", "where")


@drivers_app.command("list")
def list_drivers(
    data: Data = None,
    search: Annotated[str, typer.Option(help="Part of a name or tag.")] = "",
    as_json: AsJson = False,
) -> None:
    """All of them, and what they may do."""
    found = [one for one in Server(data).everything("drivers", "drivers") if fits(one, search)]
    show(found, as_json, lambda: table([{**one, "where": where(one)} for one in found], SHOWN))


@drivers_app.command("add")
def add_driver(
    name: str,
    data: Data = None,
    kind: Annotated[str, typer.Option(help="business or private.")] = "business",
    mode: Annotated[str, typer.Option(help="fast, eco or eco_plus.")] = "fast",
    charger: Annotated[
        list[str] | None, typer.Option(help="chg_…; repeatable. Left out: all, also later ones.")
    ] = None,
    id_tag: Annotated[str | None, typer.Option(help="One that they have already.")] = None,
    pin_file: Annotated[
        typer.FileText | None, typer.Option(help="File with a PIN, - for standard input. Left out: one is made.")
    ] = None,
    without_pin: Annotated[bool, typer.Option("--without-pin", help="By id tag and remote start only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let somebody charge. The PIN is printed this once."""
    body: dict[str, Any] = {"name": name, "kind": kind, "mode": mode, "id_tag": id_tag, "without_pin": without_pin}
    if charger:
        body["chargers"] = charger
    if pin_file is not None:
        body["pin"] = pin_file.read().strip()
    added = Server(data).ask("POST", "drivers", body)
    show(added, as_json, lambda: "\n".join(said(added)))


@drivers_app.command("block")
def block_driver(
    driver: Annotated[str, typer.Argument(help="drv_…, or the id tag.")],
    data: Data = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let them charge again.")] = False,
    as_json: AsJson = False,
) -> None:
    """At once: a session that runs ends."""
    server = Server(data)
    found = known(server, driver)
    now = server.ask("PATCH", f"drivers/{quote(found['id'], safe='')}", {"blocked": not undo})
    show(now, as_json, lambda: f"{now['name']} {'may charge again' if undo else 'is blocked'}.")


@drivers_app.command("import")
def import_drivers(
    file: Annotated[Path, typer.Argument(help="CSV; docs/drivers.md lists the columns.", exists=True, dir_okay=False)],
    data: Data = None,
    keep: Annotated[bool, typer.Option("--keep", help="Not only say what would happen, but do it.")] = False,
    pins: Annotated[Path | None, typer.Option(help="Where to write the PINs that are made; a new file.")] = None,
    as_json: AsJson = False,
) -> None:
    """All rows or none. Without --keep it only says what would happen. Exit code 1: a row cannot be taken."""
    if keep and pins is not None and pins.exists():
        fail(f"{pins} is there already; PINs are written into a new file.")
    body = {"csv": file.read_bytes().decode("utf-8-sig", errors="replace"), "rehearsal": not keep}
    answer = Server(data).ask("POST", "drivers/import", body)
    if answer["pins"] and pins is not None:
        write_pins(pins, answer["pins"])
        answer = {**answer, "pins": []}
    show(answer, as_json, lambda: "\n".join(reported(answer)))
    raise typer.Exit(1 if any(row["outcome"] == "refused" for row in answer["rows"]) else 0)


@drivers_app.command("export")
def export_drivers(data: Data = None) -> None:
    """As CSV to standard output, without PINs."""
    sys.stdout.buffer.write(Server(data).ask_bytes("GET", "drivers/export"))


def known(server: Server, driver: str) -> dict[str, Any]:
    for one in server.everything("drivers", "drivers"):
        if driver in (one["id"], one["id_tag"]) or driver.casefold() == one["id_tag"].casefold():
            return dict(one)
    fail(f"There is no driver {driver}; `laadboek drivers list` names them.")


def fits(driver: dict[str, Any], search: str) -> bool:
    part = search.casefold()
    return part in driver["name"].casefold() or part in driver["id_tag"].casefold()


def where(driver: dict[str, Any]) -> str:
    return "all" if driver["all_chargers"] else ", ".join(place["name"] for place in driver["chargers"])


def said(added: dict[str, Any]) -> list[str]:
    lines = [f"{added['name']} may charge. Id tag: {added['id_tag']}"]
    return lines if added["pin"] is None else [*lines, f"PIN, shown this once: {added['pin']}"]


def reported(answer: dict[str, Any]) -> list[str]:
    rows = answer["rows"]
    counted = {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in ("new", "changed", "same")}
    lines = [f"row {row['row']}, {row['name'] or 'no name'}: {row['title']}" for row in rows if row["code"]]
    lines.append(f"{counted['new']} new, {counted['changed']} changed, {counted['same']} unchanged.")
    lines.append(
        "They are in." if answer["kept"] else "Nothing was changed. With --keep it is done, if every row can be."
    )
    return lines + [f"{pin['name']}\t{pin['pin']}\t{pin['id_tag']}" for pin in answer["pins"]]


def write_pins(path: Path, pins: list[dict[str, str]]) -> None:
    """Readable by whoever runs this only."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps(pins, indent=2) + "\n")
