"""In front of every page: security headers on all answers, and no unsafe request from another website.

Pure ASGI, so that live streams pass untouched.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..reasons import Refused
from . import security_headers
from .errors import API, answer_refusal
from .operator import bearer_of

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class Gate:
    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = security_headers.headers(https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] in SAFE_METHODS or from_here(headers) or is_by_token(scope["path"], headers):
            await self._app(scope, receive, send_guarded)
            return
        refusal = await answer_refusal(Request(scope, receive), Refused("page.foreign_origin"))
        await refusal(scope, receive, send_guarded)


def is_by_token(path: str, headers: Headers) -> bool:
    """Whether the API is used without anything that a browser adds by itself: no website can forge that."""
    return path.startswith(API) and bearer_of(headers) is not None and "cookie" not in headers


def from_here(headers: Headers) -> bool:
    """Whether the browser says that our own page sent this. Every browser says so in one of two ways."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")
