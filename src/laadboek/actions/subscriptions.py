"""Browsers that want notices (C7): what a browser hands over when it subscribes (RFC 8030, RFC 8291)."""

import base64
import binascii

import msgspec
from msgspec import Struct

from ..reasons import Refused

POINT_BYTES, AUTH_BYTES = 65, 16
UNCOMPRESSED = b"\x04"


class PushSecrets(Struct, frozen=True):
    """Of one browser: its public key and its secret, base64url. Kept sealed: they make a notice readable there."""

    p256dh: str
    auth: str


def sealed_form(secrets: PushSecrets) -> str:
    return msgspec.json.encode(secrets).decode()


def from_sealed(text: str) -> PushSecrets:
    return msgspec.json.decode(text, type=PushSecrets)


def checked_secrets(secrets: PushSecrets) -> PushSecrets:
    """Raise Refused for what no browser can have sent."""
    point, auth = _bytes(secrets.p256dh), _bytes(secrets.auth)
    if len(point) != POINT_BYTES or point[:1] != UNCOMPRESSED or len(auth) != AUTH_BYTES:
        raise Refused("notice.bad_subscription")
    return secrets


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
