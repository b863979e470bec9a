"""Until the past of the demo is there, every address answers with how far it is. Touches no store."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ...reasons import Reason
from .. import rendering
from ..desk import desk_of
from ..errors import API, problem
from ..visitor import UNKNOWN_ZONE, Visitor, language_of
from ..words.speech import Speech

ALWAYS = ("/static/", "/healthz", "/manifest.webmanifest", "/sw.js", "/offline")


class ProgressFirst:
    """Middleware: stands before all routes while `progress()` says that the past is not there yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if desk_of(request).progress() is not None:
            await progress_page(request)(scope, receive, send)
        elif "laadboek-progress" in Headers(scope=scope):
            # The page asked how far it is: it is done, so the whole page is loaded anew.
            await Response(headers={"HX-Refresh": "true"})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def progress_page(request: Request) -> Response:
    progress = desk_of(request).progress()
    visitor = Visitor(Speech(language_of(request), UNKNOWN_ZONE))
    headers = {"Retry-After": "2"}
    if request.url.path.startswith(API):
        response = problem(visitor.speech, Reason("portal.starting"))
        response.headers.update(headers)
        return response
    template = "starting/progress_part.html" if "laadboek-progress" in request.headers else "starting/progress.html"
    response = rendering.page(template, visitor, request, {"progress": progress})
    response.headers.update(headers)
    return response
