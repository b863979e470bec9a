"""Planted bugs of links: what one platform is told of others' sessions, and what becomes of a message that fails."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ..chargepoint import link, outbox, routing, statuses, transactions
from ..chargepoint import state as face_state
from ..chargepoint.config import LinkConfig
from ..chargepoint.face import Face
from ..chargepoint.step import Step
from ..charger import identify
from ..charger import state as charger_state
from ..runtime.host import Host
from ..store import links
from ..store import outbox as stored_outbox
from ..store.errors import StoreFull
from .planting import Bug, Patch


def _does_nothing(right: Any) -> Any:
    return lambda *arguments, **named: None


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda right: lambda *arguments, **named: value


# --- routing ----------------------------------------------------------------------------------------------------------


def _shows_everything(right: Any) -> Any:
    return lambda step, view: view


# --- the outbox -------------------------------------------------------------------------------------------------------


def _settles_what_was_refused(right: Any) -> Any:
    def settle(db: Any, link_id: int, seq: int, outcome: str, answer: bytes, at: Any) -> None:
        right(db, link_id, seq, "acked" if outcome == "set_aside" else outcome, answer, at)

    return settle


def _repeats_under_the_refused_id(right: Any) -> Any:
    def attempt(step: Any) -> None:
        queue = step.state.outbox
        if queue.entries and queue.entries[0].refused:
            step.change(outbox=replace(queue, entries=(replace(queue.entries[0], refused=False), *queue.entries[1:])))
        right(step)

    return attempt


def _names_no_transaction(right: Any) -> Any:
    def filled_in(step: Any, entry: Any) -> Any:
        request = right(step, entry)
        return replace(request, transaction_id=-1) if entry.action == "MeterValues" else request

    return filled_in


def _only_what_was_never_sent(right: Any) -> Any:
    return lambda *arguments, **named: [row for row in right(*arguments, **named) if row.latest is None]


def _sends_twice(right: Any) -> Any:
    def send(step: Any, text: bytes) -> None:
        right(step, text)
        right(step, text)

    return send


def _without(field: str) -> Callable[[Any], Any]:
    return lambda right: lambda durable: right(replace(durable, **{field: ()}))


# --- a full disk ------------------------------------------------------------------------------------------------------


def _takes_full_for_done(right: Any) -> Any:
    def undo(host: Any, turn: Any, error: Any) -> None:
        if isinstance(error, StoreFull):
            host._committed(turn, None)
        else:
            right(host, turn, error)

    return undo


def _forgets_what_found_no_room(right: Any) -> Any:
    def wait_for_room(host: Any, turn: Any) -> None:
        right(host, turn)
        host._mailbox.clear()

    return wait_for_room


BUGS_OF_LINKS = {
    "private session told to the employer": Bug(
        "Every session is routed to every link.", (Patch(routing, "is_routed", _always(True)),), "none", 3
    ),
    "register of all sessions shown": Bug(
        "A filtered link shows the meter's own register.",
        (Patch(LinkConfig, "own_register", lambda right: property(lambda config: False)),),
        "none",
        3,
    ),
    "status of a hidden session shown": Bug(
        "A filtered link sees the connector as it is.", (Patch(routing, "shown", _shows_everything),), "none", 3
    ),
    "session kept from its own link": Bug(
        "Nothing is routed anywhere.", (Patch(routing, "is_routed", _always(False)),), "none", 3
    ),
    "set aside and dropped": Bug(
        "What was refused too often counts as delivered.",
        (Patch(stored_outbox, "settle", _settles_what_was_refused),),
        "platforms",
        3,
    ),
    "repeated under the refused id": Bug(
        "After a CALLERROR the same message id comes again.",
        (Patch(outbox, "attempt", _repeats_under_the_refused_id),),
        "platforms",
        3,
    ),
    "no transaction though there is one": Bug(
        "Meter values carry -1 while their start is alive.", (Patch(outbox, "_filled_in", _names_no_transaction),)
    ),
    "late answer ignored": Bug(
        "An answer on a socket that was given up counts for nothing.",
        (Patch(transactions, "late_answer", _does_nothing),),
        "slow",
        3,
    ),
    "sent once is taken for delivered": Bug(
        "After a crash between commit and send a message is not sent any more.",
        (Patch(stored_outbox, "pending", _only_what_was_never_sent),),
    ),
    "everything sent twice": Bug("Each frame leaves twice.", (Patch(Step, "send", _sends_twice),), "none"),
    "dials without a pause": Bug("There is no back-off.", (Patch(link, "_wait_s", _always(0.0)),)),
    "statuses forgotten after an absence": Bug(
        "After a reconnect nobody tells what changed meanwhile.",
        (Patch(statuses, "tell_what_differs", _does_nothing),),
        "network",
    ),
    "status taken for told": Bug(
        "What was on its way on a lost socket counts as not said.",
        (Patch(statuses, "_doubt", _does_nothing),),
        "slow",
        3,
    ),
    "full disk taken for done": Bug(
        "What found no room is acted upon all the same.", (Patch(Host, "_undo", _takes_full_for_done),), "disk"
    ),
    "event lost when there was no room": Bug(
        "What happened while the disk was full is forgotten.",
        (Patch(Host, "_wait_for_room", _forgets_what_found_no_room),),
        "disk",
    ),
    "transaction of a removed link left open": Bug(
        "A link is removed, and what ran there never stops.",
        (Patch(transactions, "give_up", _does_nothing),),
        "owner",
        3,
    ),
    "removed link goes on": Bug(
        "A link that was removed keeps its face.",
        (Patch(links, "hosted", lambda right: links.of_charger),),
        "owner",
        3,
    ),
    "pause without effect": Bug(
        "A link that was paused stays on the air.", (Patch(Face, "_config_changed", _does_nothing),), "owner", 3
    ),
    "limit forgotten by a restart": Bug(
        "Neither charging profiles nor the levels that they asked for are kept.",
        (
            Patch(face_state, "encode_state", _without("charging_profiles")),
            Patch(charger_state, "encode_state", _without("limits")),
        ),
        "crashes",
        3,
    ),
    "pad deaf after the clock was set": Bug(
        "A try in the future holds the pad.",
        (Patch(identify, "_pad_by_this_clock", lambda right: lambda turn: turn.state.durable.pad),),
        "clock",
    ),
}
