"""What a platform gets when it asks for diagnostics: what that platform's own link knows, and nothing else (RULES §6).

One JSON object per line. Not in it: other links, drivers, PINs, the charger's own sessions and register, and every
secret, also where the platform itself sent it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..chargepoint import configuration
from ..store.security_log import LoggedEvent
from ..version import VERSION
from .link import Frame, Link

FRAMES_MAX_BYTES = 8 << 20  # the newest are kept
# A key that was set stays with who set it; a location may hold a password.
SECRET_KEY = "authorizationkey"
USER_INFO = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{1,9}://)[^\s\"/]*@")
HIDDEN = "a key was set; what it is stays hidden"


def diagnostics(link: Link, now: datetime, since: datetime | None, until: datetime | None) -> bytes:
    """The file. `since` and `until` bound the frames in it, inclusive; the rest is as it is now."""
    face = link.face
    state, live, plate = face.state, face.live(), face.config.nameplate
    head = {
        "written_at": now,
        "charge_box_id": face.config.charge_box_id,
        "software": f"Laadboek {VERSION}",
        "vendor": plate.vendor,
        "model": plate.model,
        "serial_number": plate.serial_number,
        "firmware_version": plate.firmware_version,
        "link": live.state,
        "registration": state.registration.standing.value,
        "last_heard_at": live.last_heard_at,
        "messages_waiting": live.queued,
        "messages_set_aside": live.set_aside,
        "statuses_told": {str(number): report.status for number, report in sorted(state.durable.told.items())},
    }
    return lines([head, {"keys": keys(link)}, *(shown(frame) for frame in within(link.frames, since, until))])


def keys(link: Link) -> dict[str, str]:
    """Those that the platform could also read by GetConfiguration."""
    face = link.face
    listed = (name for name, key in configuration.KEYS.items() if key.listed)
    return {name: configuration.text(face.state, name, face.config) for name in listed}


def within(frames: Iterable[Frame], since: datetime | None, until: datetime | None) -> list[Frame]:
    chosen = [
        frame for frame in frames if (since is None or frame.at >= since) and (until is None or frame.at <= until)
    ]
    size, kept = 0, 0
    for frame in reversed(chosen):
        size += len(frame.text)
        if size > FRAMES_MAX_BYTES:
            break
        kept += 1
    return chosen[len(chosen) - kept :]


def shown(frame: Frame) -> dict[str, object]:
    return {"at": frame.at, "direction": "sent" if frame.sent else "received", "text": without_secrets(frame.text)}


def without_secrets(text: bytes) -> str:
    """A frame as it may be shown: as it was, unless there is something to hide in it. What is no JSON is not shown."""
    try:
        frame = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"{len(text)} bytes that are no JSON"
    strings = list(strings_in(frame))
    if any(one.lower() == SECRET_KEY for one in strings):
        return HIDDEN
    if any(USER_INFO.search(one) for one in strings):
        return msgspec.json.encode(masked(frame)).decode()
    return text.decode("utf-8", "replace")


def strings_in(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from strings_in(item)
        case list():
            for item in value:
                yield from strings_in(item)


def masked(value: Any) -> Any:
    """Without user and password in any address."""
    match value:
        case str():
            return USER_INFO.sub(r"\1", value)
        case dict():
            return {name: masked(item) for name, item in value.items()}
        case list():
            return [masked(item) for item in value]
    return value


def security_log(events: Sequence[LoggedEvent]) -> bytes:
    """N01.FR.03: the file with the events of this link and of the charger as a whole."""
    return lines([{"at": event.happened_at, "type": event.type, "tech_info": event.tech_info} for event in events])


def lines(items: Iterable[object]) -> bytes:
    return b"".join(msgspec.json.encode(item) + b"\n" for item in items)
