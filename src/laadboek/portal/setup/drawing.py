"""Draws the pages of setting up: with their words, and lists of choices in the reader's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ...actions.key_questions import SettingNow
from ...actions.site_sources import SourceChoice
from ...store.sites import SiteRow
from .. import rendering
from ..visitor import Visitor
from ..words import setup as words
from ..words import texts
from ..words.speech import Speech
from .ready import fix_of

Options = list[tuple[str, str]]


class Choices:
    """Lists for the fields of a form: value and words."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def of(self, table: Mapping[str, str], keys: Iterable[str] | None = None) -> Options:
        return [(key, self._speech.word(table, key)) for key in (table if keys is None else keys)]

    def own(self, options: Options, value: str, unit: str) -> Options:
        """With the value that is set, though nobody would choose it from the list."""
        known = {key for key, _ in options}
        return options if value in known or not value else [*options, (value, f"{value}{unit}")]

    def same(self, values: Iterable[str]) -> Options:
        return [(value, value) for value in values]

    def sources(self, sources: Iterable[SourceChoice]) -> Options:
        names = words.SOURCE_NAMES
        return [(one.name, self._speech.word(names, one.name) if one.name in names else one.title) for one in sources]

    def fuses(self, fuses: Iterable[str]) -> Options:
        return [(fuse, f"{fuse.replace('x', ' × ')}\N{NO-BREAK SPACE}A") for fuse in fuses]

    def sites(self, sites: Iterable[SiteRow]) -> Options:
        return [(site.public_id, site.name) for site in sites]

    def setting(self, setting: SettingNow) -> Options | None:
        """None: it is typed."""
        if setting.name in words.OPTIONS:
            return self.of(words.OPTIONS[setting.name])
        if setting.allowed == "true, false":
            return self.of(words.SWITCH)
        if ", " in setting.allowed and ".." not in setting.allowed and " " not in setting.allowed.replace(", ", ""):
            return self.same(setting.allowed.split(", "))
        return None


def draw(
    template: str, visitor: Visitor, request: Request, values: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    always = {"words": words, "texts": texts, "choices": Choices(visitor.speech), "fix_of": fix_of}
    return rendering.page(f"setup/{template}", visitor, request, {**always, **values}, status=status)
