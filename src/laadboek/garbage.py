"""The garbage collector, told what kind of program this is."""

import gc

# Frozen values hardly ever form cycles: reference counts free them, and looking for more is mostly in vain.
YOUNG, MIDDLE, OLD = 50_000, 20, 100


def seldom() -> None:
    """Call once everything that stays is made: it is not looked at again, and new things seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
