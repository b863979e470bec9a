"""Mails that somebody asks for, to an address that need not be theirs: not too many, and where to look for them."""

from datetime import timedelta

from starlette.requests import Request

from ...reasons import Refused
from ..desk import Desk, desk_of
from ..limits import network_key
from ..visitor import network_of

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HANDED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")  # what proxies add


def may_ask(desk: Desk, request: Request, email: str) -> None:
    """Counted before anybody looks whether the address is known, so that the answer tells nothing. Or Refused."""
    wait = desk.mail_throttle.begin(email.strip(), network_key(network_of(request)), desk.clock.now())
    if wait is not None:
        raise Refused("mail.wait", wait_s=-(-wait // timedelta(seconds=1)))


def mails_open(request: Request) -> bool:
    """Whether the mails can be read on this page: at home, by whoever sits at the machine itself.

    The name in the request is looked at too: a foreign website may have its own name lead to this machine. And a proxy
    on this machine, of which nobody told us (`LAADBOEK_URL`), brings others here.
    """
    if any(name in request.headers for name in HANDED_ON):
        return False
    here = request.client is not None and request.client.host in LOOPBACK
    return here and desk_of(request).settings.local_mails and request.url.hostname in LOOPBACK
