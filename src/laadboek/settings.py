"""Settings of the process: where it listens, where it keeps its data. People's settings live in the store.

Read by the command line, the lab and the benchmarks only. Precedence: option, then environment (`LAADBOEK_PORT`), then
`laadboek.toml` in the working folder, then the default.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from .actions.passwords import PasswordPolicy
from .mail_server import LOOPBACK, MailServer, mail_server
from .providers import Providers
from .secret import Secret

# What a router at home gives out.
HOME_NETWORKS = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


class Settings(BaseSettings):
    """Unknown keys in `laadboek.toml` are refused, with their name."""

    model_config = SettingsConfigDict(env_prefix="LAADBOEK_", toml_file="laadboek.toml", extra="forbid")

    data: Path = Field(Path("data"), description="Folder with the database, the keys and the lock file")
    database: str | None = Field(None, description="postgresql://… instead of the SQLite file in the data folder")
    host: str = Field("127.0.0.1", description="Address that pages and the platform listen on")
    port: int = Field(8080, ge=0, le=65535, description="Pages and the HTTP API")
    ocpp_port: int = Field(8887, ge=0, le=65535, description="Our platform: ws://host:port/ocpp/<ChargeBoxID>")
    lab_port: int = Field(8090, ge=0, le=65535, description="HTTP API of the lab")
    seed: int = Field(1, description="Seed of the produced home")
    past_days: int = Field(30, ge=1, le=366, description="Days that the first run of the simulated home produces")
    home: Literal["simulated", "real"] = Field("simulated", description="real: start empty, no simulated house")
    private_networks: tuple[IPvAnyNetwork, ...] = Field(
        HOME_NETWORKS, description="Networks behind the router where links, logs and firmware may lead; [] for none"
    )
    smtp: SecretStr | None = Field(
        None, description="Who takes our mail: smtps://user:password@host or smtp://host; none: no e-mail is sent"
    )
    mail_from: str = Field("Laadboek <laadboek@localhost>", description="Sender of our mail")
    export_folder: Path | None = Field(
        None, description="Folder below which scheduled files of sessions may be put; none: no account can"
    )
    url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+$",
        description="How people reach the pages, like https://laadboek.example.org; links in mails begin with it",
    )
    registration: Literal["open", "closed"] = Field("open", description="closed: only whoever is invited")
    password_policy: PasswordPolicy = Field(
        PasswordPolicy.MANUAL, description="manual: 10 characters of three kinds; length15: 15 of any"
    )
    providers: Providers = Field((), description="Who else may say who somebody is: Google, Apple, any OpenID Connect")
    api_per_minute: int = Field(300, ge=1, description="Requests of one token or person to the API; as many at once")
    api_network_per_minute: int = Field(1200, ge=1, description="The same of one network address, whoever asks")
    support: str = Field("", max_length=200, description="Whom people ask who are stuck; the help page shows it")
    log: Literal["debug", "info", "warning"] = Field("info", description="Least important line that is logged")

    def address(self, port: int) -> str:
        """How people reach the pages, which listen on this port."""
        here = {"0.0.0.0": "localhost", "::": "localhost", "::1": "[::1]"}.get(self.host, self.host)
        return self.url or f"http://{here}:{port}"

    @property
    def mails_shown(self) -> bool:
        """Without a mail server, to whoever sits at this machine; never where others are served."""
        return self.smtp is None and self.host in LOOPBACK and urlsplit(self.address(0)).hostname in LOOPBACK

    @property
    def mail_server(self) -> MailServer | None:
        return None if self.smtp is None else mail_server(Secret(self.smtp.get_secret_value()), self.mail_from)

    @field_validator("smtp")
    @classmethod
    def _is_mail_server(cls, smtp: SecretStr | None) -> SecretStr | None:
        if smtp is not None:
            mail_server(Secret(smtp.get_secret_value()), "")
        return smtp

    @property
    def location(self) -> str:
        """Where the database is: a file in the data folder, or a PostgreSQL address."""
        return self.database or str(self.data / "laadboek.db")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**options: object) -> Settings:
    """Settings with the options given on the command line on top; None means "not given"."""
    return Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]
