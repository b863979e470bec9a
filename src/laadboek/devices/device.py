"""What every charger's hardware looks like to its host."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from ..charger.events import Event
from ..facts import Reading
from ..secret import Secret


class DeviceInfo(Struct, frozen=True, kw_only=True):
    """Nameplate, as BootNotification and the portal show it."""

    vendor: str
    model: str
    serial_number: str
    firmware_version: str
    connectors: int = 1
    phases: int = 3
    max_current_ma: int = 32_000
    tethered: bool = True  # fixed cable; False: a socket with a lock
    keeps_register: bool = True  # the meter register survives a power cut
    switches_phases: bool = False  # it can offer one phase of three
    meter_type: str | None = None
    meter_serial_number: str | None = None


class PinTyped(Struct, frozen=True):
    """Somebody typed a PIN at the device. The host turns it into `PinEntered` at once; it goes no further as text."""

    connector_id: int
    pin: Secret


class Surroundings(Struct, frozen=True):
    """What is known around the charger: W, grid + import; None: nobody measures it."""

    grid_w: int | None = None
    solar_w: int | None = None
    home_w: int | None = None
    soc_percent: int | None = None  # of the car that is plugged in


class Device(Protocol):
    """Reports what happens by `on_event`; obeys levels. Calls return at once, nothing blocks."""

    info: DeviceInfo
    on_event: Callable[[Event | PinTyped], None]

    def start(self, fresh: bool) -> None:
        """Report DeviceBooted (`fresh`: the device itself booted) or DeviceResynced (only Laadboek restarted)."""

    def readings(self, now: datetime) -> tuple[Reading, ...]:
        """The newest reading of each connector; never waits for the hardware."""

    def set_current(self, connector_id: int, limit_ma: int, phases: int = 3) -> None:
        """Offer at most this per phase, on so many phases; 0 pauses (no PWM).

        Contactors move without load: a change of phases passes through a short pause that the device makes itself.
        """

    def hold_cable(self, connector_id: int, held: bool) -> None: ...

    def install(self, version: str) -> None:
        """Write firmware of this version; it reports InstallEnded, and runs it after a reboot."""

    def reboot(self, hard: bool) -> None:
        """Restart the device; it reports DeviceBooted when it is back, or DeviceResynced if it cannot restart."""
