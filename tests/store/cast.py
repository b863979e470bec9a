"""Alice and Bob, their charger, and sessions for them."""

import hashlib
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from laadboek.energy import quarters
from laadboek.ledger.entry import SessionFacts
from laadboek.store import accounts, chargers, sessions
from laadboek.store.connection import Connection

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CHARGER = "chg_home"


def salt(of: object) -> bytes:
    return hashlib.sha256(str(of).encode()).digest()


def settle_in(db: Connection) -> tuple[int, int]:
    """An account with one charger; their ids."""
    account_id = accounts.create(db, "acc_home", "Home", "Europe/Amsterdam", "nl", START)
    return account_id, chargers.create(db, account_id, CHARGER, "Garage", "simulated", {"phases": 3}, START)


def running(number: int) -> SessionFacts:
    """Session `number` of Alice (business) or Bob (private), begun."""
    alice = number % 2 == 0
    return SessionFacts(
        session_id=f"ses_{number:05}",
        connector_id=1,
        id_tag="LBALICE" if alice else "LBBOB",
        driver_id="drv_alice" if alice else "drv_bob",
        driver_name="Alice Ämter" if alice else "Bob",
        kind="business" if alice else "private",
        mode="fast",
        started_at=START + timedelta(hours=8 * number, minutes=7),
        start_register_wh=10_000 * number,
    )


def ended(number: int) -> SessionFacts:
    begun = running(number)
    end = begun.started_at + timedelta(hours=1)
    boundaries = tuple(quarters.inside(begun.started_at, end))
    return replace(
        begun,
        quarters=tuple((at, begun.start_register_wh + 1_000 * (i + 1)) for i, at in enumerate(boundaries)),
        ended_at=end,
        end_register_wh=begun.start_register_wh + 7_400,
        reason="EVDisconnected",
        ended_by_tag=begun.id_tag,
        flags=("power_loss",) if number % 5 == 0 else (),
        sun_wh=100 * number % 3_000,
        sun_quarters=tuple((at, 100 * number % 3_000 // 2) for at in boundaries),
        cost_micro=1_234_567,
        currency="EUR",
    )


def save(db: Connection, account_id: int, charger_id: int, session: SessionFacts) -> int | None:
    return sessions.save(
        db,
        account_id=account_id,
        chain=CHARGER,
        session=session,
        salt=salt(session.session_id),
        charger_id=charger_id,
    )
