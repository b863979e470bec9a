"""People who identify at the charger, by PIN or tag, and what the platform says about them (RULES §1, §3, §6)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from ..facts import Authorised, EndReason, StartAsked
from ..reasons import Reason
from . import control, lock, obstacles, reservations, validity, visits
from .effects import Refuse
from .events import Driver, NetworkChanged, OwnerUnlocked, PinEntered, SettingsPinChosen, TagPresented
from .pads import pin_budget
from .state import Ask, Claim, Pad, Purpose, Running, same_group, same_tag
from .turn import Turn

TRY_INTERVAL = timedelta(seconds=2)
PAD_LOCKED_FOR = timedelta(hours=24)
OFFLINE_UNLOCK = timedelta(minutes=10)  # without network the settings PIN works, even if it is switched off


# The pad.


def pin_entered(turn: Turn, event: PinEntered) -> None:
    if not turn.on or not _pad_takes(turn, event.connector_id):
        return
    driver = next((d for d in turn.state.drivers.drivers if d.pin_mac == event.pin_mac), None)
    if driver is not None:
        turn.set_durable(pad=Pad(tried_at=turn.now))
        identified(turn, event.connector_id, claim_of(driver), validity.refusal(turn, driver))
    elif _is_settings_pin(turn, event.pin_mac):
        turn.set_durable(pad=Pad(tried_at=turn.now), unlocked=True)
        turn.display(event.connector_id, "charger.unlocked")
        if not turn.settings.pin_unlock:
            turn.notify("settings_pin.used_offline")
        lock.insist_on_own_pin(turn)
    else:
        _count_wrong(turn, event.connector_id)


def _pad_takes(turn: Turn, connector_id: int) -> bool:
    pad = _pad_by_this_clock(turn)
    if pad.locked_at is not None and turn.now < pad.locked_at + PAD_LOCKED_FOR:
        turn.display(connector_id, "pad.locked")
        return False
    if pad.locked_at is not None:
        turn.set_durable(pad=Pad())
    elif pad.tried_at is not None and turn.now < pad.tried_at + TRY_INTERVAL:
        turn.display(connector_id, "pad.too_soon")
        return False
    return True


def pad_locked_until(turn: Turn) -> datetime | None:
    """Unless an owner unlocks it before."""
    locked_at = turn.state.durable.pad.locked_at
    until = None if locked_at is None else locked_at + PAD_LOCKED_FOR
    return until if until is not None and turn.now < until else None


def _pad_by_this_clock(turn: Turn) -> Pad:
    """A try or a lock from the future: our clock was set back. The lock then counts from now on, at most 24 hours."""
    pad = turn.state.durable.pad
    if pad.tried_at is not None and pad.tried_at > turn.now:
        pad = replace(pad, tried_at=None)
    if pad.locked_at is not None and pad.locked_at > turn.now:
        pad = replace(pad, locked_at=turn.now)
    if pad is not turn.state.durable.pad:
        turn.set_durable(pad=pad)
    return pad


def _is_settings_pin(turn: Turn, pin_mac: bytes) -> bool:
    offline_since = turn.state.offline_since
    usable = turn.settings.pin_unlock or (offline_since is not None and turn.now >= offline_since + OFFLINE_UNLOCK)
    own = turn.state.durable.settings_pin_mac
    return usable and pin_mac == (turn.state.drivers.settings_pin_mac if own is None else own)


def settings_pin_chosen(turn: Turn, event: SettingsPinChosen) -> None:
    """The owner's own from now on; neither a driver's, nor the one that everybody knows."""
    if event.pin_mac == turn.state.drivers.settings_pin_mac:
        turn.emit(Refuse(Reason("pin.factory")))
    elif any(driver.pin_mac == event.pin_mac for driver in turn.state.drivers.drivers):
        turn.emit(Refuse(Reason("pin.taken")))
    else:
        turn.set_durable(settings_pin_mac=event.pin_mac)


def _count_wrong(turn: Turn, connector_id: int) -> None:
    wrong = turn.state.durable.pad.wrong + 1
    with_pin = sum(driver.pin_mac is not None for driver in turn.state.drivers.drivers)
    if wrong < pin_budget(turn.nameplate.pad_values, with_pin):
        turn.set_durable(pad=Pad(wrong=wrong, tried_at=turn.now))
        turn.display(connector_id, "pin.wrong")
    else:
        turn.set_durable(pad=Pad(wrong=wrong, tried_at=turn.now, locked_at=turn.now))
        turn.display(connector_id, "pad.locked")
        turn.notify("pad.locked", tries=wrong)


def owner_unlocked(turn: Turn, event: OwnerUnlocked) -> None:
    turn.set_durable(pad=Pad(), unlocked=True)


def network_changed(turn: Turn, event: NetworkChanged) -> None:
    if event.online:
        turn.set_state(offline_since=None)
    elif turn.state.offline_since is None:
        turn.set_state(offline_since=turn.now)


# Identities.


def tag_presented(turn: Turn, event: TagPresented) -> None:
    if turn.on:
        driver = driver_of(turn, event.id_tag)
        claim = unknown(turn, event.id_tag) if driver is None else claim_of(driver)
        identified(turn, event.connector_id, claim, None if driver is None else validity.refusal(turn, driver))


def driver_of(turn: Turn, id_tag: str) -> Driver | None:
    return next((d for d in turn.state.drivers.drivers if same_tag(d.id_tag, id_tag)), None)


def claim_of(driver: Driver) -> Claim:
    return Claim(
        id_tag=driver.id_tag,
        kind=driver.kind,
        mode=driver.mode,
        driver_id=driver.driver_id,
        driver_name=driver.name,
    )


def unknown(turn: Turn, id_tag: str) -> Claim:
    """A tag that only the control link's platform may vouch for: its session is that link's (RULES §6)."""
    links = turn.state.links
    return Claim(
        id_tag=id_tag, kind=links.default_kind, mode=turn.settings.remote_mode, over_link=links.control_link_id
    )


def identified(turn: Turn, connector_id: int, claim: Claim, refusal: Reason | None) -> None:
    """Somebody at the charger showed who they are: this stops their own session, or starts one.

    `refusal`: why they may not start one. It binds whoever decides otherwise: a PIN is the owner's to give and to take.
    """
    running = turn.visit(connector_id).running
    if running is not None and same_tag(running.record.id_tag, claim.id_tag):
        # As the session spells it: there are platforms that compare with case.
        visits.stop(turn, connector_id, EndReason.LOCAL, by_tag=running.record.id_tag)
        turn.display(connector_id, "session.stopped")
    elif running is not None and not running.claim.own:
        _other_in_session(turn, connector_id, claim, running)
    elif refusal is not None:
        turn.display(connector_id, refusal.code, **refusal.params)
    elif (why := obstacles.obstacle(turn, connector_id)) is not None:
        turn.display(connector_id, why.code)
    elif reservations.refuses(turn, connector_id, claim):
        turn.display(connector_id, "connector.reserved")
    elif reservations.bars(turn, connector_id, claim) or control.must_ask(turn, claim):
        control.ask(turn, connector_id, Purpose.START, claim)
    elif claim.driver_id is None:
        turn.display(connector_id, "tag.unknown")
    else:
        visits.admit(turn, connector_id, claim)


def _other_in_session(turn: Turn, connector_id: int, claim: Claim, running: Running) -> None:
    """Refused without asking, but where the platform named a group for the session's tag (case 069)."""
    if running.claim.parent_id_tag is not None and turn.state.links.control_link_id is not None:
        control.ask(turn, connector_id, Purpose.STOP, claim)
    else:
        turn.display(connector_id, "session.other_tag")


