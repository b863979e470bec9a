"""A device that restarts is off the air, once it has said what there is to say (OCPP 1.6 §5.14; errata 3.36)."""

import pytest
from core_cases import charging, ready, stopped

from laadboek.facts import DeviceBooted, DeviceWentDark, EndReason, ResetAsked
from laadboek.ocpp import messages as m

RESTARTING = DeviceWentDark(restarting=True)


@pytest.mark.parametrize("reason", [EndReason.SOFT_RESET, EndReason.HARD_RESET])
def test_015_016_the_platform_hears_of_the_stop_before_the_socket_goes(reason: EndReason) -> None:
    bench = ready()
    session = charging(bench)
    bench.heard()
    stopped(bench, session, reason)
    bench.tell(RESTARTING)
    heard = [m.ACTION_OF[type(request)] for request in bench.platform.heard]
    assert sorted(heard) == ["StatusNotification", "StopTransaction"]
    assert bench.socket_no is None
    bench.pass_time(minutes=1)
    assert bench.socket_no is None, "until it has booted"
    bench.heard()
    bench.tell(DeviceBooted())
    assert bench.actions()[:1] == ["BootNotification"] and bench.socket_no == 2


def test_a_platform_that_does_not_answer_is_not_waited_for_when_it_has_booted() -> None:
    bench = ready()
    session = charging(bench)
    bench.platform.answers[m.StopTransactionRequest] = None
    stopped(bench, session, EndReason.SOFT_RESET)
    bench.tell(RESTARTING)
    assert bench.socket_no == 1, "it still may answer"
    del bench.platform.answers[m.StopTransactionRequest]
    bench.heard()
    bench.tell(DeviceBooted())
    assert bench.socket_no == 2
    assert [a for a in bench.actions() if a != "StatusNotification"] == ["BootNotification", "StopTransaction"]


def test_with_nothing_to_say_it_leaves_at_once() -> None:
    bench = ready()
    bench.tell(RESTARTING)
    assert bench.socket_no is None
    bench.tell(DeviceBooted())
    assert bench.actions()[0] == "BootNotification"


@pytest.mark.parametrize("kind", m.ResetType)
def test_the_answer_to_the_reset_comes_before_the_socket_goes(kind: m.ResetType) -> None:
    bench = ready()
    answer = bench.call(m.ResetRequest(type=kind))
    bench.tell(RESTARTING)
    assert (answer.status.value, bench.socket_no) == ("Accepted", None)


def test_a_reset_that_never_happens_brings_the_link_back() -> None:
    bench = ready(keys={"ResetRetries": "1"})
    bench.call(m.ResetRequest(type=m.ResetType.HARD))
    bench.tell(RESTARTING)
    bench.pass_time(minutes=3, seconds=59)
    assert bench.socket_no is None
    bench.pass_time(seconds=1)
    assert [type(wish) for wish in bench.wishes] == [ResetAsked, ResetAsked]
    assert bench.notices[-1].code == "reset.failed" and bench.socket_no == 2


@pytest.mark.parametrize("role", ["control", "report"])
def test_a_platform_that_resets_in_a_loop_is_refused_and_the_owner_told_once(role: str) -> None:
    bench = ready(role=role)

    def reset() -> str:
        status: str = bench.call(m.ResetRequest(type=m.ResetType.HARD)).status.value
        if role == "control" and status == "Accepted":
            bench.tell(RESTARTING)
            bench.pass_time(seconds=5)
            bench.tell(DeviceBooted())
        bench.pass_time(seconds=30)
        return status

    assert [reset() for _ in range(8)] == ["Accepted"] * 5 + ["Rejected"] * 3
    assert [notice.code for notice in bench.notices].count("reset.too_many") == 1
    bench.pass_time(minutes=10)
    assert reset() == "Accepted"
