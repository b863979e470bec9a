"""Everything a face knows, frozen. The durable part is saved with the turn; the rest is true of this process only."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, msgpack

from ..facts import ConnectorView, Reading
from ..ocpp.types import AuthorizationStatus, ChargePointErrorCode, ChargePointStatus, ChargingProfile, Payload
from ..reasons import Reason
from .maintenance.state import Maintenance
from .security.state import Certificates, Credentials, SecurityEvents

STATE_VERSION = 1

# --- durable -----------------------------------------------------------------------------------------------------


class CachedTag(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the platform last said about an id tag (§3.5.1)."""

    status: AuthorizationStatus
    expires_at: datetime | None = None
    parent_id_tag: str | None = None


class LocalList(Struct, frozen=True, omit_defaults=True):
    """The platform's own list of id tags (§3.5.2), by upper-case id tag."""

    version: int = 0  # 0: empty
    entries: dict[str, CachedTag] = {}
    conflict: str | None = None  # the id tag about which list and platform last contradicted each other


class Report(Struct, frozen=True, gc=False, omit_defaults=True):
    """The status of a connector as a platform is, or was, told (§4.9)."""

    status: ChargePointStatus = ChargePointStatus.AVAILABLE
    error_code: ChargePointErrorCode = ChargePointErrorCode.NO_ERROR
    info: str | None = None


class Veil(Struct, frozen=True, omit_defaults=True):
    """A visit of which this platform learns nothing (more), because of a session that is not routed to it."""

    session_id: str | None = None  # the hidden session, while it runs
    finishing: bool = False  # one of its own sessions came before: it goes on seeing a car that is done


class LinkRegister(Struct, frozen=True, omit_defaults=True):
    """What the meter of each connector shows to this platform outside transactions, in Wh (RULES §6)."""

    totals: dict[int, int] = {}  # by connector: sum of the routed energy, at the latest value told
    physical: bool = False  # until now the platform was told the meter's own register


class Transaction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The image of a session on this platform, kept until its last message is settled."""

    session_id: str
    connector_id: int
    id_tag: str
    started_at: datetime
    start_wh: int = 0  # register as this platform was told
    end_wh: int | None = None
    offset_wh: int = 0  # what turns the meter's register into this link's
    transaction_id: int | None = None  # the platform's, once it answered
    refused: bool = False  # the platform does not accept the id tag
    ended: bool = False
    collected: tuple[bytes, ...] = ()  # MeterValue JSON for StopTransaction.transactionData, oldest first
    offered: int = 0  # how many values there were to collect
    stride: int = 1  # of those, each so-manieth is kept
    valued: bool = False  # its first MeterValues was queued
    left_out: int = 0  # MeterValues in a row that a full queue did not take
    last_value: bytes = b""  # the newest of them, in case it is the last one


class InstalledProfile(Struct, frozen=True, omit_defaults=True):
    """A charging profile as the platform gave it."""

    connector_id: int
    profile: ChargingProfile
    installed_at: datetime
    session_id: str | None = None  # of a TxProfile


class Durable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Saved in the same turn in which it changed."""

    applied_fact: int = 0
    keys: dict[str, str] = {}  # only what differs from the shared defaults
    cache: dict[str, CachedTag] = {}  # by upper-case id tag, oldest first
    local_list: LocalList = LocalList()
    inoperative: frozenset[int] = frozenset()  # connectors set Unavailable; 0 is the charge point (§5.2)
    transactions: dict[str, Transaction] = {}  # by session
    veils: dict[int, Veil] = {}  # by connector
    boot_s: float = 5  # how long the device was off the air when it last restarted for this platform
    register: LinkRegister = LinkRegister()
    charging_profiles: tuple[InstalledProfile, ...] = ()
    told: dict[int, Report] = {}  # what the platform has confirmed to know, by connector
    accepted_boot: bytes = b""  # the BootNotification that was last Accepted
    next_seq: int = 1  # of the outbox
    set_aside: int = 0
    credentials: Credentials = Credentials()
    certificates: Certificates = Certificates()
    maintenance: Maintenance = Maintenance()
    security_events: SecurityEvents = SecurityEvents()
    id_prefix: str = ""
    id_block_end: int = 0  # message ids below this may have been used


def encode_state(durable: Durable) -> bytes:
    """The blob that `decode_state(STATE_VERSION, …)` reads."""
    return _encoder.encode(durable)


def decode_state(version: int, blob: bytes) -> Durable:
    """Read what any released version wrote."""
    return _DECODERS[version].decode(blob)


_encoder = msgpack.Encoder()
_DECODERS = {1: msgpack.Decoder(Durable)}


# --- this process only -------------------------------------------------------------------------------------------


class LinkPhase(StrEnum):
    NEW = "new"  # not started yet
    STOPPED = "stopped"  # told to be
    DARK = "dark"  # the wall box has no power
    WAITING = "waiting"  # backing off
    CONNECTING = "connecting"
    OPEN = "open"


