"""Charging sessions: periods, filter, totals, kind, and what the bookkeeper gets."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from portal_house import HOSTILE, House, charge
from starlette.testclient import TestClient

from laadboek.clock import to_us
from laadboek.facts import Kind
from laadboek.ids import Ids
from laadboek.ledger.entry import SessionFacts
from laadboek.ocpp.types import RegistrationStatus
from laadboek.portal.sessions.chart import nice_ceiling
from laadboek.store import audit, charge_points, ledger, sessions
from laadboek.store.connection import Connection
from laadboek.store.verify import verify


def total(text: str) -> str:
    found = re.search(r'<span class="number">([^<]*)</span>', text)
    assert found is not None
    return found[1]


def test_today_is_shown_by_default_with_totals_per_kind(alice: TestClient) -> None:
    text = alice.get("/sessions").text
    assert total(text) == "30.59"  # 18.24 + 12.345: half a Wh digit goes up
    assert "18.24\N{NO-BREAK SPACE}kWh" in text and "12.35\N{NO-BREAK SPACE}kWh" in text
    assert "Going on now" in text
    assert "3 sessions" in text


def test_in_dutch_the_same_numbers_have_a_comma(alice: TestClient) -> None:
    alice.post("/language", data={"language": "nl"})
    text = alice.get("/sessions").text
    assert total(text) == "30,59"
    assert "Laadsessies" in text and "Zakelijk" in text and "Privé" in text
    assert "Ma 23 november 2026".lower() in text.lower()


def test_the_filter_shows_one_kind(alice: TestClient) -> None:
    text = alice.get("/sessions?kind=private").text
    assert total(text) == "12.35"
    assert "1 session<" in text


@pytest.mark.parametrize(
    ("query", "title", "count"),
    [
        ("period=day&date=2026-11-22", "Sun 22 November 2026", 1),
        ("period=week&date=2026-11-18", "Week 47 · 16–22 Nov 2026", 7),
        ("period=month&date=2026-10-01", "October 2026", 4),
        ("period=year&date=2026-01-01", "2026", 29),
    ],
)
def test_a_period_holds_the_sessions_that_started_in_it(alice: TestClient, query: str, title: str, count: int) -> None:
    text = alice.get(f"/sessions?{query}").text
    assert f'<h1 class="period">{title}</h1>' in text
    assert f"{count} session" in text


def test_previous_and_next_lead_to_the_neighbours(alice: TestClient) -> None:
    text = alice.get("/sessions?period=month&date=2026-12-31&kind=business").text
    assert 'href="/sessions?period=month&amp;date=2026-11-01&amp;kind=business" aria-label="Previous"' in text
    assert 'href="/sessions?period=month&amp;date=2027-01-01&amp;kind=business" aria-label="Next"' in text


def test_a_session_belongs_to_the_local_day_of_its_start(alice: TestClient, house: House) -> None:
    """00:10 in Amsterdam on the 5th is 23:10 UTC on the 4th."""
    start = datetime(2026, 2, 4, 23, 10, tzinfo=UTC)
    session = house.database.run(
        lambda db: charge(db, 1, (1, house.charger), start, energy_wh=7_000, driver=None, ids=Ids(99))
    )
    assert session in alice.get("/sessions?date=2026-02-05").text
    assert session not in alice.get("/sessions?date=2026-02-04").text
    row = next(csv.DictReader(io.StringIO(alice.get("/sessions.csv?date=2026-02-05&dialect=machine").text)))
    assert row["start"] == "2026-02-05T00:10:00+01:00"


def test_nobody_is_plug_and_play_and_at_a_foreign_charge_point_an_id_tag(alice: TestClient, house: House) -> None:
    start, ids = datetime(2026, 2, 4, 12, tzinfo=UTC), Ids(98)

    def at_both(db: Connection) -> None:
        charge(db, 1, (1, house.charger), start, driver=None, ids=ids)
        garage = charge_points.create(
            db,
            1,
            public_id="cp_garage",
            charge_box_id="GARAGE",
            key_mac=b"",
            charger_id=None,
            now=start,
            registration=RegistrationStatus.ACCEPTED,
        )
        facts = SessionFacts(
            session_id="ses_garage",
            connector_id=1,
            id_tag="<b>04A2B3C4D5",
            kind="business",
            mode="fast",
            started_at=start,
            start_register_wh=1_000,
            ended_at=start + timedelta(hours=1),
            end_register_wh=6_000,
            reason="Local",
        )
        sessions.save(
            db, account_id=1, chain="cp_garage", session=facts, salt=ids.token_bytes(16), charge_point_id=garage.id
        )

    house.database.run(at_both)
    text = alice.get("/sessions?date=2026-02-04").text
    assert 'Plug & Play <span class="small quiet">Driveway' in text
    assert '&lt;b&gt;04A2B3C4D5 <span class="small quiet">GARAGE' in text


def test_an_empty_period_leads_to_the_last_session(alice: TestClient) -> None:
    text = alice.get("/sessions?period=week&date=2026-12-10").text
    assert "Nothing was charged in this period." in text
    assert "/sessions?period=week&amp;date=2026-11-23" in text
    assert "<table" not in text and 'class="chart"' not in text


def test_before_the_first_session_the_page_says_how_to_make_one(alice: TestClient) -> None:
    text = alice.get("/sessions?date=2020-01-01").text
    assert "Plug in a car and identify" in text


@pytest.mark.parametrize("query", ["period=decade", "date=yesterday", "date=1899-12-31", "kind=holiday"])
def test_what_is_no_period_gets_a_page_that_says_so(alice: TestClient, query: str) -> None:
    answer = alice.get(f"/sessions?{query}")
    assert answer.status_code == 422
    assert "That did not work" in answer.text
    assert query.partition("=")[2] in answer.text


def test_changing_the_kind_is_a_new_entry_and_leaves_a_trace(alice: TestClient, house: House) -> None:
    before = house.database.read(lambda db: ledger.head(db, house.charger).seq)

    answer = alice.post(f"/sessions/{house.session}/kind", data={"kind": "private", "date": "2026-11-23"})

    assert answer.headers["location"] == "/sessions?period=day&date=2026-11-23"
    assert total(alice.get("/sessions?kind=private").text) == "30.59"
    assert house.database.read(lambda db: ledger.head(db, house.charger).seq) == before + 1
    assert house.database.read(verify) == []
    [entry] = [e for e in house.database.read(lambda db: audit.of_account(db, 1)) if e.what == "session.kind_changed"]
    assert entry.actor.startswith("usr_")
    assert entry.details == {"session": house.session, "from": "business", "to": "private"}


def test_the_same_kind_again_writes_nothing(alice: TestClient, house: House) -> None:
    before = house.database.read(lambda db: ledger.head(db, house.charger))
    alice.post(f"/sessions/{house.session}/kind", data={"kind": "business"})
    assert house.database.read(lambda db: ledger.head(db, house.charger)) == before


def test_with_htmx_the_list_comes_back_in_place(alice: TestClient, house: House) -> None:
    data = {"kind": "private", "period": "day", "date": "2026-11-23", "filter": ""}
    answer = alice.post(f"/sessions/{house.session}/kind", data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.startswith('<div id="sessions"')
    assert "Saved as Private. The earlier entry stays in the ledger." in answer.text


def test_a_running_session_keeps_its_kind(alice: TestClient, house: House) -> None:
    [running] = [s for s in alice.get("/api/v1/sessions").json()["sessions"] if s["ended_at"] is None]
    answer = alice.post(
        f"/sessions/{running['session_id']}/kind", data={"kind": "private"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409
    assert answer.headers["hx-retarget"] == "#toasts"
    assert "still going on" in answer.text


def test_the_file_has_the_rows_of_the_page(alice: TestClient) -> None:
    answer = alice.get("/sessions.csv?period=month&dialect=machine")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="charging-sessions-2026-11-01-month.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    listed = alice.get("/api/v1/sessions?period=month").json()["sessions"]
    assert [row["session_id"] for row in rows] == [session["session_id"] for session in listed]
    assert [row["driver"].removeprefix("'") for row in rows] == [session["driver_name"] for session in listed]
    assert "'" + HOSTILE in [row["driver"] for row in rows]
    assert sum(int(row["energy_kwh"].replace(".", "")) for row in rows if row["energy_kwh"]) == sum(
        session["energy_wh"] or 0 for session in listed
    )


def test_the_bookkeepers_file_speaks_dutch(alice: TestClient) -> None:
    alice.post("/language", data={"language": "nl"})
    answer = alice.get("/sessions.csv?kind=private")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert row["Bestuurder"] == "Bob"
    assert row["Soort"] == "Privé"
    assert row["Energie (kWh)"] == "12,345"
    assert row["Duur"] == "0:42:00"
    assert row["Begin"] == "2026-11-23 13:30:00+01:00"
    assert "laadsessies-2026-11-23-day.csv" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("language", "headings", "kind", "file"),
    [
        ("fr", ("Conducteur", "Type", "Énergie (kWh)"), "Privé", "sessions-de-charge-2026-11-23-day.csv"),
        ("de", ("Fahrer", "Art", "Energie (kWh)"), "Privat", "ladevorgaenge-2026-11-23-day.csv"),
    ],
)
def test_the_bookkeepers_file_speaks_french_and_german(
    alice: TestClient, language: str, headings: tuple[str, ...], kind: str, file: str
) -> None:
    alice.post("/language", data={"language": language})
    answer = alice.get("/sessions.csv?kind=private")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert [row[heading] for heading in headings] == ["Bob", kind, "12,345"]
    assert file in answer.headers["content-disposition"]


def test_an_unknown_dialect_is_refused(alice: TestClient) -> None:
    assert alice.get("/sessions.csv?dialect=klingon").status_code == 422


def test_bars_reach_the_next_round_number() -> None:
    assert [nice_ceiling(wh) for wh in (1, 1_000, 1_001, 4_999, 10_001, 50_001)] == [
        1_000,
        1_000,
        2_000,
        5_000,
        20_000,
        100_000,
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_day_on_which_the_clocks_change_has_its_sessions_once(alice: TestClient, house: House, kind: Kind) -> None:
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # 02:30 happens twice
    ids = Ids(5)
    for start in twice:
        at = (1, house.charger)
        job = partial(charge, account_id=1, charger=at, start=start, energy_wh=1_000, kind=kind, ids=ids)
        house.database.run(job)
    rows = csv.DictReader(io.StringIO(alice.get(f"/sessions.csv?date=2026-10-25&dialect=machine&kind={kind}").text))
    starts = [row["start"] for row in rows if "T02:30" in row["start"]]
    assert starts == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
    assert to_us(twice[1]) - to_us(twice[0]) == 3_600_000_000
