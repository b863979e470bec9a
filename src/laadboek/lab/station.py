"""One lab charge point: the real charger, face, outbox and store, with a simulated wall box that can be played with."""

import asyncio
from pathlib import Path

from msgspec import Struct

from ..bus import Bus
from ..chargepoint import configuration
from ..chargepoint.events import KeysChosen, TagLearnt
from ..charger.events import MeterRead, SettingsChosen
from ..charger.settings import KEYS as CHARGER_KEYS
from ..charger.settings import Settings, written
from ..clock import Clock, Timers
from ..devices.simulated import SimulatedCharger
from ..facts import Fault, Pilot
from ..ids import Ids
from ..ocpp.types import AuthorizationStatus
from ..reasons import Reason, Refused
from ..runtime.diagnostics import SECRET_KEY, without_secrets
from ..runtime.fleet import Fleet, remember
from ..runtime.guard import Guard
from ..runtime.host import Host
from ..runtime.keys import DataKeys
from ..runtime.link import Link
from ..runtime.outbound import Outbound
from ..settings import HOME_NETWORKS
from ..store import chargers, links
from ..store.chargers import ChargerRow
from ..store.database import Database
from .models import (
    CacheBody,
    CarBody,
    ChargePointState,
    ConnectorState,
    Frame,
    NewChargePoint,
    Side,
)
from .rows import Rows

KEEP_FRAMES = 10_000
NETWORKS = ("127.0.0.0/8", "::1/128", *HOME_NETWORKS)  # where a platform under test may be
TURNS_AT_MOST = 1_000  # that may follow at once from one thing done


class Parts(Struct, frozen=True):
    """What a station is built with."""

    database: Database
    keys: DataKeys
    bus: Bus
    clock: Clock
    timers: Timers
    ids: Ids


