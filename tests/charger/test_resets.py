"""Restarts that a platform asks for, and sessions that it does not see (RULES §6; OCPP 1.6 §5.14)."""

from laadboek import facts
from laadboek.charger import events as ev
from laadboek.charger.effects import Tell

from .bench import LINK, Bench

CLOSED = {"FreeCharging": "false"}


def private_session() -> Bench:
    bench = Bench(settings=CLOSED)
    bench.plug()
    bench.pin("54321")
    bench.told()
    return bench


def reset(bench: Bench, *sees: str, hard: bool = False) -> str:
    return bench.wish(facts.ResetAsked, hard=hard, sees=sees)


def boots(bench: Bench) -> list[facts.DeviceWentDark | facts.DeviceBooted]:
    told = [effect.fact for effect in bench.effects if isinstance(effect, Tell)]
    return [fact for fact in told if isinstance(fact, facts.DeviceWentDark | facts.DeviceBooted)]


def test_a_reset_during_a_hidden_session_is_deferred_until_nobody_is_there() -> None:
    bench = private_session()
    assert reset(bench) == "granted reset.deferred"
    assert bench.told() == ["granted reset.deferred", "notice reset.deferred"]
    assert bench.running() is not None
    bench.pin("54321")
    assert "reboot soft" not in bench.told(), "the car is still there: a boot would begin a new visit"
    bench.unplug()
    assert bench.told()[-1] == "reboot soft"


def test_the_boot_of_a_deferred_reset_is_no_news_to_the_link_that_asked() -> None:
    bench = private_session()
    reset(bench, hard=True)
    bench.unplug()
    bench.cut_power()
    bench.restore_power()
    assert [fact.unseen_by for fact in boots(bench)] == [LINK, LINK, LINK]
    bench.cut_power()
    bench.restore_power()
    assert [fact.unseen_by for fact in boots(bench)[3:]] == [None, None], "that was a power cut"


def test_a_device_that_cannot_restart_goes_on_with_its_work() -> None:
    bench = Bench()
    assert bench.reset(hard=True) == "granted"
    assert bench.remote_start("ALICE") == "refused charger.rebooting"
    bench.do(ev.DeviceResynced(pilots=bench.pilot))
    assert bench.remote_start("ALICE") == "granted"


def test_a_power_cut_before_it_pays_for_a_deferred_reset_and_is_seen_by_all() -> None:
    bench = private_session()
    reset(bench)
    bench.cut_power()
    bench.restore_power()
    assert [fact.unseen_by for fact in boots(bench)] == [None, None]
    bench.told()
    bench.unplug()
    assert not any(line.startswith("reboot") for line in bench.told())


def test_a_deferred_reset_is_not_forgotten_by_a_restart_of_ours() -> None:
    bench = private_session()
    reset(bench)
    bench.restart()
    bench.told()
    bench.unplug()
    assert bench.told()[-1] == "reboot soft"


def test_a_deferred_reset_ends_the_sessions_that_its_link_sees() -> None:
    bench = Bench(settings=CLOSED, connectors=2)
    bench.plug(1)
    bench.pin("54321", 1)
    bench.plug(2)
    bench.tap("ALICE", 2)
    alice = bench.running(2)
    assert alice is not None
    assert reset(bench, alice.session_id) == "granted reset.deferred"
    assert bench.running(2) is None and bench.running(1) is not None
    assert [(ended.id_tag, ended.reason) for ended in bench.ended] == [("ALICE", facts.EndReason.SOFT_RESET)]
