"""OpenID Connect's code flow as pure functions: what is asked, and what of an answer is believed (Core 1.0 §3.1).

Nothing here waits or asks the network; `now` comes in. What is not exactly as it must be is `NotBelieved`, with a code
for the log: to a person all of them are one sentence.
"""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from msgspec import Struct

from ...actions.people.identities import EMAIL_MAX, NAME_MAX, Claimed
from ...actions.people.pre_sign_ins import LASTS
from ..providers import AppleKey, Provider

WELL_KNOWN = "/.well-known/openid-configuration"  # Discovery 1.0 §4
LEEWAY = timedelta(seconds=60)  # clocks differ
TOKEN_MAX_CHARS = 16_384
SUBJECT_MAX = 255  # Core 1.0 §2
KEYS_MAX = 20
RSA_MIN_BITS = 2048
SECRET_LASTS = timedelta(hours=1)  # Apple's: it takes up to six months, we make one for each hour
APPLE = "https://appleid.apple.com"
ONE_EMAIL = re.compile(r"[^\s@<>\"',;]{1,64}@[^\s@<>\"',;]+\.[^\s@<>\"',;]+\Z")
# Asymmetric ones only: with HS256 the public key would sign, with `none` nobody.
ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
KEY_PARTS = ("kty", "n", "e", "crv", "x", "y")

Key = RSAKey | ECKey


class NotBelieved(Exception):
    """What a provider said, or somebody in its name, is not as it must be. `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoSuchKey(NotBelieved):
    """Signed by a key that we do not know: the provider may have changed it."""


class Discovered(Struct, frozen=True, kw_only=True):
    """What a provider says of itself (Discovery 1.0 §3); fields that we do not use are left out."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(Struct, frozen=True, kw_only=True):
    """The token endpoint's answer. The access token is not kept: we ask nothing with it."""

    id_token: str


class Claims(Struct, frozen=True, kw_only=True):
    """Of an ID token (Core 1.0 §2, §5.1), in the types that they must have."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nonce: str
    azp: str | None = None
    nbf: int | float | None = None
    email: str | None = None
    email_verified: bool | str | None = None  # Apple writes it as text
    name: str | None = None


class Jwks(Struct, frozen=True):
    keys: list[dict[str, Any]]


class Begun(Struct, frozen=True, kw_only=True):
    """What we keep of a flow while the browser is at the provider."""

    provider: str
    browser: bytes  # SHA-256 of the cookie of the browser that began
    nonce: str
    verifier: str
    redirect_uri: str
    begun_at: datetime
    purpose: str
    next: str
    sign_in: str | None = None  # sgn_ that connects, or proves itself; None: nobody is signed in


# --- asking ---


def discovered(provider: Provider, body: bytes) -> Discovered:
    """Only the provider that was configured may describe itself (10.5.3)."""
    try:
        found = msgspec.json.decode(body, type=Discovered)
    except msgspec.DecodeError:
        raise NotBelieved("discovery_form") from None
    if found.issuer != provider.issuer:
        raise NotBelieved("discovery_issuer")
    allowed = {"https", urlsplit(provider.issuer).scheme}
    for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
        if urlsplit(address).scheme not in allowed or not urlsplit(address).netloc:
            raise NotBelieved("discovery_address")
    return found


def way_there(provider: Provider, found: Discovered, begun: Begun, state: str, *, again: bool) -> str:
    """Where the browser goes to say who it is. `again`: even if the provider knows already."""
    address: str = prepare_grant_uri(
        found.authorization_endpoint,
        provider.client_id,
        "code",
        redirect_uri=begun.redirect_uri,
        scope=" ".join(provider.scopes),
        state=state,
        nonce=begun.nonce,
        code_challenge=create_s256_code_challenge(begun.verifier),
        code_challenge_method="S256",
        response_mode="form_post" if provider.form_post else None,
        prompt=provider.prompt_again if again else None,
    )
    return address


def code_request(
    provider: Provider, found: Discovered, begun: Begun, code: str, now: datetime
) -> tuple[dict[str, str], bytes]:
    """Headers and body that turn a code into tokens (Core 1.0 §3.1.3.1, §9)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun.redirect_uri,
        "code_verifier": begun.verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    secret = client_secret(provider, now)
    if secret is not None and "client_secret_basic" in found.token_endpoint_auth_methods_supported:
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
    else:
        form["client_id"] = provider.client_id
        form |= {} if secret is None else {"client_secret": secret}
    return headers, urlencode(form).encode()


def client_secret(provider: Provider, now: datetime) -> str | None:
    """As it was given; Apple's is signed with its key, anew for each hour."""
    key = provider.secret
    if not isinstance(key, AppleKey):
        return None if key is None else key.reveal()
    issued_at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": key.team_id,
        "sub": provider.client_id,
        "aud": APPLE,
        "iat": issued_at,
        "exp": issued_at + int(SECRET_LASTS.total_seconds()),
    }
    signer = ECKey.import_key(key.private_key.reveal())
    return jwt.encode({"alg": "ES256", "kid": key.key_id}, claims, signer, algorithms=["ES256"])


