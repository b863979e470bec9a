"""The device boots, goes dark, comes back; Laadboek restarts (RULES §2)."""

from datetime import datetime

from msgspec.structs import replace

from .. import facts
from ..facts import EndReason, Pilot
from . import boosts, control, lock, meter, settings, visits
from .events import DeviceBooted, DeviceResynced, PowerFailing, PowerLost
from .phases import WITH_CLAIM
from .state import Hold, Phase, Power, Running, Seen
from .turn import Turn


def power_failing(turn: Turn, event: PowerFailing) -> None:
    """Backup power lasts just long enough (case 032_1)."""
    if turn.on:
        close_books(turn, EndReason.POWER_LOSS)
        go_quiet(turn, Power.FAILING)


def power_lost(turn: Turn, event: PowerLost) -> None:
    """Save what the meter showed last; the session is closed when the device is back and shows more."""
    if turn.state.power is Power.OFF:
        return
    for connector_id in turn.connector_ids if turn.on else ():
        running = turn.visit(connector_id).running
        if running is not None:
            turn.set_visit(connector_id, running=replace(running, mark=meter.mark(turn, connector_id)))
    go_quiet(turn, Power.OFF)
    turn.tell(facts.DeviceWentDark(had_its_restart(turn)))


def close_books(turn: Turn, reason: EndReason, over_link: str | None = None) -> None:
    """End every session now."""
    for connector_id in turn.connector_ids:
        if turn.visit(connector_id).running is not None:
            visits.stop(turn, connector_id, reason, over_link=over_link)


def go_quiet(turn: Turn, power: Power) -> None:
    """Nothing starts any more until the device is back; nobody is left without an answer."""
    turn.set_state(power=power)
    for connector_id in turn.connector_ids:
        if turn.visit(connector_id).phase in WITH_CLAIM:
            visits.lapse(turn, connector_id)
        asked = turn.seen(connector_id).ask
        if asked is not None:
            control.forget(turn, connector_id, asked.purpose)
        lock.unlock_failed(turn, connector_id)


# Back again.


def device_booted(turn: Turn, event: DeviceBooted) -> None:
    """A reboot: the open session is closed at the last trusted register, the mode returns to the default mode."""
    known_until_now = turn.on
    turn.tell(facts.DeviceBooted(event.firmware_version, had_its_restart(turn)))
    if turn.state.durable.owed_reboot is not None:  # whichever boot this is, none is owed any more
        turn.set_durable(owed_reboot=None)
    turn.set_state(power=Power.ON, fault=None, install=None)
    for connector_id in turn.connector_ids:
        if turn.visit(connector_id).running is not None:
            car = visits.CAR_THERE.get(event.pilots.get(connector_id, Pilot.A), False)
            _after_power_loss(turn, connector_id, car, known_until_now)
        _new_visit(turn, connector_id)
    if not turn.any_running():
        lock.close_if_asked(turn)
    _look_around(turn, event)


def had_its_restart(turn: Turn) -> str | None:
    """The link whose face restarted when its platform asked for this boot: to that platform it happened then."""
    owed = turn.state.durable.owed_reboot
    return owed.link_id if owed is not None and owed.begun else None


def _after_power_loss(turn: Turn, connector_id: int, car: bool, known_until_now: bool) -> None:
    before = turn.visit(connector_id).running
    assert before is not None
    if not known_until_now:
        meter.reconcile(turn, connector_id)
    running = turn.visit(connector_id).running
    assert running is not None
    running = replace(running, record=meter.flagged(running, "power_loss"))
    turn.set_visit(connector_id, running=running)
    if turn.settings.resume_after_power_loss and car and turn.visit(connector_id).phase is Phase.RUNNING:
        return
    ended_at, register_wh = (None, None) if known_until_now else _trusted(turn, before)
    visits.stop(turn, connector_id, EndReason.POWER_LOSS, ended_at=ended_at, register_wh=register_wh)


def _trusted(turn: Turn, before: Running) -> tuple[datetime | None, int | None]:
    """When the device was last known to live, and the register that counts: a meter that keeps its own knows best."""
    mark = before.mark
    if mark is None:
        return before.record.started_at, before.record.start_register_wh
    if turn.nameplate.keeps_register:
        return mark.at, None
    return mark.at, mark.register_wh + before.carry_wh


def _new_visit(turn: Turn, connector_id: int) -> None:
    """What the device finds when it starts is a new visit, unless the session goes on. The site has not restarted."""
    lock.unlock_failed(turn, connector_id)
    seen = turn.seen(connector_id)
    turn.put_seen(connector_id, seen_again(seen))
    if turn.visit(connector_id).running is None:
        turn.set_visit(
            connector_id,
            phase=Phase.IDLE,
            claim=None,
            due_at=None,
            hold=Hold.AS_NEEDED,
            mode=turn.settings.default_mode,
            **boosts.WISHES,
        )


def seen_again(seen: Seen) -> Seen:
    """What outlives a restart of the device: its meter's word, and what the site gives."""
    return Seen(reading=seen.reading, allotment=seen.allotment, plan=seen.plan, sun_w=seen.sun_w, sun=seen.sun)


def device_resynced(turn: Turn, event: DeviceResynced) -> None:
    """Only Laadboek restarted, or lost sight of the device: mode and session go on."""
    for connector_id in turn.connector_ids:
        if not turn.on:
            meter.reconcile(turn, connector_id)
        turn.set_seen(connector_id, limit_ma=None, held=None, told=None)
    turn.set_state(power=Power.ON)
    for connector_id in turn.connector_ids:
        visits.lapse_overdue(turn, connector_id)
    _look_around(turn, event)


def _look_around(turn: Turn, event: DeviceBooted | DeviceResynced) -> None:
    """Take what the device finds as if it happened now, and put all levels out anew."""
    turn.tell(facts.SettingsChanged(settings.values(turn.settings)))
    for connector_id in turn.connector_ids:
        loose = not turn.nameplate.tethered
        pilot = event.pilots.get(connector_id, Pilot.A)
        cable = event.cables.get(connector_id, pilot is not Pilot.A)
        if loose and cable:
            known_ma = turn.seen(connector_id).cable_limit_ma
            turn.set_seen(connector_id, cable_limit_ma=event.cable_limits_ma.get(connector_id, known_ma))
            visits.take_cable(turn, connector_id, True)
        visits.take_pilot(turn, connector_id, pilot)
        if loose and not cable:
            visits.take_cable(turn, connector_id, False)
    visits.expire(turn)
