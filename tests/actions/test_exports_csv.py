"""CSV: what goes in comes out again, whatever people call themselves."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek.actions.exports.columns import NAMES as COLUMNS
from laadboek.actions.exports.csv_rows import Dialect, Reader, csv_file, guarded
from laadboek.facts import Kind, Mode
from laadboek.store.session_queries import SessionRow

START = datetime(2026, 7, 1, 6, 0, 30, tzinfo=UTC)
MACHINE = Reader(dialect=Dialect.MACHINE, language="nl", time_zone="Europe/Amsterdam")
DUTCH = Reader(dialect=Dialect.BOOKKEEPER, language="nl", time_zone="Europe/Amsterdam")
ENGLISH = Reader(dialect=Dialect.BOOKKEEPER, language="en", time_zone="Europe/Amsterdam")


def session(driver: str | None = "Alice", *, energy_wh: int | None = 12_345, charger: str = "Driveway") -> SessionRow:
    ended = energy_wh is not None
    return SessionRow(
        session_id="ses_1",
        charger_id="chg_1",
        charger_name=charger,
        connector_id=1,
        driver_id="drv_1",
        driver_name=driver,
        id_tag="LB00",
        kind=Kind.BUSINESS,
        mode=Mode.FAST,
        started_at=START,
        ended_at=START + timedelta(hours=25, minutes=1, seconds=5) if ended else None,
        start_register_wh=1_000_007,
        end_register_wh=1_000_007 + energy_wh if energy_wh is not None else None,
        energy_wh=energy_wh,
        reason="EVDisconnected" if ended else None,
        sun_wh=4_321 if ended else None,
        cost_micro=2_987_654 if ended else None,
        currency="EUR" if ended else None,
        odometer_km=41_200,
        flags=("power_loss", "sun_gap"),
    )


def parsed(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


def test_the_columns_are_a_promise() -> None:
    assert ",".join(COLUMNS) == (
        "session_id,start,end,charger,connector,driver,id_tag,kind,energy_kwh,start_register_kwh,"
        "stop_register_kwh,duration,reason,mode,odometer_km,sun_kwh,cost,currency,flags,driver_id,date"
    )


def test_the_machines_file_to_the_byte() -> None:
    assert csv_file([session()], MACHINE) == (
        ",".join(COLUMNS).encode()
        + b"\r\nses_1,2026-07-01T08:00:30+02:00,2026-07-02T09:01:35+02:00,Driveway,1,Alice,LB00,business,"
        b"12.345,1000.007,1012.352,25:01:05,EVDisconnected,fast,41200,4.321,2.9877,EUR,power_loss sun_gap,drv_1,"
        b"2026-07-01\r\n"
    )


def test_the_bookkeepers_file_is_what_a_dutch_spreadsheet_opens() -> None:
    content = csv_file([session()], DUTCH)
    assert content.startswith(b"\xef\xbb\xbf")
    row = dict(zip(COLUMNS, parsed(content, ";")[1], strict=True))
    assert (row["energy_kwh"], row["start"]) == ("12,345", "2026-07-01 08:00:30+02:00")


@pytest.mark.parametrize("language", ["fr", "de"])
def test_french_and_german_spreadsheets_get_a_decimal_comma_as_well(language: str) -> None:
    reader = Reader(dialect=Dialect.BOOKKEEPER, language=language, time_zone="Europe/Brussels")
    assert parsed(csv_file([session()], reader), ";") == parsed(csv_file([session()], DUTCH), ";")


def test_an_english_spreadsheet_gets_commas_and_points() -> None:
    row = dict(zip(COLUMNS, parsed(csv_file([session()], ENGLISH))[1], strict=True))
    assert row["energy_kwh"] == "12.345"


def test_a_running_session_leaves_open_what_is_not_known() -> None:
    row = dict(zip(COLUMNS, parsed(csv_file([session(energy_wh=None)], MACHINE))[1], strict=True))
    assert [row[name] for name in ("end", "energy_kwh", "stop_register_kwh", "duration", "reason")] == [""] * 5
    assert row["start_register_kwh"] == "1000.007"


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "\0=1", "'=1", "＝1", "＠x"])
def test_no_text_is_run_as_a_formula(hostile: str) -> None:
    row = dict(zip(COLUMNS, parsed(csv_file([session(hostile)], MACHINE))[1], strict=True))
    assert row["driver"] == "'" + hostile


def test_a_negative_number_stays_a_number() -> None:
    row = dict(zip(COLUMNS, parsed(csv_file([session(energy_wh=-1_500)], MACHINE))[1], strict=True))
    assert row["energy_kwh"] == "-1.500"


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")), st.sampled_from([MACHINE, DUTCH]))
def test_every_name_comes_out_again(driver: str, charger: str, reader: Reader) -> None:
    rows = parsed(csv_file([session(driver, charger=charger)], reader), reader.shape.delimiter)
    row = dict(zip(COLUMNS, rows[1], strict=True))
    assert len(rows) == 2
    assert (row["driver"], row["charger"]) == (guarded(driver), guarded(charger))
    assert row["driver"] in (driver, "'" + driver)
