"""Settings of a charger and OCPP keys of a link, from the command line and the API of a server that runs."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from served import Served, server

from laadboek.chargepoint.state import decode_state as face_state
from laadboek.charger.settings import KEYS, Settings, values
from laadboek.charger.state import decode_state
from laadboek.store import accounts, audit, chargers, links
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, Reader

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
KEY = "sixteen-or-more-characters"
CHARGER, FOREIGN = "chg_drive00000000000", "chg_charlie000000000"
PATIENCE_S = 60
BEFORE_A_RESTART = {"NoticeAfterMinutes": "15", "PinUnlock": "false"}


def furnish(db: Connection) -> None:
    """The operator's account gets a charger; Charlie, a stranger, has one with a link."""
    account = accounts.all(db)[0]
    config = {"house": False, "quick": True}
    chargers.create(db, account.id, CHARGER, "Drive", "simulated", config, NOW)
    charlie = accounts.create(db, "acc_charlie", "Charlie", "Europe/Amsterdam", "en", NOW)
    theirs = chargers.create(db, charlie, FOREIGN, "Charlie's", "simulated", config, NOW)
    link = links.NewLink(
        public_id="lnk_charlie",
        position=1,
        role="control",
        backend_uri="ws://nobody.invalid/",
        charge_box_id="CHARLIE",
        user_name="CHARLIE",
    )
    links.create(db, charlie, theirs, link, 0, NOW)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("keys")
    with server(folder):
        pass
    with closing(InlineDatabase(folder / "laadboek.db")) as database:
        database.run(furnish)
    with server(folder) as former:
        former.command("chargers", "set", *(f"{name}={value}" for name, value in BEFORE_A_RESTART.items()))
    with server(folder) as running:
        yield running


