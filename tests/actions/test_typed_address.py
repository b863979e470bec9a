"""The manual's rules of a backend URI (4.3): begins with ws:// or wss://, ends in /, without the ChargeBoxID."""

import json
from pathlib import Path

import pytest

from laadboek.actions.link_address import put_right, same_host, typed_uri
from laadboek.reasons import Refused

EXAMPLES = json.loads((Path(__file__).parents[1] / "portal" / "activation" / "addresses.json").read_text())


def problem_of(uri: str, charge_box_id: str) -> str | None:
    try:
        typed_uri(uri, charge_box_id)
    except Refused as refused:
        return refused.reason.code
    return None


@pytest.mark.parametrize(("uri", "charge_box_id", "code"), EXAMPLES)
def test_each_rule_from_both_sides(uri: str, charge_box_id: str, code: str | None) -> None:
    assert problem_of(uri, charge_box_id) == code


@pytest.mark.parametrize(
    ("uri", "right"),
    [
        ("wss://x.example", "wss://x.example/"),
        ("wss://x.example/", "wss://x.example/"),
        ("wss://x.example/SN1", "wss://x.example/"),
        ("wss://x.example/a/SN1/", "wss://x.example/a/"),
        ("wss://x.example/a", "wss://x.example/a/"),
    ],
)
def test_what_only_needs_a_slash_or_less_of_an_id_is_put_right(uri: str, right: str) -> None:
    assert put_right(uri, "SN1") == right
    assert problem_of(right, "SN1") is None


def test_512_characters_are_an_address_and_513_are_none() -> None:
    longest = "wss://x.example/" + "a" * (512 - 17) + "/"
    assert len(longest) == 512
    assert problem_of(longest, "SN1") is None
    assert problem_of(longest[:-1] + "a/", "SN1") == "link.bad_uri"


@pytest.mark.parametrize(
    ("other", "same"),
    [("wss://x.example/b/", True), ("ws://x.example/a/", False), ("wss://y.example/a/", False),
     ("wss://x.example:8443/a/", False)],
)  # fmt: skip
def test_a_key_stays_with_its_host(other: str, same: bool) -> None:
    assert same_host("wss://x.example/a/", other) is same
