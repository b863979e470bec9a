"""The network of the simulation: what a socket promises, and what an outage does to it."""

from datetime import UTC, datetime, timedelta

import pytest

from laadboek.runtime.socket import Refusal
from laadboek.simulation.network import CONNECT_TIMEOUT, SILENCE_LIMIT, Network, Wire
from laadboek.simulation.world import Process, World

START = datetime(2026, 3, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class End:
    """Writes down everything it hears."""

    def __init__(self):
        self.heard, self.socket = [], None

    def on_open(self, socket, subprotocol):
        self.socket = socket
        self.heard.append(("open", subprotocol))

    def on_refused(self, refusal):
        self.heard.append(("refused", refusal))

    def on_text(self, text):
        self.heard.append(text)

    def on_pong(self):
        self.heard.append("pong")

    def on_close(self, code):
        self.heard.append(("closed", code))


class Platform:
    def __init__(self, process):
        self.process, self.end = process, End()

    def accept(self, charge_box_id, socket):
        self.end.socket = socket
        return self.end if charge_box_id == "CB1" else Refusal("http", 404)


class Scene:
    """One charge point and one platform."""

    def __init__(self, seed=1):
        self.world = World(START, seed)
        self.network = Network(self.world, Wire())
        self.host, self.server = Process(self.world, "host", none), Process(self.world, "platform", none)
        self.caller, self.platform = End(), Platform(self.server)

    def dial(self, charge_box_id="CB1", platform=True):
        self.network.dial(charge_box_id, self.host, self.caller, lambda: self.platform if platform else None)
        self.pass_time(MINUTE)

    def pass_time(self, delta):
        self.world.run(self.world.now + delta)


def none():
    pass


@pytest.fixture
def scene():
    scene = Scene()
    scene.dial()
    return scene


def test_texts_arrive_whole_and_in_order_in_both_directions(scene):
    for number in range(50):
        scene.caller.socket.send(b"up %d" % number)
        scene.platform.end.socket.send(b"down %d" % number)
    scene.pass_time(MINUTE)
    assert scene.platform.end.heard == [b"up %d" % number for number in range(50)]
    assert scene.caller.heard == [("open", "ocpp1.6"), *(b"down %d" % number for number in range(50))]


def test_nothing_arrives_before_the_latency_has_passed(scene):
    scene.caller.socket.send(b"x")
    scene.pass_time(timedelta(milliseconds=10))
    assert scene.platform.end.heard == []
    scene.pass_time(timedelta(milliseconds=40))
    assert scene.platform.end.heard == [b"x"]


def test_an_unknown_identity_gets_404():
    scene = Scene()
    scene.dial("CB2")
    assert scene.caller.heard == [("refused", Refusal("http", 404))]
    assert scene.platform.end.heard == []


def test_nobody_listens_and_the_call_is_refused():
    scene = Scene()
    scene.dial(platform=False)
    assert scene.caller.heard == [("refused", Refusal("refused"))]


def test_in_an_outage_a_call_times_out():
    scene = Scene()
    scene.network.up = False
    scene.network.dial("CB1", scene.host, scene.caller, lambda: scene.platform)
    scene.pass_time(CONNECT_TIMEOUT - timedelta(seconds=1))
    assert scene.caller.heard == []
    scene.pass_time(timedelta(seconds=2))
    assert scene.caller.heard == [("refused", Refusal("timeout"))]


def test_a_polite_close_lets_the_last_words_arrive_and_both_ends_hear_the_code_once(scene):
    scene.caller.socket.send(b"last words")
    scene.caller.socket.close(1001)
    scene.caller.socket.send(b"too late")
    scene.pass_time(MINUTE)
    assert scene.platform.end.heard == [b"last words", ("closed", 1001)]
    assert scene.caller.heard[1:] == [("closed", 1001)]


def test_an_abort_is_heard_as_1006_on_both_ends(scene):
    scene.platform.end.socket.abort()
    scene.pass_time(MINUTE)
    assert scene.platform.end.heard == [("closed", 1006)]
    assert scene.caller.heard[1:] == [("closed", 1006)]


def test_an_end_never_hears_of_its_own_closing_while_it_is_still_closing(scene):
    scene.caller.socket.abort()
    assert scene.caller.heard[1:] == []
    scene.pass_time(timedelta(0))
    assert scene.caller.heard[1:] == [("closed", 1006)]


def test_a_cut_reaches_both_ends_and_what_was_under_way_may_or_may_not_arrive():
    arrived = set()
    for seed in range(20):
        scene = Scene(seed)
        scene.dial()
        scene.caller.socket.send(b"x")
        scene.network.cut()
        scene.pass_time(MINUTE)
        assert scene.caller.heard[-1] == scene.platform.end.heard[-1] == ("closed", 1006)
        arrived.add(b"x" in scene.platform.end.heard)
    assert arrived == {True, False}


def test_a_silent_socket_says_nothing_until_tcp_gives_up(scene):
    scene.network.silence()
    scene.caller.socket.send(b"x")
    scene.caller.socket.ping()
    scene.pass_time(SILENCE_LIMIT - MINUTE)
    assert (scene.caller.heard[1:], scene.platform.end.heard) == ([], [])
    scene.pass_time(2 * MINUTE)
    assert (scene.caller.heard[1:], scene.platform.end.heard) == ([("closed", 1006)], [("closed", 1006)])


def test_a_ping_is_answered_by_the_other_end(scene):
    scene.caller.socket.ping()
    scene.pass_time(MINUTE)
    assert scene.caller.heard[1:] == ["pong"]


def test_a_dead_process_hears_nothing_and_its_peer_sees_the_socket_break(scene):
    scene.server.end()
    scene.network.process_died(scene.server)
    scene.caller.socket.send(b"x")
    scene.pass_time(MINUTE)
    assert scene.platform.end.heard == []
    assert scene.caller.heard[1:] == [("closed", 1006)]
