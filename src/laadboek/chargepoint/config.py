"""What a link is given by its owner: identity, role, nameplate, first key values, how to behave on the network."""

from msgspec import Struct


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


class LinkConfig(Struct, frozen=True, kw_only=True):
    """Fixed for the life of a face; a change of identity is a new link (RULES §6)."""

    link_id: str
    charge_box_id: str
    nameplate: Nameplate
    role: str = "control"  # "control" | "report"
    platform_decides: bool = False
    initial_keys: dict[str, str] = {}
    profiles_off: frozenset[str] = frozenset()
    back_off: BackOff = BackOff()
    start_spread_s: float = 0  # the first connect waits somewhere below this: fleets
    connect_timeout_s: float = 60
    pong_timeout_s: float = 20
    boot_on_reconnect: bool = False  # for platforms that expect BootNotification on every socket
    boot_retry_s: float = 60  # our choice where the platform leaves the interval to us (§4.2)
    wish_timeout_s: float = 10  # a request is answered at the latest then, refused
    accepts_authorization_key: bool = False  # the host keeps a key that the platform sets (SaveAuthorizationKey)
    require_subprotocol: bool = True  # False tolerates platforms that name no subprotocol

    @property
    def controls(self) -> bool:
        return self.role == "control"
