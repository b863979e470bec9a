"""Bob and others join Alice's account, each in a role, and sign in there."""

from portal_house import NOW, House
from starlette.testclient import TestClient

from laadboek.ids import Ids
from laadboek.rights import Role
from laadboek.store import accounts, audit, memberships, users
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from people import ALICE, PASSWORD


def address_of(role: Role) -> str:
    return f"{role}@example.org"


def join(db: Connection, email: str, role: Role, drivers: frozenset[str] | None = None, *, account: str = ALICE) -> str:
    """Somebody with an account of their own becomes a member of `account`'s; their public id."""
    host = users.by_email(db, account)
    assert host is not None
    name = email.partition("@")[0].title()
    ids = Ids(email)
    own = accounts.create(db, ids.public("acc"), f"{name}’s own", "Europe/Amsterdam", "en", NOW)
    public_id = ids.public("usr")
    user = users.create(
        db,
        own,
        public_id=public_id,
        email=email,
        name=name,
        password_hash=host.password_hash,
        language="en",
        now=NOW,
    )
    memberships.create(db, own, user, Role.OWNER, NOW)
    memberships.create(db, host.account_id, user, role, NOW, drivers)
    return public_id


def look_at_alices(db: Connection, email: str) -> None:
    """Whoever is signed in as `email` is shown Alice's account from now on."""
    host, guest = users.by_email(db, ALICE), users.by_email(db, email)
    assert host is not None and guest is not None
    db.run("UPDATE sign_ins SET acting_account_id = ? WHERE user_id = ?", (host.account_id, guest.id))


def come_in(client: TestClient, house: House, email: str) -> TestClient:
    """Signed in as that member, looking at Alice's account."""
    client.cookies.clear()
    answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    house.database.run(lambda db: look_at_alices(db, email))
    return client


def member(client: TestClient, house: House, role: Role, drivers: frozenset[str] | None = None) -> TestClient:
    """A fresh member in this role, signed in."""
    house.database.run(lambda db: join(db, address_of(role), role, drivers))
    return come_in(client, house, address_of(role))


def audited(database: InlineDatabase, what: str) -> list[dict[str, object]]:
    """Details of each such row of Alice's audit log."""
    host = database.read(lambda db: users.by_email(db, ALICE))
    assert host is not None
    rows = database.read(lambda db: audit.of_account(db, host.account_id))
    return [dict(row.details) for row in rows if row.what == what]
