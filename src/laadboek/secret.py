"""A value that cannot be printed by accident, and the one-way form of a PIN."""

import hmac
from itertools import pairwise


class Secret:
    """Holds a password or key. `reveal()` is the only way to it; `str`, `repr`, formats and pickles show none of it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere")


FACTORY_PIN = Secret("44444")  # of a charger's settings, as it is delivered (the manual, 4.1)
PIN_DIGITS = (5, 8)


def pin_weakness(pin: str) -> str | None:
    """Why nobody should rely on this PIN: a code; None: it may be used."""
    shortest, longest = PIN_DIGITS
    if not (pin.isascii() and pin.isdigit() and shortest <= len(pin) <= longest):
        return "pin.bad_form"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeats = any(pin == pin[:length] * (len(pin) // length) for length in (1, 2, 3) if len(pin) % length == 0)
    return "pin.weak" if repeats or steps in ({1}, {9}) else None


def pin_mac(key: bytes, scope: str, pin: str) -> bytes:
    """Keyed HMAC-SHA256 of a PIN: equal PINs look different elsewhere (`scope`: the `pin_scope` of the charger)."""
    return hmac.digest(key, f"{scope}\0{pin}".encode(), "sha256")
