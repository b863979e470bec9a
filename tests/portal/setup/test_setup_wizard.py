"""From an empty account to a complete one, step by step, as a person goes (C1, C2, manual 4.2)."""

import pytest
from setup_home import OLGA, SetupHome
from starlette.testclient import TestClient

from laadboek.energy.contract import DayNight, Dynamic, Fixed
from laadboek.store import accounts, audit

ADDRESS = {"name": "Home", "street": "Dorpsstraat 1", "postcode": "1234ab", "town": "Ons Dorp", "country": "NL"}
CONTRACT = {"kind": "fixed", "price_price": "0,28", "taxes": "all", "feed_in": "usual", "fuse": "3x25"}
SUN = {"has_solar": "yes", "peak_1": "4,2", "azimuth_1": "180", "tilt_1": "35", "has_meter": "yes"}


def walk(client: TestClient) -> None:
    """The steps that ask about the location."""
    for step, form in (("location", ADDRESS), ("contract", CONTRACT), ("sun", SUN)):
        assert client.post(f"/setup/{step}", data=form).status_code == 303, step


def test_the_wizard_leads_from_an_empty_account_to_a_charger(home: SetupHome) -> None:
    alice = home.browser()
    page = alice.get("/setup")
    assert page.status_code == 200 and "1 of 7 steps done" in page.text
    assert 'href="/setup/location" aria-current="step"' in page.text
    assert alice.post("/setup/location", data=ADDRESS).headers["location"] == "/setup/contract"
    assert alice.post("/setup/contract", data=CONTRACT).headers["location"] == "/setup/sun"
    assert alice.post("/setup/sun", data=SUN).headers["location"] == "/setup/charger"
    added = alice.post("/chargers/add/simulated", data={"name": "Driveway", "next": "/setup/charger"})
    assert added.headers["location"] == "/setup/charger"
    for step in ("account", "location", "contract", "sun", "charger", "drivers", "platform"):
        assert alice.get(f"/setup/{step}").status_code == 200, step
    config = home.site().config
    assert (config.postcode, config.roofs[0].peak_w, config.phases) == ("1234AB", 4_200, 3)
    assert (config.circuits[0].limit_ma, config.has_meter, config.latitude) == (25_000, True, 52.1)
    assert isinstance(config.contract, Fixed) and config.contract.energy[0].value == 280_000


def test_an_empty_house_points_to_the_wizard(home: SetupHome) -> None:
    assert 'href="/setup"' in home.browser().get("/").text


def test_the_wizard_is_taken_up_where_it_was_left_after_a_restart(home: SetupHome) -> None:
    alice = home.browser()
    alice.post("/setup/location", data=ADDRESS)
    home.start()
    alice = home.browser()
    assert 'href="/setup/contract" aria-current="step"' in alice.get("/setup").text
    assert 'value="Dorpsstraat 1"' in alice.get("/setup/location").text  # back works, nothing is lost


def test_nothing_that_was_typed_is_lost_when_a_part_does_not_fit(home: SetupHome) -> None:
    alice = home.browser()
    answer = alice.post("/setup/location", data=ADDRESS | {"postcode": "12345", "street": '"><b>Straat 1'})
    assert answer.status_code == 422
    assert (
        "12345 is no postcode. Netherlands: for example 1234 AB." in answer.text
        and 'id="postcode-wrong"' in answer.text
    )
    assert "&lt;b&gt;Straat 1" in answer.text and "<b>Straat" not in answer.text
    empty = alice.post("/setup/location", data={"name": "Home", "country": "NL"})
    assert empty.status_code == 422 and empty.text.count("This is needed.") == 3


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Choose what kind of contract"),
        ({"kind": "fixed", "fuse": "3x25"}, "The price is missing"),
        ({**CONTRACT, "price_price": "a lot"}, "a lot is no number"),
        ({**CONTRACT, "price_price": "NaN"}, "NaN is no number"),
        ({**CONTRACT, "price_price": "1e99"}, "1e99 is no number"),
        ({**CONTRACT, "price_price": "9" * 400}, "is no number"),
        ({**CONTRACT, "price_price": "28"}, "5"),
        ({**CONTRACT, "fuse": ""}, "Choose the fuse"),
        ({**CONTRACT, "fuse": "other"}, "write its amperes"),
        ({**CONTRACT, "fuse": "other", "fuse_a": "1"}, "The fuse main must be"),
        ({**CONTRACT, "since": "yesterday"}, "date"),
        ({**CONTRACT, "price_source": "rumour"}, "There is no source rumour"),
        ({**CONTRACT, "price_source": "energyzero", "price_zone": "BE"}, "BE"),
        ({**CONTRACT, "kind": "barter"}, "There is no contract of that kind"),
    ],
)
def test_a_contract_that_cannot_be_is_told_at_its_field(home: SetupHome, form: dict[str, str], said: str) -> None:
    alice = home.browser()
    alice.post("/setup/location", data=ADDRESS)
    answer = alice.post("/setup/contract", data=form)
    assert answer.status_code in (409, 422) and said in answer.text
    assert home.site().config.contract is None


