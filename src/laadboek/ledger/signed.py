"""A signed file of sessions that anybody can check, offline, with the public key (docs/ledger-format.md).

One JSON object in the ledger's canonical form. `signature` is Ed25519 (RFC 8032) over the canonical bytes of the object
without `sessions` and `signature`; `digests` in it name each session with the SHA-256 of its canonical bytes, so that a
check can say which one was changed. Each session brings its ledger entries as they stand in the chain, and the personal
values with the salts that open their commitments.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from .chain import link_hash
from .derive import Derived, derive
from .entry import Personal, opens

FORMAT = "laadboek signed sessions 1"
HEAD = ("account", "choice", "digests", "first", "format", "heads", "key", "made_at", "time_zone", "totals", "until")
SESSION = ("entries", "kind", "odometer_km", "personal", "session")
MOST_BYTES = 512 << 20
# What reading raises that was changed into something else.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


class Finding(Struct, frozen=True, gc=False):
    """What is wrong, and with what: the file, its signature, or one session of it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Report(Struct, frozen=True, kw_only=True):
    findings: tuple[Finding, ...]
    sessions: int = 0
    energy_wh: int = 0
    made_at: int | None = None  # µs
    key: str = ""  # base64


def canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(session: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(session)).hexdigest()


def totals_of(sessions: list[dict[str, Any]]) -> dict[str, int]:
    energy_wh = sum(_facts(one).energy_wh for one in sessions)
    return {"count": len(sessions), "energy_wh": energy_wh}


def signed_bytes(document: dict[str, Any]) -> bytes:
    """What the signature is over."""
    return canonical({name: document[name] for name in HEAD})


def check(file: bytes, key: bytes | None = None) -> Report:
    """Everything that is wrong with it. `key`: the public key that must have signed; None: the one that it names."""
    try:
        document = json.loads(file)
    except (ValueError, RecursionError):
        what = "it is not whole, or nothing that Laadboek signed" if file.strip() else "it is empty"
        return Report(findings=(Finding("file", what),))
    try:
        findings = tuple(_check(document, key))
        totals = document["totals"]
        if not findings and canonical(document) != file.rstrip(b"\n"):
            findings = (Finding("file", "it says the same, but not in the bytes that were made"),)
        return Report(
            findings=findings,
            sessions=totals["count"],
            energy_wh=totals["energy_wh"],
            made_at=document["made_at"],
            key=document["key"],
        )
    except UNREADABLE as error:
        what = f"it cannot be read as {FORMAT!r} ({type(error).__name__}: {error})"
        return Report(findings=(Finding("file", what),))


def _check(document: dict[str, Any], key: bytes | None) -> Iterator[Finding]:
    if set(document) != {*HEAD, "sessions", "signature"} or document["format"] != FORMAT:
        yield Finding("file", f"it is not {FORMAT!r}")
        return
    if (wrong := _signature(document, key)) is not None:
        yield Finding("signature", wrong)
    found = list(_sessions(document))
    yield from found
    if not found and document["totals"] != totals_of(document["sessions"]):
        yield Finding("totals", "they are not the sum of the sessions")


def _sessions(document: dict[str, Any]) -> Iterator[Finding]:
    promised = dict(document["digests"])
    for session in document["sessions"]:
        name = str(session["session"])
        expected = promised.pop(name, None)
        if expected is None:
            yield Finding(name, "it was not in the file when it was signed")
        elif expected != digest(session):
            yield Finding(name, "it is not what was signed")
        try:
            yield from _session(name, session)
        except UNREADABLE:
            yield Finding(name, "its entries cannot be read any more")
    for name in promised:
        yield Finding(name, "it was in the file when it was signed, and is gone")


def _signature(document: dict[str, Any], key: bytes | None) -> str | None:
    try:
        named, signature = (base64.b64decode(document[name], validate=True) for name in ("key", "signature"))
        if key is not None and named != key:
            return "another key signed this file than the one you gave"
        Ed25519PublicKey.from_public_bytes(named).verify(signature, signed_bytes(document))
    except InvalidSignature:
        return "the head of the file or the signature itself was changed"
    except (binascii.Error, ValueError) as error:
        return f"it cannot be read: {error}"
    return None


def _session(name: str, session: dict[str, Any]) -> Iterator[Finding]:
    if set(session) != set(SESSION):
        yield Finding(name, f"it has other members than {', '.join(SESSION)}")
        return
    kind, odometer_km, promised = "", None, dict[tuple[str, int], dict[str, str]]()
    for entry in session["entries"]:
        body = entry["body"].encode()
        derived = derive(body)
        if link_hash(bytes.fromhex(entry["previous_hash"]), body).hex() != entry["hash"]:
            yield Finding(name, f"entry {entry['seq']} of {entry['chain']} is not what its hash was made of")
        if (derived.chain, derived.seq, derived.session_id) != (entry["chain"], entry["seq"], name):
            yield Finding(name, f"entry {entry['seq']} of {entry['chain']} belongs elsewhere")
        promised[derived.chain, derived.seq] = derived.commitments
        kind = derived.kind or kind
        odometer_km = derived.odometer_km if derived.entry == "odometer" else odometer_km
    if kind != session["kind"]:
        yield Finding(name, f"its kind is {session['kind']}, but its entries say {kind}")
    if odometer_km != session["odometer_km"]:
        yield Finding(name, f"its odometer is {session['odometer_km']}, but its entries say {odometer_km}")
    for one in session["personal"]:
        value = Personal(one["field"], bytes.fromhex(one["salt"]), one["value"])
        commitments = promised.get((one["chain"], one["seq"]), {})
        if not opens(value, commitments.get(value.field, "")):
            yield Finding(name, f"{value.field} is not what entry {one['seq']} of {one['chain']} committed to")


def _facts(session: dict[str, Any]) -> Derived:
    """What its latest session or correction says."""
    found = [derive(entry["body"].encode()) for entry in session["entries"]]
    return [one for one in found if one.facts is not None][-1]
