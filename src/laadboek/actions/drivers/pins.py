"""PINs: made or chosen, strong enough, known to nobody but their driver (RULES §3, A8).

A PIN is in the store as keyed MACs only. So it is handed out once, and a lost one is replaced.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ...charger.pads import FULL, Pad, pad_of, pin_budget
from ...ids import Ids
from ...reasons import Refused
from ...secret import PIN_DIGITS, Secret, pin_weakness
from ...store.chargers import ChargerRow
from ...store.drivers import Place
from ..vault import Vault
from .roll import SETTINGS_PIN, Roll, model_of


class Maker(Struct, frozen=True):
    """What new drivers and PINs are made with."""

    vault: Vault
    ids: Ids


class NewPin(Struct, frozen=True):
    """The PIN, and its MAC under each scope."""

    pin: Secret
    macs: Mapping[str, bytes]


HIGHEST_CHANCE = 0.002  # that a stranger's tries find a PIN, if the pad can be as good
TRIES_LEAST = pin_budget(1, 1)
TRIES_MOST = 10_000  # random PINs until one is free: with 5 000 drivers of 100 000 values, far more than needed


class PinWish(Struct, frozen=True):
    """`chosen` None: make one. `digits` None: as many as the number of drivers asks for."""

    chosen: Secret | None = None
    digits: int | None = None


def usual_digits(drivers_with_pin: int, pad: Pad = FULL) -> int:
    """As many as it takes that the fewest tries which a pad allows stay unlikely to find one."""
    for digits in range(PIN_DIGITS[0], pad.longest):
        if TRIES_LEAST * drivers_with_pin <= HIGHEST_CHANCE * len(pad.digits) ** digits:
            return digits
    return pad.longest


def chosen(pin: Secret, pad: Pad) -> Secret:
    """The PIN, if it can be typed there and is not the first that somebody would guess."""
    text = pin.reveal()
    if (why := pin_weakness(text)) == "pin.bad_form" or len(text) > pad.longest:
        raise Refused("driver.bad_pin", shortest=PIN_DIGITS[0], longest=pad.longest)
    if why is not None:
        raise Refused("pin.weak")
    if not set(text) <= set(pad.digits):
        raise Refused("driver.bad_pin_for_pad", digits=pad.digits)
    return pin


def made(ids: Ids, pad: Pad, digits: int) -> Secret:
    """By the randomness of the system; never a weak one."""
    while True:
        text = "".join(ids.random().choices(pad.digits, k=digits))
        if pin_weakness(text) is None:
            return Secret(text)


def free_pin(wish: PinWish, roll: Roll, pad: Pad, scopes: Sequence[str], driver: int, maker: Maker) -> NewPin:
    """One that somebody has is refused, or made again."""
    if wish.chosen is not None:
        pin = _new(chosen(wish.chosen, pad), scopes, maker)
        if (owner := roll.owner_of(pin.macs, driver)) is not None:
            raise Refused("driver.pin_of_settings" if owner == SETTINGS_PIN else "driver.pin_taken")
        return pin
    digits = wish.digits or usual_digits(roll.with_pin + 1, pad)
    if not PIN_DIGITS[0] <= digits <= pad.longest:
        raise Refused("driver.bad_pin", shortest=PIN_DIGITS[0], longest=pad.longest)
    for _ in range(TRIES_MOST):
        pin = _new(made(maker.ids, pad, digits), scopes, maker)
        if roll.owner_of(pin.macs, driver) is None:
            return pin
    raise Refused("driver.no_pin_left", digits=digits)


def _new(pin: Secret, scopes: Sequence[str], maker: Maker) -> NewPin:
    return NewPin(pin, {scope: maker.vault.pin_mac(scope, pin) for scope in scopes})


class Guess(Struct, frozen=True, kw_only=True):
    """What a stranger who tries PINs can reach at one pad before it locks (RULES §3)."""

    charger_id: str
    charger_name: str
    drivers: int  # with a PIN there
    tries: int
    one_in: int  # the chance that one of the tries is right; 0: there is nothing to find
    digits: int | None = None  # as many would make it unlikely; None: it is, or the pad cannot


def guesses(rows: Sequence[ChargerRow], places: Sequence[Place]) -> list[Guess]:
    found = []
    for row in rows:
        known = sum(place.charger_row == row.id and place.pin_mac is not None for place in places)
        pad = pad_of(model_of(row))
        tries = pin_budget(pad.values, known)
        unlikely = usual_digits(known, pad)
        likely = tries * known > HIGHEST_CHANCE * pad.values
        found.append(
            Guess(
                charger_id=row.public_id,
                charger_name=row.name,
                drivers=known,
                tries=tries,
                one_in=pad.values // (tries * known) if known else 0,
                digits=unlikely if likely and unlikely > PIN_DIGITS[0] else None,
            )
        )
    return found
