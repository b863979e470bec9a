"""Who may connect: decided in memory, before the websocket exists (OCPP-J §3.1, §6.2.2; security whitepaper A00, A01).

Unknown identity and wrong key look the same from outside, also in the work they cost.
"""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from ..clock import Clock
from ..secret import Secret
from ..store.charge_points import ChargePointIdentity, ChargePointRow
from .origin import Log

PATH = "/ocpp/"
FAILURE_WINDOW = timedelta(minutes=10)
FAILURES_PER_PEER = 100  # a house with a badly set-up charger tries about 60 times
FAILURES_PER_IDENTITY = 100
REMEMBERED_MAX = 10_000  # addresses or identities; the oldest are forgotten
PASSWORD_MAX_BYTES = 256


class Denied(Struct, frozen=True):
    """The HTTP status that the charge point gets."""

    status: int


class Entry(Struct):
    charge_point: ChargePointIdentity
    key_mac: bytes | None
    known_peer: str | None = None  # where it was admitted from last: failures of others do not lock it out


class Failures:
    """Counts failed tries per key in fixed windows; bounded."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, tuple[datetime, int]] = {}

    def is_over(self, key: str, now: datetime) -> bool:
        since, count = self._counts.get(key, (now, 0))
        return count >= self._limit and now - since < FAILURE_WINDOW

    def add(self, key: str, now: datetime) -> None:
        since, count = self._counts.pop(key, (now, 0))
        if now - since >= FAILURE_WINDOW:
            since, count = now, 0
        self._counts[key] = (since, count + 1)
        if len(self._counts) > REMEMBERED_MAX:
            del self._counts[next(iter(self._counts))]


class Gate:
    """The index of all charge points; the store refreshes it. Keys are server-made or long: an HMAC is enough."""

    def __init__(self, pepper: bytes, clock: Clock, log: Log, *, tells_unknown: bool = False) -> None:
        assert len(pepper) >= 16, "the pepper must not be guessable"
        self._pepper = pepper
        self._clock = clock
        self._log = log
        self._unknown_status = 404 if tells_unknown else 401
        self._entries: dict[str, Entry] = {}
        self._failures_of_peer = Failures(FAILURES_PER_PEER)
        self._failures_of_identity = Failures(FAILURES_PER_IDENTITY)
        self._nobody = self._mac(b"nobody's key")

    # The index.

    def replace_all(self, rows: Iterable[ChargePointRow]) -> None:
        """As the store has it now; what is remembered about addresses stays."""
        before = self._entries
        self._entries = {}
        for row in rows:
            name = row.identity.charge_box_id
            known_peer = before[name].known_peer if name in before else None
            self._entries[name] = Entry(row.identity, row.key_mac, known_peer)

    def put(self, row: ChargePointRow) -> None:
        """One that is new or changed."""
        name = row.identity.charge_box_id
        known = self._entries.get(name)
        self._entries[name] = Entry(row.identity, row.key_mac, known.known_peer if known else None)

    def forget(self, charge_box_id: str) -> None:
        self._entries.pop(charge_box_id, None)

    def key_mac(self, key: Secret) -> bytes:
        return key_mac(self._pepper, key)

    # A charge point at the door.

    def judge(self, path: str, authorization: str | None, peer: str) -> ChargePointIdentity | Denied:
        now = self._clock.now()
        charge_box_id = identity_of(path)
        entry = self._entries.get(charge_box_id) if charge_box_id is not None else None
        is_known_here = entry is not None and entry.known_peer == peer
        if not is_known_here and self._is_over(charge_box_id, peer, now):
            return Denied(429)
        password = password_of(authorization, charge_box_id or "")
        if self._fits(entry, password) and entry is not None:
            entry.known_peer = peer
            return entry.charge_point
        self._failures_of_peer.add(peer, now)
        self._failures_of_identity.add(charge_box_id or "", now)
        self._log("admission.refused", charge_box_id=charge_box_id, peer=peer, is_known=entry is not None)
        return Denied(self._unknown_status if entry is None else 401)

    def _is_over(self, charge_box_id: str | None, peer: str, now: datetime) -> bool:
        return self._failures_of_peer.is_over(peer, now) or self._failures_of_identity.is_over(charge_box_id or "", now)

    def _fits(self, entry: Entry | None, password: bytes | None) -> bool:
        """The same work for everybody: three digests and three comparisons."""
        expected = self._nobody if entry is None or entry.key_mac is None else entry.key_mac
        fits = [hmac.compare_digest(self._mac(form), expected) for form in forms(password or b"")]
        return any(fits) and password is not None and entry is not None and entry.key_mac is not None

    def _mac(self, form: bytes) -> bytes:
        return hmac.digest(self._pepper, form, "sha256")


def key_mac(pepper: bytes, key: Secret) -> bytes:
    """What is stored of an authorization key."""
    return hmac.digest(pepper, canonical(key.reveal().encode()), "sha256")


def canonical(key: bytes) -> bytes:
    """Hexadecimal digits have no case."""
    return key.lower() if from_hex(key) is not None else key


def forms(password: bytes) -> tuple[bytes, bytes, bytes]:
    """The keys that this password may be: itself, its hexadecimal form, or what it is the hexadecimal form of.

    A key set by ChangeConfiguration travels as hexadecimal digits (whitepaper A01); some charge points then use the
    bytes as password, some the digits.
    """
    decoded = from_hex(password)
    return canonical(password), password.hex().encode(), password if decoded is None else decoded


def from_hex(text: bytes) -> bytes | None:
    try:
        return bytes.fromhex(text.decode("ascii")) if text and b" " not in text else None
    except ValueError:
        return None


def identity_of(path: str) -> str | None:
    """The ChargeBoxID at the end of the path, decoded; None when there is none.

    A charge point puts a slash before it (OCPP-J §3.1.1), also where the address that it was given ends in one.
    """
    place = path.partition("?")[0]
    name = place.removeprefix(PATH).strip("/")
    if not place.startswith(PATH) or "/" in name:
        return None
    try:
        return unquote_to_bytes(name).decode() or None
    except UnicodeDecodeError:
        return None


def password_of(authorization: str | None, user_name: str) -> bytes | None:
    """The password of Basic authentication, if the user name is the identity; None otherwise."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = b64decode(encoded.strip(), validate=True)
    except (NotBase64, ValueError):
        return None
    prefix = user_name.encode() + b":"  # not split at the first colon: a ChargeBoxID may hold one
    password = pair[len(prefix) :]
    return password if pair.startswith(prefix) and 0 < len(password) <= PASSWORD_MAX_BYTES else None
