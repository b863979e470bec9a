"""What the help prints in bold is what stands on the pages, in every language."""

import re
from collections import Counter

import pytest
from babel.messages.pofile import read_po

from laadboek.portal.help.topics import FOLDER, TOPICS
from laadboek.portal.words.speech import CATALOGUES, LANGUAGES, SOURCE, Speech

BOLD = re.compile(r"\*\*([^*]+)\*\*")
# Not names: what the items of a list in that topic are about.
LEAD_INS = {"ocpp": {"How", "How much", "With whom"}}


def in_bold(language: str, topic: str) -> Counter[str]:
    return Counter(BOLD.findall((FOLDER / language / f"{topic}.md").read_text("utf-8")))


def names(topic: str) -> Counter[str]:
    others = LEAD_INS.get(topic, set())
    return Counter({bold: times for bold, times in in_bold(SOURCE, topic).items() if bold not in others})


def on_pages() -> set[str]:
    """All English texts: `test_texts` holds a catalogue to exactly what the pages and their words say."""
    said = set()
    for path in (CATALOGUES / "nl").glob("*.po"):
        with path.open("rb") as file:
            said |= {message.id for message in read_po(file) if isinstance(message.id, str)}
    return said


def test_every_name_in_the_help_stands_on_a_page() -> None:
    said = on_pages()
    assert {topic: unknown for topic in TOPICS if (unknown := set(names(topic)) - said)} == {}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {SOURCE}))
@pytest.mark.parametrize("topic", TOPICS)
def test_a_name_is_the_same_in_the_help_as_on_the_page(language: str, topic: str) -> None:
    speech = Speech(language, "Europe/Amsterdam")
    wanted = Counter(speech.say(name) for name in names(topic).elements())
    here = in_bold(language, topic)
    assert wanted - here == Counter()
    assert (here - wanted).total() == len(LEAD_INS.get(topic, ())), f"in bold in {language} alone: {here - wanted}"
