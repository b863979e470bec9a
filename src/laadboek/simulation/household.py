"""The demo home: an account with one charger, its two drivers, and a control link to our own platform.

Alice commutes in a company car and charges for business, Bob drives his own. `create` writes the rows that an owner
would make in the portal; everything that happens afterwards comes from the real stack.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..csms.admission import key_mac
from ..devices.car import Car
from ..devices.simulated import SIMULATED_BOX, Memory
from ..energy.contract import Dynamic
from ..energy.contract_presets import DAY_AHEAD
from ..energy.sun import Roof
from ..facts import Kind, Mode
from ..ids import Ids
from ..rights import Role
from ..runtime.hardware import CarConfig, SimulatedConfig
from ..runtime.keys import DataKeys
from ..secret import Secret, pin_mac
from ..site.config import MAIN, SiteConfig
from ..site.config import Circuit as FuseCircuit
from ..store import accounts, charge_points, chargers, drivers, id_tags, links, memberships, sites, users
from ..store.connection import Connection
from .circuits import OURS, Circuit
from .habits import Resident

TIME_ZONE = "Europe/Amsterdam"
NAMES = {  # of home and charger, by language
    "nl": ("Thuis", "Oprit"),
    "en": ("Home", "Driveway"),
    "fr": ("Maison", "Allée"),
    "de": ("Zuhause", "Einfahrt"),
}
CHARGE_BOX_ID = SIMULATED_BOX.serial_number
FIRST_REGISTER_WH = 1_234_500
PINGS_EVERY_S = 7200  # heartbeats tell our platform often enough that the link lives

# Chances by weekday, Monday first.
ALICE = Resident(
    name="Alice",
    pin="48213",
    workdays=(0.95, 0.9, 0.3, 0.9, 0.55, 0.0, 0.0),
    commute_km=92,
    leaves_at_h=7.6,
    returns_at_h=17.7,
    errand_chance=0.35,
    errand_km=30,
    plugs_below_percent=85,
)
BOB = Resident(
    name="Bob",
    pin="90574",
    workdays=(0.0, 0.8, 0.8, 0.0, 0.8, 0.0, 0.0),
    commute_km=38,
    leaves_at_h=8.3,
    returns_at_h=16.4,
    errand_chance=0.6,
    errand_km=45,
    plugs_below_percent=60,
    forgets_pin=0.14,
    mistypes_pin=0.1,
)
# At a home with a roof Alice's employer pays for whatever her day needs; Bob waits for the sun and for cheap hours.
MODES = {ALICE.name: Mode.ECO, BOB.name: Mode.ECO_PLUS}
SITE = SiteConfig(
    street="Zonnelaan 12",
    postcode="1234 AB",
    town="Zonnedorp",
    circuits=(FuseCircuit(circuit_id=MAIN, limit_ma=25_000),),
    has_meter=True,
    roofs=(Roof(peak_w=5_000),),
    contract=Dynamic(charges=DAY_AHEAD["NL"]),
    price_source="shipped",
)
RESIDENTS = (ALICE, BOB)
KINDS = {ALICE.name: Kind.BUSINESS, BOB.name: Kind.PRIVATE}


class Owner(Struct, frozen=True, kw_only=True):
    """Who signs in. `password_hash` None: nobody can."""

    name: str = "Alice"
    email: str = "alice@example.org"
    password_hash: str | None = None
    language: str = "nl"


class HomeSite(Struct, frozen=True):
    """Where the charger stands."""

    site_id: str
    config: SiteConfig


class Home(Struct, frozen=True, kw_only=True):
    """The rows that were made."""

    account_id: int
    charger_row: int
    charger_id: str
    charge_box_id: str
    id_tags: dict[str, str]  # by driver's name
    circuits: dict[str, Circuit]  # by link id
    site: HomeSite | None = None


# Company car: 77 kWh, 11 kW. Private car: 50 kWh, one phase of 32 A.
CARS = {
    ALICE.name: CarConfig(capacity_wh=77_000, soc_percent=62, phases=3, max_current_ma=16_000),
    BOB.name: CarConfig(capacity_wh=50_000, soc_percent=48, phases=1, max_current_ma=32_000),
}
DEVICE = SimulatedConfig(register_wh=FIRST_REGISTER_WH, car=CARS[ALICE.name])


def cars() -> dict[str, Car]:
    return {name: Car(**msgspec.structs.asdict(config)) for name, config in CARS.items()}


def create(
    db: Connection,
    now: datetime,
    ids: Ids,
    keys: DataKeys,
    *,
    owner: Owner,
    backend_uri: str,
    circuits: Sequence[Circuit] = (OURS,),
    with_site: bool = False,
) -> Home:
    """Account, user, charger, drivers, links, and the same charger as a charge point of our platform.

    `with_site`: with roof, fuse and contract, and drivers that use them.
    """
    home_name, charger_name = NAMES[owner.language]
    account_id = accounts.create(db, ids.public("acc"), home_name, TIME_ZONE, owner.language, now)
    _create_owner(db, account_id, owner, ids, now)
    charger_id = ids.public("chg")
    config = device_config(DEVICE)
    charger_row = chargers.create(db, account_id, charger_id, charger_name, "simulated", config, now)
    modes = MODES if with_site else {}
    tags = _create_drivers(db, account_id, charger_row, charger_id, ids, keys.pin_key, modes, now)
    made = {}
    for position, circuit in enumerate(circuits, 1):
        link_id = ids.public("lnk")
        key = Secret(ids.token_bytes(20).hex())
        sealed = keys.seal(key, table="links", row=link_id, account_id=account_id)
        link = _link(circuit, position, link_id, sealed, backend_uri)
        links.create(db, account_id, charger_row, link, 0, now)
        if circuit.ours:
            _create_charge_point(db, account_id, charger_row, ids, key_mac(keys.pepper, key), now)
        made[link_id] = circuit
    site = _create_site(db, account_id, charger_row, home_name, ids, now) if with_site else None
    return Home(
        site=site,
        account_id=account_id,
        charger_row=charger_row,
        charger_id=charger_id,
        charge_box_id=CHARGE_BOX_ID,
        id_tags=tags,
        circuits=made,
    )


def _create_owner(db: Connection, account_id: int, owner: Owner, ids: Ids, now: datetime) -> None:
    user_id = users.create(
        db,
        account_id,
        public_id=ids.public("usr"),
        email=owner.email,
        name=owner.name,
        password_hash=owner.password_hash,
        language=owner.language,
        now=now,
    )
    memberships.create(db, account_id, user_id, Role.OWNER, now)


def _create_drivers(
    db: Connection,
    account_id: int,
    charger_row: int,
    charger_id: str,
    ids: Ids,
    pin_key: bytes,
    modes: Mapping[str, Mode],
    now: datetime,
) -> dict[str, str]:
    """Two people with PINs; their id tags are known to our platform as well."""
    tags = {}
    for resident in RESIDENTS:
        driver = drivers.NewDriver(
            public_id=ids.public("drv"),
            name=resident.name,
            pin_mac=pin_mac(pin_key, charger_id, resident.pin),
            id_tag=ids.id_tag(),
            kind=KINDS[resident.name].value,
            mode=modes.get(resident.name, Mode.FAST).value,
        )
        drivers.create(db, account_id, charger_row, driver, now)
        row = id_tags.IdTagRow(id_tag=driver.id_tag, kind=KINDS[resident.name], driver_id=driver.public_id)
        id_tags.save(db, account_id, row, now)
        tags[resident.name] = driver.id_tag
    return tags


def _create_site(db: Connection, account_id: int, charger_row: int, name: str, ids: Ids, now: datetime) -> HomeSite:
    """The charger stands behind the home's fuse."""
    site_id = ids.public("sit")
    row = sites.create(db, account_id, site_id, name, SITE, now)
    sites.place(db, account_id, charger_row, row)
    return HomeSite(site_id, SITE)