class Station:
    """Used from the event loop's thread only."""

    def __init__(self, body: NewChargePoint, folder: Path, parts: Parts, rows: Rows) -> None:
        self.charge_box_id = body.charge_box_id
        self._body, self._folder, self._parts, self._rows = body, folder, parts, rows
        self._fleet = self._new_fleet()

    def _new_fleet(self) -> Fleet:
        parts = self._parts
        return Fleet(
            database=parts.database,
            keys=parts.keys,
            bus=parts.bus,
            clock=parts.clock,
            timers=parts.timers,
            ids=parts.ids,
            outbound=Outbound(parts.keys, guard=Guard(NETWORKS)),
            keep_frames=KEEP_FRAMES,
        )

    @property
    def _host(self) -> Host:
        return self._fleet[self._rows.charger_id]

    @property
    def _link(self) -> Link:
        return self._host.links[0]

    @property
    def _box(self) -> SimulatedCharger:
        device = self._host.device
        assert isinstance(device, SimulatedCharger)
        return device

    async def open(self, first_settings: dict[str, str]) -> None:
        """Start the software. A box that was made without power stays dark until somebody gives it some."""
        await self._fleet.start()
        if first_settings:
            self._host.post(SettingsChosen(first_settings))
        await self.settle()

    async def close(self) -> None:
        await self._put_away()
        await asyncio.to_thread(self._parts.database.close)

    async def settle(self) -> None:
        """Let the turns end that follow at once."""
        for _ in range(TURNS_AT_MOST):
            if self._host.idle:
                return
            await self._parts.database.write("lab", lambda db: None)

    # --- power ---

    async def power_on(self) -> None:
        self._box.restore_power()

    async def power_off(self) -> None:
        self._box.cut_power()

    async def restart_software(self) -> None:
        """The box goes on as it is: plugged, charging, or dark."""
        await self._put_away()
        self._fleet = self._new_fleet()
        await self._fleet.start()

    async def _put_away(self) -> None:
        """Stop the software, and remember how the box is left."""
        box = self._box
        await self._fleet.stop()
        await self._parts.database.write("lab", remember(self._row(), box))

    def _row(self) -> ChargerRow:
        row = self._parts.database.read(lambda db: chargers.load(db, self._rows.charger_row))
        assert row is not None
        return row

    # --- cable and car ---

    async def plug_in(self, side: Side) -> None:
        self._loose_for(side)
        {"both": self._box.plug_in, "ev": self._box.plug_ev_side, "charger": self._box.plug_charger_side}[side]()

    async def unplug(self, side: Side) -> None:
        """The car's end first: only then may the lock of a loose cable let go."""
        self._loose_for(side)
        if side in ("both", "ev"):
            self._box.unplug_ev_side()
            await self.settle()
        if side in ("both", "charger") and not self._box.info.tethered:
            self._box.unplug_charger_side()
            if self._box.held:
                raise Refused("lab.cable_held")

    def _loose_for(self, side: Side) -> None:
        if side == "charger" and self._box.info.tethered:
            raise Refused("lab.cable_fixed")

    async def set_ev_ready(self, ready: bool) -> None:
        self._box.set_ev_ready(ready)

    async def set_car(self, body: CarBody) -> None:
        car = self._box.car
        if body.capacity_wh is not None:
            car.set_capacity(body.capacity_wh)
        if body.phases is not None:
            car.phases = body.phases
        if body.soc_percent is not None:
            car.set_soc(body.soc_percent)
        self._box.car_changed()

    # --- people ---

    async def present_tag(self, id_tag: str, connector_id: int) -> None:
        self._connector(connector_id)
        self._box.present_tag(id_tag)

    async def enter_pin(self, pin: str, connector_id: int) -> None:
        self._connector(connector_id)
        self._box.type_pin(pin)

    def _connector(self, connector_id: int) -> None:
        if connector_id > self._box.info.connectors:
            raise Refused("lab.no_connector", connector=connector_id)

    # --- bad luck ---

    async def raise_fault(self, connector_id: int, fault: Fault) -> None:
        self._connector(connector_id)
        self._box.raise_fault(fault, connector_id)

    async def clear_fault(self, connector_id: int) -> None:
        self._connector(connector_id)
        self._box.clear_fault()

    async def set_lock_failure(self, active: bool) -> None:
        self._box.lock_fails = active

    async def set_firmware_failure(self, active: bool) -> None:
        self._box.install_fails = active

    async def set_meter(self, register_wh: int) -> None:
        """With a turn, so that the charger sees each register that it is set to."""
        self._box.set_register(register_wh)
        self._host.post(MeterRead(()))

    # --- configuration ---

    async def set_key(self, key: str, value: str) -> None:
        problem = self._key_problem(key, value)
        if problem is not None:
            raise Refused(problem.code, **problem.params)
        name = configuration.spelled(key) or key
        if name in configuration.KEYS and configuration.KEYS[name].owner == "link":
            self._host.post_to(self._link, KeysChosen({name: value}))
        if name in CHARGER_KEYS:
            self._host.post(SettingsChosen({name: value}))

    def _key_problem(self, key: str, value: str) -> Reason | None:
        name = configuration.spelled(key) or key
        if name in configuration.KEYS and configuration.KEYS[name].owner == "link":
            return configuration.problem(name, value, self._link.face.config)
        durable = self._host.core.state.durable
        after = written(durable.settings, name, value, pinned=durable.pinned)
        return None if isinstance(after, Settings) else after

    async def add_to_cache(self, body: CacheBody) -> None:
        entry = TagLearnt(body.id_tag, AuthorizationStatus(body.status), body.expiry_date, body.parent_id_tag)
        self._host.post_to(self._link, entry)

    async def set_profiles_off(self, off: frozenset[str]) -> None:
        """Takes a restart of the software: a charge point does not change what it can do while it runs."""
        unknown = off - set(configuration.PROFILES)
        if unknown:
            raise Refused("lab.no_profile", profiles=", ".join(sorted(unknown)))
        row = self._rows
        found = self._parts.database.read(lambda db: links.by_public_id(db, row.account_id, row.link_id))
        assert found is not None
        changed = {**found.settings, "profiles_off": sorted(off)}
        await self._parts.database.write(
            "lab", lambda db: links.save_settings(db, row.account_id, row.link_id, changed)
        )
        await self.restart_software()

    # --- what there is to see ---

    def frames(self, after: int) -> list[Frame]:
        kept = [frame for frame in self._host.frames(self._rows.link_id) if frame.number > after]
        return [
            Frame(
                number=frame.number,
                at=frame.at,
                direction="sent" if frame.sent else "received",
                text=shown(frame.text),
            )
            for frame in kept
        ]

    def state(self) -> ChargePointState:
        face, live = self._link.face, self._link.face.live()
        state = face.state
        registration = state.registration.standing.value
        return ChargePointState(
            charge_box_id=self.charge_box_id,
            backend_uri=self._body.backend_uri,
            powered=self._box.powered,
            connected=state.link.phase.value == "open",
            registration=None if registration == "unknown" else registration.capitalize(),
            link=live.state if self._box.powered else "off",
            link_reason=None if live.why is None else live.why.code,
            mode=self._host.core.mode(1),
            why=self._host.core.explain(1, self._parts.clock.now()).code,
            queued=live.queued,
            set_aside=live.set_aside,
            connectors=[self._connector_state(i) for i in range(1, self._box.info.connectors + 1)],
            keys=self._keys(),
            state_folder=str(self._folder),
        )

    def _connector_state(self, connector_id: int) -> ConnectorState:
        face, view = self._link.face, self._host.core.view(connector_id)
        report = face.state.connectors[connector_id].now
        transactions = face.state.durable.transactions.values()
        transaction = next((t for t in transactions if t.session_id == view.session_id), None)
        box = self._box
        reading = next(iter(box.readings(self._parts.clock.now())), None)
        return ConnectorState(
            connector_id=connector_id,
            status=report.status.value,
            error_code=report.error_code.value,
            pilot=box.pilot if box.powered else Pilot.A,
            cable=box.cable,
            cable_locked=box.held,
            session_id=view.session_id,
            transaction_id=None if transaction is None else transaction.transaction_id,
            id_tag=None if transaction is None else transaction.id_tag,
            register_wh=box.register_wh,
            power_w=0 if reading is None else reading.power_w,
            offered_ma=0 if reading is None else reading.offered_ma,
        )

    def _keys(self) -> dict[str, str]:
        face = self._link.face
        return {name: configuration.text(face.state, name, face.config) for name in configuration.listed(face.config)}


def shown(text: bytes) -> str:
    """A frame to the byte; but one that sets a key is only named (A01.FR.12)."""
    return without_secrets(text) if SECRET_KEY.encode() in text.lower() else text.decode("utf-8", "replace")
