"""One event on its way through a face: the state it may swap, the effects it collects."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ..facts import Wish
from ..ids import Ids
from ..ocpp.rpc import Rpc
from ..ocpp.types import Payload
from ..reasons import Reason
from .config import LinkConfig
from .effects import AskCharger, Effect, Notify, SendText
from .state import Connector, Durable, FaceState, Outgoing, Transaction

ID_BLOCK = 1000  # message ids reserved per save; a restart skips what is left of its block
FAR_S = 100 * 366 * 86_400  # nothing is put off longer than this: dates end in the year 9999


class Step:
    """Handed to every function of the face. Nothing outlives it but `state`, `rpc` and `effects`."""

    def __init__(self, config: LinkConfig, state: FaceState, rpc: Rpc | None, ids: Ids, now: datetime) -> None:
        self.config, self.state, self.rpc, self.ids, self.now = config, state, rpc, ids, now
        self.effects: list[Effect] = []
        self.reconnect = False  # leave this socket for a new one, once all is said

    @property
    def durable(self) -> Durable:
        return self.state.durable

    @property
    def online(self) -> bool:
        return self.state.online

    def change(self, **fields: Any) -> None:
        self.state = replace(self.state, **fields)

    def save(self, **fields: Any) -> None:
        self.state = replace(self.state, durable=replace(self.state.durable, **fields))

    def link(self, **fields: Any) -> None:
        self.state = replace(self.state, link=replace(self.state.link, **fields))

    def registration(self, **fields: Any) -> None:
        self.state = replace(self.state, registration=replace(self.state.registration, **fields))

    def connector(self, connector: Connector) -> None:
        self.change(connectors=self.state.connectors | {connector.connector_id: connector})

    def keep(self, transaction: Transaction) -> None:
        self.save(transactions=self.durable.transactions | {transaction.session_id: transaction})

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def ask(self, wish: Wish) -> None:
        self.effects.append(AskCharger(wish))

    def notify(self, code: str, **params: str | int) -> None:
        self.effects.append(Notify(Reason(code, {"link": self.config.link_id, **params})))

    def wish_id(self) -> int:
        number = self.state.next_wish
        self.change(next_wish=number + 1)
        return number

    def message_id(self) -> str:
        """Unique over all sockets of this ChargeBoxID (OCPP-J errata 3.7), also after a restart."""
        number = self.state.next_message
        self.change(next_message=number + 1)
        if number >= self.durable.id_block_end:
            self.save(id_block_end=number + ID_BLOCK)
        return f"{self.durable.id_prefix}-{number}"

    def call(self, request: Payload, about: Struct, *, triggered: bool = False) -> None:
        """Queue a Call that is not a transaction message."""
        self.change(waiting=(*self.state.waiting, Outgoing(request, about, triggered)))

    def send(self, text: bytes) -> None:
        self.do(SendText(self.state.link.socket_no, text))
        self.link(last_sent_at=self.now)

    def after(self, seconds: float) -> datetime:
        """So many seconds from now; what a platform sends may be more than a date can hold."""
        return self.now + timedelta(seconds=min(seconds, FAR_S))


def whole_second(instant: datetime) -> datetime:
    """As instants are written on the wire."""
    return instant.replace(microsecond=0)


def earliest(*instants: datetime | None) -> datetime | None:
    first = None
    for instant in instants:
        if instant is not None and (first is None or instant < first):
            first = instant
    return first
