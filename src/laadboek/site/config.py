"""What the owner says about a site: fuses, meter, roof, battery, contract, who stands where. Stored as JSON."""

from msgspec import Struct

from ..energy.contract import Contract
from ..energy.sun import Roof

MAIN = "main"


class Circuit(Struct, frozen=True, kw_only=True):
    """A fuse, or a group limit, and what it is fed from. `MAIN` is where the grid comes in, and the meter is there."""

    circuit_id: str
    parent: str | None = None  # None: whatever is there, "main" feeds it
    limit_ma: int  # per phase
    name: str = ""


class Member(Struct, frozen=True, kw_only=True):
    """A charger of the site."""

    charger_id: str  # public
    circuit_id: str = MAIN
    rotation: str = "RST"  # the grid's phases on its L1, L2, L3 (OCPP 1.6 §9.1.7); "S": one wire; else unknown
    priority: int = 0  # higher first


class Battery(Struct, frozen=True, kw_only=True):
    """A home battery and its three thresholds, in percent of its charge."""

    capacity_wh: int = 0  # half of it is lent in an hour at most; 0: unknown, one car's floor
    priority_soc: int = 50  # below it the battery comes before the car
    buffer_soc: int = 90  # above it the car may go on from the battery
    buffer_start_soc: int = 100  # above it the car may start from the battery


class SiteConfig(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it. A default is stored nowhere, so that a later release may choose better ones."""

    street: str = ""  # with its number
    postcode: str = ""
    town: str = ""
    country: str = "NL"  # ISO 3166: holidays, customs
    latitude: float = 52.1
    longitude: float = 5.1
    phases: int = 3  # of the grid connection: 1 or 3
    circuits: tuple[Circuit, ...] = ()  # without one nothing but the chargers' own limits bind
    members: tuple[Member, ...] = ()  # a charger of the site that is not named here is one with all defaults
    has_meter: bool | None = None  # somebody measures the grid connection; None: nobody was asked
    has_solar: bool | None = None  # panels feed in there, known as `roofs` or not; None: nobody was asked
    interval_s: int = 5  # between two looks at the meter while somebody wants energy
    silent_s: int = 10  # a meter that says nothing new for so long is lost: the safe current
    pause_after_s: int = 600  # and after so long: pause; 0: never
    safe_ma: int = 6_000  # per charger, while nobody measures
    reserve_ma: int = 1_000  # kept free below the main fuse, where others take what they like; only with a meter
    raise_after_s: int = 30  # a limit falls at once and rises when there was room for so long
    rotate_after_s: int = 900  # those who wait change places with those who charge
    export_margin_w: int = 50  # exported rather than risking import
    month_peak_w: int | None = None  # quarter-hours stay below it, or below the month's peak so far; None: no limit
    roofs: tuple[Roof, ...] = ()
    battery: Battery | None = None
    contract: Contract | None = None
    price_source: str | None = None  # a name of `sources.catalogue.PRICES`
    price_zone: str = "NL"
    forecast_source: str | None = None  # a name of `sources.FORECASTS`; None: the clear sky and the past days
