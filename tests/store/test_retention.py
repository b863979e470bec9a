"""Rows go when their time is over, and not a moment before."""

from datetime import UTC, datetime, timedelta

from fixtures_store import run
from laadboek.clock import to_us
from laadboek.store import accounts, audit, retention
from laadboek.store.retention import RULES, let_go

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULE = {rule.table: rule for rule in RULES}


def frame(db, account_id, age):
    db.run(
        "INSERT INTO frames (account_id, charge_point_id, message_id, payload_hash, action, text, answer, received_at)"
        " VALUES (?, 1, ?, ?, 'Heartbeat', ?, ?, ?)",
        (account_id, str(age), b"", b"[]", b"{}", to_us(NOW - age)),
    )


def test_a_frame_is_kept_for_four_hundred_days_and_not_longer(database):
    def story(db):
        account_id = accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "nl", NOW)
        for age in (timedelta(days=400, seconds=1), timedelta(days=400), timedelta(0)):
            frame(db, account_id, age)
        assert let_go(db, RULE["frames"], NOW) == 1
        assert let_go(db, RULE["frames"], NOW) == 0
        return len(db.rows("SELECT id FROM frames"))

    assert run(database, story) == 2


def test_every_rule_runs_on_both_engines_and_takes_nothing_from_an_empty_store(database):
    for rule in RULES:
        assert run(database, lambda db, rule=rule: let_go(db, rule, NOW)) == 0


def test_many_rows_go_in_bites(database, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 3)

    def story(db):
        account_id = accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "nl", NOW)
        for days in range(401, 408):
            frame(db, account_id, timedelta(days=days))
        return [let_go(db, RULE["frames"], NOW) for _ in range(4)]

    assert run(database, story) == [3, 3, 1, 0]


def test_an_address_leaves_the_audit_log_after_four_hundred_days_and_the_row_stays(database):
    def story(db):
        account_id = accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "nl", NOW)
        for age in (timedelta(days=400, seconds=1), timedelta(days=400)):
            audit.append(
                db, account_id, actor="usr_1", what="signed_in", details={}, now=NOW - age, network="192.0.2.7"
            )
        assert let_go(db, RULE["audit"], NOW) == 1
        return [row.network for row in audit.of_account(db, account_id)], list(audit.flaws(db))

    assert run(database, story) == ([None, "192.0.2.7"], [])
