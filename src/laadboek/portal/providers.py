"""Who else may say who somebody is (OpenID Connect), as whoever runs this installation set them up (C1)."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from ..secret import Secret


class AppleKey(Struct, frozen=True, kw_only=True):
    """Apple gives no client secret but a key to sign one with, hour by hour."""

    team_id: str
    key_id: str
    private_key: Secret  # PEM, P-256


class Provider(Struct, frozen=True, kw_only=True):
    name: str  # in addresses: google
    label: str  # for people: Google
    issuer: str  # exactly as it calls itself
    client_id: str
    secret: Secret | AppleKey | None = None  # None: a public client, PKCE alone
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    form_post: bool = False  # answers by a form that it makes the browser send (Apple, when scopes are asked)
    aliases: frozenset[str] = frozenset()  # what else its tokens may call the issuer
    prompt_again: str | None = "login"  # what makes it ask who sits there, although it knows

    @property
    def issuers(self) -> frozenset[str]:
        return self.aliases | {self.issuer}


class Fetched(Struct, frozen=True):
    status: int
    body: bytes


class Unreachable(Exception):
    """The address gave no answer, or may not be asked. `code` says why; never the address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# Asks an address once, within a time and a size, through the outbound guard, following no redirect: method, headers,
# body. Raises Unreachable.
Ask = Callable[[str, str, Mapping[str, str], bytes], Awaitable[Fetched]]