def test_day_and_night_and_dynamic_contracts_are_kept_as_they_were_entered(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    day_night = {
        "kind": "day_night",
        "day_price": "0,30",
        "night_price": "0,27",
        "calendar": "NL-south",
        "taxes": "all",
    }
    alice.post("/setup/contract", data=day_night | {"fuse": "1x40"})
    config = home.site().config
    assert isinstance(config.contract, DayNight) and (config.phases, config.circuits[0].limit_ma) == (1, 40_000)
    page = alice.get(f"/sites/{home.site().public_id}/contract").text
    assert 'value="0.3"' in page and '<option value="1x40" selected>' in page
    dynamic = {"kind": "dynamic", "price_source": "entsoe", "price_token": "very-secret-token", "fuse": "3x25"}
    alice.post("/setup/contract", data=dynamic)
    site = home.site()
    assert isinstance(site.config.contract, Dynamic) and site.secret is not None
    page = alice.get("/setup/contract").text
    assert "very-secret-token" not in page and "There is one already" in page
    alice.post("/setup/contract", data={**dynamic, "price_token": "", "forget_price_token": "yes"})
    assert home.site().secret is None


def test_a_country_brings_its_clock_its_place_and_its_price_zone(home: SetupHome) -> None:
    alice = home.browser()
    alice.post("/setup/location", data=ADDRESS | {"country": "PT", "postcode": "1000-001"})
    config = home.site().config
    assert (config.latitude, config.price_zone) == (39.6, "PT")
    account = home.database.read(lambda db: accounts.by_id(db, home.account_id))
    assert account is not None and account.time_zone == "Europe/Lisbon"
    azores = {"country": "PT", "postcode": "9500-001", "time_zone": "Atlantic/Azores"}
    alice.post("/setup/location", data=ADDRESS | azores | {"latitude": "37,7", "longitude": "-25,7"})
    account = home.database.read(lambda db: accounts.by_id(db, home.account_id))
    assert account is not None and account.time_zone == "Atlantic/Azores"
    assert (home.site().config.latitude, home.site().config.longitude) == (37.7, -25.7)
    answer = alice.post("/setup/location", data=ADDRESS | {"time_zone": "Mars/Olympus"})
    assert answer.status_code == 422 and "There is no time zone Mars/Olympus" in answer.text


def test_optional_steps_wait_and_the_others_do_not(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    assert alice.post("/setup/drivers/later").headers["location"] == "/setup/platform"
    assert alice.post("/setup/platform/later").headers["location"] == "/setup"
    home.start()
    alice = home.browser()
    page = alice.get("/setup").text
    assert page.count("later</span>") == 2
    assert alice.post("/setup/location/later").status_code == 409
    assert alice.post("/setup/nonsense/later").status_code == 422
    assert alice.get("/setup/nonsense").status_code == 404
    alice.post("/setup/drivers/later", data={"again": "yes"})
    assert alice.get("/setup").text.count("later</span>") == 1
    whats = [row.what for row in home.database.read(lambda db: audit.of_account(db, home.account_id))]
    assert whats.count("setup.said") == 3


def test_an_installer_sets_up_but_sees_no_drivers(home: SetupHome) -> None:
    olga = home.member(OLGA)
    walk(olga)
    assert olga.post("/chargers/add/simulated", data={"name": "Driveway"}).status_code == 303
    assert "The owner of the account adds the drivers." in olga.get("/setup/drivers").text
    assert olga.post("/setup/tags/drv_1").status_code == 403


def test_who_wants_a_later_step_too_early_is_told_why_they_see_another(home: SetupHome) -> None:
    alice, said = home.browser(), "First the address: the other steps are about what is there."
    answer = alice.get("/setup/sun")
    assert answer.status_code == 303
    assert said in alice.get(answer.headers["location"]).text
    assert said not in alice.get("/setup/location").text
    alice.post("/setup/location", data=ADDRESS)
    assert said not in alice.get(answer.headers["location"]).text
