"""Transaction messages: order, repetition, errors, restarts (OCPP 1.6 §3.7, §4.8, §4.10; errata 3.18)."""

from datetime import timedelta

import pytest
from face_bench import ACCEPTED, START, Bench, Platform, refusal

from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.facts import EndReason, TransactionRefused
from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Rpc

TRANSACTION = (m.StartTransactionRequest, m.MeterValuesRequest, m.StopTransactionRequest)


def transaction_wire(bench: Bench) -> list[tuple[int, str, bytes]]:
    names = (b"StartTransaction", b"MeterValues", b"StopTransaction")
    return [call for call in bench.platform.wire if any(name in call[2] for name in names)]


def unanswered() -> tuple[Bench, Rpc, str]:
    """A StartTransaction that the platform takes its time for; its end of the wire, and the message id."""
    bench = Bench()
    bench.platform.answers[m.StartTransactionRequest] = None
    bench.start_session()
    old = bench.platform.rpc
    assert old is not None
    _, message_id, _ = transaction_wire(bench)[-1]
    return bench, old, message_id


def test_a_session_becomes_a_transaction() -> None:
    bench = Bench()
    bench.heard()
    session = bench.start_session(id_tag="ALICE")
    bench.pass_time(minutes=30)
    bench.charge(5_000)
    bench.end_session(session, EndReason.LOCAL, id_tag="ALICE")
    start, stop = bench.heard()
    assert start == m.StartTransactionRequest(connector_id=1, id_tag="ALICE", meter_start=1_000_000, timestamp=START)
    assert stop == m.StopTransactionRequest(
        id_tag="ALICE",
        meter_stop=1_005_000,
        timestamp=START + timedelta(minutes=30),
        transaction_id=1,
        reason=m.Reason.LOCAL,
    )
    assert bench.settled == {1: "acked", 2: "acked"}
    assert bench.face.state.durable.transactions == {}


def test_a_message_is_stored_before_it_is_sent() -> None:
    bench = Bench()
    bench.effects.clear()
    bench.start_session()
    done = [effect for effect in bench.effects if not isinstance(effect, fx.AskCharger | fx.SaveImage)]
    assert [type(effect) for effect in done] == [fx.Enqueue, fx.RecordAttempt, fx.SendText, fx.Settle]
    attempt, sent = done[1], done[2]
    assert isinstance(attempt, fx.RecordAttempt) and isinstance(sent, fx.SendText) and attempt.text == sent.text


def test_offline_messages_are_queued_and_delivered_in_order_one_by_one() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "600"})
    bench.heard()
    bench.go_offline()
    session = bench.start_session()
    bench.pass_time(minutes=25)
    bench.end_session(session)
    assert bench.face.live().queued == 4
    most_open = []
    bench.platform.answers[m.StartTransactionRequest] = lambda _: (
        most_open.append(len(transaction_wire(bench)))
        or (m.StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=77))
    )
    bench.come_back()
    messages = bench.heard(*TRANSACTION)
    assert [type(message) for message in messages] == [
        m.StartTransactionRequest,
        m.MeterValuesRequest,
        m.MeterValuesRequest,
        m.StopTransactionRequest,
    ]
    assert [message.transaction_id for message in messages[1:]] == [77, 77, 77]
    assert [value.meter_value[0].timestamp for value in messages[1:3]] == [
        START + timedelta(minutes=10),
        START + timedelta(minutes=20),
    ]


def test_other_messages_overtake_the_queue_new_transaction_messages_wait() -> None:
    bench = Bench()
    bench.platform.answers[m.StartTransactionRequest] = refusal()
    session = bench.start_session()
    bench.end_session(session)
    bench.heard()
    bench.show(identified=True)
    assert bench.actions() == ["StatusNotification"]
    bench.platform.answers.clear()
    bench.pass_time(seconds=60)
    assert bench.actions() == ["StartTransaction", "StopTransaction"]


