"""Who may administer the platform: the operator by token, people by sign-in, each in their own account only."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from served import Served, server

from laadboek import running
from laadboek.actions import passwords
from laadboek.actions.first_account import FirstAccount, create_first_account
from laadboek.facts import Kind
from laadboek.ids import Ids
from laadboek.secret import Secret
from laadboek.store import charge_points, id_tags, operations, transactions
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase, prepare
from laadboek.store.id_tags import IdTagRow
from laadboek.store.operations import Wish
from laadboek.store.transactions import Start
from people import CHARLIE, PASSWORD, create_charlie

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
THEIRS, THEIR_TAG, THEIR_TRANSACTION, THEIR_OPERATION = "ELSEWHERE-1", "CHARLIES-TAG", 4711, "op_elsewhere"


def furnish(db: Connection, password_hash: str) -> None:
    """Alice, whose account the operator acts on, and Charlie with a charge point that charges."""
    ids = Ids(5)
    first = FirstAccount(
        name="Alice",
        email="alice@example.org",
        password_hash=password_hash,
        time_zone="Europe/Amsterdam",
        language="en",
    )
    create_first_account(db, first, ids, NOW)
    other = create_charlie(db, "Charlie", password_hash, ids, NOW)
    theirs = charge_points.create(
        db, other, public_id="cp_elsewhere", charge_box_id=THEIRS, key_mac=b"0" * 32, charger_id=None, now=NOW
    )
    id_tags.save(db, other, IdTagRow(id_tag=THEIR_TAG, kind=Kind.PRIVATE), NOW)
    begun = Start(
        connector_id=1,
        id_tag=THEIR_TAG,
        meter_start_wh=0,
        started_at=NOW,
        started_text="2026-03-01T09:00:00Z",
        received_at=NOW,
        flags=frozenset(),
        session_id="ses_elsewhere",
    )
    transactions.start(db, theirs, begun, lambda: THEIR_TRANSACTION)
    wish = Wish(
        account_id=other,
        public_id=THEIR_OPERATION,
        charge_point_id=theirs.id,
        action="ClearCache",
        payload=b"{}",
        idempotency_key=None,
        actor="charlie",
        requested_at=NOW,
        expires_at=NOW,
    )
    operations.request(db, wish)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("two")
    location = str(data / "laadboek.db")
    prepare(location)
    database = InlineDatabase(location)
    password_hash = passwords.hash_new(Secret(PASSWORD))
    database.run(lambda db: furnish(db, password_hash))
    database.close()
    with server(data) as running_server:
        yield running_server


@pytest.fixture(scope="module")
def api(served: Served) -> Iterator[httpx2.Client]:
    with served.api() as client:
        yield client


@pytest.fixture
def charlie(served: Served) -> Iterator[httpx2.Client]:
    """In his browser, signed in."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=served.address, headers=headers, trust_env=False) as client:
        assert client.post("/sign-in", data={"email": CHARLIE, "password": PASSWORD}).status_code == 303
        yield client


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


ROUTES: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/charge-points/{at}", None),
    ("PATCH", "/charge-points/{at}", {"registration": "Rejected"}),
    ("PATCH", "/charge-points/{at}", {"new_authorization_key": True}),
    ("DELETE", "/charge-points/{at}", None),
    ("GET", "/charge-points/{at}/frames", None),
    ("GET", "/charge-points/{at}/transactions", None),
    ("POST", "/charge-points/{at}/operations", {"action": "ClearCache"}),
    ("GET", "/transactions?charge_point={at}", None),
    ("GET", f"/transactions/{THEIR_TRANSACTION}", None),
    ("PATCH", f"/id-tags/{THEIR_TAG}", {"blocked": True}),
    ("DELETE", f"/id-tags/{THEIR_TAG}", None),
    ("GET", f"/operations/{THEIR_OPERATION}", None),
]


@pytest.mark.parametrize("at", [THEIRS, "cp_elsewhere"])
@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_what_belongs_to_another_account_is_unknown(
    api: httpx2.Client, method: str, path: str, body: dict[str, Any] | None, at: str
) -> None:
    assert api.request(method, path.format(at=at), json=body).status_code == 404


def test_nothing_of_another_account_was_changed_or_is_listed(api: httpx2.Client, charlie: httpx2.Client) -> None:
    for method, path, body in ROUTES:
        api.request(method, path.format(at=THEIRS), json=body)
    theirs = charlie.get(f"/api/v1/charge-points/{THEIRS}").json()
    assert theirs["registration"] == "Accepted"
    [tag] = charlie.get("/api/v1/id-tags").json()["id_tags"]
    assert (tag["id_tag"], tag["blocked"]) == (THEIR_TAG, False)
    assert charlie.get(f"/api/v1/transactions/{THEIR_TRANSACTION}").json()["state"] == "open"
    for path in ("/charge-points", "/id-tags", "/transactions"):
        assert THEIR_TAG not in api.get(path).text and THEIRS not in api.get(path).text


