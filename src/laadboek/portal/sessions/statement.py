"""Files of sessions in the reader's words: their names, what is on the sheet of totals, and the page for paper."""

from collections.abc import Iterable
from datetime import date
from functools import partial

from jinja2 import Environment
from msgspec import Struct

from ...actions.exports.columns import Form
from ...actions.exports.csv_rows import Dialect, Reader
from ...actions.exports.workbook import TotalLine
from ...actions.sessions import Totals
from ...energy import zones
from ...energy.zones import Period
from ...store.session_queries import SessionRow
from ..rendering import environment
from ..words import accounting, texts
from ..words.speech import Speech

TEMPLATE = "sessions/statement.html"
ENDINGS = {"csv": "csv", "machine_csv": "csv", "xlsx": "xlsx", "pdf": "pdf", "signed": "json"}
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "machine_csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "signed": "application/json",
}
WORDS = {**texts.CSV_WORDS, **accounting.FILE_WORDS}


class Statement(Struct, frozen=True, kw_only=True):
    """What a file is about: local days `first` up to but without `until`."""

    account: str
    first: date
    until: date
    title: str  # of the period, in words
    totals: Totals

    @property
    def last(self) -> date:
        return self.until - zones.DAY


def of_period(account: str, period: Period, totals: Totals, speech: Speech) -> Statement:
    return Statement(
        account=account, first=period.first, until=period.until, title=speech.period(period), totals=totals
    )


def reader_of(speech: Speech, dialect: Dialect = Dialect.BOOKKEEPER) -> Reader:
    words = partial(worded, speech)
    return Reader(dialect=dialect, language=speech.language, time_zone=speech.time_zone, words=words)


def worded(speech: Speech, name: str) -> str:
    """A code that has no word is shown as it is."""
    if name.startswith(accounting.REFUSED_FLAG):
        return speech.say(accounting.REFUSED_BY_LINK)
    return speech.word(WORDS, name) if name in WORDS else name


def flag_sentence(speech: Speech, flag: str) -> str:
    if flag.startswith(accounting.REFUSED_FLAG):
        return speech.say(accounting.REFUSED_BY_LINK)
    return speech.word(accounting.FLAGS, flag) if flag in accounting.FLAGS else flag


def file_name(speech: Speech, period: Period, format: str) -> str:
    return f"{speech.say(texts.FILE_NAME)}-{period.first}-{period.span}.{ENDINGS[format]}"


def total_lines(statement: Statement, speech: Speech) -> list[TotalLine]:
    """Of the workbook's second sheet."""
    totals = statement.totals

    def line(label: str, value: str | int, form: Form = Form.TEXT) -> TotalLine:
        return TotalLine(label=label, value=value, form=form)

    found = [
        line(speech.say(accounting.ACCOUNT), statement.account),
        line(speech.say(accounting.PERIOD), statement.title),
        line(speech.say(accounting.SESSIONS), totals.count, Form.COUNT),
        line(speech.word(texts.KINDS, "business") + " (kWh)", totals.business_wh, Form.KWH),
        line(speech.word(texts.KINDS, "private") + " (kWh)", totals.private_wh, Form.KWH),
        line(speech.say(accounting.TOGETHER), totals.total_wh, Form.KWH),
    ]
    if totals.measured_wh:
        found += [
            line(speech.say(accounting.FROM_ROOF), totals.sun_wh, Form.KWH),
            line(speech.say(accounting.FROM_GRID), totals.grid_wh, Form.KWH),
        ]
    found += [
        line(f"{speech.word(WORDS, 'cost')} ({currency})", micro, Form.MONEY) for currency, micro in totals.costs_micro
    ]
    if totals.unpriced:
        found.append(line(speech.say(accounting.UNPRICED), totals.unpriced, Form.COUNT))
    return found


def html(statement: Statement, rows: Iterable[SessionRow], speech: Speech, printed: str) -> str:
    """The page that becomes PDF."""
    made: Environment = environment(speech.language)
    values = {
        "statement": statement,
        "rows": rows,
        "speech": speech,
        "printed": printed,
        "worded": partial(worded, speech),
    }
    return made.get_template(TEMPLATE).render(values)
