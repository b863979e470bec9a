"""Commands for notices: what happened, and who is told of it by e-mail or webhook."""

from typing import Annotated
from urllib.parse import quote

import typer

from .cli_options import AsJson, Data
from .cli_platform import Server, show, table

notices_app = typer.Typer(no_args_is_help=True, help="What people are told, and where it goes.")

SecretFile = Annotated[
    typer.FileText | None, typer.Option(help="File with a secret that a webhook is signed with, - for standard input.")
]


@notices_app.command("list")
def list_notices(data: Data = None, as_json: AsJson = False) -> None:
    """What happened, newest first."""
    found = Server(data).ask("GET", "notices")["notices"]
    show(found, as_json, lambda: table(found, ("happened_at", "code", "text")))


@notices_app.command("channels")
def list_channels(data: Data = None, as_json: AsJson = False) -> None:
    """Where notices go, and whether they arrive."""
    found = Server(data).ask("GET", "notice-channels")["channels"]
    show(found, as_json, lambda: table(found, ("id", "kind", "address", "language", "last", "error")))


@notices_app.command("add")
def add_channel(
    kind: Annotated[str, typer.Argument(help="email or webhook.")],
    address: Annotated[str, typer.Argument(help="One e-mail address, or an http(s) address that takes a POST.")],
    data: Data = None,
    language: Annotated[str | None, typer.Option(help="nl, en, fr or de.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only these codes; may be repeated.")] = None,
    secret_file: SecretFile = None,
    as_json: AsJson = False,
) -> None:
    """Send what happens from now on there as well."""
    body = {"kind": kind, "address": address, "language": language, "codes": only or []}
    if secret_file is not None:
        body["secret"] = secret_file.read().strip()
    added = Server(data).ask("POST", "notice-channels", body)
    show(added, as_json, lambda: f"{added['id']}: notices go to {added['address']}. Try it: notices test {added['id']}")


@notices_app.command("test")
def try_channel(channel: str, data: Data = None) -> None:
    """Send a notice that says that it is a test."""
    tried = Server(data).ask("POST", f"notice-channels/{quote(channel, safe='')}/test")
    print(f"A test is on its way to {tried['address']}. `laadboek notices channels` says whether it arrived.")


@notices_app.command("remove")
def remove_channel(channel: str, data: Data = None) -> None:
    """Tell nobody there any more."""
    removed = Server(data).ask("DELETE", f"notice-channels/{quote(channel, safe='')}")
    print(f"{removed['address']} is not told any more.")
