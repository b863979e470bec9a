"""Templates and static files, and the one way in which a page is put together."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from .visitor import Visitor
from .words import texts
from .words.speech import LANGUAGES, catalogue

HERE = Path(__file__).parent
STATIC = HERE / "static"


@lru_cache
def static_version() -> str:
    """Changes with any static file, so that browsers may keep each version for ever."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static_url(name: str) -> str:
    return f"/static/{static_version()}/{name}"


class KeptForEver(StaticFiles):
    """Static files under an address that carries their version. Texts are compressed once, and kept so."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code != 200:
            return response
        response.headers["Cache-Control"] = FOR_EVER
        kind = response.headers["content-type"]
        if path.endswith(TEXTS) and "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            headers = {"Cache-Control": FOR_EVER, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            body = b"" if scope["method"] == "HEAD" else compressed(path)
            return Response(body, headers=headers, media_type=kind)
        return response


FOR_EVER = "public, max-age=31536000, immutable"
TEXTS = (".css", ".js", ".svg", ".txt", ".json")


@lru_cache
def compressed(path: str) -> bytes:
    """Of a static file that is known to be there. The same at every start: no time stands in it."""
    return gzip.compress((STATIC / path).read_bytes(), mtime=0)


@lru_cache
def environment(language: str) -> Environment:
    """Templates are compiled once per language."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(static_url=static_url, icon=icon, texts=texts, LANGUAGES=LANGUAGES)
    return made


@lru_cache
def icon(name: str) -> Markup:
    """An inline drawing from `static/icons`, in the colour of the text around it."""
    return Markup((STATIC / "icons" / f"{name}.svg").read_text())


Values = Mapping[str, object]


def render(template: str, visitor: Visitor, request: Request, values: Values | None = None) -> str:
    always = {"visitor": visitor, "speech": visitor.speech, "request": request}
    return environment(visitor.speech.language).get_template(template).render({**always, **(values or {})})


def page(
    template: str, visitor: Visitor, request: Request, values: Values | None = None, *, status: int = 200
) -> HTMLResponse:
    return HTMLResponse(render(template, visitor, request, values), status_code=status)


def is_fragment(request: Request) -> bool:
    """htmx asks, and puts the answer into the page that is already there."""
    return request.headers.get("hx-request") == "true"


def toast(visitor: Visitor, request: Request, said: str, *, status: int = 200) -> HTMLResponse:
    """A short answer to a button, at the foot of the page that is already there."""
    body = render("toast.html", visitor, request, {"said": said, "refused": status >= 400})
    headers = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}
    return HTMLResponse(body, status_code=status, headers=headers)
