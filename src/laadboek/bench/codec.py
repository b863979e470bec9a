"""What a message costs: decode, validate and encode a realistic mix, beside PyPI `ocpp` in the same run.

Two comparisons, each in CPU time per message:

- *codec*: a call from text to typed value and from typed value to text, both validated, nothing else;
- *call*: what a central system does with a call between its socket and its handler: decode, validate, answer,
  validate, encode; here through `Rpc`, there through `route_message`.

PyPI `ocpp` validates in a thread pool unless told otherwise; both settings are measured, and the ratios are against the
cheaper one.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median
from typing import Any

import ocpp.messages  # type: ignore[import-untyped]
import ocpp.v16.call  # type: ignore[import-untyped]
from msgspec import json
from ocpp.charge_point import (  # type: ignore[import-untyped]
    camel_to_snake_case,
    remove_nones,
    serialize_as_dict,
    snake_to_camel_case,
)
from ocpp.routing import on  # type: ignore[import-untyped]
from ocpp.v16 import ChargePoint, call_result

from ..ocpp import frames
from ..ocpp import messages as m
from ..ocpp.payloads import decode
from ..ocpp.rpc import REQUESTS, Call, Rpc, Side
from .measurands import MEASURANDS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = "2026-03-01T12:{:02d}:30.000Z"
MESSAGE_ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
OUR_PASSES = 40  # of the mix per round: about as long as one pass of the other


def _sampled_value(index: int, context: str = "Sample.Periodic") -> dict[str, str]:
    measurand, unit, phase = MEASURANDS[index % len(MEASURANDS)]
    value = {"value": f"{1234.5 + 17.3 * index:.1f}", "context": context, "format": "Raw", "measurand": measurand}
    return value | {"location": "Outlet", "unit": unit} | ({"phase": phase} if phase else {})


def _meter_values(minute: int, count: int) -> dict[str, Any]:
    sampled = [_sampled_value(index) for index in range(count)]
    return {
        "connectorId": 1,
        "transactionId": 424242,
        "meterValue": [{"timestamp": AT.format(minute), "sampledValue": sampled}],
    }


BOOT = {
    "chargePointVendor": "Acme",
    "chargePointModel": "AC-22-T2",
    "chargePointSerialNumber": "CP-0000123456",
    "chargeBoxSerialNumber": "CB-0000123456",
    "firmwareVersion": "1.14.3-rc2",
    "iccid": "8949000000000000000",
    "imsi": "262010000000000",
    "meterType": "SDM630",
    "meterSerialNumber": "M-998877",
}
STATUS = {
    "connectorId": 1,
    "errorCode": "NoError",
    "status": "Charging",
    "timestamp": AT.format(1),
    "info": "ok",
    "vendorId": "Acme",
    "vendorErrorCode": "0",
}
START = {"connectorId": 1, "idTag": "04A1B2C3D4E5F6", "meterStart": 123456, "timestamp": AT.format(2)}
STOP = {
    "transactionId": 424242,
    "idTag": "04A1B2C3D4E5F6",
    "meterStop": 143456,
    "timestamp": AT.format(59),
    "reason": "EVDisconnected",
    "transactionData": [
        {"timestamp": AT.format(5 + minute), "sampledValue": [_sampled_value(0, context)]}
        for minute, context in enumerate(["Transaction.Begin", *["Sample.Clock"] * 6, "Transaction.End"])
    ],
}

# Share of the traffic in percent, action, payload.
MIX: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (2, "BootNotification", BOOT),
    (30, "Heartbeat", {}),
    (14, "StatusNotification", STATUS),
    (5, "Authorize", {"idTag": "04A1B2C3D4E5F6"}),
    (4, "StartTransaction", START),
    (26, "MeterValues", _meter_values(3, 1)),
    (15, "MeterValues", _meter_values(4, 12)),
    (4, "StopTransaction", STOP),
)
MESSAGES_PER_PASS = sum(share for share, _, _ in MIX)

ACCEPTED = m.IdTagInfo(status=m.AuthorizationStatus.ACCEPTED)
ANSWERS: dict[str, m.Payload] = {
    "BootNotification": m.BootNotificationResponse(
        current_time=NOW, interval=300, status=m.RegistrationStatus.ACCEPTED
    ),
    "Heartbeat": m.HeartbeatResponse(current_time=NOW),
    "StatusNotification": m.StatusNotificationResponse(),
    "Authorize": m.AuthorizeResponse(id_tag_info=ACCEPTED),
    "StartTransaction": m.StartTransactionResponse(id_tag_info=ACCEPTED, transaction_id=1),
    "MeterValues": m.MeterValuesResponse(),
    "StopTransaction": m.StopTransactionResponse(id_tag_info=ACCEPTED),
}


def _handler(action: str, answer: object) -> Any:
    def handle(self: object, **_: object) -> object:
        return answer

    handle.__name__ = action  # `on` finds handlers again by this name
    return on(action)(handle)


# PyPI ocpp's end gives the same answers.
THEIR_ANSWERS = {
    "BootNotification": call_result.BootNotification(
        current_time="2026-03-01T12:00:00Z", interval=300, status="Accepted"
    ),
    "Heartbeat": call_result.Heartbeat(current_time="2026-03-01T12:00:00Z"),
    "StatusNotification": call_result.StatusNotification(),
    "Authorize": call_result.Authorize(id_tag_info={"status": "Accepted"}),
    "StartTransaction": call_result.StartTransaction(transaction_id=1, id_tag_info={"status": "Accepted"}),
    "MeterValues": call_result.MeterValues(),
    "StopTransaction": call_result.StopTransaction(id_tag_info={"status": "Accepted"}),
}
CentralSystem: Any = type(
    "CentralSystem",
    (ChargePoint,),
    {action: _handler(action, answer) for action, answer in THEIR_ANSWERS.items()},
)


class _Sink:
    """A connection that counts the answers, so that nobody is quick by refusing."""

    def __init__(self) -> None:
        self.answers = 0

    async def send(self, message: str) -> None:
        self.answers += message.startswith("[3,")


def _texts() -> list[tuple[str, bytes]]:
    """One pass of the mix, in an order that spreads the kinds."""
    passed = [(action, json.encode((2, MESSAGE_ID, action, body))) for share, action, body in MIX for _ in range(share)]
    return [passed[index * 37 % MESSAGES_PER_PASS] for index in range(MESSAGES_PER_PASS)]


# A way of doing one pass of the mix; each takes the texts.


def _our_codec(texts: list[tuple[str, bytes]]) -> None:
    requests = REQUESTS[Side.CENTRAL_SYSTEM]
    for _, text in texts:
        frame = frames.decode(text)
        assert isinstance(frame, frames.CallFrame)
        request = decode(*requests[frame.action], frame.payload, text)
        frames.encode((frames.CALL, frame.message_id, frame.action, request))


def _our_calls(texts: list[tuple[str, bytes]]) -> None:
    rpc = Rpc(Side.CENTRAL_SYSTEM)
    for action, text in texts:
        call = rpc.receive(text, NOW)
        assert type(call) is Call
        rpc.answer(call.message_id, ANSWERS[action])


def _their_codec(texts: list[tuple[str, str]], typed: dict[str, Any]) -> None:
    async def run() -> None:
        for _, text in texts:
            received = ocpp.messages.unpack(text)
            await ocpp.messages.validate_payload(received, "1.6")
            camel_to_snake_case(received.payload)
            body = remove_nones(snake_to_camel_case(serialize_as_dict(typed[text])))
            sent = ocpp.messages.Call(unique_id=MESSAGE_ID, action=received.action, payload=body)
            await ocpp.messages.validate_payload(sent, "1.6")
            sent.to_json()

    asyncio.run(run())


def _their_calls(texts: list[tuple[str, str]]) -> None:
    async def run() -> None:
        sink = _Sink()
        central_system = CentralSystem("CP1", sink)
        for _, text in texts:
            await central_system.route_message(text)
        assert sink.answers == len(texts), f"PyPI ocpp answered {sink.answers} of {len(texts)} calls"

    asyncio.run(run())


def _cpu_us(work: Callable[[], None], passes: int) -> float:
    """CPU time of the whole process, threads included, in µs per message."""
    start = time.process_time()
    for _ in range(passes):
        work()
    return (time.process_time() - start) / passes / MESSAGES_PER_PASS * 1e6


@contextmanager
def _quiet() -> Iterator[None]:
    """Their log lines and the collector's pauses are not what is compared."""
    level, setting = logging.root.manager.disable, ocpp.messages.ASYNC_VALIDATION
    logging.disable(logging.CRITICAL)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        logging.disable(level)
        ocpp.messages.ASYNC_VALIDATION = setting