def test_after_a_time_out_the_same_bytes_go_out_on_the_next_socket_only() -> None:
    bench = Bench()
    bench.platform.answers[m.StartTransactionRequest] = None
    bench.start_session()
    bench.pass_time(hours=5)
    sent = transaction_wire(bench)
    assert len(sent) > 3
    assert len({text for _, _, text in sent}) == 1
    assert len({socket_no for socket_no, _, _ in sent}) == len(sent)
    assert bench.rows[1].attempt == 1 and bench.settled == {}, "never counted"

    bench.platform.answers.clear()
    bench.pass_time(minutes=10)
    assert bench.settled == {1: "acked"}


def test_after_a_callerror_a_new_attempt_with_a_new_id_after_the_interval_times_n() -> None:
    bench = Bench(keys={"TransactionMessageAttempts": "3", "TransactionMessageRetryInterval": "60"})
    bench.platform.answers[m.StopTransactionRequest] = refusal()
    session = bench.start_session()
    bench.end_session(session)
    other = bench.start_session(id_tag="BOB")
    bench.heard()
    assert len(transaction_wire(bench)) == 2
    bench.pass_time(seconds=59)
    assert len(transaction_wire(bench)) == 2
    bench.pass_time(seconds=1)
    assert len(transaction_wire(bench)) == 3
    bench.pass_time(seconds=119)
    assert len(transaction_wire(bench)) == 3
    bench.pass_time(seconds=1)
    stops = [call for call in transaction_wire(bench) if b"StopTransaction" in call[2]]
    assert len({message_id for _, message_id, _ in stops}) == 3
    assert bench.settled == {1: "acked", 2: "set_aside", 3: "acked"}, "the queue behind it goes on"
    assert bench.face.live().set_aside == 1
    assert [notice.code for notice in bench.notices] == ["outbox.set_aside"]
    assert bench.notices[0].params["seq"] == 2 and other in bench.face.state.durable.transactions


def test_without_a_transaction_id_minus_one_stands_for_it() -> None:
    bench = Bench(keys={"TransactionMessageAttempts": "1", "MeterValueSampleInterval": "60"})
    bench.platform.answers[m.StartTransactionRequest] = refusal()
    session = bench.start_session()
    bench.pass_time(seconds=60)
    bench.end_session(session)
    messages = bench.heard(m.MeterValuesRequest, m.StopTransactionRequest)
    assert [message.transaction_id for message in messages] == [-1, -1]
    assert bench.settled == {1: "set_aside", 2: "acked", 3: "acked"}


def test_an_answer_that_comes_too_late_still_counts() -> None:
    bench, old, message_id = unanswered()
    bench.pass_time(seconds=30)
    bench.platform.reachable = False
    late = old.answer(message_id, m.StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=5))
    bench.do(ev.TextReceived(1, late))
    assert bench.settled == {1: "acked"}
    assert bench.face.state.durable.transactions["ses_1"].transaction_id == 5
    bench.heard()
    bench.come_back()
    assert bench.heard(m.StartTransactionRequest) == []


def test_an_answer_may_come_late_while_the_repeat_is_open() -> None:
    bench, old, message_id = unanswered()
    bench.pass_time(seconds=60)
    assert bench.socket_no == 2
    answer = m.StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=5)
    bench.do(ev.TextReceived(1, old.answer(message_id, answer)))
    assert bench.settled == {1: "acked"}
    bench.heard()
    bench.show(identified=True)
    assert bench.actions() == [], "the repeat still holds the socket"
    assert bench.platform.rpc is not None
    bench.do(ev.TextReceived(2, bench.platform.rpc.answer(message_id, answer)))
    assert bench.actions() == ["StatusNotification"]


def test_after_a_restart_the_frozen_bytes_go_out_again() -> None:
    bench = Bench()
    bench.platform.answers[m.StartTransactionRequest] = None
    session = bench.start_session()
    bench.end_session(session)
    before = transaction_wire(bench)
    bench.platform.answers.clear()
    bench.restart()
    after = transaction_wire(bench)[len(before) :]
    assert after[0][2] == before[0][2]
    assert bench.settled == {1: "acked", 2: "acked"}
    ids = [message_id for _, message_id, _ in bench.platform.wire]
    assert len(set(ids)) == len(ids) - 1, "all but the repeated one are new"


