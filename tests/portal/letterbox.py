"""Reads what was mailed, as the people who got it."""

import re

from portal_house import VAULT, House

from laadboek.actions.people import letters
from laadboek.store import mails
from laadboek.store.connection import Connection


def mailed(house: House, recipient: str) -> list[tuple[str, str]]:
    """Subject and body of every mail to this address, oldest first."""

    def read(db: Connection) -> list[tuple[str, str]]:
        found = [one for one in mails.latest(db, 1000) if one.recipient == recipient]
        return [(one.subject, letters.opened(VAULT, one)) for one in reversed(found)]

    return house.database.run(read)


def link_in(house: House, recipient: str) -> str:
    """Path and query of the link in the newest mail."""
    [*_, (_, body)] = mailed(house, recipient)
    found = re.search(r"http://127\.0\.0\.1:8080(/\S+\?token=\S+)", body)
    assert found, body
    return found[1]


def token_in(house: House, recipient: str) -> str:
    return link_in(house, recipient).partition("token=")[2]