class Link(Struct, frozen=True, kw_only=True):
    """The websocket to the platform (OCPP-J §5)."""

    phase: LinkPhase = LinkPhase.NEW
    socket_no: int = 0
    until: datetime | None = None  # WAITING: try again; CONNECTING: give up
    failures: int = 0
    opened_at: datetime | None = None
    last_heard_at: datetime | None = None
    last_sent_at: datetime | None = None
    pong_due: datetime | None = None
    why: Reason | None = None  # it is not open
    down_told: bool = False
    choice: int = 0  # which of `credentials.choices` is in use, or tried next
    accused: frozenset[str] = frozenset()  # security events of this outage
    proven: bool = False  # the platform has said something on this socket
    tls: bool = False
    root: str = ""  # fingerprint of the installed root that this socket's platform was verified by
    clock_offset: timedelta | None = None  # the platform's clock minus ours
    platform_time_plausible: bool = False
    clock_told: bool = False


class Standing(StrEnum):
    """Where we stand with the platform (§4.2)."""

    UNKNOWN = "unknown"  # BootNotification is to be sent
    PENDING = "pending"
    REJECTED = "rejected"
    ACCEPTED = "accepted"


class Registration(Struct, frozen=True, kw_only=True):
    standing: Standing = Standing.UNKNOWN
    boot_at: datetime | None = None  # not before
    heartbeat_at: datetime | None = None  # the last answered one
    booted_on_socket: int = 0


class Connector(Struct, frozen=True, kw_only=True):
    """`view` is None until the charger showed it."""

    connector_id: int
    view: ConnectorView | None = None
    now: Report = Report()
    since: datetime | None = None
    queued: Report | None = None  # the newest one on its way to the platform, or known there
    due: datetime | None = None  # MinimumStatusDuration ends
    grace_until: datetime | None = None  # the car may take this long to draw


class OutboxEntry(Struct, frozen=True, kw_only=True):
    """One transaction message that is not settled. `text` and `message_id` are those of the latest attempt."""

    seq: int
    action: str
    session_id: str | None
    body: bytes  # the request's JSON; transactionId is filled in at the first attempt
    created_at: datetime
    attempt: int = 0
    message_id: str | None = None
    text: bytes | None = None
    sent_at: datetime | None = None
    refused: bool = False  # the latest attempt was answered by a CALLERROR: the next one gets a new id
    tries_from: int = 0  # attempts before it was put back by a person: they do not count


class Outbox(Struct, frozen=True):
    """The first messages of the queue. Those behind are in the store only: a long queue costs no memory."""

    entries: tuple[OutboxEntry, ...] = ()
    retry_at: datetime | None = None  # of the first entry, after a CALLERROR
    behind: int = 0  # how many more there are in the store
    reading: bool = False  # they were asked for


class Outgoing(Struct, frozen=True):
    """A Call that is not a transaction message, waiting for its turn. `about` says what its answer means."""

    request: Payload
    about: Struct
    triggered: bool = False  # asked for by TriggerMessage: allowed while Pending


class OpenCall(Struct, frozen=True):
    message_id: str
    about: Struct


class HeldRequest(Struct, frozen=True):
    """A platform's request that waits for the charger's word."""

    wish_id: int
    message_id: str
    socket_no: int
    request: Payload
    due: datetime


class Reset(Struct, frozen=True):
    """A reset that the charger promised; asked again when no boot follows (ResetRetries)."""

    hard: bool
    due: datetime
    retries: int


class Metering(Struct, frozen=True):
    next_sample: dict[str, datetime] = {}  # by session
    next_aligned: datetime | None = None


class SecurityNow(Struct, frozen=True):
    """Of security events: when the first of the queue is tried again, and when noise was last noted, by type."""

    retry_at: datetime | None = None
    noted: dict[str, datetime] = {}


class Level(Struct, frozen=True, gc=False):
    """At most this current per phase; None: no limit."""

    connector_id: int
    limit_ma: int | None = None
    phases: int | None = None


class ChargingPlan(Struct, frozen=True):
    """What the charger was asked for, by session ("": the whole charge point), and when that changes by itself."""

    asked: dict[str, Level] = {}
    until: datetime | None = None


class FaceState(Struct, frozen=True, kw_only=True):
    durable: Durable = Durable()
    link: Link = Link()
    registration: Registration = Registration()
    connectors: dict[int, Connector] = {}  # 0 is the charge point as a whole
    readings: dict[int, Reading] = {}
    charger_keys: dict[str, str] = {}  # as the charger last told them
    outbox: Outbox = Outbox()
    waiting: tuple[Outgoing, ...] = ()
    open_call: OpenCall | None = None
    transactions_first: bool = False  # the last socket ended while something less was unanswered
    held: dict[int, HeldRequest] = {}  # by wish
    next_wish: int = 1
    reset: Reset | None = None
    leaving: bool = False  # the device restarts: off the air when all is said
    restart_at: datetime | None = None  # of this face alone
    resets: tuple[datetime, ...] = ()  # that this platform asked for lately
    dark_since: datetime | None = None  # a reset that this platform asked for is under way
    install_wish: int | None = None
    reboot_wish: int | None = None  # of an update
    clock_synchronised: bool = True  # our own
    metering: Metering = Metering()
    charging: ChargingPlan = ChargingPlan()
    security: SecurityNow = SecurityNow()
    next_message: int = 0

    @property
    def online(self) -> bool:
        """The platform accepted us and can be reached: what is sent may be sent now."""
        return self.link.phase is LinkPhase.OPEN and self.registration.standing is Standing.ACCEPTED

    @property
    def free(self) -> bool:
        """No call is open, and no request waits for its answer: a call may go out."""
        return self.link.phase is LinkPhase.OPEN and self.open_call is None and not self.held
