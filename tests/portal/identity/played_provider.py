"""An OpenID Connect provider that is played: as it should be, or with one thing wrong.

It answers what the portal asks (`providers.Ask`), so nothing goes over a network and the clock is the test's.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from laadboek.clock import VirtualClock
from laadboek.portal.providers import AppleKey, Fetched, Provider, Unreachable
from laadboek.secret import Secret

Params = dict[str, str]
RSA = RSAKey.generate_key(2048, {"kid": "first"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
STRANGER = RSAKey.generate_key(2048, {"kid": "first"})  # the same name, another key
CLIENT = "laadboek-client"
SECRET = "not a secret: a test"
SUBJECT = "1000-alice"


class PlayedProvider:
    """What a test wants wrong it sets; the rest is right."""

    def __init__(self, clock: VirtualClock, name: str = "acme", issuer: str = "https://acme.example", **more: Any):
        self.clock = clock
        self.setup = Provider(
            name=name, label=name.title(), issuer=issuer, client_id=CLIENT, secret=Secret(SECRET), **more
        )
        self.behave()

    def behave(self) -> None:
        """As it should, from now on."""
        issuer = self.setup.issuer
        self.discovery: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize?tenant=1",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }
        self.person: dict[str, Any] = {
            "sub": SUBJECT,
            "email": "alice.elsewhere@example.org",
            "email_verified": True,
            "name": "Alice Elsewhere",
        }
        self.keys: list[Any] = [RSA, EC]
        self.claims: dict[str, Any] = {}  # on top of the right ones; None takes one away
        self.header: dict[str, Any] = {}
        self.signer: Any = RSA
        self.sign: Callable[[dict[str, Any], bytes], str] | None = None
        self.answers: dict[str, Fetched] = {}  # by path: instead of the right one
        self.asked: list[str] = []  # paths, in order
        self.form: Params = {}  # what the token endpoint was last sent
        self._codes: dict[str, Params] = {}
        self._given = 0

    # --- the browser is here ---

    def authorise(self, address: str) -> Params:
        """Somebody says yes: what the browser brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(self.discovery["authorization_endpoint"])
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        self._given += 1
        code = f"code-{self.setup.name}-{self._given}"
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    # --- our server asks ---

    async def ask(self, location: str, method: str, headers: Mapping[str, str], body: bytes) -> Fetched:
        parts = urlsplit(location)
        path = parts.path
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path.endswith("/.well-known/openid-configuration"):
            return answer(self.discovery)
        if path.endswith("/keys"):
            return answer({"keys": [public(key) for key in self.keys]})
        assert method == "POST"
        return self.token(headers, {name: values[0] for name, values in parse_qs(body.decode()).items()})

    def token(self, headers: Mapping[str, str], form: Params) -> Fetched:
        self.form = form
        asked = self._codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        fine = asked is not None and asked["code_challenge"] == challenge.rstrip("=")
        if not fine or asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return answer({"error": "invalid_grant"}, 400)
        if "client_secret" not in form:
            pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
            assert pair == f"{CLIENT}:not%20a%20secret%3A%20a%20test"
        return answer({"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])})

    def id_token(self, nonce: str) -> str:
        now = int(self.clock.now().timestamp())
        right = {"iss": self.setup.issuer, "aud": CLIENT, "iat": now, "exp": now + 3600, "nonce": nonce}
        claims = {name: value for name, value in (right | self.person | self.claims).items() if value is not None}
        payload = json.dumps(claims).encode()
        algorithm = "ES256" if isinstance(self.signer, ECKey) else "RS256"
        header = {"alg": algorithm, "kid": self.signer.kid} | self.header
        header = {name: value for name, value in header.items() if value is not None}
        if self.sign is not None:
            return self.sign(header, payload)
        return jws.serialize_compact(header, payload, self.signer, algorithms=[header["alg"]])


def public(key: Any) -> dict[str, Any]:
    if isinstance(key, dict):
        return key
    return dict(key.as_dict(private=False))


def answer(body: Any, status: int = 200) -> Fetched:
    return Fetched(status, json.dumps(body).encode())


def unsigned(header: dict[str, Any], payload: bytes) -> str:
    """`alg: none`."""
    return f"{b64(json.dumps({**header, 'alg': 'none'}).encode())}.{b64(payload)}."


def signed_with(secret: bytes) -> Callable[[dict[str, Any], bytes], str]:
    """HS256, by hand: libraries refuse to take a public key for a secret, a forger does not."""

    def sign(header: dict[str, Any], payload: bytes) -> str:
        text = f"{b64(json.dumps({**header, 'alg': 'HS256'}).encode())}.{b64(payload)}"
        return f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha256'))}"

    return sign


def b64(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def together(*providers: PlayedProvider) -> Callable[..., Any]:
    """One `Ask` for all of them, by host."""
    by_host = {urlsplit(one.setup.issuer).netloc: one for one in providers}

    async def ask(location: str, method: str, headers: Mapping[str, str], body: bytes) -> Fetched:
        played = by_host.get(urlsplit(location).netloc)
        if played is None:
            raise Unreachable("dns")
        return await played.ask(location, method, headers, body)

    return ask


def apple_key() -> AppleKey:
    """Made here and now; nobody's."""
    pem = ECKey.generate_key("P-256").as_pem(private=True).decode()
    return AppleKey(team_id="TEAM", key_id="KEY", private_key=Secret(pem))
