"""What the API of keys takes and gives, as its description (`openapi.json`) shows it. Values are text, as in OCPP."""

from pydantic import Field, SecretStr

from .models import Answer, Body


class ChargerAnswer(Answer):
    id: str
    name: str
    device: str
    connectors: int | None = Field(description="null while nobody hosts it")


class ChargersAnswer(Answer):
    chargers: list[ChargerAnswer]


class SettingAnswer(Answer):
    name: str
    value: str
    allowed: str
    effect: str
    held_by: str | None = Field(description="The key that keeps it as it is now")


class SettingsAnswer(Answer):
    charger_id: str
    settings: list[SettingAnswer]


class SettingsBody(Body):
    settings: dict[str, str] = Field(description="By name; all are taken, or none", min_length=1)


class SettingsPinBody(Body):
    pin: SecretStr = Field(description="5 to 8 digits; it is kept as a keyed HMAC alone")


class KeyAnswer(Answer):
    name: str
    value: str
    writable: bool = Field(description="false: read-only, the charger's own (see its settings), or the platform's")


class KeysAnswer(Answer):
    keys: list[KeyAnswer]


class KeysBody(Body):
    keys: dict[str, str] = Field(description="By name; all are taken, or none", min_length=1)
