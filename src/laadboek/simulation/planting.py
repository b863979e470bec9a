"""How a bug is planted: functions of production code are swapped for the time of a `with` block."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from msgspec import Struct

Wrong = Callable[[Any], Any]  # takes the right function, returns the wrong one


class Patch(Struct, frozen=True):
    """Replace `name` of a module or class, or the entry `name` of a table."""

    owner: Any
    name: Any
    wrong: Wrong


class Bug(Struct, frozen=True):
    what: str
    patches: tuple[Patch, ...]
    faults: str = "crashes"  # under which it shows
    links: int = 1


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    with ExitStack() as stack:
        for patch in bug.patches:
            stack.enter_context(_swapped(patch))
        yield


@contextmanager
def _swapped(patch: Patch) -> Iterator[None]:
    table = patch.owner if isinstance(patch.owner, dict) else None
    right = table[patch.name] if table is not None else getattr(patch.owner, patch.name)
    _put(patch, patch.wrong(right))
    try:
        yield
    finally:
        _put(patch, right)


def _put(patch: Patch, function: Any) -> None:
    if isinstance(patch.owner, dict):
        patch.owner[patch.name] = function
    else:
        setattr(patch.owner, patch.name, function)
