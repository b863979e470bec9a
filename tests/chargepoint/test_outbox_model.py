"""Whatever goes wrong between a face and its platform: nothing lost, nothing twice in effect, order kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, repeat

import msgspec
from face_bench import Bench, Platform, refusal
from hypothesis import event, given, settings
from hypothesis import strategies as st

from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Call

TRANSACTION = {"StartTransaction", "MeterValues", "StopTransaction"}


@dataclass
class Unreliable(Platform):
    """Each call meets its fate: it is lost on the way, its answer is lost, it is refused, or all is well.

    Like ours, it knows a repeated message id and answers it as the first time, without booking it again.
    """

    fates: Iterator[str] = field(default_factory=lambda: repeat("well"))
    sockets: int = 0
    open_id: str | None = None
    booked: dict[str, bytes] = field(default_factory=dict)  # message id -> answer, in order of booking
    sent: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)  # message id -> socket, bytes
    refused: list[str] = field(default_factory=list)

    def opened(self) -> None:
        super().opened()
        self.sockets += 1
        self.open_id = None

    def receive(self, socket_no: int, text: bytes, now: datetime) -> bytes | None:
        _, message_id, action, _ = msgspec.json.decode(text)
        assert self.open_id is None, f"{message_id} while {self.open_id} is open"
        self.open_id = message_id
        if action in TRANSACTION:
            self.sent.setdefault(message_id, []).append((self.sockets, text))
        fate = next(self.fates)
        reply = None if fate == "request lost" else self._work(fate, message_id, action, text, now)
        if reply is not None and fate != "answer lost":
            self.open_id = None
            return reply
        return None

    def _work(self, fate: str, message_id: str, action: str, text: bytes, now: datetime) -> bytes | None:
        assert self.rpc is not None
        if message_id in self.booked:
            return self.booked[message_id]
        received = self.rpc.receive(text, now)
        assert isinstance(received, Call)
        assert message_id not in self.refused, f"{message_id} again, after it was refused"
        if fate == "refused":
            self.refused.append(message_id)
            return self.rpc.refuse(message_id, refusal())
        reply = self._reply(received, now)
        if action in TRANSACTION:
            assert reply is not None
            self.booked[message_id] = reply
        return reply


fates_of_calls = st.lists(
    st.sampled_from(["well", "well", "refused", "request lost", "answer lost"]), min_size=10, max_size=40
)
happenings = st.lists(
    st.one_of(
        st.sampled_from(["start", "end", "cut", "restart", "gone", "back", "status"]),
        st.integers(1, 400),
    ),
    min_size=10,
    max_size=30,
)


@settings(max_examples=120, deadline=None)
@given(happenings, fates_of_calls)
def test_nothing_is_lost_nothing_is_booked_twice_and_order_is_kept(what: list[str | int], fates: list[str]) -> None:
    platform = Unreliable(fates=chain(fates, repeat("well")))
    keys = {"MeterValueSampleInterval": "100", "TransactionMessageAttempts": "2", "HeartbeatInterval": "50"}
    bench = Bench(platform=platform, keys=keys)
    sessions: list[str] = []
    for happening in what:
        happen(bench, happening, sessions)
    if sessions:
        bench.end_session(sessions.pop())
    platform.reachable, platform.fates = True, repeat("well")
    bench.pass_time(hours=6)

    assert bench.face.live().queued == 0
    assert set(bench.settled) == set(bench.rows), "each was acknowledged, or set aside in sight"
    check_ids(platform)
    check_bookings(bench, platform)
    event(f"set aside: {min(list(bench.settled.values()).count('set_aside'), 2)}")
    event(f"repeated: {any(len(sendings) > 1 for sendings in platform.sent.values())}")


def happen(bench: Bench, happening: str | int, sessions: list[str]) -> None:
    match happening:
        case int():
            bench.pass_time(seconds=happening)
        case "start" if not sessions:
            sessions.append(bench.start_session())
        case "end" if sessions:
            bench.charge(100)
            bench.end_session(sessions.pop())
        case "cut" if bench.socket_no is not None:
            bench.lose_link()
        case "restart":
            bench.restart()
        case "gone":
            bench.platform.reachable = False
        case "back":
            bench.platform.reachable = True
        case "status":
            bench.show(identified=not bench.views[1].identified)


def check_ids(platform: Unreliable) -> None:
    """The same id means the same bytes, each time on another socket; after a CALLERROR it is never used again."""
    for message_id, sendings in platform.sent.items():
        sockets = [socket for socket, _ in sendings]
        assert sockets == sorted(set(sockets)), f"{message_id} twice on one socket"
        assert len({text for _, text in sendings}) == 1
    for message_id in platform.refused:
        assert message_id not in platform.booked, "a refused message is sent anew under a new id"


def check_bookings(bench: Bench, platform: Unreliable) -> None:
    """Each acknowledged row was booked once, under the id of its last attempt, in the order of the rows."""
    acked = [seq for seq, outcome in sorted(bench.settled.items()) if outcome == "acked"]
    assert [bench.rows[seq].message_id for seq in acked] == list(platform.booked)
    for seq in acked:
        row = bench.rows[seq]
        assert row.text is not None
        _, _, action, payload = msgspec.json.decode(row.text)
        stored = msgspec.json.decode(row.body)
        if action == "StartTransaction":
            assert payload == stored
        else:
            start = next(r for r in bench.rows.values() if r.session_id == row.session_id)
            known = bench.settled[start.seq] == "acked"
            assert payload.pop("transactionId") == (transaction_id(platform, start.message_id) if known else -1)
            stored.pop("transactionId", None)
            assert payload == stored


def transaction_id(platform: Unreliable, message_id: str | None) -> int:
    assert message_id is not None
    answer = msgspec.json.decode(platform.booked[message_id])[2]
    return msgspec.convert(answer, m.StartTransactionResponse).transaction_id
