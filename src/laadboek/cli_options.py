"""What every command of the command line shares: its data folder, its form of output, its settings, its refusals."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Data folder (LAADBOEK_DATA).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Pairs = Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="One or several.")]


def settings(**options: object) -> Any:
    """Process settings, or a clear refusal that names the key and the value."""
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from .settings import load

    try:
        return load(**options)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: {e['msg']}" for e in error.errors())
        fail(f"A setting cannot be used: {wrong}")
    except SettingsError as error:
        fail(f'A setting cannot be used: {error}. A list is written as JSON, like ["192.168.0.0/16"].')
    except TOMLDecodeError as error:
        fail(f"laadboek.toml cannot be read: {error}")


def pairs(words: list[str]) -> dict[str, str]:
    """`NAME=VALUE` of each word; the value may be empty, and hold `=`."""
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or name in values:
            fail(f"{word!r} is not NAME=VALUE, or stands there twice.")
        values[name] = value
    return values


def fail(message: str) -> NoReturn:
    """Nothing was done: say why, with exit code 2."""
    print(message, file=sys.stderr)
    raise typer.Exit(2)


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
