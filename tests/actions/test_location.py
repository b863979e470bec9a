"""What a location needs before it is complete (C1, C2)."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from laadboek.actions import location, sites
from laadboek.actions.actor import Actor
from laadboek.actions.sites import SiteChange, Standing
from laadboek.energy.contract import Dynamic
from laadboek.energy.sun import Roof
from laadboek.reasons import Refused
from laadboek.site.config import Circuit, SiteConfig
from laadboek.store import accounts, chargers
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
WHOLE = SiteConfig(
    street="Dorpsstraat 1",
    postcode="1234 AB",
    town="Ons Dorp",
    contract=Dynamic(),
    circuits=(Circuit(circuit_id="main", limit_ma=25_000),),
    has_solar=False,
    has_meter=False,
)


def codes(config: SiteConfig) -> list[str]:
    return [reason.code for reason in location.missing_of(config)]


def test_nothing_is_missing_where_all_is_said() -> None:
    assert codes(WHOLE) == []


@pytest.mark.parametrize(
    ("without", "code"),
    [
        ({"street": ""}, "location.no_address"),
        ({"postcode": ""}, "location.no_address"),
        ({"town": ""}, "location.no_address"),
        ({"contract": None}, "location.no_contract"),
        ({"circuits": ()}, "location.no_main_fuse"),
        ({"circuits": (Circuit(circuit_id="garage", limit_ma=16_000),)}, "location.no_main_fuse"),
        ({"has_solar": None}, "location.no_word_of_sun"),
        ({"has_meter": None}, "location.no_word_of_meter"),
    ],
)
def test_each_part_is_needed(without: dict[str, object], code: str) -> None:
    assert codes(replace(WHOLE, **without)) == [code]


def test_who_names_a_roof_has_answered_whether_there_is_one() -> None:
    assert codes(replace(WHOLE, has_solar=None, roofs=(Roof(peak_w=4_000),))) == []


def test_an_empty_location_lacks_everything_in_the_order_in_which_it_is_asked() -> None:
    assert codes(SiteConfig()) == [
        "location.no_address",
        "location.no_contract",
        "location.no_main_fuse",
        "location.no_word_of_sun",
        "location.no_word_of_meter",
    ]


@pytest.fixture
def database() -> InlineDatabase:
    return InlineDatabase(":memory:")


def owner(db: Connection, name: str) -> Actor:
    account_id = accounts.create(db, f"acc_{name}", name, "Europe/Amsterdam", "nl", NOW)
    chargers.create(db, account_id, f"chg_{name}", "Driveway", "simulated", {}, NOW)
    return Actor(account_id=account_id, name=f"usr_{name}", time_zone="Europe/Amsterdam", language="nl")


def test_a_charger_lacks_what_its_own_location_lacks(database: InlineDatabase) -> None:
    def story(db: Connection) -> None:
        alice = owner(db, "alice")
        assert [why.code for why in location.missing_parts(db, alice, "chg_alice")] == ["location.none"]
        config = {"street": "Dorpsstraat 1", "postcode": "1234AB", "town": "Ons Dorp", "has_solar": False}
        sites.add(db, alice, "sit_1", SiteChange(name="Home", main_fuse_a=25, contract="dynamic", config=config), NOW)
        sites.stand(db, alice, "chg_alice", Standing(site_id="sit_1"), NOW)
        assert [why.code for why in location.missing_parts(db, alice, "chg_alice")] == ["location.no_word_of_meter"]
        sites.change(db, alice, "sit_1", SiteChange(config={"has_meter": False}), NOW)
        assert location.missing_parts(db, alice, "chg_alice") == ()

    database.run(story)
    database.close()


def test_the_location_of_a_strangers_charger_is_unknown(database: InlineDatabase) -> None:
    def story(db: Connection) -> None:
        alice = owner(db, "alice")
        owner(db, "charlie")
        with pytest.raises(Refused) as refused:
            location.missing_parts(db, alice, "chg_charlie")
        assert refused.value.reason.code == "charger.unknown"

    database.run(story)
    database.close()


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"postcode": "12345"}, "location.bad_postcode"),
        ({"country": "BE", "postcode": "1234 AB"}, "location.bad_postcode"),
        ({"country": "Nederland"}, "location.bad_country"),
        ({"street": "x" * 101}, "location.bad_address"),
        ({"town": "two\nlines"}, "location.bad_address"),
        ({"street": " before it"}, "location.bad_address"),
    ],
)
def test_what_is_no_address_is_refused(database: InlineDatabase, config: dict[str, str], code: str) -> None:
    def story(db: Connection) -> None:
        with pytest.raises(Refused) as refused:
            sites.add(db, owner(db, "alice"), "sit_1", SiteChange(name="Home", config=config), NOW)
        assert refused.value.reason.code == code

    database.run(story)
    database.close()


@pytest.mark.parametrize(
    ("country", "postcode"),
    [("NL", "1234ab"), ("BE", "1000"), ("LU", "L-1234"), ("DE", "01067"), ("GB", "SW1A 1AA"), ("PL", "00-950")],
)
def test_postcodes_are_written_as_their_country_does(database: InlineDatabase, country: str, postcode: str) -> None:
    def story(db: Connection) -> None:
        config = {"country": country, "postcode": postcode}
        made = sites.add(db, owner(db, "alice"), "sit_1", SiteChange(name="Home", config=config), NOW)
        assert made.config.postcode == postcode

    database.run(story)
    database.close()
