"""A notice on its way to a browser: encrypted for it alone (RFC 8291), signed by this installation (RFC 8292). Pure.

The push service in between sees when a notice comes and how long it is, and nothing of what it says.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from msgspec import Struct

from .actions.subscriptions import PushSecrets
from .portal import rendering
from .runtime.push_key import public_part

LIVES = timedelta(hours=24)  # so long a service keeps it for a phone that is off
SIGNED_FOR = timedelta(hours=12)  # 24 at most
TEXT_MAX = 1_500  # characters; a service takes 4096 bytes, encrypted
NOBODY = "mailto:push@laadboek.invalid"  # RFC 8292 wants somebody to write to


class Request(Struct, frozen=True):
    headers: Mapping[str, str]
    body: bytes


class Told(Struct, frozen=True, kw_only=True):
    """What the service worker shows."""

    title: str
    text: str
    tag: str  # a newer notice with the same one replaces it
    url: str  # what a tap opens
    lang: str


class Signer(Struct, frozen=True):
    """`contact`: whom a push service may write to."""

    key: EllipticCurvePrivateKey
    contact: str = NOBODY

    def request(self, endpoint: str, secrets: PushSecrets, told: Told, now: datetime) -> Request:
        """What is posted to the endpoint. Takes a moment: not on the event loop."""
        headers = {
            "TTL": str(int(LIVES.total_seconds())),
            "Urgency": "normal",
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "Authorization": self.authorization(endpoint, now),
        }
        return Request(headers, encrypted(secrets, endpoint, told))

    def authorization(self, endpoint: str, now: datetime) -> str:
        from joserfc import jwt
        from joserfc.jwk import ECKey

        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + SIGNED_FOR).timestamp()),
            "sub": self.contact,
        }
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(self.key))
        return f"vapid t={token}, k={text_of(public_part(self.key))}"


def encrypted(secrets: PushSecrets, endpoint: str, told: Told) -> bytes:
    from pywebpush import WebPusher  # brings half a second of imports: only where somebody subscribed

    body = {**msgspec.structs.asdict(told), "icon": rendering.static_url("icons/app-192.png")}
    keys = {"p256dh": secrets.p256dh, "auth": secrets.auth}
    made = WebPusher({"endpoint": endpoint, "keys": keys}).encode(msgspec.json.encode(body))
    return bytes(made["body"])


def text_of(key: bytes) -> str:
    return urlsafe_b64encode(key).rstrip(b"=").decode()
