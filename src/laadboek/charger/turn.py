"""One event's way through the charger: the state as it becomes, and the effects so far."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from ..facts import AnswerableWish, Fact, Mode, WishAnswered
from ..ids import Ids
from ..reasons import Reason
from .effects import Effect, Notify, Tell
from .settings import Settings
from .state import ChargerState, Nameplate, Power, Running, Seen, Visit


class Turn:
    """The one mutable thing while an event is handled; it only swaps values."""

    __slots__ = ("effects", "ids", "last_effects", "nameplate", "now", "state")

    def __init__(self, nameplate: Nameplate, state: ChargerState, ids: Ids, now: datetime) -> None:
        self.nameplate = nameplate
        self.state = state
        self.ids = ids
        self.now = now
        self.effects: list[Effect] = []
        self.last_effects: list[Effect] = []  # run after the levels were put out

    def take_over(self, trial: "Turn") -> None:
        """What was tried from here on is done."""
        self.state = trial.state
        self.effects += trial.effects
        self.last_effects += trial.last_effects

    @property
    def connector_ids(self) -> range:
        return range(1, len(self.state.seen) + 1)

    @property
    def settings(self) -> Settings:
        return self.state.durable.settings

    @property
    def on(self) -> bool:
        return self.state.power is Power.ON

    def visit(self, connector_id: int) -> Visit:
        assert connector_id >= 1
        return self.state.durable.visits[connector_id - 1]

    def seen(self, connector_id: int) -> Seen:
        assert connector_id >= 1
        return self.state.seen[connector_id - 1]

    def set_visit(self, connector_id: int, **changes: Any) -> None:
        visits = self.state.durable.visits
        changed = replace(self.visit(connector_id), **changes)
        self.set_durable(visits=(*visits[: connector_id - 1], changed, *visits[connector_id:]))

    def set_seen(self, connector_id: int, **changes: Any) -> None:
        self.put_seen(connector_id, replace(self.seen(connector_id), **changes))

    def put_seen(self, connector_id: int, changed: Seen) -> None:
        seen = self.state.seen
        self.state = replace(self.state, seen=(*seen[: connector_id - 1], changed, *seen[connector_id:]))

    def set_durable(self, **changes: Any) -> None:
        self.state = replace(self.state, durable=replace(self.state.durable, **changes))

    def set_state(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def set_mode(self, connector_id: int, mode: Mode) -> None:
        if self.visit(connector_id).mode is not mode:
            self.set_visit(connector_id, mode=mode)

    def any_running(self) -> bool:
        return any(visit.running is not None for visit in self.state.durable.visits)

    def running(self, session_id: str) -> tuple[int, Running] | None:
        """A session that goes on, and its connector."""
        for connector_id in self.connector_ids:
            running = self.visit(connector_id).running
            if running is not None and running.record.session_id == session_id:
                return connector_id, running
        return None

    def number_fact(self) -> int:
        """The next number: ascending, never reused."""
        self.set_durable(facts=self.state.durable.facts + 1)
        return self.state.durable.facts

    def emit(self, effect: Effect) -> None:
        self.effects.append(effect)

    def tell(self, fact: Fact, link_id: str | None = None) -> None:
        self.effects.append(Tell(fact, link_id))

    def notify(self, code: str, **params: str | int) -> None:
        self.effects.append(Notify(Reason(code, params)))

    def display(self, connector_id: int, code: str, **params: str | int) -> None:
        """Show the person at the charger what became of the attempt."""
        self.set_seen(connector_id, display=Reason(code, params))

    def answer(self, wish_id: int, link_id: str, why: Reason | None = None, *, granted: bool = True) -> None:
        self.tell(WishAnswered(wish_id, granted, why), link_id)

    def grant(self, wish: AnswerableWish, why: Reason | None = None) -> None:
        self.answer(wish.wish_id, wish.link_id, why)

    def refuse(self, wish: AnswerableWish, code: str, **params: str | int) -> None:
        self.answer(wish.wish_id, wish.link_id, Reason(code, params), granted=False)
