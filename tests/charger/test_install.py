"""New firmware waits for the last session, and keeps the next one from starting (L01.FR.06, L01.FR.07, L01.FR.19)."""

from typing import Any

from laadboek import facts
from laadboek.charger import events as ev
from laadboek.charger.effects import InstallFirmware, Tell
from laadboek.facts import Pilot

from .bench import LINK, Bench

ASK = facts.InstallAsked(wish_id=70, link_id=LINK, version="2.0.0")


def installs(effects: list[Any]) -> list[str]:
    return [effect.version for effect in effects if isinstance(effect, InstallFirmware)]


def answers(effects: list[Any]) -> list[tuple[bool, str | None]]:
    told = [effect.fact for effect in effects if isinstance(effect, Tell)]
    ours = [fact for fact in told if isinstance(fact, facts.WishAnswered) and fact.wish_id == 70]
    return [(fact.granted, None if fact.why is None else fact.why.code) for fact in ours]


def ended(effects: list[Any]) -> list[tuple[bool, str | None]]:
    return [
        (effect.fact.ok, effect.link_id)
        for effect in effects
        if isinstance(effect, Tell) and isinstance(effect.fact, facts.InstallEnded)
    ]


def operative(bench: Bench, connector_id: int = 1) -> bool:
    return bench.core.view(connector_id).operative


def running(bench: Bench, connector_id: int = 1) -> bool:
    return bench.core.view(connector_id).session_id is not None


def test_a_free_charger_begins_at_once() -> None:
    bench = Bench()
    effects = bench.do(ASK)
    assert (installs(effects), answers(effects)) == (["2.0.0"], [(True, None)])
    assert not operative(bench)
    assert bench.why == "updating"
    assert ended(bench.do(ev.InstallEnded(True))) == [(True, LINK)]
    assert not operative(bench)  # until it has booted
    bench.do(ev.DeviceBooted({1: Pilot.A}, firmware_version="2.0.0"))
    assert operative(bench)


def test_a_running_session_goes_on_and_is_waited_for() -> None:
    bench = Bench()
    bench.do(ev.PilotChanged(1, Pilot.B1))
    assert running(bench)
    effects = bench.do(ASK)
    assert (installs(effects), answers(effects)) == ([], [])
    assert operative(bench) and running(bench)
    effects = bench.do(ev.PilotChanged(1, Pilot.A))
    assert (installs(effects), answers(effects)) == (["2.0.0"], [(True, None)])
    assert not operative(bench)


def test_nothing_starts_while_another_connector_is_waited_for() -> None:
    bench = Bench(connectors=2)
    bench.do(ev.PilotChanged(1, Pilot.B1))
    bench.do(ASK)
    assert (operative(bench, 1), operative(bench, 2)) == (True, False)
    bench.do(ev.PilotChanged(2, Pilot.B1))
    bench.do(ev.TagPresented(2, "ALICE"))
    assert not running(bench, 2)
    assert installs(bench.do(ev.PilotChanged(1, Pilot.A))) == ["2.0.0"]


def test_a_failed_installation_gives_the_charger_back() -> None:
    """Case 044_3: the waiting car charges at last."""
    bench = Bench()
    bench.do(ASK)
    bench.do(ev.PilotChanged(1, Pilot.B1))
    assert not running(bench)
    assert ended(bench.do(ev.InstallEnded(False))) == [(False, LINK)]
    assert operative(bench) and running(bench)


def test_a_dropped_update_gives_the_charger_back() -> None:
    bench = Bench(connectors=2)
    bench.do(ev.PilotChanged(1, Pilot.B1))
    bench.do(ASK)
    bench.do(facts.InstallDropped(link_id="lnk_other"))
    assert not operative(bench, 2)
    bench.do(facts.InstallDropped(link_id=LINK))
    assert operative(bench, 2)
    assert installs(bench.do(ev.PilotChanged(1, Pilot.A))) == []


def test_only_control_installs() -> None:
    bench = Bench()
    effects = bench.do(facts.InstallAsked(wish_id=70, link_id="lnk_report", version="2.0.0"))
    assert (installs(effects), answers(effects)) == ([], [(False, "link.no_control")])
    assert operative(bench)


def test_a_dark_charger_installs_nothing() -> None:
    bench = Bench()
    bench.do(ev.PowerLost())
    assert answers(bench.do(ASK)) == [(False, "charger.dark")]


def test_a_link_that_loses_control_lets_go() -> None:
    bench = Bench(connectors=2)
    bench.do(ev.PilotChanged(1, Pilot.B1))
    bench.do(ASK)
    bench.do(ev.LinksChanged("lnk_other", False))
    assert operative(bench, 2)
    assert installs(bench.do(ev.PilotChanged(1, Pilot.A))) == []


def test_a_boot_in_between_is_asked_for_anew() -> None:
    bench = Bench()
    bench.do(ASK)
    bench.do(ev.DeviceBooted({1: Pilot.A}))
    assert operative(bench)
    assert ended(bench.do(ev.InstallEnded(True))) == []
