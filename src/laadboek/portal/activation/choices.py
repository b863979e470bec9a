"""What a platform is for, in the words of people, and what that means for a link (C4, RULES §6)."""

from msgspec import Struct

from ...actions.links import CONTROL, REPORT
from ...actions.presets import OTHER, Preset, presets


class Choice(Struct, frozen=True):
    """Who sees what, and who steers: the least that serves the purpose."""

    rule: str
    role: str


# Nobody sees more than it needs: who says nothing shares business sessions only.
USUAL = {
    "own": Choice("all", CONTROL),
    "employer": Choice("business", REPORT),
    "registrar": Choice("all", REPORT),
    "landlord": Choice("drivers", REPORT),
    "operator": Choice("all", CONTROL),
    "home": Choice("all", CONTROL),
}
# Of a platform that is not in the list.
ASKED = ("employer", "registrar", "landlord", "operator", "home")
PURPOSES_OF_LIST = ("own", "employer", "registrar", "operator", "home")
FIRST = Choice("business", REPORT)


def usual(purpose: str | None, *, control_held: bool) -> Choice:
    """What is filled in at first. Control is only offered while nobody else has it."""
    found = USUAL.get(purpose or "", FIRST)
    return Choice(found.rule, REPORT) if control_held else found


def offered(name: str) -> Preset | None:
    """The chosen platform; None: another one."""
    return None if name == OTHER else presets().get(name)
