"""Connects what pages and the API ask of the keys of chargers and links with the chargers that this process hosts.

A choice is an edit of its charger (`runtime.turn.Edit`): the core takes all of it and it is stored with its row of the
audit log, or the core's reason is the answer and nothing has changed.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .actions import key_questions as ask
from .actions import keys
from .actions.chargers import my_charger, my_chargers
from .actions.links import placed
from .bus import Bus, NobodyAnswers
from .chargepoint import configuration
from .chargepoint.events import KeysChosen
from .charger.events import SettingsChosen, SettingsPinChosen
from .charger.settings import KEYS
from .clock import Clock
from .reasons import Refused
from .runtime.fleet import Fleet
from .runtime.host import Host
from .runtime.link import Link
from .secret import PIN_DIGITS, pin_weakness
from .store.database import Database


class KeyWishes:
    """What hosted chargers tell of their keys, and do with them, for whoever asks."""

    def __init__(self, fleet: Fleet, database: Database, clock: Clock) -> None:
        self._fleet, self._database, self._clock = fleet, database, clock

    def serve(self, bus: Bus) -> None:
        bus.serve("keys", self.answer)

    async def answer(self, question: Any) -> Any:
        return await ANSWERS[type(question)](self, question)

    # --- chargers ---

    async def _chargers(self, question: ask.ListChargers) -> list[ask.ChargerAtHome]:
        found = await self._database.query(lambda db: my_chargers(db, question.actor))
        return [
            ask.ChargerAtHome(
                charger_id=one.charger_id,
                name=one.name,
                device=one.device,
                connectors=self._connectors(one.charger_id),
            )
            for one in found
        ]

    def _connectors(self, charger_id: str) -> int | None:
        return self._fleet[charger_id].core.nameplate.connectors if charger_id in self._fleet else None

    async def _settings(self, question: ask.ListSettings) -> list[ask.SettingNow]:
        return settings_of(await self._host(question))

    async def _choose_settings(self, question: ask.ChooseSettings) -> list[ask.SettingNow]:
        actor, charger_id, values = question.actor, question.charger_id, question.values
        await self._host(question)
        noted = partial(keys.note_settings, actor=actor, charger_id=charger_id, values=values, now=self._clock.now())
        await self._fleet.edit(charger_id, noted, event=lambda: SettingsChosen(values))
        return await self._settings(question)

    async def _choose_settings_pin(self, question: ask.ChooseSettingsPin) -> list[ask.SettingNow]:
        actor, charger_id, pin = question.actor, question.charger_id, question.pin
        host = await self._host(question)
        if (why := pin_weakness(pin.reveal())) is not None:
            shortest, longest = PIN_DIGITS
            raise Refused(why, shortest=shortest, longest=longest)
        noted = partial(keys.note_settings_pin, actor=actor, charger_id=charger_id, now=self._clock.now())
        await self._fleet.edit(charger_id, noted, event=lambda: SettingsPinChosen(host.mac_of(pin)))
        return settings_of(host)

    # --- links ---

    async def _keys(self, question: ask.ListKeys | ask.ChooseKeys) -> list[ask.KeyNow]:
        link, charger_id = await self._database.query(lambda db: placed(db, question.actor, question.name))
        return keys_of(self._link(charger_id, link.public_id, question.name))

    async def _choose_keys(self, question: ask.ChooseKeys) -> list[ask.KeyNow]:
        values = question.values
        link, charger_id = await self._database.query(lambda db: placed(db, question.actor, question.name))
        noted = partial(
            keys.note_keys, actor=question.actor, link_id=link.public_id, values=values, now=self._clock.now()
        )
        await self._fleet.edit(charger_id, noted, link.public_id, lambda: KeysChosen(values))
        return await self._keys(question)

    # --- parts ---

    async def _host(self, question: ask.ListSettings) -> Host:
        actor, charger_id = question.actor, question.charger_id
        await self._database.query(lambda db: my_charger(db, actor, charger_id))
        return self._hosted(charger_id)

    def _hosted(self, charger_id: str) -> Host:
        if charger_id not in self._fleet:
            raise NobodyAnswers(f"charger.{charger_id}")
        return self._fleet[charger_id]

    def _link(self, charger_id: str, link_id: str, name: str) -> Link:
        """One with a face: a link that was removed has none."""
        found = [link for link in self._hosted(charger_id).links if link.row.link_id == link_id]
        if not found:
            raise Refused("link.removed", charge_box_id=name)
        return found[0]


def settings_of(host: Host) -> list[ask.SettingNow]:
    """The charger's own keys, in the order of their table."""
    values = host.core.setting_values()
    return [
        ask.SettingNow(
            name=name, value=values[name], allowed=key.allowed, effect=key.effect, held_by=host.core.held_by(name)
        )
        for name, key in KEYS.items()
    ]


def keys_of(link: Link) -> list[ask.KeyNow]:
    """What its platform may read: `AuthorizationKey` is not among it (OCPP-J errata 3.12)."""
    config, state = link.face.config, link.face.state
    return [
        ask.KeyNow(name=name, value=configuration.text(state, name, config), writable=configuration.of_person(name))
        for name in configuration.listed(config)
    ]


ANSWERS: Mapping[type, Callable[[KeyWishes, Any], Any]] = {
    ask.ListChargers: KeyWishes._chargers,
    ask.ListSettings: KeyWishes._settings,
    ask.ChooseSettings: KeyWishes._choose_settings,
    ask.ChooseSettingsPin: KeyWishes._choose_settings_pin,
    ask.ListKeys: KeyWishes._keys,
    ask.ChooseKeys: KeyWishes._choose_keys,
}