# What the platform says.


def authorised(turn: Turn, event: Authorised) -> None:
    """The answer to an open question; one that nobody waits for any more is ignored."""
    if event.link_id != turn.state.links.control_link_id:
        return
    for connector_id in turn.connector_ids:
        asked = turn.seen(connector_id).ask
        if asked is not None and asked.ask_id == event.ask_id:
            ANSWERS[asked.purpose](turn, connector_id, asked, event)


def _start_answered(turn: Turn, connector_id: int, asked: Ask, event: Authorised) -> None:
    claim = replace(asked.claim, parent_id_tag=event.parent_id_tag)
    if not event.accepted:
        visits.not_admitted(turn, connector_id, asked, "tag.refused")
    elif reservations.bars(turn, connector_id, claim):
        visits.not_admitted(turn, connector_id, asked, "connector.reserved")
    else:
        visits.admit(turn, connector_id, claim)


def _stop_answered(turn: Turn, connector_id: int, asked: Ask, event: Authorised) -> None:
    control.forget(turn, connector_id, Purpose.STOP)
    running = turn.visit(connector_id).running
    assert running is not None, "the session's end drops the question"
    if event.accepted and same_group(running.claim.parent_id_tag, event.parent_id_tag):
        visits.stop(turn, connector_id, EndReason.LOCAL, by_tag=asked.claim.id_tag)
        turn.display(connector_id, "session.stopped")
    else:
        turn.display(connector_id, "session.other_tag")


ANSWERS: dict[Purpose, Callable[[Turn, int, Ask, Authorised], None]] = {
    Purpose.START: _start_answered,
    Purpose.STOP: _stop_answered,
}


def claim_of_remote(turn: Turn, wish: StartAsked) -> tuple[Claim, Reason | None]:
    """Whom a platform starts a session for (a known driver keeps the own kind), and why that one may not charge."""
    driver = driver_of(turn, wish.id_tag)
    claim = unknown(turn, wish.id_tag) if driver is None else claim_of(driver)
    claim = replace(
        claim, mode=turn.settings.remote_mode, over_link=wish.link_id, charging_profile=wish.charging_profile
    )
    return claim, None if driver is None else validity.refusal(turn, driver)
