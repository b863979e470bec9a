"""The administration of the platform on both engines of the store: pages of lists, and what is written down."""

from datetime import UTC, datetime, timedelta

import pytest

from fixtures_store import run
from laadboek.actions import charge_points, id_tags, platform_queries
from laadboek.actions.actor import Actor
from laadboek.actions.charge_points import ChargePointChange, NewChargePoint, RegistrationStatus, Removal
from laadboek.actions.id_tags import IdTagChange
from laadboek.actions.platform_queries import WantedTransactions
from laadboek.actions.scope import visible
from laadboek.csms.booking import give_up_for_good
from laadboek.facts import Kind
from laadboek.ids import Ids
from laadboek.ocpp.types import MeterValue, SampledValue
from laadboek.reasons import Refused
from laadboek.store import accounts, audit, chargers, meter_values, session_queries, transactions
from laadboek.store.charge_points import ChargePointRow, create
from laadboek.store.connection import Connection
from laadboek.store.database import Database, JobFailed
from laadboek.store.id_tags import IdTagRow
from laadboek.store.transactions import Start, TransactionRow, TransactionState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
NEWEST = 2**63 - 1
IDS = Ids(3)


def olga(database: Database) -> Actor:
    account_id = run(database, lambda db: accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "nl", NOW))
    return Actor(account_id=account_id, name="operator", time_zone="Europe/Amsterdam", language="nl")


def registered(database: Database, actor: Actor, name: str) -> ChargePointRow:
    new = NewChargePoint(charge_box_id=name, key_mac=b"m" * 32)
    return run(database, lambda db: charge_points.register(db, actor, new, IDS, NOW))


def started(db: Connection, at: ChargePointRow, number: int) -> TransactionRow:
    begun = Start(
        connector_id=1,
        id_tag="BOB",
        meter_start_wh=1000 * number,
        started_at=NOW + timedelta(minutes=number),
        started_text="",
        received_at=NOW,
        flags=frozenset(),
        session_id=f"ses_{number}",
    )
    return transactions.start(db, at.identity, begun, IDS.positive_int31)[0]


