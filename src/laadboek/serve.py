"""One process with everything: pages, our platform, the chargers we host. Assembles and runs; decides nothing."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
import uvicorn
from msgspec.structs import replace

from . import garbage
from .bus import Bus
from .charger_wishes import ChargerWishes
from .chores import doing_chores
from .clock import SystemClock
from .csms.server import Platform
from .exports import Means, serve_exports
from .ids import Ids
from .key_rotation import KeyRotation
from .key_wishes import KeyWishes
from .link_test import LinkTests
from .link_wishes import LinkWishes
from .logs import configure, logger_for
from .mails import Mailer, forget_unconfirmed
from .notify import serve_notices
from .past import Past, PastFailed, Welcome, first_run
from .portal.app import create_app
from .portal.settings import PortalSettings
from .provider_asks import asking
from .push import NOBODY, Signer, text_of
from .running import Place, TokenExposed, announced, token_hash
from .runtime import picows_socket
from .runtime.fleet import Fleet
from .runtime.guard import Guard
from .runtime.keys import DataKeys, KeyFileExposed, load_keys
from .runtime.outbound import Outbound
from .runtime.price_watch import PriceWatch
from .runtime.push_key import load_push_key, public_part
from .runtime.sky_watch import SkyWatch
from .runtime.timers import LoopTimers
from .runtime.transfers import Transfers
from .settings import Settings
from .site_wishes import SiteWishes, forecast_token_of, token_of
from .sources.catalogue import PRICES
from .sources.forecasts import FORECASTS
from .store import links, users
from .store.database import Database, StoreBroken, StoreError, StoreFull, open_database
from .store.errors import EXIT_BROKEN, EXIT_FULL, NO_ROOM
from .store.signing_key import load_or_create
from .version import VERSION
from .wishes import Wishes

ANSWER_WITHIN_S = 30.0  # a source that takes longer keeps nobody waiting
KEEP_FRAMES = 200  # per link: what its platform finds in its diagnostics

T = TypeVar("T")

EXITS = {StoreFull: EXIT_FULL, StoreBroken: EXIT_BROKEN}

log = structlog.get_logger(__name__)


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    configure(settings.log)
    os.umask(0o077)  # the database is nobody else's to read
    try:
        loop_run(main(settings))
    except (KeyFileExposed, TokenExposed, PastFailed, StoreError) as error:
        raise cannot_start(error) from error
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise cannot_start(StoreFull(f"there is no room in {settings.data}; make some and start again")) from error


def cannot_start(error: Exception) -> SystemExit:
    """One sentence on the terminal, and a code by which a supervisor can tell a full disk from a broken one."""
    sys.stderr.write(f"Laadboek cannot start: {error}\n")
    return SystemExit(next((code for kind, code in EXITS.items() if isinstance(error, kind)), 1))


def loop_run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


async def main(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(settings, stop) as served:
        if served is not None:
            announce(*served)
            await stop.wait()
            log.info("serve.stopping")


def portal_settings(settings: Settings, push_key: str) -> PortalSettings:
    """What the pages must know of how this process is run. `push_key`: the public half."""
    return PortalSettings(
        version=VERSION,
        operator_token_hash=token_hash(settings.data),
        push_key=push_key,
        support=settings.support,
        https=(settings.url or "").startswith("https://"),
        url=settings.address(settings.port),
        api_per_minute=settings.api_per_minute,
        api_network_per_minute=settings.api_network_per_minute,
        registration_open=settings.registration == "open",
        password_policy=settings.password_policy,
        local_mails=settings.mails_shown,
        providers=tuple(one.provider for one in settings.providers),
    )


@contextlib.asynccontextmanager
async def serving(settings: Settings, stop: asyncio.Event) -> AsyncIterator[tuple[Place, Welcome] | None]:
    """Everything, for as long as the block lasts; None when somebody stopped it during its first run."""
    make_folder(settings.data)
    listen(
        settings.host, settings.ocpp_port, "--ocpp-port"
    ).close()  # before an account whose password nobody would see
    keys, bus, clock = load_keys(settings.data), Bus(), SystemClock()
    past = Past(settings, keys, clock)
    push_key = text_of(public_part(load_push_key(settings.data)))
    for_pages = portal_settings(settings, push_key)
    ask = asking(Guard(settings.private_networks))
    portal = create_app(None, bus, clock, settings=for_pages, vault=keys, progress=past.progress, ask=ask)
    async with pages(portal, settings) as port:
        portal.state.desk.settings = replace(for_pages, url=settings.address(port))
        welcome = await until_stopped(first_run(past), stop)
        if welcome is None:
            yield None
            return
        async with platform_and_fleet(settings, keys, bus, clock) as (database, ocpp_port):
            portal.state.desk.attach(database)
            past.finished()
            if not await database.query(users.exist):
                welcome = replace(welcome, register=True)
            place = Place(host=local(settings.host), port=port, ocpp_port=ocpp_port, pid=os.getpid())
            with announced(settings.data, place):
                yield place, welcome


async def until_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """The result of the work, or None when somebody wants to stop first."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        return task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return None