def _link(circuit: Circuit, position: int, link_id: str, sealed: bytes, backend_uri: str) -> links.NewLink:
    keys = {"MeterValueSampleInterval": str(circuit.sample_s), "WebSocketPingInterval": str(PINGS_EVERY_S)}
    return links.NewLink(
        public_id=link_id,
        position=position,
        role=circuit.role,
        backend_uri=backend_uri if circuit.ours else f"ws://{circuit.name}.example/",
        charge_box_id=circuit.charge_box_id,
        user_name=circuit.charge_box_id,
        authorization_key=sealed,
        settings={**circuit.settings, "initial_keys": keys},
    )


def _create_charge_point(
    db: Connection, account_id: int, charger_row: int, ids: Ids, mac: bytes, now: datetime
) -> None:
    """The same charger as a charge point of our platform, with the link's authorization key."""
    charge_points.create(
        db,
        account_id,
        public_id=ids.public("cp"),
        charge_box_id=CHARGE_BOX_ID,
        key_mac=mac,
        charger_id=charger_row,
        now=now,
    )


def remember(db: Connection, home: Home, memory: Memory, driver: str) -> None:
    """What hardware and the car of `driver`, which stands there, are at this instant: the next program begins there."""
    config = replace(DEVICE, memory=memory, car=CARS[driver])
    chargers.save_device_config(db, home.account_id, home.charger_row, device_config(config))


def device_config(config: SimulatedConfig) -> dict[str, Any]:
    """With the PINs that the portal shows beside a simulated charger: nobody could know them otherwise."""
    pins = [{"name": resident.name, "pin": resident.pin} for resident in RESIDENTS]
    return {**msgspec.to_builtins(config), "demo_pins": pins}
