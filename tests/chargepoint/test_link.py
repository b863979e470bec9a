"""The websocket to the platform: back-off, ping, silence (OCPP-J 1.6 §5; OCPP-J errata 3.4, 3.11)."""

from datetime import timedelta

import pytest
from face_bench import START, Bench, Platform

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.config import BackOff
from laadboek.chargepoint.face import Face
from laadboek.facts import DeviceBooted, DeviceWentDark
from laadboek.ids import Ids
from laadboek.ocpp import messages as m


def connects(bench: Bench) -> int:
    return sum(isinstance(effect, fx.Connect) for effect in bench.effects)


def waits(bench: Bench, count: int) -> list[float]:
    """Seconds between tries, for the next so many."""
    found = []
    for _ in range(count):
        due = bench.face.deadline()
        assert due is not None
        found.append((due - bench.now).total_seconds())
        bench.pass_time(seconds=found[-1])
    return found


def test_tries_again_with_doubling_waits_up_to_a_cap() -> None:
    bench = Bench(platform=Platform(reachable=False))
    assert waits(bench, 6) == [30, 60, 120, 240, 300, 300]
    assert connects(bench) == 7


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_that_only_a_person_heals_starts_at_a_minute(status: int) -> None:
    bench = Bench(platform=Platform(refuses=ev.SocketRefused(0, "http", status)))
    assert waits(bench, 4) == [60, 120, 240, 300]
    live = bench.face.live()
    assert live.state == "refused" and live.why is not None and live.why.code == f"link.refused_{status}"


def test_retry_after_is_honoured() -> None:
    bench = Bench(platform=Platform(refuses=ev.SocketRefused(0, "http", 503, retry_after_s=500)))
    assert waits(bench, 2) == [500, 500]


def test_full_jitter_waits_anywhere_below_the_bound() -> None:
    firsts = []
    for seed in range(200):
        config = Bench(start=False, back_off=BackOff()).config
        face = Face(config, None, (), Ids(seed))
        face.handle(ev.Restarted(), START)
        face.handle(ev.SocketRefused(1, "dns"), START)
        due = face.deadline()
        assert due is not None
        firsts.append((due - START).total_seconds())
    assert 0 <= min(firsts) < 3 and 27 < max(firsts) <= 30
    assert 12 < sum(firsts) / len(firsts) < 18


def test_a_fleet_spreads_its_first_connects() -> None:
    bench = Bench(start_spread_s=100)
    assert connects(bench) == 0
    bench.pass_time(seconds=100)
    assert connects(bench) == 1 and bench.face.live().state == "online"


def test_a_stable_link_starts_counting_anew() -> None:
    bench = Bench(platform=Platform(reachable=False))
    waits(bench, 4)
    bench.platform.reachable = True
    bench.pass_time(seconds=300)
    assert bench.socket_no is not None
    bench.pass_time(seconds=59)
    bench.lose_link()
    assert bench.face.deadline() == bench.now + timedelta(seconds=300), "59 s were not enough"
    bench.pass_time(seconds=300)
    bench.pass_time(seconds=60)
    bench.lose_link()
    assert bench.face.deadline() == bench.now + timedelta(seconds=30)


def test_people_hear_once_that_it_is_down_and_once_that_it_is_back() -> None:
    bench = Bench()
    bench.go_offline()
    bench.pass_time(hours=1)
    assert [notice.code for notice in bench.notices] == ["link.down"]
    bench.come_back()
    assert [notice.code for notice in bench.notices] == ["link.down", "link.back"]
    bench.pass_time(hours=1)
    assert len(bench.notices) == 2


def test_what_went_wrong_without_an_answer_is_named() -> None:
    bench = Bench(platform=Platform(refuses=ev.SocketRefused(0, "dns")))
    why = bench.face.live().why
    assert why is not None and why.code == "link.dns" and bench.face.live().state == "waiting"
    assert bench.notices[0].params["why"] == "link.dns"


def test_silence_is_probed_by_a_ping_after_the_interval() -> None:
    bench = Bench(keys={"WebSocketPingInterval": "60"})
    bench.pass_time(seconds=59)
    assert bench.pings == 0
    bench.pass_time(seconds=1)
    assert bench.pings == 1
    bench.pass_time(seconds=59)
    bench.call(m.ClearCacheRequest())
    bench.pass_time(seconds=59)
    assert bench.pings == 1, "what the platform says is as good as a pong"
    bench.pass_time(days=1)
    assert connects(bench) == 1


def test_no_pong_means_half_open_so_the_socket_is_cut() -> None:
    bench = Bench(keys={"WebSocketPingInterval": "60"})
    bench.answers_pings = False
    bench.pass_time(seconds=79)
    assert bench.face.live().state == "online"
    bench.pass_time(seconds=1)
    assert fx.CloseSocket(1, 0) in bench.effects
    why = bench.face.live().why
    assert why is not None and why.code == "link.silent"
    bench.pass_time(seconds=30)
    assert bench.face.live().state == "online" and bench.socket_no == 2


