"""The command line: parse, build, run. Heavy modules are imported by the command that needs them."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from .cli_audit import audit_app
from .cli_chargers import chargers_app
from .cli_drivers import drivers_app
from .cli_keys import keys_app
from .cli_links import links_app
from .cli_mails import print_mails
from .cli_notices import notices_app
from .cli_options import AsJson, Data, fail, reading, settings
from .cli_platform import charge_points_app, id_tags_app, operations_app
from .cli_prices import prices_app
from .cli_sessions import sessions_app
from .cli_simulate import simulate
from .cli_sites import sites_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes cut the names of options off where a terminal has 80 columns
)
ledger_app = typer.Typer(no_args_is_help=True, help="The ledger: sessions as evidence.")
app.add_typer(sessions_app, name="sessions")
app.add_typer(ledger_app, name="ledger")
app.add_typer(charge_points_app, name="charge-points")
app.add_typer(id_tags_app, name="id-tags")
app.add_typer(operations_app, name="operations")
app.add_typer(links_app, name="links")
app.add_typer(chargers_app, name="chargers")
app.add_typer(drivers_app, name="drivers")
app.add_typer(notices_app, name="notices")
app.add_typer(sites_app, name="sites")
app.add_typer(prices_app, name="prices")
app.add_typer(audit_app, name="audit")
app.add_typer(keys_app, name="keys")


def say_version(wanted: bool) -> None:
    if wanted:
        from .version import VERSION

        print(VERSION)
        raise typer.Exit


@app.callback()
def laadboek(
    version: Annotated[
        bool, typer.Option("--version", callback=say_version, is_eager=True, help="Say which release this is.")
    ] = False,
) -> None:
    """Laadboek: the charging ledger."""


@app.command()
def serve(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="Pages and API (LAADBOEK_PORT).")] = None,
    ocpp_port: Annotated[int | None, typer.Option(help="Our platform (LAADBOEK_OCPP_PORT).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (LAADBOEK_HOST).")] = None,
    home: Annotated[str | None, typer.Option(help="simulated (default) or real (LAADBOEK_HOME).")] = None,
) -> None:
    """Run pages, platform and hosted chargers in one process."""
    from .serve import run

    run(settings(data=data, port=port, ocpp_port=ocpp_port, host=host, home=home))


app.command()(simulate)
app.command("mails")(print_mails)


@ledger_app.command("verify")
def verify_ledger(
    file: Annotated[Path | None, typer.Argument(help="A signed file of sessions: only that is checked.")] = None,
    data: Data = None,
    key: Annotated[str | None, typer.Option(help="Public key that must have signed it, base64; else its own.")] = None,
    checkpoint: Annotated[list[Path] | None, typer.Option(help="Signed checkpoint kept outside; repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find and name any edited, inserted or removed row; with a checkpoint also a cut tail. With FILE: offline."""
    if file is not None:
        from .cli_sessions import check_file

        check_file(file, key, as_json)
    from .actions.evidence import verify_ledger as verify
    from .ledger.checkpoint import BadCheckpoint, from_text
    from .store.signing_key import public_key

    try:
        kept = [from_text(path.read_text()) for path in checkpoint or []]
    except (BadCheckpoint, OSError, UnicodeDecodeError) as error:
        fail(f"A checkpoint cannot be read: {error}")
    where = settings(data=data)
    with reading(where) as reader:
        result = reader.read(lambda db: verify(db, kept, public_key(where.data)))
    if as_json:
        print(json.dumps(result.as_dict()))
    else:
        print("\n".join([*map(str, result.findings), result.summary()]))
    raise typer.Exit(1 if result.findings else 0)


@ledger_app.command("checkpoint")
def write_checkpoint(data: Data = None) -> None:
    """Print a signed checkpoint of every chain. Keep it outside: it reveals a cut tail later."""
    from .actions.evidence import checkpoint_texts
    from .clock import SystemClock
    from .store.signing_key import load_or_create

    where = settings(data=data)
    with reading(where) as reader:
        now = SystemClock().now()
        print("\n".join(reader.read(lambda db: checkpoint_texts(db, load_or_create(where.data), now))), end="")


@app.command()
def bench(
    what: Annotated[
        Literal["codec", "control", "csms", "links", "plan", "sessions", "store"],
        typer.Argument(help="codec, control, csms, links, plan, sessions or store."),
    ],
    as_json: AsJson = False,
) -> None:
    """Measure, beside a peer in the same run. Figures vary with the machine; the ratios hold still."""
    from importlib import import_module
    from importlib.util import find_spec

    absent = [peer for peer in ("ocpp", "websockets") if find_spec(peer) is None]
    if absent and what not in ("control", "plan", "sessions", "store"):
        fail(f"This measures beside {' and '.join(absent)}, which only development needs. `make check` adds them.")
    result: dict[str, Any] = import_module(f".bench.{what}", __package__).run()
    if as_json:
        print(json.dumps(result))
        return
    for part in ("figures", "ratios"):
        print(part)
        for name, value in result[part].items():
            print(f"  {name:<40} {value}")


@app.command()
def doctor(data: Data = None) -> None:
    """Look at this machine and data folder, and say what is missing and how to add it."""
    from .doctor import examine

    findings = examine(settings(data=data))
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FIX '} {finding.what}" + ("" if finding.ok else f"\n     {finding.remedy}"))
    raise typer.Exit(0 if all(finding.ok or not finding.required for finding in findings) else 1)


@app.command("new-password")
def new_password(
    data: Data = None,
    email: Annotated[str | None, typer.Option(help="Whose; by default that of who registered first.")] = None,
    without_codes: Annotated[
        bool, typer.Option("--without-codes", help="Switch one-time codes off: phone and recovery codes are lost.")
    ] = False,
) -> None:
    """Give a user a new password and print it, once. The server must not run meanwhile."""
    from .past import new_password as renew
    from .store.errors import StoreError

    where = settings(data=data)
    if where.database is None and not Path(where.location).exists():
        fail(f"There is no database in {where.data}. Start `laadboek serve --data {where.data}` first.")
    try:
        welcome = renew(where, email, without_codes=without_codes)
    except StoreError as error:
        fail(f"The password stays as it was: {error}")
    if welcome is None:
        fail("There is no such user. Who registers on the first page becomes one.")
    print("\n".join(welcome.lines()))
    if without_codes:
        print("One-time codes are off. Set them up again: Account, How you sign in.")


@app.command()
def lab(
    port: Annotated[int | None, typer.Option(help="HTTP API of the lab (LAADBOEK_LAB_PORT).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (LAADBOEK_HOST).")] = None,
) -> None:
    """An HTTP API over simulated charge points, for whoever develops a platform or a test. Its page: /docs."""
    from .lab import run

    run(settings(lab_port=port, host=host))


def main() -> None:
    app()


if __name__ == "__main__":
    main()
