"""Whether a password is on the lists that were stolen elsewhere and that everybody tries first (ASVS 6.2.4, 6.2.12).

A Bloom filter beside this file, made by `tools/common_passwords.py`: nothing is asked of the network. It never misses a
password it holds, and takes about one in a thousand others for one. It holds common words as well, because a rule that
asks for a digit makes `Welkom2024` of them.
"""

import hashlib
import mmap
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from struct import Struct as Layout

FILE = Path(__file__).with_name("common_passwords.bloom")
MAGIC = b"LBBLOOM1"
HEADER = Layout(">8sQQQ")  # magic, bits, hashes per entry, entries
PAIR = Layout(">QQ")
WORD = "\0"  # begins the entry of a word; no password does
DECORATED = re.compile(r"([^\W\d_]{4,})[\W\d_]{1,6}")  # a word, then a year or a few marks


def is_common(password: str) -> bool:
    decorated = DECORATED.fullmatch(password)
    return _holds(password) or (decorated is not None and _holds(WORD + decorated[1]))


def _holds(entry: str) -> bool:
    bits, hashes, _ = header()
    filter = _filter()
    return all(filter[HEADER.size + (at >> 3)] >> (at & 7) & 1 for at in places(entry, bits, hashes))


def header() -> tuple[int, int, int]:
    """Bits, hashes per entry, and how many entries it was made of."""
    magic, bits, hashes, count = HEADER.unpack_from(_filter())
    assert magic == MAGIC, FILE
    return bits, hashes, count


def places(entry: str, bits: int, hashes: int) -> Iterator[int]:
    """Capitals make no difference: `Password1234` is found as `password1234`."""
    text = unicodedata.normalize("NFC", entry).casefold()
    first, step = PAIR.unpack(hashlib.blake2b(text.encode(), digest_size=16).digest())
    return ((first + number * step) % bits for number in range(hashes))


@lru_cache
def _filter() -> mmap.mmap:
    with FILE.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
