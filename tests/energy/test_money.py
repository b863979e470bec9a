"""One rounding rule for money."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.money import divide


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (1, 2, 1),
        (-1, 2, -1),
        (3, 2, 2),
        (5, 2, 3),
        (-5, 2, -3),
        (1, 3, 0),
        (2, 3, 1),
        (-2, 3, -1),
        (0, 7, 0),
        (14, 7, 2),
    ],
)
def test_half_goes_away_from_zero(numerator, denominator, rounded):
    assert divide(numerator, denominator) == rounded


@given(st.integers(), st.integers(min_value=1))
def test_it_is_never_further_than_half_from_the_truth_and_has_no_bias_by_sign(numerator, denominator):
    rounded = divide(numerator, denominator)
    assert abs(rounded - Fraction(numerator, denominator)) <= Fraction(1, 2)
    assert divide(-numerator, denominator) == -rounded


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_divisor_must_be_positive(denominator):
    with pytest.raises(ValueError, match="cannot divide"):
        divide(1, denominator)
