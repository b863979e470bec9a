"""What every page works with: the store, the bus, the clock, and the reader's side of the conversation."""

from asyncio import Semaphore
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import HTTPConnection

from ..actions.people.letters import Post
from ..actions.throttle import MAIL_RULES, Throttle
from ..actions.vault import Vault
from ..bus import Bus
from ..clock import Clock
from ..ids import Ids
from ..reasons import Reason, Refused
from ..store.connection import Connection
from ..store.database import Database
from ..store.errors import JobFailed
from .limits import Buckets
from .settings import PortalSettings
from .starting.progress import Progress
from .words.letters import Pen

T = TypeVar("T")
Job = Callable[[Connection], T]


class Desk:
    """One per application. `database` is None only while `progress()` is not."""

    def __init__(
        self,
        database: Database | None,
        bus: Bus,
        clock: Clock,
        settings: PortalSettings,
        progress: Callable[[], Progress | None],
        vault: Vault,
    ) -> None:
        self._database = database
        self.bus = bus
        self.clock = clock
        self.settings = settings
        self.progress = progress
        self.vault = vault
        self.ids = Ids()
        self.throttle = Throttle()
        self.mail_throttle = Throttle(MAIL_RULES)  # of mails that somebody asks for, to any address
        self.token_throttle = Throttle()  # of the operator's token: a script that errs keeps nobody from signing in
        self.askers = Buckets(settings.api_per_minute)
        self.networks = Buckets(settings.api_network_per_minute)
        self.hashing = Semaphore(2)  # argon2 takes 19 MiB and a core for a while
        self.waiting_to_hash = 0

    def attach(self, database: Database) -> None:
        """The store is there (again): pages may use it."""
        self._database = database

    @property
    def post(self) -> Post:
        """What it takes to write mails in a transaction (`actions.people.letters`)."""
        address = self.settings.url
        return Post(vault=self.vault, ids=self.ids, writer=Pen(address), address=address)

    async def read(self, job: Job[T]) -> T:
        return await self._store().query(job)

    async def write(self, shard: str, job: Job[T]) -> T:
        """After the commit. What an action refuses comes out as it went in."""
        try:
            return await self._store().write(shard, job)
        except JobFailed as failed:
            if isinstance(failed.__cause__, Refused):
                raise failed.__cause__ from None
            raise

    def _store(self) -> Database:
        assert self._database is not None, "a page asked for the store while it is being made"
        return self._database


def desk_of(request: HTTPConnection) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


class NotSignedIn(Exception):
    """Nobody is signed in on this browser. `why` is what the API says."""

    why = Reason("sign_in.needed")


class NotFresh(Exception):
    """What was asked for needs a password or passkey that was shown a moment ago, see `fresh`."""

    why = Reason("sign_in.not_fresh")
