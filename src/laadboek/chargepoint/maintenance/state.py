"""What a face knows of uploads, of a firmware update, and of statuses that the platform has not confirmed. Saved."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class NewsKind(StrEnum):
    """Which message a status goes out in."""

    DIAGNOSTICS = "diagnostics"
    FIRMWARE = "firmware"
    LOG = "log"
    SIGNED_FIRMWARE = "signed_firmware"


class News(Struct, frozen=True, omit_defaults=True):
    """A status on its way to the platform."""

    kind: NewsKind
    status: str
    request_id: int | None = None


class Upload(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that the platform asked for. `again_at` None: a try is under way."""

    number: int  # of the transfer
    kind: NewsKind
    security: bool = False  # the security log, not diagnostics
    request_id: int | None = None
    location: str
    login: str = ""  # name of the secret with user and password
    file_name: str
    since: datetime | None = None
    until: datetime | None = None
    retries: int  # left
    interval_s: int
    again_at: datetime | None = None


class Phase(StrEnum):
    """How far an update is."""

    SCHEDULED = "scheduled"  # until `retrieve_at`
    DOWNLOADING = "downloading"
    PAUSED = "paused"  # until `again_at`: the last try failed
    DOWNLOADED = "downloaded"  # until `install_at`
    WAITING = "waiting"  # for the charger: its sessions go on
    INSTALLING = "installing"
    REBOOTING = "rebooting"


class Signature(Struct, frozen=True):
    """What the manufacturer says of the file."""

    certificate: str  # PEM
    signature: str  # base64


class Update(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A firmware update that the platform asked for. `request_id` and `signed` belong to SignedUpdateFirmware."""

    number: int  # of the transfer
    request_id: int | None = None
    signed: Signature | None = None
    location: str
    login: str = ""
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int  # left
    interval_s: int
    phase: Phase = Phase.SCHEDULED
    again_at: datetime | None = None
    version: str = ""  # once downloaded


class Maintenance(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Uploads by the kind of their news."""

    last_number: int = 0  # of transfers
    uploads: dict[NewsKind, Upload] = {}
    update: Update | None = None
    news: tuple[News, ...] = ()  # oldest first
    last_signed: News | None = None  # status of a signed update
