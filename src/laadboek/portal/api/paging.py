"""Long lists in pages: `limit`, and a cursor that the page before gave. Its inside is nobody's business."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from ...reasons import Refused

T = TypeVar("T")
LAST = 2**63 - 1  # beyond every row
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many")]
After = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]


def page_of(found: Sequence[T], limit: int, cursor: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """The page and the cursor of the next. `found` holds one more than `limit` when there is a next."""
    page = found[:limit]
    return page, sealed(cursor(page[-1])) if len(found) > limit else None


def sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def opened(cursor: str | None, default: str) -> str:
    try:
        return default if cursor is None else base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        raise Refused("page.bad_cursor") from None


def number(cursor: str | None, default: int) -> int:
    return numbers(cursor, (default,))[0]


def numbers(cursor: str | None, default: tuple[int, ...]) -> tuple[int, ...]:
    """As many numbers as the default has."""
    parts = opened(cursor, ".".join(map(str, default))).split(".")
    if len(parts) != len(default) or not all(part.isascii() and part.isdigit() for part in parts):
        raise Refused("page.bad_cursor")
    found = tuple(map(int, parts))
    if max(found) > LAST:
        raise Refused("page.bad_cursor")
    return found
