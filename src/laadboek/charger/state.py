"""What a charger knows: the durable part, which a restart must find again, and what the device tells anew.

Connectors are kept in tuples; connector n is at index n-1 (OCPP 1.6 §3.8: ids count from 1).
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct

from ..energy.habits import UNKNOWN, Habits
from ..energy.plan import Plan
from ..energy.surplus import Law, Rules
from ..facts import ConnectorView, Fault, InstallAsked, Kind, Mode, Pilot, Reading
from ..reasons import Reason
from ..supply import Allotment
from .effects import SessionRecord
from .events import DriversChanged, LinksChanged
from .settings import Settings

STATE_VERSION = 1


class Nameplate(Struct, frozen=True, kw_only=True):
    """What the hardware is."""

    connectors: int = 1
    max_current_ma: int = 32_000  # per phase and connector
    tethered: bool = True  # a fixed cable; False: a socket with a lock
    phases: int = 3
    keeps_register: bool = True  # the meter register survives a power cut
    switches_phases: bool = False  # it can offer one phase of three
    pad_values: int = 100_000  # different PINs that the pad can take (5 digits); a zappi's has 4 ** 5


class Phase(StrEnum):
    """Where a connector's visit stands (RULES §1). The transitions are in `visits.TRANSITIONS`."""

    IDLE = "idle"  # nobody
    EXPECTED = "expected"  # identified, the car is awaited
    WAITING = "waiting"  # a car, nobody identified
    READY = "ready"  # car and identity; the cable lock is awaited
    RUNNING = "running"  # a session, the car is there
    AWAY = "away"  # a session, the car was unplugged
    SETTLED = "settled"  # the car is there, its last session ended
    LEFT = "left"  # the car is gone, its loose cable still in the socket


class Hold(StrEnum):
    """A loose cable's lock, besides what session and lock settings ask for."""

    AS_NEEDED = "as_needed"
    KEPT = "kept"  # stays locked after the car left (UnlockConnectorOnEVSideDisconnect=false)
    RELEASED = "released"  # somebody freed it: stays free until the next session


class Power(StrEnum):
    UNHEARD = "unheard"  # we restarted and the device has not reported yet
    ON = "on"
    FAILING = "failing"  # books closed, about to go dark
    OFF = "off"
    REBOOTING = "rebooting"


class OwedReboot(Struct, frozen=True):
    """A restart that a platform asked for while a session ran that it does not see; it comes when nobody is there."""

    link_id: str
    hard: bool
    begun: bool = False


