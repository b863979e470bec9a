"""Security events (security whitepaper, A04 and §8): logged all, sent where they are understood, never in the way."""

import pytest
from face_bench import Bench, refusal

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.security.security_events import CRITICAL, QUEUE_MAX, record
from laadboek.chargepoint.step import Step
from laadboek.facts import DeviceBooted
from laadboek.ids import Ids
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import ErrorCode
from laadboek.ocpp.security import SecurityEvent

EVENT = m.SecurityEventNotificationRequest
LIST = m.GetInstalledCertificateIdsRequest(certificate_type=m.CertificateUse.MANUFACTURER_ROOT_CERTIFICATE)


class Watched(Bench):
    """A link on which events are sent, unless a story says otherwise."""

    def __init__(self, **changes):
        super().__init__(**({"security_profile": 1} | changes))
        self.heard()

    def log(self):
        return [effect.type for effect in self.effects if isinstance(effect, fx.LogSecurityEvent)]

    def pushed(self):
        return [request.type for request in self.heard(EVENT)]

    def boot(self):
        self.tell(DeviceBooted())

    @property
    def events(self):
        return self.face.state.durable.security_events


def test_a04_fr_01_a04_fr_04_a_critical_event_is_logged_and_sent():
    bench = Watched()
    bench.boot()
    assert bench.log() == ["StartupOfTheDevice"]
    (told,) = bench.heard(EVENT)
    assert (told.type, told.timestamp) == ("StartupOfTheDevice", bench.now)
    assert bench.events.queue == ()  # A04.FR.03


def test_a04_fr_02_events_of_an_outage_are_told_in_order_when_it_is_over():
    bench = Watched()
    bench.go_offline()
    begin = bench.now
    bench.boot()
    bench.pass_time(days=30)
    bench.do(ev.StoreWasFull(bench.now))
    bench.restart()
    bench.come_back()
    told = bench.heard(EVENT)
    assert [event.type for event in told] == ["StartupOfTheDevice", "MemoryExhaustion"]
    assert told[0].timestamp == begin
    assert bench.log() == ["StartupOfTheDevice", "MemoryExhaustion"]


def test_an_attempt_that_nobody_answered_is_repeated_under_its_id():
    bench = Watched()
    bench.platform.answers[EVENT] = None
    bench.boot()
    bench.lose_link()
    bench.restart()
    bench.pass_time(seconds=1)
    attempts = [(message_id, text) for _, message_id, text in bench.platform.wire if b"SecurityEvent" in text]
    assert len(attempts) == 2 and len(set(attempts)) == 1
    del bench.platform.answers[EVENT]
    bench.lose_link()
    bench.pass_time(minutes=5)
    assert bench.events.queue == ()


@pytest.mark.parametrize("code", [ErrorCode.NOT_SUPPORTED, ErrorCode.NOT_IMPLEMENTED])
def test_a_platform_that_does_not_know_events_is_told_no_more_until_the_next_boot(code):
    bench = Watched()
    bench.platform.answers[EVENT] = refusal(code)
    bench.boot()
    assert len(bench.heard(EVENT)) == 1
    assert [notice.code for notice in bench.notices] == ["security.set_aside"] and bench.events.set_aside == 1
    bench.do(ev.StoreWasFull(bench.now))
    assert bench.heard(EVENT) == [] and bench.log()[-1] == "MemoryExhaustion"
    del bench.platform.answers[EVENT]
    bench.boot()
    assert bench.pushed() == ["StartupOfTheDevice"]


def test_a_refusal_is_tried_three_times_with_growing_waits_and_set_aside_in_sight():
    bench = Watched()
    bench.platform.answers[EVENT] = refusal(ErrorCode.INTERNAL_ERROR)
    bench.boot()
    assert len(bench.heard(EVENT)) == 1
    bench.pass_time(seconds=59)
    assert bench.heard(EVENT) == []
    bench.pass_time(seconds=1)
    assert len(bench.heard(EVENT)) == 1
    bench.pass_time(seconds=119)
    assert bench.heard(EVENT) == []
    bench.pass_time(seconds=1)
    assert len(bench.heard(EVENT)) == 1
    assert bench.events.queue == () and bench.events.set_aside == 1
    ids = [message_id for _, message_id, text in bench.platform.wire if b"SecurityEvent" in text]
    assert len(set(ids)) == 3
    del bench.platform.answers[EVENT]
    bench.do(ev.StoreWasFull(bench.now))
    assert bench.pushed() == ["MemoryExhaustion"]


@pytest.mark.parametrize("answer", [None, refusal(ErrorCode.INTERNAL_ERROR), refusal(ErrorCode.NOT_SUPPORTED)])
def test_events_never_hold_up_a_transaction(answer):
    """Whatever the platform makes of events: each transaction message arrives once, in order, and before them."""
    bench = Watched()
    bench.platform.answers[EVENT] = answer
    bench.go_offline()
    bench.boot()
    session = bench.start_session()
    bench.charge(1_000)
    bench.end_session(session)
    bench.come_back()
    actions = [a for a in bench.actions() if a not in ("StatusNotification", "Heartbeat", "BootNotification")]
    assert actions[:3] == ["StartTransaction", "StopTransaction", "SecurityEventNotification"]
    bench.pass_time(hours=1)
    bench.end_session(bench.start_session())
    bench.pass_time(hours=2)
    assert [bench.settled[seq] for seq in sorted(bench.settled)] == ["acked"] * 4
    assert bench.events.queue == () and bench.socket_no is not None


