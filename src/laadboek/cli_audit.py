"""`laadboek audit`: who changed what, and whether that was tampered with."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import AsJson, Data, fail, reading, settings

audit_app = typer.Typer(no_args_is_help=True, help="The audit log: who changed what.")
Kept = Annotated[list[Path] | None, typer.Option("--checkpoint", help="Signed checkpoint kept outside; repeatable.")]


@audit_app.command("show")
def show(
    data: Data = None,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="So many rows of each account.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The newest rows, oldest first."""
    from .store import accounts, audit

    with reading(settings(data=data)) as reader:
        rows = reader.read(
            lambda db: [
                (account.public_id, row)
                for account in accounts.all(db)
                for row in reversed(audit.page(db, account.id, 2**62, last))
            ]
        )
    for account, row in rows:
        if as_json:
            values = {"at": row.at.isoformat(), "actor": row.actor, "what": row.what, "details": row.details}
            print(json.dumps({"account": account, **values, "network": row.network}))
        else:
            details = " ".join(f"{name}={value}" for name, value in row.details.items())
            print(f"{row.at:%Y-%m-%d %H:%M:%S}Z  {account}  {row.actor}  {row.what}  {details}")


@audit_app.command("verify")
def verify(data: Data = None, checkpoint: Kept = None, as_json: AsJson = False) -> None:
    """Find and name any edited, inserted or removed row; with a checkpoint also a cut tail."""
    from .actions import audit_evidence
    from .ledger.checkpoint import BadCheckpoint, from_text
    from .store import audit
    from .store.signing_key import public_key

    try:
        kept = [from_text(path.read_text()) for path in checkpoint or []]
    except (BadCheckpoint, OSError, UnicodeDecodeError) as error:
        fail(f"A checkpoint cannot be read: {error}")
    where = settings(data=data)
    with reading(where) as reader:
        flaws = reader.read(lambda db: audit_evidence.verify(db, kept, public_key(where.data)))
        rows = reader.read(lambda db: sum(seq for _, seq, _ in audit.heads(db)))
    if as_json:
        found = [{"account": flaw.account, "seq": flaw.seq, "what": flaw.what} for flaw in flaws]
        print(json.dumps({"ok": not flaws, "rows": rows, "findings": found}))
    else:
        for flaw in flaws:
            print(f"{flaw.account}, row {flaw.seq or '?'}: {flaw.what}")
        print(f"{rows} rows: {f'{len(flaws)} findings' if flaws else 'every row is as it was written'}")
    raise typer.Exit(1 if flaws else 0)


@audit_app.command("checkpoint")
def checkpoint(data: Data = None) -> None:
    """Print a signed checkpoint of every account's log. Keep it outside: it reveals a cut tail later."""
    from .actions import audit_evidence
    from .clock import SystemClock
    from .store.signing_key import load_or_create

    where = settings(data=data)
    with reading(where) as reader:
        now = SystemClock().now()
        print("\n".join(reader.read(lambda db: audit_evidence.checkpoint_texts(db, load_or_create(where.data), now))))
