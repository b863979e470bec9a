"""Numbers, money, days and durations in each language, and the places where a language is chosen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from laadboek import past
from laadboek.actions import first_account
from laadboek.actions.exports import csv_rows
from laadboek.energy import zones
from laadboek.energy.zones import Span
from laadboek.portal.words import speech
from laadboek.portal.words.speech import LANGUAGES, Speech
from laadboek.reasons import Reason
from laadboek.simulation import household

ZONE = "Europe/Brussels"
MONDAY = date(2026, 11, 23)
FRENCH, GERMAN, DUTCH, ENGLISH = (Speech(language, ZONE) for language in ("fr", "de", "nl", "en"))
HARD, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


def test_french_numbers_have_a_decimal_comma_and_narrow_spaces() -> None:
    assert FRENCH.number(1_234_567) == f"1{NARROW}234{NARROW}567"
    assert FRENCH.kwh(12_345) == f"12,35{HARD}kWh"
    assert [FRENCH.power(watts) for watts in (999, 1_050)] == [f"999{HARD}W", f"1,1{HARD}kW"]
    assert [FRENCH.amps(current_ma) for current_ma in (16_000, 10_700)] == [f"16{HARD}A", f"10,7{HARD}A"]


def test_german_numbers_have_a_decimal_comma_and_points() -> None:
    assert GERMAN.number(1_234_567) == "1.234.567"
    assert GERMAN.kwh(12_345) == f"12,35{HARD}kWh"
    assert [GERMAN.power(watts) for watts in (999, 1_050)] == [f"999{HARD}W", f"1,1{HARD}kW"]
    assert [GERMAN.amps(current_ma) for current_ma in (16_000, 10_700)] == [f"16{HARD}A", f"10,7{HARD}A"]


def test_french_and_german_put_the_currency_behind_the_amount() -> None:
    assert FRENCH.money(1_234_567_890, "EUR") == f"1{NARROW}234,57{HARD}€"
    assert GERMAN.money(1_234_567_890, "EUR") == f"1.234,57{HARD}€"
    assert [spoken.money(-1_235_000, "EUR") for spoken in (FRENCH, GERMAN)] == [f"-1,24{HARD}€"] * 2
    assert [spoken.price(234_000, "EUR") for spoken in (FRENCH, GERMAN)] == [f"0,234{HARD}€/kWh"] * 2
    assert [spoken.price(-234_000, "EUR") for spoken in (FRENCH, GERMAN)] == [f"-0,234{HARD}€/kWh"] * 2


def test_dutch_and_english_put_the_currency_before_a_price() -> None:
    assert DUTCH.price(234_000, "EUR") == f"€{HARD}0,234/kWh"
    assert ENGLISH.price(-234_000, "EUR") == f"€{HARD}-0.234/kWh"


def test_french_days_weeks_and_months() -> None:
    assert FRENCH.day(MONDAY) == "lun. 23 nov."
    assert FRENCH.long_day(MONDAY) == "lun. 23 novembre 2026"
    assert (FRENCH.weekday(MONDAY), FRENCH.month(MONDAY), FRENCH.month_letter(MONDAY)) == ("lun.", "novembre 2026", "N")
    assert FRENCH.period(zones.period(Span.WEEK, MONDAY, ZONE)) == "Semaine 48 · 23–29 nov. 2026"


def test_german_days_weeks_and_months() -> None:
    assert GERMAN.day(MONDAY) == "Mo., 23. Nov."
    assert GERMAN.long_day(MONDAY) == "Mo., 23. November 2026"
    assert (GERMAN.weekday(MONDAY), GERMAN.month(MONDAY), GERMAN.month_letter(MONDAY)) == ("Mo", "November 2026", "N")
    assert GERMAN.period(zones.period(Span.WEEK, MONDAY, ZONE)) == "KW 48 · 23.–29. Nov. 2026"


@pytest.mark.parametrize("spoken", [FRENCH, GERMAN])
def test_durations_and_times_of_day(spoken: Speech) -> None:
    assert spoken.duration(timedelta(minutes=59)) == f"59{HARD}min"
    assert spoken.duration(timedelta(minutes=60)) == f"1{HARD}h 0{HARD}min"
    assert [spoken.countdown(s) for s in (59, 60)] == [f"59{HARD}s", f"1{HARD}min 0{HARD}s"]
    assert spoken.time(datetime(2026, 11, 23, 17, 30, tzinfo=UTC)) == "18:30"


def test_a_sentence_of_the_charger_in_each_language() -> None:
    why = Reason("charging", {"mode": "eco_plus", "as_mode": "eco_plus", "limit_a": 16, "driver": "Alice"})
    assert {language: Speech(language, ZONE).sentence(why) for language in LANGUAGES} == {
        "nl": f"Laadt in de stand Eco+, met hoogstens 16{HARD}A per fase.",
        "en": f"Charging in Eco+ mode, with at most 16{HARD}A per phase.",
        "fr": f"Charge en mode Éco+, avec au plus 16{HARD}A par phase.",
        "de": f"Lädt im Modus Eco+, mit höchstens 16{HARD}A je Phase.",
    }


def test_french_has_one_form_for_none_and_one() -> None:
    counted = {number: FRENCH.catalogue.ngettext("%(num)s session", "%(num)s sessions", number) for number in (0, 1, 2)}
    assert counted == {0: "%(num)s session", 1: "%(num)s session", 2: "%(num)s sessions"}


def test_every_table_by_language_knows_the_same_languages() -> None:
    by_language = (speech.LOCALES, speech.PER_KWH, speech.LONG_DAYS, csv_rows.BOOKKEEPER, household.NAMES)
    assert {frozenset(table) for table in by_language} == {frozenset(LANGUAGES)}
    assert set(first_account.LANGUAGES) == set(LANGUAGES)


def test_the_sign_in_page_offers_every_language(browser: TestClient) -> None:
    page = browser.get("/sign-in").text
    for code, name in {"nl": "Nederlands", "en": "English", "fr": "Français", "de": "Deutsch"}.items():
        assert f'value="{code}" lang="{code}"' in page and f">{name}</button>" in page


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("fr", "fr"),
        ("de-AT, en;q=0.9", "de"),
        ("fr-BE;q=0.8, nl-BE", "nl"),
        ("it, fr-CH;q=0.5", "fr"),
        ("it", "en"),
        ("fr;q=0, de;q=0.1", "de"),
        ("fr;q=0", "en"),
    ],
)
def test_the_browsers_first_language_that_we_speak(browser: TestClient, wanted: str, spoken: str) -> None:
    assert f'<html lang="{spoken}">' in browser.get("/sign-in", headers={"Accept-Language": wanted}).text


@pytest.mark.parametrize(
    ("shell", "language"),
    [("nl_NL.UTF-8", "nl"), ("fr_BE.UTF-8", "fr"), ("de_DE", "de"), ("en_GB.UTF-8", "en"), ("C", "en"), ("", "en")],
)
def test_a_first_account_speaks_the_language_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, shell: str, language: str
) -> None:
    monkeypatch.setenv("LC_ALL", shell)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.delenv("LANG", raising=False)
    assert past.language() == language
