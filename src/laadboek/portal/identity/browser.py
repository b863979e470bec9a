"""What a browser keeps of a sign-in that has begun, and where this site is as the browser sees it."""

import base64
import binascii
import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from ...actions.people.passkeys import RelyingParty
from ...actions.people.pre_sign_ins import LASTS, Kind
from ...actions.sign_in import SignedIn
from ..desk import Desk, desk_of
from ..visitor import TOKEN_BYTES, Visitor

LOCAL = "localhost"


def person_of(visitor: Visitor) -> SignedIn:
    """Of a page that asks for somebody."""
    assert visitor.signed_in is not None
    return visitor.signed_in


def cookie_of(desk: Desk, kind: Kind) -> str:
    """One per kind, so that two ways may be begun side by side."""
    return f"{'__Host-' if desk.settings.https else ''}laadboek_{kind.value}"


def remember(response: Response, desk: Desk, kind: Kind, token: bytes, *, from_elsewhere: bool = False) -> None:
    """`from_elsewhere`: the provider's page sends the form, so the cookie must come along from there; only this one."""
    response.set_cookie(
        cookie_of(desk, kind),
        encoded(token),
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=desk.settings.https,
        httponly=True,
        samesite="none" if from_elsewhere else "lax",
    )


def forget(response: Response, desk: Desk, kind: Kind) -> None:
    response.delete_cookie(cookie_of(desk, kind), path="/", secure=desk.settings.https, httponly=True)


def remembered(request: Request, kind: Kind) -> bytes | None:
    return decoded(request.cookies.get(cookie_of(desk_of(request), kind), ""))


def encoded(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).decode()


def decoded(text: str) -> bytes | None:
    """The random bytes; None when somebody made it up."""
    try:
        token = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        return None
    return token if len(token) == TOKEN_BYTES else None


def origin_of(request: Request) -> str:
    """`https://laadboek.example`: behind TLS as whoever runs this said, else as the browser asked."""
    settings = desk_of(request).settings
    return settings.url if settings.https else f"{request.url.scheme}://{request.url.netloc}"


def site_of(request: Request) -> RelyingParty | None:
    """This site for passkeys; None where browsers offer none: on a bare address, without TLS beyond this machine."""
    origin = origin_of(request)
    parts = urlsplit(origin)
    host = parts.hostname or ""
    secure = parts.scheme == "https" or host == LOCAL or host.endswith("." + LOCAL)
    return RelyingParty(id=host, origin=origin) if secure and not is_address(host) else None


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
