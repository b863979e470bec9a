"""The rules of docs/quality.yaml that can be measured, and that the file is true about its checks."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "laadboek"
FROZEN_MIGRATIONS = SOURCE / "store" / "migrations" / "versions"
MODULES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
TESTS = sorted((ROOT / "tests").rglob("*.py"))

FUNCTION_LINES_MAX, CLASS_LINES_MAX, FILE_LINES_MAX = 50, 300, 500
ENTRY = re.compile(r"- rule: (.+)\n  state: (done|exempt)\n  check: (.+)\n  reason: (.+)\n?")

# The books of one owner, who alone changes them; they are never handed on.
MUTABLE = {"Entry", "SentCall", "Stamped", "TrueSession", "Waiting", "WireTransaction"}
CATCH_WHATEVER_COMES = {"store/database.py": 2, "store/group.py": 1}
NEVER_IMPORTED = {"python-multipart", "tzdata"}  # FastAPI and zoneinfo look for them by themselves
IMPORTED_AS = {"psycopg[binary]": "psycopg", "argon2-cffi": "argon2", "markdown-it-py": "markdown_it"}
SAY_NOTHING = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def sources():
    return [path for path in MODULES if FROZEN_MIGRATIONS not in path.parents]


def nodes(kind):
    return [(path, node) for path in sources() for node in ast.walk(TREES[path]) if isinstance(node, kind)]


def name_of(node):
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None


def written_files():
    """Every file that somebody wrote here; none that was fetched or made."""
    folders = [ROOT / name for name in ("src", "tests", "tools", "docs")]
    files = [path for folder in folders for path in folder.rglob("*") if "vendor" not in path.parts]
    kinds = {".py", ".md", ".toml", ".txt", ".yaml", ".html", ".css", ".js", ".po", ".sql"}
    return [ROOT / "Makefile", *(path for path in [*files, *ROOT.iterdir()] if path.suffix in kinds)]


# --- the file itself ---


def test_every_rule_is_done_or_exempt_with_a_reason_and_its_check_exists():
    lines = (ROOT / "docs" / "quality.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("#"))
    entries = [ENTRY.fullmatch(entry + "\n") for entry in text.strip().split("\n\n")]
    assert None not in entries
    named = {entry[3] for entry in entries if entry[3].startswith("test_")}
    ours = {name for name in globals() if name.startswith("test_")}
    assert ours - named == {"test_every_rule_is_done_or_exempt_with_a_reason_and_its_check_exists"}
    assert named <= ours
    rules = [entry[1] for entry in entries]
    assert len(set(rules)) == len(rules)


# --- size ---


def test_nothing_is_longer_than_a_reader_can_hold():
    def too_long(kind, most):
        return [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for path, node in nodes(kind)
            if node.end_lineno - node.lineno + 1 > most
        ]

    assert too_long(ast.FunctionDef | ast.AsyncFunctionDef, FUNCTION_LINES_MAX) == []
    assert too_long(ast.ClassDef, CLASS_LINES_MAX) == []
    assert [str(path) for path in sources() if path.read_text().count("\n") > FILE_LINES_MAX] == []


# --- data, errors, names ---


def test_values_are_frozen():
    mutable = set()
    for _, node in nodes(ast.ClassDef):
        if "Struct" in map(name_of, node.bases):
            frozen = [keyword.value for keyword in node.keywords if keyword.arg == "frozen"]
            if not (frozen and isinstance(frozen[0], ast.Constant) and frozen[0].value is True):
                mutable.add(node.name)
    assert mutable == MUTABLE


def test_only_the_store_catches_whatever_comes():
    found = {}
    for path, node in nodes(ast.ExceptHandler):
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if any(kind is None or name_of(kind) in ("Exception", "BaseException") for kind in caught):
            where = path.relative_to(SOURCE).as_posix()
            found[where] = found.get(where, 0) + 1
    assert found == CATCH_WHATEVER_COMES


def test_no_module_is_named_for_nothing():
    named = [path.stem for path in MODULES] + [path.parent.name for path in MODULES]
    assert SAY_NOTHING & set(named) == set()
    assert [node.name for _, node in nodes(ast.ClassDef) if node.name.endswith(("Manager", "Helper", "Util"))] == []


def test_every_module_begins_with_its_sentence():
    without = []
    for path in [*MODULES, *TESTS, *(ROOT / "tools").glob("*.py")]:
        text = path.read_text()
        docstring = ast.get_docstring(ast.parse(text)) or ""
        if text.strip() and not re.search(r"[.?!:;]", docstring.split("\n\n")[0]):
            without.append(str(path))
    assert without == []


def test_tests_use_no_mocks():
    mocks = {"mock", "unittest.mock", "pytest_mock"}
    for path in TESTS:
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not mocks & set(modules), path


# --- what a clone must not carry ---

# A letter in brackets keeps this file from finding itself.
MARKS = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b")
PLACES = re.compile(r"/(?:ho[m]e|Us[e]rs|ro[o]t|wo[r]k)/|py[p]i\.org/simple|--index[-]url|files\.python[h]osted")


def test_nothing_is_left_to_do_and_no_machine_is_named():
    found = []
    for path in written_files():
        text = path.read_text(encoding="utf-8")
        found += [f"{path}: {mark}" for mark in MARKS.findall(text) + PLACES.findall(text)]
    assert found == []


# --- the project's own lists ---


def test_every_dependency_is_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[><=;]", line)[0].strip() for line in project["dependencies"]}
    imported = {alias.name.split(".")[0] for _, node in nodes(ast.Import) for alias in node.names}
    imported |= {node.module.split(".")[0] for _, node in nodes(ast.ImportFrom) if node.module and not node.level}
    missing = {name for name in wanted if IMPORTED_AS.get(name, name.replace("-", "_")) not in imported}
    assert missing == NEVER_IMPORTED


def test_every_part_of_the_tree_is_on_the_map():
    described = (ROOT / "docs" / "architecture.md").read_text()
    parts = [path for path in SOURCE.iterdir() if path.name[0] not in "_."]
    names = [f"`{path.name}/`" if path.is_dir() else f"`{path.name}`" for path in parts]
    face = [path for path in (SOURCE / "chargepoint").iterdir() if path.name[0] not in "_."]
    names += [f"`{path.name}/`" if path.is_dir() else f"`{path.stem}`" for path in face]
    assert [name for name in names if name not in described] == []


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    linked = re.findall(r"\[(.+)\]\((.+\.md)\)", (folder / "README.md").read_text())
    records = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    titles = [re.sub(r"^# \d+\. ", "", path.read_text().split("\n")[0]) for path in records]
    assert linked == [(title, path.name) for title, path in zip(titles, records, strict=True)]


def test_the_page_of_statuses_is_what_the_tables_say(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import diagrams

    try:
        assert diagrams.PAGE.read_text() == diagrams.page(), "run `python tools/diagrams.py`"
    finally:
        del sys.modules["diagrams"]
