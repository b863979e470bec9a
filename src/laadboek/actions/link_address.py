"""How a link's address and credentials must be written (OCPP-J §3.1.1, §6.2.2; security whitepaper A00). Pure.

Whether an address may be reached is judged by the outbound guard, each time that it is.
"""

import re
from urllib.parse import urlsplit

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
