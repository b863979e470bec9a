"""A form as it was typed, and what is wrong with it, field by field. Drawn by the macros of `forms.html`."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..reasons import Reason, Refused


class Form(Struct, frozen=True):
    """`values` by field, never a secret; `problems` by field, "" for the form as a whole."""

    values: Mapping[str, str] = {}
    problems: Mapping[str, Reason] = {}

    def value(self, field: str) -> str:
        return self.values.get(field, "")

    def problem(self, field: str) -> Reason | None:
        return self.problems.get(field)

    @property
    def fine(self) -> bool:
        return not self.problems

    def with_problem(self, field: str, reason: Reason) -> "Form":
        """The first problem of a field is the one that is shown."""
        return self if field in self.problems else replace(self, problems={**self.problems, field: reason})

    def refused(self, refused: Refused, fields: Mapping[str, str]) -> "Form":
        """`fields`: which field a code is about; any other is about the whole form."""
        return self.with_problem(fields.get(refused.reason.code, ""), refused.reason)
