"""The list of platforms (C4): its form, and that no address in it was made up."""

import re
from datetime import date

import pytest

from laadboek.actions.link_address import typed_uri
from laadboek.actions.presets import ASKS, OWN, PURPOSES, SURE, Preset, checked_preset, name_of, presets
from laadboek.portal.words import activation
from laadboek.reasons import Refused

ALL = sorted(presets().items())


@pytest.mark.parametrize(("name", "preset"), ALL)
def test_each_platform_says_all_of_it(name: str, preset: Preset) -> None:
    assert re.fullmatch(r"[a-z0-9]+", name)
    assert preset.name and preset.source
    assert preset.purpose in PURPOSES and set(preset.asks) <= set(ASKS) and preset.sure in SURE
    assert all(re.fullmatch("[A-Z]{2}", country) for country in preset.countries)
    assert preset.notes and set(preset.notes) <= set(activation.PRESET_NOTES)
    assert date(2026, 1, 1) <= preset.checked


@pytest.mark.parametrize(("name", "preset"), ALL)
def test_an_address_is_one_that_may_be_typed_and_that_somebody_published(name: str, preset: Preset) -> None:
    if preset.uri:
        assert typed_uri(preset.uri, "SN1") == preset.uri
        assert preset.uri.startswith("wss://") and preset.sure == "public"
        assert not preset.example
    if preset.sure == "ask":
        assert not preset.uri and not preset.example


def test_our_own_platform_is_among_them_and_nothing_is_typed_for_it() -> None:
    own = presets()[OWN]
    assert (own.uri, own.asks, own.purpose) == ("", (), "own")
    assert [name for name, one in ALL if one.purpose == "own"] == [OWN]


def test_every_word_of_the_list_is_used_and_said() -> None:
    assert {one.purpose for one in presets().values()} == set(activation.PURPOSE_GROUPS)
    assert set(activation.ASKS) == set(ASKS) and set(activation.SURE) == set(SURE)
    assert {note for one in presets().values() for note in one.notes} == set(activation.PRESET_NOTES)


def test_a_platform_that_is_not_listed_is_none_of_them() -> None:
    assert checked_preset("monta") == "monta" and name_of("monta") == "Monta"
    assert checked_preset("other") is None and checked_preset(None) is None and name_of(None) is None
    with pytest.raises(Refused) as refused:
        checked_preset("mnota")
    assert refused.value.reason.code == "preset.unknown"
