"""Bad frames: which get a CALLERROR, which are ignored, which end the connection (OCPP-J §4.1, §4.2.3; RFC 6455)."""

import asyncio
import json
import os
import struct

import pytest
from wallbox import CODES, at, wallbox
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode


@pytest.fixture
def name(platform):
    return platform.register()


# Nobody can be answered: ignored, and the connection lives.

NO_ANSWER = [
    "", " ", "garbage", "null", "1", '"text"', "{}", '{"a":1}', "[]", "[[]]", "[null]", "[2]", '["2"]',
    '[1,"a","Heartbeat",{}]', '[5,"a","Heartbeat",{}]', '[0]', '[-2,"a","Heartbeat",{}]', '["2","a","Heartbeat",{}]',
    '[2.5,"a","Heartbeat",{}]', '[99999999999999999999,"a","b",{}]', '[true,"a","Heartbeat",{}]', '[{},"a","b",{}]',
    '[3,"nobody-asked",{}]', '[3]', '[3,"x"]', '[4,"nobody-asked","GenericError","",{}]', '[4]', '[4,"x"]',
    '[2,null,"Heartbeat",{}]', '[2,{},"Heartbeat",{}]', '[2,[],"Heartbeat",{}]', "[[2,\"a\",\"Heartbeat\",{}]]",
    '\ufeff', "[" * 10_000, "{" * 10_000, '[2,' + "[" * 5_000, "\u0000", "[2,\u0000", "NaN", "undefined",
]  # fmt: skip


async def test_frames_that_name_no_call_are_ignored(platform, name):
    async with wallbox(platform, name) as box:
        await box.silence(*NO_ANSWER)


# A call that is none: CALLERROR with the very same id.

