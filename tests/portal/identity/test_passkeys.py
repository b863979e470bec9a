"""Passkeys without a browser: what is put together by hand opens nothing, and where there are none (C8)."""

from datetime import timedelta
from typing import Any

import pytest
from portal_house import sign_in
from starlette.testclient import TestClient
from ways_house import Ways, alice_at, is_signed_in

from laadboek.store import passkeys, users
from laadboek.store.connection import Connection
from laadboek.store.passkeys import NewPasskey
from people import ALICE, CHARLIE

CREDENTIAL: dict[str, Any] = {
    "id": "AAAA",
    "rawId": "AAAA",
    "type": "public-key",
    "clientExtensionResults": {},
    "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "userHandle": "AAAA"},
}
MADE = CREDENTIAL | {"response": {"clientDataJSON": "e30", "attestationObject": "oA", "transports": ["internal"]}}


@pytest.fixture
def named(ways: Ways) -> Any:
    """At https://laadboek.example, where browsers know passkeys."""
    with ways.door(https=True) as client:
        client.base_url = "https://testserver"  # type: ignore[assignment]
        yield client


def has_passkey(ways: Ways, email: str = ALICE, public_id: str = "pky_1", credential_id: bytes = b"\0\0\0") -> None:
    def job(db: Connection) -> None:
        user = users.by_email(db, email)
        assert user is not None
        new = NewPasskey(public_id=public_id, name="Key", credential_id=credential_id, public_key=b"x", sign_count=0)
        passkeys.create(db, user.account_id, user.id, new, ways.clock.now())

    ways.house.database.run(job)


def show(client: TestClient, credential: Any = CREDENTIAL) -> tuple[int, str]:
    answer = client.post("/sign-in/passkey", json={"credential": credential})
    return answer.status_code, answer.json().get("code", "")


def test_a_challenge_is_fresh_and_asks_for_a_person(named: TestClient) -> None:
    first, second = (named.post("/sign-in/passkey/options").json() for _ in range(2))
    assert first["challenge"] != second["challenge"]
    assert (first["rpId"], first["userVerification"], first["allowCredentials"]) == ("testserver", "required", [])


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"id": "AAAA"},
        CREDENTIAL,
        CREDENTIAL | {"id": "BBBB"},
        CREDENTIAL | {"type": "password"},
        CREDENTIAL | {"response": {}},
        CREDENTIAL | {"response": None},
        CREDENTIAL | {"rawId": 7},
        CREDENTIAL | {"rawId": "é"},
        CREDENTIAL | {"response": CREDENTIAL["response"] | {"clientDataJSON": "!"}},
        CREDENTIAL | {"response": CREDENTIAL["response"] | {"authenticatorData": ""}},
    ],
)
def test_what_was_put_together_by_hand_opens_nothing(named: TestClient, ways: Ways, credential: Any) -> None:
    has_passkey(ways)
    named.post("/sign-in/passkey/options")
    before = ways.written()
    assert show(named, credential) in ((409, "passkey.not_believed"), (409, "passkey.removed"))
    assert show(named, credential) == (409, "passkey.too_late")  # the challenge is spent
    assert not is_signed_in(named)
    assert ways.written() == before


def test_without_a_challenge_nothing_is_looked_at(named: TestClient, ways: Ways) -> None:
    assert show(named) == (409, "passkey.too_late")
    named.post("/sign-in/passkey/options")
    ways.clock.instant += timedelta(minutes=10)
    assert show(named) == (409, "passkey.too_late")


def test_an_unknown_passkey_is_said_to_be_unknown(named: TestClient) -> None:
    named.post("/sign-in/passkey/options")
    assert show(named) == (409, "passkey.removed")


@pytest.mark.parametrize("credential", [{}, MADE, MADE | {"response": {"clientDataJSON": "e30"}}])
def test_what_no_authenticator_made_is_not_added(named: TestClient, ways: Ways, credential: Any) -> None:
    alice_at(named)
    options = named.post("/account/sign-in/passkeys/options").json()
    assert options["rp"]["id"] == "testserver" and options["authenticatorSelection"]["residentKey"] == "required"
    before = ways.written()
    answer = named.post("/account/sign-in/passkeys", json={"credential": credential, "name": "Forged"})
    assert (answer.status_code, answer.json()["code"]) == (409, "passkey.not_believed")
    assert ways.written() == before


def test_a_challenge_of_one_person_adds_nothing_for_another(named: TestClient, ways: Ways) -> None:
    alice_at(named)
    named.post("/account/sign-in/passkeys/options")
    named.cookies.delete("__Host-laadboek")
    sign_in(named, CHARLIE)
    answer = named.post("/account/sign-in/passkeys", json={"credential": MADE, "name": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (409, "passkey.too_late")


def test_names_are_changed_and_passkeys_removed_by_their_owner_alone(named: TestClient, ways: Ways) -> None:
    has_passkey(ways)
    has_passkey(ways, CHARLIE, "pky_2", b"\1\1\1")
    alice_at(named)
    assert named.post("/account/sign-in/passkeys/pky_1/name", data={"name": "  My\n phone "}).status_code == 303
    assert "My phone" in named.get("/account/sign-in").text
    for name in ("", " ", "x" * 61):
        assert named.post("/account/sign-in/passkeys/pky_1/name", data={"name": name}).status_code == 422
    assert named.post("/account/sign-in/passkeys/pky_2/name", data={"name": "Mine"}).status_code == 404
    assert named.post("/account/sign-in/passkeys/pky_2/remove").status_code == 404
    assert named.post("/account/sign-in/passkeys/pky_1/remove").status_code == 303
    assert ways.rows("SELECT public_id FROM passkeys") == [("pky_2",)]


def test_adding_and_removing_need_a_fresh_proof(named: TestClient, ways: Ways) -> None:
    has_passkey(ways)
    alice_at(named)
    ways.clock.instant += timedelta(minutes=10)
    for path in ("passkeys/options", "passkeys", "passkeys/pky_1/name", "passkeys/pky_1/remove"):
        answer = named.post(f"/account/sign-in/{path}", json={"credential": {}, "name": "x"})
        assert answer.headers["location"].startswith("/sign-in/again"), path
    assert len(ways.rows("SELECT id FROM passkeys")) == 1


def test_there_is_room_for_twenty(named: TestClient, ways: Ways) -> None:
    for number in range(20):
        has_passkey(ways, public_id=f"pky_{number}", credential_id=bytes([number]) * 4)
    alice_at(named)
    answer = named.post("/account/sign-in/passkeys/options")
    assert (answer.status_code, answer.json()["code"]) == (409, "passkey.too_many")


@pytest.mark.parametrize(
    "url", ["http://192.168.1.20:8080", "https://192.168.1.20", "http://laadboek.example", "http://[::1]:8080"]
)
def test_where_browsers_offer_none_we_offer_none(ways: Ways, url: str) -> None:
    with ways.door() as client:
        client.base_url = url  # type: ignore[assignment]
        assert "data-passkey" not in client.get("/sign-in").text
        answer = client.post("/sign-in/passkey/options")
        assert (answer.status_code, answer.json()["code"]) == (409, "passkey.not_here")


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://laadboek.localhost"])
def test_on_this_machine_they_work_without_tls(ways: Ways, url: str) -> None:
    with ways.door() as client:
        client.base_url = url  # type: ignore[assignment]
        assert "data-passkey" in client.get("/sign-in").text
        assert client.post("/sign-in/passkey/options").status_code == 200
