"""How somebody signs in, over the API: to read, and without secrets (C10)."""

from played_provider import PlayedProvider
from starlette.testclient import TestClient
from test_passkeys import has_passkey
from ways_house import Ways, alice_at

PATH = "/api/v1/me/sign-in-methods"


def test_what_is_set_is_told_without_secrets(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    alice_at(browser)
    ways.knows(acme)
    has_passkey(ways)
    answer = browser.get(PATH)
    told = answer.json()
    assert (told["password"], told["providers"]) == (True, ["acme"])
    assert told["one_time_codes"] == {"on_since": None, "recovery_codes_left": 0}
    assert [(one["id"], one["name"]) for one in told["passkeys"]] == [("pky_1", "Key")]
    assert [(one["provider"], one["usable"]) for one in told["identities"]] == [("acme", True)]
    assert "1000-alice" not in answer.text and "public_key" not in answer.text


def test_nobody_else_reads_it_and_nobody_changes_it(browser: TestClient) -> None:
    assert browser.get(PATH).status_code == 401
    alice_at(browser)
    assert browser.post(PATH, json={}).status_code == 405
    assert browser.get(PATH, headers={"Authorization": "Bearer nothing"}).status_code == 401
