"""The only reader of time. `now` is UTC that cannot jump: the wall clock at start, advanced by CLOCK_BOOTTIME."""

import ctypes
import time
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from typing import Protocol

# A wall clock that moved further than this from ours was set, not drifting.
STEP = timedelta(seconds=2)


# struct timex is smaller everywhere; all zero means: change nothing, only tell.
TIMEX_BYTES, TIME_ERROR = 512, 5
_ntp_adjtime = ctypes.CDLL(None).ntp_adjtime


class Clock(Protocol):
    """Hands out the instant. UTC, monotonic."""

    @property
    def synchronised(self) -> bool: ...

    def now(self) -> datetime: ...


class Timers(Protocol):
    """One deadline per key. On an event loop, or on the heap of a simulation."""

    def at(self, key: Hashable, when: datetime, fire: Callable[[], None]) -> None:
        """Call `fire` once, at `when` or soon after; replaces the deadline that this key had."""

    def cancel(self, key: Hashable) -> None:
        """Forget the key's deadline, if it has one."""


class SystemClock:
    """The machine's clock; counts on through suspend, blind to corrections of the wall clock until `step`."""

    def __init__(self) -> None:
        self._rebase()

    def _rebase(self) -> None:
        self._wall_at_base = datetime.now(UTC)
        self._base_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def now(self) -> datetime:
        elapsed_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - self._base_ns
        return self._wall_at_base + timedelta(microseconds=elapsed_ns // 1000)

    @property
    def synchronised(self) -> bool:
        """Whether the kernel's clock follows a time server, as far as the kernel knows (ntp_adjtime(3))."""
        state: int = _ntp_adjtime(ctypes.create_string_buffer(TIMEX_BYTES))
        return state != TIME_ERROR

    def stepped(self) -> timedelta | None:
        """By how much the wall clock was set since the start or the last `step`; None when it only drifts."""
        offset = datetime.now(UTC) - self.now()
        return None if abs(offset) < STEP else offset

    def step(self) -> None:
        """Adopt the wall clock. Only while nobody counts on `now`."""
        self._rebase()


class VirtualClock:
    """A clock that somebody sets: tests and the simulation."""

    synchronised = True

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def now(self) -> datetime:
        return self.instant


def to_us(instant: datetime) -> int:
    """Microseconds since 1970 UTC, the form of an instant in the databases."""
    delta = instant - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_us(us: int) -> datetime:
    """The instant of `to_us`."""
    return EPOCH + timedelta(microseconds=us)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
