"""Diagnostics hold the asking link's data and nothing else (RULES §6): no other link, person, PIN or secret."""

import json
from collections import deque
from datetime import timedelta

import pytest
from street import ALICE, BOB, NINE, PIN_KEY, Street, Visit

from laadboek.ocpp import messages as m
from laadboek.runtime.diagnostics import HIDDEN, diagnostics, security_log, within, without_secrets
from laadboek.runtime.link import Frame
from laadboek.secret import pin_mac
from laadboek.store import links, sessions
from laadboek.store.security_log import LoggedEvent

CANARY = "ca" * 20


def lived(role="control"):
    """Alice charges for business, Bob privately; the employer sets a key and names a place with a password."""
    street = Street(role, privately=True, leaves=False)
    for link in street.host.links:
        link.frames = deque(link.frames, maxlen=10_000)
    for who in (ALICE, BOB):
        visit = Visit(
            who=(who,), gap_min=5, pin_after_s=10, charges_min=60, stays_min=5, incident="", incident_after_s=60
        )
        street.live([visit])
    return street


@pytest.fixture(scope="module")
def street():
    street = lived()
    change = f'[2,"k","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{CANARY}"}}]'
    link_of(street, "lnk_employer").note(street.world.now, False, change.encode())
    location = f'[2,"g","GetDiagnostics",{{"location":"ftp://user:{CANARY}@files.example/logs"}}]'
    link_of(street, "lnk_employer").note(street.world.now, False, location.encode())
    street.employer.ask(m.GetDiagnosticsRequest(location="ftp://files.example/logs"))
    street.wait(seconds=120)
    assert street.bugs == []
    return street


def link_of(street, link_id):
    return next(link for link in street.host.links if link.row.link_id == link_id)


def file_of(street, link_id):
    return diagnostics(link_of(street, link_id), street.world.now, None, None)


def words_of_others(street, link_id):
    """Whatever would tell of somebody else."""
    found = {"bob", "BOB", "alice", "drv_", PIN_KEY.decode(), ALICE, BOB, street.charger_id}
    for pin in (ALICE, BOB):
        found.add(pin_mac(PIN_KEY, street.charger_id, pin).hex())
    rows = street.database.read(lambda db: links.hosted(db, street.row))
    for row in rows:
        found |= {row.public_id} | ({row.charge_box_id} if row.public_id != link_id else set())
    numbers = street.database.read(
        lambda db: db.rows("SELECT public_id, start_register_wh, end_register_wh, id_tag FROM sessions", ())
    )
    assert len(numbers) == 2
    for public_id, start_wh, end_wh, id_tag in numbers:
        found.add(public_id)
        if id_tag == "BOB":
            found |= {str(start_wh), str(end_wh)}
    return found


def test_an_employers_file_tells_nothing_of_anybody_else(street):
    content = file_of(street, "lnk_employer").decode()
    leaked = {word for word in words_of_others(street, "lnk_employer") if word in content}
    assert leaked == set()
    assert CANARY not in content
    assert "ALICE" in content  # her tag is in the employer's own frames
    assert HIDDEN in content and "ftp://files.example/logs" in content


def test_the_file_is_one_json_object_per_line_with_what_the_platform_knows(street):
    lines = [json.loads(line) for line in file_of(street, "lnk_employer").splitlines()]
    head, keys, frames = lines[0], lines[1]["keys"], lines[2:]
    assert (head["charge_box_id"], head["messages_set_aside"]) == ("CP-1", 0)
    assert keys["HeartbeatInterval"] == "1700" and "AuthorizationKey" not in keys
    assert frames[-1]["direction"] in ("sent", "received")
    assert all(set(frame) == {"at", "direction", "text"} for frame in frames)


def test_each_link_gets_its_own(street):
    for link_id, charge_box_id in (("lnk_employer", "CP-1"), ("lnk_registrar", "CP-2"), ("lnk_bob", "CP-3")):
        head = json.loads(file_of(street, link_id).splitlines()[0])
        assert head["charge_box_id"] == charge_box_id


def test_frames_are_bounded_by_the_times_asked_for():
    """§6.25: both bounds belong to it."""
    frames = [Frame(i, NINE + timedelta(seconds=i), True, b"[]") for i in range(5)]
    at = [frame.at for frame in frames]
    assert [frame.number for frame in within(frames, at[1], at[3])] == [1, 2, 3]
    assert [frame.number for frame in within(frames, None, at[0])] == [0]
    assert [frame.number for frame in within(frames, at[4], None)] == [4]
    assert within(frames, at[3], at[1]) == []


def test_of_too_many_frames_the_newest_are_kept(monkeypatch):
    monkeypatch.setattr("laadboek.runtime.diagnostics.FRAMES_MAX_BYTES", 5)
    frames = [Frame(i, NINE, True, b"[]") for i in range(5)]
    assert [frame.number for frame in within(frames, None, None)] == [3, 4]


@pytest.mark.parametrize(
    "text",
    [
        '{"key":"AuthorizationKey","value":"%s"}',
        '{"key": "authorizationKEY", "value": "%s"}',
        '{"value":"%s","key":"AuthorizationKey"}',
        '{"key":"Authorization\\u004bey","value":"%s"}',
    ],
)
def test_a_key_that_was_set_is_hidden_however_it_is_spelled(text):
    frame = f'[2,"1","ChangeConfiguration",{text % CANARY}]'.encode()
    assert without_secrets(frame) == HIDDEN


@pytest.mark.parametrize(
    "location",
    [
        "ftp://user:%s@files.example/",
        "ftp:\\/\\/user:%s@files.example\\/",
        "FTPS://%s@files.example",
        "http://a:%s@b@c/",
    ],
)
def test_a_password_in_a_location_is_hidden(location):
    frame = f'[2,"1","GetDiagnostics",{{"location":"{location % CANARY}"}}]'.encode()
    shown = without_secrets(frame)
    assert CANARY not in shown and "location" in shown


def test_what_is_no_json_is_counted_and_not_shown():
    assert without_secrets(f'["AuthorizationKey" {CANARY}'.encode()) == f"{20 + len(CANARY)} bytes that are no JSON"


def test_the_security_log_is_one_line_per_event():
    """N01.FR.03"""
    file = security_log([LoggedEvent("StartupOfTheDevice", None, NINE), LoggedEvent("InvalidMessages", "x", NINE)])
    assert [json.loads(line)["type"] for line in file.splitlines()] == ["StartupOfTheDevice", "InvalidMessages"]


def test_there_were_two_sessions_to_hide_something_of(street):
    found = street.database.read(lambda db: db.rows("SELECT public_id FROM sessions", ()))
    kinds = {
        street.database.read(lambda db, one=one: sessions.load(db, street.account_id, one)).facts.kind
        for (one,) in found
    }
    assert kinds == {"business", "private"}
