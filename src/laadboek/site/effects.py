"""What a site wants done: values, all of them levels. The newest one counts, a repetition changes nothing."""

from msgspec import Struct

from ..energy.plan import Plan
from ..reasons import Reason
from ..supply import Allotment, SunShare


class Allot(Struct, frozen=True):
    """Tell a charger its connectors' shares. Sent only when one of them changed."""

    charger_id: str
    allotments: tuple[Allotment, ...]


class ShareSun(Struct, frozen=True):
    """Tell a charger what the own roof gives its connectors. Sent only when one of them changed."""

    charger_id: str
    shares: tuple[SunShare, ...]


class GivePlan(Struct, frozen=True):
    """Tell a connector its plan, or (None) that there is none any more."""

    charger_id: str
    connector_id: int
    plan: Plan | None


class Notify(Struct, frozen=True):
    """Tell the people of the site: a code of `core.NOTICES`."""

    reason: Reason


Effect = Allot | ShareSun | GivePlan | Notify
