"""How a link's address and credentials must be written (OCPP-J §3.1.1, §6.2.2; security whitepaper A00). Pure.

Whether an address may be reached is judged by the outbound guard, each time that it is.
"""

import re
from urllib.parse import unquote, urlsplit

from ..chargepoint.security import pki
from ..reasons import Refused
from ..secret import Secret

URI_LONGEST = 512
CHARGE_BOX_ID_LONGEST = 48
# Percent-encoded at the end of the address (OCPP-J §3.1.1); printable, no spaces around it, no step in a path.
CHARGE_BOX_ID = re.compile(rf"(?!\.{{1,2}}$)[!-~](?:[ -~]{{0,{CHARGE_BOX_ID_LONGEST - 2}}}[!-~])?")
# Of Basic authentication: a colon would end it (RFC 7617 §2).
USER_NAME = re.compile(r"[!-9;-~](?:[ -9;-~]{0,98}[!-9;-~])?")
# Profile 1 and up: 16 to 20 bytes, written as up to 40 characters (A00.FR.205). Without a profile whatever a platform
# gives out.
KEY_SHORTEST, KEY_LONGEST, LOOSE_KEY_LONGEST = 16, 40, 128


def checked_uri(text: str) -> str:
    """The endpoint's address as it is stored: it ends in a slash, so that the ChargeBoxID can follow."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refused("link.bad_uri") from None
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= URI_LONGEST
    if not plain or parts.scheme not in ("ws", "wss") or not host:
        raise Refused("link.bad_uri")
    if "@" in parts.netloc:
        raise Refused("link.uri_with_user")
    if "?" in text or "#" in text:
        raise Refused("link.uri_with_query")
    return text if text.endswith("/") else text + "/"


def typed_uri(text: str, charge_box_id: str) -> str:
    """The address as the manual wants it typed (4.3): with its last slash, and without the ChargeBoxID. Raise Refused.

    `static/activation.js` holds the same rules; a test compares the two.
    """
    checked_uri(text)
    if ends_with_id(text, charge_box_id):
        raise Refused("link.uri_with_charge_box_id", charge_box_id=charge_box_id)
    if not text.endswith("/"):
        raise Refused("link.uri_without_slash")
    return text


def ends_with_id(text: str, charge_box_id: str) -> bool:
    """Whether somebody has appended what we append."""
    last = urlsplit(text).path.rstrip("/").rpartition("/")[2]
    return charge_box_id != "" and unquote(last) == charge_box_id


def put_right(text: str, charge_box_id: str) -> str:
    """The address without an appended ChargeBoxID, and with its last slash."""
    if ends_with_id(text, charge_box_id):
        text = text.rstrip("/").rpartition("/")[0]
    return text if text.endswith("/") else text + "/"


def same_host(one: str, other: str) -> bool:
    """Whether both lead to one host and port: a key that is kept is not shown to another."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.hostname, first.port) == (second.scheme, second.hostname, second.port)


def checked_charge_box_id(text: str) -> str:
    if not CHARGE_BOX_ID.fullmatch(text):
        raise Refused("link.bad_charge_box_id", longest=CHARGE_BOX_ID_LONGEST)
    return text


def checked_user_name(text: str) -> str:
    if not USER_NAME.fullmatch(text):
        raise Refused("link.bad_user_name")
    return text


def checked_key(key: Secret, profile: int) -> Secret:
    shortest, longest = (KEY_SHORTEST, KEY_LONGEST) if profile else (1, LOOSE_KEY_LONGEST)
    if not re.fullmatch(rf"[!-~]{{{shortest},{longest}}}", key.reveal()):
        raise Refused("link.bad_key", shortest=shortest, longest=longest)
    return key


def checked_root(pem: str) -> str:
    """A certificate of an authority, in PEM, that this link is to trust."""
    try:
        for certificate in pki.read(pem):
            pki.require_authority(certificate)
    except pki.Bad as bad:
        raise Refused("link.bad_root", why=bad.why) from bad
    return pem
