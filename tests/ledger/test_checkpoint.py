"""A checkpoint is a text that a person can mail, and that nobody can make but the holder of the key."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from laadboek.ledger.checkpoint import BadCheckpoint, from_text, is_genuine, sign, to_text

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2026, 3, 1, 9, 7, 1, 23, tzinfo=UTC)
CHECKPOINT = sign(KEY, "chg_home", 17, bytes(range(32)), AT)


def test_the_text_is_this():
    assert to_text(CHECKPOINT).splitlines()[:5] == [
        "laadboek checkpoint 1",
        "chain: chg_home",
        "seq: 17",
        "hash: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "at: 2026-03-01T09:07:01.000023Z",
    ]


def test_the_text_comes_back_also_out_of_a_quoted_mail():
    text = to_text(CHECKPOINT)
    assert from_text(text) == CHECKPOINT
    quoted = "Dear bookkeeper,\r\n\r\n" + "".join(f"> {line}\r\n" for line in text.splitlines()) + "\r\nAlice\r\n"
    assert from_text(quoted) == CHECKPOINT
    assert is_genuine(from_text(quoted), KEY.public_key().public_bytes_raw())


@pytest.mark.parametrize(
    "change",
    [
        {"chain": "chg_other"},
        {"seq": 16},
        {"hash": bytes(32)},
        {"at": AT + timedelta(microseconds=1)},
        {"signature": bytes(64)},
        {"key": Ed25519PrivateKey.generate().public_key().public_bytes_raw()},
    ],
)
def test_nothing_in_it_can_be_changed(change):
    assert is_genuine(CHECKPOINT)
    assert not is_genuine(replace(CHECKPOINT, **change))


def test_another_key_is_not_ours():
    forged = sign(Ed25519PrivateKey.generate(), "chg_home", 17, bytes(32), AT)
    assert is_genuine(forged)  # in itself
    assert not is_genuine(forged, KEY.public_key().public_bytes_raw())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("laadboek checkpoint 1", "laadboek checkpoint 2"),
        ("seq: 17", "seq: many"),
        ("seq: 17\n", ""),
        ("hash: 00", "hash: zz"),
        ("at: 2026-03-01", "at: yesterday "),
        ("key: ", "key: AAAA"),
        ("signature: ", "signature: *"),
    ],
)
def test_a_damaged_text_is_refused_with_what_is_wrong(old, new):
    with pytest.raises(BadCheckpoint):
        from_text(to_text(CHECKPOINT).replace(old, new, 1))
