"""What may be asked of links: `bus.request("links", …)`, answered by the process that hosts the charger.

The answer is the LinkRow after the commit. Refused as `actions.links` says; NobodyAnswers when no host is there.
"""

from msgspec import Struct

from .activation import Consent
from .actor import Actor
from .links import LinkChange


class AddLink(Struct, frozen=True, kw_only=True):
    """`charger_id` None: the account's only charger."""

    actor: Actor
    charger_id: str | None
    wanted: LinkChange


class ActivateLink(AddLink, frozen=True, kw_only=True):
    """As a person adds one (C4): what must be so before is asked for. With the preset of our own platform address,
    ChargeBoxID and key are made, whatever is `wanted` of them.
    """

    charger_id: str
    consent: Consent


class OfLink(Struct, frozen=True, kw_only=True):
    """`name`: its public id, or its ChargeBoxID where only one link has that."""

    actor: Actor
    name: str


class ChangeLink(OfLink, frozen=True, kw_only=True):
    wanted: LinkChange


class PauseLink(OfLink, frozen=True, kw_only=True):
    """Off the air."""


class ResumeLink(OfLink, frozen=True, kw_only=True):
    """On the air again; also one that was removed."""


class RemoveLink(OfLink, frozen=True, kw_only=True):
    """For good."""


class ReplayLink(OfLink, frozen=True, kw_only=True):
    """What was set aside (of one session) is tried again."""

    session_id: str | None = None
