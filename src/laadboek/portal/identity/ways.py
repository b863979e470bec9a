"""The providers of one process: what they say of themselves and by which keys they sign, kept for a while."""

import asyncio
from datetime import datetime, timedelta

import structlog
from starlette.requests import HTTPConnection, Request

from ...actions.people.identities import Claimed
from ...actions.throttle import Rule, Throttle
from ...clock import Clock
from ...reasons import Refused
from ..providers import Ask, Fetched, Provider, Unreachable
from . import protocol
from .browser import origin_of, site_of
from .protocol import Begun, Discovered, Key, NoSuchKey, NotBelieved

KEPT = timedelta(hours=1)
KEYS_AGAIN = timedelta(minutes=5)  # a forged token must not make us ask the provider each time
ANSWER_MAX_BYTES = 256 << 10
QUARTER = timedelta(minutes=15)
# Whoever guesses a one-time code has the password already: nobody else is locked out by being slow for all networks.
CODE_RULES = {
    "pair": Rule(free=5, longest=QUARTER),
    "network": Rule(free=20, longest=QUARTER),
    "email": Rule(free=10, longest=QUARTER),
}
# Of one network: beginning costs us a row, and the provider a look.
BEGIN_RULES = {name: Rule(free=30, longest=timedelta(minutes=1)) for name in ("pair", "network", "email")}

log = structlog.get_logger(__name__)


class KnownProvider:
    """One provider, and what was last heard of it."""

    def __init__(self, provider: Provider, ask: Ask, clock: Clock) -> None:
        self.provider = provider
        self._ask, self._clock = ask, clock
        self._lock = asyncio.Lock()  # many at once ask once
        self._found: tuple[Discovered, datetime] | None = None
        self._keys: tuple[list[tuple[str | None, Key]], datetime] | None = None
        self._forced_at: datetime | None = None

    async def found(self) -> Discovered:
        """Raises NotBelieved, Unreachable."""
        async with self._lock:
            now = self._clock.now()
            if self._found is None or now - self._found[1] >= KEPT:
                body = await self._fetch(self.provider.issuer.rstrip("/") + protocol.WELL_KNOWN)
                self._found = protocol.discovered(self.provider, body), now
            return self._found[0]

    async def who(self, begun: Begun, code: str) -> Claimed:
        """Turn the code into somebody. Raises NotBelieved, Unreachable."""
        found = await self.found()
        headers, body = protocol.code_request(self.provider, found, begun, code, self._clock.now())
        answer = await self._ask(found.token_endpoint, "POST", headers, body)
        token = protocol.id_token_in(accepted(answer, "token_refused"))
        try:
            payload = protocol.payload_of(token, await self._signers(found))
        except NoSuchKey:
            payload = protocol.payload_of(token, await self._signers(found, force=True))
        return protocol.claimed(self.provider, begun, payload, self._clock.now())

    async def _signers(self, found: Discovered, *, force: bool = False) -> list[tuple[str | None, Key]]:
        async with self._lock:
            now = self._clock.now()
            may_force = force and (self._forced_at is None or now - self._forced_at >= KEYS_AGAIN)
            if self._keys is None or now - self._keys[1] >= KEPT or may_force:
                if may_force:
                    self._forced_at = now
                self._keys = protocol.keys_in(await self._fetch(found.jwks_uri)), now
            return self._keys[0]

    async def _fetch(self, address: str) -> bytes:
        return accepted(await self._ask(address, "GET", {"Accept": "application/json"}, b""), "refused")


def accepted(answer: Fetched, otherwise: str) -> bytes:
    """The body of a plain 200. A redirect is none: who knows where to."""
    if answer.status != 200:
        raise NotBelieved(f"{otherwise}_{answer.status}")
    if len(answer.body) > ANSWER_MAX_BYTES:
        raise NotBelieved("too_big")
    return answer.body


class Ways:
    """One per application."""

    def __init__(self, providers: tuple[Provider, ...], ask: Ask, clock: Clock) -> None:
        self._known = {one.name: KnownProvider(one, ask, clock) for one in providers}
        self.beginnings = Throttle(BEGIN_RULES)
        self.codes = Throttle(CODE_RULES)

    @property
    def providers(self) -> list[Provider]:
        """In the order in which they were set up."""
        return [one.provider for one in self._known.values()]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._known)

    def usable(self, request: Request) -> list[Provider]:
        """Whose answer reaches us: a form of another site brings its cookie along over TLS only."""
        secure = origin_of(request).startswith("https:")
        return [one for one in self.providers if secure or not one.form_post]

    def passkeys_here(self, request: Request) -> bool:
        return site_of(request) is not None

    def one(self, name: str) -> KnownProvider:
        if name not in self._known:
            raise Refused("provider.unknown")
        return self._known[name]


def not_believed(provider: Provider, error: NotBelieved | Unreachable) -> Refused:
    """What a person is told; whoever runs this finds the cause in the log."""
    if isinstance(error, Unreachable):
        log.warning("provider.unreachable", provider=provider.name, why=error.code)
        return Refused("provider.away", provider=provider.label)
    log.warning("provider.not_believed", provider=provider.name, why=error.why)
    return Refused("identity.not_believed", provider=provider.label)


def ways_of(request: HTTPConnection) -> Ways:
    ways: Ways = request.app.state.ways
    return ways


async def nobody(location: str, *_: object) -> Fetched:
    """Where there are no providers, nothing is asked."""
    raise Unreachable("no_way_out")