@contextlib.asynccontextmanager
async def platform_and_fleet(
    settings: Settings, keys: DataKeys, bus: Bus, clock: SystemClock
) -> AsyncIterator[tuple[Database, int]]:
    """The store, then who writes to it; stopped in the opposite order."""
    loop = asyncio.get_running_loop()
    database = open_database(settings.location, deliver=loop.call_soon_threadsafe)
    timers = LoopTimers(clock)
    platform = Platform(database, clock, Ids(), timers, keys.pepper, logger_for("platform"))
    try:
        ocpp_port = await platform.start(picows_socket.serve, settings.host, settings.ocpp_port)
        bus.publish("platform.port", ocpp_port)  # pages tell it to who brings a charger
        own = f"ws://{local(settings.host)}:{ocpp_port}/ocpp/"
        await database.write("links", lambda db: links.move_own(db, own))
        guard = Guard(settings.private_networks)
        guard.name(local(settings.host), ocpp_port)
        outbound = Outbound(keys, guard=guard)
        fleet = Fleet(
            database=database,
            keys=keys,
            bus=bus,
            clock=clock,
            timers=timers,
            ids=Ids(),
            outbound=outbound,
            keep_frames=KEEP_FRAMES,
        )
        await fleet.start()
        Wishes(platform, database, clock, Ids()).serve(bus)
        LinkWishes(fleet, database, keys, clock, Ids(), own).serve(bus)
        LinkTests(fleet, database, clock).serve(bus)
        KeyWishes(fleet, database, clock).serve(bus)
        ChargerWishes(fleet, database, bus, clock, Ids()).serve(bus)
        bus.serve("keys.rotate", KeyRotation(settings.data, keys, database).rotate)
        SiteWishes(fleet.sites.refresh, fleet.sites.know_spots, database, keys, clock, Ids()).serve(bus)
        notifier = serve_notices(database, guard, keys, clock, Ids(), bus, settings.mail_server, signer_of(settings))
        exporter = serve_exports(database, guard, keys, clock, bus, means_of(settings))
        watches = watching(fleet, database, guard, keys, clock)
        mailing = Mailer(database, keys, clock, settings.mail_server).serve(), forget_unconfirmed(database, clock)
        chores = (notifier.serve(), exporter.serve(), *mailing, *watches)
        garbage.seldom()
        try:
            with doing_chores(database, clock, timers, fleet, platform, chores):
                yield database, ocpp_port
        finally:
            await fleet.stop()
    finally:
        await platform.close()
        await asyncio.to_thread(database.close)


def signer_of(settings: Settings) -> Signer:
    """A push service writes to whoever sends the mails."""
    mail = settings.mail_server
    contact = NOBODY if mail is None else f"mailto:{parseaddr(mail.sender)[1]}"
    return Signer(load_push_key(settings.data), contact)


def means_of(settings: Settings) -> Means:
    """What scheduled files are sent with."""
    return Means(mail=settings.mail_server, folder=settings.export_folder, key=load_or_create(settings.data))


def watching(
    fleet: Fleet, database: Database, guard: Guard, keys: DataKeys, clock: SystemClock
) -> Iterator[Coroutine[Any, Any, None]]:
    """What fetches for the sites: prices, and what the sun will do."""
    transfers = Transfers(guard, time_max_s=ANSWER_WITHIN_S)
    prices_token, sky_token = partial(token_of, database, keys), partial(forecast_token_of, keys)
    yield PriceWatch(fleet.sites, PRICES, database, transfers, clock, Ids(), prices_token).serve()
    yield SkyWatch(fleet.sites, FORECASTS, database, transfers, clock, Ids(), sky_token).serve()


def make_folder(path: Path) -> None:
    """The data folder, for its owner only, or a refusal that says what to do."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(
            f"The data folder {path} cannot be made ({error.strerror}). Choose another with --data."
        ) from error


# --- pages ---


class Pages(uvicorn.Server):
    """Signals are ours: the store closes after the last page."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def pages(app: object, settings: Settings) -> AsyncIterator[int]:
    """Listen before anything slow happens; yield the port."""
    listening = listen(settings.host, settings.port, "--port")
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=3)  # type: ignore[arg-type]
    server = Pages(config)
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    port = listening.getsockname()[1]
    log.info("pages.listening", host=settings.host, port=port)
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


def listen(host: str, port: int, option: str) -> socket.socket:
    """A listening socket, or a refusal that says what to do."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise SystemExit(
            f"Port {port} on {host} cannot be used ({error.strerror}). Choose another with {option}."
        ) from error
    return listening


def local(host: str) -> str:
    """How this process reaches itself."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)


def announce(place: Place, welcome: Welcome) -> None:
    """Where everything is; sign-in details the one time they are known."""
    print(  # noqa: T201
        f"\n  Laadboek is ready.\n\n  Pages      http://{place.host}:{place.port}\n"
        + (f"  Register   http://{place.host}:{place.port}/register\n" if welcome.register else "")
        + f"  Platform   ws://{place.host}:{place.ocpp_port}/ocpp/<ChargeBoxID>\n"
        + "".join(f"  {line}\n" for line in welcome.lines()),
        flush=True,
    )
