"""Who uses the API: somebody who is signed in, a token that somebody made, or the operator with the data folder's."""

import hashlib
import hmac
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from ...actions.actor import Actor
from ...actions.operator import operator
from ...actions.people import tokens
from ...reasons import Refused
from ...secret import Secret
from ..desk import Desk, desk_of
from ..limits import network_key
from ..visitor import Visitor, language_of, network_of, somebody
from ..words.speech import LANGUAGES, Speech

SCHEME = "bearer"
OPERATOR = "operator"


def bearer_of(headers: Headers) -> Secret | None:
    """The token of `Authorization: Bearer …`; None when there is no such header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return Secret(token.strip()) if scheme.lower() == SCHEME else None


async def somebody_or_operator(request: HTTPConnection) -> Visitor:
    """Whoever shows a token is its bearer or nobody: a cookie beside it does not help."""
    desk, token = desk_of(request), bearer_of(request.headers)
    if token is None:
        visitor = await somebody(request)
    elif tokens.is_token(token):
        visitor = await by_token(desk, request, token)
    else:
        return await by_operators_token(desk, request, token)  # who runs the machine is not slowed down
    slow_down(desk.askers.take(asker(visitor), desk.clock.now()))
    return visitor


async def by_token(desk: Desk, request: HTTPConnection, token: Secret) -> Visitor:
    now = desk.clock.now()
    found = await desk.read(partial(tokens.bearer, text=token, now=now, network=network_of(request)))
    if found is None:
        raise wrong(desk, request, Refused("token.wrong"))
    if found.due:
        await desk.write("sign_ins", partial(tokens.note_use, found=found, now=now))
    language = found.actor.language if found.actor.language in LANGUAGES else language_of(request)
    return Visitor(Speech(language, found.actor.time_zone), bearer=found)


async def by_operators_token(desk: Desk, request: HTTPConnection, token: Secret) -> Visitor:
    if not is_operators(desk, token):
        raise wrong(desk, request, Refused("operator.wrong_token"))
    actor: Actor = await desk.read(operator)
    return Visitor(Speech(language_of(request), actor.time_zone), operator=actor)


def is_operators(desk: Desk, token: Secret | None) -> bool:
    """Whether this is the data folder's token: whoever has it can read the database too."""
    expected = desk.settings.operator_token_hash
    if expected is None or token is None:
        return False
    return hmac.compare_digest(hashlib.sha256(token.reveal().encode()).digest(), expected)


def wrong(desk: Desk, request: HTTPConnection, refused: Refused) -> Refused:
    """Slower and slower for whoever shows wrong ones, but never the right one: 256 bits are not guessed meanwhile."""
    wait = desk.token_throttle.begin(OPERATOR, network_key(network_of(request)), desk.clock.now())
    return refused if wait is None else Refused("sign_in.wait", wait_s=whole_seconds(wait))


def asker(visitor: Visitor) -> str:
    """Who is counted: a token, or a person with all their browsers."""
    if visitor.bearer is not None:
        return visitor.bearer.token.public_id
    assert visitor.signed_in is not None
    return visitor.signed_in.user_public_id


def slow_down(wait: timedelta | None) -> None:
    if wait is not None:
        raise Refused("api.too_many", wait_s=whole_seconds(wait))


def whole_seconds(wait: timedelta) -> int:
    return -(-wait // timedelta(seconds=1))


# Checks nothing: it tells the API's description that there is such a token.
DESCRIBED = HTTPBearer(
    auto_error=False,
    description="A token of yours (`laad_…`, Account → Tokens), or the operator's: `operator.token` in the data folder",
)
Bearer = Annotated[object, Depends(DESCRIBED)]
