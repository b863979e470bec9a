"""Why something is so, as data: a stable code and its parameters. Texts for people are made from it at the edge."""

from msgspec import Struct


class Reason(Struct, frozen=True):
    """A stable code (`driver.pin_wrong`) with parameters; never a sentence. Portal, API, CSV and log share it."""

    code: str
    params: dict[str, str | int] = {}


class Refused(Exception):
    """A wish that cannot be granted, with the reason that a person is shown. Nothing was changed."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.reason = Reason(code, params)


class ImpossibleTransition(AssertionError):
    """A state machine was led into an empty cell of its table: our fault, never a person's or a peer's."""
