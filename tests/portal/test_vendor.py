"""What others wrote and we serve: known, unchanged, licensed."""

import hashlib
import json

from laadboek.portal.rendering import STATIC

VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_every_file_is_what_the_manifest_says() -> None:
    assert MANIFEST
    for entry in MANIFEST:
        content = (VENDOR / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["file"]
        assert {"name", "version", "licence", "made_of"} <= set(entry)


def test_nothing_else_lies_there() -> None:
    known = {"manifest.json"} | {entry[key] for entry in MANIFEST for key in ("file", "licence_file")}
    assert {path.name for path in VENDOR.iterdir()} == known


def test_core_and_stream_extension_are_one_file() -> None:
    """Loaded apart, the stream sometimes never opened."""
    bundle = (VENDOR / "htmx-sse.min.js").read_text()
    assert "hx-sse:connect" in bundle and "hx-swap" in bundle and "sourceMappingURL" not in bundle
