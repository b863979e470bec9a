"""In front of every page: security headers on all answers, no unsafe request from another website, and nothing too big.

Pure ASGI, so that live streams pass untouched. The API is slowed here by network, before anybody is looked up; who asks
is counted in `api.operator`.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..reasons import Refused
from . import security_headers
from .api.operator import bearer_of, is_operators, slow_down
from .desk import desk_of
from .errors import API, answer_without_store
from .limits import MIB, body_most, network_key
from .visitor import network_of

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
JSON = "application/json"
# Where the page of a provider sends a form to (Apple). Who began it is proved by the state in it and a cookie of its
# own (`identity.with_provider`), and no other cookie comes along.
FROM_ELSEWHERE = re.compile(r"/sign-in/with/[a-z0-9-]+/back\Z")


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

        try:
            look_at(scope)
        except Refused as refused:
            refusal = answer_without_store(Request(scope, receive), refused.reason)
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, measured(receive, body_most(scope["path"])), send_guarded)


def look_at(scope: Scope) -> None:
    """What the head of a request tells, before anybody reads its body; or Refused."""
    request, path = Request(scope), str(scope["path"])
    headers, desk = request.headers, desk_of(request)
    if path.startswith(API) and not is_operators(desk, bearer_of(headers)):
        slow_down(desk.networks.take(network_key(network_of(request)), desk.clock.now()))
    ours = from_here(headers) or is_by_token(path, headers) or FROM_ELSEWHERE.fullmatch(path) is not None
    if scope["method"] not in SAFE_METHODS and not ours:
        raise Refused("page.foreign_origin")
    most, announced = body_most(path), headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > most:
        raise Refused("page.too_large", most_mib=most // MIB)
    has_body = announced != "0" or "transfer-encoding" in headers
    if path.startswith(API) and has_body and headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Refused("api.not_json")


def measured(receive: Receive, most: int) -> Receive:
    """The same, but a body that says nothing of its length is not read beyond what it may have."""
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413)
        return message

    return counting


def is_by_token(path: str, headers: Headers) -> bool:
    """Whether the API is used without anything that a browser adds by itself: no website can forge that."""
    return path.startswith(API) and bearer_of(headers) is not None and "cookie" not in headers


def from_here(headers: Headers) -> bool:
    """Whether the browser says that our own page sent this. Every browser says so in one of two ways."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] == headers.get("host")
