"""The page of a location: what it says, who may change it, where its chargers hang, prices from a file (C2)."""

from setup_home import BOB, SetupHome
from test_setup_chargers import add
from test_setup_wizard import ADDRESS, walk

from laadboek.site.config import MAIN
from laadboek.store import chargers
from people import CHARLIE


def test_the_only_location_is_shown_at_once_with_all_that_is_known(home: SetupHome) -> None:
    alice = home.browser()
    assert alice.get("/location").headers["location"] == "/location/new"
    walk(alice)
    site_id = home.site().public_id
    assert alice.get("/location").headers["location"] == f"/sites/{site_id}"
    page = alice.get(f"/sites/{site_id}").text
    for words in (
        "Dorpsstraat 1",
        "1234AB Ons Dorp",
        "Netherlands",
        "One fixed price",
        "4.2",
        "This location is complete.",
    ):
        assert words in page, words
    assert "3 × 25" in page


def test_a_second_location_makes_a_list_of_them(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    made = alice.post("/location/new", data=ADDRESS | {"name": "Holiday house", "street": "Duinweg 2"})
    assert made.headers["location"].startswith("/sites/sit_")
    page = alice.get("/location").text
    assert "Holiday house" in page and "Home" in page
    assert "Still missing:" in alice.get(made.headers["location"]).text


def test_a_charger_hangs_behind_a_fuse_of_the_garage(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    charger_id, site_id = add(alice), home.site().public_id
    more = {"fuse_name_1": "Garage", "fuse_a_1": "16", "month_peak_w": "5", "safe_ma": "6"}
    assert alice.post(f"/sites/{site_id}/more", data=more).status_code == 303
    config = home.site().config
    assert [(one.circuit_id, one.limit_ma) for one in config.circuits] == [(MAIN, 25_000), ("fuse-1", 16_000)]
    assert config.month_peak_w == 5_000
    place = {"circuit_id": "fuse-1", "rotation": "STR", "priority": "2"}
    assert alice.post(f"/sites/{site_id}/chargers/{charger_id}", data=place).status_code == 303
    [member] = home.site().config.members
    assert (member.circuit_id, member.rotation, member.priority) == ("fuse-1", "STR", 2)
    for wrong in ({"rotation": "XYZ"}, {"circuit_id": "attic"}, {"priority": "first"}):
        assert alice.post(f"/sites/{site_id}/chargers/{charger_id}", data=place | wrong).status_code == 422
    far = alice.post(f"/sites/{site_id}/more", data=more | {"interval_s": "9999999"})
    assert far.status_code == 422 and 'id="interval_s-wrong"' in far.text
    alice.post(f"/sites/{site_id}/contract", data={"kind": "fixed", "price_price": "0.3", "fuse": "1x40"})
    assert [one.circuit_id for one in home.site().config.circuits] == [MAIN, "fuse-1"]  # other fuses stay


def test_prices_are_read_from_a_file_where_they_come_from_one(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    site_id = home.site().public_id
    contract = {"kind": "dynamic", "price_source": "csv", "price_zone": "NL", "fuse": "3x25"}
    alice.post(f"/sites/{site_id}/contract", data=contract)
    assert "File with prices (CSV)" in alice.get(f"/sites/{site_id}").text
    lines = "starts_at,eur_per_kwh\n2026-03-02T20:00:00+01:00,0.10\n2026-03-02T21:00:00+01:00,0.12\n"
    read = alice.post(f"/sites/{site_id}/prices", files={"file": ("prices.csv", lines.encode(), "text/csv")})
    assert read.status_code == 200 and "8 quarter-hours" in read.text
    for bad in (b"\xff\xfe\x00", b"price\n1\n", b""):
        assert alice.post(f"/sites/{site_id}/prices", files={"file": ("x.csv", bad, "text/csv")}).status_code >= 400
    assert alice.post(f"/sites/{site_id}/prices").status_code == 422


def test_the_household_reads_and_a_stranger_finds_nothing(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    site_id = home.site().public_id
    bob = home.member(BOB)
    page = bob.get(f"/sites/{site_id}")
    assert page.status_code == 200 and "/address" not in page.text
    assert bob.get(f"/sites/{site_id}/address").status_code == 403
    assert bob.post(f"/sites/{site_id}/address", data=ADDRESS).status_code == 403
    charlie = home.browser(CHARLIE)
    for path in (f"/sites/{site_id}", f"/sites/{site_id}/address"):
        assert charlie.get(path).status_code == 404
    assert charlie.post(f"/sites/{site_id}/address", data=ADDRESS).status_code == 404
    assert alice.get(f"/sites/{site_id}/nonsense").status_code == 404


def test_a_location_goes_when_no_charger_stands_there_any_more(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    site_id = home.site().public_id
    charger_id = add(alice)
    refused = alice.post(f"/sites/{site_id}/remove")
    assert refused.status_code == 409 and "A charger still stands at" in refused.text
    page = alice.get(f"/sites/{site_id}").text
    assert f"/sites/{site_id}/remove" not in page
    for one in [
        charger_id,
        *[row.public_id for row in home.database.read(chargers.all) if row.public_id != charger_id],
    ]:
        assert alice.post(f"/chargers/{one}/remove").status_code == 303
    assert f"/sites/{site_id}/remove" in alice.get(f"/sites/{site_id}").text
    assert home.bus.latest(f"site.{site_id}.live") is not None
    assert "Remove this location" in alice.get(f"/sites/{site_id}/remove").text
    assert alice.post(f"/sites/{site_id}/remove").headers["location"] == "/chargers"
    assert alice.get(f"/sites/{site_id}").status_code == 404
    assert home.bus.latest(f"site.{site_id}.live") is None and len(home.fleet.sites) == 0
