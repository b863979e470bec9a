"""Help topics: Markdown files, the same topics with the same anchors in every language.

A file begins with `# Title`; sections are `## Heading {#anchor}`, and the anchor is the same in every language.
`**Word**` in bold that ends in no punctuation is a name that stands on a page.
"""

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from msgspec import Struct

FOLDER = Path(__file__).parent / "topics"
# In the order in which somebody would read them.
TOPICS = (
    "first-steps",
    "ocpp",
    "account",
    "sign-in",
    "location",
    "chargers",
    "lock",
    "modes",
    "drivers",
    "platform",
    "guests",
    "sessions",
    "notices",
    "members",
    "data",
    "trouble",
    "terms",
)
ANCHOR = re.compile(r"\s*\{#([a-z0-9-]+)\}\s*$")
# No HTML: what stands in a file is text.
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


class Section(Struct, frozen=True):
    anchor: str
    title: str


class Topic(Struct, frozen=True, kw_only=True):
    name: str
    title: str
    summary: str  # its first paragraph, as text
    sections: tuple[Section, ...]
    html: Markup
    text: str  # lower case: what a search looks through


@lru_cache
def topic(language: str, name: str) -> Topic:
    """One of `TOPICS`."""
    source = (FOLDER / language / f"{name}.md").read_text("utf-8")
    tokens = MARKDOWN.parse(source)
    title, body = tokens[1].content, tokens[3:]
    sections = tuple(_anchored(body))
    summary = next(token for token in body if token.type == "inline")
    return Topic(
        name=name,
        title=title,
        summary=_plain(summary),
        sections=sections,
        html=Markup(MARKDOWN.renderer.render(body, MARKDOWN.options, {})),
        text=source.casefold(),
    )


def found(language: str, wanted: str) -> list[Topic]:
    """The topics in which every word stands; all of them when nothing is asked."""
    words = wanted.casefold().split()
    topics = [topic(language, name) for name in TOPICS]
    return [one for one in topics if all(word in one.text for word in words)]


def _anchored(tokens: list[Token]) -> list[Section]:
    """Move the anchors out of the headings' text into their ids."""
    sections = []
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or inline.children is None:
            continue
        last = inline.children[-1]
        match = ANCHOR.search(last.content)
        if match:
            last.content = ANCHOR.sub("", last.content)
            opening.attrSet("id", match[1])
            sections.append(Section(match[1], _plain(inline)))
    return sections


def _plain(inline: Token) -> str:
    return "".join(child.content if child.type != "softbreak" else " " for child in inline.children or ())