def run(rounds: int = 5) -> dict[str, dict[str, float]]:
    """Medians of interleaved rounds: `figures` in µs of CPU per message, `ratios` theirs by ours."""
    ours = _texts()
    theirs = [(action, text.decode()) for action, text in ours]
    typed = {
        text: getattr(ocpp.v16.call, action)(**camel_to_snake_case(json.decode(text)[3])) for action, text in theirs
    }
    samples: dict[str, list[float]] = {}

    def measure(name: str, work: Callable[[], None], passes: int = 1) -> None:
        samples.setdefault(name, []).append(_cpu_us(work, passes))

    with _quiet():
        for _ in range(rounds):
            measure("codec_us", lambda: _our_codec(ours), OUR_PASSES)
            measure("call_us", lambda: _our_calls(ours), OUR_PASSES)
            for in_threads, setting in ((True, "async"), (False, "sync")):
                ocpp.messages.ASYNC_VALIDATION = in_threads
                measure(f"ocpp_codec_{setting}_us", lambda: _their_codec(theirs, typed))
                measure(f"ocpp_call_{setting}_us", lambda: _their_calls(theirs))
    figures = {name: round(median(values), 3) for name, values in samples.items()}
    figures["messages_per_s"] = round(1e6 / figures["codec_us"])
    return {"figures": figures, "ratios": _ratios(figures)}


def _ratios(figures: dict[str, float]) -> dict[str, float]:
    settings = ("async", "sync")
    ratios = {
        f"{what}_vs_ocpp_{setting}": round(figures[f"ocpp_{what}_{setting}_us"] / figures[f"{what}_us"], 1)
        for what in ("codec", "call")
        for setting in settings
    }
    cheaper = {f"{what}_vs_ocpp": min(ratios[f"{what}_vs_ocpp_{s}"] for s in settings) for what in ("codec", "call")}
    return cheaper | ratios
