"""Ready to bill? What is missing, with its reason and the way to put it right (C1-C5)."""

from msgspec.structs import replace
from setup_home import OLGA, SetupHome
from test_setup_chargers import add, driver, own_platform
from test_setup_wizard import walk

from laadboek.actions.actor import Actor
from laadboek.actions.setup_checklist import Check, Known, checklist
from laadboek.facts import Kind
from laadboek.live import LiveLink
from laadboek.reasons import Reason
from laadboek.store import chargers, id_tags, links
from laadboek.store.connection import Connection
from laadboek.store.id_tags import IdTagRow
from laadboek.store.links import NewLink


def ask(home: SetupHome) -> dict[str, object]:
    answer = home.browser().get("/api/v1/setup").json()
    return {check["what"]: check["why"]["code"] if check["why"] else check["done"] for check in answer["checks"]}


def test_an_empty_account_lacks_a_charger_first_of_all(home: SetupHome) -> None:
    assert ask(home) == {"email": True, "charger": "ready.no_charger", "clock": True}


def test_each_thing_that_is_missing_has_its_reason_and_its_way(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    home.wait(seconds=3)
    assert ask(home) == {
        "email": True,
        "location": "location.none",
        "reached": True,
        "settings_pin": "ready.factory_pin",
        "identified": "ready.nobody_identified",
        "platform": "ready.no_link",
        "clock": True,
    }
    page = alice.get("/setup").text
    assert f'href="/chargers/{charger_id}/setup#settings-pin"' in page
    assert f'href="/chargers/{charger_id}/platforms?next=/setup"' in page


def test_all_that_a_person_does_shows_at_once(home: SetupHome) -> None:
    alice = home.browser()
    walk(alice)
    charger_id = add(alice)
    home.database.run(lambda db: driver(db, home, charger_id, b"mac"))
    pin = {"settings_pin": "90210", "settings_pin_again": "90210"}
    alice.post(f"/chargers/{charger_id}/settings-pin", data=pin)
    home.wait(seconds=3)
    found = ask(home)
    assert (found["location"], found["settings_pin"], found["identified"]) == (True, True, True)
    assert found["tag"] == "ready.tag_not_handed_over"
    assert alice.post("/setup/tags/drv_1").status_code == 303
    assert ask(home)["tag"] is True
    assert alice.post("/setup/tags/drv_0").status_code == 404
    alice.post("/setup/tags/drv_1", data={"done": "no"})
    assert ask(home)["tag"] == "ready.tag_not_handed_over"
    assert "drv_1" not in home.member(OLGA).get("/setup").text  # no driver's name for an installer


def test_plug_and_play_counts_when_its_sessions_are_business(home: SetupHome) -> None:
    alice = home.browser()
    charger_id = add(alice)
    alice.post(f"/chargers/{charger_id}/settings/access", data={"OwnTagKind": "business"})
    assert ask(home)["identified"] is True


def test_a_platform_is_fine_when_it_accepts_not_when_a_socket_is_open(home: SetupHome) -> None:
    charger_id = add(home.browser())
    home.wait(seconds=3)
    home.database.run(lambda db: _link(db, home, charger_id))
    live = home.bus.latest(f"charger.{charger_id}.live")
    assert live is not None

    def check(state: str, why: Reason | None = None) -> Check:
        link = LiveLink(link_id="lnk_1", charge_box_id="LB-1", state=state, why=why)
        known = Known(live={charger_id: replace(live, links=(link,))})
        actor = _actor(home)
        found = home.database.read(lambda db: checklist(db, actor, known, home.world.now))
        return next(one for one in found if one.what == "platform")

    assert check("online").done
    for state in ("connecting", "booting", "pending", "rejected", "waiting", "refused"):
        assert check(state).why == Reason("ready.not_accepted", {"charge_box_id": "LB-1"}), state
    assert check("waiting", Reason("link.tls")).why == Reason("link.tls")


def _link(db: Connection, home: SetupHome, charger_id: str) -> None:
    row = chargers.by_public_id(db, home.account_id, charger_id)
    assert row is not None
    new = NewLink(
        public_id="lnk_1", position=1, role="report", backend_uri="wss://example.org/", charge_box_id="LB-1",
        user_name="LB-1",
    )  # fmt: skip
    links.create(db, home.account_id, row.id, new, 0, home.world.now)


def _actor(home: SetupHome) -> Actor:
    return Actor(account_id=home.account_id, name="usr_a", time_zone="Europe/Amsterdam", language="en")


def test_a_charger_of_its_own_is_fine_once_it_was_heard(home: SetupHome) -> None:
    alice = home.browser()
    alice.post("/chargers/add/ocpp", data={"charge_box_id": "WALLBOX-1"})
    assert ask(home)["connected"] == "ready.never_heard"
    now = int(home.world.now.timestamp() * 1_000_000)

    def heard(db: Connection, at_us: int) -> None:
        db.run("UPDATE charge_points SET last_seen_at = ? WHERE charge_box_id = 'WALLBOX-1'", (at_us,))

    hour = 3_600 * 1_000_000
    home.database.run(lambda db: heard(db, now - hour + 1))
    assert ask(home)["connected"] is True
    home.database.run(lambda db: heard(db, now - hour))
    assert ask(home)["connected"] == "ready.not_connected"


def test_our_own_platform_knows_the_tags_by_itself_and_no_other_does(home: SetupHome) -> None:
    charger_id = add(home.browser())

    def settle(db: Connection) -> None:
        driver(db, home, charger_id, b"mac")
        own_platform(db, home, charger_id)
        id_tags.save(db, home.account_id, IdTagRow(id_tag="LB01", kind=Kind.BUSINESS), home.world.now)

    def tag() -> Check:
        found = home.database.read(lambda db: checklist(db, _actor(home), Known(), home.world.now))
        return next(one for one in found if one.what == "tag")

    home.database.run(settle)
    assert tag().done
    home.database.run(lambda db: db.run("UPDATE links SET charge_box_id = 'EMPLOYER-1'"))
    assert not tag().done
