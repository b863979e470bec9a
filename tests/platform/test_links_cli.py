"""Links from the command line: a charger of ours, two platforms, one server that runs all the while."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from served import OWNER, Served, server, with_owner

from laadboek.runtime.keys import load_keys
from laadboek.secret import pin_mac
from laadboek.store import accounts, audit, chargers, drivers, links, outbox
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, Reader
from people import PASSWORD

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
KEY = "sixteen-or-more-characters"
PIN = "48213"
CHARGER = "chg_drive00000000000"
NOBODY = "ws://nobody.invalid/ocpp/"
PATIENCE_S = 60


def furnish(db: Connection, pin: bytes) -> None:
    """The operator's account gets a simulated charger and a driver."""
    account = accounts.all(db)[0]
    charger = chargers.create(db, account.id, CHARGER, "Drive", "simulated", {"house": False, "quick": True}, NOW)
    alice = drivers.NewDriver(
        public_id="drv_alice", name="Alice", pin_mac=pin, id_tag="ALICE", kind="business", mode="fast"
    )
    drivers.create(db, account.id, charger, alice, NOW)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("links")
    with_owner(str(folder / "laadboek.db"))
    pin = pin_mac(load_keys(folder).pin_key, CHARGER, PIN)
    with closing(InlineDatabase(folder / "laadboek.db")) as database:
        database.run(lambda db: furnish(db, pin))
    with server(folder) as running:
        yield running


@pytest.fixture(scope="module")
def own(home: Served) -> str:
    """The backend URI of our own platform."""
    return f"ws://127.0.0.1:{home.place.ocpp_port}/ocpp/"


def admitted(home: Served, name: str, folder: Path) -> str:
    """A charge point of our platform; the file with its key."""
    (folder / name).write_text(KEY)
    added = home.command("charge-points", "add", name, "--key-file", str(folder / name))
    assert added.exit_code == 0, added.output
    return str(folder / name)


def status(home: Served, link: str) -> Any:
    [found] = home.json("links", "status", link)
    return found


def eventually(home: Served, link: str, **wanted: object) -> Any:
    """The status once it is so."""
    until = time.monotonic() + PATIENCE_S
    while any((found := status(home, link))[name] != value for name, value in wanted.items()):
        assert time.monotonic() < until, f"{wanted} in vain: {found}"
    return found


def stored(home: Served, read: Any) -> Any:
    with closing(Reader(home.data / "laadboek.db")) as database:
        return database.read(read)


def test_a_link_from_its_first_call_to_its_removal(home: Served, own: str, tmp_path: Path) -> None:
    key_file = admitted(home, "DRIVE", tmp_path)
    added = home.json("links", "add", "DRIVE", "--uri", own, "--key-file", key_file, "--rule", "business")
    assert (added["role"], added["has_key"], added["routing"]) == ("report", True, {"rule": "business", "drivers": []})
    online = eventually(home, added["id"], state="online")
    assert online["heard_at"] is not None and online["why"] is None
    listed = home.command("links", "list").stdout
    assert added["id"] in listed and KEY not in listed
    assert "is off the air" in home.command("links", "pause", "DRIVE").stdout
    paused = eventually(home, "DRIVE", state="paused")
    assert (paused["lifecycle"], paused["why_code"]) == ("paused", "link.stopped")
    assert home.command("links", "resume", "DRIVE").exit_code == 0
    eventually(home, "DRIVE", state="online")
    changed = home.json("links", "change", "DRIVE", "--rule", "drivers", "--driver", "drv_alice", "--fixed-tag", "WORK")
    assert (changed["routing"], changed["fixed_tag"]) == ({"rule": "drivers", "drivers": ["drv_alice"]}, "WORK")
    assert changed["id"] == added["id"]
    removed = home.command("links", "remove", "DRIVE").stdout
    assert removed == f"{added['id']} is removed; 0 messages are set aside.\n"
    assert home.json("links", "list") == []
    noted = [row.what for row in stored(home, lambda db: audit.of_account(db, 1)) if row.what.startswith("link.")]
    assert noted == ["link.added", "link.paused", "link.resumed", "link.changed", "link.removed"]


def test_another_address_is_another_link_and_the_old_one_leaves_when_it_has_drained(
    home: Served, own: str, tmp_path: Path
) -> None:
    key_file = admitted(home, "MOVES", tmp_path)
    added = home.json("links", "add", "MOVES", "--uri", NOBODY, "--key-file", key_file, "--role", "control")
    kept = home.command("links", "change", added["id"], "--uri", own)
    assert kept.exit_code == 2 and "given for another address" in kept.stderr and KEY not in kept.output
    moved = home.json("links", "change", added["id"], "--uri", own, "--key-file", key_file)
    assert moved["id"] != added["id"] and moved["role"] == "control"
    eventually(home, moved["id"], state="online")
    assert status(home, added["id"])["lifecycle"] == "removed", "it had nothing to deliver"
    back = home.command("links", "change", "MOVES", "--uri", NOBODY, "--key-file", key_file).stdout
    assert f"is a new link; {moved['id']} delivers what it has" in back, "also where the ChargeBoxID stays the same"
    assert home.command("links", "change", "MOVES", "--fixed-tag", "").stdout.endswith(" is changed.\n")
    home.command("links", "remove", "MOVES")


