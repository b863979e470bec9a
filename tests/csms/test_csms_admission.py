"""Who may connect, and who loses the place (security whitepaper A00, A01; OCPP-J §3.1)."""

from base64 import b64encode

import pytest
from platform_bench import KEY, PEPPER, Bench

from laadboek.csms.admission import FAILURES_PER_IDENTITY, FAILURES_PER_PEER, Denied, key_mac
from laadboek.ocpp import messages as m
from laadboek.ocpp.types import RegistrationStatus
from laadboek.runtime.socket import Admit, Refuse, UpgradeRequest
from laadboek.secret import Secret
from laadboek.store import charge_points


def basic(user, password):
    pair = password if isinstance(password, bytes) else password.encode()
    return "Basic " + b64encode(user.encode() + b":" + pair).decode()


def knock(bench, user="GARAGE", password=KEY, path="/ocpp/GARAGE", peer="10.0.0.7", header=None):
    authorization = basic(user, password) if header is None else header
    verdict = bench.platform.gate.judge(path, authorization, peer)
    return verdict.status if isinstance(verdict, Denied) else verdict.charge_box_id


@pytest.fixture
def bench():
    return Bench()


@pytest.mark.parametrize(
    "password", [KEY, KEY.upper(), bytes.fromhex(KEY)], ids=["text", "upper case", "the bytes that it spells"]
)
def test_the_key_is_admitted_in_either_form(bench, password):
    assert knock(bench, password=password) == "GARAGE"


@pytest.mark.parametrize("password", ["sesame opens", b"sesame opens".hex()])
def test_a_key_that_is_no_hexadecimal_is_admitted_in_either_form(bench, password):
    mac = key_mac(PEPPER, Secret("sesame opens"))
    bench.run(lambda db: charge_points.set_key(db, 1, 1, mac))
    bench.platform.index(bench.run(charge_points.everything))
    assert knock(bench, password=password) == "GARAGE"


@pytest.mark.parametrize(
    "how",
    [
        {"password": "wrong"},
        {"password": ""},
        {"password": "x" * 300},
        {"password": b"\xff\xfe"},
        {"user": "STREET"},
        {"user": "garage"},
        {"path": "/ocpp/NOBODY", "user": "NOBODY"},
        {"path": "/ocpp/"},
        {"path": "/ocpp/A/GARAGE"},
        {"path": "/GARAGE"},
        {"path": "/ocpp/%ff"},
        {"header": ""},
        {"header": "Basic"},
        {"header": "Basic !!!"},
        {"header": "Bearer abc"},
    ],
    ids=str,
)
def test_unknown_and_wrong_look_the_same(bench, how):
    assert knock(bench, **how) == 401
    assert bench.logged("admission.refused")


def test_strict_mode_tells_who_is_unknown():
    bench = Bench(tells_unknown=True)
    assert knock(bench, path="/ocpp/NOBODY", user="NOBODY") == 404
    assert knock(bench, password="wrong") == 401


def test_a_charge_point_without_key_is_not_admitted(bench):
    bench.run(lambda db: charge_points.set_key(db, 1, 1, None))
    bench.platform.index(bench.run(charge_points.everything))
    assert knock(bench) == 401


def test_the_path_is_decoded(bench):
    def rename(db):
        db.run("UPDATE charge_points SET charge_box_id = ? WHERE id = 1", ("Garage 1: A/B",))
        return charge_points.everything(db)

    bench.platform.index(bench.run(rename))
    assert knock(bench, user="Garage 1: A/B", path="/ocpp/Garage%201%3A%20A%2FB?x=1") == "Garage 1: A/B"


@pytest.mark.parametrize("path", ["/ocpp//GARAGE", "/ocpp/GARAGE/", "/ocpp/GARAGE?version=1.6"])
def test_a_slash_too_many_does_not_matter(bench, path):
    assert knock(bench, path=path) == "GARAGE"


def test_a_stranger_who_guesses_is_stopped_and_the_owner_at_home_is_not(bench):
    assert knock(bench) == "GARAGE"
    for number in range(FAILURES_PER_IDENTITY):
        assert knock(bench, password="guess", peer=f"10.1.0.{number}") == 401
    assert knock(bench, password=KEY, peer="10.1.1.1") == 429
    assert knock(bench, peer="10.0.0.7") == "GARAGE"
    bench.pass_time(minutes=10)
    assert knock(bench, password=KEY, peer="10.1.1.1") == "GARAGE"


def test_an_address_that_tries_many_names_is_stopped(bench):
    for number in range(FAILURES_PER_PEER):
        assert knock(bench, user=f"X{number}", path=f"/ocpp/X{number}", peer="10.9.9.9") == 401
    assert knock(bench, peer="10.9.9.9") == 429
    assert knock(bench, peer="10.9.9.8") == "GARAGE"


def test_the_handshake_gets_its_status_and_header(bench):
    refused = bench.platform.admit(UpgradeRequest("/ocpp/GARAGE", {}, "10.0.0.7"))
    assert refused == Refuse(401, {"WWW-Authenticate": 'Basic realm="ocpp"'})
    admitted = bench.platform.admit(UpgradeRequest("/ocpp/GARAGE", {"Authorization": basic("GARAGE", KEY)}, "10.0.0.7"))
    assert isinstance(admitted, Admit)


# Two connections of one identity.


def test_the_newest_connection_wins_and_the_old_one_is_asked_first(bench):
    old = bench.charge_point()
    bench.pass_time(seconds=1)
    new = bench.charge_point()
    assert old.pings == 1 and old.closed is None
    bench.pass_time(seconds=4)
    assert old.boot().status is RegistrationStatus.ACCEPTED  # what it still says is not lost
    bench.pass_time(seconds=1)
    assert old.closed == 4001 and new.closed is None
    assert bench.logged("connection.replaced") and bench.logged("connection.both_alive")
    assert bench.platform.registry.of(1) is new.connection


def test_a_silent_old_connection_is_cut(bench):
    old = bench.charge_point()
    old.answers_pings = False
    new = bench.charge_point()
    bench.pass_time(seconds=5)
    assert old.closed == 1006 and not bench.logged("connection.both_alive")
    assert bench.platform.registry.of(1) is new.connection


def test_the_late_end_of_the_old_connection_does_not_remove_the_new_one(bench):
    old, new = bench.charge_point(), bench.charge_point()
    old.close(1000)
    assert bench.platform.registry.of(1) is new.connection
    new.close(1000)
    assert bench.platform.registry.of(1) is None and len(bench.platform.registry) == 0


def test_many_swaps_raise_an_alarm(bench):
    for _ in range(7):
        bench.charge_point()
        bench.pass_time(seconds=10)
    assert [fields["swaps"] for fields in bench.logged("connection.contested")] == [6]


def test_a_half_open_connection_is_found_by_ping(bench):
    lively, dead = bench.charge_point(), bench.charge_point("STREET")
    dead.answers_pings = False
    bench.pass_time(seconds=59)
    assert dead.pings == 0
    bench.pass_time(seconds=1)
    assert dead.pings == 1
    bench.pass_time(seconds=20)
    assert dead.closed == 1006 and lively.closed is None
    assert bench.logged("connection.half_open")


def test_who_talks_is_not_pinged(bench):
    garage = bench.charge_point()
    for _ in range(10):
        bench.pass_time(seconds=50)
        garage.ask(m.HeartbeatRequest())
    assert garage.pings == 0
