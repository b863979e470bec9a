"""A file of drivers in and out: as spreadsheets write it, looked at first, all or none, bounded (docs/drivers.md)."""

import csv
import io
import re

import pytest
from portal_house import House
from starlette.testclient import TestClient

from laadboek.actions.drivers import sheet
from laadboek.reasons import Refused
from laadboek.store import accounts, drivers
from laadboek.store.connection import Connection

TEN_PEOPLE = "name;kind;mode\r\n" + "".join(f"Driver {n};private;eco\r\n" for n in range(10))


def look(client: TestClient, content: str | bytes) -> str:
    """What would happen, as the page tells it."""
    answer = client.post("/drivers/import", files={"file": ("drivers.csv", content, "text/csv")})
    assert answer.status_code in (200, 422), answer.text
    return str(answer.text)


def token(page: str) -> str:
    return re.findall(r'name="token" value="(\w+)"', page)[0]


def names(house: House) -> list[str]:
    def read(db: Connection) -> list[str]:
        return [row.name for account in accounts.all(db) for row in drivers.of_account(db, account.id)]

    return house.database.run(read)


def rehearse(client: TestClient, text: str, *, keep: bool = False) -> dict[str, list[dict[str, str]]]:
    answer = client.post("/api/v1/drivers/import", json={"csv": text, "rehearsal": not keep})
    assert answer.status_code == 200, answer.text
    found: dict[str, list[dict[str, str]]] = answer.json()
    return found


def test_a_look_changes_nothing_and_the_word_takes_all(alice: TestClient, house: House) -> None:
    page = look(alice, TEN_PEOPLE)
    assert "This is what will happen" in page and "10 PINs are made" in page
    assert names(house) == []
    done = alice.post("/drivers/import", data={"token": token(page)})
    assert done.status_code == 303 and done.headers["location"] == "/drivers/imported?new=10&changed=0&pins=10"
    assert len(names(house)) == 10
    assert "Download 10 PINs" in alice.get(done.headers["location"]).text
    pins = alice.post("/drivers/made-pins.csv")
    handed = list(csv.DictReader(io.StringIO(pins.content.decode("utf-8-sig"))))
    assert pins.headers["cache-control"] == "no-store"
    assert [len(row["pin"]) for row in handed] == [5] * 10 and len({row["pin"] for row in handed}) == 10
    assert alice.post("/drivers/made-pins.csv").status_code == 409, "once"
    again = alice.post("/drivers/import", data={"token": token(page)})
    assert again.status_code == 422 and len(names(house)) == 10, "a file is taken once"


