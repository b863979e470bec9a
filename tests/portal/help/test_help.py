"""Help: the same topics in four languages, every "?" leads somewhere, every link too."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from laadboek import portal
from laadboek.portal.help.topics import FOLDER, TOPICS, found, topic
from laadboek.portal.words.speech import LANGUAGES

TEMPLATES = Path(portal.__file__).parent / "templates"
IN_TEMPLATES = re.compile(r"""/help/([a-z-]+(?:#[a-z0-9-]+)?)""")
AS_TOPIC = re.compile(r"""topic=["']([a-z-]+(?:#[a-z0-9-]+)?)["']""")
IN_TOPICS = re.compile(r"\]\(([^)]+)\)")
# As in the portal's own texts: French marks with a narrow space, no straight quotes in French or German.
TYPOGRAPHY = {
    "fr": re.compile(r"""['"]|[^\u202f`/\d:]([;?!»]|:(?![/\d`:-]))|«[^\u202f]"""),
    "de": re.compile(r"""['"«»]"""),
}


def anchors(language: str, name: str) -> list[str]:
    return [section.anchor for section in topic(language, name).sections]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_topic_and_no_other(language: str) -> None:
    assert {path.stem for path in (FOLDER / language).glob("*.md")} == set(TOPICS)


@pytest.mark.parametrize("name", TOPICS)
def test_sections_are_the_same_in_every_language_and_none_is_empty(name: str) -> None:
    english = anchors("en", name)
    assert len(english) >= 3 and len(set(english)) == len(english)
    for language in LANGUAGES:
        assert anchors(language, name) == english, language
        source = (FOLDER / language / f"{name}.md").read_text()
        assert source.count("\n## ") == len(english), f"{language}/{name}: a heading without an anchor"
        assert not re.search(r"\n## [^\n]*\n+(?=##|\Z)", source), f"{language}/{name}: an empty section"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_topic_is_left_in_another_language(language: str) -> None:
    for other in set(LANGUAGES) - {language}:
        for name in TOPICS:
            assert topic(language, name).summary != topic(other, name).summary


@pytest.mark.parametrize("language", sorted(TYPOGRAPHY))
def test_marks_are_those_of_the_language(language: str) -> None:
    for name in TOPICS:
        for line in (FOLDER / language / f"{name}.md").read_text().splitlines():
            told = re.sub(r"`[^`]*`|\([^)]*/help/[^)]*\)|\{#[^}]*\}|\|[-|]+\|", "", line)
            assert not TYPOGRAPHY[language].search(told), f"{language}/{name}: {line}"


def leads_somewhere(address: str) -> bool:
    name, _, anchor = address.partition("#")
    return name in TOPICS and (not anchor or anchor in anchors("en", name))


def test_every_question_mark_of_the_pages_leads_to_a_topic() -> None:
    asked = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        asked |= {*IN_TEMPLATES.findall(text), *AS_TOPIC.findall(text)}
    assert asked
    assert {address for address in asked if not leads_somewhere(address)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_inside_the_help_resolve_and_none_leaves_it(language: str) -> None:
    for name in TOPICS:
        for address in IN_TOPICS.findall((FOLDER / language / f"{name}.md").read_text()):
            assert address.startswith("/help/") and leads_somewhere(address.removeprefix("/help/")), address


def test_anybody_reads_it_in_their_language(browser: TestClient) -> None:
    page = browser.get("/help/lock", headers={"Accept-Language": "nl"})
    assert page.status_code == 200 and "Slotfunctie" in page.text and 'id="free-charging"' in page.text
    assert "{#" not in page.text
    assert browser.get("/help/nothing").status_code == 404


def test_a_word_finds_its_topics(browser: TestClient) -> None:
    assert [one.name for one in found("nl", "hoofdzekering meterkast")] == ["first-steps", "location"]
    assert "No page says that" in browser.get("/help", params={"q": "xylophone"}).text
    assert "<script>" not in browser.get("/help", params={"q": "<script>alert(1)</script>"}).text
