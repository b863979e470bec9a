"""What of the sessions, and of what goes on now, somebody's rights let them see (C8)."""

from msgspec.structs import replace

from ..facts import Kind
from ..rights import Right
from ..site.view import SiteView
from ..store.session_scope import SessionScope
from .actor import Actor, need


def visible(actor: Actor) -> SessionScope:
    """All sessions, or the business ones of those drivers who agreed; whoever may see none is refused."""
    if actor.may(Right.SESSIONS_READ):
        return SessionScope(account_id=actor.account_id)
    need(actor, Right.BUSINESS_READ)
    return SessionScope(account_id=actor.account_id, kind=Kind.BUSINESS, drivers=actor.drivers, home=False)


def site_as_seen(actor: Actor, view: SiteView) -> SiteView:
    """Without `now:read`: what is measured and how it is shared, but not when which car shall be ready."""
    if actor.may(Right.NOW_READ):
        return view
    return replace(view, shares=tuple(replace(share, plan=None) for share in view.shares))
