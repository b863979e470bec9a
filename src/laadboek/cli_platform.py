"""Commands for our platform. They ask the running server over its API, never the database."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from . import running
from .cli_options import AsJson, Data, fail, settings

charge_points_app = typer.Typer(no_args_is_help=True, help="Charge points that may connect to our platform.")
id_tags_app = typer.Typer(no_args_is_help=True, help="Id tags that may charge at them.")
operations_app = typer.Typer(no_args_is_help=True, help="What charge points are asked to do.")

LONGER_THAN_ANY_OPERATION_S = 120
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the token is for no proxy's eyes

Registration = Annotated[str, typer.Option(help="What its BootNotification is answered: Accepted, Pending, Rejected.")]
Expires = Annotated[datetime | None, typer.Option(help="When it ends, UTC: 2027-01-31T00:00:00.")]


@charge_points_app.command("add")
def add_charge_point(
    charge_box_id: str,
    data: Data = None,
    key_file: Annotated[
        typer.FileText | None, typer.Option(help="File with its authorization key, - for standard input.")
    ] = None,
    registration: Registration = "Accepted",
    as_json: AsJson = False,
) -> None:
    """Let a charge point in. Without --key-file a random key is made, and printed this once."""
    body: dict[str, Any] = {"charge_box_id": charge_box_id, "registration": registration}
    if key_file is not None:
        body["authorization_key"] = key_file.read().strip()
    server = Server(data)
    added = server.ask("POST", "charge-points", body)
    show(added, as_json, lambda: "\n".join(how_to_connect(server.place, added)))


@charge_points_app.command("list")
def list_charge_points(data: Data = None, as_json: AsJson = False) -> None:
    """All of them, and who is connected."""
    found = Server(data).everything("charge-points", "charge_points")
    show(found, as_json, lambda: table(found, ("charge_box_id", "registration", "connected", "model", "last_seen_at")))


@charge_points_app.command("remove")
def remove_charge_point(charge_box_id: str, data: Data = None) -> None:
    """Do not let it in any more, and disconnect it. What it recorded stays."""
    Server(data).ask("DELETE", f"charge-points/{quote(charge_box_id, safe='')}")
    print(f"{charge_box_id} is removed. Its transactions and sessions stay.")


@id_tags_app.command("add")
def add_id_tag(
    id_tag: str,
    data: Data = None,
    kind: Annotated[str, typer.Option(help="business or private.")] = "private",
    parent: Annotated[str | None, typer.Option(help="Parent id tag.")] = None,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Let an id tag charge."""
    ends = None if expires is None else expires.isoformat() + "Z"
    body = {"id_tag": id_tag, "kind": kind, "parent_id_tag": parent, "expires_at": ends}
    added = Server(data).ask("POST", "id-tags", body)
    show(added, as_json, lambda: f"{added['id_tag']} may charge ({added['kind']}).")


@id_tags_app.command("list")
def list_id_tags(data: Data = None, as_json: AsJson = False) -> None:
    """All of them, with what a charge point is answered."""
    found = Server(data).everything("id-tags", "id_tags")
    show(found, as_json, lambda: table(found, ("id_tag", "status", "kind", "parent_id_tag", "expires_at")))


@id_tags_app.command("block")
def block_id_tag(
    id_tag: str,
    data: Data = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let it charge again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer Blocked from now on."""
    changed = Server(data).ask("PATCH", f"id-tags/{quote(id_tag, safe='')}", {"blocked": not undo})
    show(changed, as_json, lambda: f"{changed['id_tag']} is answered {changed['status']} from now on.")


@id_tags_app.command("remove")
def remove_id_tag(id_tag: str, data: Data = None) -> None:
    """Forget an id tag. Its sessions stay."""
    Server(data).ask("DELETE", f"id-tags/{quote(id_tag, safe='')}")
    print(f"{id_tag} is removed. Its sessions stay.")


@operations_app.command("run")
def run_operation(
    charge_box_id: str,
    action: Annotated[str, typer.Argument(help="RemoteStartTransaction, Reset, GetConfiguration …")],
    payload: Annotated[str, typer.Argument(help="The OCPP request as JSON.")] = "{}",
    data: Data = None,
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same one is not performed twice.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a charge point for something and wait for its answer. Exit code 1: it did not answer, or by an error.

    One that is not connected is waited for, up to 60 s; that is said at once.
    """
    try:
        request = json.loads(payload)
    except ValueError as error:
        fail(f"The request is not JSON: {error}")
    body = {"action": action, "payload": request, "idempotency_key": key, "wait": True}
    server, place = Server(data), f"charge-points/{quote(charge_box_id, safe='')}"
    if not server.ask("GET", place)["connected"]:
        print(f"{charge_box_id} is not connected. It has 60 s to come; then this expires, unasked.", file=sys.stderr)
    done = server.ask("POST", f"{place}/operations", body)
    show(done, as_json, lambda: f"{done['state']}: {json.dumps(done['answer'])}")
    raise typer.Exit(0 if done["state"] == "answered" else 1)


# --- the server ---


class Server:
    """The running server of a data folder, asked as its operator."""

    def __init__(self, data: Path | None) -> None:
        folder: Path = settings(data=data).data
        try:
            self.place = running.find(folder)
            self._token = running.read_token(folder)
        except (running.NoServer, FileNotFoundError):
            fail(f"No server runs on {folder}. Start `laadboek serve --data {folder}` first.")
        except (running.TokenExposed, PermissionError) as error:
            fail(str(error))

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON; None when it has no body."""
        text = self.ask_bytes(method, path, body)
        return json.loads(text) if text else None

    def ask_bytes(self, method: str, path: str, body: object = None) -> bytes:
        """The answer as it came: a file."""
        request = urllib.request.Request(
            f"http://{self.place.host}:{self.place.port}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token.reveal()}", "Content-Type": "application/json"},
        )
        try:
            with DIRECT.open(request, timeout=LONGER_THAN_ANY_OPERATION_S) as response:
                answer: bytes = response.read()
                return answer
        except urllib.error.HTTPError as error:
            fail(said(error))
        except OSError as error:
            fail(f"The server at {self.place.host}:{self.place.port} does not answer: {error}")

    def everything(self, path: str, name: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        query: dict[str, str] = {}
        while True:
            page = self.ask("GET", f"{path}?{urlencode(query)}")
            found += page[name]
            if page["next"] is None:
                return found
            query = {"after": page["next"]}


def said(error: urllib.error.HTTPError) -> str:
    """What the server says is wrong, for a person."""
    try:
        return str(json.loads(error.read())["title"])
    except (ValueError, KeyError):
        return f"The server answered with HTTP {error.code}."


# --- what a person sees ---


def how_to_connect(place: running.Place, added: dict[str, Any]) -> list[str]:
    key = added["authorization_key"]
    return [
        f"{added['charge_box_id']} may connect (registration {added['registration']}).",
        f"  Backend URI        ws://{place.host}:{place.ocpp_port}/ocpp/",
        f"  ChargeBoxID        {added['charge_box_id']}",
        f"  User name          {added['charge_box_id']}",
        "  Authorization key  " + ("the one you gave" if key is None else f"{key}  (shown this once)"),
    ]


def table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    cells = [columns, *[tuple(cell(row[column]) for column in columns) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def as_set(chosen: list[dict[str, Any]]) -> str:
    """Settings or keys as they are now."""
    return "\n".join(f"{one['name']} = {one['value']}" for one in chosen)


def cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
    return str(value)


def show(value: object, as_json: bool, text: Callable[[], str]) -> None:
    print(json.dumps(value) if as_json else text())
