"""Who plays in a charger's turns."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ..chargepoint.config import LinkConfig
from ..chargepoint.face import Face
from ..charger.core import ChargerCore
from ..charger.events import Event, LinksChanged
from ..facts import NumberedFact


class HostedCharger(Struct, frozen=True, kw_only=True):
    """Which charger a host hosts."""

    account_id: int
    id: int  # of its row
    charger_id: str  # public
    name: str
    pin_scope: str = ""  # what PINs are hidden under; empty: its own public id


class HostedLink(Struct, frozen=True, kw_only=True):
    """A link with its face. `missed` are the numbered facts that the face has not applied yet, in order."""

    id: int  # of its row
    link_id: str  # public
    charge_box_id: str
    face: Face
    position: int = 1  # faces are told facts in this order
    applied_fact: int = 0
    missed: tuple[NumberedFact, ...] = ()


class Cast(Struct, frozen=True, kw_only=True):
    core: ChargerCore
    links: Sequence[HostedLink] = ()  # in the order in which they are told facts
    opening: tuple[Event, ...] = ()  # what the core is told first: drivers, links


class LinksNow(Struct, frozen=True, kw_only=True):
    """A charger's links after a change."""

    configs: Mapping[str, LinkConfig]  # of all that have a face, by public id
    new: Sequence[HostedLink]  # those whose face was not there before
    changed: LinksChanged  # what the core is told
