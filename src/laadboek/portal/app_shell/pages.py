"""The installable app (C7): its manifest, its service worker, and what it shows without a network.

All three are open: a browser asks for them without saying who it is, and nothing of anybody is in them.
"""

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from .. import rendering
from ..visitor import UNKNOWN_ZONE, Visitor, language_of
from ..words.speech import Speech
from .manifest import manifest

router = APIRouter(include_in_schema=False)
# What a page needs before it can be drawn. The rest is kept when it is first asked for.
SHELL = ("app.css", "app.js", "vendor/pico.min.css", "vendor/htmx-sse.min.js", "icons/laadboek.svg")
# Asked about at each start of the app: a new release is noticed at once. The files that they name are kept for ever.
ASK_EACH_TIME = {"Cache-Control": "no-cache"}


@router.get("/manifest.webmanifest")
async def app_manifest(request: Request) -> Response:
    speech = Speech(language_of(request), UNKNOWN_ZONE)
    body = msgspec.json.encode(manifest(speech, rendering.static_url))
    return Response(body, media_type="application/manifest+json", headers={**ASK_EACH_TIME, "Vary": "Cookie"})


@router.get("/sw.js")
async def service_worker() -> Response:
    """The static file behind the version and the names that it keeps; so a new release is a new worker."""
    facts = {"version": rendering.static_version(), "shell": [rendering.static_url(name) for name in SHELL]}
    body = b"const release = " + msgspec.json.encode(facts) + b";\n" + (rendering.STATIC / "sw.js").read_bytes()
    headers = {**ASK_EACH_TIME, "Service-Worker-Allowed": "/"}
    return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/offline")
async def offline(request: Request) -> Response:
    """Kept by the service worker. Shown for any page while there is no network, so it names nobody."""
    visitor = Visitor(Speech(language_of(request), UNKNOWN_ZONE))
    return rendering.page("app_shell/offline.html", visitor, request)
