"""What links prove themselves with: their secrets, and the login that their face chose for the next socket."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from ..chargepoint.effects import Dial
from ..chargepoint.security.credentials import key_name, pair_name
from ..secret import Secret
from . import tls
from .hosted import HostedCharger
from .keys import DataKeys
from .socket import Target

TABLE = "link_secrets"


class NoSecret(Exception):
    """A login refers to a secret that is not here."""


class Known(Struct, frozen=True):
    """A link's platform, as its owner gave it, and its secrets by name."""

    target: Target
    secrets: dict[str, Secret]
    dial: Dial = Dial()


class Logins:
    """The `LinkKeys` of all hosts of this process."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys
        self._known: dict[str, Known] = {}
        self._contexts = tls.Contexts()

    def know(self, link_id: str, target: Target) -> None:
        """Where this link's platform is; the login that was chosen stays."""
        before = self._known.get(link_id)
        dial = Dial() if before is None else before.dial
        self._known[link_id] = Known(target, dict(target.secrets), dial)

    def forget(self, link_id: str) -> None:
        self._known.pop(link_id, None)

    def open(self, sealed: Mapping[str, bytes], *, link_id: str, account_id: int) -> dict[str, Secret]:
        """A link's stored secrets. NotSealedHere."""
        return {
            name: self._keys.open(value, table=TABLE, row=place(link_id, name), account_id=account_id)
            for name, value in sealed.items()
        }

    # --- LinkKeys ---

    def seal(self, charger: HostedCharger, link_id: str, name: str, secret: Secret) -> bytes:
        return self._keys.seal(secret, table=TABLE, row=place(link_id, name), account_id=charger.account_id)

    def keep(self, link_id: str, name: str, secret: Secret) -> None:
        self._known[link_id].secrets[name] = secret

    def drop(self, link_id: str, name: str) -> None:
        self._known[link_id].secrets.pop(name, None)

    def secret(self, link_id: str, name: str) -> Secret:
        return self._known[link_id].secrets[name]

    def choose(self, link_id: str, dial: Dial) -> None:
        self._known[link_id] = replace(self._known[link_id], dial=dial)

    def make_key_pair(self, organisation: str, common_name: str) -> tuple[str, Secret]:
        return tls.make_key_pair(organisation, common_name)

    # --- for the next socket ---

    def uri(self, link_id: str) -> str:
        """Where it goes, without the ChargeBoxID."""
        known = self._known[link_id]
        return secured(known.target.uri) if known.dial.profile >= 2 else known.target.uri

    def target(self, link_id: str) -> Target:
        """As the chosen login wants it. NoSecret; ssl.SSLError: its roots or certificate cannot be used."""
        known = self._known[link_id]
        dial, target, uri = known.dial, known.target, self.uri(link_id)
        over_tls = uri.startswith("wss:")
        if dial.profile == 3 or (dial.tls_worked and not over_tls):
            target = replace(target, key=Secret(""))
        elif dial.key:
            target = replace(target, key=_secret(known, key_name(dial.key)), key_is_hex=not target.key_as_text)
        if not over_tls:
            return replace(target, uri=uri)
        identity = None
        if dial.profile == 3:
            identity = tls.Identity(dial.chain, _secret(known, pair_name(dial.certificate)))
        return replace(target, uri=uri, tls=self._contexts(dial.roots, identity), certified=identity is not None)


def _secret(known: Known, name: str) -> Secret:
    if name not in known.secrets:
        raise NoSecret(name)
    return known.secrets[name]


def place(link_id: str, name: str) -> str:
    return f"{link_id}/{name}"


def secured(uri: str) -> str:
    """The same address over TLS; a port stays what it is."""
    return urlsplit(uri)._replace(scheme="wss").geturl()
