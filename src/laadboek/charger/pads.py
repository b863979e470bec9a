"""What can be typed at a charger, and how often somebody may be wrong there (RULES §3, A8)."""

from msgspec import Struct

from ..secret import PIN_DIGITS


class Pad(Struct, frozen=True):
    """`digits` that it has; a PIN has as many as `PIN_DIGITS` says, or fewer where the pad takes no more."""

    digits: str = "0123456789"
    longest: int = PIN_DIGITS[1]

    @property
    def values(self) -> int:
        """Different PINs of the usual length: a stranger's guesses are counted against these."""
        return int(len(self.digits) ** PIN_DIGITS[0])


FULL = Pad()
FOUR_BUTTONS = Pad("1234", PIN_DIGITS[0])
BY_MODEL = {"zappi": FOUR_BUTTONS}  # the first word of a model's name


def pad_of(model: str) -> Pad:
    return BY_MODEL.get(model.lower().partition(" ")[0], FULL)


def pin_budget(pad_values: int, drivers: int) -> int:
    """Wrong tries in a row before the pad locks: a stranger's chance stays near 0.2 %, a driver may err 3 times."""
    return max(3, min(30, 2 * pad_values // (1_000 * max(1, drivers))))
