"""A household on a real database file in virtual time: box, host, core, face and a platform that answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from laadboek.charger.events import SettingsChosen
from laadboek.devices.car import Car
from laadboek.devices.simulated import SIMULATED_BOX, SimulatedCharger
from laadboek.ocpp import messages as m
from laadboek.ocpp.rpc import Call, Rpc
from laadboek.ocpp.types import Side
from laadboek.reasons import Reason
from laadboek.runtime.cast import read_cast
from laadboek.runtime.host import Host
from laadboek.runtime.hosted import Cast, HostedCharger
from laadboek.runtime.services import Bug, Neighbours, Rows, Services
from laadboek.runtime.socket import Caller
from laadboek.secret import pin_mac
from laadboek.simulation.world import HeapTimers, World
from laadboek.store import accounts, chargers, drivers, links
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, StoreBroken, StoreError
from laadboek.store.group import Outcome, Waiting

T = TypeVar("T")
NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
PIN, TAG, PIN_KEY = "48213", "ALICE-TAG", b"p" * 32


class Line:
    """A platform at the other end of every socket; writes down the frames that it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.reachable = True
        self._transaction_id = 4710
        self._caller: Caller | None = None

    def __call__(self, link_id: str, socket_no: int, caller: Caller) -> None:
        if self.reachable:
            self._rpc, self._caller = Rpc(Side.CENTRAL_SYSTEM), caller
            caller.on_open(self, "ocpp1.6")

    def send(self, text: bytes) -> None:
        if self._caller is None:
            return
        received = self._rpc.receive(text, NINE)
        if isinstance(received, Call):
            self.heard.append(text)
            self._caller.on_text(self._rpc.answer(received.message_id, self._answer(received.request)))

    def _answer(self, request: Any) -> Any:
        accepted = m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)
        match request:
            case m.BootNotificationRequest():
                status = m.RegistrationStatus.ACCEPTED
                return m.BootNotificationResponse(status=status, current_time=NINE, interval=86_400)
            case m.StartTransactionRequest():
                self._transaction_id += 1
                return m.StartTransactionResponse(transaction_id=self._transaction_id, id_tag_info=accepted)
            case m.AuthorizeRequest():
                return m.AuthorizeResponse(id_tag_info=accepted)
            case m.HeartbeatRequest():
                return m.HeartbeatResponse(current_time=NINE)
        return m.MESSAGES[m.ACTION_OF[type(request)]].response()

    def ping(self) -> None:
        assert self._caller is not None
        self._caller.on_pong()

    def close(self, code: int = 1000) -> None:
        caller, self._caller = self._caller, None
        if caller is not None:
            caller.on_close(code)

    def abort(self) -> None:
        self.close(1006)


class HomeOnDisk:
    """Rows in `database`, and everything that lives by them."""

    def __init__(self, database: InlineDatabase, seed: int = 1) -> None:
        self.world, self.database, self.line = World(NINE, seed), database, Line()
        self.notices: list[Reason] = []
        self.bugs: list[Bug] = []
        ids = self.world.ids("rows")
        self.charger_id, self.link_id = ids.public("chg"), ids.public("lnk")
        database.run(self._create)
        self.box = SimulatedCharger(
            SIMULATED_BOX,
            car=Car(),
            clock=self.world.clock,
            timers=HeapTimers(self.world),
            ids=self.world.ids("box"),
            register_wh=1_000_000,
        )
        self.host = self._host()
        self.host.start(fresh=True)
        self.wait(seconds=10)
        self.host.post(SettingsChosen({"FreeCharging": "false"}))

    def _create(self, db: Connection) -> None:
        self.account_id = accounts.create(db, "acc_home", "Home", "Europe/Amsterdam", "en", NINE)
        config: dict[str, object] = {}
        self.charger = chargers.create(db, self.account_id, self.charger_id, "Drive", "simulated", config, NINE)
        alice = drivers.NewDriver(
            public_id="drv_alice",
            name="Alice",
            pin_mac=pin_mac(PIN_KEY, self.charger_id, PIN),
            id_tag=TAG,
            kind="business",
            mode="fast",
        )
        drivers.create(db, self.account_id, self.charger, alice, NINE)
        link = links.NewLink(
            public_id=self.link_id,
            position=1,
            role="control",
            backend_uri="ws://platform/",
            charge_box_id="CP-1",
            user_name="CP-1",
            settings={"back_off": {"first_s": 1, "jitter": False}},
        )
        self.link = links.create(db, self.account_id, self.charger, link, 0, NINE)

    def _host(self) -> Host:
        return Host(
            HostedCharger(account_id=self.account_id, id=self.charger, charger_id=self.charger_id, name="Drive"),
            self.box,
            Rows(lambda: self.database.read(self.cast)),
            Services(
                store=self.database,
                timers=HeapTimers(self.world),
                connector=self.line,
                clock=self.world.clock,
                ids=self.world.ids("host"),
                pin_key=PIN_KEY,
                on_bug=self.bugs.append,
            ),
            Neighbours(notify=lambda reason, driver_id: self.notices.append(reason)),
        )

    def cast(self, db: Connection) -> Cast:
        """Core and faces as their rows have them; every stored state is decoded."""
        return read_cast(db, self.charger, SIMULATED_BOX, self.world.ids("cast"))

    def wait(self, **delta: float) -> None:
        self.world.run(self.world.now + timedelta(**delta))

    def session(self, minutes: float = 20) -> None:
        """Alice comes home, charges and drives off; a quarter of an hour boundary lies in between."""
        self.box.plug_in()
        self.box.type_pin(PIN)
        self.wait(minutes=minutes)
        self.box.unplug()
        self.wait(minutes=1)


class WatchedDatabase(InlineDatabase):
    """Tells after each commit that happened, before anybody is answered."""

    def __init__(
        self,
        path: Path,
        after_commit: Callable[[], None],
        *,
        synchronous: str = "FULL",
        vfs: str | None = None,
        on_broken: Callable[[StoreBroken], None] | None = None,
    ) -> None:
        super().__init__(path, synchronous=synchronous, vfs=vfs, on_broken=on_broken)
        self._after_commit = after_commit

    def commit(self, waiting: list[Waiting]) -> list[Outcome]:
        outcomes = super().commit(waiting)
        if not any(isinstance(value, StoreError) for _, value in outcomes):
            self._after_commit()
        return outcomes
