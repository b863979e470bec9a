"""What the source may write into the audit log."""

import ast
from collections.abc import Iterator
from pathlib import Path

import laadboek

SOURCE = Path(laadboek.__file__).parent


def deeds_of_the_source() -> set[str]:
    return {deed for path in SOURCE.rglob("*.py") for deed in _deeds(path)}


def _deeds(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name == "append" and ast.unparse(node.func) == "audit.append":
            yield from _texts([keyword.value for keyword in node.keywords if keyword.arg == "what"])
        elif name in ("note", "_note") and len(node.args) >= 3 and ast.unparse(node.args[0]) == "db":
            yield from _texts(node.args[2:3])


def _texts(values: list[ast.expr]) -> Iterator[str]:
    for value in values:
        for part in ast.walk(value):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier() is False:
                yield part.value
            elif isinstance(part, ast.Constant) and part.value == "signed_in":
                yield "signed_in"