class Claim(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An identity that may become a session: who pays, and how the session shall run."""

    id_tag: str
    kind: Kind
    mode: Mode
    driver_id: str | None = None
    driver_name: str | None = None
    own: bool = False  # the charger's own tag: Plug & Play
    over_link: str | None = None  # the link whose platform started it, or alone vouches for the tag
    parent_id_tag: str | None = None
    refused_by: str | None = None  # the link whose platform refused the session that this one goes on for
    charging_profile: bytes | None = None
    not_before: datetime | None = None  # its session says that it began then, or later


class Reservation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A platform keeps a connector for somebody (OCPP 1.6 §5.13)."""

    reservation_id: int
    link_id: str
    connector_id: int  # 0: any
    id_tag: str
    parent_id_tag: str | None = None
    expires_at: datetime

    def suits(self, claim: Claim) -> bool:
        """Whether it is for them: the same id tag or, if it was given for a group, the same parent."""
        return same_tag(self.id_tag, claim.id_tag) or same_group(self.parent_id_tag, claim.parent_id_tag)


def same_tag(one: str, other: str) -> bool:
    """Id tags are compared without case (CiString, OCPP 1.6 §7.28)."""
    return one.casefold() == other.casefold()


def same_group(one: str | None, other: str | None) -> bool:
    """Two tags of the same parent; without one, nobody is of anybody's group (§3.10)."""
    return one is not None and other is not None and same_tag(one, other)


class Level(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """At most this current, as the link in control asked for it (`limits`)."""

    link_id: str
    connector_id: int  # 0: all of them together
    session_id: str | None = None
    limit_ma: int | None = None  # per phase; None: only `waits_until` still holds it
    phases: int | None = None
    waits_until: datetime | None = None  # a planned start: no current before


class Mark(Struct, frozen=True, gc=False):
    """A register that can be trusted, as the meter showed it."""

    at: datetime
    register_wh: int


class Allowance(Struct, frozen=True, gc=False):
    """Energy flows until the session's register shows this much."""

    until_wh: int
    look_at: datetime  # the next time


class Pace(Struct, frozen=True, gc=False):
    """What a car takes at full power: mA per phase, and on how many phases (`pace`)."""

    phases: int
    takes_ma: int


class SunCount(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What the own roof gave a session until an instant (`sunlight`)."""

    at: datetime
    register_wh: int  # the session's own, then
    sun_mwh: int = 0
    spare_mwh: int = 0  # given and not yet taken, as far as the register's last digit may hide it
    owed_mwh: int = 0  # taken and not yet given, likewise
    missed_wh: int = 0  # taken while nobody measured


class Running(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The open session. Its own register goes on through meter resets: physical register + `carry_wh`."""

    record: SessionRecord
    claim: Claim
    mark: Mark | None  # saved now and then: what is known after a power loss
    quarter_at: datetime  # next quarter-hour boundary
    checkpoint_at: datetime | None = None  # next extra mark, if the meter forgets
    carry_wh: int = 0
    before_reset: tuple[int, int] | None = None  # physical register and carry when it last ran backwards
    barred: bool = False  # refused by the platform that decides: stays plugged without energy
    allowance: Allowance | None = None  # refused as well, but some energy is left to it
    budget_wh: int | None = None  # its energy at which its driver's budget is used up
    sun: SunCount | None = None  # as it was saved last; None: nobody has measured


class Boost(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's wish for more energy in this visit: at once, or by then (A3)."""

    energy_wh: int  # when it was chosen, or when the last session that met it ended
    ready_by: datetime | None = None
    until_wh: int | None = None  # the session's register at which it is done; None: no session has met it yet


class Delay(Struct, frozen=True, gc=False):
    """The random while at the beginning of a slot (RULES §7); kept until the slot is over."""

    until: datetime
    slot_ends_at: datetime


class ChosenGoal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What this visit is for, where a person said so (RULES §4). None: as by default."""

    energy_wh: int | None = None  # from the session's start on
    ready_by: datetime | None = None


class Visit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Durable part of one connector."""

    phase: Phase = Phase.IDLE
    mode: Mode = Mode.FAST
    claim: Claim | None = None
    due_at: datetime | None = None  # what is due depends on the phase: `visits.DUE`
    running: Running | None = None
    hold: Hold = Hold.AS_NEEDED
    boost: Boost | None = None
    goal: ChosenGoal | None = None
    begun_for: datetime | None = None  # its energy is due then, which allows no more waiting
    timed_off_at: datetime | None = None  # timed boosts that had begun by then are cancelled for this once
    delay: Delay | None = None


class Pad(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The PIN pad's budget (RULES §3)."""

    wrong: int = 0  # tries in a row
    tried_at: datetime | None = None
    locked_at: datetime | None = None


class OwnerChoice(Struct, frozen=True, kw_only=True):
    """The owner's own settings while `FreeCharging=false` replaces them."""

    default_mode: Mode
    lock_ev_connected: bool
    lock_ev_disconnected: bool
    lock_auto_hide: bool
    lock_charging: bool
    stop_on_ev_disconnect: bool


class Durable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the host saves whenever it changed."""

    visits: tuple[Visit, ...]
    settings: Settings
    owners: OwnerChoice | None = None  # set: FreeCharging=false is in force
    pad: Pad = Pad()
    unlocked: bool = False  # the lock was opened for the car that is (not) there now
    inoperative: frozenset[int] = frozenset()  # connectors; 0: the whole charger
    inoperative_next: frozenset[int] = frozenset()  # takes effect after the session
    reservations: tuple[Reservation, ...] = ()  # in the order in which they were made
    owed_reboot: OwedReboot | None = None
    limits: tuple[Level, ...] = ()  # the one asked for last comes last
    energies: dict[str, tuple[int, ...]] = {}  # Wh of the last sessions of each id tag known here (`goals`)
    paces: dict[str, tuple[Pace, ...]] = {}  # of the last sessions of each id tag known here (`pace`)
    settings_pin_mac: bytes | None = None  # the owner's own; None: still the one it left the factory with
    facts: int = 0  # number of the last fact

    @property
    def pinned(self) -> bool:
        """`FreeCharging` = false holds keys of the owner (RULES §3)."""
        return self.owners is not None


class Purpose(StrEnum):
    START = "start"
    STOP = "stop"


class Ask(Struct, frozen=True):
    """An open question to the control link's platform."""

    ask_id: int
    purpose: Purpose
    claim: Claim
    due_at: datetime


class UnlockWish(Struct, frozen=True):
    wish_id: int
    link_id: str
    due_at: datetime


class Push(StrEnum):
    """Why a session charges at full power, whatever its mode would do (RULES §4)."""

    BOOST = "boost"
    DUE = "due"  # what a person asked for by then allows no more waiting, or is late
    TIMED = "timed"
    PLAN = "plan"


class FullPower(Struct, frozen=True, gc=False):
    push: Push
    until: datetime | None = None  # None: until its energy is charged


class Target(Struct, frozen=True, gc=False):
    """What the session is for: its own register shall show this much by then (RULES §4)."""

    until_wh: int
    ready_by: datetime
    asked: bool = False


class Rest(Struct, frozen=True):
    """Nothing is offered to the car that is there."""

    since: datetime
    may_sleep: bool = True  # False: it had stopped drawing by itself


class Wake(Struct, frozen=True, kw_only=True):
    """It was offered energy after a long pause, or on other phases, and has not drawn yet (`waking`)."""

    look_at: datetime | None  # None: all tries were in vain
    tries: int = 0
    interrupting: bool = False  # just now
    switched: bool = False  # its phases, just now: that it still draws says nothing before `look_at`


class Stint(Struct, frozen=True, gc=False):
    """Some minutes at all the power there is (`stints`)."""

    since: Mark  # of the session's own register
    look_at: datetime


class Freely(Struct, frozen=True, gc=False):
    """All stints of a session in which nothing but the car or the charger itself was the limit."""

    energy_wh: int
    lasted: timedelta
    phases: int


class Seen(Struct, frozen=True, kw_only=True):
    """What the device shows of one connector, what is in the air, and the levels last put out (None: unknown)."""

    pilot: Pilot = Pilot.A
    cable: bool = False
    cable_limit_ma: int | None = None
    reading: Reading | None = None
    fault: Fault | None = None
    ask: Ask | None = None
    unlock: UnlockWish | None = None
    display: Reason | None = None  # what the person at the charger was told last
    limit_ma: int | None = None
    held: bool | None = None
    told: ConnectorView | None = None
    phases: int | None = None  # that were last offered
    allotment: Allotment | None = None  # the site's; None: it stands by itself
    law: Law | None = None  # None: it does not follow the sun
    rules: Rules | None = None  # by which the law took its last step
    look_at: datetime | None = None  # when law and car are looked at again, if the site says nothing new
    habits: Habits = UNKNOWN
    offered_at: datetime | None = None  # since when it is offered just this
    switched: tuple[datetime, ...] = ()  # when its phases changed, of the last day
    hungry_since: datetime | None = None  # it wants energy and is offered none
    took_less: bool = False  # it leaves a good part of its offer
    rest: Rest | None = None
    wake: Wake | None = None
    stint: Stint | None = None
    freely: Freely | None = None
    pace: Pace | None = None  # as this visit showed it last
    plan: Plan | None = None
    full: FullPower | None = None
    target: Target | None = None
    boost_look_at: datetime | None = None  # when slots, goals or delays change anything next
    sun_w: int | None = None  # what the own roof gives it; None: nobody measures
    sun: SunCount | None = None  # of the session; None: we restarted, or nobody has measured
    boost_meter_at: datetime | None = None  # when, while energy flows, a boost or a goal may be reached
    budget_look_at: datetime | None = None  # when, while energy flows, its driver's budget may be used up


class Install(Struct, frozen=True):
    """Firmware that waits for the last session, or (`begun`) is being installed."""

    wish: InstallAsked
    begun: bool = False


NOT_TOLD = DriversChanged(())  # nobody has said yet which drivers there are


class ChargerState(Struct, frozen=True, kw_only=True):
    """Everything; only `durable` is saved."""

    durable: Durable
    seen: tuple[Seen, ...]
    fault: Fault | None = None  # of the whole charger
    power: Power = Power.ON
    drivers: DriversChanged = NOT_TOLD
    links: LinksChanged = LinksChanged()
    offline_since: datetime | None = None
    asks: int = 0
    install: Install | None = None
    zone: str = "UTC"  # of the people here


UNSEEN = Seen()


def restored(durable: Durable) -> ChargerState:
    """The state after a restart: the device has not been heard yet."""
    return ChargerState(durable=durable, seen=(UNSEEN,) * len(durable.visits), power=Power.UNHEARD)


def fresh(nameplate: Nameplate, settings: Settings) -> ChargerState:
    """A new charger."""
    visits = (Visit(mode=settings.default_mode),) * nameplate.connectors
    durable = Durable(visits=visits, settings=settings)
    return ChargerState(durable=durable, seen=(UNSEEN,) * nameplate.connectors)


def encode_state(durable: Durable) -> bytes:
    return _ENCODER.encode(durable)


def decode_state(version: int, blob: bytes) -> Durable:
    """Read what `encode_state` of that version wrote."""
    if version != STATE_VERSION:
        raise ValueError(f"charger state of version {version}, known is {STATE_VERSION}")
    return _DECODER.decode(blob)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Durable)
