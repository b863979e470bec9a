"""One CSV file for whoever runs the machine: every account, days in that account's time zone."""

from collections.abc import Iterator
from datetime import date

from ...facts import Kind
from ...store import accounts
from ...store.accounts import AccountRow
from ...store.connection import Connection
from ...store.session_queries import Choice
from ..actor import Actor
from ..sessions import instants, pages_between
from .csv_rows import CsvFile, Dialect, Reader


def everything(
    db: Connection, *, first: date | None = None, last: date | None = None, kind: str | None = None, dialect: str
) -> Iterator[bytes]:
    """Part by part; the heading once, in the first account's shape."""
    headed = False
    for account in accounts.all(db):
        actor = actor_of(account)
        file = CsvFile(Reader(dialect=Dialect(dialect), language=account.language, time_zone=account.time_zone))
        if not headed:
            headed = True
            yield file.heading()
        start, end = instants(first, last, account.time_zone)
        for rows in pages_between(db, actor, start, end, Choice(kind=Kind(kind) if kind else None)):
            yield file.rows(rows)


def actor_of(account: AccountRow) -> Actor:
    """Whoever runs the machine, in that account."""
    return Actor(account_id=account.id, name="cli", time_zone=account.time_zone, language=account.language)
