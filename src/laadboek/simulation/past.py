"""Produces past days of the demo home into a database file; a process of its own, started by the first run.

Reads an `Order` as JSON on standard input and writes a `Step` per day to standard output.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from .. import garbage
from ..runtime.keys import load_keys
from ..store.errors import EXIT_FULL, StoreFull
from . import household
from .run import Plan, Step, simulate

__all__ = ["Order", "Step", "produce"]


class Order(Struct, frozen=True, kw_only=True):
    data: str  # folder with the keys
    into: str  # the database file that shall exist afterwards
    days: int
    seed: int
    until: datetime
    password_hash: str
    language: str
    backend_uri: str


def produce(order: Order) -> None:
    """Write beside, make it durable, then rename: the file is whole or not there."""
    into = Path(order.into)
    side = into.with_name(into.name + ".past")
    for leftover in into.parent.glob(side.name + "*"):  # of a run that was interrupted
        leftover.unlink()
    keys = load_keys(Path(order.data))
    owner = household.Owner(password_hash=order.password_hash, language=order.language)
    plan = Plan(
        days=order.days,
        seed=order.seed,
        until=order.until,
        site=True,
        store=side,
        synchronous="OFF",
        keys=keys,
        owner=owner,
        backend_uri=order.backend_uri,
    )
    simulate(plan, report)
    make_durable(side)
    side.rename(into)
    make_durable(into.parent)
    side.with_name(side.name + ".lock").unlink()


def make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def report(step: Step) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(step) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    garbage.seldom()
    try:
        produce(msgspec.json.decode(sys.stdin.buffer.read(), type=Order))
    except StoreFull:  # whoever started this says so
        raise SystemExit(EXIT_FULL) from None
