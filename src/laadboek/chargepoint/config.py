"""What a link is given by its owner: identity, role, nameplate, first key values, how to behave on the network."""

from msgspec import Struct

RULES = ("all", "business", "drivers")
ID_TAG_LENGTH = 20  # CiString20Type (§7.28)


class Nameplate(Struct, frozen=True, kw_only=True):
    """The hardware as BootNotification shows it (§6.3), and what a platform's requests are checked against."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    connectors: int = 1
    phases: int = 3
    tethered: bool = True


class BackOff(Struct, frozen=True, kw_only=True):
    """Wait before the n-th try: somewhere below first × 2ⁿ, at most the cap. Without jitter: exactly that."""

    first_s: float = 30
    refused_first_s: float = 60  # after 401, 403, 404: nothing heals by itself within seconds
    cap_s: float = 300
    stable_s: float = 60  # a link that lasted so long starts counting anew
    jitter: bool = True


class Routing(Struct, frozen=True):
    """Which sessions become transactions of a link (RULES §6): all, those of kind business, or chosen drivers'."""

    rule: str = "all"
    drivers: frozenset[str] = frozenset()  # drv_, with the rule `drivers`


class LinkConfig(Struct, frozen=True, kw_only=True):
    """Fixed for the life of a face; a change of identity is a new link (RULES §6)."""

    link_id: str
    charge_box_id: str
    nameplate: Nameplate
    role: str = "control"  # "control" | "report"
    platform_decides: bool = False
    routing: Routing = Routing()
    fixed_tag: str | None = None  # every transaction goes under this id tag; None: under the driver's own
    physical_register: bool = False  # a filtered link tells the meter's register, not that of its own sessions
    draining: bool = False  # delivers what it has, gets no new session
    paused: bool = False  # off the air; keeps its queue, which goes on growing
    initial_keys: dict[str, str] = {}
    profiles_off: frozenset[str] = frozenset()
    back_off: BackOff = BackOff()
    start_spread_s: float = 0  # the first connect waits somewhere below this: fleets
    connect_timeout_s: float = 60
    pong_timeout_s: float = 20
    boot_on_reconnect: bool = False  # for platforms that expect BootNotification on every socket
    boot_retry_s: float = 60  # our choice where the platform leaves the interval to us (§4.2)
    wish_timeout_s: float = 10  # a request is answered at the latest then, refused
    resets_max: int | None = 5  # in ten minutes; more are refused: a platform in a loop would stop all charging
    accepts_authorization_key: bool = True  # a key that the platform sets is kept (A01)
    key_bytes: int = 0  # length of the owner's authorization key
    roots: tuple[str, ...] = ()  # PEM: what the owner trusts for this platform; none: what the system trusts
    additional_root_check: bool = False  # a new root must be signed by the one that it replaces (whitepaper §7.1)
    security_profile: int = 0  # the owner's choice; 0: none is configured, URI and key are used as they are
    security_events: bool | None = None  # are they sent? None: with a profile above 0, or if the platform knows them
    require_subprotocol: bool = True  # False tolerates platforms that name no subprotocol

    def __post_init__(self) -> None:
        wrong = contradiction(self.role, self.platform_decides, self.routing, self.fixed_tag)
        if wrong is not None:
            raise ValueError(wrong)

    @property
    def controls(self) -> bool:
        return self.role == "control" and not self.draining

    @property
    def filtered(self) -> bool:
        """There may be sessions that this platform must not learn of."""
        return self.routing.rule != "all"

    @property
    def own_register(self) -> bool:
        """Registers are the sum of the routed energy (RULES §6: link register)."""
        return self.filtered and not self.physical_register


def contradiction(role: str, platform_decides: bool, routing: Routing, fixed_tag: str | None) -> str | None:
    """Code of what cannot be meant together, or None.

    A platform that decides is asked about every id tag: so it must be one that may see every session.
    """
    checks = (
        (role not in ("control", "report"), "link.bad_role"),
        (routing.rule not in RULES, "link.bad_rule"),
        (routing.rule == "drivers" and not routing.drivers, "link.no_drivers"),
        (routing.rule != "drivers" and bool(routing.drivers), "link.drivers_without_rule"),
        (platform_decides and role != "control", "link.report_cannot_decide"),
        (platform_decides and routing.rule != "all", "link.decides_needs_all"),
        (fixed_tag is not None and not _is_id_tag(fixed_tag), "link.bad_fixed_tag"),
    )
    return next((code for wrong, code in checks if wrong), None)


def _is_id_tag(text: str) -> bool:
    return 0 < len(text) <= ID_TAG_LENGTH and text.isprintable()
