"""The benchmark of the codec measures the same work on both sides."""

import json

from jsonschema import Draft4Validator
from ocpp_judges import official_schema

from laadboek.bench import codec
from laadboek.ocpp.rpc import Call, Rpc, Side


def test_the_mix_is_valid_traffic_and_its_shares_make_a_whole():
    assert codec.MESSAGES_PER_PASS == 100
    for _, action, payload in codec.MIX:
        assert Draft4Validator(official_schema(action)).is_valid(payload), action


def test_both_sides_answer_every_message_of_the_mix_alike():
    assert set(codec.ANSWERS) == set(codec.THEIR_ANSWERS) == {action for _, action, _ in codec.MIX}
    rpc = Rpc(Side.CENTRAL_SYSTEM)
    for action, text in codec._texts():
        call = rpc.receive(text, codec.NOW)
        assert isinstance(call, Call)
        answer = json.loads(rpc.answer(call.message_id, codec.ANSWERS[action]))[2]
        theirs = codec.remove_nones(codec.snake_to_camel_case(codec.serialize_as_dict(codec.THEIR_ANSWERS[action])))
        assert answer == theirs


def test_the_result_names_figures_and_ratios():
    result = codec.run(rounds=1)
    assert {"codec_us", "call_us", "ocpp_codec_sync_us", "ocpp_codec_async_us"} <= set(result["figures"])
    assert result["ratios"]["codec_vs_ocpp"] == min(
        result["ratios"]["codec_vs_ocpp_sync"], result["ratios"]["codec_vs_ocpp_async"]
    )
