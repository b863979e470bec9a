"""One reader's language and time zone: texts, numbers, instants and durations, each with its unit."""

import gettext
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from ...actions.periods import last_day
from ...energy import zones
from ...energy.zones import Period, Span
from ...reasons import Reason
from . import texts
from .charging_texts import LIMITERS, WITHOUT_GAIN

LANGUAGES = {"nl": "Nederlands", "en": "English", "fr": "Français", "de": "Deutsch"}
SOURCE = "en"  # the texts in the code are the English ones
CATALOGUES = Path(__file__).parents[1] / "locale"
# English the way it is read in Europe: 24 hours, day before month.
LOCALES = {"nl": "nl_NL", "en": "en_GB", "fr": "fr_FR", "de": "de_DE"}


@lru_cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Compiled from the `.po` files in memory: no build step to forget. One file per area of the portal."""
    if language == SOURCE:
        return gettext.NullTranslations()
    whole = Catalog(locale=language)
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                whole[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


SIGN_FIRST, SIGN_LAST = "¤\xa00.000;¤\xa0-0.000", "0.000\xa0¤"
PER_KWH = {"nl": SIGN_FIRST, "en": SIGN_FIRST, "fr": SIGN_LAST, "de": SIGN_LAST}
LONG_DAYS = {"nl": "EEE d MMMM y", "en": "EEE d MMMM y", "fr": "EEE d MMMM y", "de": "EEE, d. MMMM y"}


class Speech:
    """Speaks one language in one time zone."""

    def __init__(self, language: str, time_zone: str) -> None:
        self.language = language
        self.time_zone = time_zone
        self.locale = Locale.parse(LOCALES[language])
        self.catalogue = catalogue(language)

    def say(self, text: str, **values: str | int) -> str:
        """The text in this language; `values` replace its `%(name)s`."""
        return self.catalogue.gettext(text) % values

    def sentence(self, reason: Reason) -> str:
        """Why something is so, for a person. A code that has no text is shown as it is: better than nothing."""
        text = texts.SENTENCES.get(reason.code)
        if reason.code in WITHOUT_GAIN and not _saves(reason.params):
            text = WITHOUT_GAIN[reason.code]
        if text is None and reason.code.startswith(texts.TURNED_AWAY_CODE):
            return self.say(texts.TURNED_AWAY, status=reason.code.removeprefix(texts.TURNED_AWAY_CODE))
        if text is None:
            return self.say(texts.NO_WORDS, code=reason.code)
        return self.catalogue.gettext(text) % _Given(self._values(reason.params))

    def word(self, table: Mapping[str, str], key: str) -> str:
        """One of the words in `texts`, by its key in code."""
        return self.catalogue.gettext(table[key])

    def number(self, value: Decimal | int, decimals: int = 0) -> str:
        exact = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        return format_decimal(exact, format="#,##0." + "0" * decimals, locale=self.locale)

    def kwh(self, energy_wh: int) -> str:
        return f"{self.kwh_number(energy_wh)}\N{NO-BREAK SPACE}kWh"

    def kwh_number(self, energy_wh: int) -> str:
        return self.number(Decimal(energy_wh) / 1000, 2)

    def power(self, power_w: int) -> str:
        return "\N{NO-BREAK SPACE}".join(self.power_parts(power_w))

    def power_parts(self, power_w: int) -> tuple[str, str]:
        """Number and unit: watts below a kilowatt."""
        if abs(power_w) < 1000:
            return self.number(power_w), "W"
        return self.number(Decimal(power_w) / 1000, 1), "kW"

    def amps(self, current_ma: int) -> str:
        decimals = 0 if current_ma % 1000 == 0 else 1
        return f"{self.number(Decimal(current_ma) / 1000, decimals)}\N{NO-BREAK SPACE}A"

    def money(self, micro: int, currency: str) -> str:
        """An amount, in millionths: `€ 1,23`, or `1,23 €`."""
        exact = Decimal(micro).scaleb(-6).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return format_currency(exact, currency, locale=self.locale)

    def price(self, micro_per_kwh: int, currency: str) -> str:
        """Of a kilowatt-hour: `€ 0,234/kWh`, or `0,234 €/kWh`."""
        exact = Decimal(micro_per_kwh).scaleb(-6).quantize(Decimal("0.001"), ROUND_HALF_UP)
        pattern = PER_KWH[self.language]
        return format_currency(exact, currency, pattern, locale=self.locale, currency_digits=False) + "/kWh"

    def duration(self, duration: timedelta) -> str:
        minutes = int(duration.total_seconds()) // 60
        if minutes < 60:
            return self.say(texts.MINUTES, minutes=minutes)
        return self.say(texts.HOURS, hours=minutes // 60, minutes=minutes % 60)

    def countdown(self, seconds: int) -> str:
        """Exact below ten minutes."""
        if seconds < 60:
            return f"{seconds}\N{NO-BREAK SPACE}s"
        if seconds < 600:
            return self.say(texts.MINUTES_SECONDS, minutes=seconds // 60, seconds=seconds % 60)
        return self.duration(timedelta(seconds=seconds))

    def cents(self, micro: int, currency: str) -> str:
        """What a kilowatt-hour costs, as people say it: euros in whole cents."""
        if currency != "EUR":
            return self.money(micro, currency)
        return f"{self.number(Decimal(micro) / 10_000)}\N{NO-BREAK SPACE}ct"

    def time(self, instant: datetime) -> str:
        return zones.local(instant, self.time_zone).strftime("%H:%M")

    def moment(self, instant: datetime) -> str:
        """`Mon 23 Nov 07:00`"""
        return f"{self.day(self.local_date(instant))} {self.time(instant)}"

    def time_to_the_second(self, instant: datetime) -> str:
        return zones.local(instant, self.time_zone).strftime("%H:%M:%S")

    def local_date(self, instant: datetime) -> date:
        return zones.local_day(instant, self.time_zone)

    def day(self, day: date) -> str:
        """`Mon 23 Nov`"""
        return format_skeleton("MMMEd", day, locale=self.locale)

    def long_day(self, day: date) -> str:
        """`Mon 23 November 2026`"""
        return format_date(day, LONG_DAYS[self.language], locale=self.locale)

    def month(self, first: date) -> str:
        return format_date(first, "LLLL y", locale=self.locale)

    def weekday(self, day: date) -> str:
        return format_date(day, "ccc", locale=self.locale)

    def month_letter(self, first: date) -> str:
        return format_date(first, "LLLLL", locale=self.locale)

    def period(self, period: Period) -> str:
        match period.span:
            case Span.DAY:
                return self.long_day(period.first)
            case Span.WEEK:
                days = format_interval(period.first, last_day(period), "yMMMd", locale=self.locale)
                return self.say(texts.WEEK, number=period.first.isocalendar().week, days=days)
            case Span.MONTH:
                return self.month(period.first)
            case Span.YEAR:
                return str(period.first.year)

    def _values(self, params: Mapping[str, str | int]) -> dict[str, str]:
        currency = str(params.get("currency", "EUR"))
        return {name: self._value(name, value, currency) for name, value in params.items()}

    def _value(self, name: str, value: str | int, currency: str) -> str:
        """A parameter says its unit in its name (`limit_ma`), so it is shown in the reader's form."""
        if isinstance(value, str):
            if name in INSTANTS:
                return self._instant(value, self.time)
            if name in MOMENTS:
                return self._instant(value, self.moment)
            if name == "country":
                return str(self.locale.territories.get(value, value))
            table = NAMED.get(name, {})
            return self.word(table, value) if value in table else value
        for suffix, worth in MONEY.items():
            if name.endswith(suffix):
                return worth(self, value, currency)
        for suffix, shown in SHOWN.items():
            if name.endswith(suffix):
                return shown(self, value)
        return self.number(value)

    def _instant(self, text: str, shown: Callable[[datetime], str]) -> str:
        try:
            return shown(datetime.fromisoformat(text))
        except ValueError:
            return text


