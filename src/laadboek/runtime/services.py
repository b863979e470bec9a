"""What a host is given: the services that all chargers of a process share, and what is about its own charger alone."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import Struct

from ..clock import Clock, Timers
from ..devices.device import Surroundings
from ..ids import Ids
from ..reasons import Reason
from ..store.connection import Connection
from ..store.errors import StoreError
from .errands import Mover, NoMover
from .hosted import Cast
from .relink import ReadLinks
from .saves import LinkKeys, Save
from .socket import Connector
from .turn import Edit, Event

T = TypeVar("T")


class Store(Protocol):
    """What a host needs of the database."""

    def submit(
        self,
        shard: str,
        job: Callable[[Connection], T],
        done: Callable[[T], None],
        failed: Callable[[StoreError], None],
    ) -> None: ...


class Bug(Struct, frozen=True):
    """A turn that went wrong by our own fault: what came, in which state, and how it failed."""

    charger_id: str
    link_id: str | None  # whose event it was; None: the charger's
    event: Event | Edit
    state: object
    error: BaseException


class Services(Struct, frozen=True, kw_only=True):
    """The same for every charger of a process. Nothing here waits."""

    store: Store
    timers: Timers
    clock: Clock
    ids: Ids
    connector: Connector
    pin_key: bytes
    on_bug: Callable[[Bug], None]
    link_keys: LinkKeys | None = None  # None: its links keep no secrets
    mover: Mover = NoMover()
    keep_frames: int = 20  # per link


class Rows(Struct, frozen=True):
    """Where a charger's core and faces are read from."""

    cast: Callable[[], Cast]
    links: ReadLinks | None = None  # None: its links never change


class Neighbours(Struct, frozen=True, kw_only=True):
    """Who is told of this charger, and who is asked about it."""

    notify: Callable[[Reason, str | None], None]  # the driver it is about, if any
    changed: Callable[[], None] = lambda: None
    spent: Callable[[str], None] = lambda _: None  # a driver's budget
    also_keep: Callable[[], Save] | None = None  # with each turn, in its commit
    surroundings: Callable[[datetime], Surroundings] | None = None
