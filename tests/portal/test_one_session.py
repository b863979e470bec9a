"""One session's page and its odometer; the list by driver and charger; files and schedules through pages and API."""

import csv
import io

import pytest
from portal_house import House
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.portal.sessions.session_page import kilometres
from laadboek.reasons import Refused
from laadboek.store import ledger
from laadboek.store.verify import verify


def test_a_session_shows_its_evidence_and_who_changed_what(alice: TestClient, house: House) -> None:
    alice.post(f"/sessions/{house.session}/kind", data={"kind": "private", "place": "session"})
    text = alice.get(f"/sessions/{house.session}").text
    head = house.database.read(lambda db: ledger.head(db, house.charger))
    assert head.hash.hex() in text and f"{house.charger} {head.seq}" in text
    assert "Changed from Business to Private" in text and "· Alice" in text
    assert "Ended, and written into the ledger" in text
    assert "18.24\N{NO-BREAK SPACE}kWh" in text and "not measured" in text
    assert "unknown: no price was known when it ended" in text


def test_an_odometer_is_an_entry_and_stands_in_the_file(alice: TestClient, house: House) -> None:
    answer = alice.post(f"/sessions/{house.session}/odometer", data={"odometer_km": "41 200"})
    assert answer.headers["location"] == f"/sessions/{house.session}#odometer"
    text = alice.get(f"/sessions/{house.session}").text
    assert "41,200 km" in text and 'value="41200"' in text
    row = next(csv.DictReader(io.StringIO(alice.get("/sessions.csv?dialect=machine").text)))
    assert (row["session_id"], row["odometer_km"]) == (house.session, "41200")
    assert house.database.read(verify) == []


def test_less_than_before_is_asked_about_once_more(alice: TestClient, house: House) -> None:
    earlier = next(row for row in listed(alice, "period=month") if row["kind"] == "business" and row["ended_at"])
    assert put(alice, earlier["session_id"], 50_000).status_code == 200
    form = {"odometer_km": "41200"}
    refused = alice.post(f"/sessions/{house.session}/odometer", data=form)
    assert refused.status_code == 422
    assert "41,200 km is less than the 50,000 km" in refused.text and 'name="sure"' in refused.text
    assert alice.post(f"/sessions/{house.session}/odometer", data=form | {"sure": "yes"}).status_code == 303
    problem = put(alice, earlier["session_id"], 60_000)
    assert (problem.status_code, problem.json()["code"]) == (409, "odometer.higher")
    assert put(alice, earlier["session_id"], 60_000, sure=True).json()["odometer_km"] == 60_000


def test_a_private_session_has_no_odometer_and_a_wrong_one_is_refused(alice: TestClient, house: House) -> None:
    private = next(row for row in listed(alice, "kind=private") if row["ended_at"])
    assert put(alice, private["session_id"], 5).json()["code"] == "odometer.private"
    for km in (-1, 10_000_000):
        assert put(alice, house.session, km).status_code == 422
    assert put(alice, house.session, None).json()["odometer_km"] is None


@pytest.mark.parametrize(("typed", "km"), [("41200", 41_200), ("41.200", 41_200), (" 41 200 ", 41_200), ("", None)])
def test_people_write_kilometres_in_their_ways(typed: str, km: int | None) -> None:
    assert kilometres(typed) == km


@pytest.mark.parametrize("typed", ["41200 km", "-5", "٤١", "1" * 13])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        kilometres(typed)


def test_the_list_goes_on_where_it_stopped(alice: TestClient) -> None:
    whole = [row["session_id"] for row in listed(alice, "period=year")]
    first = alice.get("/api/v1/sessions?period=year&limit=20").json()
    rest = alice.get(f"/api/v1/sessions?period=year&limit=20&after={first['next']}").json()
    assert [row["session_id"] for row in first["sessions"] + rest["sessions"]] == whole
    assert rest["next"] is None and first["count"] == rest["count"] == len(whole) - 1
    assert alice.get("/sessions?period=year&after=nonsense").status_code == 422


def test_the_list_of_one_charger_is_its_own(alice: TestClient, house: House) -> None:
    mine = alice.get(f"/api/v1/sessions?period=year&charger={house.charger}").json()
    assert mine["count"] == 28
    foreign = alice.get(f"/api/v1/sessions?period=year&charger={house.foreign_charger}").json()
    assert (foreign["sessions"], foreign["business_wh"]) == ([], 0)


@pytest.mark.parametrize(("format", "begins"), [("xlsx", b"PK"), ("pdf", b"%PDF-"), ("csv", b"\xef\xbb\xbf")])
def test_a_file_of_the_shown_period_is_kept_by_nobody(alice: TestClient, format: str, begins: bytes) -> None:
    answer = alice.get(f"/sessions.{format}?period=week&kind=business")
    assert answer.content.startswith(begins)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="charging-sessions-2026-11-23-week.{format}"'
    )
    same = alice.get(f"/api/v1/sessions/file?period=week&kind=business&format={format}")
    assert same.headers["content-disposition"] == answer.headers["content-disposition"]


def test_the_list_and_the_file_hold_the_same_sessions(alice: TestClient) -> None:
    file = list(csv.DictReader(io.StringIO(alice.get("/sessions.csv?period=year&dialect=machine").text)))
    assert [row["session_id"] for row in file] == [row["session_id"] for row in listed(alice, "period=year")]


def test_a_chart_is_a_table_as_well(alice: TestClient) -> None:
    text = alice.get("/sessions?period=week").text
    assert "The chart as a table" in text and '<th scope="row">Mon 23 Nov</th>' in text


def test_schedules_are_asked_of_the_process(alice: TestClient, bus: Bus) -> None:
    asked = []

    async def answer(question: object) -> object:
        asked.append(question)
        raise Refused("export.no_folder")

    bus.serve("exports", answer)
    form = {"kind": "folder", "address": "books", "every": "month", "format": "csv", "hour": "6", "language": "nl"}
    page = alice.post("/sessions/exports", data=form)
    assert page.status_code == 422 and "LAADBOEK_EXPORT_FOLDER" in page.text and 'value="books"' in page.text
    assert asked[0].address == "books" and asked[0].hour == 6
    assert alice.get("/api/v1/exports").json() == {"schedules": []}
    assert "Nothing yet." in alice.get("/sessions/exports").text


def listed(client: TestClient, query: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = client.get(f"/api/v1/sessions?{query}&limit=1000").json()["sessions"]
    assert rows
    return rows


def put(client: TestClient, session_id: object, km: int | None, *, sure: bool = False):  # type: ignore[no-untyped-def]
    return client.put(f"/api/v1/sessions/{session_id}/odometer", json={"odometer_km": km, "sure": sure})
