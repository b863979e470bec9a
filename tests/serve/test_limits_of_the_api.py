"""How often the API may be asked is a setting of the process (docs/api.md)."""

from pathlib import Path

import pytest

from laadboek.portal.settings import PortalSettings
from laadboek.serve import portal_settings
from laadboek.settings import Settings, load


def limits(settings: Settings) -> tuple[int, int]:
    made = portal_settings(settings, "key")
    return made.api_per_minute, made.api_network_per_minute


def test_they_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    standard = PortalSettings()
    assert limits(load(data=tmp_path)) == (standard.api_per_minute, standard.api_network_per_minute)
    monkeypatch.setenv("LAADBOEK_API_PER_MINUTE", "5")
    monkeypatch.setenv("LAADBOEK_API_NETWORK_PER_MINUTE", "8")
    assert limits(load(data=tmp_path)) == (5, 8)


@pytest.mark.parametrize("name", ["api_per_minute", "api_network_per_minute"])
def test_nobody_asks_for_less_than_one_a_minute(tmp_path: Path, name: str) -> None:
    assert load(data=tmp_path, **{name: 1})
    with pytest.raises(ValueError, match=name):
        load(data=tmp_path, **{name: 0})
