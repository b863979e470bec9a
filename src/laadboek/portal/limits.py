"""How much of us somebody may take: requests of the API per network, token and person, and how large a body may be.

Pure, in memory, bounded.
"""

import re
from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import ip_address

MOST_KEYS = 10_000
MINUTE = timedelta(minutes=1)
MIB = 1 << 20
BODY_MOST = MIB
LARGE_BODY_MOST = 5 * MIB
LARGE = re.compile(r"/(prices|import)$")  # files of prices and drivers, by page or API
IPV6_SITE_BITS = 64  # what one subscriber has to himself


class Buckets:
    """Each key may ask a minute's worth at once, and `per_minute` in the long run (GCRA)."""

    def __init__(self, per_minute: int) -> None:
        self._each = MINUTE / per_minute
        self._full_at: OrderedDict[str, datetime] = OrderedDict()  # when a key's bucket is full again

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._full_at)

    def take(self, key: str, now: datetime) -> timedelta | None:
        """Count a request; or return how long to wait, and count nothing."""
        full_at = max(self._full_at.get(key, now), now) + self._each
        if full_at - now > MINUTE:
            return full_at - now - MINUTE
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        while len(self._full_at) > MOST_KEYS:
            self._full_at.popitem(last=False)
        return None


def body_most(path: str) -> int:
    """Bytes that a request's body may have."""
    return LARGE_BODY_MOST if LARGE.search(path) else BODY_MOST


def network_key(address: str | None) -> str:
    """An IPv6 subscriber has 2⁶⁴ addresses, and they are one."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    return str(int(found) >> 128 - IPV6_SITE_BITS) if found.version == 6 else str(found)
