"""Settings of sign-in providers: what is filled in, what is refused, and that no secret is printed."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import ValidationError

from laadboek.portal.providers import AppleKey
from laadboek.providers import ProviderSettings
from laadboek.settings import Settings

PEM = ECKey.generate_key("P-256").as_pem(private=True).decode()
GOOGLE = {"name": "google", "client_id": "us", "client_secret": "hush"}
APPLE = {"name": "apple", "client_id": "org.example.us", "apple": {"team_id": "T", "key_id": "K", "private_key": PEM}}
HOME = {"name": "home", "label": "Home", "issuer": "https://id.example/realms/staff", "client_id": "us"}


def made(**given: Any) -> ProviderSettings:
    return ProviderSettings.model_validate(given)


def test_google_needs_its_client_only() -> None:
    google = made(**GOOGLE).provider
    assert (google.label, google.issuer) == ("Google", "https://accounts.google.com")
    assert google.issuers == {"https://accounts.google.com", "accounts.google.com"}
    assert (google.form_post, google.prompt_again) == (False, "select_account")


def test_apple_needs_its_key_in_place_of_a_secret(tmp_path: Path) -> None:
    apple = made(**APPLE).provider
    assert isinstance(apple.secret, AppleKey) and apple.secret.private_key.reveal() == PEM
    assert apple.form_post and apple.scopes == ("openid", "email", "name")
    (tmp_path / "key.p8").write_text(PEM)
    by_file = {"team_id": "T", "key_id": "K", "private_key_file": str(tmp_path / "key.p8")}
    assert made(**APPLE | {"apple": by_file}).provider.secret == apple.secret


def test_any_other_is_named_by_its_issuer_or_the_address_of_its_description() -> None:
    plain, by_description = (
        made(**HOME),
        made(**HOME | {"issuer": "https://id.example/realms/staff/.well-known/openid-configuration"}),
    )
    assert plain.provider.issuer == by_description.provider.issuer == "https://id.example/realms/staff"
    assert plain.provider.secret is None


def test_a_provider_without_a_label_is_called_by_its_name() -> None:
    assert made(**{key: value for key, value in HOME.items() if key != "label"}).label == "home"


@pytest.mark.parametrize(
    "given",
    [
        HOME | {"name": "Home!"},
        HOME | {"name": "../evil"},
        HOME | {"issuer": "http://id.example"},
        HOME | {"issuer": "https://user:password@id.example"},
        HOME | {"issuer": "https://id.example/?tenant=1"},
        HOME | {"issuer": "id.example"},
        HOME | {"client_id": ""},
        HOME | {"scopes": ["email"]},
        HOME | {"unknown": 1},
        HOME | {"client_secret": "hush", "apple": APPLE["apple"]},
        {"name": "home", "client_id": "us"},
        {"name": "apple", "client_id": "us", "client_secret": "hush"},
        APPLE | {"apple": {"team_id": "T", "key_id": "K"}},
        APPLE | {"apple": {"team_id": "T", "key_id": "K", "private_key": "no key"}},
        APPLE | {"apple": {"team_id": "T", "key_id": "K", "private_key": RSAKey.generate_key(2048).as_pem().decode()}},
    ],
)
def test_what_could_not_work_is_refused_without_showing_a_secret(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        made(**given)
    assert "hush" not in str(refused.value) and "PRIVATE" not in str(refused.value)


@pytest.mark.parametrize("issuer", ["http://localhost:9000", "http://127.0.0.1:9000", "http://[::1]:9000"])
def test_on_this_machine_a_provider_may_do_without_tls(issuer: str) -> None:
    assert made(**HOME | {"issuer": issuer}).provider.issuer == issuer


def test_they_are_read_from_environment_and_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAADBOEK_PROVIDERS", json.dumps([GOOGLE, HOME]))
    assert [one.name for one in Settings().providers] == ["google", "home"]  # type: ignore[call-arg]
    monkeypatch.delenv("LAADBOEK_PROVIDERS")
    (tmp_path / "laadboek.toml").write_text(
        '[[providers]]\nname = "google"\nclient_id = "us"\nclient_secret = "hush"\n'
    )
    [google] = Settings().providers  # type: ignore[call-arg]
    assert google.provider.client_id == "us" and "hush" not in repr(google)


def test_two_of_one_name_or_issuer_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for second in (GOOGLE | {"issuer": "https://other.example"}, HOME | {"issuer": "https://accounts.google.com"}):
        monkeypatch.setenv("LAADBOEK_PROVIDERS", json.dumps([GOOGLE, second]))
        with pytest.raises(ValidationError, match="two providers have the same"):
            Settings()  # type: ignore[call-arg]
