"""Following the sun: each look at the meter moves the control law of every connector one step (`energy.surplus`)."""

from .turn import Turn


def look(turn: Turn) -> None: ...
