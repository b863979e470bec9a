"""A charger's core and faces, built from their rows: at start, and again after a failure."""

from collections.abc import Collection, Sequence

import msgspec
from msgspec.structs import replace

from ..chargepoint import config as link_config
from ..chargepoint import state as face_state
from ..chargepoint.face import Face
from ..chargepoint.outbox import WINDOW
from ..charger import state as charger_state
from ..charger.core import ChargerCore
from ..charger.events import Budget, Driver, DriversChanged, LinksChanged, Placed
from ..charger.pads import pad_of
from ..devices.device import DeviceInfo
from ..energy import zones
from ..energy.week_hours import WeekRange
from ..energy.zones import Span
from ..facts import Kind, Mode
from ..ids import Ids
from ..store import accounts, chargers, drivers, links, outbox
from ..store import facts as stored_facts
from ..store.chargers import ChargerRow
from ..store.connection import Connection
from ..store.drivers import DriverRow
from ..store.links import Lifecycle, LinkRow
from ..store.outbox import PendingRow
from .hosted import Cast, HostedLink, LinksNow
from .keys import sealed_bytes
from .saves import read_fact


def read_cast(db: Connection, charger_id: int, info: DeviceInfo, ids: Ids) -> Cast:
    """Build a charger's core and faces from its rows. `ids` is the charger's own stream."""
    row = chargers.load(db, charger_id)
    assert row is not None, f"charger {charger_id} has no row"
    enabled = links.hosted(db, charger_id)
    return Cast(
        core=_core(row, info, ids),
        links=[_hosted(db, link, info, ids) for link in enabled],
        opening=(DriversChanged(read_drivers(db, charger_id)), links_changed(enabled), Placed(zone_of(db, row))),
    )


def zone_of(db: Connection, row: ChargerRow) -> str:
    """The IANA time zone of the charger's people."""
    account = accounts.by_id(db, row.account_id)
    assert account is not None, f"{row.public_id} belongs to no account"
    return account.time_zone


def read_links(db: Connection, charger_id: int, info: DeviceInfo, ids: Ids, known: Collection[str]) -> LinksNow:
    """A charger's links as their rows say now; those that are not `known` yet with a face."""
    enabled = links.hosted(db, charger_id)
    return LinksNow(
        configs={link.public_id: config_of(link, info) for link in enabled},
        new=[_hosted(db, link, info, ids) for link in enabled if link.public_id not in known],
        changed=links_changed(enabled),
    )


def read_drivers(db: Connection, charger_id: int) -> tuple[Driver, ...]:
    """Everybody who may charge there, with what they used of their budgets."""
    known = drivers.of_charger(db, charger_id)
    account = accounts.by_id(db, known[0].driver.account_id) if known else None
    zone = "UTC" if account is None else account.time_zone
    return tuple(
        Driver(
            driver_id=at.driver.public_id,
            name=at.driver.name,
            id_tag=at.driver.id_tag,
            kind=Kind(at.driver.kind),
            mode=Mode(at.driver.mode),
            pin_mac=at.pin_mac,
            blocked=at.driver.blocked,
            valid_from=at.driver.valid_from,
            valid_until=at.driver.valid_until,
            hours=None if at.driver.hours is None else hours_of(at.driver.hours),
            budget=_budget(db, at.driver, charger_id, zone),
        )
        for at in known
    )


hours_of = msgspec.json.Decoder(tuple[WeekRange, ...]).decode


def _budget(db: Connection, driver: DriverRow, charger_id: int, zone: str) -> Budget | None:
    """What was used in the period of the newest session: in any later one nothing was used yet."""
    if driver.budget_wh is None or driver.budget_span is None:
        return None
    budget = Budget(limit_wh=driver.budget_wh, span=Span(driver.budget_span))
    newest = drivers.newest_start(db, driver.account_id, driver.public_id)
    if newest is None:
        return budget
    period = zones.period(budget.span, zones.local_day(newest, zone), zone)
    bounds = period.start, period.end
    used_wh = drivers.energy_between(db, driver.account_id, driver.public_id, *bounds, besides=charger_id)
    return replace(budget, used_wh=used_wh, since=period.start)


