"""Every text in every language, every code with its sentence."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from laadboek import portal
from laadboek.charger import explain
from laadboek.facts import EndReason, Fault, Kind, Mode, Pilot
from laadboek.portal.words import texts
from laadboek.portal.words.speech import CATALOGUES, LANGUAGES, SOURCE, Speech
from laadboek.reasons import Reason

PORTAL = Path(portal.__file__).parent
SOURCE_FILES = sorted(PORTAL.parent.rglob("*.py"))
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
OTHERS = sorted(set(LANGUAGES) - {SOURCE})
SAYS_A_CODE = {"Reason", "Refused", "notify", "refuse", "display", "cut"}
CODE = re.compile(r"[a-z_]+(\.[a-z0-9_]+)?")


def extracted() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(PORTAL, METHODS, {"templates/**.html": {"newstyle_gettext": "true"}}, KEYWORDS)
    return {message for _, _, message, _, _ in found}


def translated(language: str) -> list[Message]:
    """Of all areas together."""
    found = []
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            found += [message for message in read_po(file, locale=language) if message.id]
    return found


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\((\w+)\)s", text))


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_or_left_over(language: str) -> None:
    catalogue = translated(language)
    wanted = extracted()
    assert len(wanted) > 200
    assert {message.id for message in catalogue} == wanted
    assert [id for id, count in Counter(message.id for message in catalogue).items() if count > 1] == []
    for message in catalogue:
        sources, targets = plural_forms(message.id), plural_forms(message.string)
        assert all(targets), f"{language}: {message.id} is not translated"
        assert not message.fuzzy, message.id
        for source, target in zip(sources, targets, strict=True) if message.id else ():
            assert placeholders(source) == placeholders(target), message.id


# What a typesetter would not let pass: a high mark without its narrow space in French, straight quotes in either.
TYPOGRAPHY = {
    "fr": r"""['"]|[^\u202f]([;?!»]|%%|:(?![/\d]))|«[^\u202f]""",
    "de": r"""['"«»]|[^\xa0]%%""",
}


@pytest.mark.parametrize("language", sorted(TYPOGRAPHY))
def test_marks_and_quotes_are_those_of_the_language(language: str) -> None:
    catalogue = translated(language)
    wrong = re.compile(TYPOGRAPHY[language])
    said = [form for message in catalogue if message.id for form in plural_forms(message.string)]
    assert [form for form in said if wrong.search(form)] == []


def plural_forms(text: object) -> list[str]:
    return [str(form) for form in text] if isinstance(text, list | tuple) else [str(text)]


def codes_in(path: Path) -> Iterator[str]:
    """Codes that stand as a literal where a reason is made."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in SAYS_A_CODE:
            continue
        for part in ast.walk(node.args[0]):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and CODE.fullmatch(part.value):
                yield part.value


def test_every_code_that_is_emitted_has_a_sentence() -> None:
    emitted = {code: path for path in SOURCE_FILES for code in codes_in(path)}
    assert len(emitted) > 40
    known = {*texts.SENTENCES, texts.TURNED_AWAY_CODE}
    missing = {code: path.name for code, path in emitted.items() if code not in known}
    assert missing == {}


def test_every_reason_of_the_charger_has_a_sentence() -> None:
    codes = {*explain.REASONS, *explain.DISPLAYS, *explain.NOTICES, *explain.POWERS.values()}
    assert codes <= set(texts.SENTENCES)


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        (texts.PILOTS, Pilot),
        (texts.MODES, Mode),
        (texts.KINDS, Kind),
        (texts.END_REASONS, EndReason),
        (texts.FAULTS, Fault),
    ],
)
def test_every_value_has_its_word(table: dict[str, str], keys: type[Pilot]) -> None:
    assert set(table) == {key.value for key in keys}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_sentences_survive_missing_and_strange_parameters(language: str) -> None:
    speech = Speech(language, "Europe/Amsterdam")
    for code, text in texts.SENTENCES.items():
        assert speech.sentence(Reason(code)).endswith("."), code
        strange: dict[str, str | int] = {name: "100 % %(x)s <b>" for name in placeholders(text)}
        assert "%(" not in speech.sentence(Reason(code, strange)).replace("%(x)s", ""), code


def test_a_code_without_words_is_shown_as_it_is() -> None:
    assert "not.yet" in Speech("nl", "UTC").sentence(Reason("not.yet"))


def test_the_words_of_the_manual_stay_recognisable() -> None:
    dutch = Speech("nl", "Europe/Amsterdam")
    assert [dutch.word(texts.MODES, mode) for mode in ("fast", "eco", "eco_plus")] == ["Snel", "Eco", "Eco+"]
    assert [dutch.word(texts.KINDS, kind) for kind in Kind] == ["Zakelijk", "Privé"]
    assert dutch.say("Charging sessions") == "Laadsessies"
    assert "slotfunctie" in dutch.sentence(Reason("locked"))
    assert "pincode" in dutch.sentence(Reason("waiting_for_identification"))


def test_halves_are_rounded_away_from_zero() -> None:
    dutch, english = Speech("nl", "UTC"), Speech("en", "UTC")
    assert dutch.kwh_number(12_345) == "12,35"
    assert dutch.kwh_number(12_335) == "12,34"
    assert english.number(Decimal("-0.5")) == "-1"
    assert dutch.number(1_234_567) == "1.234.567"
    assert english.power(999) == "999\N{NO-BREAK SPACE}W"
    assert english.power(1_050) == "1.1\N{NO-BREAK SPACE}kW"


def test_parameters_carry_their_unit_in_their_name() -> None:
    dutch = Speech("nl", "UTC")
    params: dict[str, str | int] = {"as_mode": "fast", "mode": "fast", "limit_a": 16, "driver": ""}
    said = dutch.sentence(Reason("charging", params))
    assert said == "Laadt in de stand Snel, met hoogstens 16\N{NO-BREAK SPACE}A per fase."


@pytest.mark.parametrize(("at_once_micro", "said"), [(215_000, "instead of"), (214_999, "as planned")])
def test_nothing_is_called_cheaper_that_is_not(at_once_micro: int, said: str) -> None:
    prices: dict[str, str | int] = {"price_micro": 210_000, "at_once_price_micro": at_once_micro, "currency": "EUR"}
    until = {"until": "2026-11-24T03:00:00+00:00"}
    assert said in Speech("en", "UTC").sentence(Reason("charging_planned", {**prices, **until}))