def test_after_a_restart_a_refused_message_goes_on_waiting() -> None:
    bench = Bench()
    bench.platform.answers[m.StartTransactionRequest] = refusal()
    bench.start_session()
    bench.pass_time(seconds=30)
    bench.platform.answers.clear()
    bench.restart()
    bench.heard()
    bench.pass_time(seconds=29)
    assert bench.actions() == []
    bench.pass_time(seconds=1)
    assert bench.actions() == ["StartTransaction"]
    assert bench.rows[1].attempt == 2


def test_a_fact_that_is_replayed_is_applied_once() -> None:
    bench = Bench()
    session = bench.start_session()
    fact = bench.end_session(session)
    bench.heard()
    bench.tell(fact)
    bench.restart()
    bench.tell(fact)
    bench.start_session(number=1, session_id=session)  # settled and forgotten: only its number says that it was
    bench.end_session(session, number=2)
    assert bench.heard(*TRANSACTION) == []


def test_a_session_that_began_before_the_link_is_no_transaction() -> None:
    bench = Bench()
    bench.heard()
    bench.end_session("ses_of_long_ago")
    assert bench.heard(*TRANSACTION) == []
    assert bench.face.state.durable.applied_fact == 1


@pytest.mark.parametrize("stop", [True, False])
def test_a_start_that_is_not_accepted_is_told_to_the_charger(stop: bool) -> None:
    invalid = m.IdTagInfo(status=m.AuthorizationStatus.INVALID)
    answer = m.StartTransactionResponse(id_tag_info=invalid, transaction_id=9)
    bench = Bench(
        keys={"StopTransactionOnInvalidId": str(stop).lower()},
        platform=Platform(answers={m.StartTransactionRequest: answer}),
    )
    session = bench.start_session()
    assert bench.wishes == [TransactionRefused(link_id="lnk_1", session_id=session, stop=stop)]
    assert bench.face.state.durable.transactions[session].refused


def test_a_refusal_that_comes_after_the_end_is_for_the_charger_to_note() -> None:
    invalid = m.IdTagInfo(status=m.AuthorizationStatus.INVALID)
    answer = m.StartTransactionResponse(id_tag_info=invalid, transaction_id=9)
    bench = Bench(platform=Platform(answers={m.StartTransactionRequest: answer}))
    bench.go_offline()
    session = bench.start_session()
    bench.end_session(session)
    bench.come_back()
    assert bench.wishes == [TransactionRefused(link_id="lnk_1", session_id=session, stop=True)]
    assert bench.heard(m.StopTransactionRequest)[0].transaction_id == 9


def test_a_report_links_refusal_is_told_to_the_charger_and_changes_nothing_here() -> None:
    """RULES §6: a report link's refusal is flagged only."""
    invalid = m.IdTagInfo(status=m.AuthorizationStatus.BLOCKED)
    answer = m.StartTransactionResponse(id_tag_info=invalid, transaction_id=9)
    bench = Bench(role="report", platform=Platform(answers={m.StartTransactionRequest: answer}))
    session = bench.start_session()
    assert bench.wishes == [TransactionRefused(link_id="lnk_1", session_id=session, stop=True)]
    assert bench.heard(m.StopTransactionRequest) == []


def test_an_answer_that_makes_no_sense_is_a_failure_to_process() -> None:
    bench = Bench(platform=Platform(answers={m.StartTransactionRequest: None}))
    bench.start_session()
    _, message_id, _ = transaction_wire(bench)[-1]
    bench.do(ev.TextReceived(1, f'[3,"{message_id}",{{"transactionId":"one"}}]'.encode()))
    assert bench.rows[1].refused and bench.settled == {}
    assert bench.face.live().state == "online"
