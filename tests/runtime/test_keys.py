"""The data folder's key: kept to its owner, and a sealed value opens only in its own place."""

import stat

import pytest

from laadboek.runtime.keys import KeyFileExposed, NotSealedHere, load_keys
from laadboek.secret import FACTORY_PIN, Secret, pin_mac, pin_weakness

PLACE = {"table": "links", "row": "lnk_1", "account_id": 1}


def test_the_first_start_makes_a_key_that_only_its_owner_reads_and_later_ones_find_it(tmp_path):
    first, second = load_keys(tmp_path), load_keys(tmp_path)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert (first.pin_key, first.pepper) == (second.pin_key, second.pepper)
    assert first.pin_key != first.pepper
    assert second.open(first.seal(Secret("geheim"), **PLACE), **PLACE) == Secret("geheim")


def test_a_key_file_that_others_may_read_is_refused(tmp_path):
    load_keys(tmp_path)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(KeyFileExposed):
        load_keys(tmp_path)


@pytest.mark.parametrize("elsewhere", [{"table": "users"}, {"row": "lnk_2"}, {"account_id": 2}])
def test_a_sealed_value_opens_nowhere_else(tmp_path, elsewhere):
    keys = load_keys(tmp_path)
    sealed = keys.seal(Secret("geheim"), **PLACE)
    with pytest.raises(NotSealedHere):
        keys.open(sealed, **PLACE | elsewhere)


def test_a_changed_value_or_another_folders_key_does_not_open(tmp_path):
    (tmp_path / "other").mkdir()
    keys, other = load_keys(tmp_path), load_keys(tmp_path / "other")
    sealed = keys.seal(Secret("geheim"), **PLACE)
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x02" + sealed[1:], sealed[:10], b""):
        with pytest.raises(NotSealedHere):
            keys.open(broken, **PLACE)
    with pytest.raises(NotSealedHere):
        other.open(sealed, **PLACE)


def test_the_same_secret_is_sealed_differently_each_time_and_shows_nothing(tmp_path):
    keys = load_keys(tmp_path)
    one, two = keys.seal(Secret("geheim"), **PLACE), keys.seal(Secret("geheim"), **PLACE)
    assert one != two
    assert b"geheim" not in one


def test_the_same_pin_looks_different_on_every_charger():
    assert pin_mac(b"k" * 32, "chg_1", "12345") != pin_mac(b"k" * 32, "chg_2", "12345")
    assert pin_mac(b"k" * 32, "chg_1", "12345") == pin_mac(b"k" * 32, "chg_1", "12345")


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("1234", "pin.bad_form"),
        ("123456789", "pin.bad_form"),
        ("1234a", "pin.bad_form"),
        ("１２３５８", "pin.bad_form"),
        ("44444", "pin.weak"),
        ("12345", "pin.weak"),
        ("89012", "pin.weak"),
        ("98765", "pin.weak"),
        ("121212", "pin.weak"),
        ("123123", "pin.weak"),
        ("90210", None),
        ("12121", None),
        ("48213000", None),
    ],
)
def test_a_pin_that_is_guessed_at_once_is_refused(pin, why):
    assert pin_weakness(pin) == why
    assert pin_weakness(FACTORY_PIN.reveal()) == "pin.weak"
