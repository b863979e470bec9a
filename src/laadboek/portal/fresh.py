"""Asking who somebody is once more, for what matters most: members, tokens, e-mail address, deletion (ASVS 7.5.1).

Use it where a page or form would use `policy.page`, with the same rights:

    visitor: Annotated[Visitor, page_fresh(Right.ACCOUNT_WRITE)]

Whoever showed a password or passkey on this browser within ten minutes (`sign_in.FRESH`) goes on unnoticed. Others are
led to /sign-in/again and from there back: of a form that was sent, back to the page where it stands, so put
`page_fresh` on that page as well where filling it in is work. On the API a cookie that is not fresh gets 403
`sign_in.not_fresh`; a bearer token has no browser and needs its scopes only. Another way to prove oneself (a passkey)
ends in `entrance.again.proved`.
"""

from typing import Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from ..actions.sign_in import is_fresh
from ..rights import Right
from .desk import NotFresh, desk_of
from .policy import api, page
from .visitor import Visitor


def page_fresh(right: Right | None, *or_else: Right) -> Any:
    return Depends(_fresh(page(right, *or_else)))


def api_fresh(right: Right | None, *or_else: Right) -> Any:
    return Depends(_fresh(api(right, *or_else)))


def _fresh(allowed: Any) -> Any:
    async def fresh(request: HTTPConnection, visitor: Visitor = allowed) -> Visitor:
        if visitor.signed_in is not None and not is_fresh(visitor.signed_in, desk_of(request).clock.now()):
            raise NotFresh
        return visitor

    return fresh
