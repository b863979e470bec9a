"""Our own platform knows every driver of the account by the tag: its row follows in the same transaction.

So a session at a charger that is linked to our platform, or at another charge point of the account, is the driver's.
What the platform can judge is the tag's block and its last day; hours and budgets are the charger's (decision 0057).
"""

from datetime import datetime

from msgspec.structs import replace

from ...facts import Kind
from ...store import id_tags
from ...store.connection import Connection
from ...store.drivers import DriverRow
from ...store.id_tags import IdTagRow


def follow(db: Connection, driver: DriverRow, now: datetime) -> None:
    """As the driver is now. A tag that was there before keeps its group."""
    before = id_tags.find(db, driver.account_id, driver.id_tag)
    row = before or IdTagRow(id_tag=driver.id_tag, kind=Kind(driver.kind))
    after = replace(
        row,
        id_tag=driver.id_tag,
        kind=Kind(driver.kind),
        driver_id=driver.public_id,
        blocked=driver.blocked,
        expires_at=driver.valid_until,
    )
    if after != before:
        id_tags.save(db, driver.account_id, after, now)


def leave(db: Connection, driver: DriverRow) -> None:
    """The driver is gone, and nobody is known by the tag any more."""
    id_tags.remove(db, driver.account_id, driver.id_tag)
