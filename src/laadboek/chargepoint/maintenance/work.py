"""Uploads and updates together: what begins, ends and begins again with the link, the device and Laadboek."""

from ...facts import DeviceBooted
from ..events import TransferMoved
from ..step import Step
from . import firmware, uploads


def moved(step: Step, event: TransferMoved) -> None:
    """A transfer came to its end; numbers are unique over both kinds."""
    uploads.moved(step, event)
    firmware.moved(step, event)


def resume(step: Step) -> None:
    """Laadboek restarted, or the link is used again."""
    if not step.config.paused:
        uploads.resume(step)
        firmware.resume(step)


def pause(step: Step) -> None:
    """No power, or the link is not used for a while: what was under way begins again later."""
    uploads.pause(step)
    firmware.pause(step)


def device_booted(step: Step, fact: DeviceBooted) -> None:
    uploads.resume(step)
    firmware.device_booted(step)
