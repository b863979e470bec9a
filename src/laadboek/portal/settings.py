"""What the portal must be told by the process that runs it."""

from msgspec import Struct


class PortalSettings(Struct, frozen=True, kw_only=True):
    """`https`: people reach the pages over TLS (ours or a proxy's), so the cookie is `__Host-` and Secure."""

    https: bool = False
    operator_token_hash: bytes | None = None  # SHA-256; None: nobody is let in by a token
    version: str = "0"
