"""What the portal must be told by the process that runs it."""

from msgspec import Struct

from ..actions.passwords import PasswordPolicy
from .providers import Provider


class PortalSettings(Struct, frozen=True, kw_only=True):
    """`https`: people reach the pages over TLS (ours or a proxy's), so the cookie is `__Host-` and Secure."""

    https: bool = False
    operator_token_hash: bytes | None = None  # SHA-256; None: nobody is let in by a token
    version: str = "0"
    api_per_minute: int = 300  # requests of one token or person; as many at once
    api_network_per_minute: int = 1200  # of one network address, whoever asks
    url: str = "http://127.0.0.1:8080"  # how people reach the pages: links in mails begin with it
    registration_open: bool = True  # otherwise only whoever is invited, and the very first
    password_policy: PasswordPolicy = PasswordPolicy.MANUAL
    local_mails: bool = False  # who sits at this machine reads its mails at /mails
    push_key: str | None = None  # public, base64url: what browsers subscribe with; None: nobody can
    providers: tuple[Provider, ...] = ()  # by whom people may sign in besides us
    support: str = ""  # whom people ask who are stuck: a name, an address, a number
