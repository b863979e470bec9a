"""Planted bugs: what the oracle is for. Each is one wrong thing that production code could do; see `found_by`.

That the oracle finds each of them, and nothing where none is planted, is the test of the test.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from ..chargepoint import effects as link_effects
from ..chargepoint import events as link_events
from ..chargepoint import face, outbox, step, transactions
from ..chargepoint import state as face_state
from ..charger.effects import SaveSession, Tell
from ..csms.connection import Connection as PlatformConnection
from ..facts import Kind, SessionEnded
from ..ocpp import messages as m
from ..ocpp.errors import OcppError
from ..runtime import saves
from ..runtime.turn import Turn
from ..store import frames, ledger, links
from ..store import outbox as stored_outbox
from ..store import transactions as stored_transactions
from .bugs_of_commands import BUGS_OF_COMMANDS
from .bugs_of_links import BUGS_OF_LINKS
from .planting import Bug, Patch, Wrong, planted
from .run import Plan, Report, simulate


def found_by(bug: Bug, seeds: Sequence[int], days: int = 3) -> tuple[int, Report] | None:
    """The first seed whose run shows that something is wrong."""
    for seed in seeds:
        with planted(bug):
            plan = Plan(days=days, seed=seed, faults=bug.faults, links=bug.links, stop_at_first=True)
            report = simulate(plan)
        if report.violations:
            return seed, report
    return None


# --- the platform -----------------------------------------------------------------------------------------------------


def _answers_before_commit(right: Any) -> Any:
    def submit(connection: Any, call: Any, text: bytes, now: Any, job: Any) -> Any:
        stream = connection._ids.random()
        before = stream.getstate()
        outcome = connection._database.read(job)  # what will be stored, if nothing comes in between
        stream.setstate(before)
        if isinstance(outcome.answer, OcppError | m.BootNotificationResponse):
            return right(connection, call, text, now, job)
        connection.socket.send(connection.rpc.answer(call.message_id, outcome.answer))
        shard = connection.charge_point.public_id
        return connection._database.submit(shard, job, lambda _: None, lambda _: None)

    return submit


def _takes_every_call_for_new(right: Any) -> Any:
    def keep_once(db: Any, frame: Any, answer: bytes) -> bool:
        right(db, frame, answer)
        return True

    return keep_once


def _books_every_start(right: Any) -> Any:
    def start(db: Any, charge_point: Any, begun: Any, draw_id: Any) -> Any:
        row, is_new = right(db, charge_point, begun, draw_id)
        if not is_new:
            begun = replace(begun, started_at=row.started_at + timedelta(microseconds=1))
            row, is_new = right(db, charge_point, begun, draw_id)
        return row, is_new

    return start


# --- the turn ---------------------------------------------------------------------------------------------------------


def _tells_no_end_when_offline(right: Any) -> Any:
    def sort(turn: Any, link: Any, effect: Any) -> None:
        offline = not any(one.sockets for one in turn._stage.links)
        if not (type(effect) is Tell and isinstance(effect.fact, SessionEnded) and offline):
            right(turn, link, effect)

    return sort


def _keeps_session(change: Callable[[Any], Any]) -> Wrong:
    """A session is written down otherwise than it was."""

    def wrong(right: Any) -> Any:
        return lambda charger, link, effect, drawing: right(charger, link, SaveSession(change(effect.session)), drawing)

    return wrong


def _without_last_quarter(session: Any) -> Any:
    ended = session.ended_at is not None and session.quarters
    return replace(session, end_register_wh=session.quarters[-1][1]) if ended else session


def _rounded(session: Any) -> Any:
    if session.energy_wh is None:
        return session
    return replace(session, end_register_wh=session.start_register_wh + session.energy_wh // 10 * 10)


def _sends_stop_without_keeping_it(right: Any) -> Any:
    def enqueue(charger: Any, link: Any, effect: Any, drawing: Any) -> Any:
        if effect.action == "StopTransaction":
            return lambda db: None
        return right(charger, link, effect, drawing)

    return enqueue


def _appends_twice(right: Any) -> Any:
    def append_session(db: Any, *arguments: Any) -> Any:
        right(db, *arguments)
        return right(db, *arguments)

    return append_session


# --- the face ---------------------------------------------------------------------------------------------------------


def _counts_anew_after_restart(right: Any) -> Any:
    def message_id(step: Any) -> str:
        number = step.state.next_message
        step.change(next_message=number + 1)
        return f"{step.durable.id_prefix}-{number}"

    return message_id


def _enqueues_stop_twice(right: Any) -> Any:
    def enqueue(step: Any, request: Any, session_id: str) -> None:
        right(step, request, session_id)
        if isinstance(request, m.StopTransactionRequest):
            right(step, request, session_id)

    return enqueue


def _fills_in_the_newest_id(right: Any) -> Any:
    def filled_in(step: Any, entry: Any) -> Any:
        *_, newest = step.durable.transactions
        return right(step, replace(entry, session_id=newest))

    return filled_in


def _resends(change: Callable[[Any], Any]) -> Wrong:
    """What was sent before goes out otherwise."""

    def wrong(right: Any) -> Any:
        def attempt(step: Any) -> None:
            queue = step.state.outbox
            if queue.entries and queue.entries[0].text is not None and not queue.entries[0].refused:
                step.change(outbox=replace(queue, entries=(change(queue.entries[0]), *queue.entries[1:])))
            right(step)

        return attempt

    return wrong


def _forgets_transaction_ids(right: Any) -> Any:
    def encode_state(durable: Any) -> bytes:
        known = {key: replace(one, transaction_id=None) for key, one in durable.transactions.items()}
        return bytes(right(replace(durable, transactions=known)))

    return encode_state


def _reads_the_meter_once(right: Any) -> Any:
    def handle(face: Any, event: Any, now: Any) -> Any:
        if isinstance(event, link_events.MeterRead) and face.state.readings:
            return []
        return right(face, event, now)

    return handle


def _finds(change: Callable[[list[Any]], list[Any]]) -> Wrong:
    return lambda right: lambda *arguments, **named: change(right(*arguments, **named))


def _forgets_applied_facts(right: Any) -> Any:
    return lambda db, link_id, version, blob, applied_fact: right(db, link_id, version, blob, 0)


BUGS = (
    {
        "answered before the commit": Bug(
            "The platform answers, then stores.", (Patch(PlatformConnection, "_submit", _answers_before_commit),)
        ),
        "repeated start booked again": Bug(
            "A StartTransaction that comes again becomes another transaction.",
            (
                Patch(frames, "keep_once", _takes_every_call_for_new),
                Patch(stored_transactions, "start", _books_every_start),
            ),
        ),
        "fact lost between charger and face": Bug(
            "The end of a session is not told to a face that is offline.",
            (Patch(Turn, "_sort", _tells_no_end_when_offline),),
        ),
        "register off by the last quarter": Bug(
            "The ledger's end register is that of the last quarter-hour.",
            (Patch(saves.SAVES, SaveSession, _keeps_session(_without_last_quarter)),),
        ),
        "energy rounded": Bug(
            "The ledger's energy is rounded to 10 Wh.", (Patch(saves.SAVES, SaveSession, _keeps_session(_rounded)),)
        ),
        "kind lost": Bug(
            "All sessions are private.",
            (Patch(saves.SAVES, SaveSession, _keeps_session(lambda session: replace(session, kind=Kind.PRIVATE))),),
        ),
        "ledger entry appended twice": Bug(
            "A session is twice in the chain.", (Patch(ledger, "append_session", _appends_twice),)
        ),
        "stop sent without being kept": Bug(
            "StopTransaction is only in memory.",
            (Patch(saves.SAVES, link_effects.Enqueue, _sends_stop_without_keeping_it),),
        ),
        "outbox row dropped": Bug(
            "After a restart the newest waiting message is not there.",
            (Patch(stored_outbox, "pending", _finds(lambda rows: rows[:-1])),),
        ),
        "outbox order swapped": Bug(
            "After a restart the newest waiting message goes first.",
            (Patch(stored_outbox, "pending", _finds(lambda rows: rows[::-1])),),
        ),
        "message id used again": Bug(
            "After a restart message ids count from one.", (Patch(step.Step, "message_id", _counts_anew_after_restart),)
        ),
        "session stopped twice": Bug(
            "StopTransaction is queued twice.", (Patch(outbox, "enqueue", _enqueues_stop_twice),)
        ),
        "transaction id mixed up": Bug(
            "What still waits of a transaction carries the id of the next one.",
            (Patch(outbox, "_filled_in", _fills_in_the_newest_id),),
        ),
        "transaction id forgotten": Bug(
            "The platform's transaction id is not kept.", (Patch(face_state, "encode_state", _forgets_transaction_ids),)
        ),
        "resent under a new id": Bug(
            "What went out on a lost socket goes out under another id.",
            (Patch(outbox, "attempt", _resends(lambda entry: replace(entry, text=None))),),
        ),
        "resent with other bytes": Bug(
            "What went out on a lost socket is written anew.",
            (Patch(outbox, "attempt", _resends(lambda entry: replace(entry, text=entry.text + b" "))),),
        ),
        "meter value of another moment": Bug(
            "Meter values show the reading of the face's first turn.",
            (Patch(face.Face, "handle", _reads_the_meter_once),),
        ),
        "fact applied twice": Bug(
            "After a restart a face is told again what it has done.",
            (
                Patch(links, "save_state", _forgets_applied_facts),
                Patch(transactions, "_is_new", lambda right: lambda step, number: True),
            ),
        ),
    }
    | BUGS_OF_LINKS
    | BUGS_OF_COMMANDS
)
