"""What cannot be made is refused before anything is: unknown keys, bad values, two drivers with one PIN."""

from collections import Counter

from ..chargepoint import configuration
from ..chargepoint.config import LinkConfig, Nameplate
from ..charger.settings import Settings, written
from ..reasons import Reason, Refused
from .models import NewChargePoint
from .rows import first_settings, split


def check(body: NewChargePoint) -> None:
    """Refused when this charge point cannot be."""
    _check_profiles(body)
    _check_keys(body)
    _check_drivers(body)


def _check_profiles(body: NewChargePoint) -> None:
    unknown = set(body.profiles_off) - set(configuration.PROFILES)
    if unknown:
        raise Refused("lab.no_profile", profiles=", ".join(sorted(unknown)))


def _check_keys(body: NewChargePoint) -> None:
    nameplate = Nameplate(vendor=body.vendor, model=body.model, phases=body.phases, tethered=body.cable == "fixed")
    config = LinkConfig(link_id="", charge_box_id=body.charge_box_id, nameplate=nameplate)
    for name, value in split(body.keys)[0].items():
        _refuse(configuration.problem(name, value, config))
    settings: Settings | Reason = Settings()
    for name, value in first_settings(body).items():
        assert isinstance(settings, Settings)
        settings = written(settings, name, value, pinned=False)
        _refuse(settings if isinstance(settings, Reason) else None)


def _refuse(problem: Reason | None) -> None:
    if problem is not None:
        raise Refused(problem.code, **problem.params)


def _check_drivers(body: NewChargePoint) -> None:
    """Id tags compare without case; a PIN is one person's."""
    tags = Counter(driver.id_tag.casefold() for driver in body.drivers)
    pins = Counter(driver.pin for driver in body.drivers if driver.pin is not None)
    if any(times > 1 for times in tags.values()):
        raise Refused("lab.tag_twice")
    if any(times > 1 for times in pins.values()):
        raise Refused("lab.pin_twice")
