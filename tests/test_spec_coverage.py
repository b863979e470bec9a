"""docs/spec-coverage.md: it is up to date, no row lacks code, test or reason, and every row of our rules is there."""

import tomllib
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent / "tools"


@pytest.fixture
def coverage(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    import spec_coverage

    return spec_coverage


def test_every_row_has_code_and_a_test_or_a_reason(coverage):
    """Also that each module and test that docs/spec-coverage.toml names exists: `tables` asserts it."""
    assert coverage.unproven() == []


def test_the_page_of_coverage_is_what_code_and_tests_say(coverage):
    assert coverage.PAGE.read_text() == coverage.page(), "run `python tools/spec_coverage.py`"


def test_what_is_cited_exists(coverage):
    assert coverage.dangling() == []


def test_every_row_of_our_rules_is_there_and_no_other(coverage):
    rows = tomllib.loads(coverage.ROWS.read_text())["Our own rules"]["rows"]
    assert {number.split(":")[0] for number in rows} == coverage.ruled()


def test_every_part_of_a_row_has_a_name_of_its_own(coverage):
    """A row that is named as a whole has no parts beside it: one of the two would prove too little."""
    rows = list(tomllib.loads(coverage.ROWS.read_text())["Our own rules"]["rows"])
    whole = {number for number in rows if ":" not in number}
    assert [number for number in rows if ":" in number and number.split(":")[0] in whole] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("§5.13", ["OCPP 5.13"]),
        ("OCPP 1.6 §4.2, §4.6", ["OCPP 4.2", "OCPP 4.6"]),
        ("errata 3.17 and 3.18", ["errata 3.17", "errata 3.18"]),
        ("OCPP-J errata 3.12, OCPP-J §4.2.3", ["OCPP-J errata 3.12", "OCPP-J 4.2.3"]),
        ("A05.FR.02–04, 07", [f"requirement A05.FR.{n}" for n in ("02", "03", "04", "07")]),
        ("test_a00_fr_309_a00_fr_315_a_failed", ["requirement A00.FR.309", "requirement A00.FR.315"]),
        ("RULES §5, §6", []),
        ("1.6 s at 3.7 kW", []),
    ],
)
def test_citations(coverage, text, found):
    assert list(coverage.cited(text)) == found


def test_a_case_is_proven_by_tests_of_a_charge_point_that_bear_its_name(coverage):
    rows = {row.number: row for row in coverage.tables()["Certification cases of a charge point"]}
    assert {place.file for place in rows["007_2"].tests} == {"lab/test_certification_sessions.py"}
    assert rows["064"].why_not is not None and not rows["064"].tests
    assert all(place.file.startswith(coverage.CHARGE_POINT) for row in rows.values() for place in row.tests)
