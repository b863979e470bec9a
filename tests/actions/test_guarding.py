"""Passwords and the slowing down of guesses."""

import hashlib
import json
import string
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from laadboek.actions import passwords
from laadboek.actions.common_passwords import FILE, header, is_common
from laadboek.actions.throttle import MOST_KEYS, Throttle
from laadboek.reasons import Refused
from laadboek.secret import Secret

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = "alice@example.org"
MANUAL = passwords.PasswordPolicy.MANUAL


@pytest.mark.parametrize("password", ["Abcdefxyk1", "A" * 64 + "a" * 63 + "1", "Ünïcödé-pass-7"])
def test_a_password_that_fits_the_rule_opens(password: str) -> None:
    stored = passwords.hash_new(Secret(password))
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(stored, Secret(password))
    assert not passwords.verify(stored, Secret(password + "x"))


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Abcdefgh1", "password.length"),
        ("A" * 65 + "a" * 63 + "1", "password.length"),
        ("abcdefghi1", "password.too_plain"),
        ("ABCDEFGHI1", "password.too_plain"),
        ("Abcdefghij", "password.too_plain"),
    ],
)
def test_a_password_outside_the_rule_is_refused(password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.hash_new(Secret(password))
    assert refused.value.reason.code == code


@pytest.mark.parametrize("password", ["Password1234", "pASSWORD1234", "Welkom2026", "Zomer2026!!", "Qwerty12345"])
def test_a_password_that_everybody_tries_first_is_refused(password: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.check(Secret(password))
    assert refused.value.reason.code == "password.common"


@pytest.mark.parametrize("password", ["Kachel-vlinder-7", "Zeemeeuw+ladder9", "qJ7wPz4mXt", "Correct-horse-7"])
def test_others_are_not(password: str) -> None:
    passwords.check(Secret(password))


@pytest.mark.parametrize("password", ["Kachel-alice-7", "Alicevlinder7", "MijnLAADBOEK-7"])
def test_a_password_with_the_name_or_address_in_it_is_refused(password: str) -> None:
    with pytest.raises(Refused) as refused:
        passwords.check(Secret(password), MANUAL, ("alice.de-wit@example.org", "Alice de-wit"))
    assert refused.value.reason.code == "password.personal"


def test_a_short_name_is_in_too_many_good_passwords_to_matter() -> None:
    passwords.check(Secret("Kachel-bob-vlinder-7"), MANUAL, ("bob@example.org", "Bob"))


@pytest.mark.parametrize(("password", "code"), [("vlinderkachelx", "password.length"), ("kachelvlinderse", None)])
def test_the_other_rule_is_fifteen_characters_of_any_kind(password: str, code: str | None) -> None:
    try:
        passwords.check(Secret(password), passwords.PasswordPolicy.LENGTH15)
    except Refused as refused:
        assert refused.reason.code == code
    else:
        assert code is None


def test_the_shipped_list_is_the_one_that_its_manifest_describes() -> None:
    manifest = json.loads(FILE.with_suffix(".json").read_text())
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == manifest["sha256"]
    assert header()[2] == manifest["passwords"] + manifest["words"] > 3_000_000
    assert {source["license"] for source in manifest["sources"]} == {"MIT"}


def test_it_takes_few_others_for_one_of_them() -> None:
    random = Random(1)
    letters = string.ascii_letters + string.digits
    assert sum(is_common("".join(random.choices(letters, k=12))) for _ in range(20_000)) < 40


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    stored = passwords.hash_new(Secret("Caf\u00e9-au-lait-1"))
    assert passwords.verify(stored, Secret("Cafe\u0301-au-lait-1"))


def test_without_a_user_nothing_opens_not_even_the_dummys_own_password() -> None:
    assert not passwords.verify(None, Secret("nobody has this password"))


def test_a_longer_password_never_opens_by_its_beginning() -> None:
    longest = "Aa1" + "x" * (passwords.LONGEST - 3)
    stored = passwords.hash_new(Secret(longest))
    assert not passwords.verify(stored, Secret(longest + "y"))


def tries(throttle: Throttle, count: int, email: str = ALICE, network: str = "198.51.100.1") -> None:
    for _ in range(count):
        assert throttle.begin(email, network, NOW) is None


def test_the_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    throttle, now, delays = Throttle(), NOW, []
    tries(throttle, 5)
    for _ in range(12):
        wait = throttle.begin(ALICE, "198.51.100.1", now)
        assert wait is not None
        delays.append(int(wait.total_seconds()))
        now += wait
        assert throttle.begin(ALICE, "198.51.100.1", now) is None
    assert delays == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_second_too_early_is_too_early() -> None:
    throttle = Throttle()
    tries(throttle, 5)
    assert throttle.begin(ALICE, "198.51.100.1", NOW + timedelta(seconds=1)) == timedelta(seconds=1)
    assert throttle.begin(ALICE, "198.51.100.1", NOW + timedelta(seconds=2)) is None


def test_capitals_do_not_make_another_account() -> None:
    throttle = Throttle()
    tries(throttle, 5)
    assert throttle.begin(ALICE.upper(), "198.51.100.1", NOW) is not None


def test_strangers_cannot_keep_the_owner_out_for_more_than_half_a_minute() -> None:
    throttle = Throttle()
    for stranger in range(2_000):
        throttle.begin(ALICE, f"203.0.113.{stranger}", NOW + timedelta(seconds=30 * stranger))
    late = NOW + timedelta(seconds=30 * 1_999)
    wait = throttle.begin(ALICE, "192.0.2.7", late)
    assert wait is not None and wait <= timedelta(seconds=30)
    assert throttle.begin(ALICE, "192.0.2.7", late + wait) is None


def test_one_network_cannot_try_everybodys_account() -> None:
    throttle = Throttle()
    for user in range(20):
        assert throttle.begin(f"user{user}@example.org", "203.0.113.9", NOW) is None
    assert throttle.begin("another@example.org", "203.0.113.9", NOW) is not None


def test_an_account_of_ones_own_forgives_no_tries_at_others() -> None:
    """Else whoever registers once could try one password with everybody."""
    throttle = Throttle()
    for user in range(20):
        assert throttle.begin(f"user{user}@example.org", "203.0.113.9", NOW) is None
        if user < 19:
            assert throttle.begin("mallory@example.org", "203.0.113.9", NOW) is None
            throttle.succeeded("mallory@example.org", "203.0.113.9")
    assert throttle.begin("another@example.org", "203.0.113.9", NOW) is not None


def test_who_only_shows_the_right_one_never_waits() -> None:
    throttle = Throttle()
    for _ in range(100):
        assert throttle.begin(ALICE, "198.51.100.1", NOW) is None
        throttle.succeeded(ALICE, "198.51.100.1")
    assert throttle.begin("bob@example.org", "198.51.100.1", NOW) is None


def test_the_right_password_forgives_here_and_an_hour_forgives_everywhere() -> None:
    throttle = Throttle()
    tries(throttle, 5)
    throttle.succeeded(ALICE, "198.51.100.1")
    tries(throttle, 5)
    assert throttle.begin(ALICE, "198.51.100.1", NOW + timedelta(hours=1)) is None


def test_it_does_not_grow_without_end() -> None:
    throttle = Throttle()
    for number in range(MOST_KEYS):
        throttle.begin(f"{number}@example.org", f"net {number}", NOW)
    assert len(throttle) == MOST_KEYS
