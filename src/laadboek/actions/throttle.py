"""Slows down guessing without ever locking the owner out. Pure: `now` is an argument; kept in memory, bounded.

Three keys are counted per try: the address from one network address, the network address, and the e-mail address as
a whole. The last has a short longest delay, because strangers can drive it up for somebody they do not like.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

FORGOTTEN_AFTER = timedelta(hours=1)
MOST_KEYS = 10_000


class Rule(Struct, frozen=True):
    free: int  # tries before the first delay
    longest: timedelta


RULES = {
    "pair": Rule(free=5, longest=timedelta(minutes=15)),
    "network": Rule(free=20, longest=timedelta(minutes=15)),
    "email": Rule(free=20, longest=timedelta(seconds=30)),
}
# Of mails that are asked for: fewer, because each lands in somebody's mailbox.
MAIL_RULES = {
    "pair": Rule(free=3, longest=timedelta(minutes=15)),
    "network": Rule(free=20, longest=timedelta(minutes=15)),
    "email": Rule(free=5, longest=timedelta(minutes=15)),
}


class Tries(Struct, frozen=True):
    count: int
    last_at: datetime


class Throttle:
    """One per process. A try is counted before its password is looked at, so that parallel tries gain nothing."""

    def __init__(self, rules: Mapping[str, Rule] = RULES) -> None:
        self._rules = rules
        self._tries: OrderedDict[tuple[str, str], Tries] = OrderedDict()

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._tries)

    def begin(self, email: str, network: str, now: datetime) -> timedelta | None:
        """Count a try; or return how long to wait, and count nothing."""
        keys = _keys(email, network)
        wait = max((self._wait(key, now) for key in keys), default=timedelta())
        if wait > timedelta():
            return wait
        for key in keys:
            tries = self._known(key, now)
            self._tries[key] = replace(tries, count=tries.count + 1, last_at=now)
            self._tries.move_to_end(key)
        while len(self._tries) > MOST_KEYS:
            self._tries.popitem(last=False)
        return None

    def succeeded(self, email: str, network: str) -> None:
        """The right password: this pair starts anew, and this try is not counted. All others stay counted: whoever
        has an account of their own must not try one password with everybody's.
        """
        pair, *wider = _keys(email, network)
        self._tries.pop(pair, None)
        for key in wider:
            tries = self._tries.get(key)
            if tries is not None:
                self._tries[key] = replace(tries, count=max(0, tries.count - 1))

    def _known(self, key: tuple[str, str], now: datetime) -> Tries:
        tries = self._tries.get(key)
        if tries is None or now - tries.last_at >= FORGOTTEN_AFTER:
            return Tries(0, now)
        return tries

    def _wait(self, key: tuple[str, str], now: datetime) -> timedelta:
        tries, rule = self._known(key, now), self._rules[key[0]]
        beyond = tries.count - rule.free
        if beyond < 0:
            return timedelta()
        delay = min(rule.longest, timedelta(seconds=2 ** min(beyond + 1, 20)))
        return tries.last_at + delay - now


def _keys(email: str, network: str) -> list[tuple[str, str]]:
    email = email.lower()
    return [("pair", f"{email} {network}"), ("network", network), ("email", email)]
