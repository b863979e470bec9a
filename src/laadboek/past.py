"""The first run: thirty past days, produced by the real stack in a process of its own, while pages show how far it is.

They are written to a side file and take the database's place by one rename; what was interrupted begins again.
"""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from .actions.first_account import LANGUAGES, renew_password
from .actions.passwords import hashed
from .actions.people import one_time_codes
from .actions.people.letters import Post
from .actions.people.registration import begin_unowned
from .clock import SystemClock
from .ids import Ids
from .portal.starting.progress import Progress
from .portal.words.letters import Pen
from .runtime.keys import DataKeys, load_keys
from .secret import Secret
from .settings import Settings
from .simulation import household
from .simulation.past import Order, Step
from .store.connection import Connection
from .store.database import InlineDatabase, StoreFull, prepare
from .store.errors import EXIT_FULL

ROOM_BYTES = 32 << 20  # thirty days and their journal take 7 MiB; then real life begins

log = structlog.get_logger(__name__)


class PastFailed(Exception):
    """The past days were not produced; nothing was kept."""


class Welcome(Struct, frozen=True, kw_only=True):
    """What a person is told once. `password` is known only right after it was made."""

    email: str | None = None
    password: Secret | None = None
    pins: tuple[tuple[str, str, str], ...] = ()  # name, PIN, kind
    register: bool = False  # nobody has an account yet

    def lines(self) -> Iterator[str]:
        if self.password is not None:
            yield f"Sign in    {self.email}  password {self.password.reveal()}  (shown this once)"
        for name, pin, kind in self.pins:
            yield f"PIN        {pin}  {name} ({kind})"


class Past:
    """How far the production of the past is, for every page to show."""

    def __init__(self, settings: Settings, keys: DataKeys, clock: SystemClock) -> None:
        self.settings, self.keys, self.clock = settings, keys, clock
        self._progress: Progress | None = Progress(done_days=0, total_days=settings.past_days)

    def progress(self) -> Progress | None:
        return self._progress

    def took(self, step: Step) -> None:
        self._progress = Progress(
            done_days=step.done_days,
            total_days=self.settings.past_days,
            day=step.day,
            sessions=step.sessions,
            energy_wh=step.energy_wh,
        )

    def finished(self) -> None:
        self._progress = None


async def first_run(past: Past) -> Welcome:
    """Make the database if there is none. Any other start changes nothing."""
    settings = past.settings
    if settings.database is None and await asyncio.to_thread(Path(settings.location).exists):
        return Welcome()
    if settings.database is None:
        need_room(settings.data)
    if settings.home == "real" or settings.database is not None:
        await asyncio.to_thread(begin_empty, past)
        return Welcome()  # whoever opens the first page registers; nothing is made up
    password = first_password(Ids())
    password_hash = await asyncio.to_thread(hashed, password)
    email = household.Owner().email
    order = Order(
        data=str(settings.data),
        into=settings.location,
        days=settings.past_days,
        seed=settings.seed,
        until=past.clock.now(),
        password_hash=password_hash,
        language=language(),
        backend_uri=f"ws://127.0.0.1:{settings.ocpp_port}/ocpp/",
    )
    await produce(past, order)
    pins = tuple((r.name, r.pin, household.KINDS[r.name].value) for r in household.RESIDENTS)
    return Welcome(email=email, password=password, pins=pins)


def begin_empty(past: Past) -> None:
    """A real home, or a database server: what its operator makes before anybody registered has a place to be."""
    prepare(past.settings.location)
    begin = partial(begin_unowned, ids=Ids(), time_zone=household.TIME_ZONE, language=language(), now=past.clock.now())
    with contextlib.closing(InlineDatabase(past.settings.location)) as database:
        database.run(begin)


def need_room(data: Path) -> None:
    """Said before anything is begun, not when half of it is there."""
    free = shutil.disk_usage(data).free
    if free < ROOM_BYTES:
        raise StoreFull(
            f"{data} has {free >> 20} MiB left on its disk; the first start needs {ROOM_BYTES >> 20} MiB."
            " Make room, or choose another folder with --data"
        )


def language() -> str:
    """Of whoever starts this, until they choose another on the page."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return spoken[:2] if spoken[:2] in LANGUAGES else "en"


def first_password(ids: Ids) -> Secret:
    """80 random bits in a form that the rule for passwords allows and a person can copy."""
    word = ids.public("")[1:]
    return Secret("Laad26-" + "-".join(word[i : i + 4] for i in range(0, 16, 4)))


def new_password(settings: Settings, email: str | None = None, *, without_codes: bool = False) -> Welcome | None:
    """A new password for this user, by default the owner, known only now; None when there is no such user.

    `without_codes`: they lost phone and recovery codes, so the password alone lets them in. StoreError while a server
    writes.
    """
    now, password = SystemClock().now(), first_password(Ids())
    password_hash = hashed(password)
    post = post_of(settings) if without_codes else None

    def renew(db: Connection) -> str | None:
        whose = renew_password(db, email, password_hash, now)
        if whose is not None and post is not None:
            one_time_codes.take_away(db, post, whose, now)
        return whose

    database = InlineDatabase(settings.location)
    try:
        whose = database.run(renew)
    finally:
        database.close()
    return None if whose is None else Welcome(email=whose, password=password)


def post_of(settings: Settings) -> Post:
    """To write to people while no server runs; the next one sends it."""
    address = settings.address(settings.port)
    return Post(vault=load_keys(settings.data), ids=Ids(), writer=Pen(address), address=address)


async def produce(past: Past, order: Order) -> None:
    """Run `simulation.past` and follow it; its errors are ours."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "laadboek.simulation.past",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(order))
        process.stdin.close()
        async for line in process.stdout:
            past.took(msgspec.json.decode(line, type=Step))
        code = await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, 15)
        await process.wait()
        raise
    if code == EXIT_FULL:
        raise StoreFull(f"there is no room in {order.data} for the past days; nothing was kept. Make some, start again")
    if code:
        raise PastFailed(f"the past days could not be produced (exit code {code}); nothing was kept. Start again")
    log.info("past.produced", days=order.days, seconds=(past.clock.now() - order.until) / timedelta(seconds=1))
