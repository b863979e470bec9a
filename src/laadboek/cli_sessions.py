"""`laadboek sessions`: files of charging sessions, read beside the running server."""

import asyncio
import base64
import binascii
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from .cli_options import Data, fail, reading, settings

sessions_app = typer.Typer(no_args_is_help=True, help="Charging sessions.")
FORMATS = ("csv", "xlsx", "pdf", "signed")


@sessions_app.command("export")
def export_sessions(
    data: Data = None,
    from_: Annotated[str | None, typer.Option("--from", help="First local day, YYYY-MM-DD; else of all.")] = None,
    to: Annotated[str | None, typer.Option(help="Last local day, YYYY-MM-DD, included; else today.")] = None,
    kind: Annotated[str | None, typer.Option(help="business or private.")] = None,
    format: Annotated[str, typer.Option(help="csv, xlsx, pdf or signed.")] = "csv",
    for_: Annotated[str, typer.Option("--for", help="machine or bookkeeper (spreadsheets): of csv.")] = "machine",
    account: Annotated[str | None, typer.Option(help="acc_…: whose, if there are several; csv takes all.")] = None,
) -> None:
    """Write charging sessions to standard output."""
    from .actions.exports.csv_rows import Dialect
    from .facts import Kind

    if format not in FORMATS:
        fail(f"--format {format} is unknown; use {', '.join(FORMATS)}.")
    if kind not in (None, *Kind):
        fail(f"--kind {kind} is unknown; use business or private.")
    if for_ not in list(Dialect):
        fail(f"--for {for_} is unknown; use {' or '.join(Dialect)}.")
    first, last = day("--from", from_), day("--to", to)
    where = settings(data=data)
    with reading(where) as reader:
        if format == "csv":
            reader.read(lambda db: write_csv(db, first, last, kind, for_))
            return
        sys.stdout.buffer.write(one_file(reader, where.data, format, account, first, last, kind))


def write_csv(db: Any, first: date | None, last: date | None, kind: str | None, dialect: str) -> None:
    """As it is read, all in one reading: however long it is, little is held."""
    from .actions.exports.everything import everything

    for part in everything(db, first=first, last=last, kind=kind, dialect=dialect):
        sys.stdout.buffer.write(part)


def one_file(
    reader: Any, folder: Path, format: str, account: str | None, first: date | None, last: date | None, kind: str | None
) -> bytes:
    """Of one account, in its language; from its first session until today where no days are given."""
    from .actions.exports.everything import actor_of
    from .actions.exports.signed import Covered, prepared, sealed
    from .actions.sessions import instants
    from .clock import SystemClock
    from .energy.zones import DAY, Period, Span, local_day
    from .facts import Kind
    from .portal.sessions import making
    from .portal.words.speech import Speech
    from .reasons import Refused
    from .store.session_queries import Choice
    from .store.signing_key import load_or_create

    actor = actor_of(reader.read(lambda db: chosen(db, account)))
    now, speech = SystemClock().now(), Speech(actor.language, actor.time_zone)
    last = last or local_day(now, actor.time_zone)
    first = first or min(last, reader.read(lambda db: first_day(db, actor)) or last)
    start, end = instants(first, last, actor.time_zone)
    choice = Choice(kind=Kind(kind) if kind else None)
    covered = Covered(first=first, until=last + DAY, start=start, end=end, choice=choice)
    try:
        if format == "signed":
            key = load_or_create(folder)
            document = reader.read(lambda db: prepared(db, actor, covered, now))
            return sealed(document, key.public_key().public_bytes_raw(), key.sign)
        period = Period(span=Span.DAY, first=first, until=last + DAY, start=start, end=end)
        made: bytes = asyncio.run(making.made(beside(reader), actor, covered, period, format, speech, now))
        return made
    except Refused as refused:
        fail(speech.sentence(refused.reason))


def first_day(db: Any, actor: Any) -> date | None:
    """Of the account's first session."""
    from .actions.sessions import instants, rows_between
    from .energy.zones import local_day

    oldest = next(rows_between(db, actor, *instants(None, None, actor.time_zone)), None)
    return None if oldest is None else local_day(oldest.started_at, actor.time_zone)


def beside(reader: Any) -> Callable[[Any], Any]:
    async def read(job: Any) -> Any:
        return await asyncio.to_thread(reader.read, job)

    return read


def chosen(db: Any, account: str | None) -> Any:
    from .store import accounts

    found = accounts.all(db)
    if account is not None:
        found = [one for one in found if one.public_id == account]
    if len(found) != 1:
        known = ", ".join(one.public_id for one in accounts.all(db)) or "none"
        fail(f"Say by --account which account it is; there are: {known}.")
    return found[0]


def day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text} is not a day; write it as YYYY-MM-DD.")


def check_file(path: Path, key: str | None, as_json: bool) -> NoReturn:
    """Say what was changed in a signed file, if anything. Needs no data folder, no network."""
    from .clock import from_us
    from .ledger.signed import MOST_BYTES, check

    try:
        public = None if key is None else base64.b64decode(key, validate=True)
        if path.stat().st_size > MOST_BYTES:
            fail(f"{path} is larger than any file that Laadboek signs.")
        report = check(path.read_bytes(), public)
    except (OSError, binascii.Error) as error:
        fail(f"{path} or the key cannot be read: {error}")
    if as_json:
        rows = [{"where": one.where, "what": one.what} for one in report.findings]
        print(json.dumps({"ok": not rows, "sessions": report.sessions, "key": report.key, "findings": rows}))
    elif report.findings:
        print("\n".join(map(str, report.findings)))
    else:
        assert report.made_at is not None
        whose = "the key you gave" if public else f"the key that it names, {report.key}; compare it with the sender's"
        made = f"{from_us(report.made_at):%Y-%m-%d %H:%M} UTC"
        print(f"{report.sessions} sessions, {report.energy_wh} Wh, as they were on {made}.")
        print(f"Signed by {whose}.")
    raise typer.Exit(1 if report.findings else 0)