DEEP = '[2,"ID","DataTransfer",{"vendorId":"v","x":' + "[" * 3000 + "]" * 3000 + "}]"
FORMATION, PROTOCOL, PROPERTY = "FormationViolation", "ProtocolError", "PropertyConstraintViolation"
OCCURRENCE, TYPE = "OccurenceConstraintViolation", "TypeConstraintViolation"
BAD_FRAMES = [
    ('[2,"ID"]', {PROTOCOL, FORMATION}),
    ('[2,"ID","Heartbeat"]', {PROTOCOL, FORMATION}),
    ('[2,"ID","Heartbeat",{},1]', {PROTOCOL, FORMATION}),
    ('[2,"ID",5,{}]', {FORMATION}),
    ('[2,"ID",null,{}]', {FORMATION}),
    ('[2,"ID","Heartbeat",{]', {FORMATION}),
    ('[2,"ID","Heartbeat",{}', {FORMATION}),
    ('[2,"ID","Heartbeat",{"a":}]', {FORMATION}),
    ('[2,"ID","Heartbeat",[]]', {FORMATION}),
    ('[2,"ID","Heartbeat",1]', {FORMATION}),
    ('[2,"ID","Heartbeat","text"]', {FORMATION}),
    ('[2,"ID","Authorize",[]]', {FORMATION}),
    (DEEP, {FORMATION}),
    ('[2,"ID","Fly",{}]', {"NotImplemented"}),
    ('[2,"ID","",{}]', {"NotImplemented"}),
    ('[2,"ID","heartbeat",{}]', {"NotImplemented"}),
    ('[2,"ID","/Heartbeat",{}]', {"NotImplemented"}),
    ('[2,"ID","TransactionEvent",{}]', {"NotImplemented"}),
    ('[2,"ID","Reset",{"type":"Hard"}]', {"NotSupported"}),
    ('[2,"ID","RemoteStartTransaction",{"idTag":"A"}]', {"NotSupported"}),
    ('[2,"ID","SignCertificate",{"csr":"x"}]', {"NotSupported"}),
    ('[2,"ID","Authorize",null]', {OCCURRENCE, PROTOCOL}),
    ('[2,"ID","Authorize",{"idTag":1e999}]', {TYPE, PROPERTY, FORMATION}),
]

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
TIME = "2026-01-01T00:00:00Z"
BAD_PAYLOADS = [
    ("Authorize", {}, {OCCURRENCE}),
    ("Authorize", {"idTag": None}, {TYPE, OCCURRENCE}),
    ("Authorize", {"idTag": 12}, {TYPE}),
    ("Authorize", {"idTag": {}}, {TYPE}),
    ("Authorize", {"idTag": ["A"]}, {TYPE}),
    ("Authorize", {"idtag": "A"}, {OCCURRENCE}),
    ("Authorize", {"idTag": "x" * 21}, {PROPERTY}),
    ("BootNotification", {"chargePointVendor": "v"}, {OCCURRENCE}),
    ("BootNotification", {"chargePointVendor": "v", "chargePointModel": 5}, {TYPE}),
    ("BootNotification", {"chargePointVendor": "v" * 21, "chargePointModel": "m"}, {PROPERTY}),
    ("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m", "iccid": "1" * 21}, {PROPERTY}),
    ("StatusNotification", STATUS | {"connectorId": "1"}, {TYPE}),
    ("StatusNotification", STATUS | {"connectorId": 1.5}, {TYPE}),
    ("StatusNotification", STATUS | {"connectorId": 10**20}, {TYPE, PROPERTY}),
    ("StatusNotification", STATUS | {"status": "Exploded"}, {PROPERTY}),
    ("StatusNotification", STATUS | {"status": "available"}, {PROPERTY}),
    ("StatusNotification", STATUS | {"status": 1}, {TYPE, PROPERTY}),
    ("StatusNotification", STATUS | {"errorCode": "Bored"}, {PROPERTY}),
    ("StatusNotification", STATUS | {"info": "i" * 51}, {PROPERTY}),
    ("StatusNotification", STATUS | {"timestamp": "soon"}, {PROPERTY}),
    ("MeterValues", {"connectorId": 1}, {OCCURRENCE}),
    ("MeterValues", {"connectorId": 1, "meterValue": {}}, {TYPE}),
    ("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": TIME}]}, {OCCURRENCE}),
    ("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": [{}]}]}, {OCCURRENCE}),
    ("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": [{"value": 1}]}]}, {TYPE}),
    (
        "MeterValues",
        {"connectorId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": [{"value": "1", "unit": "Love"}]}]},
        {PROPERTY},
    ),
    ("DataTransfer", {}, {OCCURRENCE}),
    ("DataTransfer", {"vendorId": "v", "data": {}}, {TYPE}),
    ("DataTransfer", {"vendorId": "v" * 256}, {PROPERTY}),
    ("FirmwareStatusNotification", {}, {OCCURRENCE}),
    ("DiagnosticsStatusNotification", {"status": None}, {TYPE, OCCURRENCE, PROPERTY}),
]
BAD_CALLS = BAD_FRAMES + [
    (f'[2,"ID","{action}",{json.dumps(payload)}]', codes) for action, payload, codes in BAD_PAYLOADS
]


async def test_a_call_that_is_none_is_answered_with_its_code_and_its_id(platform, name):
    async with wallbox(platform, name) as box:
        await box.boot()
        for number, (text, codes) in enumerate(BAD_CALLS):
            answer = await box.say(text.replace("ID", f"bad-{number}"))
            assert answer[:2] == [4, f"bad-{number}"] and len(answer) == 5, (text[:200], answer)
            assert answer[2] in codes, (text[:200], answer)
            assert isinstance(answer[3], str) and answer[4] == {}


@pytest.mark.parametrize(
    "message_id",
    [
        "0",
        "a",
        "x" * 36,
        "6f1c3a5e-7b61-4f6a-9d0e-8a1b2c3d4e5f",
        "ščř☃😀",
        '"\\/',
        "a b",
        "\u2028",
        "{}",
        "-1",
        "\x7f",
        "null",
        "é" * 36,
    ],
)
async def test_the_answer_has_the_very_id_of_the_call(platform, name, message_id):
    async with wallbox(platform, name) as box:
        await box.call("Heartbeat", {}, message_id)
        assert await box.refusal("Fly", {}, message_id) == "NotImplemented"


