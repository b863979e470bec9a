"""Who takes our mail, as one setting says it."""

from urllib.parse import unquote, urlsplit

from msgspec import Struct

from .secret import Secret


class MailServer(Struct, frozen=True):
    """Who takes our mail. smtps: TLS from the start; smtp: STARTTLS, which only this machine's own may lack."""

    host: str
    port: int
    tls: bool
    user: str
    password: Secret
    sender: str


LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def mail_server(uri: Secret, sender: str) -> MailServer:
    """From `smtps://user:password@host:port`. ValueError says what is wrong with it, without its password."""
    parts = urlsplit(uri.reveal())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("the mail server is written as smtps://user:password@host or smtp://host")
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        sender=sender,
    )
