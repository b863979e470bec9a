"""What the browser that registers keeps, so that it need not show the password again to confirm the address."""

import base64
import binascii

from starlette.requests import HTTPConnection
from starlette.responses import Response

from ...actions.people import proofs
from ..desk import Desk, desk_of

COOKIE, PATH = "laadboek_registering", "/confirm"
DAY_S = 24 * 3600


def remember(response: Response, desk: Desk, secret: bytes) -> None:
    """Set for everybody who registers: also that tells nothing."""
    response.set_cookie(
        name(desk),
        base64.urlsafe_b64encode(secret).decode(),
        max_age=DAY_S,
        path=PATH,
        secure=desk.settings.https,
        httponly=True,
        samesite="lax",
    )


def forget(response: Response, desk: Desk) -> None:
    response.delete_cookie(name(desk), path=PATH, secure=desk.settings.https, httponly=True, samesite="lax")


def is_same_browser(request: HTTPConnection, token: bytes) -> bool:
    """Whether the mail with this token was asked for here."""
    try:
        secret = base64.urlsafe_b64decode(request.cookies.get(name(desk_of(request)), ""))
    except (binascii.Error, ValueError):
        return False
    return proofs.token_of(secret) == token


def name(desk: Desk) -> str:
    """`__Secure-` and not `__Host-`, which would not have a path."""
    return f"__Secure-{COOKIE}" if desk.settings.https else COOKIE