@pytest.fixture(scope="module")
def link(home: Served, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The charger's link to our own platform, in control of it and online."""
    key_file = tmp_path_factory.mktemp("key") / "key"
    key_file.write_text(KEY)
    assert home.command("charge-points", "add", "DRIVE", "--key-file", str(key_file)).exit_code == 0
    own = f"ws://127.0.0.1:{home.place.ocpp_port}/ocpp/"
    added = home.json("links", "add", "DRIVE", "--uri", own, "--key-file", str(key_file), "--role", "control")
    until = time.monotonic() + PATIENCE_S
    while home.json("links", "status", "DRIVE")[0]["state"] != "online":
        assert time.monotonic() < until
    return str(added["id"])


def now_of(home: Served) -> dict[str, str]:
    return {one["name"]: one["value"] for one in home.json("chargers", "settings")}


def keys_of(home: Served, link: str) -> dict[str, Any]:
    return {one["name"]: one for one in home.json("links", "keys", link)}


def stored(home: Served, read: Callable[[Connection], T]) -> T:
    with closing(Reader(home.data / "laadboek.db")) as database:
        return database.read(read)


def durable(home: Served) -> Settings:
    row = stored(home, lambda db: chargers.by_public_id(db, 1, CHARGER))
    assert row is not None and row.state is not None
    return decode_state(row.state_version, row.state).settings


def noted(home: Served, what: str) -> list[dict[str, str | int | None]]:
    return [row.details for row in stored(home, lambda db: audit.of_account(db, 1)) if row.what == what]


def said(home: Served, *words: str) -> str:
    """What a command that is refused says; nothing is changed by it."""
    done = home.command(*words)
    assert done.exit_code == 2 and not done.stdout, done.output
    return done.stderr.strip()


# --- settings of a charger ---


def test_the_chargers_of_the_account_are_listed(home: Served) -> None:
    assert home.json("chargers", "list") == [{"id": CHARGER, "name": "Drive", "device": "simulated", "connectors": 1}]
    assert CHARGER in home.command("chargers", "list").stdout


def test_every_key_is_shown_with_what_it_takes_and_does(home: Served) -> None:
    shown = home.json("chargers", "settings", "--charger", CHARGER)
    assert [(one["name"], one["allowed"], one["effect"]) for one in shown] == [
        (name, key.allowed, key.effect) for name, key in KEYS.items()
    ]
    assert now_of(home) == values(durable(home))
    assert "A per phase for the whole charger" in home.command("chargers", "settings").stdout


def test_settings_outlast_the_server(home: Served) -> None:
    assert now_of(home).items() >= BEFORE_A_RESTART.items()


def test_several_are_set_at_once_stored_and_noted(home: Served) -> None:
    before = len(noted(home, "charger.settings_chosen"))
    done = home.command("chargers", "set", "LimitA=16", "RandomSmartChargeDelay=60", "DefaultMode=stop")
    assert (done.exit_code, done.stdout) == (0, "DefaultMode = stop\nRandomSmartChargeDelay = 60\nLimitA = 16\n")
    kept = durable(home)
    assert (kept.limit_a, kept.random_delay_s, kept.default_mode.value) == (16, 60, "stop")
    chosen = {"LimitA": "16", "RandomSmartChargeDelay": "60", "DefaultMode": "stop"}
    assert noted(home, "charger.settings_chosen")[before:] == [{"charger": CHARGER, **chosen}]
    until = time.monotonic() + PATIENCE_S
    with home.api() as api:
        while api.get(f"/chargers/{CHARGER}/live").json()["mode"] != "stop":  # nothing charges: the mode follows
            assert time.monotonic() < until


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("LimitA=81",), 422, "setting.bad_value"),
        (("LimitA=-1",), 422, "setting.bad_value"),
        (("LimitA=",), 422, "setting.bad_value"),
        (("FreeCharging=maybe",), 422, "setting.bad_value"),
        (("DefaultMode=turbo",), 422, "setting.bad_value"),
        (("OwnTagKind=both",), 422, "setting.bad_value"),
        (("FreeChargingIdTag=" + "x" * 21,), 422, "setting.bad_value"),
        (("Nonsense=1",), 422, "setting.unknown"),
        (("AuthorizationKey=" + KEY,), 422, "setting.unknown"),
        (("LimitA=20", "NoticeAfterMinutes=1441"), 422, "setting.bad_value"),
        (("LimitA=20", "FreeCharging=false", "DefaultMode=fast"), 409, "setting.pinned"),
        (("FreeCharging=false", "StopTransactionOnEVSideDisconnect=false"), 409, "setting.needs_free_charging"),
    ],
)
def test_what_the_charger_refuses_changes_nothing(home: Served, words: tuple[str, ...], status: int, code: str) -> None:
    """All of it or nothing, with the charger's own reason."""
    before, rows = durable(home), noted(home, "charger.settings_chosen")
    wanted = dict(word.split("=", 1) for word in words)
    with home.api() as api:
        answer = api.patch(f"/chargers/{CHARGER}/settings", json={"settings": wanted})
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    assert said(home, "chargers", "set", *words) == problem["title"].strip()
    assert (durable(home), noted(home, "charger.settings_chosen")) == (before, rows)
    assert now_of(home) == values(before)


def test_the_settings_pin_is_chosen_by_its_owner_and_written_nowhere(home: Served, tmp_path: Path) -> None:
    for pin, words in (("12345", "guessed at once"), ("4444", "5 to 8 digits"), ("4444x", "5 to 8 digits")):
        done = home.command("chargers", "pin", stdin=f"{pin}\n{pin}\n")
        assert done.exit_code == 2 and words in done.stderr, done.output
    assert noted(home, "charger.settings_pin_chosen") == []

    (tmp_path / "pin").write_text("90210\n")
    done = home.command("chargers", "pin", "--pin-file", str(tmp_path / "pin"))
    assert done.exit_code == 0 and "90210" not in done.output, done.output
    assert noted(home, "charger.settings_pin_chosen") == [{"charger": CHARGER}]
    row = stored(home, lambda db: chargers.by_public_id(db, 1, CHARGER))
    assert row is not None and row.state is not None
    kept = decode_state(row.state_version, row.state).settings_pin_mac
    assert kept is not None and b"90210" not in row.state


