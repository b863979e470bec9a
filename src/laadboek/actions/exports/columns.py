"""The columns of every file of sessions. Names and order are a promise: new ones are added at the end only.

A value is typed here and written by the file's own form: a CSV has its decimal comma, a workbook a number.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from ...energy import zones
from ...store.session_queries import SessionRow


class Form(StrEnum):
    TEXT = "text"  # of people: guarded against being run as a formula
    CODE = "code"  # ours
    WORD = "word"  # a code that the reader's language has a word for
    WORDS = "words"  # several, with spaces between
    COUNT = "count"
    INSTANT = "instant"
    DAY = "day"
    KWH = "kwh"  # from Wh
    DURATION = "duration"  # from seconds
    MONEY = "money"  # from millionths


Value = str | int | datetime | date | None


class Column(Struct, frozen=True):
    name: str
    form: Form
    value: Callable[[SessionRow, str], Value]  # of a session, in a time zone
    what: str  # for docs/sessions-csv.md


def _duration_s(row: SessionRow, zone: str) -> int | None:
    return None if row.ended_at is None else int((row.ended_at - row.started_at).total_seconds())


TABLE = (
    Column("session_id", Form.CODE, lambda row, _: row.session_id, "public id, `ses_…`"),
    Column("start", Form.INSTANT, lambda row, _: row.started_at, "local time with its offset"),
    Column("end", Form.INSTANT, lambda row, _: row.ended_at, "likewise; empty while the session runs"),
    Column("charger", Form.TEXT, lambda row, _: row.charger_name, "name of the charger"),
    Column("connector", Form.COUNT, lambda row, _: row.connector_id, "number of its connector"),
    Column("driver", Form.TEXT, lambda row, _: row.driver_name, "who; empty: Plug & Play, or nobody known"),
    Column("id_tag", Form.TEXT, lambda row, _: row.id_tag, "the id tag that platforms saw"),
    Column("kind", Form.WORD, lambda row, _: row.kind.value, "`business` or `private`, as it is now"),
    Column("energy_kwh", Form.KWH, lambda row, _: row.energy_wh, "three decimals: whole watt-hours. Stop − start"),
    Column("start_register_kwh", Form.KWH, lambda row, _: row.start_register_wh, "what the meter showed"),
    Column("stop_register_kwh", Form.KWH, lambda row, _: row.end_register_wh, "likewise"),
    Column("duration", Form.DURATION, _duration_s, "hours:minutes:seconds"),
    Column("reason", Form.CODE, lambda row, _: row.reason, "why it ended, by the names of OCPP 1.6 §7.37"),
    Column("mode", Form.CODE, lambda row, _: row.mode.value, "`stop`, `fast`, `eco`, `eco_plus`"),
    Column("odometer_km", Form.COUNT, lambda row, _: row.odometer_km, "as the driver wrote it down; else empty"),
    Column("sun_kwh", Form.KWH, lambda row, _: row.sun_wh, "of the energy, from the own roof; empty: not measured"),
    Column("cost", Form.MONEY, lambda row, _: row.cost_micro, "four decimals; empty: no price was known"),
    Column("currency", Form.CODE, lambda row, _: row.currency, "ISO 4217, of `cost`"),
    Column("flags", Form.WORDS, lambda row, _: " ".join(row.flags) or None, "what is odd about it; see below"),
    Column("driver_id", Form.CODE, lambda row, _: row.driver_id, "public id, `drv_…`"),
    Column("date", Form.DAY, lambda row, zone: zones.local_day(row.started_at, zone), "local day of its start"),
)
NAMES = tuple(column.name for column in TABLE)