def test_a_name_at_the_door_belongs_to_one_account(api: httpx2.Client, charlie: httpx2.Client) -> None:
    assert code(api.post("/charge-points", json={"charge_box_id": THEIRS})) == (409, "charge_point.taken")
    mine = charlie.post("/api/v1/charge-points", json={"charge_box_id": "ELSEWHERE-2"})
    assert mine.status_code == 201
    assert api.get("/charge-points/ELSEWHERE-2").status_code == 404


@pytest.mark.parametrize("token", ["-", "0" * 64, "ä"])
def test_a_wrong_token_opens_nothing(served: Served, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode()}
    with httpx2.Client(base_url=f"{served.address}/api/v1", headers=headers, trust_env=False) as client:
        answer = client.get("/charge-points")
        assert answer.status_code in (401, 429)
        assert answer.json()["code"] in ("operator.wrong_token", "sign_in.wait")
        assert client.post("/charge-points", json={"charge_box_id": "STRANGER"}).status_code in (401, 429)


def test_many_wrong_tokens_are_slowed_down_and_the_right_one_never(served: Served, api: httpx2.Client) -> None:
    with served.api("guess") as guesser:
        answers = [guesser.get("/charge-points") for _ in range(12)]
    assert code(answers[-1]) == (429, "sign_in.wait")
    assert all(answer.status_code in (401, 429) for answer in answers)
    assert api.get("/charge-points").status_code == 200


def test_nobody_is_let_in_without_either(served: Served) -> None:
    with httpx2.Client(base_url=f"{served.address}/api/v1", trust_env=False) as nobody:
        answer = nobody.get("/charge-points")
        assert code(answer) == (401, "sign_in.needed")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert code(nobody.post("/charge-points", json={"charge_box_id": "NOBODY"})) == (403, "page.foreign_origin")


def test_a_token_opens_the_api_and_no_page(served: Served) -> None:
    with httpx2.Client(
        base_url=served.address, headers={"Authorization": f"Bearer {served.token}"}, trust_env=False
    ) as client:
        assert client.get("/sessions").status_code == 303
        assert client.post("/sign-out").status_code == 403


def test_a_token_beside_a_cookie_does_not_excuse_another_website(served: Served, charlie: httpx2.Client) -> None:
    headers = {"Authorization": f"Bearer {served.token}", "Sec-Fetch-Site": "cross-site"}
    answer = charlie.post("/api/v1/charge-points", json={"charge_box_id": "FORGED"}, headers=headers)
    assert code(answer) == (403, "page.foreign_origin")


def test_a_wrong_token_is_not_made_good_by_a_cookie(charlie: httpx2.Client) -> None:
    answer = charlie.get("/api/v1/charge-points", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code in (401, 429)


def test_the_files_of_a_running_server_are_its_owners(served: Served) -> None:
    for name in (running.TOKEN_FILE, running.PLACE_FILE):
        assert stat.S_IMODE((served.data / name).stat().st_mode) == 0o600
    assert len(bytes.fromhex(served.token)) == 32
    assert not list(served.data.glob(".*.token*"))


def test_secrets_are_nowhere_but_in_the_one_answer(served: Served, api: httpx2.Client) -> None:
    made = api.post("/charge-points", json={"charge_box_id": "QUIET"}).json()["authorization_key"]
    given = "a-key-that-was-given"
    secrets = [made, given, served.token]
    answers = [
        api.post("/charge-points", json={"charge_box_id": "LOUD", "authorization_key": given}),
        api.post("/charge-points", json={"charge_box_id": "LOUD", "authorization_key": given}),
        api.post("/charge-points", json={"charge_box_id": 7, "authorization_key": given}),
        api.patch("/charge-points/QUIET", json={"registration": "Pending"}),
        api.patch("/charge-points/LOUD", json={"authorization_key": given, "registration": "Never"}),
        api.get("/charge-points"),
        api.get("/charge-points/QUIET"),
        api.get("/charge-points/QUIET/frames"),
    ]
    texts = [answer.text for answer in answers] + [served.log.getvalue()]
    texts += [path.read_bytes().decode("latin-1") for path in served.data.glob("laadboek.db*")]
    assert not [text[:200] for text in texts for secret in secrets if secret in text]
    assert "pages.listening" in served.log.getvalue()


def test_the_token_is_made_once_and_refused_when_others_may_read_it(tmp_path: Path) -> None:
    first = running.token_hash(tmp_path)
    assert running.token_hash(tmp_path) == first
    (tmp_path / running.TOKEN_FILE).chmod(0o640)
    with pytest.raises(running.TokenExposed):
        running.token_hash(tmp_path)
