"""Meter values while a platform is away for very long: from a full queue on fewer are kept, never the first or last.

A queue within its quota keeps every value. Past it only every second value of a transaction is queued, past twice the
quota every fourth, and so on: the queue grows ever more slowly, and nothing that was stored is ever deleted. What is
left out is what errata 3.91 allows to leave out of StopTransaction: the values in between.
"""

import msgspec
from msgspec.structs import replace

from ..ocpp import messages as m
from . import outbox
from .state import FaceState, Transaction
from .step import Step

# 30 days of values every 300 s are 8 640; with them fit the starts and stops of more than 600 sessions.
QUOTA = 10_000


def stride(state: FaceState) -> int:
    """Of the values of a transaction each so-manieth is queued."""
    return 1 << outbox.queued(state) // QUOTA


def enqueue(step: Step, session_id: str, request: m.MeterValuesRequest) -> None:
    """Queue the value, or hold it back: it may turn out to be the last one."""
    transaction = step.durable.transactions[session_id]
    if transaction.valued and transaction.left_out + 1 < stride(step.state):
        held = msgspec.json.encode(request)
        step.keep(replace(transaction, left_out=transaction.left_out + 1, last_value=held))
        return
    if not transaction.valued or transaction.left_out:
        step.keep(replace(transaction, valued=True, left_out=0, last_value=b""))
    outbox.enqueue(step, request, session_id)


def last(step: Step, transaction: Transaction) -> None:
    """The transaction ends: the value that was left out last goes before its StopTransaction."""
    if transaction.last_value:
        request = msgspec.json.decode(transaction.last_value, type=m.MeterValuesRequest)
        outbox.enqueue(step, request, transaction.session_id)
