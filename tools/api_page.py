"""Writes docs/api.md: every route of the HTTP API with the right that it needs, from the app itself.

Run `python tools/api_page.py` before a commit; a test fails on a page that is stale.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute

from laadboek.bus import Bus
from laadboek.clock import SystemClock
from laadboek.portal.app import create_app
from laadboek.portal.policy import Needs
from laadboek.portal.settings import PortalSettings
from laadboek.rights import RIGHTS, Right, Role
from laadboek.runtime.keys import DataKeys

PAGE = Path(__file__).parent.parent / "docs" / "api.md"
HEAD = """# The HTTP API

Everything that the pages do, at `/api/v1`; described for programs at `/api/v1/openapi.json`. This page is written by
`tools/api_page.py`.

```sh
curl -H "Authorization: Bearer $LAADBOEK_TOKEN" "http://127.0.0.1:8080/api/v1/sessions?period=month"
```

## Who asks

A token is made under *Account → Tokens* (`/account/tokens`) and shown once. It begins with `laad_`, ends in a
checksum; only its SHA-256 is kept. It acts as its user, with the rights of their role as far as its scopes go, in the
account in which it was made; it ends when it expires, is revoked, or its user leaves that account. A token opens no
pages; what is about a person (tokens, password, browsers: *signed in* below) needs a browser that is signed in. Whoever
runs the installation has one more token, `operator.token` in the data folder. Wrong tokens get 401, slower and slower.

A browser that is signed in may ask as well; then `Origin` or `Sec-Fetch-Site` must say that our own page does.

| role | rights |
|---|---|
"""
RULES = """
## How it answers

- Bodies are JSON (`Content-Type: application/json`), at most 1 MiB, files of prices and drivers 5 MiB. A field that is
  not known is refused.
- Instants are ISO 8601 with their offset; energy is in Wh, money in millionths of its currency.
- Lists that can be long take `limit` and `after`; `next` of an answer is `after` of the next page, null on the last.
- Errors are `application/problem+json` (RFC 9457): `code` and `params` are stable, `title` is for people. 401 not
  signed in or a token that opens nothing, 403 a right is missing, 404 no such thing in this account, 409 a conflict
  with how things are, 413 too large, 415 not JSON, 422 does not fit, 429 too many requests (`Retry-After` says how
  long to wait), 503 what must answer does not run.
- A token or person may ask 300 times a minute (`LAADBOEK_API_PER_MINUTE`), a network address 1200 times
  (`LAADBOEK_API_NETWORK_PER_MINUTE`); as many at once.

## Routes
"""


def app() -> Any:
    vault = DataKeys(bytes(32))
    return create_app(None, Bus(), SystemClock(), settings=PortalSettings(), vault=vault)


def routes(portal: Any) -> Iterator[APIRoute]:
    for route in portal.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router)


def rights_of(dependant: Any) -> tuple[Right, ...] | None:
    """None: it asks for nothing."""
    if isinstance(dependant.call, Needs):
        return dependant.call.rights
    found = (rights_of(part) for part in dependant.dependencies)
    return next((rights for rights in found if rights is not None), None)


def need_of(rights: tuple[Right, ...] | None) -> str:
    if rights is None:
        return "nothing"
    if not rights:
        return "signed in"
    return "any" if set(rights) == set(Right) else " or ".join(f"`{right}`" for right in rights)


def said_of(route: APIRoute) -> str:
    """Its summary, or the first sentence of its description."""
    text = route.summary or " ".join(route.description.split("\n\n")[0].split())
    return text.replace("|", "\\|")


def written() -> str:
    parts = [HEAD, *(f"| {role} | {granted(role)} |\n" for role in Role), RULES]
    by_tag: dict[str, list[APIRoute]] = {}
    for route in routes(app()):
        if route.include_in_schema:
            by_tag.setdefault(str(route.tags[0]) if route.tags else "sessions", []).append(route)
    for tag in sorted(by_tag):
        parts.append(f"\n### {tag}\n\n| route | needs | what |\n|---|---|---|\n")
        for route in sorted(by_tag[tag], key=lambda one: (one.path, sorted(one.methods))):
            methods = ", ".join(sorted(route.methods))
            parts.append(f"| {methods} `{route.path}` | {need_of(rights_of(route.dependant))} | {said_of(route)} |\n")
    return "".join(parts)


def granted(role: Role) -> str:
    if RIGHTS[role] == frozenset(Right):
        return "all"
    return ", ".join(f"`{right}`" for right in Right if right in RIGHTS[role])


if __name__ == "__main__":
    PAGE.write_text(written())