def test_silence_three_times_is_an_answer_as_well():
    bench = Watched()
    bench.platform.answers[EVENT] = None
    bench.boot()
    bench.pass_time(hours=1)
    assert bench.events.not_understood and bench.events.queue == ()
    assert bench.socket_no is not None and len(bench.heard(EVENT)) == 3


# --- where they are sent ----------------------------------------------------------------------------------------------


def test_without_a_profile_events_are_logged_only_until_the_platform_shows_that_it_knows_them():
    bench = Watched(security_profile=0)
    bench.boot()
    assert bench.log() == ["StartupOfTheDevice"] and bench.heard(EVENT) == []
    bench.call(LIST)
    bench.boot()
    assert bench.pushed() == ["StartupOfTheDevice"]
    bench.restart()
    bench.boot()
    assert bench.pushed() == ["StartupOfTheDevice"]


@pytest.mark.parametrize(("chosen", "profile", "told"), [(True, 0, 1), (False, 2, 0)])
def test_the_owner_may_decide_it(chosen, profile, told):
    bench = Watched(security_events=chosen, security_profile=profile)
    bench.boot()
    assert len(bench.heard(EVENT)) == told and bench.log() == ["StartupOfTheDevice"]


def step_of(bench):
    return Step(bench.face.config, bench.face.state, None, Ids(3), bench.now)


@pytest.mark.parametrize("kind", list(SecurityEvent))
def test_only_what_is_critical_or_must_be_triggered_is_sent(kind):
    step = step_of(Watched())
    record(step, kind, "why")
    assert step.effects == [fx.LogSecurityEvent(kind, "why", step.now)]
    queued = [event.type for event in step.durable.security_events.queue]
    assert queued == ([kind] if kind in CRITICAL or kind.startswith(("InvalidT", "InvalidC", "InvalidF")) else [])


def test_technical_information_is_cut_to_what_the_wire_allows():
    step = step_of(Watched())
    record(step, SecurityEvent.MEMORY_EXHAUSTION, "x" * 256)
    assert [len(event.tech_info) for event in step.durable.security_events.queue] == [255]


# --- what is one ------------------------------------------------------------------------------------------------------


def test_a_reset_is_an_event_and_so_is_the_boot_after_it():
    bench = Watched()
    bench.call(m.ResetRequest(type=m.ResetType.SOFT))
    bench.boot()
    assert bench.log() == ["ResetOrReboot", "StartupOfTheDevice"]
    assert bench.pushed() == ["ResetOrReboot", "StartupOfTheDevice"]


def test_a_flood_of_bad_messages_is_one_row_a_minute():
    bench = Watched()

    def bad(number):
        text = bench.platform.rpc.call(f"bad{number}", m.ResetRequest(type=m.ResetType.SOFT), bench.now)
        bench.do(ev.TextReceived(bench.socket_no, text.replace(b"Soft", b"Mild")))

    for number in range(50):
        bad(number)
    assert bench.log() == ["InvalidMessages"]
    bench.pass_time(seconds=59)
    bad(51)
    assert bench.log() == ["InvalidMessages"]
    bench.pass_time(seconds=1)
    bad(52)
    assert bench.log() == ["InvalidMessages"] * 2
    assert bench.heard(EVENT) == []


def test_another_message_under_an_id_that_is_being_answered_is_an_attempted_replay():
    bench = Watched()
    bench.grants = lambda wish: None  # the charger takes its time
    first = bench.platform.rpc.call("same", m.ResetRequest(type=m.ResetType.SOFT), bench.now)
    bench.do(ev.TextReceived(bench.socket_no, first))
    bench.do(ev.TextReceived(bench.socket_no, first))  # asked again: no attack, and one answer
    assert bench.log() == []
    bench.do(ev.TextReceived(bench.socket_no, first.replace(b"Soft", b"Hard")))
    assert bench.log() == ["AttemptedReplayAttacks"]


def test_a_wall_clock_that_was_set_is_an_event():
    bench = Watched()
    bench.do(ev.ClockSet(-3600.0))
    (told,) = bench.heard(EVENT)
    assert (told.type, told.tech_info) == ("SettingSystemTime", "-3600 s")


def test_a_queue_beyond_all_measure_keeps_the_newest():
    bench = Watched()
    bench.go_offline()
    for _ in range(QUEUE_MAX + 5):
        bench.boot()
    assert len(bench.events.queue) == QUEUE_MAX and bench.events.set_aside == 5
    assert len(bench.log()) == QUEUE_MAX + 5
