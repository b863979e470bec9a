"""A signed file of sessions: anybody can check it, and any change is found and named."""

import base64
import json
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cast import ended, running, save, settle_in
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from laadboek.actions.actor import Actor
from laadboek.actions.exports.signed import Covered, prepared, sealed
from laadboek.energy import zones
from laadboek.ledger.signed import canonical, check
from laadboek.reasons import Refused
from laadboek.rights import Right
from laadboek.store import sessions
from laadboek.store.database import InlineDatabase
from laadboek.store.sessions import change_kind, write_odometer

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
NOW = datetime(2026, 4, 1, tzinfo=UTC)
ALICE = Actor(account_id=1, name="usr_alice", time_zone="Europe/Amsterdam", language="nl")
PERIOD = zones.period(zones.Span.YEAR, date(2026, 1, 1), ALICE.time_zone)
COVERED = Covered(first=PERIOD.first, until=PERIOD.until, start=PERIOD.start, end=PERIOD.end)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    database = InlineDatabase(":memory:")

    def fill(db: Any) -> None:
        account, charger = settle_in(db)
        for number in range(6):
            save(db, account, charger, running(number))
            save(db, account, charger, ended(number))
        save(db, account, charger, running(6))
        change_kind(db, account, "ses_00001", "business", "usr_alice", NOW)
        write_odometer(db, account, "ses_00002", 41_200, "usr_alice", NOW)
        sessions.erase_driver(db, account, "drv_bob")

    database.run(fill)
    found = database.read(lambda db: prepared(db, ALICE, COVERED, NOW))
    database.close()
    return found


@pytest.fixture(scope="module")
def file(document: dict[str, Any]) -> bytes:
    return sealed(document, PUBLIC, KEY.sign)


def test_a_whole_file_is_whole_with_and_without_the_key(file: bytes) -> None:
    for key in (None, PUBLIC):
        report = check(file, key)
        assert (report.findings, report.sessions, report.energy_wh) == ((), 6, 6 * 7_400)


def test_one_bit_changed_anywhere_is_found(file: bytes) -> None:
    rng = random.Random(1)
    for place in [*range(0, len(file) - 1, 97), *rng.sample(range(len(file) - 1), 300)]:
        bad = bytearray(file)
        bad[place] ^= 1 << rng.randrange(8)
        assert check(bytes(bad)).findings, f"byte {place}: {file[place - 20 : place + 20]!r}"


def test_the_session_that_was_changed_is_named(document: dict[str, Any], file: bytes) -> None:
    bad = file.replace(b'\\"energy_wh\\":7400', b'\\"energy_wh\\":7300', 1)
    assert bad != file
    first = document["sessions"][0]["session"]
    assert {finding.where for finding in check(bad).findings} >= {first}


@pytest.mark.parametrize("bad", [b"x", b"[]", b'\\"', b"{}{}"])
def test_a_session_whose_entry_became_something_else_is_named_alone(
    document: dict[str, Any], file: bytes, bad: bytes
) -> None:
    changed = file.replace(b'\\"energy_wh\\":7400', b'\\"energy_wh\\":' + bad, 1)
    assert changed != file
    assert {finding.where for finding in check(changed).findings} == {document["sessions"][0]["session"]}


@pytest.mark.parametrize("change", ["remove", "twice", "kind", "odometer"])
def test_what_was_done_is_said(document: dict[str, Any], change: str) -> None:
    """By somebody who has no key, and leaves the signature as it was."""
    whole = dict(document, sessions=[dict(one) for one in document["sessions"]])
    named = {**whole, "key": base64.b64encode(PUBLIC).decode()}
    signature = sealed(document, PUBLIC, KEY.sign)

    named["signature"] = json.loads(signature)["signature"]
    match change:
        case "remove":
            del named["sessions"][2]
        case "twice":
            named["sessions"].append(dict(named["sessions"][0], session="ses_other"))
        case "kind":
            named["sessions"][1]["kind"] = "private"
        case "odometer":
            named["sessions"][2]["odometer_km"] = 99
    said = {"remove": "is gone", "twice": "was not in the file", "kind": "its kind", "odometer": "its odometer"}
    assert any(said[change] in finding.what for finding in check(canonical(named)).findings)


def test_another_key_is_another_signer(document: dict[str, Any], file: bytes) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    forged = sealed(document, other.public_key().public_bytes_raw(), other.sign)
    assert check(forged).findings == ()  # whoever asks nobody for the key cannot tell
    assert [finding.where for finding in check(forged, PUBLIC).findings] == ["signature"]


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b"\xff", b'{"format":1}', b"[" * 100_000])
def test_what_is_no_such_file_is_said_to_be_none(text: bytes) -> None:
    assert [finding.where for finding in check(text).findings] == ["file"]


def test_a_running_session_is_not_in_it_and_an_erased_person_neither(document: dict[str, Any]) -> None:
    assert [one["session"] for one in document["sessions"]] == [f"ses_{number:05}" for number in range(6)]
    assert "Bob" not in canonical(document).decode() and "Alice Ämter" in canonical(document).decode()


def test_an_employer_gets_no_whole_entries() -> None:
    database = InlineDatabase(":memory:")
    database.run(settle_in)
    employer = Actor(
        account_id=1,
        name="usr_boss",
        time_zone="Europe/Amsterdam",
        language="nl",
        rights=frozenset({Right.BUSINESS_READ}),
        drivers=frozenset({"drv_alice"}),
    )
    with pytest.raises(Refused, match="signed_whole"):
        database.read(lambda db: prepared(db, employer, COVERED, NOW))
    database.close()


@pytest.mark.parametrize(("nothing", "said"), [(b"", "empty"), (b" \n", "empty"), (b'{"format": "laad', "not whole")])
def test_what_is_no_such_file_is_said_in_plain_words(nothing: bytes, said: str) -> None:
    [finding] = check(nothing).findings
    assert said in finding.what and "Error" not in finding.what
