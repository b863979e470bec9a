"""Keys and links change: what follows for the charger (RULES §3, §6)."""

from ..facts import SettingAsked
from ..reasons import Reason
from . import control, goals, install, limits, lock, reservations, settings, visits
from .effects import Refuse
from .events import DriversChanged, LinksChanged, SettingsChosen
from .settings import Settings
from .state import Phase
from .turn import Turn


def setting_asked(turn: Turn, wish: SettingAsked) -> None:
    if not control.may_wish(turn, wish):
        return
    after = _written(turn, wish.key, wish.value)
    if isinstance(after, Reason):
        turn.refuse(wish, after.code, **after.params)
    else:
        turn.grant(wish)
        _apply(turn, after)


def settings_chosen(turn: Turn, event: SettingsChosen) -> None:
    """One after the other, FreeCharging first as others depend on it; the first that cannot be undoes all."""
    trial = Turn(turn.nameplate, turn.state, turn.ids, turn.now)
    unknown = [name for name in event.values if name not in settings.KEYS]
    for name in (*unknown, *(name for name in settings.KEYS if name in event.values)):
        after = _written(trial, name, event.values[name])
        if isinstance(after, Reason):
            turn.emit(Refuse(after))
            return
        _apply(trial, after)
    turn.take_over(trial)


def _written(turn: Turn, key: str, value: str) -> Settings | Reason:
    return settings.written(turn.settings, key, value, pinned=turn.state.durable.pinned)


def _apply(turn: Turn, after: Settings) -> None:
    before = turn.settings
    turn.set_durable(settings=after)
    if after.default_mode is not before.default_mode:
        lock.rest_at_default_mode(turn)
    if after.free_charging != before.free_charging:
        _free_charging_changed(turn)
    elif after.own_tag != before.own_tag:
        _start_waiting_cars(turn)


def _free_charging_changed(turn: Turn) -> None:
    """`false` acts after unplug if a session runs; `true` lets a waiting car start at once."""
    if turn.settings.free_charging:
        lock.reopen(turn)
        _start_waiting_cars(turn)
        return
    for connector_id in turn.connector_ids:  # Plug & Play that has not begun will not begin
        claim, asked = turn.visit(connector_id).claim, turn.seen(connector_id).ask
        if claim is not None and claim.own:
            visits.lapse(turn, connector_id)
        if asked is not None and asked.claim.own:
            control.forget(turn, connector_id, asked.purpose)
    if not turn.any_running():
        lock.close_if_asked(turn)


def _start_waiting_cars(turn: Turn) -> None:
    for connector_id in turn.connector_ids:
        if turn.visit(connector_id).phase is Phase.WAITING:
            visits.plug_and_play(turn, connector_id)


def drivers_changed(turn: Turn, event: DriversChanged) -> None:
    turn.set_state(drivers=event)
    goals.drivers_changed(turn)


def links_changed(turn: Turn, event: LinksChanged) -> None:
    """Questions to a platform that lost control will not be answered."""
    former = turn.state.links
    turn.set_state(links=event)
    limits.links_changed(turn, event)
    if former.control_link_id == event.control_link_id:
        return
    reservations.drop_others(turn, event.control_link_id)
    install.links_changed(turn)
    for connector_id in turn.connector_ids:
        asked = turn.seen(connector_id).ask
        if asked is not None:
            visits.not_admitted(turn, connector_id, asked, "tag.no_answer")
