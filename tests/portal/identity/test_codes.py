"""One-time codes after the password, and recovery codes for a lost phone (C8)."""

import re
from datetime import timedelta

import pyotp
import pytest
from played_provider import PlayedProvider
from portal_house import NOW
from starlette.testclient import TestClient
from ways_house import Ways, alice_at, arrive, begin, connect, is_signed_in

from people import ALICE, PASSWORD

STEP = timedelta(seconds=30)


class Phone:
    """Alice's authenticator app."""

    def __init__(self, ways: Ways, secret: str) -> None:
        self._ways, self._totp = ways, pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        return self._totp.at(self._ways.clock.now() + steps * STEP)

    def wrong(self) -> str:
        right = {self.code(steps) for steps in (-1, 0, 1)}
        return next(text for text in ("000000", "111111", "222222", "333333") if text not in right)


@pytest.fixture
def phone(browser: TestClient, ways: Ways) -> Phone:
    """Switched on by Alice, who is signed in; a step later, so that its code is fresh."""
    alice_at(browser)
    secret = begun(browser)
    made = Phone(ways, secret)
    answer = browser.post("/account/sign-in/codes", data={"code": made.code()})
    assert answer.status_code == 200, answer.text
    ways.clock.instant += STEP
    return made


def begun(browser: TestClient) -> str:
    assert browser.post("/account/sign-in/codes/begin").headers["location"] == "/account/sign-in/codes"
    return secret_shown(browser)


def secret_shown(browser: TestClient) -> str:
    page = browser.get("/account/sign-in/codes").text
    assert 'src="data:image/svg+xml' in page
    found = re.search(r'<p class="key"><code>([A-Z2-7 ]+)</code>', page)
    assert found is not None
    return found[1].replace(" ", "")


def recovery_codes(page: str) -> list[str]:
    return re.findall(r"<code>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})</code>", page)


