"""`laadboek mails`: what this installation wrote to people, for whoever runs the machine."""

from typing import Annotated

import typer

from .cli_options import Data, reading, settings


def print_mails(
    data: Data = None, most: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest last.")] = 10
) -> None:
    """Print the newest mails with their links. Whoever may read the data folder may read them."""
    from .actions.people.letters import opened
    from .runtime.keys import load_keys
    from .store import mails

    where = settings(data=data)
    with reading(where) as reader:
        found = reader.read(lambda db: mails.latest(db, most))
    keys = load_keys(where.data)
    for mail in reversed(found):
        print(f"{mail.created_at:%Y-%m-%d %H:%M} UTC  {mail.state}  to {mail.recipient}\n{mail.subject}\n")
        print(opened(keys, mail))
    if not found:
        print("No mail was written yet.")
