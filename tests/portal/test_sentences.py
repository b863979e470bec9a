"""Why it charges or waits, as people read it: every code of the charger, with its numbers, in every language."""

import re

import pytest

from laadboek.charger import explain
from laadboek.portal.words.charging_texts import LIMITERS
from laadboek.portal.words.speech import LANGUAGES, Speech
from laadboek.reasons import Reason

SAMPLES: dict[str, str | int] = {
    "allowed": "1..3",
    "as_mode": "eco_plus",
    "at_once_price_micro": 310_000,
    "by": "limit.grid",
    "connector_id": 1,
    "currency": "EUR",
    "drawn_a": 9,
    "driver": "Bob",
    "fault": "GroundFailure",
    "id_tag": "BOB",
    "key": "LimitA",
    "least_wh": 1_000,
    "left_wh": 4_250,
    "limit_wh": 250_000,
    "begins_at": "2026-11-27T06:00:00+00:00",
    "ended_at": "2026-11-20T23:00:00+00:00",
    "opens_at": "2026-11-27T06:00:00+00:00",
    "resets_at": "2026-11-30T23:00:00+00:00",
    "limit_a": 9,
    "link_id": "lnk_1",
    "longest": 8,
    "minutes": 10,
    "mode": "eco_plus",
    "most_wh": 99_000,
    "needed_w": 1_380,
    "offered_a": 6,
    "price_micro": 90_000,
    "ready_by": "2026-11-24T06:00:00+00:00",
    "session_id": "ses_1",
    "shortest": 5,
    "surplus_w": 900,
    "tries": 5,
    "until": "2026-11-24T04:15:00+00:00",
    "value": "99",
    "wait_s": 130,
}
CODES = sorted({*explain.REASONS, *explain.DISPLAYS, *explain.NOTICES})


def said(code: str, language: str = "en", **changes: str | int) -> str:
    sentence = Speech(language, "Europe/Amsterdam").sentence(Reason(code, {**SAMPLES, **changes}))
    return re.sub(r"[\xa0\u202f]", " ", sentence)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("code", CODES)
def test_every_code_is_a_whole_sentence_with_its_numbers(code: str, language: str) -> None:
    sentence = said(code, language)
    assert sentence.endswith(".") and "…" not in sentence, sentence
    assert not re.search(r"%\(|_|\d{4}-\d\d-\d\dT|\d{5,}", sentence.replace("lnk_1", "").replace("ses_1", "")), sentence


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_limiter_has_a_word(language: str) -> None:
    words = {said("charging_limited", language, by=code) for code in LIMITERS}
    assert len(words) == len(LIMITERS)


def test_the_sentences_are_those_of_a_person() -> None:
    assert said("waiting_for_sun") == "Waiting for sun: 900 W now, 1.4 kW needed."
    assert said("pausing_soon") == "Pausing in 2 min 10 s unless the sun returns: 900 W now, 1.4 kW needed."
    assert said("charging_planned") == (
        "Charging at full power until 05:15: the cheapest hours, 9 ct per kWh instead of 31 ct."
    )
    assert said("waiting_for_slot") == "Next at 05:15: 9 ct per kWh instead of 31 ct."
    assert said("charging_boost") == "Boost: 4.25 kWh to go, at full power with at most 9 A per phase."
    assert said("charging_limited") == "Charging with 9 A per phase: the main fuse leaves no more."
    assert said("waiting_for_sun", "nl") == "Wacht op zon: nu 900 W, nodig 1,4 kW."


@pytest.mark.parametrize(
    ("wait_s", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (599, "9 min 59 s"), (600, "10 min"), (3_600, "1 h 0 min")],
)
def test_a_countdown_is_exact_when_it_matters(wait_s: int, words: str) -> None:
    assert said("sun_starting", wait_s=wait_s).endswith(f"in {words}.")


def test_other_currencies_are_said_in_full() -> None:
    assert "£0.09" in said("waiting_for_slot", currency="GBP")
