"""A new password of one's own: by knowing the old one, or by a link that was mailed. Either ends other sign-ins."""

from datetime import datetime

from ...store import audit, email_proofs, identities, sign_ins, users
from ...store.connection import Connection
from ...store.users import UserRow
from .. import sign_in
from ..sign_in import SignedIn
from . import letters, proofs, registration
from .letters import Envelope, Post
from .proofs import Purpose


def ask_for_reset(db: Connection, post: Post, email: str, token: bytes, now: datetime) -> None:
    """A mail with a link, if there is such a user; the caller says the same either way."""
    user = users.by_email(db, email)
    if user is None:
        return
    proofs.issue(db, user, Purpose.RESET, user.email, token, now)
    envelope = Envelope(user.account_id, user.email, user.language)
    letters.send(db, post, envelope, "reset", now, name=user.name, link=post.link("/reset/new", token))


def reset(db: Connection, post: Post, token: bytes, password_hash: str, now: datetime) -> None:
    """Whoever reads the mailbox chose a new password: nobody stays signed in."""
    user = proofs.use(db, Purpose.RESET, token, now).user
    if user.email_confirmed_at is None:
        identities.forget_all(db, user.account_id, user.id)  # whoever registered need not be who reads the mails
        user = registration.confirmed(db, user, now)
    _set(db, post, user, password_hash, now, "password.reset")
    sign_ins.end_all(db, user.account_id, user.id)


def change(db: Connection, post: Post, signed_in: SignedIn, password_hash: str, token: bytes, now: datetime) -> None:
    """The current one was just checked. This browser goes on, under a new token; others end."""
    user = users.by_id(db, signed_in.home_account_id, signed_in.user_id)
    assert user is not None
    _set(db, post, user, password_hash, now, "password.changed")
    sign_ins.end_others(db, user.account_id, user.id, signed_in.sign_in_id)
    sign_in.prove(db, signed_in, token, now)


def _set(db: Connection, post: Post, user: UserRow, password_hash: str, now: datetime, what: str) -> None:
    users.set_password_hash(db, user.account_id, user.id, password_hash)
    email_proofs.forget_all(db, user.account_id, user.id)
    audit.append(db, user.account_id, actor=user.public_id, what=what, details={}, now=now)
    envelope = Envelope(user.account_id, user.email, user.language)
    letters.send(db, post, envelope, "password_changed", now, name=user.name, reset=post.page("/reset"))