def report(db: Connection, at: ChargePointRow, transaction: TransactionRow, *registers_wh: int) -> None:
    values = [
        MeterValue(
            timestamp=transaction.started_at + timedelta(minutes=place // 2),  # two of the same instant each
            sampled_value=[SampledValue(value=str(register_wh))],
        )
        for place, register_wh in enumerate(registers_wh)
    ]
    meter_values.save(
        db,
        at.identity,
        connector_id=1,
        transaction_id=transaction.transaction_id,
        values=values,
        payload_hash=bytes(range(32)),
    )


def test_every_change_is_audited_and_no_key_is(database: Database) -> None:
    actor = olga(database)
    registered(database, actor, "GARAGE")
    change = ChargePointChange(registration=RegistrationStatus.PENDING, key_mac=b"n" * 32)
    run(database, lambda db: charge_points.change_charge_point(db, actor, "GARAGE", change, NOW))
    run(database, lambda db: charge_points.change_charge_point(db, actor, "GARAGE", change, NOW))
    run(database, lambda db: id_tags.add_id_tag(db, actor, IdTagRow(id_tag="BOB", kind=Kind.PRIVATE), NOW))
    run(database, lambda db: id_tags.change_id_tag(db, actor, "bob", IdTagChange(blocked=True), NOW))
    run(database, lambda db: id_tags.change_id_tag(db, actor, "bob", IdTagChange(blocked=True), NOW))
    run(database, lambda db: id_tags.remove_id_tag(db, actor, "bob", NOW))
    rows = database.read(lambda db: audit.of_account(db, actor.account_id))
    assert [row.what for row in rows] == [
        "charge_point.registered",
        "charge_point.key_changed",
        "charge_point.registration_changed",
        "charge_point.key_changed",
        "id_tag.added",
        "id_tag.changed",
        "id_tag.removed",
    ]
    assert {row.actor for row in rows} == {"operator"}
    assert not {"key", "key_mac"} & {name for row in rows for name in row.details}


def test_transactions_come_newest_first_page_by_page(database: Database) -> None:
    actor = olga(database)
    garage, street = registered(database, actor, "GARAGE"), registered(database, actor, "STREET")
    booked = run(database, lambda db: [started(db, (garage, street)[n % 2], n).transaction_id for n in range(5)])

    def page(before: int, limit: int, **choice: object) -> list[TransactionRow]:
        wanted = WantedTransactions(before=before, limit=limit, **choice)  # type: ignore[arg-type]
        found = database.read(lambda db: platform_queries.list_transactions(db, actor, wanted))
        return [placed.transaction for placed in found]

    first = page(NEWEST, 3)
    rest = page(first[-1].id, 3)
    assert [one.transaction_id for one in first + rest] == booked[::-1]
    assert [one.transaction_id for one in page(NEWEST, 9, charge_point="STREET")] == [booked[3], booked[1]]
    assert page(NEWEST, 9, state=TransactionState.CLOSED) == []
    assert len(page(NEWEST, 9, charge_point="GARAGE", state=TransactionState.OPEN)) == 3


def test_meter_values_of_one_instant_fall_into_different_pages(database: Database) -> None:
    actor = olga(database)
    garage = registered(database, actor, "GARAGE")
    transaction = run(database, lambda db: started(db, garage, 1))
    run(database, lambda db: report(db, garage, transaction, 1000, 1001, 1002, 1003, 1004))
    registers, after = [], (EVER, 0)
    for _ in range(5):
        beyond = after
        found = database.read(
            lambda db: platform_queries.one_transaction(db, actor, transaction.transaction_id, beyond, 1)  # noqa: B023
        )
        [value] = found.meter_values
        registers.append(value.register_wh)
        after = (value.sampled_at, value.id)
    assert registers == [1000, 1001, 1002, 1003, 1004]


def test_removing_ends_what_was_open_at_its_last_register_and_writes_its_session(database: Database) -> None:
    actor = olga(database)
    garage = registered(database, actor, "GARAGE")
    transaction = run(database, lambda db: started(db, garage, 1))
    run(database, lambda db: report(db, garage, transaction, 1500, 4000))
    later = NOW + timedelta(hours=2)

    def give_up(db: Connection, row: ChargePointRow) -> None:
        give_up_for_good(db, row.identity, IDS, later)

    removal = Removal(actor=actor, name="GARAGE")
    run(database, lambda db: charge_points.remove(db, removal, give_up, later))
    left = database.read(lambda db: transactions.numbered(db, actor.account_id, transaction.transaction_id))
    assert left is not None
    assert (left.state, left.energy_wh, left.stopped_at) == (TransactionState.PROVISIONAL, 3000, later)
    session = database.read(lambda db: session_queries.one(db, visible(actor), "ses_1"))
    assert session is not None
    assert (session.energy_wh, session.charger_name) == (3000, "GARAGE")
    elsewhere = database.read(lambda db: transactions.open_elsewhere(db, actor.account_id, "BOB", 0))
    assert not elsewhere


def test_a_charger_of_our_own_keeps_its_key_and_its_place(database: Database) -> None:
    actor = olga(database)

    def host(db: Connection) -> None:
        charger_id = chargers.create(db, actor.account_id, "chg_1", "Driveway", "simulated", {}, NOW)
        create(
            db,
            actor.account_id,
            public_id="cp_1",
            charge_box_id="LB-0001",
            key_mac=b"m" * 32,
            charger_id=charger_id,
            now=NOW,
        )

    run(database, host)
    removal, key = Removal(actor=actor, name="LB-0001"), ChargePointChange(key_mac=b"n" * 32)
    for job in (
        lambda db: charge_points.remove(db, removal, lambda *_: None, NOW),
        lambda db: charge_points.change_charge_point(db, actor, "LB-0001", key, NOW),
    ):
        with pytest.raises(JobFailed) as failed:
            run(database, job)
        assert isinstance(failed.value.__cause__, Refused)
        assert failed.value.__cause__.reason.code == "charge_point.hosted"
    kept = database.read(lambda db: charge_points.one_charge_point(db, actor, "cp_1"))
    assert kept.key_mac == b"m" * 32
