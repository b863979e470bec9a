"""The installable app: manifest, service worker, the page without a network; and what is compressed."""

import gzip
import io
import json
import re

import pytest
from PIL import Image
from portal_house import House, live
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.portal import rendering
from laadboek.portal.words.speech import LANGUAGES


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_manifest_speaks_the_readers_language_and_names_real_icons(browser: TestClient, language: str) -> None:
    browser.cookies.set("laadboek_language", language)
    answer = browser.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    assert answer.headers["cache-control"] == "no-cache"
    manifest = answer.json()
    assert (manifest["lang"], manifest["start_url"], manifest["display"]) == (language, "/", "standalone")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        picture = browser.get(icon["src"])
        assert picture.headers["content-type"] == icon["type"], icon
        if icon["type"] == "image/png":
            size = Image.open(io.BytesIO(picture.content)).size
            assert "{}x{}".format(*size) == icon["sizes"]


def test_the_worker_keeps_static_files_of_its_release_and_one_page_that_names_nobody(alice: TestClient) -> None:
    answer = alice.get("/sw.js")
    assert answer.headers["service-worker-allowed"] == "/" and answer.headers["cache-control"] == "no-cache"
    first, _, rest = answer.text.partition(";\n")
    release = json.loads(first.removeprefix("const release = "))
    assert release["version"] == rendering.static_version()
    for address in release["shell"]:
        assert alice.get(address).status_code == 200, address
    assert set(re.findall(r'"(/[a-z]\w*)"', rest)) == {"/offline"}  # no other page of ours is ever fetched ahead
    offline = alice.get("/offline").text
    assert "Alice" not in offline and "Laadboek cannot be reached" in offline


def test_pages_and_answers_are_never_to_be_stored(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house))
    for address in ("/", "/sessions", "/api/v1/sessions"):
        assert alice.get(address).headers["cache-control"] == "no-store"


def test_texts_travel_compressed_and_streams_do_not(alice: TestClient, house: House, bus: Bus) -> None:
    bus.publish(f"charger.{house.charger}.live", live(house))
    assert alice.get("/").headers["content-encoding"] == "gzip"
    sheet = rendering.static_url("app.css")
    for encoding, expected in (("gzip, br", "gzip"), ("identity", None)):
        answer = alice.get(sheet, headers={"Accept-Encoding": encoding})
        assert answer.headers.get("content-encoding") == expected
        assert answer.content == (rendering.STATIC / "app.css").read_bytes()
        assert "immutable" in answer.headers["cache-control"]
    assert gzip.decompress(rendering.compressed("app.js")) == (rendering.STATIC / "app.js").read_bytes()
    assert alice.get("/healthz").headers.get("content-encoding") is None  # too little to be worth it


def test_the_way_of_the_worker_is_the_only_new_hole_in_the_policy(browser: TestClient) -> None:
    policy = browser.get("/sign-in").headers["content-security-policy"]
    assert "worker-src 'self'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