# --- believing ---


def id_token_in(body: bytes) -> str:
    try:
        token = msgspec.json.decode(body, type=Tokens).id_token
    except msgspec.DecodeError:
        raise NotBelieved("token_form") from None
    if len(token) > TOKEN_MAX_CHARS:
        raise NotBelieved("token_size")
    return token


def keys_in(body: bytes) -> list[tuple[str | None, Key]]:
    """The keys that may sign for us, with their names. Others are passed over, not refused: they have other uses."""
    try:
        listed = msgspec.json.decode(body, type=Jwks).keys
    except msgspec.DecodeError:
        raise NotBelieved("keys_form") from None
    found: list[tuple[str | None, Key]] = []
    for one in listed[:KEYS_MAX]:
        kind = one.get("kty")
        signs = one.get("use", "sig") == "sig" and one.get("alg", "RS256") in ALGORITHMS
        if kind not in ALGORITHMS.values() or not signs:
            continue
        if not strong(one):
            continue
        public: dict[str, str | list[str]] = {part: one[part] for part in KEY_PARTS if part in one}
        try:
            key: Key = RSAKey.import_key(public) if kind == "RSA" else ECKey.import_key(public)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        name = one.get("kid")
        found.append((name if isinstance(name, str) else None, key))
    return found


def strong(key: Mapping[str, Any]) -> bool:
    """Looked at before it becomes a key: a short one is not even tried."""
    if key["kty"] == "EC":
        return key.get("crv") == "P-256"
    modulus = key.get("n")
    return isinstance(modulus, str) and len(modulus.rstrip("=")) * 6 >= RSA_MIN_BITS


def payload_of(token: str, keys: Sequence[tuple[str | None, Key]]) -> bytes:
    """What was signed, if one of these keys signed it. Raises NotBelieved."""
    header = header_of(token)
    wanted, named = ALGORITHMS.get(str(header.get("alg"))), header.get("kid")
    if wanted is None:
        raise NotBelieved("algorithm")
    fitting = [key for name, key in keys if key.key_type == wanted and (named is None or name == named)]
    if len(fitting) != 1:
        raise NoSuchKey("key")
    try:
        return jws.deserialize_compact(token, fitting[0], algorithms=list(ALGORITHMS)).payload or b""
    except (JoseError, ValueError):
        raise NoSuchKey("signature") from None


def header_of(token: str) -> dict[str, Any]:
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError):
        raise NotBelieved("token_form") from None


def claimed(provider: Provider, begun: Begun, payload: bytes, now: datetime) -> Claimed:
    """Who it is, if every sentence of Core 1.0 §3.1.3.7 holds. Raises NotBelieved."""
    try:
        claims = msgspec.json.decode(payload, type=Claims)
    except msgspec.DecodeError:
        raise NotBelieved("claims_form") from None
    at, leeway_s = now.timestamp(), LEEWAY.total_seconds()
    begun_at = begun.begun_at.timestamp()
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    checks = {
        "issuer": claims.iss in provider.issuers,
        "audience": audience == [provider.client_id],  # one more would be somebody whom we do not trust
        "authorized_party": claims.azp in (None, provider.client_id),
        "expired": at < claims.exp + leeway_s,
        "from_the_future": claims.iat <= at + leeway_s,
        "from_before": claims.iat >= begun_at - leeway_s and claims.iat >= at - LASTS.total_seconds() - leeway_s,
        "not_yet": claims.nbf is None or claims.nbf <= at + leeway_s,
        "nonce": hmac.compare_digest(claims.nonce.encode(), begun.nonce.encode()),
        "subject": 0 < len(claims.sub) <= SUBJECT_MAX,
    }
    for why, holds in checks.items():
        if not holds:
            raise NotBelieved(why)
    email = address_in(claims)
    return Claimed(
        provider=provider.name,
        issuer=provider.issuer,
        subject=claims.sub,
        email=email,
        email_confirmed=email is not None and claims.email_verified in (True, "true"),
        name=None if claims.name is None else " ".join(claims.name.split())[:NAME_MAX] or None,
    )


def address_in(claims: Claims) -> str | None:
    """An e-mail address that looks like one."""
    given = (claims.email or "").strip()
    return given if len(given) <= EMAIL_MAX and ONE_EMAIL.match(given) and given.isprintable() else None


def is_from(provider: Provider, found: Discovered, iss: str | None) -> bool:
    """Whether an answer says that it comes from this provider, where it must (RFC 9207: no mix-up of two)."""
    if iss is None:
        return not found.authorization_response_iss_parameter_supported
    return iss == provider.issuer


def fingerprint(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
