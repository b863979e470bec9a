"""`laadboek serve` in this process with a real house in its store: pages, our platform, hosted chargers.

Alice's charger stands at a location that is complete; her second one is a zappi that is too old, at one that is not.
"""

import asyncio
import io
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
import structlog
from msgspec.structs import replace

from laadboek.actions import passwords
from laadboek.actions.charger_products import MODELS
from laadboek.actions.first_account import FirstAccount, create_first_account
from laadboek.energy.contract import Dynamic
from laadboek.ids import Ids
from laadboek.secret import Secret
from laadboek.serve import serving
from laadboek.settings import Settings
from laadboek.site.config import Circuit, SiteConfig
from laadboek.store import chargers, drivers, sites
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from laadboek.store.migrate import prepare
from people import ALICE, PASSWORD, create_charlie

READY_WITHIN_S = 30
HOME, ZAPPI, THEIRS = "chg_home", "chg_zappi", "chg_theirs"
NOW = datetime.now(UTC)
WHOLE = SiteConfig(
    street="Dorpsstraat 1",
    postcode="1234 AB",
    town="Ons Dorp",
    contract=Dynamic(),
    circuits=(Circuit(circuit_id="main", limit_ma=25_000),),
    has_solar=False,
    has_meter=False,
)


def furnish(db: Connection) -> None:
    password_hash, ids = passwords.hash_new(Secret(PASSWORD)), Ids(7)
    first = FirstAccount(
        name="Alice", email=ALICE, password_hash=password_hash, time_zone="Europe/Amsterdam", language="en"
    )
    account_id = create_first_account(db, first, ids, NOW).account_id
    home = chargers.create(db, account_id, HOME, "Driveway", "simulated", {"house": False}, NOW)
    old = replace(MODELS["zappi"], firmware_version="5.114")
    config: dict[str, Any] = {"house": False, "info": msgspec.to_builtins(old)}
    chargers.create(db, account_id, ZAPPI, "Garage", "simulated", config, NOW)
    site = sites.create(db, account_id, "sit_home", "Home", WHOLE, NOW)
    sites.place(db, account_id, home, site)
    alice = drivers.NewDriver(
        public_id="drv_alice", name="Alice", pin_mac=None, id_tag="ALICE-1", kind="business", mode="fast"
    )
    drivers.create(db, account_id, home, alice, NOW)
    other = create_charlie(db, "Charlie", password_hash, ids, NOW)
    chargers.create(db, other, THEIRS, "Elsewhere", "simulated", {"house": False}, NOW)


class ServedHouse:
    """Runs in a thread of its own; `log` holds every line that was logged."""

    def __init__(self, data: Path) -> None:
        private = (ip_network("127.0.0.0/8"),)
        often = {"api_per_minute": 1_000_000, "api_network_per_minute": 1_000_000}  # tests look until something is so
        self.settings = Settings(
            data=data, port=0, ocpp_port=0, home="real", private_networks=private, log="debug", **often
        )
        self.log = io.StringIO()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),))

    def start(self) -> None:
        structlog.configure(
            processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.PrintLoggerFactory(self.log)
        )
        self._thread.start()
        assert self._ready.wait(READY_WITHIN_S)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        structlog.reset_defaults()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with serving(self.settings, self._stop) as served:
            assert served is not None
            place, _ = served
            self.address = f"http://{place.host}:{place.port}"
            self.ocpp_port = place.ocpp_port
            self._ready.set()
            await self._stop.wait()

    @contextmanager
    def browser(self, email: str = ALICE) -> Iterator[httpx2.Client]:
        """A signed-in browser window without scripts."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        with httpx2.Client(base_url=self.address, headers=headers, trust_env=False, timeout=60) as client:
            answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            yield client

    def rows(self, sql: str) -> list[Any]:
        """What the store holds; read beside the running server."""
        with sqlite3.connect(f"file:{self.settings.location}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()


@contextmanager
def served_house(data: Path) -> Iterator[ServedHouse]:
    house = ServedHouse(data)
    data.mkdir(mode=0o700, exist_ok=True)
    prepare(house.settings.location)
    database = InlineDatabase(house.settings.location)
    try:
        database.run(furnish)
    finally:
        database.close()
    house.start()
    try:
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHouse]:
    with served_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(scope="module")
def alice(house: ServedHouse) -> Iterator[httpx2.Client]:
    with house.browser() as client:
        yield client