async def test_an_id_of_more_than_36_characters_is_refused(platform, name):
    async with wallbox(platform, name) as box:
        for length in (37, 100, 255):
            answer = await box.say(json.dumps([2, "i" * length, "Heartbeat", {}]))
            assert answer[:2] == [4, "i" * length] and answer[2] in CODES
        await box.silence(json.dumps([2, "i" * 100_000, "Heartbeat", {}]))


async def test_an_id_that_is_no_text_is_refused_under_that_id(platform, name):
    async with wallbox(platform, name) as box:
        for message_id in (5, 0, -1, 1.5):
            answer = await box.say(json.dumps([2, message_id, "Heartbeat", {}]))
            assert answer[:2] == [4, message_id] and answer[2] == "FormationViolation"


# Message ids that come again.


async def test_the_same_id_may_come_again_once_its_call_is_answered(platform, name):
    async with wallbox(platform, name) as box:
        for _ in range(3):
            await box.call("Heartbeat", {}, "1")
            assert (await box.call("Authorize", {"idTag": "ALICE"}, "1"))["idTagInfo"]["status"] == "Accepted"


async def test_another_call_with_an_id_that_is_being_handled_is_refused(platform, name):
    async with wallbox(platform, name) as box:
        first = json.dumps([2, "busy", "Authorize", {"idTag": "ALICE"}])
        second = json.dumps([2, "busy", "DataTransfer", {"vendorId": "v"}])
        await box.connection.send(first)
        await box.connection.send(second)
        await box.heartbeat()
        answers = [one for one in box.arrived if one[1] == "busy"]
        assert len(answers) == 2 and answers[0][0] == 3 and "idTagInfo" in answers[0][2]
        assert answers[1][0] == 4 or "status" in answers[1][2]  # whichever came first


# Order.


async def test_answers_come_in_the_order_of_the_calls(platform, name):
    async with wallbox(platform, name) as box:
        calls = [
            ("Heartbeat", {}),
            ("Authorize", {"idTag": "ALICE"}),
            ("Fly", {}),
            ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"}),
            ("StartTransaction", {"connectorId": 1, "idTag": "ALICE", "meterStart": 0, "timestamp": at(0)}),
            ("Authorize", {}),
            ("Heartbeat", {}),
            ("DataTransfer", {"vendorId": "v"}),
        ] * 5
        for number, (action, payload) in enumerate(calls):
            await box.send([2, f"p{number}", action, payload])
        await box.until(lambda: len(box.arrived) >= len(calls))
        assert [one[1] for one in box.arrived] == [f"p{number}" for number in range(len(calls))]
        ids = {one[2]["transactionId"] for one in box.arrived if one[0] == 3 and "transactionId" in one[2]}
        assert len(ids) == 1
        await box.stop(ids.pop(), 10)
    assert platform.energies(name) == [10]


# Websocket.


async def closed_with(box, code):
    async with asyncio.timeout(10):
        await box.connection.wait_closed()
    assert box.connection.close_code == code


async def raw(box, opcode, data, *, fin=True, rsv1=False):
    """A frame as the library would not send it."""
    frame = bytearray(Frame(opcode, data, fin=fin).serialize(mask=True))
    frame[0] |= rsv1 << 6
    box.connection.transport.write(bytes(frame))
    await asyncio.sleep(0)


HEARTBEAT = b'[2,"piece","Heartbeat",{}]'


async def test_a_message_in_any_pieces_with_control_frames_between_is_whole(platform, name):
    async with wallbox(platform, name) as box:
        text = '[2,"pieces","DataTransfer",{"vendorId":"ščř☃😀"}]'.encode()
        await raw(box, Opcode.TEXT, b"", fin=False)
        for byte in text:  # also in the middle of a character
            await raw(box, Opcode.CONT, bytes([byte]), fin=False)
            await raw(box, Opcode.PING, b"between")
            await raw(box, Opcode.CONT, b"", fin=False)
        await raw(box, Opcode.CONT, b"", fin=True)
        answer = await box.until(lambda: box.reply("pieces"))
        assert answer == [3, "pieces", {"status": "UnknownVendorId"}]
        await raw(box, Opcode.PONG, b"nobody asked")
        await box.heartbeat()