def test_zero_leaves_pinging_to_the_platform() -> None:
    bench = Bench()
    bench.pass_time(days=1)
    assert bench.pings == 0
    assert bench.configure("WebSocketPingInterval", "-1") is m.ConfigurationStatus.REJECTED
    assert bench.configure("WebSocketPingInterval", "10") is m.ConfigurationStatus.ACCEPTED
    bench.pass_time(seconds=10)
    assert bench.pings == 1


def test_a_call_that_is_not_answered_in_time_cuts_the_socket() -> None:
    bench = Bench()
    bench.platform.answers[m.StatusNotificationRequest] = None
    bench.show(identified=True)
    bench.pass_time(seconds=29)
    assert bench.face.live().state == "online"
    bench.pass_time(seconds=1)
    assert fx.CloseSocket(1, 0) in bench.effects
    why = bench.face.live().why
    assert why is not None and why.code == "link.no_answer"

    bench.platform.answers.clear()
    bench.heard()
    bench.pass_time(seconds=30)
    assert bench.statuses() == ["Preparing"], "what was not confirmed is told on the next socket"


def test_a_socket_that_comes_too_late_is_closed() -> None:
    bench = Bench(start=False)
    face = bench.face
    assert face.handle(ev.Restarted(), START) == [fx.Connect(1)]
    later = START + timedelta(seconds=60)
    assert face.handle(ev.DeadlineReached(), later)[0] == fx.CloseSocket(1, 0)
    face.handle(ev.DeadlineReached(), later + timedelta(seconds=30))
    assert face.handle(ev.SocketOpened(1), later + timedelta(seconds=31)) == [fx.CloseSocket(1, 0)]


def test_news_of_an_old_socket_changes_nothing() -> None:
    bench = Bench()
    bench.lose_link()
    bench.pass_time(seconds=30)
    assert bench.socket_no == 2
    before = bench.face.state.link
    bench.do(ev.SocketClosed(1))
    bench.do(ev.PongReceived(1))
    bench.do(ev.TextReceived(1, b'[2,"x","ClearCache",{}]'))
    assert bench.face.state.link == before


@pytest.mark.parametrize("subprotocol", [None, "ocpp0.1"])
def test_a_platform_that_does_not_speak_our_protocol_is_left(subprotocol: str | None) -> None:
    bench = Bench(platform=Platform(subprotocol=subprotocol))
    assert bench.actions() == []
    why = bench.face.live().why
    assert why is not None and why.code == "link.subprotocol" and bench.socket_no is None


def test_a_platform_that_names_no_subprotocol_is_tolerated_by_a_setting() -> None:
    bench = Bench(platform=Platform(subprotocol=None), require_subprotocol=False)
    assert bench.face.live().state == "online"


def test_without_power_it_is_off_the_air_until_the_device_boots() -> None:
    bench = Bench()
    bench.heard()
    bench.tell(DeviceWentDark())
    assert fx.CloseSocket(1, 0) in bench.effects
    bench.pass_time(hours=5)
    assert connects(bench) == 1 and bench.notices == []
    bench.tell(DeviceBooted())
    assert bench.actions()[0] == "BootNotification"


def test_a_wall_box_without_power_does_not_connect_when_laadboek_starts() -> None:
    bench = Bench(start=False)
    bench.tell(DeviceWentDark())
    bench.do(ev.Restarted())
    bench.pass_time(hours=1)
    assert connects(bench) == 0
    bench.tell(DeviceBooted())
    assert bench.face.live().state == "online"


def test_a_stopped_link_stays_closed_and_keeps_everything() -> None:
    bench = Bench()
    bench.do(ev.Stopped())
    bench.start_session()
    bench.tell(DeviceWentDark())
    bench.tell(DeviceBooted())
    bench.pass_time(days=1)
    assert bench.socket_no is None and connects(bench) == 1
    assert bench.face.live().queued == 1
    bench.do(ev.Restarted())
    assert bench.face.live().queued == 0


def test_a_rollback_loses_the_socket_and_nothing_else() -> None:
    bench = Bench()
    former = bench.face.state
    bench.face.handle(ev.Told(DeviceBooted()), bench.now)
    bench.face.state = former
    bench.heard()
    bench.start_session()
    assert fx.CloseSocket(1, 0) in bench.effects
    bench.pass_time(seconds=30)
    assert bench.actions() == ["StartTransaction"]


def test_an_idle_link_has_nothing_ticking_but_the_heartbeat() -> None:
    bench = Bench(keys={"HeartbeatInterval": "0"})
    assert bench.face.deadline() == START + timedelta(hours=24)
