"""Settings of sign-in providers: Google, Apple, or any that speaks OpenID Connect (docs/sign-in.md)."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from .portal.providers import AppleKey, Provider
from .secret import Secret

WELL_KNOWN = "/.well-known/openid-configuration"
ON_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
# What everybody knows of these two; a setting that is given wins.
GOOGLE, APPLE = "google", "apple"
PRESETS: dict[str, dict[str, object]] = {
    GOOGLE: {"label": "Google", "issuer": "https://accounts.google.com"},
    APPLE: {"label": "Apple", "issuer": "https://appleid.apple.com", "scopes": ("openid", "email", "name")},
}
# Google signs tokens under both names, and asks no password again but whose account it is; Apple answers by a form.
ALIASES = {GOOGLE: frozenset({"accounts.google.com"})}
PROMPTS = {GOOGLE: "select_account", APPLE: None}
BY_FORM = {APPLE}


def issuer(address: str) -> str:
    """As the provider writes it. The address of its description is taken as well."""
    address = address.strip().removesuffix(WELL_KNOWN)
    parts = urlsplit(address)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE)
    if not secure or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be an https address without user, query and fragment")
    return address


def p256_key(pem: SecretStr) -> SecretStr:
    try:
        key = load_pem_private_key(pem.get_secret_value().encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError("must be the content of Apple's .p8 file") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("must be a P-256 key")
    return pem


class AppleSettings(BaseModel):
    """Instead of a client secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    team_id: str = Field(min_length=1)
    key_id: str = Field(min_length=1)
    private_key: Annotated[SecretStr, AfterValidator(p256_key)] | None = None
    private_key_file: Path | None = None

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if (self.private_key is None) == (self.private_key_file is None):
            raise ValueError("give private_key or private_key_file")
        return self

    @property
    def key(self) -> AppleKey:
        if self.private_key is not None:
            pem = self.private_key
        else:
            assert self.private_key_file is not None
            pem = p256_key(SecretStr(self.private_key_file.read_text("ascii")))
        return AppleKey(team_id=self.team_id, key_id=self.key_id, private_key=Secret(pem.get_secret_value()))


class ProviderSettings(BaseModel):
    """One provider. `name` stands in addresses: `…/sign-in/with/google/back` is what it must be told."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    label: str = Field(min_length=1, max_length=40)
    issuer: Annotated[str, AfterValidator(issuer)]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    apple: AppleSettings | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {"label": given.get("name"), **PRESETS.get(str(given.get("name")), {}), **given}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if "openid" not in self.scopes:
            raise ValueError("scopes must hold openid")
        if self.apple is not None and self.client_secret is not None:
            raise ValueError("give client_secret or apple, not both")
        if self.name == APPLE and self.apple is None:
            raise ValueError("Apple needs apple.team_id, apple.key_id and its private key")
        return self

    @property
    def provider(self) -> Provider:
        secret = None if self.client_secret is None else Secret(self.client_secret.get_secret_value())
        return Provider(
            name=self.name,
            label=self.label,
            issuer=self.issuer,
            client_id=self.client_id,
            secret=secret if self.apple is None else self.apple.key,
            scopes=self.scopes,
            form_post=self.name in BY_FORM,
            aliases=ALIASES.get(self.name, frozenset()),
            prompt_again=PROMPTS.get(self.name, "login"),
        )


def differ(providers: tuple[ProviderSettings, ...]) -> tuple[ProviderSettings, ...]:
    """Two of one name would answer for each other."""
    for what in ("name", "issuer"):
        if len({getattr(one, what) for one in providers}) < len(providers):
            raise ValueError(f"two providers have the same {what}")
    return providers


Providers = Annotated[tuple[ProviderSettings, ...], AfterValidator(differ)]
