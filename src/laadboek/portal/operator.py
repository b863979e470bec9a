"""Who uses the API: somebody who is signed in, or the operator with the token of the data folder."""

import hashlib
import hmac
from datetime import timedelta
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from ..actions.actor import Actor
from ..actions.operator import operator
from ..reasons import Refused
from ..secret import Secret
from .desk import Desk, desk_of
from .speech import Speech
from .visitor import Visitor, language_of, somebody

SCHEME = "bearer"
OPERATOR = "operator"


def bearer_of(headers: Headers) -> Secret | None:
    """The token of `Authorization: Bearer …`; None when there is no such header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return Secret(token.strip()) if scheme.lower() == SCHEME else None


async def somebody_or_operator(request: HTTPConnection) -> Visitor:
    """Whoever shows a token is its bearer or nobody: a cookie beside it does not help."""
    token = bearer_of(request.headers)
    if token is None:
        return await somebody(request)
    desk = desk_of(request)
    check(desk, token, request.client.host if request.client else "")
    actor: Actor = await desk.read(operator)
    return Visitor(Speech(language_of(request), actor.time_zone), operator=actor)


def check(desk: Desk, token: Secret, network: str) -> None:
    """Refuse a wrong token; slower and slower, but never the right one: 256 bits are not guessed meanwhile."""
    expected = desk.settings.operator_token_hash
    given = hashlib.sha256(token.reveal().encode()).digest()
    if expected is not None and hmac.compare_digest(given, expected):
        return
    wait = desk.token_throttle.begin(OPERATOR, network, desk.clock.now())
    if wait is not None:
        raise Refused("sign_in.wait", wait_s=-(-wait // timedelta(seconds=1)))
    raise Refused("operator.wrong_token")


# Checks nothing: it tells the API's description that there is such a token.
DESCRIBED = HTTPBearer(auto_error=False, description="The operator's token: `operator.token` in the data folder")
Bearer = Annotated[object, Depends(DESCRIBED)]


async def described(visitor: Annotated[Visitor, Depends(somebody_or_operator)], _: Bearer) -> Visitor:
    return visitor


SomebodyOrOperator = Annotated[Visitor, Depends(described)]
