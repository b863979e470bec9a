"""What people type into the forms of setting up: numbers with a comma or a point, and how they are shown again."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from starlette.datastructures import UploadFile
from starlette.requests import Request

from ...reasons import Refused
from ..forms import Form
from ..words.speech import SOURCE

LONGEST = 500
DIGITS_MOST = 12
FILE_MOST_BYTES = 2_000_000


async def typed(request: Request, fields: Iterable[str]) -> Form:
    """The known fields of a form, as they were sent; whatever else came is dropped."""
    async with request.form(max_files=1) as sent:
        found = {field: sent.get(field, "") for field in fields}
    return Form({field: text.strip()[:LONGEST] for field, text in found.items() if isinstance(text, str)})


async def secret_of(request: Request, field: str) -> str:
    """Of a field whose value is never shown again."""
    async with request.form(max_files=1) as sent:
        text = sent.get(field, "")
    return text.strip()[:LONGEST] if isinstance(text, str) else ""


async def file_of(request: Request, field: str) -> str:
    """The text of a file that was sent; a program writes a mark before it, or none."""
    async with request.form(max_files=1) as sent:
        file = sent.get(field)
        if not isinstance(file, UploadFile):
            raise Refused("form.no_file")
        try:
            return (await file.read(FILE_MOST_BYTES)).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Refused("form.no_text") from None


def scaled(text: str, scale: int) -> int | None:
    """`0,28` with scale 1 000 000 is 280 000; empty: None. Raise Refused for what is no number, or too fine a one."""
    if not text:
        return None
    try:
        value = Decimal(text.replace(",", ".").replace("\N{NO-BREAK SPACE}", "")) * scale
    except InvalidOperation:
        raise Refused("form.bad_number", given=text[:20]) from None
    if not value.is_finite() or value != value.to_integral_value() or len(str(abs(int(value)))) > DIGITS_MOST:
        raise Refused("form.bad_number", given=text[:20])
    return int(value)


def needed(text: str, scale: int = 1) -> int:
    found = scaled(text, scale)
    if found is None:
        raise Refused("form.bad_number", given="—")
    return found


def shown(value: int | None, scale: int = 1, language: str = SOURCE) -> str:
    """The number as it may be typed again."""
    if value is None:
        return ""
    text = format((Decimal(value) / scale).normalize(), "f")
    return text if language == SOURCE else text.replace(".", ",")


class Reading:
    """Collects what is wrong, field by field, while a form is read."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def text(self, field: str) -> str:
        return self.form.value(field)

    def number(self, field: str, scale: int = 1) -> int | None:
        try:
            return scaled(self.text(field), scale)
        except Refused as refused:
            self.form = self.form.with_problem(field, refused.reason)
            return None

    def decimal(self, field: str) -> float | None:
        micro = self.number(field, 1_000_000)
        return None if micro is None else micro / 1_000_000

    def refused(self, refused: Refused, fields: dict[str, str]) -> None:
        """`fields`: which field a code is about; any other is about the whole form."""
        self.form = self.form.refused(refused, fields)