def test_what_goes_out_comes_back_unchanged_and_holds_no_pin(alice: TestClient, house: House) -> None:
    text = (
        "name,pin,kind,mode,chargers,valid_from,valid_until,hours,budget_kwh,budget_span,id_tag,blocked\n"
        f"=HYPERLINK(1),90574,private,eco,{house.charger},"
        "2026-11-01,2027-01-31,mo-fr 07:00-19:00,250.5,week,Card-1,no\n"
        "Eve,none,business,fast,all,,,,,,-TAG,yes\n"
        "Dave,81360,business,eco_plus,Driveway,,,,,,,\n"
    )
    assert rehearse(alice, text, keep=True)["kept"]
    out = alice.get("/api/v1/drivers/export").text
    assert "90574" not in out and "pin" not in out.splitlines()[0].split(",")
    assert "'=HYPERLINK" in out and "'-TAG" in out
    report = rehearse(alice, out)
    assert [row["outcome"] for row in report["rows"]] == ["same"] * 3
    for_people = alice.get("/drivers.csv").content
    assert for_people.startswith(b"\xef\xbb\xbf")
    assert "3</dd>" in look(alice, for_people)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("cp1252"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace(";", "\t").encode("utf-16"),
        lambda text: text.replace(";", ",").encode(),
        lambda text: ("sep=;\r\n" + text).encode(),
        lambda text: text.replace("\r\n", "\n").encode(),
        lambda text: text.replace("Zoë", '"Zoë"').encode(),
    ],
)
def test_every_spreadsheet_writes_differently(encode) -> None:  # type: ignore[no-untyped-def]
    [line] = sheet.read(encode("Name;KIND\r\nZoë;private\r\n;\r\n"))
    assert line == sheet.Line(2, {"name": "Zoë", "kind": "private"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "sheet.bad_heading"),
        ("name;colour\nBob;red\n", "sheet.bad_heading"),
        ("kind\nprivate\n", "sheet.bad_heading"),
        ("name;name\nBob;Bob\n", "sheet.heading_twice"),
        ('name\n"Bob', "sheet.unreadable"),
        ("name\n" + "Bob\n" * 5_001, "sheet.too_long"),
        ("name\n" + "B" * 1_000_001, "sheet.too_long"),
    ],
)
def test_what_is_no_such_table_is_refused_as_a_whole(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        sheet.read(text.encode())
    assert caught.value.reason.code == code


def test_the_report_says_row_by_row_why(alice: TestClient, house: House) -> None:
    text = (
        "name,pin,kind,chargers,valid_from,hours,budget_kwh,budget_span,id_tag,blocked\n"
        "Fine,,,,,,,,,\n"
        "Weak,12345,,,,,,,,\n"
        "Letters,abc,,,,,,,,\n"
        "Kind,,zakelijk,,,,,,,\n"
        "Where,,,Nowhere,,,,,,\n"
        "Day,,,,31-1-2027,,,,,\n"
        "Hours,,,,,always,,,,\n"
        "Much,,,,,,lots,,,\n"
        "Span,,,,,,10,century,,\n"
        "Not,,,,,,NaN,,,\n"
        "Tag,,,,,,,,a tag of more than twenty,\n"
        "Maybe,,,,,,,,,perhaps\n"
        "fine,,,,,,,,,\n"
        ",48213,,,,,,,,\n"
    )
    report = rehearse(alice, text, keep=True)
    assert not report["kept"] and names(house) == []
    assert [row["code"] for row in report["rows"]] == [
        None,
        "pin.weak",
        "driver.bad_pin",
        "sheet.bad_cell",
        "sheet.bad_cell",
        "sheet.bad_cell",
        "driver.bad_hours",
        "sheet.bad_cell",
        "sheet.bad_cell",
        "sheet.bad_cell",
        "id_tag.bad",
        "sheet.bad_cell",
        "sheet.name_twice",
        "driver.bad_name",
    ]
    assert all(row["title"] for row in report["rows"] if row["code"])
    assert [row["row"] for row in report["rows"]] == list(range(2, 16))
    assert "cannot be taken" in look(alice, text)


def test_a_known_tag_is_changed_and_what_the_file_lacks_stays(alice: TestClient, house: House) -> None:
    rehearse(alice, "name,id_tag,budget_kwh\nBob,CARD,100\nEve,OTHER,\n", keep=True)
    text = "name,id_tag,mode,pin\nBobby,card,eco,90574\nEve,OTHER,,none\nBobby,CARD,,\n"
    report = rehearse(alice, text)
    assert [(row["outcome"], row["changed"]) for row in report["rows"]][:2] == [
        ("changed", ["mode", "name", "pin"]),
        ("changed", ["pin"]),
    ]
    assert report["rows"][2]["code"] == "sheet.driver_twice"
    report = rehearse(alice, "\n".join(text.splitlines()[:3]), keep=True)
    assert report["kept"] and report["pins"] == []
    [bob, eve] = alice.get("/api/v1/drivers").json()["drivers"]
    assert (bob["name"], bob["mode"], bob["budget"]["limit_wh"]) == ("Bobby", "eco", 100_000)
    assert not eve["chargers"][0]["has_pin"]


def test_the_same_pin_twice_in_a_file(alice: TestClient, house: House) -> None:
    report = rehearse(alice, "name,pin\nBob,90574\nEve,90574\n")
    assert [row["code"] for row in report["rows"]] == [None, "driver.pin_taken"]


def test_a_whole_company_comes_in_one_file(alice: TestClient, house: House) -> None:
    text = "name,kind\n" + "".join(f"Driver {n:04},business\n" for n in range(1_000))
    report = rehearse(alice, text, keep=True)
    pins = [one["pin"] for one in report["pins"]]
    assert report["kept"] and len(set(pins)) == 1_000
    assert {len(pin) for pin in pins} == {5, 6, 7}, "the more there are, the longer"


def test_a_stranger_takes_nobodys_file(alice: TestClient, house: House) -> None:
    page = look(alice, TEN_PEOPLE)
    alice.cookies.clear()
    assert alice.post("/drivers/import", data={"token": token(page)}).status_code == 303  # to the sign-in
    assert names(house) == []
