"""The settings of a charger as pages group them, and the lock as the manual recommends it (manual 4.1)."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ..charger.lock import RECOMMENDED
from ..charger.settings import KEYS

ACCESS = ("FreeCharging", "OwnTagKind", "PinUnlock", "Reservations")
LOCK = ("Lock.EvConnected", "Lock.EvDisconnected", "Lock.AutoHide", "Lock.Charging", "DefaultMode")
CHARGING = ("LimitA", "OCPPChargeMode", "RandomSmartChargeDelay", "Plan", "ReadyBy", "DefaultGoalKwh")
MORE = tuple(name for name in KEYS if name not in (*ACCESS, *LOCK, *CHARGING))
GROUPS: Mapping[str, tuple[str, ...]] = {"access": ACCESS, "lock": LOCK, "charging": CHARGING, "more": MORE}


def _recommended() -> Mapping[str, str]:
    """By key, as text: what `FreeCharging=false` sets as well."""
    by_field = {key.field: (name, key) for name, key in KEYS.items()}
    chosen = {}
    for field in msgspec.structs.fields(RECOMMENDED):
        name, key = by_field[field.name]
        chosen[name] = key.write(getattr(RECOMMENDED, field.name))
    return MappingProxyType({name: value for name, value in chosen.items() if name in LOCK})


RECOMMENDED_LOCK = _recommended()
