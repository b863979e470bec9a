"""What was done here, what is known of me, and an end to it."""

import io
import json
import zipfile
from datetime import timedelta
from functools import partial

import pytest
from portal_house import NOW, House, sign_in
from starlette.testclient import TestClient

from laadboek.actions import charger_products
from laadboek.actions.charger_products_questions import RemoveCharger
from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.words.deeds import DEEDS
from laadboek.store import accounts, audit, users
from laadboek.store.errors import JobFailed
from people import ALICE, CHARLIE

UNLIKE = {"id", "public_id", "email"}  # what two rows about two addresses may differ in


def test_the_log_says_in_words_who_signed_in(alice: TestClient) -> None:
    page = alice.get("/account/audit").text
    assert "signed in" in page and "Alice" in page
    assert "signed_in" not in page


def test_a_long_log_is_turned_over(alice: TestClient, house: House) -> None:
    for n in range(120):
        house.database.run(
            lambda db, n=n: audit.append(db, 1, actor="usr_x", what="site.changed", details={"n": n}, now=NOW)
        )
    first = alice.get("/account/audit").text
    assert "n 119" in first and "n 60" not in first
    older = first.split('href="/account/audit?after=')[1].split('"')[0]
    assert "n 60" in alice.get(f"/account/audit?after={older}").text


def opened(answer: object) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(answer.content))  # type: ignore[attr-defined]


def test_all_of_it_in_one_file_and_nothing_of_others(alice: TestClient) -> None:
    answer = alice.get("/account/data.zip")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    whole = opened(answer)
    sessions = [json.loads(line) for line in whole.read("sessions.jsonl").decode().splitlines()]
    assert len(sessions) == 29 and {"driver_name", "energy_wh", "body"} <= set(sessions[0])
    [me] = [json.loads(line) for line in whole.read("users.jsonl").decode().splitlines()]
    assert me["email"] == ALICE and "password_hash" not in me
    everything = b"".join(whole.read(name) for name in whole.namelist())
    assert b"Elsewhere" not in everything and CHARLIE.encode() not in everything and b"argon2" not in everything


def test_it_does_not_tell_whether_an_address_has_an_account_here(alice: TestClient, house: House) -> None:
    """Asking for another address writes to its owner either way, and that mail is not Alice's."""

    def after_asking_for(email: str) -> dict[str, list[list[object]]]:
        house.database.run(lambda db: [db.run(f"DELETE FROM {table}") for table in ("mails", "email_proofs")])
        assert alice.post("/account/email", data={"email": email}).headers["location"] == "/account?done=change"
        whole = opened(alice.get("/account/data.zip"))
        rows = {name: [json.loads(line) for line in whole.read(name).splitlines()] for name in whole.namelist()}
        return {
            name: [[value for key, value in row.items() if key not in UNLIKE] for row in rows[name]]
            for name in ("mails.jsonl", "email_proofs.jsonl")
        }

    free, taken = after_asking_for("nobody@example.com"), after_asking_for(CHARLIE)
    assert len(free["mails.jsonl"]) == len(free["email_proofs.jsonl"]) == 1
    assert free == taken


def test_whoever_sits_down_at_an_open_browser_must_prove_it_first(alice: TestClient, clock: VirtualClock) -> None:
    clock.instant += timedelta(hours=1)
    for answer in (alice.get("/account/data.zip"), alice.post("/account/close", data={"email": ALICE})):
        assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in/again")


@pytest.fixture
def products(bus: Bus, house: House, clock: VirtualClock) -> list[str]:
    """Who hosts the chargers, as far as it matters here: the rows."""
    removed: list[str] = []

    async def answer(question: RemoveCharger) -> None:
        remove = partial(charger_products.remove, actor=question.actor, charger_id=question.charger_id, now=clock.now())
        try:
            await house.database.write("products", remove)
        except JobFailed as failed:  # as whoever hosts them says it
            assert failed.__cause__ is not None
            raise failed.__cause__ from None
        removed.append(question.charger_id)

    bus.serve("chargers", answer)
    return removed


def test_another_address_closes_nothing(alice: TestClient, house: House, products: list[str]) -> None:
    answer = alice.post("/account/close", data={"email": CHARLIE})
    assert answer.status_code == 422 and "Nothing was deleted" in answer.text
    assert products == [] and house.database.read(lambda db: users.by_email(db, ALICE)) is not None


def test_while_somebody_charges_nothing_is_closed(alice: TestClient, house: House, products: list[str]) -> None:
    answer = alice.post("/account/close", data={"email": ALICE})
    assert answer.status_code == 422 and "Nothing was removed" in answer.text
    assert products == [] and house.database.read(lambda db: users.by_email(db, ALICE)) is not None


def test_closing_ends_it_and_nobody_else_notices(alice: TestClient, house: House, products: list[str]) -> None:
    house.database.run(lambda db: db.run("DELETE FROM sessions WHERE ended_at IS NULL"))
    assert "Driveway" in alice.get("/account/data").text
    answer = alice.post("/account/close", data={"email": ALICE.upper()})
    assert answer.status_code == 303 and answer.headers["location"] == "/sign-in"
    assert products == [house.charger]
    assert alice.get("/").status_code == 303  # the cookie opens nothing any more
    account = house.database.read(lambda db: accounts.by_id(db, 1))
    assert account is not None and account.name == ""
    assert [row.what for row in house.database.read(lambda db: audit.of_account(db, 1))] == ["account.closed"]
    sign_in(alice, CHARLIE)
    assert "Elsewhere-driver" in alice.get("/sessions").text


def test_every_deed_of_the_source_has_words() -> None:
    from deeds import deeds_of_the_source

    assert deeds_of_the_source() - set(DEEDS) == set()
