"""Phone and recovery codes are lost: whoever runs the machine lets somebody in again (docs/sign-in.md)."""

from functools import partial

import pytest
from test_mails import OLGA, Office
from test_mails import office as office
from typer.testing import CliRunner

from laadboek.actions.people import letters, one_time_codes
from laadboek.cli import app
from laadboek.store import audit, mails, recovery_codes, users
from laadboek.store import one_time_codes as stored
from laadboek.store.connection import Connection


def switch_on(db: Connection, office: Office) -> None:
    user = users.by_email(db, OLGA)
    assert user is not None
    stored.begin(db, user.account_id, user.id, b"sealed")
    stored.confirm(db, user.account_id, user.id, office.clock.instant)
    recovery_codes.replace(db, user.account_id, user.id, (b"r" * 32,))


def state(db: Connection) -> tuple[bool, int]:
    """Whether a code is asked, and how many are on paper."""
    user = users.by_email(db, OLGA)
    assert user is not None
    return one_time_codes.asked(db, user), recovery_codes.unused(db, user.account_id, user.id)


def new_password(office: Office, *options: str) -> str:
    office.database.close()
    given = CliRunner().invoke(app, ["new-password", "--data", str(office.data), "--email", OLGA, *options])
    assert given.exit_code == 0, given.output
    office.open()
    return given.stdout


@pytest.fixture
def guarded(office: Office) -> Office:
    office.database.run(partial(switch_on, office=office))
    assert office.database.run(state) == (True, 1)
    return office


def test_a_new_password_alone_leaves_the_codes_on(guarded: Office) -> None:
    assert "One-time codes" not in new_password(guarded)
    assert guarded.database.run(state) == (True, 1)


def test_without_codes_the_password_lets_in_again_and_the_user_is_told(guarded: Office) -> None:
    assert "One-time codes are off." in new_password(guarded, "--without-codes")
    assert guarded.database.run(state) == (False, 0)
    rows = guarded.database.run(lambda db: audit.of_account(db, 1))
    [row] = [one for one in rows if one.what == "one_time_codes.switched_off"]
    assert row.actor == "cli" and str(dict(row.details)["user"]).startswith("usr_")
    newest = guarded.database.run(partial(mails.latest, most=1))[0]
    assert newest.recipient == OLGA and "/account/sign-in" in letters.opened(guarded.keys, newest)


def test_who_had_no_codes_is_told_of_nothing(office: Office) -> None:
    before = len(office.database.run(partial(mails.latest, most=10)))
    assert "One-time codes are off." in new_password(office, "--without-codes")
    assert len(office.database.run(partial(mails.latest, most=10))) == before
