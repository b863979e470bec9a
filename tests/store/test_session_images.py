"""A session's images: one per link, each with its own tag, transaction and registers (RULES §6)."""

from datetime import UTC, datetime

from laadboek.store import accounts, chargers, links, session_images
from laadboek.store.database import InlineDatabase
from laadboek.store.session_images import ImageRow

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_the_ledger_keeps_both_registers_of_a_session() -> None:
    database = InlineDatabase(":memory:")
    done: list[int] = []

    def rows(db):  # type: ignore[no-untyped-def]
        account = accounts.create(db, "acc_1", "Home", "Europe/Amsterdam", "en", NOW)
        charger = chargers.create(db, account, "chg_1", "Drive", "simulated", {}, NOW)
        ids = []
        for position, name in enumerate(("lnk_b", "lnk_a"), 1):
            link = links.NewLink(
                public_id=name,
                position=position,
                role="report",
                backend_uri="ws://p/",
                charge_box_id=name,
                user_name="",
            )
            ids.append(links.create(db, account, charger, link, 0, NOW))
        for _ in range(2):  # a job may run twice
            session_images.save(db, account, ids[0], "ses_1", "COMPANY", None, 0, None, "open")
            session_images.save(db, account, ids[0], "ses_1", "COMPANY", 41, 0, None, "open")
            session_images.save(db, account, ids[0], "ses_1", "COMPANY", 41, 0, 2_000, "ended")
        session_images.save(db, account, ids[0], "ses_1", "COMPANY", None, 0, None, "settled")
        session_images.save(db, account, ids[1], "ses_1", "ALICE", 7, 1_000_000, None, "open")
        return account

    database.submit("test", rows, done.append, lambda error: None)
    images = database.read(lambda db: session_images.of_session(db, done[0], "ses_1"))
    assert images == [
        ImageRow(
            link_id="lnk_b",
            session_id="ses_1",
            id_tag="COMPANY",
            transaction_id=41,
            start_register_wh=0,
            end_register_wh=2_000,
            state="settled",
            charge_box_id="lnk_b",
        ),
        ImageRow(
            link_id="lnk_a",
            session_id="ses_1",
            id_tag="ALICE",
            transaction_id=7,
            start_register_wh=1_000_000,
            end_register_wh=None,
            state="open",
            charge_box_id="lnk_a",
        ),
    ]
    assert database.read(lambda db: session_images.of_session(db, done[0] + 1, "ses_1")) == []
