"""One line per fact: colours for a person, JSON for a machine. Control characters of foreign texts are escaped."""

import contextlib
import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO, cast

import structlog

# What an operator wants to see even when nothing is wrong.
WARNINGS = {"admission.refused", "connection.replaced", "operation.not_stored", "frame.too_large"}


def configure(level: str) -> None:
    """For the whole process; logs go to standard error."""
    render: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            printable,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Unbothered(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


class Unbothered:
    """A log that cannot be written, on a full disk say, is no reason to do the work differently."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()


def printable(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A foreign text cannot start a line of its own or colour the terminal; our tracebacks keep their lines."""
    for name, value in fields.items():
        if isinstance(value, str) and name != "exception" and not value.isprintable():
            fields[name] = value.encode("unicode_escape").decode("ascii")
    return fields


def logger_for(part: str) -> Callable[..., None]:
    """A plain `log(event, **fields)` for parts that know no logging library."""
    logger = structlog.get_logger(part)

    def log(event: str, **fields: object) -> None:
        (logger.warning if event in WARNINGS else logger.info)(event, **fields)

    return log
