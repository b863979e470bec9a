"""StatusNotification: what changed, once it has lasted; after an absence only what differs (OCPP 1.6 §4.9)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ..facts import ConnectorView
from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from . import configuration, metering, routing
from .connector import path, report_of, report_of_charge_point, until_it_draws
from .state import Connector, FaceState, Report
from .step import Step, earliest, whole_second

# From the offer to the first current a car takes a moment: it closes S2 within about 3 s (IEC 61851-1 annex A). Told
# at once, every start would read SuspendedEVSE, SuspendedEV, Charging, and platforms bill or alarm by those.
DRAWS_WITHIN_S = 5


class AboutStatus(Struct, frozen=True):
    connector_id: int
    report: Report


def view_changed(step: Step, view: ConnectorView) -> None:
    """The charger shows a connector; tell what is new about it, and may be seen over this link."""
    view = routing.shown(step, view)
    connector = _connector(step, view.connector_id)
    session_before = connector.view.session_id if connector.view is not None else None
    step.connector(replace(connector, view=view))
    if session_before is not None and view.session_id is not None and session_before != view.session_id:
        # One session gave way to the next without a pause (RULES §1): it still ended.
        _move(step, view.connector_id, Report(m.ChargePointStatus.FINISHING))
    refresh(step, view.connector_id)
    if view.connector_id != 0:
        refresh(step, 0)  # what is scheduled for the charge point happens when its last transaction is over


def refresh(step: Step, connector_id: int) -> None:
    """Derive a connector's report anew, and tell every status on the way to it."""
    connector = _connector(step, connector_id)
    inoperative = is_inoperative(step, connector)
    if connector_id == 0:
        # Answered as Scheduled, so not yet so (§5.2).
        inoperative = inoperative and metering.running_on(step.state, 0) is None
        conflict = step.durable.local_list.conflict if configuration.flag(step.state, "LocalAuthListEnabled") else None
        _move(step, 0, report_of_charge_point(connector.view, inoperative, conflict))
    elif connector.view is not None:
        reserved = connector.view.reserved_by == step.config.link_id
        report = _patiently(step, connector, report_of(connector.view, inoperative, reserved))
        if report.status is connector.now.status is m.ChargePointStatus.FINISHING:
            report = replace(report, info=connector.now.info)  # why it finished is not made anew by what came after
        _move(step, connector_id, report)


def _patiently(step: Step, connector: Connector, report: Report) -> Report:
    """Give a car that was just offered current its moment before it is called suspended."""
    assert connector.view is not None
    waiting = connector.grace_until is not None
    restarted = connector.since is None or waiting
    held = until_it_draws(connector.view, report, connector.now, restarted=restarted)
    over = connector.grace_until is not None and connector.grace_until <= step.now
    if held is None or over:
        step.connector(replace(connector, grace_until=None))
        return report
    if not waiting:
        step.connector(replace(connector, grace_until=step.after(DRAWS_WITHIN_S)))
    return held


def is_inoperative(step: Step, connector: Connector) -> bool:
    """Availability is per link (RULES §6); the link that holds control also sees what the charger itself refuses."""
    if connector.connector_id in step.durable.inoperative:
        return True
    return step.config.controls and connector.view is not None and not connector.view.operative


def refresh_all(step: Step) -> None:
    for connector_id in range(step.config.nameplate.connectors + 1):
        refresh(step, connector_id)


def _connector(step: Step, connector_id: int) -> Connector:
    """A connector not seen before stands where the platform last knew it."""
    known = step.state.connectors.get(connector_id)
    return known or Connector(connector_id=connector_id, now=step.durable.told.get(connector_id, Report()))


def _move(step: Step, connector_id: int, report: Report) -> None:
    connector = _connector(step, connector_id)
    if connector.since is None:  # first look since the start of this process: no history to tell
        step.connector(replace(connector, now=report, since=step.now))
        _tell_when_stable(step, connector_id)
        return
    if connector.now == report:
        return
    if connector_id == 0 or connector.now.status is report.status:
        ways: tuple[m.ChargePointStatus, ...] = (report.status,)
    else:
        ways = path(connector.now.status, report.status)
    for status in ways:
        reached = report if status is report.status else Report(status)
        step.connector(replace(_connector(step, connector_id), now=reached, since=step.now))
        _tell_when_stable(step, connector_id)


def _tell_when_stable(step: Step, connector_id: int) -> None:
    connector = _connector(step, connector_id)
    duration_s = configuration.integer(step.state, "MinimumStatusDuration")
    if duration_s:
        step.connector(replace(connector, due=step.after(duration_s)))
    else:
        _tell(step, connector)


def _tell(step: Step, connector: Connector) -> None:
    """Queue the report unless the platform knows, or will know, just that (a duty: errata 3.19)."""
    connector = replace(connector, due=None)
    if step.online and connector.now != (connector.queued or step.durable.told.get(connector.connector_id)):
        _doubt(step, connector.connector_id)
        step.call(notification(connector), AboutStatus(connector.connector_id, connector.now))
        connector = replace(connector, queued=connector.now)
    step.connector(connector)


def notification(connector: Connector) -> m.StatusNotificationRequest:
    report = connector.now
    return m.StatusNotificationRequest(
        connector_id=connector.connector_id,
        error_code=report.error_code,
        info=report.info,
        status=report.status,
        timestamp=whole_second(connector.since) if connector.since is not None else None,
    )


def tell_what_differs(step: Step) -> None:
    """Back online: the present status where it is not what the platform knows; nothing historical."""
    for connector_id in sorted(step.state.connectors):
        connector = step.state.connectors[connector_id]
        if connector.since is not None and connector.due is None:
            _tell(step, connector)


def tell_all(step: Step) -> None:
    """After an Accepted boot: the charge point and every connector (errata 3.22)."""
    step.save(told={})
    step.change(connectors={i: replace(c, queued=None) for i, c in step.state.connectors.items()})
    tell_what_differs(step)


def unplug_queue(step: Step) -> None:
    """The socket is gone, and with it what was on its way."""
    if any(connector.queued is not None for connector in step.state.connectors.values()):
        step.change(connectors={i: replace(c, queued=None) for i, c in step.state.connectors.items()})


def deadline(state: FaceState) -> datetime | None:
    return earliest(*(c.due for c in state.connectors.values()), *(c.grace_until for c in state.connectors.values()))


def reach(step: Step) -> None:
    for connector in list(step.state.connectors.values()):
        if connector.grace_until is not None and connector.grace_until <= step.now:
            refresh(step, connector.connector_id)
    for connector in list(step.state.connectors.values()):
        if connector.due is not None and connector.due <= step.now:
            _tell(step, connector)


def _told(step: Step, about: AboutStatus, _: m.StatusNotificationResponse) -> None:
    step.save(told=step.durable.told | {about.connector_id: about.report})


def _doubt(step: Step, connector_id: int) -> None:
    """Another report is on its way: until it is confirmed nobody knows what the platform believes, crash or not."""
    if connector_id in step.durable.told:
        step.save(told={i: report for i, report in step.durable.told.items() if i != connector_id})


def _not_told(step: Step, about: AboutStatus, error: OcppError | None) -> None:
    """Whether it arrived is not known: the next socket tells what is so."""


ANSWERED: dict[type[Struct], Callable[[Step, Any, Any], None]] = {AboutStatus: _told}
FAILED: dict[type[Struct], Callable[[Step, Any, OcppError | None], None]] = {AboutStatus: _not_told}
