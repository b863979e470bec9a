"""What one platform sees: which sessions, under which tag, and the connectors without all the others (RULES §6).

Routing is decided once, at the start of a session: that there is a transaction of it is the record. Whatever else runs
on a connector is hidden behind a veil: the platform goes on seeing what it saw before, until one of its own sessions
begins or the visit is over. A veil only hides: faults and availability are shown as they are.
"""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from ..facts import ConnectorView, Kind, Pilot, SessionEnded, SessionStarted
from . import configuration
from .config import LinkConfig, Routing
from .state import Report, Veil
from .step import Step

RULES: Mapping[str, Callable[[Routing, SessionStarted], bool]] = {
    "all": lambda routing, fact: True,
    "business": lambda routing, fact: fact.kind is Kind.BUSINESS,
    "drivers": lambda routing, fact: fact.driver_id in routing.drivers,
}


def is_routed(config: LinkConfig, fact: SessionStarted) -> bool:
    """Whether this session becomes a transaction of this link. One that its platform asked for always does."""
    if fact.over_link == config.link_id:
        return True
    if config.draining or fact.refused_by == config.link_id:
        return False
    return RULES[config.routing.rule](config.routing, fact)


def id_tag_of_start(step: Step, fact: SessionStarted) -> str:
    """The tag rule. Who was started by this platform goes under the tag that it gave (§5.11)."""
    if step.config.fixed_tag is not None and fact.over_link != step.config.link_id:
        return step.config.fixed_tag
    return own_tag_here(step, fact.id_tag)


def id_tag_of_stop(step: Step, fact: SessionEnded, started_as: str) -> str | None:
    """Who stopped it; a filtered link learns of nobody but whose session it is."""
    if fact.id_tag is None:
        return None
    stopped_by = own_tag_here(step, fact.id_tag)
    same = stopped_by.casefold() == started_as.casefold()
    if same or step.config.fixed_tag is not None:
        return started_as
    return None if step.config.filtered else stopped_by


def own_tag_here(step: Step, id_tag: str) -> str:
    """The charger's own tag may have another name on this link (RULES §7: FreeChargingIdTag)."""
    if id_tag and id_tag == step.state.charger_keys.get("FreeChargingIdTag"):
        return configuration.text(step.state, "FreeChargingIdTag") or id_tag
    return id_tag


# --- the veil ---------------------------------------------------------------------------------------------------------


def hides(step: Step, connector_id: int) -> bool:
    """A session runs there that this platform does not see; 0 asks for any connector."""
    veils = step.durable.veils
    return any(v.session_id is not None for c, v in veils.items() if connector_id in (0, c))


def shown(step: Step, view: ConnectorView) -> ConnectorView:
    """The connector as this platform may see it."""
    if view.connector_id == 0:
        return view
    known = step.state.connectors.get(view.connector_id)
    before = None if known is None else known.view
    veil = _veil(step, view, before)
    if veil != step.durable.veils.get(view.connector_id):
        others = {c: v for c, v in step.durable.veils.items() if c != view.connector_id}
        step.save(veils=others if veil is None else others | {view.connector_id: veil})
    if veil is not None:
        return _done(view) if veil.finishing else _empty(view)
    if not step.config.filtered or view.session_id is not None:
        return view
    if view.identified and before is not None and before.settled:
        return _done(view)  # whoever identified in this visit may be none of its drivers
    return _unrouted(step, view, first_look=before is None)


def _veil(step: Step, view: ConnectorView, before: ConnectorView | None) -> Veil | None:
    """Falls over a connector with a session that is not routed, is lifted by one that is, or by the next visit."""
    veil = step.durable.veils.get(view.connector_id)
    if view.session_id is not None:
        if view.session_id in step.durable.transactions:
            return None
        if veil is None:
            return Veil(view.session_id, before is not None and (before.session_id is not None or before.settled))
        return replace(veil, session_id=view.session_id)
    visit_goes_on = view.settled or view.identified
    return replace(veil, session_id=None) if veil is not None and visit_goes_on else None


def _unrouted(step: Step, view: ConnectorView, *, first_look: bool) -> ConnectorView:
    """No session runs and none was hidden: control sees who comes, a filtered report link nothing until routed."""
    if view.settled:
        return _empty(view) if first_look and not _knows(step, view.connector_id) else view
    return view if step.config.controls else _empty(view)


def _knows(step: Step, connector_id: int) -> bool:
    """The platform saw the session that this visit had, as far as it ever confirmed."""
    if any(t.connector_id == connector_id for t in step.durable.transactions.values()):
        return True
    return step.durable.told.get(connector_id, Report()).status.value in AFTER_ITS_OWN


AFTER_ITS_OWN = ("Charging", "SuspendedEV", "SuspendedEVSE", "Finishing")


def _empty(view: ConnectorView) -> ConnectorView:
    return replace(_unused(view), pilot=Pilot.A, cable=False, settled=False)


def _done(view: ConnectorView) -> ConnectorView:
    pilot = Pilot.A if view.pilot is Pilot.A else Pilot.B1  # that the car's end was pulled is no secret
    return replace(_unused(view), pilot=pilot, cable=True, settled=True)


def _unused(view: ConnectorView) -> ConnectorView:
    """Also without the cable's limit, which a composite schedule would tell (§5.7)."""
    return replace(view, session_id=None, identified=False, offering=False, cable_ma=None)
