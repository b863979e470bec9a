"""What a face hears besides its socket and its deadlines: facts of the charger, what its host and its owner tell."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from .. import facts
from ..ocpp import messages as m
from ..ocpp.security import SecurityEvent
from . import (
    authorisation,
    charging_profiles,
    configuration,
    core,
    events,
    link,
    metering,
    outbox,
    platform_clock,
    registration,
    requests,
    restarts,
    statuses,
    transactions,
)
from .effects import Refuse
from .maintenance import firmware, work
from .security import certificates, credentials, security_events
from .state import LinkPhase
from .step import Step

# --- host and owner ---------------------------------------------------------------------------------------------------


def _restarted(step: Step, event: events.Restarted) -> None:
    credentials.follow_owner(step)
    certificates.take_over(step)
    statuses.refresh(step, 0)
    metering.plan(step)
    charging_profiles.plan(step, anew=True)
    if step.config.paused:
        link.stop(step)
    elif step.state.link.phase in (LinkPhase.NEW, LinkPhase.STOPPED):
        link.start(step)
    work.resume(step)


def _choose_keys(step: Step, event: events.KeysChosen) -> None:
    refusal = configuration.refusal(event.values, step.config)
    if refusal is not None:
        step.do(Refuse(refusal))
        return
    for given, text in event.values.items():
        name = configuration.spelled(given)
        value = configuration.checked(name, text, step.config) if name is not None else None
        assert name is not None and value is not None
        core.set_key(step, name, value)


def _tag_learnt(step: Step, event: events.TagLearnt) -> None:
    info = m.IdTagInfo(expiry_date=event.expires_at, parent_id_tag=event.parent_id_tag, status=event.status)
    authorisation.learn(step, event.id_tag, info)


def _clock_set(step: Step, event: events.ClockSet) -> None:
    security_events.record(step, SecurityEvent.SETTING_SYSTEM_TIME, f"{event.seconds:+.0f} s")


def _store_was_full(step: Step, event: events.StoreWasFull) -> None:
    security_events.record(step, SecurityEvent.MEMORY_EXHAUSTION, "disk full", event.since)


EVENTS: Mapping[type[events.Event], Callable[[Step, Any], None]] = {
    events.ClockJudged: platform_clock.judged,
    events.ClockSet: _clock_set,
    events.KeyPairMade: certificates.key_pair_made,
    events.KeysChosen: _choose_keys,
    events.OutboxRead: transactions.read_on,
    events.Replayed: outbox.put_back,
    events.Restarted: _restarted,
    events.StoreWasFull: _store_was_full,
    events.TagLearnt: _tag_learnt,
    events.TransferMoved: work.moved,
}


# --- facts ------------------------------------------------------------------------------------------------------------


def _device_booted(step: Step, fact: facts.DeviceBooted) -> None:
    if not restarts.booted(step, fact):
        return
    core.device_down_or_up(step)
    _note_firmware(step, fact.firmware_version)
    registration.device_booted(step)
    security_events.device_booted(step)
    work.device_booted(step, fact)
    if step.state.link.phase is LinkPhase.DARK:
        link.connect(step)
    elif step.state.leaving:  # it booted before all was said: that goes on over the next socket
        step.change(leaving=False)
        step.reconnect = step.state.link.phase is LinkPhase.OPEN


def _note_firmware(step: Step, version: str | None) -> None:
    """The device may have come back with another one; the next BootNotification says so."""
    if version is not None:
        step.config = replace(step.config, nameplate=replace(step.config.nameplate, firmware_version=version))


def _device_went_dark(step: Step, fact: facts.DeviceWentDark) -> None:
    if not restarts.went_dark(step, fact):
        return
    if not fact.restarting:
        core.device_down_or_up(step)
    work.pause(step)
    if fact.restarting and step.state.link.phase is LinkPhase.OPEN:
        step.change(leaving=True)
    elif step.state.link.phase is not LinkPhase.STOPPED:
        link.go_dark(step)


def _settings_changed(step: Step, fact: facts.SettingsChanged) -> None:
    step.change(charger_keys=fact.values)


def _connector_changed(step: Step, fact: facts.ConnectorChanged) -> None:
    statuses.view_changed(step, fact.connector)


def _wish_answered(step: Step, fact: facts.WishAnswered) -> None:
    requests.wish_answered(step, fact)
    firmware.wish_answered(step, fact)


FACTS: Mapping[type[facts.Fact], Callable[[Step, Any], None]] = {
    facts.AuthorisationAsked: authorisation.asked,
    facts.ConnectorChanged: _connector_changed,
    facts.DeviceBooted: _device_booted,
    facts.DeviceWentDark: _device_went_dark,
    facts.InstallEnded: firmware.install_ended,
    facts.SessionEnded: transactions.ended,
    facts.SessionStarted: transactions.started,
    facts.SettingsChanged: _settings_changed,
    facts.WishAnswered: _wish_answered,
}
