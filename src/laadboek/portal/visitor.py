"""Who looks at a page: the cookie's sign-in, and the language to speak."""

import base64
import binascii
from functools import partial
from typing import Annotated

from fastapi import Depends
from msgspec import Struct
from starlette.requests import HTTPConnection
from starlette.responses import Response

from ..actions import sign_in
from ..actions.actor import Actor
from ..actions.people.tokens import Bearer
from ..actions.sign_in import SignedIn
from .desk import Desk, NotSignedIn, desk_of
from .words.speech import LANGUAGES, SOURCE, Speech

LANGUAGE_COOKIE = "laadboek_language"
TOKEN_BYTES = 32
YEAR_S = 365 * 24 * 3600
UNKNOWN_ZONE = "UTC"  # before sign-in no page shows an instant


class Visitor(Struct, frozen=True):
    """`signed_in` is None on the pages that need nobody."""

    speech: Speech
    signed_in: SignedIn | None = None
    unconfirmed: SignedIn | None = None  # knows the password, but the address is not confirmed: nobody, except to that
    operator: Actor | None = None  # who runs the installation, by the API's token instead of a sign-in
    bearer: Bearer | None = None  # whom a token of the API stands for, instead of a sign-in

    @property
    def actor(self) -> Actor:
        if self.operator is not None:
            return self.operator
        if self.bearer is not None:
            return self.bearer.actor
        assert self.signed_in is not None
        return self.signed_in.actor

    @property
    def name(self) -> str:
        """As a letter names them: whoever runs the installation has no name of their own."""
        if self.bearer is not None:
            return self.bearer.token.user_name
        return "Laadboek" if self.signed_in is None else self.signed_in.user_name


def token_of(request: HTTPConnection) -> bytes | None:
    """The cookie's random bytes; None when there is none, or somebody made it up."""
    try:
        token = base64.urlsafe_b64decode(request.cookies.get(cookie_name(desk_of(request)), ""))
    except (binascii.Error, ValueError):
        return None
    return token if len(token) == TOKEN_BYTES else None


def network_of(request: HTTPConnection) -> str | None:
    """The address that they come from."""
    return request.client.host if request.client else None


def cookie_name(desk: Desk) -> str:
    """`__Host-` makes browsers insist on TLS and this very host; over plain http they would drop such a cookie."""
    return "__Host-laadboek" if desk.settings.https else "laadboek"


def set_token(response: Response, desk: Desk, token: bytes) -> None:
    response.set_cookie(
        cookie_name(desk),
        base64.urlsafe_b64encode(token).decode(),
        max_age=int(sign_in.AT_MOST.total_seconds()),
        path="/",
        secure=desk.settings.https,
        httponly=True,
        samesite="lax",
    )


def forget_token(response: Response, desk: Desk) -> None:
    response.delete_cookie(cookie_name(desk), path="/", secure=desk.settings.https, httponly=True, samesite="lax")


async def anybody(request: HTTPConnection) -> Visitor:
    """The visitor, signed in or not. Keeps a living sign-in alive."""
    desk, token = desk_of(request), token_of(request)
    if token is None or desk.progress() is not None:
        return Visitor(Speech(language_of(request), UNKNOWN_ZONE))
    now = desk.clock.now()
    signed_in = await desk.read(partial(sign_in.who, token=token, now=now, network=network_of(request)))
    if signed_in is None:
        return Visitor(Speech(language_of(request), UNKNOWN_ZONE))
    if signed_in.due:
        await desk.write("sign_ins", partial(sign_in.keep_alive, signed_in=signed_in, now=now))
    actor = signed_in.actor
    language = actor.language if actor.language in LANGUAGES else language_of(request)
    speech = Speech(language, actor.time_zone)
    return Visitor(speech, signed_in) if signed_in.confirmed else Visitor(speech, unconfirmed=signed_in)


async def somebody(request: HTTPConnection) -> Visitor:
    """The signed-in visitor; otherwise the page is not shown."""
    visitor = await anybody(request)
    if visitor.signed_in is None:
        raise NotSignedIn
    return visitor


def language_of(request: HTTPConnection) -> str:
    """What was chosen on this browser, else what it asks for, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = [_weighed(part) for part in request.headers.get("accept-language", "").split(",")]
    for weight, tag in sorted(wanted, key=lambda pair: -pair[0]):
        if weight > 0 and (language := tag.split("-")[0].strip().lower()) in LANGUAGES:
            return language
    return SOURCE


def _weighed(part: str) -> tuple[float, str]:
    """A tag and its weight; 0 is one that the reader does not want (RFC 9110 §12.4.2), or cannot have meant."""
    tag, _, weight = part.partition(";q=")
    try:
        return float(weight or 1), tag
    except ValueError:
        return 0.0, tag


Anybody = Annotated[Visitor, Depends(anybody)]
Somebody = Annotated[Visitor, Depends(somebody)]