@pytest.fixture(scope="module")
def owner(home: Served) -> Iterator[httpx2.Client]:
    """Signed in at the pages, where the buttons of the simulated charger are."""
    with httpx2.Client(base_url=home.address, trust_env=False, headers={"Origin": home.address}) as browser:
        assert browser.post("/sign-in", data={"email": OWNER, "password": PASSWORD}).status_code == 303
        yield browser


def charge(owner: httpx2.Client) -> None:
    """Alice charges a little."""
    button = f"/chargers/{CHARGER}/simulate"
    assert owner.post(f"{button}/plug").status_code == 303
    assert owner.post(f"{button}/pin", data={"pin": PIN}).status_code == 303
    until = time.monotonic() + PATIENCE_S
    while owner.get(f"/api/v1/chargers/{CHARGER}/live").json()["session"] is None:
        assert time.monotonic() < until
    assert owner.post(f"{button}/unplug").status_code == 303


def test_what_was_set_aside_is_seen_and_replayed(home: Served, own: str, owner: httpx2.Client, tmp_path: Path) -> None:
    """A link is removed with an undelivered session, comes back, and its platform gets all of it."""
    admitted(home, "LATER", tmp_path)
    added = home.json("links", "add", "LATER", "--uri", own, "--key-file", str(tmp_path / "LATER"))
    home.command("links", "pause", "LATER")
    charge(owner)
    eventually(home, "LATER", queued=4)  # Plug & Play at first, then Alice
    waiting = home.command("links", "status", "LATER").stdout
    assert "queued     4, the oldest for" in waiting
    assert "4 messages are set aside" in home.command("links", "remove", "LATER").stdout
    gone = status(home, added["id"])
    assert [one["action"] for one in gone["set_aside_messages"]] == ["StartTransaction", "StopTransaction"] * 2
    assert {one["error"] for one in gone["set_aside_messages"]} == {"link.removed"}
    assert "StartTransaction" in home.command("links", "status").stdout
    refused = home.command("links", "replay", added["id"])
    assert (refused.exit_code, "Resume it first" in refused.stderr) == (2, True)
    home.command("links", "resume", added["id"])
    assert "0 are set aside" in home.command("links", "replay", added["id"]).stdout
    eventually(home, added["id"], queued=0, set_aside=0)
    with home.api() as api:
        listed = api.get("/transactions").json()["transactions"]
    alices, own_tags = [one for one in listed if one["charge_box_id"] == "LATER"]
    assert (alices["state"], alices["id_tag"]) == ("closed", "ALICE")
    assert own_tags["state"] == "closed" and own_tags["flags"] == []
    home.command("links", "remove", added["id"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--uri", "http://example.org/"), "link.bad_uri"),
        (("--uri", "ws://169.254.169.254/"), "link.forbidden_address"),
        (("--uri", "ws://2852039166/"), "link.forbidden_form"),
        (("--uri", "ws://example.org:6379/"), "link.forbidden_port"),
        (("--uri", "ws://"), "link.bad_uri"),
        (("--uri", "ws://example.org:99999/"), "link.bad_uri"),
        (("--uri", "ws://alice:pw@example.org/"), "link.uri_with_user"),
        (("--uri", "ws://example.org/?a=b"), "link.uri_with_query"),
        (("--uri", "ws://example.org/#a"), "link.uri_with_query"),
        (("--uri", "ws://example.org/" + "a" * 512), "link.bad_uri"),
        (("--uri", NOBODY, "--decides", "platform"), "link.report_cannot_decide"),
        (
            ("--uri", NOBODY, "--role", "control", "--rule", "business", "--decides", "platform"),
            "link.decides_needs_all",
        ),
        (("--uri", NOBODY, "--rule", "drivers"), "link.no_drivers"),
        (("--uri", NOBODY, "--driver", "drv_nobody"), "link.unknown_driver"),
        (("--uri", NOBODY, "--fixed-tag", "x" * 21), "link.bad_fixed_tag"),
        (("--uri", NOBODY, "--user", "a:b"), "link.bad_user_name"),
        (("--uri", NOBODY, "--security-profile", "2"), "link.profile_needs_tls"),
        (("--uri", NOBODY, "--security-profile", "1"), "link.profile_needs_key"),
        (("--uri", "wss://example.org/", "--security-profile", "2"), "link.profile_needs_key"),
        (("--uri", "wss://example.org/", "--security-profile", "3"), "link.profile_needs_certificate"),
        (("--uri", NOBODY, "--charger", "chg_unknown"), "charger.unknown"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(home: Served, words: tuple[str, ...], code: str) -> None:
    before = stored(home, lambda db: len(links.of_account(db, 1)))
    body = dict(zip([word.removeprefix("--").replace("-", "_") for word in words[::2]], words[1::2], strict=True))
    refused = home.command("links", "add", "BAD", *words)
    assert refused.exit_code == 2 and refused.stderr.strip(), body
    with home.api() as api:
        answer = api.post("/links", json=as_body(body))
    assert answer.json()["code"] == code
    assert stored(home, lambda db: len(links.of_account(db, 1))) == before


def as_body(options: dict[str, str]) -> dict[str, Any]:
    """What the command line makes of these words."""
    body: dict[str, Any] = {"charge_box_id": "BAD", "backend_uri": options.pop("uri")}
    if "rule" in options or "driver" in options:
        named = options.pop("driver", None)
        body["routing"] = {"rule": options.pop("rule", "drivers"), "drivers": [named] if named else []}
    names = {"user": "user_name", "charger": "charger_id"}
    body |= {names.get(name, name): value for name, value in options.items()}
    if "security_profile" in body:
        body["security_profile"] = int(body["security_profile"])
    return body


@pytest.mark.parametrize("charge_box_id", ["", " SPACE", "SPACE ", "x" * 49, "TAB\t", "..", "é"])
def test_a_charge_box_id_must_be_legal_in_an_address(home: Served, charge_box_id: str) -> None:
    with home.api() as api:
        answer = api.post("/links", json={"charge_box_id": charge_box_id, "backend_uri": NOBODY})
    assert (answer.status_code, answer.json()["code"]) == (422, "link.bad_charge_box_id")


@pytest.mark.parametrize(("key", "profile", "fits"), [("x" * 15, 1, False), ("x" * 16, 1, True), ("x" * 40, 1, True),
                                                      ("x" * 41, 1, False), ("x", 0, True), ("x" * 128, 0, True),
                                                      ("x" * 129, 0, False), ("sp ace", 0, False)])  # fmt: skip
def test_a_key_has_the_length_that_its_profile_wants(home: Served, key: str, profile: int, fits: bool) -> None:
    """A00.FR.205: 16 to 20 bytes, as up to 40 characters."""
    body = {"charge_box_id": "KEY", "backend_uri": NOBODY, "authorization_key": key, "security_profile": profile}
    with home.api() as api:
        answer = api.post("/links", json=body)
        assert (answer.status_code == 201) is fits, answer.text
        assert key not in answer.text or len(key) == 1
        if fits:
            assert api.delete(f"/links/{answer.json()['id']}").status_code == 200
        else:
            assert answer.json()["code"] == "link.bad_key"


def test_a_charger_has_one_control_link_and_no_identity_twice(home: Served) -> None:
    first = home.json("links", "add", "ONE", "--uri", NOBODY, "--role", "control")
    with home.api() as api:
        answers = [
            api.post("/links", json={"charge_box_id": "TWO", "backend_uri": NOBODY, "role": "control"}),
            api.post("/links", json={"charge_box_id": "ONE", "backend_uri": NOBODY}),
        ]
        assert [(one.status_code, one.json()["code"]) for one in answers] == [
            (409, "link.two_controls"),
            (409, "link.twice"),
        ]
        assert api.post(f"/links/{first['id']}/pause").json()["state"] == "paused"
        second = api.post("/links", json={"charge_box_id": "TWO", "backend_uri": NOBODY, "role": "control"})
        assert second.json()["code"] == "link.two_controls", "a paused one keeps its place"
        assert api.patch(f"/links/{first['id']}", json={"role": "report"}).json()["role"] == "report"
        assert api.get("/links/nobody").status_code == 404
        assert api.get("/links/lnk_unknown").json()["code"] == "link.unknown"
    home.command("links", "remove", first["id"])
    again = home.command("links", "remove", first["id"])
    assert (again.exit_code, "is removed" in again.stderr) == (2, True)


def test_keys_are_sealed_and_never_shown(home: Served, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    added = home.json("links", "add", "SEALED", "--uri", NOBODY, "--key-file", str(tmp_path / "key"))
    [row] = [link for link in stored(home, lambda db: links.of_account(db, 1)) if link.public_id == added["id"]]
    assert row.authorization_key is not None and KEY.encode() not in row.authorization_key
    shown = json.dumps(home.json("links", "status", "SEALED")) + home.command("links", "status").stdout
    noted = str(stored(home, lambda db: audit.of_account(db, 1)))
    assert KEY not in shown + noted + home.log.getvalue()
    moved = home.json("links", "change", "SEALED", "--charge-box-id", "SEALED-2")
    rows = {link.public_id: link for link in stored(home, lambda db: links.of_account(db, 1))}
    keys = load_keys(home.data)
    opened = keys.open(
        rows[moved["id"]].authorization_key, table="links", row=moved["id"], account_id=rows[moved["id"]].account_id
    )
    assert opened.reveal() == KEY and rows[moved["id"]].user_name == "SEALED-2"
    assert stored(home, lambda db: outbox.depth(db, rows[moved["id"]].id)).pending == 0
    home.command("links", "remove", moved["id"])
