"""What every answer carries, and who may make a browser act."""

import re

import pytest
from portal_house import House
from starlette.testclient import TestClient

from laadboek.portal.rendering import STATIC

PAGES = ("/", "/sign-in", "/sessions", "/sessions.csv", "/healthz", "/api/v1/sessions", "/nothing", "/api/nothing")


@pytest.mark.parametrize("address", PAGES)
def test_every_answer_forbids_what_is_not_ours(alice: TestClient, address: str) -> None:
    headers = alice.get(address).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("address", ["/", "/sessions?period=month", "/nothing"])
def test_pages_bring_no_inline_script_or_style_and_nothing_from_elsewhere(alice: TestClient, address: str) -> None:
    text = alice.get(address).text
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", text)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def test_static_files_may_be_kept_for_ever_because_their_address_has_a_version(browser: TestClient) -> None:
    address = re.search(r"/static/\w+/app\.css", browser.get("/sign-in").text)
    assert address is not None
    assert "immutable" in browser.get(address[0]).headers["cache-control"]
    missing = browser.get(address[0].replace("app.css", "other.css"))
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ],
)
def test_another_website_cannot_press_our_buttons(alice: TestClient, house: House, headers: dict[str, str]) -> None:
    answer = alice.post(f"/sessions/{house.session}/kind", data={"kind": "private"}, headers=headers)
    assert answer.status_code == 403
    assert "nothing was done" in answer.text
    kinds = {s["session_id"]: s["kind"] for s in alice.get("/api/v1/sessions").json()["sessions"]}
    assert kinds[house.session] == "business"


def test_without_fetch_metadata_the_origin_decides(alice: TestClient) -> None:
    del alice.headers["Sec-Fetch-Site"]
    assert alice.post("/sign-out").status_code == 403
    assert alice.post("/sign-out", headers={"Origin": "http://evil.example"}).status_code == 403
    assert alice.post("/sign-out", headers={"Origin": "null"}).status_code == 403
    assert alice.post("/sign-out", headers={"Origin": "http://["}).status_code == 403
    assert alice.post("/sign-out", headers={"Origin": "http://testserver"}).status_code == 303


def test_no_page_tells_addresses_elsewhere_to_a_browser() -> None:
    ours = [path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts]
    assert ours
    for path in ours:
        addresses = set(re.findall(r"https?://[\w./-]+", path.read_bytes().decode("latin-1")))
        assert addresses <= {"http://www.w3.org/2000/svg"}, path
