"""`laadboek keys`: what secrets are sealed with."""

import typer

from .cli_options import Data, fail, settings
from .cli_platform import Server

keys_app = typer.Typer(no_args_is_help=True, help="The keys that stored secrets are sealed with.")


@keys_app.callback()
def keys() -> None:
    """A group with one command, which is to be named all the same."""


@keys_app.command("rotate")
def rotate(data: Data = None) -> None:
    """Make a new key, and seal every stored secret with it. The server may run. Back up the file `key` afterwards."""
    from . import running

    where = settings(data=data)
    try:
        running.find(where.data)
    except (running.NoServer, FileNotFoundError):
        done = rotate_stopped(where)
    else:
        done = Server(data).ask("POST", "installation/keys/rotate")["values"]
    sealed = "1 secret is" if done == 1 else f"{done} secrets are"
    print(f"{sealed} sealed with a new key. Keep a copy of {where.data / 'key'}, apart from the database.")


def rotate_stopped(where: "object") -> int:
    from .key_rotation import rotate_stopped as renew
    from .runtime.keys import load_keys
    from .settings import Settings
    from .store.errors import StoreError

    assert isinstance(where, Settings)
    try:
        return renew(where.data, where.location, load_keys(where.data)).values
    except StoreError as error:
        fail(f"Nothing was sealed anew: {error}")