async def test_two_messages_in_one_segment_are_two(platform, name):
    async with wallbox(platform, name) as box:
        frames = [Frame(Opcode.TEXT, f'[2,"s{n}","Heartbeat",{{}}]'.encode()).serialize(mask=True) for n in range(20)]
        box.connection.transport.write(b"".join(frames))
        await box.until(lambda: box.reply("s19"))
        assert [one[1] for one in box.arrived] == [f"s{n}" for n in range(20)]


async def test_a_frame_that_trickles_in_is_whole(platform, name):
    async with wallbox(platform, name) as box:
        for byte in Frame(Opcode.TEXT, HEARTBEAT).serialize(mask=True):
            box.connection.transport.write(bytes([byte]))
            await asyncio.sleep(0.001)
        await box.until(lambda: box.reply("piece"))


@pytest.mark.parametrize("data", [HEARTBEAT, b"", os.urandom(64)], ids=["a call", "empty", "noise"])
async def test_a_binary_frame_closes_with_1003(platform, name, data):
    async with wallbox(platform, name) as box:
        await box.connection.send(data)
        await closed_with(box, 1003)


@pytest.mark.parametrize("text", [b"\xff\xfe", b'[2,"\xc3","Heartbeat",{}]', b'[2,"\xed\xa0\x80","Heartbeat",{}]'])
async def test_what_is_not_utf_8_closes_with_1007(platform, name, text):
    async with wallbox(platform, name) as box:
        await raw(box, Opcode.TEXT, text)
        await closed_with(box, 1007)


async def test_a_giant_closes_with_1009_and_its_neighbour_goes_on(platform, name):
    async with wallbox(platform, name) as box, wallbox(platform, platform.register()) as neighbour:
        with pytest.raises(ConnectionClosed):
            await box.send([2, "1", "DataTransfer", {"vendorId": "v", "data": "x" * (3 << 20)}])
            await closed_with(box, 1009)
            raise ConnectionClosed(None, None)
        await neighbour.heartbeat()


async def test_a_big_but_legal_message_is_answered(platform, name):
    async with wallbox(platform, name) as box:
        big = "x" * (900 << 10)
        assert (await box.call("DataTransfer", {"vendorId": "v", "data": big}))["status"] == "UnknownVendorId"


@pytest.mark.parametrize(
    "frames",
    [
        [(Opcode.CONT, HEARTBEAT, True, False)],
        [(Opcode.TEXT, b"[", False, False), (Opcode.TEXT, HEARTBEAT, True, False)],
        [(Opcode.TEXT, HEARTBEAT, True, True)],
    ],
    ids=["a continuation of nothing", "a new message inside one", "an extension nobody agreed upon"],
)
async def test_a_broken_protocol_closes_with_1002(platform, name, frames):
    async with wallbox(platform, name) as box:
        for opcode, data, fin, rsv1 in frames:
            await raw(box, opcode, data, fin=fin, rsv1=rsv1)
        await closed_with(box, 1002)


@pytest.mark.parametrize(
    "junk",
    [
        b"\x83\x80\0\0\0\0",  # reserved opcode
        b"\x81\x05hello",  # not masked
        b"\x89\xfe\x00\x7e" + b"\0" * 130,  # a control frame of 126 bytes
        b"\x09\x80\0\0\0\0",  # a control frame in pieces
        b"\x81\xff" + struct.pack(">Q", 1 << 63) + b"\0\0\0\0",
        b"\x88\x81\0\0\0\0\x01",  # a close of one byte
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_bytes_that_are_no_frame_end_this_connection_only(platform, name, junk):
    async with wallbox(platform, name) as box, wallbox(platform, platform.register()) as neighbour:
        box.connection.transport.write(junk)
        async with asyncio.timeout(10):
            await box.connection.wait_closed()
        await neighbour.heartbeat()
    async with wallbox(platform, name) as again:
        await again.heartbeat()