def links_changed(enabled: Sequence[LinkRow]) -> LinksChanged:
    """At most one link holds control; one that drains does not."""
    active = (link for link in enabled if link.lifecycle is Lifecycle.ACTIVE)
    control = next((link for link in active if link.role == "control"), None)
    if control is None:
        return LinksChanged()
    default_kind = Kind(control.settings.get("default_kind", Kind.BUSINESS))
    return LinksChanged(control.public_id, _platform_decides(control), default_kind)


def config_of(link: LinkRow, info: DeviceInfo) -> link_config.LinkConfig:
    """The face's configuration. A link's `settings` hold what its owner chose differently.

    Besides the fields of `LinkConfig`: `decides` ("platform", "local"), `register` ("link", "physical") and
    `default_kind` ("business", "private"). `msgspec.ValidationError` names what contradicts itself.
    """
    chosen = {
        "link_id": link.public_id,
        "charge_box_id": link.charge_box_id,
        "role": link.role,
        "platform_decides": _platform_decides(link),
        "physical_register": link.settings.get("register") == "physical",
        "draining": link.lifecycle is Lifecycle.DRAINING,
        "key_bytes": sealed_bytes(link.authorization_key) if link.authorization_key is not None else 0,
        "paused": link.lifecycle is Lifecycle.PAUSED,
    }
    nameplate = {name: getattr(info, name) for name in link_config.Nameplate.__struct_fields__}
    return msgspec.convert({**link.settings, **chosen, "nameplate": nameplate}, link_config.LinkConfig)


def _platform_decides(link: LinkRow) -> bool:
    return link.settings.get("decides") == "platform"


def _core(row: ChargerRow, info: DeviceInfo, ids: Ids) -> ChargerCore:
    nameplate = charger_state.Nameplate(
        connectors=info.connectors,
        max_current_ma=info.max_current_ma,
        tethered=info.tethered,
        phases=info.phases,
        keeps_register=info.keeps_register,
        switches_phases=info.switches_phases,
        pad_values=pad_of(info.model).values,
    )
    durable = None if row.state is None else charger_state.decode_state(row.state_version, row.state)
    return ChargerCore(nameplate, durable, ids)


def _hosted(db: Connection, link: LinkRow, info: DeviceInfo, ids: Ids) -> HostedLink:
    durable = None if link.state is None else face_state.decode_state(link.state_version, link.state)
    depth = outbox.depth(db, link.id)
    if durable is not None:
        durable = replace(durable, set_aside=depth.set_aside)  # somebody may have put some back meanwhile
    pending = [entry(row) for row in outbox.pending(db, link.id, depth.first_seq - 1, WINDOW)]
    missed = stored_facts.after(db, link.charger_id, link.applied_fact)
    return HostedLink(
        id=link.id,
        link_id=link.public_id,
        charge_box_id=link.charge_box_id,
        position=link.position,
        face=Face(config_of(link, info), durable, pending, ids, depth.pending - len(pending)),
        applied_fact=link.applied_fact,
        missed=tuple(read_fact(version, body) for _, version, body in missed),
    )


def entry(row: PendingRow) -> face_state.OutboxEntry:
    """As the face keeps it. One that was settled and put back goes out anew, at once."""
    latest = row.latest
    put_back = latest is not None and latest.attempt <= row.tries_from
    return face_state.OutboxEntry(
        seq=row.seq,
        action=row.action,
        session_id=row.session_id,
        body=row.body,
        created_at=row.created_at,
        attempt=0 if latest is None else latest.attempt,
        message_id=None if latest is None else latest.message_id,
        text=None if latest is None else latest.text,
        sent_at=None if latest is None or put_back else latest.sent_at,
        refused=put_back or (latest is not None and latest.outcome == outbox.RETRIED),
        tries_from=row.tries_from,
    )
