"""What a person puts back, queues longer than memory, and platforms that are useless for a month (OCPP 1.6 §3.7)."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from face_bench import ACCEPTED, START, Bench, refusal

from laadboek.chargepoint import events as ev
from laadboek.chargepoint import thinning
from laadboek.chargepoint.outbox import READ_BELOW, WINDOW
from laadboek.ocpp import messages as m

TRANSACTION = (m.StartTransactionRequest, m.MeterValuesRequest, m.StopTransactionRequest)
ONCE = {"TransactionMessageAttempts": "1"}


def replay(bench: Bench) -> None:
    """As a host does it: what was set aside, and what followed a start that is among it."""
    aside = {seq for seq, outcome in bench.settled.items() if outcome == "set_aside"}
    dead = {bench.rows[seq].session_id: seq for seq in aside if bench.rows[seq].action == "StartTransaction"}
    followed = {
        row.seq
        for row in bench.rows.values()
        if row.seq in bench.settled and row.seq > dead.get(row.session_id, row.seq)
    }
    seqs = tuple(sorted(aside | followed))
    if seqs:
        bench.do(ev.Replayed(seqs, len(aside)))


def heard(bench: Bench) -> list[tuple[str, int | None]]:
    """Transaction messages since the last look, with their transaction ids."""
    return [
        (m.ACTION_OF[type(request)], getattr(request, "transaction_id", None)) for request in bench.heard(*TRANSACTION)
    ]


def with_dead_start() -> Bench:
    """A whole transaction whose start the platform could not take."""
    bench = Bench(keys={"MeterValueSampleInterval": "60", **ONCE})
    bench.platform.answers[m.StartTransactionRequest] = refusal()
    session = bench.start_session()
    bench.pass_time(seconds=60)
    bench.end_session(session)
    assert heard(bench) == [("StartTransaction", None), ("MeterValues", -1), ("StopTransaction", -1)]
    assert bench.settled == {1: "set_aside", 2: "acked", 3: "acked"}
    bench.platform.answers.clear()
    return bench


def test_a_start_that_is_replayed_takes_with_it_what_followed_without_its_id() -> None:
    """errata 3.18: -1 stands for a start that is dead; this one lives again."""
    bench = with_dead_start()
    replay(bench)
    assert heard(bench) == [("StartTransaction", None), ("MeterValues", 1), ("StopTransaction", 1)]
    assert bench.settled == {1: "acked", 2: "acked", 3: "acked"}
    assert bench.face.live().set_aside == 0 and bench.face.state.durable.transactions == {}
    ids = [message_id for _, message_id, _ in bench.platform.wire]
    assert len(set(ids)) == len(ids), "each a new attempt, under a new id"


def test_a_replay_survives_a_restart_before_anything_was_sent() -> None:
    bench = with_dead_start()
    bench.go_offline()
    replay(bench)
    bench.restart()
    bench.platform.reachable = True
    bench.pass_time(minutes=10)
    assert heard(bench) == [("StartTransaction", None), ("MeterValues", 1), ("StopTransaction", 1)]


def test_a_replayed_message_gets_its_attempts_anew() -> None:
    bench = with_dead_start()
    bench.configure("TransactionMessageAttempts", "2")
    bench.platform.answers[m.StartTransactionRequest] = refusal()
    replay(bench)
    assert heard(bench) == [("StartTransaction", None)]
    bench.pass_time(seconds=59)
    assert heard(bench) == []
    bench.pass_time(seconds=1)
    assert heard(bench)[0] == ("StartTransaction", None)
    assert bench.settled[1] == "set_aside" and bench.rows[1].attempt == 3
    assert bench.face.live().set_aside == 1


def test_a_stop_that_is_replayed_alone_keeps_the_id_of_its_transaction() -> None:
    bench = Bench(keys=ONCE)
    bench.platform.transaction_ids = 76
    bench.platform.answers[m.StopTransactionRequest] = refusal()
    bench.end_session(bench.start_session())
    assert heard(bench) == [("StartTransaction", None), ("StopTransaction", 77)]
    assert bench.face.state.durable.transactions == {}, "history by now"
    bench.platform.answers.clear()
    replay(bench)
    assert heard(bench) == [("StopTransaction", 77)]
    assert set(bench.settled.values()) == {"acked"}


def test_what_is_on_its_way_during_a_replay_is_settled_by_its_own_answer() -> None:
    bench = with_dead_start()
    bench.platform.answers[m.StartTransactionRequest] = None
    other = bench.start_session(id_tag="BOB")
    _, message_id, _ = bench.platform.wire[-1]
    bench.heard()
    replay(bench)
    assert heard(bench) == [], "one open call at a time"
    assert bench.face.live().queued == 4
    bench.platform.answers.clear()
    assert bench.platform.rpc is not None and bench.socket_no is not None
    answer = bench.platform.rpc.answer(message_id, m.StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=90))
    bench.do(ev.TextReceived(bench.socket_no, answer))
    assert bench.face.state.durable.transactions[other].transaction_id == 90
    assert heard(bench) == [("StartTransaction", None), ("MeterValues", 1), ("StopTransaction", 1)]
    assert bench.pending() == [] and bench.face.live().queued == 0


def test_a_replay_goes_before_what_waits_and_a_lost_call_after_it() -> None:
    bench = with_dead_start()
    bench.platform.answers[m.StartTransactionRequest] = None
    bench.end_session(bench.start_session(id_tag="BOB"))
    bench.heard()
    replay(bench)
    bench.lose_link()
    bench.platform.answers.clear()
    bench.pass_time(minutes=10)
    starts = [request.id_tag for request in bench.heard(m.StartTransactionRequest)]
    assert starts == ["ALICE", "BOB"]
    assert set(bench.settled.values()) == {"acked"} and len(bench.settled) == 5


# --- longer than memory -----------------------------------------------------------------------------------------------


def test_of_a_long_queue_only_the_first_messages_are_in_memory_and_none_is_sent_twice() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "60"})
    bench.go_offline()
    sessions = 40
    for _ in range(sessions):
        session = bench.start_session()
        bench.pass_time(minutes=30)
        bench.end_session(session)
        assert len(bench.face.state.outbox.entries) <= WINDOW
    waiting = len(bench.pending())
    assert waiting == sessions * 31 + sessions and bench.face.live().queued == waiting
    lengths = []
    bench.platform.answers[m.MeterValuesRequest] = lambda _: (
        lengths.append(len(bench.face.state.outbox.entries)) or m.MeterValuesResponse()
    )
    bench.heard()
    bench.come_back()
    assert [name for name, _ in heard(bench)] == [
        name for _ in range(sessions) for name in ("StartTransaction", *["MeterValues"] * 30, "StopTransaction")
    ]
    assert max(lengths) <= WINDOW and min(lengths[:-WINDOW]) >= READ_BELOW, "never waits for the store"
    assert bench.face.live().queued == 0 and bench.face.state.outbox.behind == 0


def test_thirty_days_of_samples_every_300_s_fit_unthinned() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "300"})
    bench.go_offline()
    session = bench.start_session()
    bench.pass_time(days=30)
    bench.end_session(session)
    values = [row for row in bench.pending() if row.action == "MeterValues"]
    assert len(values) == 8_640 < thinning.QUOTA
    assert len(bench.face.state.outbox.entries) == WINDOW


def test_past_the_quota_values_are_thinned_but_never_the_first_nor_the_last() -> None:
    """errata 3.91: the values in between may be left out. Nothing that was stored is deleted."""
    bench = Bench(keys={"MeterValueSampleInterval": "10"})
    bench.go_offline()
    session = bench.start_session()
    bench.pass_time(seconds=10 * (thinning.QUOTA - 1))
    assert len(bench.pending()) == thinning.QUOTA
    bench.pass_time(seconds=10 * 2_001)
    bench.end_session(session)
    rows = bench.pending()
    assert rows[-1].action == "StopTransaction"
    stamps = [stamp(row.body) for row in rows[1:-1]]
    assert stamps[0] == START + timedelta(seconds=10)
    assert stamps[-1] == START + timedelta(seconds=10 * (thinning.QUOTA + 2_000)), "the last one was held back"
    gaps = [(later - sooner).seconds for sooner, later in pairwise(stamps)]
    assert gaps == [10] * (thinning.QUOTA - 2) + [20] * 1_000 + [10]
    second = bench.start_session(id_tag="BOB")
    bench.pass_time(seconds=30)
    bench.end_session(second)
    of_second = [stamp(row.body) for row in bench.pending() if row.session_id == second and row.action == "MeterValues"]
    assert len(of_second) == 2, "its first, and its third, which is its last"


def stamp(body: bytes) -> Any:
    return msgspec.json.decode(body, type=m.MeterValuesRequest).meter_value[0].timestamp


def test_what_was_held_back_survives_a_restart() -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "10"})
    bench.go_offline()
    session = bench.start_session()
    bench.pass_time(seconds=10 * (thinning.QUOTA + 2))
    bench.restart()
    bench.socket_no = None
    bench.end_session(session)
    last = [row for row in bench.pending() if row.action == "MeterValues"][-1]
    assert stamp(last.body) == START + timedelta(seconds=10 * (thinning.QUOTA + 2))


# --- useless for a month ----------------------------------------------------------------------------------------------


def garbage(bench: Bench) -> None:
    """Every answer of the platform is no OCPP at all, or an answer that makes no sense."""
    real, count = bench.platform.receive, iter(range(10**9))

    def receive(socket_no: int, text: bytes, now: Any) -> bytes | None:
        _, message_id, action, _ = msgspec.json.decode(text)
        real(socket_no, text, now)
        if action not in ("StartTransaction", "MeterValues", "StopTransaction"):
            return b'[3,"%b",{}]' % message_id.encode()
        kinds = (b"\x00\xff", b"[]", b"{}", b'[3,"nobody",{}]', b'[3,"%b",{"transactionId":"x"}]' % message_id.encode())
        return kinds[next(count) % len(kinds)]

    bench.platform.receive = receive  # type: ignore[method-assign]


def callerrors(bench: Bench) -> None:
    for kind in TRANSACTION:
        bench.platform.answers[kind] = refusal()


def silence(bench: Bench) -> None:
    for kind in TRANSACTION:
        bench.platform.answers[kind] = None


@pytest.mark.parametrize("trouble", [callerrors, garbage, silence])
def test_a_platform_that_is_useless_for_thirty_days_gets_everything_in_order_in_the_end(trouble: Any) -> None:
    bench = Bench(keys={"MeterValueSampleInterval": "1800"})
    well = bench.platform.receive
    trouble(bench)
    for _ in range(30):
        session = bench.start_session()
        bench.pass_time(hours=8)
        bench.charge(20_000)
        bench.end_session(session)
        bench.pass_time(hours=16)
    assert len(bench.rows) == 30 * 18, "nothing is deleted"
    assert len(bench.pending()) + len(bench.settled) == len(bench.rows)
    bench.platform.receive = well  # type: ignore[method-assign]
    bench.platform.answers.clear()
    bench.heard()
    bench.pass_time(hours=6)
    replay(bench)
    bench.pass_time(hours=6)
    assert set(bench.settled.values()) == {"acked"} and len(bench.settled) == len(bench.rows)
    assert bench.face.live().queued == bench.face.live().set_aside == 0
    assert bench.face.state.durable.transactions == {}
    check_order(bench)


def check_order(bench: Bench) -> None:
    """Of each session in the end a start, its values and its stop, all under the id that the start was given."""
    ids: dict[int, list[str]] = {}
    for request in bench.heard(*TRANSACTION):
        if not isinstance(request, m.StartTransactionRequest) and request.transaction_id != -1:
            ids.setdefault(request.transaction_id, []).append(type(request).__name__)
    assert len(ids) == 30
    for names in ids.values():
        assert names == ["MeterValuesRequest"] * 16 + ["StopTransactionRequest"]
