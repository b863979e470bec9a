"""The command line: parse, build, run. Heavy modules are imported by the command that needs them."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from .cli_chargers import chargers_app
from .cli_links import links_app
from .cli_notices import notices_app
from .cli_options import AsJson, Data, fail, settings
from .cli_platform import charge_points_app, id_tags_app, operations_app
from .cli_prices import prices_app
from .cli_simulate import simulate
from .cli_sites import sites_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes cut the names of options off where a terminal has 80 columns
    help="Laadboek: the charging ledger.",
)
sessions_app = typer.Typer(no_args_is_help=True, help="Charging sessions.")
ledger_app = typer.Typer(no_args_is_help=True, help="The ledger: sessions as evidence.")
app.add_typer(sessions_app, name="sessions")
app.add_typer(ledger_app, name="ledger")
app.add_typer(charge_points_app, name="charge-points")
app.add_typer(id_tags_app, name="id-tags")
app.add_typer(operations_app, name="operations")
app.add_typer(links_app, name="links")
app.add_typer(chargers_app, name="chargers")
app.add_typer(notices_app, name="notices")
app.add_typer(sites_app, name="sites")
app.add_typer(prices_app, name="prices")


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


@sessions_app.command("export")
def export_sessions(
    data: Data = None,
    from_: Annotated[str | None, typer.Option("--from", help="First local day, YYYY-MM-DD.")] = None,
    to: Annotated[str | None, typer.Option(help="Last local day, YYYY-MM-DD, included.")] = None,
    kind: Annotated[str | None, typer.Option(help="business or private.")] = None,
    format: Annotated[str, typer.Option(help="csv.")] = "csv",
    for_: Annotated[str, typer.Option("--for", help="machine or bookkeeper (spreadsheets).")] = "machine",
) -> None:
    """Write charging sessions to standard output."""
    from .actions.export import Dialect, everything
    from .facts import Kind

    if format != "csv":
        fail(f"--format {format} is unknown; csv is what there is.")
    if kind not in (None, *Kind):
        fail(f"--kind {kind} is unknown; use business or private.")
    if for_ not in list(Dialect):
        fail(f"--for {for_} is unknown; use {' or '.join(Dialect)}.")
    first, last = day("--from", from_), day("--to", to)
    with reading(settings(data=data)) as reader:
        lines = reader.read(lambda db: everything(db, first=first, last=last, kind=kind, dialect=for_))
    sys.stdout.buffer.write("".join(lines).encode())


@ledger_app.command("verify")
def verify_ledger(
    data: Data = None,
    checkpoint: Annotated[list[Path] | None, typer.Option(help="Signed checkpoint kept outside; repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find and name any edited, inserted or removed row; with a checkpoint also a cut tail."""
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
        Literal["codec", "control", "csms", "links", "plan", "store"],
        typer.Argument(help="codec, control, csms, links, plan or store."),
    ],
    as_json: AsJson = False,
) -> None:
    """Measure, beside a peer in the same run. Figures vary with the machine; the ratios hold still."""
    from importlib import import_module
    from importlib.util import find_spec

    absent = [peer for peer in ("ocpp", "websockets") if find_spec(peer) is None]
    if absent and what not in ("control", "plan", "store"):
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
def new_password(data: Data = None) -> None:
    """Give the owner a new password and print it, once. The server must not run meanwhile."""
    from .past import new_password as renew
    from .store.errors import StoreError

    where = settings(data=data)
    if where.database is None and not Path(where.location).exists():
        fail(f"There is no database in {where.data}. Start `laadboek serve --data {where.data}` first.")
    try:
        welcome = renew(where)
    except StoreError as error:
        fail(f"The password stays as it was: {error}")
    if welcome is None:
        fail("Nobody owns this installation yet.")
    print("\n".join(welcome.lines()))


@app.command()
def lab(
    port: Annotated[int | None, typer.Option(help="HTTP API of the lab (LAADBOEK_LAB_PORT).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (LAADBOEK_HOST).")] = None,
) -> None:
    """An HTTP API over simulated charge points, for whoever develops a platform or a test. Its page: /docs."""
    from .lab import run

    run(settings(lab_port=port, host=host))


@contextmanager
def reading(where: Any) -> Iterator[Any]:
    """The database of a data folder, opened for reading only; the server may go on beside."""
    from .store.errors import StoreError
    from .store.reader import Reader

    if where.database is None and not Path(where.location).exists():
        fail(f"There is no database in {where.data}. Start `laadboek serve --data {where.data}` first.")
    reader = Reader(where.location)
    try:
        yield reader
    except StoreError as error:
        fail(f"The database {where.location} cannot be read: {error}")
    finally:
        reader.close()


def day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text} is not a day; write it as YYYY-MM-DD.")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
