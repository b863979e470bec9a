"""Mails to people, written in the same transaction as what they tell of; `laadboek.mails` sends them.

    letters.send(db, post, Envelope(account_id, to, language), "invited", now, link=post.link("/invitation", token))

`kind` names a row of LETTERS in `portal.words.letters`, which holds subject and body; `values` fill its %(name)s.
Pages take `post` from their desk.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from msgspec import Struct

from ...ids import Ids
from ...secret import Secret
from ...store import mails
from ...store.connection import Connection
from ..vault import Vault

TABLE = "mails"  # where bodies are sealed
NAMES_HAVE = "-'’"


class Letter(Struct, frozen=True):
    subject: str
    body: str


class Writer(Protocol):
    """Finds the words."""

    def write(self, kind: str, language: str, values: Mapping[str, str]) -> Letter: ...


class Post(Struct, frozen=True, kw_only=True):
    """What it takes to write to somebody. `address`: how people reach our pages, without a slash at its end."""

    vault: Vault
    ids: Ids
    writer: Writer
    address: str

    def page(self, path: str) -> str:
        return self.address + path

    def link(self, path: str, token: bytes, next: str = "/") -> str:
        """To a page that knows what to do with the token, and leads on from there."""
        onward = {} if next == "/" else {"next": next}
        return f"{self.page(path)}?{urlencode({'token': encode(token), **onward})}"


class Envelope(Struct, frozen=True):
    """`account_id`: whose matter it is. `recipient` may be somebody who has no account yet."""

    account_id: int
    recipient: str
    language: str


def send(db: Connection, post: Post, to: Envelope, kind: str, now: datetime, **values: str) -> None:
    letter = post.writer.write(kind, to.language, values)
    public_id = post.ids.public("mal")
    body = post.vault.seal(Secret(letter.body), table=TABLE, row=public_id, account_id=to.account_id)
    new = mails.NewMail(public_id=public_id, recipient=to.recipient, subject=letter.subject, body=body)
    mails.add(db, to.account_id, new, now)


def unlinked(name: str) -> str:
    """A name as it stands in a mail to somebody who may not know its owner: nothing that a mail program makes a link.

    Whoever registers chooses their name and where the mail goes; our mails are not to carry their advertisements.
    """
    return " ".join("".join(char if char.isalnum() or char in NAMES_HAVE else " " for char in name).split())


def opened(vault: Vault, mail: mails.MailRow) -> str:
    """The body of a mail, as it was written."""
    return vault.open(mail.body, table=TABLE, row=mail.public_id, account_id=mail.account_id).reveal()


def encode(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def decode(text: str) -> bytes:
    """What somebody clicked on; what never was a token becomes one that nobody has."""
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"==")
    except ValueError:
        return b""
