"""Writes docs/spec-coverage.md: each section, message, key, erratum, requirement and case of OCPP → code and test.

Run `python tools/spec_coverage.py` before a commit; it names the rows that lack something. Code and tests say
themselves what they are about: they cite ("§5.13", "errata 3.17", "OCPP-J §4.2.3", "A05.FR.02"), name a message or a
key, or carry a case in their name (`test_043_2_…`). What cannot be found so stands in docs/spec-coverage.toml, or the
reason why nothing is to be done; a test wants each row to have one.
The rows of docs/rules.md are our own decisions: the table names the tests of each.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from laadboek.chargepoint.configuration import KEYS
from laadboek.ocpp import messages

ROOT = Path(__file__).parent.parent
ROWS = ROOT / "docs" / "spec-coverage.toml"
PAGE = ROOT / "docs" / "spec-coverage.md"
SOURCE, TESTS = ROOT / "src" / "laadboek", ROOT / "tests"
OUR_OWN = TESTS / "test_spec_coverage.py"  # cites at random
RULES = ROOT / "docs" / "rules.md"
RULED = ("1", "2", "3", "5", "6", "7")  # sections of docs/rules.md; 4 is of modes and plans
SHOWN = 2  # tests per row
CHARGE_POINT = ("chargepoint/", "charger/", "lab/", "runtime/")  # tests of cases; the others' are of the central system

NUMBERS = r"(\d+(?:\.\d+)+(?:(?:, | and |, and )§?\d+(?:\.\d+)+)*)"
SECTIONS = r"(§\d+(?:\.\d+)*(?:(?:, | and |, and )§\d+(?:\.\d+)*)*)"
ONE = r"[ALMN]0\d[._]FR[._]\d+"  # also as part of a test's name
CITATIONS = (  # first match wins; what is matched is taken out of the text
    (None, re.compile(r"(?:RULES|DESIGN|STYLE) §[\d.]+(?:, §[\d.]+)*")),
    ("OCPP-J errata", re.compile(rf"OCPP-J(?: 1\.6)? errata {NUMBERS}")),
    ("errata", re.compile(rf"[Ee]rrata {NUMBERS}")),
    (None, re.compile(rf"RFC \d+,? {SECTIONS}")),
    (None, re.compile(rf"(?:Core|Discovery) 1\.0,? {SECTIONS}")),  # of OpenID Connect
    ("OCPP-J", re.compile(rf"OCPP-J(?: 1\.6)?,? {SECTIONS}")),
    ("whitepaper", re.compile(rf"[Ww]hitepaper(?:'s)?(?: edition 3)?,? {SECTIONS}")),
    ("OCPP", re.compile(rf"OCPP 1\.6,? {SECTIONS}")),
    ("requirement", re.compile(rf"({ONE}(?:(?:-|–|, |\.\.)(?:{ONE}|\d+\b)|_{ONE})*)", re.IGNORECASE)),
    ("", re.compile(rf"§{NUMBERS}")),  # of the document that the module is about
)
ABOUT = {  # all others are about OCPP 1.6
    "ocpp/faults.py": "OCPP-J",
    "ocpp/frames.py": "OCPP-J",
    "ocpp/rpc.py": "OCPP-J",
    "ocpp/test_ocpp_rpc.py": "OCPP-J",
    "ocpp/security.py": "whitepaper",
    "chargepoint/security/certificates.py": "whitepaper",
    "chargepoint/extended_trigger.py": "whitepaper",
    "chargepoint/security/pki.py": "whitepaper",
    "chargepoint/security/security_events.py": "whitepaper",
}
CASES = re.compile(r"^test_((?:(?:case_)?\d{3}(?:_\d)?(?:_and)?(?:_|$))+)")


class Place(Struct, frozen=True, order=True):
    """A module, or one test of a test module."""

    file: str
    name: str = ""

    def __str__(self) -> str:
        return f"`{self.file}`" if not self.name else f"`{self.file}::{self.name}`"


Found = dict[str, set[Place]]


def cited(text: str, about: str = "OCPP") -> Iterator[str]:
    """`§4.9` is "OCPP 4.9" in a text about it; "A05.FR.02–04" are three."""
    text = re.sub(r"\s*\n\s*#?\s*", " ", text)
    for group, pattern in CITATIONS:
        for match in pattern.finditer(text):
            if group == "requirement":
                yield from (f"requirement {name}" for name in requirements(match[1]))
            elif group is not None:
                yield from (f"{group or about} {number}" for number in re.findall(r"\d+(?:\.\d+)+", match[1]))
        text = pattern.sub(" ", text)


def requirements(text: str) -> Iterator[str]:
    """The names in "A05.FR.02-04, 07"."""
    case, last = "", 0
    for joint, named, digits in re.findall(r"(-|–|, |\.\.|_)?([ALMN]0\d[._]FR[._])?(\d+)", text.upper()):
        case, width = (named[:3] if named else case), len(digits)
        first = last + 1 if joint in ("-", "–", "..") else int(digits)
        yield from (f"{case}.FR.{number:0{width}}" for number in range(first, int(digits) + 1))
        last = int(digits)


def citations_of_code() -> Found:
    found: Found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        place = Place(path.relative_to(SOURCE).as_posix())
        for citation in cited(path.read_text(), ABOUT.get(place.file, "OCPP")):
            found.setdefault(citation, set()).add(place)
    return found


DEFINITIONS = {  # what the code names, by how it is written
    "message": re.compile(r"\b(?:class |m\.)(\w+)(?:Request|Response)\b"),
    "key": re.compile(r'"(\w+)"'),
    "class": re.compile(r"\bclass (\w+)\b"),
}


def definitions() -> Found:
    found: Found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        text, place = path.read_text(), Place(path.relative_to(SOURCE).as_posix())
        for kind, pattern in DEFINITIONS.items():
            for name in set(pattern.findall(text)):
                found.setdefault(f"{kind} {name}", set()).add(place)
    return found


class Tests:
    """All tests: their words, by place."""

    def __init__(self) -> None:
        self.words: dict[Place, str] = {}
        self.by_word: dict[str, set[Place]] = {}
        for path in sorted(set(TESTS.rglob("test_*.py")) - {OUR_OWN}):
            text, file = path.read_text(), path.relative_to(TESTS).as_posix()
            lines = text.splitlines()
            covered: set[int] = set()
            tree = ast.parse(text)
            classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
            for node in [*tree.body, *(node for one in classes for node in one.body)]:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                    span = range(first - 1, node.end_lineno or first)
                    covered.update(span)
                    self.words[Place(file, node.name)] = "\n".join([node.name, *(lines[i] for i in span)])
            rest = (line for i, line in enumerate(lines) if i not in covered)
            self.words[Place(file)] = "\n".join(rest)
        for place, text in self.words.items():
            for word in set(re.findall(r"\w+", text)):
                self.by_word.setdefault(word, set()).add(place)

    def citing(self) -> Found:
        found: Found = {}
        for place, words in self.words.items():
            for citation in cited(words, ABOUT.get(place.file, "OCPP")):
                found.setdefault(citation, set()).add(place)
        return found

    def of_cases(self) -> Found:
        found: Found = {}
        for place in self.words:
            named = CASES.match(place.name) if place.file.startswith(CHARGE_POINT) else None
            for case in re.findall(r"\d{3}(?:_\d(?!\d))?", named[1]) if named else ():
                found.setdefault(case, set()).add(place)
        return found

    def mentioning(self, *names: str) -> set[Place]:
        """Those with one of the names as a word of its own."""
        return {place for name in names for place in self.by_word.get(name, ())}

    def named(self, glob: str) -> set[Place]:
        """`lab/test_x.py` or `lab/test_x.py::test_y`, as the table of rows names them."""
        file, _, name = glob.partition("::")
        return {place for place in self.words if place == Place(file, name)}


class Row(Struct, frozen=True):
    number: str
    about: str
    code: frozenset[Place]
    tests: frozenset[Place]
    why_not: str | None = None

    @property
    def proven(self) -> bool:
        return self.why_not is not None or bool(self.code and self.tests)

    def __str__(self) -> str:
        if self.why_not is not None:
            return f"| {self.number} | {self.about} | *{self.why_not}* | |"
        stems = {Path(place.file).stem for place in self.code}
        return f"| {self.number} | {self.about} | {brief(self.code, 3)} | {brief(self.tests, SHOWN, stems)} |"


def brief(places: frozenset[Place], shown: int, stems: Set[str] = frozenset()) -> str:
    """The first few by name, those before that say most: tests of a module of the code, certification cases."""

    def says_little(place: Place) -> tuple[bool, bool, bool]:
        of_code = Path(place.file).stem.removeprefix("test_") in stems
        return not of_code, not CASES.match(place.name), not place.name

    ordered = sorted(places, key=lambda place: (says_little(place), place))
    more = ", …" if len(ordered) > shown else ""  # no number: the page shall not change with each new test
    return ", ".join(map(str, ordered[:shown])) + more


class Coverage:
    """Everything that is known, and the rows made of it."""

    def __init__(self) -> None:
        self.tests = Tests()
        self.by_code, self.by_test, self.cases = citations_of_code(), self.tests.citing(), self.tests.of_cases()
        self.defined = definitions()

    def section(self, group: str, number: str, given: dict[str, Any]) -> Row:
        """What cites the section, or one below it, what its message or key is called, and what the table adds."""
        code, tests = self._citing(group, number)
        if (message := given.get("message")) is not None:
            code |= self.defined.get(f"message {message}", set())
            tests |= self.tests.mentioning(message, f"{message}Request", f"{message}Response")
        if (key := given.get("key")) is not None and key in KEYS:
            code |= self.defined.get(f"key {key}", set())
            tests |= self.tests.mentioning(key)
        if (kind := given.get("type")) is not None:
            code |= self.defined.get(f"class {kind}", set())
            tests |= self.tests.mentioning(kind) | self._tests(SCHEMAS)
        return self._row(number, given, code, tests)

    def case(self, number: str, given: dict[str, Any]) -> Row:
        """A case is done by a test of its name; one that has parts, by those of its parts as well."""
        parts = (places for case, places in self.cases.items() if case == number or case.startswith(number + "_"))
        tests = {place for places in parts for place in places}
        return self._row(number, given, {Place("chargepoint/")}, tests)

    def rule(self, number: str, given: dict[str, Any]) -> Row:
        return self._row(number, given, set(), set())

    def _row(self, number: str, given: dict[str, Any], code: set[Place], tests: set[Place]) -> Row:
        code |= {self._module(name) for name in given.get("code", () if code else given.get("home", ()))}
        tests |= self._tests(given.get("tests", ()))
        return Row(number, given.get("about", ""), frozenset(code), frozenset(tests), given.get("not"))

    def _citing(self, group: str, number: str) -> tuple[set[Place], set[Place]]:
        name = f"{group} {number}"

        def under(found: Found) -> set[Place]:
            return {
                place for key, places in found.items() if key == name or key.startswith(name + ".") for place in places
            }

        return under(self.by_code), under(self.by_test)

    def _module(self, name: str) -> Place:
        assert (SOURCE / name).exists(), f"spec-coverage.toml names {name}, which does not exist"
        return Place(name)

    def _tests(self, names: Any) -> set[Place]:
        found: set[Place] = set()
        for name in names:
            places = self.tests.named(name)
            assert places, f"spec-coverage.toml names {name}, which does not exist"
            found |= places
        return found


SCHEMAS = ("ocpp/test_ocpp_payloads.py",)


@lru_cache(maxsize=1)
def tables() -> dict[str, list[Row]]:
    """By heading of the page."""
    given, coverage = tomllib.loads(ROWS.read_text()), Coverage()
    made: dict[str, list[Row]] = {}
    for heading, table in given.items():
        rows = {str(number): read_row(row) | home_of(table, str(number)) for number, row in table["rows"].items()}
        if table["group"] == "case":
            made[heading] = [coverage.case(number, row) for number, row in rows.items()]
        elif table["group"] == "rule":
            made[heading] = [coverage.rule(number, row) for number, row in rows.items()]
        else:
            made[heading] = [coverage.section(table["group"], number, row) for number, row in rows.items()]
    made["Messages"] = [
        coverage.section("message", action, {"message": action}) for action in sorted(messages.MESSAGES)
    ]
    made["Configuration keys"] = [
        coverage.section("key", name, {"key": name, **read_row(given_key(given, name))}) for name in sorted(KEYS)
    ]
    return made


def home_of(table: dict[str, Any], number: str) -> dict[str, Any]:
    """Where a whole group of rows is done, by the beginning of their number."""
    return next(({"home": code} for start, code in table.get("code", {}).items() if number.startswith(start)), {})


def given_key(given: dict[str, Any], name: str) -> Any:
    for table in given.values():
        for row in table["rows"].values():
            if isinstance(row, dict) and row.get("key") == name:
                return {field: row[field] for field in ("tests", "code") if field in row}
    return {}


def read_row(row: Any) -> dict[str, Any]:
    return {"about": row} if isinstance(row, str) else dict(row or {})


def page() -> str:
    made = tables()
    lines = ["# What of OCPP 1.6 is done where", "", HEAD, ""]
    for heading, rows in made.items():
        done = sum(1 for row in rows if row.why_not is None)
        lines += [f"## {heading}", "", f"{done} of {len(rows)} apply.", ""]
        lines += ["| | about | code | tests |", "|---|---|---|---|", *map(str, rows), ""]
    return "\n".join(lines)


HEAD = """Made by `python tools/spec_coverage.py` from what code and tests cite, and from `spec-coverage.toml`; a test
compares. Code is below `src/laadboek/`, tests are below `tests/`. In italics: why nothing is to be done. Requirements
of the security whitepaper and certification cases are shown as those of a charge point."""


def ruled() -> set[str]:
    """What docs/rules.md decides in its sections of `RULED`, as "6 reservation"; of running text, each sentence."""
    found: set[str] = set()
    for section in re.split(r"(?m)^## ", RULES.read_text())[1:]:
        number, _, text = section.partition(".")
        if number in RULED:
            rows = re.findall(r"(?m)^\| (?!case |key |---)`?([^|]+?)`? \|", text)
            found |= {f"{number} {row}" for row in rows or sentences(text)}
    return found


def sentences(text: str) -> list[str]:
    """Their first words, up to the first mark; the first line is the heading."""
    running = " ".join(text.strip().split("\n")[1:])
    return [" ".join(re.split(r"[:,;(→]", one)[0].split()) for one in re.split(r"\. (?=[A-Z*])", running.strip())]


def unproven() -> list[str]:
    """Rows without code, test or reason."""
    return [
        f"{heading}: {row.number} {row.about}: no {'test' if row.code else 'code'}"
        for heading, rows in tables().items()
        for row in rows
        if not row.proven
    ]


def dangling() -> list[str]:
    """What is cited and no table has, and where: a slip, or another document's section ("OCPP-J §4.1.3")."""
    rows = {
        f"{table['group']} {number}" for table in tomllib.loads(ROWS.read_text()).values() for number in table["rows"]
    }
    chapters = {row[: i.start()] for row in rows for i in re.finditer(r"\.", row)}
    return sorted(
        f"{place}: {name}"
        for found in (citations_of_code(), Tests().citing())
        for name, places in found.items()
        for place in places
        if name not in rows | chapters and not name.startswith("whitepaper ")
    )


def main() -> None:
    PAGE.write_text(page())
    raise SystemExit("\n".join(unproven()) or None)


if __name__ == "__main__":
    main()
