"""Canonical bytes: what anybody can rebuild and hash in another language."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from laadboek.ledger.chain import GENESIS, link_hash
from laadboek.ledger.derive import derive
from laadboek.ledger.entry import (
    NotEvidence,
    SessionFacts,
    commitment,
    kind_body,
    odometer_body,
    personal_values,
    public_facts,
    session_body,
)

START = datetime(2026, 3, 1, 9, 7, tzinfo=UTC)
SESSION = SessionFacts(
    session_id="ses_1",
    connector_id=1,
    id_tag="LBALICE",
    driver_id="drv_alice",
    driver_name="Alice Ämter",
    kind="business",
    mode="fast",
    started_at=START,
    start_register_wh=1_000,
    quarters=((START + timedelta(minutes=8), 1_500),),
    ended_at=START + timedelta(minutes=10),
    end_register_wh=1_600,
    reason="Local",
    flags=("power_loss", "meter_reset"),
)


SUNNY = {
    "sun_wh": 120,
    "sun_quarters": ((START + timedelta(minutes=8), 80),),
    "cost_micro": 137_000,
    "currency": "EUR",
}
# As releases before the sun was counted wrote it.
FIRST = (
    b'{"chain":"chg_1","commitments":{},"connector":1,"end_register_wh":1600,"ended_at":1772356620000000,'
    b'"energy_wh":600,"flags":[],"kind":"business","mode":"fast","over_link":null,"quarters":[],"reason":"Local",'
    b'"seq":3,"session":"ses_1","start_register_wh":1000,"started_at":1772356020000000,"type":"session","version":1}'
)


def test_an_entry_of_version_1_says_nothing_of_sun_and_cost():
    derived = derive(FIRST)
    assert (derived.version, derived.energy_wh) == (1, 600)
    silent = replace(SESSION, quarters=(), flags=())
    assert derived.facts == public_facts(silent)


def test_an_entry_of_an_unknown_version_is_not_guessed_at():
    with pytest.raises(ValueError, match="not an entry"):
        derive(FIRST.replace(b'"version":1', b'"version":3'))


def test_the_bytes_of_an_odometer_are_these():
    body = odometer_body("chg_1", 5, "ses_1", None, 41_200, "usr_1", START)
    assert body == (
        b'{"actor":"usr_1","at":1772356020000000,"chain":"chg_1","from":null,"seq":5,"session":"ses_1",'
        b'"to":41200,"type":"odometer","version":2}'
    )
    assert (derive(body).odometer_km, derive(body).facts, derive(body).kind) == (41_200, None, "")


@pytest.mark.parametrize(
    "change",
    [
        {"sun_wh": 601},
        {"sun_wh": 79},
        {"sun_wh": None},
        {"sun_wh": -1, "sun_quarters": ()},
    ],
)
def test_the_sun_gives_no_more_than_was_taken(change):
    with pytest.raises(NotEvidence, match="the sun gave"):
        session_body("chg_1", 1, replace(SESSION, **(SUNNY | change)), [])


def test_the_bytes_of_an_entry_are_these():
    """Changing them without a new version would break every chain there is."""
    personal = [one for one in personal_values(SESSION, bytes(16)) if one.field == "id_tag"]
    expected = (
        '{"chain":"chg_1","commitments":{"id_tag":"' + commitment(personal[0].salt, "LBALICE") + '"},"connector":1,'
        '"cost_micro":137000,"currency":"EUR","end_register_wh":1600,"ended_at":1772356620000000,"energy_wh":600,"flags":["meter_reset","power_loss"],'
        '"kind":"business","mode":"fast","over_link":null,"quarters":[[1772356500000000,1500]],"reason":"Local",'
        '"seq":3,"session":"ses_1","start_register_wh":1000,"started_at":1772356020000000,"sun_quarters":[[1772356500000000,80]],"sun_wh":120,'
        '"type":"session","version":2}'
    )
    assert session_body("chg_1", 3, replace(SESSION, **SUNNY), personal).decode() == expected
    assert personal[0].salt == hashlib.sha256(bytes(16) + b"id_tag").digest()[:16]


def test_the_bytes_of_a_changed_kind_are_these():
    assert kind_body("chg_1", 4, "ses_1", "business", "private", "usr_1", START) == (
        b'{"actor":"usr_1","at":1772356020000000,"chain":"chg_1","from":"business","seq":4,"session":"ses_1",'
        b'"to":"private","type":"kind","version":2}'
    )


def test_the_hash_covers_everything_before():
    first = link_hash(GENESIS, b"a")
    assert first == hashlib.sha256(bytes(32) + b"a").digest()
    assert link_hash(first, b"b") == hashlib.sha256(first + b"b").digest()


def test_a_name_is_in_the_chain_only_as_a_commitment():
    personal = personal_values(SESSION, b"\x07" * 32)
    body = session_body("chg_1", 1, SESSION, personal)
    assert "Ämter".encode() not in body and b"LBALICE" not in body and b"drv_alice" not in body
    assert {one.field for one in personal} == {"driver_id", "driver_name", "id_tag"}
    assert len({one.salt for one in personal}) == 3
    assert derive(body).commitments == {one.field: commitment(one.salt, one.value) for one in personal}


def test_a_guessable_salt_is_our_bug():
    with pytest.raises(AssertionError, match="guessable"):
        personal_values(SESSION, b"short")


@pytest.mark.parametrize(
    "change",
    [
        {"ended_at": None},
        {"end_register_wh": None},
        {"end_register_wh": 1_499},
        {"start_register_wh": -1},
        {"ended_at": START - timedelta(seconds=1), "quarters": ()},
        {"quarters": ((START + timedelta(minutes=11), 1_500),)},
        {"quarters": ((START + timedelta(minutes=8), 1_601),)},
    ],
)
def test_what_cannot_have_happened_is_no_evidence(change):
    with pytest.raises(NotEvidence, match="ses_1"):
        session_body("chg_1", 1, replace(SESSION, **change), [])


def test_a_session_without_energy_is_evidence_too():
    nothing = replace(SESSION, quarters=(), end_register_wh=1_000, ended_at=START)
    assert derive(session_body("chg_1", 1, nothing, [])).energy_wh == 0


registers = st.lists(st.integers(0, 2**50), min_size=2, max_size=6).map(sorted)


@given(registers, st.text(max_size=12), st.lists(st.text(max_size=5), max_size=3), st.integers(1, 2**40))
def test_what_was_written_can_be_derived_again(values, mode, flags, seq):
    inside = tuple((START + timedelta(minutes=15 * i), wh) for i, wh in enumerate(values[1:-1]))
    session = replace(
        SESSION,
        mode=mode,
        flags=tuple(flags),
        start_register_wh=values[0],
        quarters=inside,
        end_register_wh=values[-1],
        ended_at=START + timedelta(days=1),
    )
    body = session_body("chg_1", seq, session, [])
    says = derive(body)
    assert says.facts == public_facts(session)
    assert (says.chain, says.seq, says.entry, says.session_id) == ("chg_1", seq, "session", "ses_1")
    assert says.energy_wh == values[-1] - values[0] >= 0
    again = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert again == body


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"type":"kind"}', b"\xff", b'{"type":"session","seq":1}']
)
def test_what_is_no_entry_is_a_value_error(body):
    with pytest.raises(ValueError):
        derive(body)
