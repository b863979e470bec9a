"""All scenarios by name."""

from collections.abc import Callable

from .days import DAYS
from .scenario import Scenario
from .year import year

SCENARIOS: dict[str, Callable[[], Scenario]] = {**DAYS, "year": year}