LEAST_GAIN_MICRO = 5_000
NAMED = {
    "by": LIMITERS,
    "mode": texts.MODES,
    "as_mode": texts.MODES,
    "kind": texts.KINDS,
    "fault": texts.FAULTS,
    "part": texts.TARIFF_PARTS,
}
INSTANTS = frozenset({"since", "until", "ready_by", "ready_at", "known_until"})  # in ISO form
MOMENTS = frozenset({"begins_at", "ended_at", "opens_at", "resets_at"})  # likewise; they may be days away
MONEY: dict[str, Callable[[Speech, int, str], str]] = {"price_micro": Speech.cents, "_micro": Speech.money}
SHOWN: dict[str, Callable[[Speech, int], str]] = {
    "_a": lambda speech, value: speech.amps(value * 1000),
    "_wh": Speech.kwh,
    "_ma": Speech.amps,
    "_w": Speech.power,
    "_s": Speech.countdown,
    "status": lambda speech, value: str(value),
}


def _saves(params: Mapping[str, str | int]) -> bool:
    """Whether the price is lower than charging at once by at least half a cent: else both look the same."""
    price, at_once = params.get("price_micro"), params.get("at_once_price_micro")
    return not isinstance(price, int) or not isinstance(at_once, int) or at_once - price >= LEAST_GAIN_MICRO


class _Given(dict[str, str]):
    """A parameter that was not given shows as a gap; the rest of the sentence still helps."""

    def __missing__(self, name: str) -> str:
        return "…"
