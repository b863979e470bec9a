"""What of the sessions, and of what goes on now, somebody's rights let them see (C8)."""

from msgspec.structs import replace

from ..facts import Kind
from ..live import LiveCharger
from ..reasons import Reason
from ..rights import Right
from ..site.view import SiteView
from ..store.session_scope import SessionScope
from .actor import Actor, need

HELD_BACK = Reason("now.held_back")
OF_THE_CHARGER = {"faulted", "unavailable", "dark", "rebooting"}  # what whoever sets it up has to know


def visible(actor: Actor) -> SessionScope:
    """All sessions, or the business ones of those drivers who agreed; whoever may see none is refused."""
    if actor.may(Right.SESSIONS_READ):
        return SessionScope(account_id=actor.account_id)
    need(actor, Right.BUSINESS_READ)
    return SessionScope(account_id=actor.account_id, kind=Kind.BUSINESS, drivers=actor.drivers, home=False)


def live_as_seen(actor: Actor, live: LiveCharger) -> LiveCharger:
    """Without `now:read`: whether the charger works and is reached, but nothing of who charges or lives there."""
    if actor.may(Right.NOW_READ):
        return live
    return replace(
        live,
        session=None,
        why=live.why if live.why.code in OF_THE_CHARGER else HELD_BACK,
        soc_percent=None,
        grid_w=None,
        solar_w=None,
        home_w=None,
        display=None,
        boost=None,
        plan=None,
    )


def site_as_seen(actor: Actor, view: SiteView) -> SiteView:
    """Without `now:read`: what is measured and how it is shared, but not when which car shall be ready."""
    if actor.may(Right.NOW_READ):
        return view
    return replace(view, shares=tuple(replace(share, plan=None) for share in view.shares))