def password(browser: TestClient) -> None:
    browser.cookies.clear()
    answer = browser.post("/sign-in", data={"email": ALICE, "password": PASSWORD, "next": "/sessions"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/code")
    assert not is_signed_in(browser)


def show(browser: TestClient, code: str) -> tuple[int, str | None]:
    answer = browser.post("/sign-in/code", data={"code": code})
    return answer.status_code, answer.headers.get("location")


def test_after_the_password_the_code_is_asked(browser: TestClient, phone: Phone) -> None:
    password(browser)
    assert "six digits" in browser.get("/sign-in/code").text
    assert show(browser, phone.code()) == (303, "/sessions")
    assert is_signed_in(browser)


def test_nothing_is_asked_before_a_first_code_was_right(browser: TestClient, ways: Ways) -> None:
    alice_at(browser)
    secret = begun(browser)
    assert secret_shown(browser) == secret  # read once more, it is the same
    wrong = browser.post("/account/sign-in/codes", data={"code": Phone(ways, secret).wrong()})
    assert wrong.status_code == 422 and "still off" in wrong.text
    browser.cookies.clear()
    alice_at(browser)
    assert is_signed_in(browser)


def test_a_secret_that_somebody_else_began_and_saw_is_not_the_one_that_is_switched_on(
    browser: TestClient, ways: Ways
) -> None:
    """Who sat at her open browser could else copy her phone before she has one."""
    alice_at(browser)
    seen = begun(browser)
    browser.cookies.clear()
    alice_at(browser)
    assert begun(browser) != seen
    assert browser.post("/account/sign-in/codes", data={"code": Phone(ways, seen).code()}).status_code == 422


def test_whose_password_is_changed_meanwhile_must_show_the_new_one(
    browser: TestClient, phone: Phone, ways: Ways
) -> None:
    password(browser)
    ways.house.database.run(lambda db: db.run("UPDATE users SET password_hash = 'another' WHERE email = ?", (ALICE,)))
    answer = browser.post("/sign-in/code", data={"code": phone.code()})
    assert answer.status_code != 303 and not is_signed_in(browser)


def test_a_code_works_once(browser: TestClient, phone: Phone) -> None:
    code = phone.code()
    password(browser)
    assert show(browser, code) == (303, "/sessions")
    password(browser)
    assert show(browser, code) == (401, None)
    assert not is_signed_in(browser)


def test_the_code_that_switched_it_on_opens_nothing(browser: TestClient, phone: Phone) -> None:
    password(browser)
    assert show(browser, phone.code(-1)) == (401, None)


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_the_phones_clock_may_be_a_step_off(
    browser: TestClient, phone: Phone, ways: Ways, steps: int, status: int
) -> None:
    ways.clock.instant += 5 * STEP
    password(browser)
    assert show(browser, phone.code(steps))[0] == status


def test_an_earlier_step_is_over_when_a_later_one_was_used(browser: TestClient, phone: Phone, ways: Ways) -> None:
    ways.clock.instant += 5 * STEP
    password(browser)
    assert show(browser, phone.code())[0] == 303
    password(browser)
    assert show(browser, phone.code(-1))[0] == 401
    assert show(browser, phone.code(1))[0] == 303


def test_after_five_wrong_codes_the_password_is_asked_again(browser: TestClient, phone: Phone, ways: Ways) -> None:
    password(browser)
    for left in (4, 3, 2, 1):
        answer = browser.post("/sign-in/code", data={"code": phone.wrong()})
        assert answer.status_code == 401 and f"Tries left: {left}" in answer.text
    answer = browser.post("/sign-in/code", data={"code": phone.wrong()})
    assert answer.status_code == 401 and "Start again with your password" in answer.text
    assert show(browser, phone.code()) == (401, None)
    assert ways.rows("SELECT COUNT(*) FROM audit WHERE what = 'one_time_code.wrong'") == [(5,)]


def test_starting_over_with_the_password_gives_no_new_tries(browser: TestClient, phone: Phone, ways: Ways) -> None:
    for _ in range(2):
        password(browser)
        statuses = [show(browser, phone.wrong())[0] for _ in range(5)]
    assert 429 in statuses
    assert show(browser, phone.code())[0] == 429  # even the right one waits
    ways.clock.instant += timedelta(minutes=15)
    password(browser)
    assert show(browser, phone.code())[0] == 303


def test_the_code_is_of_the_browser_that_knew_the_password(ways: Ways, browser: TestClient, phone: Phone) -> None:
    password(browser)
    with ways.door() as other:
        assert other.get("/sign-in/code").headers["location"] == "/sign-in"
        assert show(other, phone.code()) == (401, None)
    assert show(browser, phone.code())[0] == 303


def test_ten_minutes_after_the_password_it_is_asked_again(browser: TestClient, phone: Phone, ways: Ways) -> None:
    password(browser)
    ways.clock.instant += timedelta(minutes=10)
    assert show(browser, phone.code()) == (401, None)
    assert browser.get("/sign-in/code").status_code == 303


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "12 34 5", "\x00"])
def test_what_is_no_code_is_wrong(browser: TestClient, phone: Phone, code: str) -> None:
    password(browser)
    assert show(browser, code)[0] in (401, 422)
    assert not is_signed_in(browser)


def test_a_code_may_be_typed_with_a_space(browser: TestClient, phone: Phone) -> None:
    password(browser)
    code = phone.code()
    assert show(browser, f" {code[:3]} {code[3:]}")[0] == 303


def test_a_recovery_code_lets_in_once(browser: TestClient, phone: Phone, ways: Ways) -> None:
    codes = recovery_codes(browser.post("/account/sign-in/recovery-codes").text)
    assert len(set(codes)) == 10
    password(browser)
    assert show(browser, codes[0].upper().replace("-", " ")) == (303, "/sessions")
    password(browser)
    assert show(browser, codes[0])[0] == 401
    assert show(browser, codes[1])[0] == 303
    assert "8 recovery codes are left" in browser.get("/account/sign-in").text
    assert ways.rows("SELECT COUNT(*) FROM audit WHERE what = 'recovery_code.used'") == [(2,)]


def test_new_recovery_codes_end_the_old_ones(browser: TestClient, phone: Phone) -> None:
    old = recovery_codes(browser.post("/account/sign-in/recovery-codes").text)
    new = recovery_codes(browser.post("/account/sign-in/recovery-codes").text)
    password(browser)
    assert show(browser, old[0])[0] == 401
    assert show(browser, new[0])[0] == 303


