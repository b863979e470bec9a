"""All chargers that this process hosts: built from their rows, started, watched, stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import structlog
from msgspec.structs import replace

from ..bus import Bus, NobodyAnswers
from ..chargepoint import events as link_events
from ..charger.events import BoostChosen, DriversChanged, GoalChosen, ModeChosen, NetworkChanged, OwnerUnlocked, Placed
from ..clock import Clock, Timers
from ..devices.device import Device, DeviceInfo, Surroundings
from ..devices.simulated import SimulatedCharger
from ..ids import Ids
from ..live import (
    ChooseBoost,
    ChooseGoal,
    ChooseMode,
    CutPower,
    LiveCharger,
    PlugIn,
    RestorePower,
    SimulatorButton,
    TypePin,
    Unlock,
    Unplug,
)
from ..reasons import Reason, Refused
from ..secret import Secret
from ..store import accounts, chargers, link_secrets, links
from ..store.chargers import ChargerRow
from ..store.connection import Connection
from ..store.database import Database, JobFailed, StoreError
from ..store.links import LinkRow
from . import descriptors
from .cast import read_cast, read_drivers, read_links
from .errands import Errands
from .hardware import DEVICES, Bench
from .host import Host, retire
from .hosted import Cast, HostedCharger, LinksNow
from .keys import DataKeys
from .outbound import Outbound
from .redact import redacted
from .saves import Save
from .services import Bug, Neighbours, Rows, Services
from .sites import Sites
from .socket import Target
from .transfers import Transfers
from .turn import Edit, Event

PUBLISH_EVERY = timedelta(seconds=1)
HOUSE_EVERY = timedelta(seconds=5)
STOP_PATIENCE_S = 10.0
ARRIVES_BELOW_PERCENT, ARRIVES_WITH_PERCENT = 70, 45  # the car of a person who presses the button

T = TypeVar("T")

log = structlog.get_logger(__name__)

BUTTONS: dict[type[SimulatorButton], Callable[[SimulatedCharger, Any], None]] = {
    PlugIn: lambda box, button: arrive(box),
    Unplug: lambda box, button: box.unplug(),
    TypePin: lambda box, button: box.type_pin(button.pin),
    CutPower: lambda box, button: box.cut_power(),
    RestorePower: lambda box, button: box.restore_power(),
}

# What a person may wish of a charger, by topic, and what it is told of it. It may refuse.
WISHES: dict[str, Callable[[Any], Event]] = {
    "boost": lambda choice: BoostChosen(choice.connector_id, choice.energy_wh, choice.ready_by),
    "goal": lambda choice: GoalChosen(choice.connector_id, choice.energy_wh, choice.ready_by),
    "unlock": lambda _: OwnerUnlocked(),
}


class Hosted:
    """One charger of the fleet, with what it takes to show and to reach it."""

    def __init__(self, row: ChargerRow, host: Host, targets: dict[str, Target]) -> None:
        self.row, self.host, self.targets = row, host, targets
        self.published_at = host.clock.now() - PUBLISH_EVERY

    def topic(self, what: str) -> str:
        return f"charger.{self.row.public_id}.{what}"


class Fleet:
    """Used from the event loop's thread only."""

    def __init__(
        self,
        *,
        database: Database,
        keys: DataKeys,
        bus: Bus,
        clock: Clock,
        timers: Timers,
        ids: Ids,
        outbound: Outbound | None = None,
        errands: Errands | None = None,
        keep_frames: int = 20,
    ) -> None:
        self._database, self._keys, self._bus = database, keys, bus
        self._clock, self._timers, self._ids = clock, timers, ids
        self.outbound = outbound or Outbound(keys)
        self._errands = errands or Errands(Transfers(self.outbound.guard), database, clock)
        self._services = Services(
            store=database,
            timers=timers,
            clock=clock,
            ids=ids,
            connector=self.outbound,
            pin_key=keys.pin_key,
            on_bug=log_bug,
            link_keys=self.outbound.logins,
            mover=self._errands,
            keep_frames=keep_frames,
        )
        self.sites = Sites(database, bus, clock, timers, ids)
        self._hosted: dict[str, Hosted] = {}

    def __getitem__(self, charger_id: str) -> Host:
        """By public id; KeyError when this process does not host it."""
        return self._hosted[charger_id].host

    def __iter__(self) -> Iterator[Host]:
        return (hosted.host for hosted in self._hosted.values())

    def __contains__(self, charger_id: object) -> bool:
        return charger_id in self._hosted

    def __len__(self) -> int:
        return len(self._hosted)

    # --- life ---

    async def start(self) -> None:
        """Host every charger of the store, at its site."""
        self.sites.start()
        for row in await self._database.query(chargers.all):
            self.add(row)
        links_hosted = sum(len(host.links) for host in self)
        if (allowed := descriptors.allow(links_hosted)) is not None:
            log.error(
                "fleet.too_few_open_files", links=links_hosted, allowed=allowed, needed=links_hosted + descriptors.SPARE
            )
        log.info("fleet.started", chargers=len(self._hosted))

    async def stop(self) -> None:
        """Close all links, keep everything, let what is being stored become durable."""
        self.sites.stop()
        stopping = []
        for hosted in self._hosted.values():
            stopped = asyncio.Event()
            hosted.host.stop(stopped.set)
            stopping.append(asyncio.ensure_future(stopped.wait()))
        if stopping:
            await asyncio.wait(stopping, timeout=STOP_PATIENCE_S)
        await self._errands.close()
        await self.outbound.close()
        for charger_id in list(self._hosted):
            self._forget(charger_id)

    def add(self, row: ChargerRow) -> Host:
        """Host one more charger, now. Its device boots if this is its first time, else only Laadboek restarted."""
        assert row.public_id not in self._hosted, f"{row.public_id} is hosted already"
        rows = self._database.read(lambda db: _rows(db, row))
        hosted = self._hosted[row.public_id] = self._build(row, *rows)
        self._serve(hosted)
        hosted.host.start(fresh=row.state is None)
        self.sites.join(row.account_id, row.id, row.public_id, hosted.host)
        return hosted.host

    def remove(self, charger_id: str) -> None:
        """Stop hosting it; its rows stay."""
        self.sites.lose(charger_id)
        self._hosted[charger_id].host.stop()
        self._forget(charger_id)

    async def retire(self, charger_id: str, job: Callable[[Connection], T]) -> T:
        """Stop hosting it in the turn in which `job` removes it: nothing comes in between. Raise as `edit` does."""

        def gone() -> None:
            retire(self._hosted[charger_id].host)
            self.sites.lose(charger_id)
            self._forget(charger_id)

        return await self.edit(charger_id, job, after=gone)

    def rename(self, charger_id: str, name: str) -> None:
        """As its row says now; people see it at once."""
        if charger_id in self._hosted:
            hosted = self._hosted[charger_id]
            hosted.host.charger = replace(hosted.host.charger, name=name)
            self._publish(hosted)

    def move(self, account_id: int, zone: str) -> None:
        """The account's people live in this time zone from now on."""
        for hosted in self._hosted.values():
            if hosted.row.account_id == account_id:
                hosted.host.post(Placed(zone))
        self.sites.refresh(account_id)

    def _forget(self, charger_id: str) -> None:
        hosted = self._hosted.pop(charger_id)
        for link_id in hosted.targets:
            self.outbound.forget(link_id)
        for what in ("live", "simulate", "mode", *WISHES, "refresh", "links"):
            self._bus.withdraw(hosted.topic(what))
        self._timers.cancel(hosted.topic("live"))

    async def refresh(self, charger_id: str) -> None:
        """Its rows changed: drivers, links."""
        hosted = self._hosted[charger_id]
        hosted.host.post(DriversChanged(self._database.read(lambda db: read_drivers(db, hosted.row.id))))
        await self.edit(charger_id, unchanged)

    def _spent(self, account_id: int, driver_id: str) -> None:
        """Of a driver's budget: all chargers where they may charge have to know."""
        for hosted in self._hosted.values():
            if hosted.row.account_id == account_id and hosted.host.core.knows_driver(driver_id):
                hosted.host.post(DriversChanged(self._database.read(partial(read_drivers, charger_id=hosted.row.id))))

    async def edit(
        self,
        charger_id: str,
        job: Callable[[Connection], T],
        link_id: str | None = None,
        event: Callable[[], Event | None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> T:
        """Change its links or keys while it runs (`turn.Edit`). Return what `job` returns.

        `after` is called as soon as it is durable. Raise Refused as `job` or a core does, StoreError when it did not
        become durable, NobodyAnswers when it is not hosted here.
        """
        if charger_id not in self._hosted:
            raise NobodyAnswers(f"charger.{charger_id}")
        hosted = self._hosted[charger_id]
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def changed(result: T) -> None:
            self._know_links(hosted)  # before the first of them calls
            after()
            if not done.done():
                done.set_result(result)

        def failed(error: StoreError) -> None:
            if not done.done():
                done.set_exception(refusal_in(error) or error)

        hosted.host.edit(Edit(job=job, done=changed, failed=failed, link_id=link_id, event=event))
        return await done

    def _know_links(self, hosted: Hosted) -> None:
        """Where they lead now. Who is reached otherwise than before connects anew."""
        rows = self._database.read(lambda db: links.hosted(db, hosted.row.id))
        former, hosted.targets = hosted.targets, self._know(rows)
        for link_id in former.keys() - hosted.targets.keys():
            self.outbound.forget(link_id)
        for link in hosted.host.links:
            link_id = link.row.link_id
            if link_id in former and former[link_id] != hosted.targets.get(link_id):
                hosted.host.post_to(link, link_events.TargetChanged())

    def _know(self, rows: Sequence[LinkRow]) -> dict[str, Target]:
        """Tell where links lead; return what their owners gave."""
        targets = {row.public_id: self._target(row) for row in rows}
        for link_id, target in targets.items():
            self.outbound.know(link_id, target)
        return {link_id: replace(target, secrets={}) for link_id, target in targets.items()}

    # --- building ---

    def _build(self, row: ChargerRow, zone: ZoneInfo, link_rows: list[LinkRow]) -> Hosted:
        bench = Bench(self._clock, self._timers, self._ids, zone)
        device = DEVICES[row.device](row.public_id, row.device_config, bench)
        targets = self._know(link_rows)
        simulated = device if isinstance(device, SimulatedCharger) else None
        rows = Rows(partial(self._read_cast, row, device.info), partial(self._read_links, row.id, device.info))
        neighbours = Neighbours(
            notify=partial(self._notify, row),
            changed=partial(self._changed, row.public_id),
            spent=partial(self._spent, row.account_id),
            also_keep=None if simulated is None else partial(remember, row, simulated),
            surroundings=partial(self._around, row.public_id, device),
        )
        host = Host(hosted_charger(row), device, rows, self._services, neighbours)
        return Hosted(row, host, targets)

    def _read_cast(self, row: ChargerRow, info: DeviceInfo) -> Cast:
        cast = self._database.read(lambda db: read_cast(db, row.id, info, self._ids))
        share = self.sites.opening(row.public_id, row.id, info.connectors)
        return replace(cast, opening=(*cast.opening, *share))

    def _around(self, charger_id: str, device: Device, now: datetime) -> Surroundings:
        """As its site measures it; a simulated charger that stands at none has a house of its own."""
        at_site = self.sites.around(charger_id, device, now)
        if at_site is not None:
            return at_site
        return device.surroundings(now) if isinstance(device, SimulatedCharger) else Surroundings()

    def _read_links(self, charger_id: int, info: DeviceInfo, known: Collection[str]) -> LinksNow:
        return self._database.read(lambda db: read_links(db, charger_id, info, self._ids, known))

    def _target(self, link: LinkRow) -> Target:
        sealed = link.authorization_key
        key = Secret("")
        if sealed is not None:
            key = self._keys.open(sealed, table="links", row=link.public_id, account_id=link.account_id)
        required = bool(link.settings.get("require_subprotocol", True))
        sealed_secrets = self._database.read(lambda db: link_secrets.of_link(db, link.id))
        logins = self.outbound.logins
        return Target(
            link.backend_uri,
            link.charge_box_id,
            link.user_name or link.charge_box_id,
            key,
            required,
            key_is_hex=bool(link.settings.get("key_is_hex", False)),
            key_as_text=bool(link.settings.get("key_as_text", False)),
            secrets=logins.open(sealed_secrets, link_id=link.public_id, account_id=link.account_id),
        )

    # --- live values and buttons ---

    def _serve(self, hosted: Hosted) -> None:
        self._bus.serve(hosted.topic("mode"), answering(partial(choose_mode, hosted)))
        for what, event_of in WISHES.items():
            self._bus.serve(hosted.topic(what), partial(self._wished, hosted, event_of))
        self._bus.serve(hosted.topic("refresh"), lambda _: self.refresh(hosted.row.public_id))
        if isinstance(hosted.host.device, SimulatedCharger):
            self._bus.serve(hosted.topic("simulate"), answering(partial(press, hosted.host.device)))

    async def _wished(
        self, hosted: Hosted, event_of: Callable[[Any], Event], wish: ChooseBoost | ChooseGoal | Unlock
    ) -> None:
        """An edit without rows: whoever wishes hears what the charger refuses."""
        await self.edit(hosted.row.public_id, unchanged, event=lambda: event_of(wish))

    def _changed(self, charger_id: str) -> None:
        """A turn was taken: its site may care. Publish, but not more often than people can read."""
        self.sites.charger_changed(charger_id)
        hosted = self._hosted.get(charger_id)
        if hosted is None:
            return
        due = hosted.published_at + PUBLISH_EVERY
        if due <= self._clock.now():
            self._publish(hosted)
        else:
            self._timers.at(hosted.topic("live"), due, partial(self._publish, hosted))

    def _publish(self, hosted: Hosted) -> None:
        now = hosted.published_at = self._clock.now()
        live = replace(hosted.host.live(now), site_id=self.sites.site_of(hosted.row.public_id))
        self._bus.publish(hosted.topic("live"), live)
        again = publish_again(live)
        if again is not None:
            self._timers.at(hosted.topic("live"), now + again, partial(self._publish, hosted))

    def _notify(self, row: ChargerRow, reason: Reason, driver_id: str | None) -> None:
        log.info("charger.notice", charger_id=row.public_id, code=reason.code)
        self._bus.publish(f"charger.{row.public_id}.notice", reason)

    def clock_set(self, by: timedelta) -> None:
        """The wall clock was corrected; every link has a security log (security whitepaper, §8)."""
        for host in self:
            for link in host.links:
                host.post_to(link, link_events.ClockSet(by.total_seconds()))

    def network_changed(self, online: bool) -> None:
        """The machine reached the network, or lost it (RULES §3: the settings PIN)."""
        for hosted in self._hosted.values():
            hosted.host.post(NetworkChanged(online))


def publish_again(live: LiveCharger) -> timedelta | None:
    """A car that is offered current draws when it likes, and a house goes on; neither is an event of the charger."""
    if live.offered_ma or live.power_w:
        return PUBLISH_EVERY
    return HOUSE_EVERY if live.grid_w is not None else None


def arrive(box: SimulatedCharger) -> None:
    """A car that comes home has been driven: a full one would show nothing."""
    if not box.plugged and box.car.soc_percent > ARRIVES_BELOW_PERCENT:
        box.car.set_soc(ARRIVES_WITH_PERCENT)
    box.plug_in()


def refusal_in(error: StoreError) -> Refused | None:
    """What an action or a core refused comes out as it went in."""
    cause = error.__cause__
    return cause if isinstance(error, JobFailed) and isinstance(cause, Refused) else None


def unchanged(db: Connection) -> None:
    """The rows are changed already."""


def choose_mode(hosted: Hosted, choice: ChooseMode) -> None:
    """Not as an edit: Stop does not wait for the disk."""
    hosted.host.post(ModeChosen(choice.mode))


def press(box: SimulatedCharger, button: SimulatorButton) -> None:
    BUTTONS[type(button)](box, button)


def answering(act: Callable[[Any], None]) -> Callable[[Any], Awaitable[None]]:
    async def answer(question: Any) -> None:
        act(question)

    return answer


def remember(row: ChargerRow, box: SimulatedCharger) -> Save:
    """A simulated box lives on in its row: what the store believes of its meter is never ahead of it."""
    config = {**row.device_config, "memory": msgspec.to_builtins(box.memory())}
    return partial(chargers.save_device_config, account_id=row.account_id, charger_id=row.id, device_config=config)


def hosted_charger(row: ChargerRow) -> HostedCharger:
    return HostedCharger(
        account_id=row.account_id, id=row.id, charger_id=row.public_id, name=row.name, pin_scope=row.pin_scope
    )


def log_bug(bug: Bug) -> None:
    log.error(
        "charger.turn_failed",
        charger_id=bug.charger_id,
        link_id=bug.link_id,
        happened=redacted(bug.event),
        state=redacted(bug.state),
        exc_info=bug.error,
    )


def _rows(db: Connection, row: ChargerRow) -> tuple[ZoneInfo, list[LinkRow]]:
    account = accounts.by_id(db, row.account_id)
    assert account is not None, f"{row.public_id} belongs to no account"
    return ZoneInfo(account.time_zone), links.hosted(db, row.id)
