"""The same session on both engines of the store, through real jobs."""

from functools import partial

from platform_bench import ALICE, START, settle_in

from fixtures_store import run
from laadboek.csms.exchange import handle_call, keep_orphan, touch
from laadboek.ids import Ids
from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Rpc
from laadboek.ocpp.types import Side
from laadboek.store import operations, orphans, transactions
from laadboek.store.operations import OperationState, Wish
from laadboek.store.verify import verify


class Platform:
    """The jobs of one charge point's calls, one after the other."""

    def __init__(self, database):
        self.database = database
        rows = run(database, settle_in)
        self.garage = rows[0].identity
        self.rpc = Rpc(Side.CENTRAL_SYSTEM)
        self.ids = Ids(1)

    def ask(self, message_id, request):
        text = Rpc(Side.CHARGE_POINT).call(message_id, request, START)
        call = self.rpc.receive(text, START)
        outcome = run(self.database, partial(handle_call, self.garage, call, text, START, self.ids))
        self.rpc.answer(message_id, outcome.answer)
        return outcome.answer


def test_a_session_with_its_repetitions(database):
    platform = Platform(database)
    platform.ask("0", m.BootNotificationRequest(charge_point_vendor="Acme", charge_point_model="AC-22"))
    status = m.StatusNotificationRequest(connector_id=1, error_code="NoError", status="Available", timestamp=START)
    begin = m.StartTransactionRequest(connector_id=1, id_tag=ALICE, meter_start=1000, timestamp=START)
    values = m.MeterValue(timestamp=START, sampled_value=(m.SampledValue(value="1200"),))
    for _ in range(2):
        platform.ask("1", status)
        started = platform.ask("2", begin)
    assert platform.ask("3", begin).transaction_id == started.transaction_id
    reading = m.MeterValuesRequest(connector_id=1, transaction_id=started.transaction_id, meter_value=(values,))
    end = m.StopTransactionRequest(transaction_id=started.transaction_id, meter_stop=2000, timestamp=START)
    for message_id in ("4", "4", "5"):
        platform.ask(message_id, reading)
    for message_id in ("6", "6", "7"):
        platform.ask(message_id, end)
    platform.ask("8", m.StopTransactionRequest(transaction_id=-1, meter_stop=1, timestamp=START))
    run(database, partial(touch, platform.garage, platform.ids, START))

    [row] = run(database, lambda db: transactions.of_account(db, 1, START, START.replace(hour=10)))
    assert (row.state, row.energy_wh, row.flags) == ("closed", 1000, frozenset())
    counts = run(database, lambda db: [db.row(f"SELECT COUNT(*) FROM {t}")[0] for t in ("meter_values", "sessions")])
    assert counts == [1, 1]
    assert [orphan.why for orphan in run(database, lambda db: orphans.of_account(db, 1))] == ["no_id"]
    assert run(database, verify) == []


def test_an_unreadable_start_is_kept_once(database):
    platform = Platform(database)
    text = b'[2,"1","StartTransaction",{"idTag":"ALICE","connectorId":"\\u0000"}]'
    bad = platform.rpc.receive(text, START)
    job = partial(keep_orphan, platform.garage, bad, "undecodable", text, START, platform.ids)
    assert run(database, job).answer == run(database, job).answer
    [orphan] = run(database, lambda db: orphans.of_account(db, 1))
    assert orphan.text == text


def test_an_operation_is_marked_and_settled_once(database):
    platform = Platform(database)
    wish = Wish(
        account_id=1,
        public_id="op_1",
        charge_point_id=platform.garage.id,
        action="Reset",
        payload=b"{}",
        idempotency_key="once",
        actor="olga",
        requested_at=START,
        expires_at=START.replace(minute=1),
    )
    operation, is_new = run(database, lambda db: operations.request(db, wish))
    again = run(database, lambda db: operations.request(db, wish))
    assert is_new and again == (operation, False)
    marks = [run(database, lambda db: operations.mark_sent(db, operation.id, "op_1", START)) for _ in range(2)]
    assert marks == [True, False]

    def settle(db):
        state, among = OperationState.ANSWERED, (OperationState.SENT,)
        return operations.settle(db, operation.id, state, b"{}", START, among=among)

    assert [run(database, settle), run(database, settle)] == [True, False]
    assert run(database, lambda db: operations.find(db, 1, "op_1")).state is OperationState.ANSWERED
