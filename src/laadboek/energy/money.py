"""Rounding of money: one rule, in one place. Amounts are integers (1/10 000 of a currency unit), never floats."""


def divide(numerator: int, denominator: int) -> int:
    """The quotient, rounded half away from zero; once per statement line, never on a sum of rounded values."""
    if denominator <= 0:
        raise ValueError(f"cannot divide money by {denominator}")
    quotient, remainder = divmod(abs(numerator), denominator)
    rounded = quotient + (2 * remainder >= denominator)
    return rounded if numerator >= 0 else -rounded
