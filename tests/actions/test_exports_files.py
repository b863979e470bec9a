"""Files as the programs of others read them: LibreOffice, openpyxl, pypdf. Numbers are numbers, and nothing is run."""

import io
import os
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from laadboek.actions.exports import paper
from laadboek.actions.exports.columns import NAMES, TABLE
from laadboek.actions.exports.csv_rows import Dialect, csv_file
from laadboek.actions.exports.workbook import workbook
from laadboek.actions.sessions import Totals
from laadboek.energy import zones
from laadboek.facts import Kind, Mode
from laadboek.portal.sessions import statement
from laadboek.portal.words.speech import Speech
from laadboek.store.session_queries import SessionRow

SOFFICE = shutil.which("soffice")
HOSTILE = ["=1+1", "+SUM(A1)", "-2", "@cmd", '=HYPERLINK("http://x")', "\t=1", "'=1", "＝1", "{=1}", 'Zoë; "x"\n=2']
DUTCH = Speech("nl", "Europe/Amsterdam")
START = datetime(2026, 7, 1, 6, 0, 30, tzinfo=UTC)
PERIOD = zones.period(zones.Span.MONTH, date(2026, 7, 1), "Europe/Amsterdam")
TOTALS = Totals(
    business_wh=98_760, private_wh=0, count=8, running=0, sun_wh=8_000, measured_wh=98_760,
    costs_micro=(("EUR", 24_690_000),), unpriced=1,
)  # fmt: skip
ABOUT = statement.of_period("Huize Zoë", PERIOD, TOTALS, DUTCH)


def session(name: str, number: int = 0) -> SessionRow:
    return SessionRow(
        session_id=f"ses_{number}",
        charger_id="chg_1",
        charger_name=name,
        connector_id=1,
        driver_id="drv_1",
        driver_name=name,
        id_tag=name[:20],
        kind=Kind.BUSINESS,
        mode=Mode.FAST,
        started_at=START + timedelta(days=number),
        ended_at=START + timedelta(days=number, hours=25, minutes=1, seconds=5),
        start_register_wh=1_000_007,
        end_register_wh=1_012_352,
        energy_wh=12_345,
        reason="EVDisconnected",
        sun_wh=1_000,
        cost_micro=2_987_654,
        currency="EUR",
        odometer_km=41_200,
        flags=("power_loss",),
    )


ROWS = [session(name, number) for number, name in enumerate(HOSTILE)]
RUNNING = replace(
    ROWS[0], ended_at=None, end_register_wh=None, energy_wh=None, reason=None, sun_wh=None, cost_micro=None,
    currency=None, odometer_km=None, flags=(),
)  # fmt: skip


@pytest.fixture(scope="module")
def book() -> bytes:
    return workbook([*ROWS, RUNNING], statement.reader_of(DUTCH), statement.total_lines(ABOUT, DUTCH))


def test_a_workbook_has_numbers_dates_and_texts_and_no_formula(book: bytes) -> None:
    sheet, totals = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    assert sheet.freeze_panes == "A2" and list(sheet.tables) == ["Sessions"]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    found = dict(zip(NAMES, [cell.value for cell in sheet[2]], strict=True))
    assert found["driver"] == HOSTILE[0] and found["start"] == datetime.fromisoformat("2026-07-01T08:00:30")
    assert (found["energy_kwh"], found["cost"], found["sun_kwh"], found["odometer_km"]) == (12.345, 2.9877, 1, 41_200)
    assert (
        str(found["date"])[:10] == "2026-07-01" and found["kind"] == "Zakelijk" and found["flags"] == "stroom viel uit"
    )
    assert [sheet.cell(2 + number, 6).value for number in range(len(HOSTILE))] == HOSTILE
    last = dict(zip(NAMES, [cell.value for cell in sheet[2 + len(HOSTILE)]], strict=True))
    assert (last["end"], last["energy_kwh"], last["cost"]) == (None, None, None)
    assert {row[0].value: row[1].value for row in totals.iter_rows()}["Samen (kWh)"] == 98.76


def test_an_empty_workbook_opens_as_well() -> None:
    made = workbook([], statement.reader_of(DUTCH), statement.total_lines(ABOUT, DUTCH))
    assert openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]["A1"].value == "Laadsessie"


@pytest.mark.slow
def test_libreoffice_opens_both_and_runs_nothing(book: bytes, tmp_path: Path) -> None:
    if SOFFICE is None:
        assert os.environ.get("CI") != "true", "CI has LibreOffice"
        pytest.skip("no LibreOffice here: apt install libreoffice-calc")
    (tmp_path / "book.xlsx").write_bytes(book)
    (tmp_path / "dutch.csv").write_bytes(csv_file(ROWS, statement.reader_of(DUTCH)))
    (tmp_path / "machine.csv").write_bytes(csv_file(ROWS, statement.reader_of(DUTCH, Dialect.MACHINE)))
    opened = tmp_path / "opened"
    # The filter's tokens: separator ; - quote " - UTF-8 - from line 1 - Dutch, as a double click does it there.
    reads = "CSV:59,34,76,1,,1043,false,true"
    command = [
        SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--infilter=" + reads,
        "--convert-to", "ods", "--outdir", str(opened), str(tmp_path / "dutch.csv"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    again = [
        *command[:3],
        "--convert-to",
        "xlsx",
        "--outdir",
        str(opened),
        str(opened / "dutch.ods"),
        str(tmp_path / "book.xlsx"),
    ]
    subprocess.run(again, check=True, capture_output=True, timeout=120)
    for name in ("dutch.xlsx", "book.xlsx"):
        sheet = openpyxl.load_workbook(opened / name).worksheets[0]
        rows = list(sheet.iter_rows(min_row=2, max_row=1 + len(HOSTILE)))
        assert not [cell for row in rows for cell in row if cell.data_type == "f"], name
        for column in ("energy_kwh", "start_register_kwh", "cost", "sun_kwh", "odometer_km"):
            place = NAMES.index(column)
            assert {row[place].data_type for row in rows} == {"n"}, (name, column, rows[0][place].value)
        energies = {row[NAMES.index("energy_kwh")].value for row in rows}
        assert energies == {12.345}, name


def test_the_pdf_says_what_it_should_on_a4_and_is_tagged() -> None:
    page = statement.html(ABOUT, ROWS, DUTCH, "wo 1 juli 2026")
    made = PdfReader(io.BytesIO(paper.pdf(page)))
    text = "\n".join(sheet.extract_text().replace("\0", "") for sheet in made.pages)
    assert "Huize Zoë" in text and "juli 2026" in text.lower() and "Laadsessies" in text
    assert text.count("12,35") == len(ROWS) and "98,76" in text and "24,69" in text
    assert f"1 / {len(made.pages)}" in text and "stroom viel uit" in text
    width, height = (round(float(side) / 72 * 25.4) for side in made.pages[0].mediabox[2:])
    assert (width, height) == (210, 297)
    assert made.trailer["/Root"]["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in made.trailer["/Root"]
    assert made.trailer["/Root"]["/Lang"] == "nl"


def test_a_name_in_the_pdf_fetches_nothing() -> None:
    page = statement.html(ABOUT, [session('<img src="file:///etc/passwd"><script>')], DUTCH, "vandaag")
    assert "<img" not in page and "<script" not in page


def test_the_columns_of_the_documentation_are_those_of_the_code() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sessions-csv.md").read_text()
    assert [f"| `{column.name}` | {column.what} |" for column in TABLE] == [
        line for line in text.splitlines() if line.startswith("| `") and line.split("`")[1] in NAMES
    ]
