"""What the API says of itself: each route with a sentence, what it answers, how it refuses; and the docs' page."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from laadboek.settings import Settings

ROOT = Path(__file__).parents[2]
README, DOCS = ROOT / "README.md", ROOT / "docs"


@pytest.fixture(scope="module")
def api_page() -> Any:
    spec = importlib.util.spec_from_file_location("api_page", ROOT / "tools" / "api_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def operations(api_page: Any) -> list[tuple[str, dict[str, Any]]]:
    paths = api_page.app().openapi()["paths"]
    return [(f"{method.upper()} {path}", one) for path, ways in paths.items() for method, one in ways.items()]


def test_the_page_of_the_api_is_not_stale(api_page: Any) -> None:
    assert api_page.PAGE.read_text() == api_page.written(), "run python tools/api_page.py"


def test_every_route_says_what_it_does_answers_and_refuses(api_page: Any) -> None:
    missing = [f"{route}: {lack}" for route, said in operations(api_page) for lack in lacks(said)]
    assert missing == []


def lacks(said: dict[str, Any]) -> list[str]:
    found = []
    if not said.get("description") and not said.get("summary"):
        found.append("a docstring that says what it does")
    if not any(answers(code, response) for code, response in said["responses"].items()):
        found.append("a response model, or the content that it answers with")
    for code in ("401", "403", "404", "422", "429"):
        if "application/problem+json" not in said["responses"].get(code, {}).get("content", {}):
            found.append(f"the problem {code}: give its router responses=PROBLEMS")
    for parameter in said.get("parameters", ()):
        if parameter["in"] == "query" and not parameter.get("description"):
            found.append(f"a description of its parameter {parameter['name']}")
    return found


def answers(code: str, response: dict[str, Any]) -> bool:
    """Nothing at all (202, 204), something other than JSON, or JSON of a known form."""
    content = response.get("content", {})
    if code in ("202", "204"):
        return True
    return code.startswith("2") and any(
        kind != "application/json" or one.get("schema") for kind, one in content.items()
    )


def test_every_setting_of_the_process_is_in_the_readme_or_the_docs() -> None:
    text = README.read_text() + "".join(path.read_text() for path in DOCS.glob("*.md"))
    names = [f"LAADBOEK_{name}".upper() for name in Settings.model_fields]
    options = {name: f"--{name.removeprefix('LAADBOEK_').lower().replace('_', '-')}" for name in names}
    missing = [name for name in names if name not in text and options[name] not in text]
    assert missing == []