def test_with_few_recovery_codes_left_the_way_to_new_ones_is_shown(browser: TestClient, phone: Phone) -> None:
    codes = recovery_codes(browser.post("/account/sign-in/recovery-codes").text)
    for code in codes[:7]:
        password(browser)
        assert show(browser, code) == (303, "/sessions")
    password(browser)
    assert show(browser, codes[7]) == (303, "/account/sign-in")
    assert "Time for new ones" in browser.get("/account/sign-in").text


def test_recovery_codes_are_kept_as_a_text_file(browser: TestClient, phone: Phone) -> None:
    page = browser.post("/account/sign-in/recovery-codes").text
    codes = recovery_codes(page)
    file = re.search(r'href="data:text/plain;charset=utf-8,([^"]+)" download="laadboek-recovery-codes.txt"', page)
    assert file is not None
    assert all(code in file[1] for code in codes)


def test_nothing_of_them_is_readable_in_the_store(browser: TestClient, phone: Phone, ways: Ways) -> None:
    codes = recovery_codes(browser.post("/account/sign-in/recovery-codes").text)
    [(sealed,)] = ways.rows(f"SELECT totp_secret FROM users WHERE email = '{ALICE}'")
    assert phone._totp.secret.encode() not in bytes(sealed)
    hashes = [bytes(one) for (one,) in ways.rows("SELECT code_hash FROM recovery_codes")]
    assert len(hashes) == 10 and {len(one) for one in hashes} == {32}
    everything = str(ways.rows("SELECT details FROM audit")) + str(hashes)
    assert not any(code in everything or code.replace("-", "") in everything for code in codes)


def test_switching_off_needs_a_fresh_proof(browser: TestClient, phone: Phone, ways: Ways) -> None:
    ways.clock.instant += timedelta(minutes=10)
    for path in ("codes/off", "codes/begin", "codes", "recovery-codes"):
        answer = browser.post(f"/account/sign-in/{path}", data={"code": "1"})
        assert answer.headers["location"].startswith("/sign-in/again"), path
    assert browser.post("/sign-in/again", data={"password": PASSWORD}).status_code == 303
    assert browser.post("/account/sign-in/codes/off").headers["location"] == "/account/sign-in"
    assert ways.rows("SELECT COUNT(*) FROM recovery_codes") == [(0,)]
    browser.cookies.clear()
    alice_at(browser)
    assert is_signed_in(browser)
    deeds = {what for (what,) in ways.rows("SELECT what FROM audit")}
    assert {"one_time_codes.switched_on", "one_time_codes.switched_off"} <= deeds


def test_what_is_on_is_not_begun_again_and_what_is_off_not_renewed(browser: TestClient, phone: Phone) -> None:
    assert browser.post("/account/sign-in/codes/begin").status_code == 409
    assert browser.post("/account/sign-in/codes", data={"code": phone.code()}).status_code == 409
    browser.post("/account/sign-in/codes/off")
    for path in ("recovery-codes", "codes/off", "codes"):
        assert browser.post(f"/account/sign-in/{path}", data={"code": phone.code()}).status_code == 409, path


def test_a_provider_asks_for_its_own_proof_and_no_code_of_ours(
    browser: TestClient, acme: PlayedProvider, phone: Phone, ways: Ways
) -> None:
    ways.knows(acme)
    browser.cookies.clear()
    assert arrive(browser, acme.authorise(begin(browser))).headers["location"] == "/"
    assert is_signed_in(browser)
    assert ways.clock.now() > NOW


def test_whoever_changes_how_somebody_signs_in_is_told_of_by_mail(
    browser: TestClient, acme: PlayedProvider, phone: Phone, ways: Ways
) -> None:
    def told() -> int:
        subjects = ways.rows(f"SELECT subject FROM mails WHERE recipient = '{ALICE}'")
        return [subject for (subject,) in subjects].count("How you sign in at Laadboek was changed")

    assert told() == 1  # switched on
    codes = recovery_codes(browser.post("/account/sign-in/recovery-codes").text)
    assert told() == 2
    password(browser)
    show(browser, codes[0])
    assert told() == 3
    connect(browser, acme)
    assert told() == 4
    browser.post("/account/sign-in/identities/acme/remove")
    assert told() == 5
    browser.post("/account/sign-in/codes/off")
    assert told() == 6
