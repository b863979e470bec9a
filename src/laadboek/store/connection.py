"""The small face that both engines show to store functions."""

from collections.abc import Sequence
from typing import Any, Protocol

Row = tuple[Any, ...]
Params = Sequence[object]


class Connection(Protocol):
    """An open transaction. SQL uses `?` placeholders and the dialect that SQLite and PostgreSQL share.

    A store function is a plain `fn(connection, …) -> result`: it may run again after a rollback, so it touches nothing
    but the connection. It never assumes that it is the only writer: uniqueness is a constraint, and read-then-write
    locks its aggregate by appending `for_update` to the SELECT.
    """

    for_update: str  # " FOR UPDATE" on PostgreSQL, "" on SQLite (one writer)

    def rows(self, sql: str, params: Params = ()) -> list[Row]: ...

    def row(self, sql: str, params: Params = ()) -> Row | None:
        """The first row, or None."""

    def run(self, sql: str, params: Params = ()) -> int:
        """Execute; return how many rows were affected."""

    def run_many(self, sql: str, many: Sequence[Params]) -> None: ...

    def insert(self, sql: str, params: Params = ()) -> int:
        """Execute an INSERT (without RETURNING) into a table with an `id`; return the new id."""
