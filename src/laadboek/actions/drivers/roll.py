"""Who is there already: an account's drivers, PINs, tags and chargers, read once per transaction.

A file of thousands of drivers is checked against it; what the transaction adds is noted here as well.
"""

from collections.abc import Iterable, Mapping, Sequence

from ...charger.pads import FULL, Pad, pad_of
from ...charger.state import decode_state
from ...reasons import Refused
from ...store import chargers, drivers, id_tags
from ...store.chargers import ChargerRow
from ...store.connection import Connection
from ...store.drivers import DriverRow, Place
from ..id_tags import ID_TAG, LONGEST

SETTINGS_PIN = 0  # in place of a driver's row


class Roll:
    """Mutable, and good for one transaction only."""

    def __init__(self, db: Connection, account_id: int) -> None:
        self._db, self._account_id = db, account_id
        self.chargers = chargers.of_account(db, account_id)
        self.drivers: dict[str, DriverRow] = {}
        self._tags: dict[str, str] = {}
        for row in drivers.of_account(db, account_id):
            self.know(row)
        self._places: dict[int, list[Place]] = {}
        self._macs: dict[bytes, int] = {}
        self._with_pin: set[int] = set()
        for place in drivers.places(db, account_id):
            self._places.setdefault(place.driver_id, []).append(place)
            self._know_mac(place)
        self._charger_tags: dict[str, str] = {}
        for charger in self.chargers:
            self._know_charger(charger)

    def _know_charger(self, row: ChargerRow) -> None:
        if row.state is None:
            return
        durable = decode_state(row.state_version, row.state)
        if durable.settings_pin_mac is not None:
            self._macs[durable.settings_pin_mac] = SETTINGS_PIN
        if durable.settings.own_tag:
            self._charger_tags[durable.settings.own_tag.casefold()] = row.name

    # --- drivers and where they charge ---

    def know(self, row: DriverRow) -> None:
        """A driver as they are now."""
        self.drivers[row.public_id] = row
        self._tags[row.id_tag.casefold()] = row.public_id

    def forget(self, row: DriverRow) -> None:
        del self.drivers[row.public_id], self._tags[row.id_tag.casefold()]

    def places(self, driver: int) -> list[Place]:
        return self._places.get(driver, [])

    def moved(self, driver: int) -> None:
        """Where this driver charges, or by which PIN, was changed."""
        for place in self.places(driver):
            if place.pin_mac is not None:
                self._macs.pop(place.pin_mac, None)
        self._with_pin.discard(driver)
        self._places[driver] = drivers.places(self._db, self._account_id, driver)
        for place in self._places[driver]:
            self._know_mac(place)

    def _know_mac(self, place: Place) -> None:
        if place.pin_mac is not None:
            self._macs[place.pin_mac] = place.driver_id
            self._with_pin.add(place.driver_id)

    def wanted_chargers(self, wanted: Sequence[str] | None) -> list[ChargerRow]:
        """Those of the account; None: all. Somebody else's is as unknown as one that does not exist."""
        if wanted is None:
            return self.chargers
        if not set(wanted) <= {row.public_id for row in self.chargers}:
            raise Refused("charger.unknown")
        return [row for row in self.chargers if row.public_id in wanted]

    # --- tags ---

    def by_tag(self, id_tag: str) -> DriverRow | None:
        """Without case (CiString20)."""
        found = self._tags.get(id_tag.casefold())
        return None if found is None else self.drivers[found]

    def free_tag(self, id_tag: str) -> str:
        """The tag, if it can be one and nobody has it: no driver, and no charger for Plug & Play."""
        tag = id_tag.strip()
        if not ID_TAG.fullmatch(tag):
            raise Refused("id_tag.bad", longest=LONGEST)
        if self.by_tag(tag) is not None:
            raise Refused("driver.tag_taken")
        if tag.casefold() in self._charger_tags:
            raise Refused("driver.tag_of_charger", name=self._charger_tags[tag.casefold()])
        known = id_tags.find(self._db, self._account_id, tag)
        if known is not None and known.driver_id is not None:
            raise Refused("driver.tag_taken")
        return tag

    # --- PINs ---

    @property
    def with_pin(self) -> int:
        """How many drivers have one."""
        return len(self._with_pin)

    def owner_of(self, macs: Mapping[str, bytes], besides: int) -> int | None:
        """Whose PIN that is; `SETTINGS_PIN`: it unlocks a charger's settings."""
        owners = (self._macs.get(mac) for mac in macs.values())
        return next((owner for owner in owners if owner not in (None, besides)), None)


def pad_at(rows: Iterable[ChargerRow]) -> Pad:
    """What can be typed at each of these chargers."""
    pads = [pad_of(model_of(row)) for row in rows]
    digits = "".join(digit for digit in FULL.digits if all(digit in pad.digits for pad in pads))
    return Pad(digits, min((pad.longest for pad in pads), default=FULL.longest))


def model_of(row: ChargerRow) -> str:
    """As its device says; without that, the kind of device."""
    info = row.device_config.get("info")
    model = info.get("model") if isinstance(info, dict) else None
    return model if isinstance(model, str) else row.device