def test_free_charging_pins_the_default_mode_and_gives_it_back(home: Served) -> None:
    """RULES §3."""
    home.command("chargers", "set", "DefaultMode=fast")
    assert home.command("chargers", "set", "FreeCharging=false").exit_code == 0
    shown = {one["name"]: one for one in home.json("chargers", "settings")}
    assert (shown["DefaultMode"]["value"], shown["DefaultMode"]["held_by"]) == ("stop", "FreeCharging")
    assert {one["held_by"] for one in shown.values()} == {None, "FreeCharging"}
    assert "FreeCharging" in said(home, "chargers", "set", "DefaultMode=fast")
    again = home.json("chargers", "set", "DefaultMode=stop", "FreeCharging=true")
    assert [(one["name"], one["value"], one["held_by"]) for one in again] == [
        ("FreeCharging", "true", None),
        ("DefaultMode", "stop", None),
    ]


def test_reservations_are_taken_once_they_are_turned_on(home: Served, link: str) -> None:
    """§5.13: a charge point that takes none answers Rejected."""
    request = {"connectorId": 1, "expiryDate": "2099-01-01T00:00:00Z", "idTag": "ALICE", "reservationId": 7}

    def reserve() -> str:
        return str(home.json("operations", "run", "DRIVE", "ReserveNow", json.dumps(request))["answer"]["status"])

    assert now_of(home)["Reservations"] == "false"
    assert reserve() == "Rejected"
    assert home.command("chargers", "set", "Reservations=true").exit_code == 0
    assert reserve() == "Accepted"
    cancel = home.json("operations", "run", "DRIVE", "CancelReservation", '{"reservationId": 7}')
    assert cancel["answer"] == {"status": "Accepted"}


# --- keys of a link ---


def test_keys_of_a_link_are_shown_as_its_platform_reads_them(home: Served, link: str) -> None:
    asked = home.json("operations", "run", "DRIVE", "GetConfiguration")["answer"]["configurationKey"]
    shown = keys_of(home, link)
    assert {name: one["value"] for name, one in shown.items()} == {one["key"]: one["value"] for one in asked}
    assert "AuthorizationKey" not in shown and KEY not in home.command("links", "keys", "DRIVE").stdout
    assert shown["HeartbeatInterval"]["writable"] and not shown["NumberOfConnectors"]["writable"]
    assert not shown["FreeCharging"]["writable"], "the charger's own"
    assert not shown["SecurityProfile"]["writable"], "the platform's, or `links change`"


def test_keys_of_a_link_are_set_stored_and_noted(home: Served, link: str) -> None:
    done = home.command("links", "set", "DRIVE", "metervaluesampleinterval=120", "HeartbeatInterval=600")
    assert (done.exit_code, done.stdout) == (0, "HeartbeatInterval = 600\nMeterValueSampleInterval = 120\n")
    [row] = [one for one in stored(home, lambda db: links.of_account(db, 1)) if one.public_id == link]
    assert row.state is not None
    kept = face_state(row.state_version, row.state).keys
    assert (kept["MeterValueSampleInterval"], kept["HeartbeatInterval"]) == ("120", "600")
    asked = home.json("operations", "run", "DRIVE", "GetConfiguration", '{"key": ["MeterValueSampleInterval"]}')
    assert asked["answer"]["configurationKey"][0]["value"] == "120"
    chosen = {"metervaluesampleinterval": "120", "HeartbeatInterval": "600"}
    assert noted(home, "link.keys_chosen") == [{"link": link, "charge_box_id": "DRIVE", **chosen}]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("HeartbeatInterval=soon",), "key.bad_value"),
        (("MeterValuesSampledData=Nonsense",), "key.bad_value"),
        (("HeartbeatInterval=60", "MessageTimeout=0"), "key.bad_value"),
        (("NumberOfConnectors=2",), "key.not_of_link"),
        (("FreeCharging=false",), "key.not_of_link"),
        (("SecurityProfile=0",), "key.not_of_link"),
        (("AuthorizationKey=" + KEY,), "key.not_of_link"),
        (("Nonsense=1",), "key.not_of_link"),
    ],
)
def test_what_does_not_fit_a_link_changes_nothing(home: Served, link: str, words: tuple[str, ...], code: str) -> None:
    before, rows = keys_of(home, link), noted(home, "link.keys_chosen")
    with home.api() as api:
        answer = api.patch(f"/links/{link}/keys", json={"keys": dict(word.split("=", 1) for word in words)})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert KEY not in answer.text
    assert said(home, "links", "set", "DRIVE", *words) == answer.json()["title"]
    assert (keys_of(home, link), noted(home, "link.keys_chosen")) == (before, rows)
    assert KEY not in home.log.getvalue()


