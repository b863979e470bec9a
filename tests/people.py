"""Who signs in, in tests of pages and API."""

from datetime import datetime

from laadboek.ids import Ids
from laadboek.rights import Role
from laadboek.store import accounts, memberships, users
from laadboek.store.connection import Connection

PASSWORD = "Correct-horse-7"
ALICE, CHARLIE = "alice@example.org", "charlie@example.org"


def create_charlie(db: Connection, name: str, password_hash: str, ids: Ids, now: datetime) -> int:
    """A stranger with an account of his own, which is returned."""
    account_id = accounts.create(db, ids.public("acc"), "Charlie", "Europe/Brussels", "nl", now)
    user_id = users.create(
        db,
        account_id,
        public_id=ids.public("usr"),
        email=CHARLIE,
        name=name,
        password_hash=password_hash,
        language="nl",
        now=now,
    )
    memberships.create(db, account_id, user_id, Role.OWNER, now)
    return account_id