def test_a_link_that_is_paused_has_keys_and_one_that_is_removed_has_none(home: Served) -> None:
    added = home.json("links", "add", "LEAVES", "--uri", "ws://nobody.invalid/ocpp/")
    home.command("links", "pause", "LEAVES")
    assert home.command("links", "set", "LEAVES", "HeartbeatInterval=30").exit_code == 0
    home.command("links", "remove", "LEAVES")
    for words in (("keys", added["id"]), ("set", added["id"], "HeartbeatInterval=60")):
        assert said(home, "links", *words)
    with home.api() as api:
        assert api.get(f"/links/{added['id']}/keys").json()["code"] == "link.removed"
        answer = api.patch(f"/links/{added['id']}/keys", json={"keys": {"HeartbeatInterval": "60"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "link.removed")


# --- who may ask ---


@pytest.mark.parametrize(
    "place", [f"chargers/{FOREIGN}/settings", "chargers/chg_none/settings", "links/lnk_charlie/keys"]
)
def test_what_belongs_to_somebody_else_is_unknown(home: Served, place: str) -> None:
    body = {"settings": {"LimitA": "6"}} if place.startswith("chargers") else {"keys": {"HeartbeatInterval": "60"}}
    with home.api() as api:
        for answer in (api.get(f"/{place}"), api.patch(f"/{place}", json=body)):
            assert (answer.status_code, answer.json()["code"].partition(".")[2]) == (404, "unknown")
        listed = api.get("/chargers").json()["chargers"]
    assert FOREIGN not in [one["id"] for one in listed]
    assert noted_for_charlie(home) == []


def noted_for_charlie(home: Served) -> list[audit.AuditRow]:
    return stored(home, lambda db: audit.of_account(db, accounts.all(db)[1].id))


def test_nobody_without_a_token_is_told_anything(home: Served) -> None:
    with home.api("wrong") as api:
        assert api.get("/chargers").status_code == 401
        assert api.patch(f"/chargers/{CHARGER}/settings", json={"settings": {"LimitA": "6"}}).status_code == 401


@pytest.mark.parametrize("body", [{}, {"settings": {}}, {"settings": {"LimitA": 6}}, {"LimitA": "6"}])
def test_a_body_that_does_not_fit_says_where(home: Served, body: object) -> None:
    with home.api() as api:
        answer = api.patch(f"/chargers/{CHARGER}/settings", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "page.bad_request")


@pytest.mark.parametrize("word", ["LimitA", "=6", "LimitA 6"])
def test_a_word_that_is_no_pair_is_refused_before_anything_is_asked(home: Served, word: str) -> None:
    assert "NAME=VALUE" in said(home, "chargers", "set", word)
    assert "twice" in said(home, "chargers", "set", "LimitA=6", "LimitA=7")
