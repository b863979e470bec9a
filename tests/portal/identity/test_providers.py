"""Signing in, registering and connecting with a provider that behaves (C1, C8)."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from played_provider import EC, PlayedProvider, apple_key
from portal_house import sign_in
from starlette.testclient import TestClient
from ways_house import Ways, alice_at, arrive, back, begin, come_in, connect, is_signed_in, register

from laadboek.portal.providers import AppleKey
from people import CHARLIE


def test_somebody_new_registers_with_what_the_provider_says(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    assert "Continue with Acme" in browser.get("/sign-in").text
    assert come_in(browser, acme).headers["location"] == "/register/with"
    page = browser.get("/register/with").text
    assert 'value="Alice Elsewhere"' in page and 'value="alice.elsewhere@example.org"' in page

    answer = register(browser)

    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    assert is_signed_in(browser)
    assert ways.rows("SELECT issuer, subject, provider FROM identities") == [
        ("https://acme.example", "1000-alice", "acme")
    ]
    [(confirmed,)] = ways.rows("SELECT email_confirmed_at FROM users WHERE email = 'alice.elsewhere@example.org'")
    assert confirmed is not None


def test_the_next_time_they_come_straight_in(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    come_in(browser, acme)
    register(browser)
    browser.cookies.clear()
    acme.person["email"] = "alice.new@example.org"  # a new address is the same person

    answer = come_in(browser, acme, next="/sessions")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions")
    assert is_signed_in(browser)
    assert ways.rows("SELECT email FROM identities") == [("alice.new@example.org",)]
    assert ways.rows("SELECT method FROM sign_ins ORDER BY id DESC LIMIT 1") == [("acme",)]


def test_next_leads_to_our_pages_only(browser: TestClient, acme: PlayedProvider) -> None:
    come_in(browser, acme)
    register(browser)
    browser.cookies.clear()
    assert come_in(browser, acme, next="https://evil.example/").headers["location"] == "/"


def test_an_address_that_nobody_vouches_for_is_confirmed_by_mail(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    acme.person["email_verified"] = False
    come_in(browser, acme)
    answer = register(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/confirm")
    assert not is_signed_in(browser)
    assert ways.rows("SELECT email_confirmed_at FROM users WHERE email = 'alice.elsewhere@example.org'") == [(None,)]
    assert ways.rows("SELECT recipient FROM mails") == [("alice.elsewhere@example.org",)]


def test_another_address_than_the_vouched_one_is_confirmed_by_mail(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    come_in(browser, acme)
    assert register(browser, email="somebody.else@example.org").headers["location"] == "/confirm"
    assert ways.rows("SELECT email_confirmed_at FROM users WHERE email = 'somebody.else@example.org'") == [(None,)]


def test_the_provider_may_vouch_for_the_address_later(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    acme.person["email_verified"] = False
    come_in(browser, acme)
    register(browser)
    acme.person["email_verified"] = True
    assert come_in(browser, acme).status_code == 303
    assert is_signed_in(browser)


def test_a_provider_that_tells_no_address_asks_for_one(browser: TestClient, acme: PlayedProvider) -> None:
    acme.person = {"sub": "42"}
    come_in(browser, acme)
    assert register(browser, name="", email="").status_code == 422
    assert register(browser, email="not an address").status_code == 422
    assert register(browser, email="new@example.org").headers["location"] == "/confirm"


def test_registration_that_is_closed_stays_closed(ways: Ways, acme: PlayedProvider) -> None:
    with ways.door(acme, registration_open=False) as client:
        come_in(client, acme)
        before = ways.written()
        assert register(client).status_code in (403, 409)
        assert ways.written() == before


def test_somebody_who_is_signed_in_connects_a_provider_and_takes_it_away(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    alice_at(browser)
    answer = connect(browser, acme)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/sign-in")
    assert "alice.elsewhere@example.org" in browser.get("/account/sign-in").text
    browser.cookies.clear()
    assert come_in(browser, acme).headers["location"] == "/"
    deeds = [what for (what,) in ways.rows("SELECT what FROM audit ORDER BY id")]
    assert "identity.connected" in deeds

    assert browser.post("/account/sign-in/identities/acme/remove").headers["location"] == "/account/sign-in"
    assert ways.rows("SELECT id FROM identities") == []
    assert browser.post("/account/sign-in/identities/acme/remove").status_code == 404


def test_the_only_way_in_cannot_be_taken_away(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    come_in(browser, acme)
    register(browser)
    assert "Your only way in" in browser.get("/account/sign-in").text
    answer = browser.post("/account/sign-in/identities/acme/remove")
    assert answer.status_code == 409
    assert "only way in" in answer.text
    assert len(ways.rows("SELECT id FROM identities")) == 1


def test_a_stale_sign_in_is_proved_at_the_provider(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    come_in(browser, acme)
    register(browser)
    ways.clock.instant += timedelta(minutes=11)
    answer = browser.post("/account/sign-in/with/acme")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in/again")

    address = begin(browser, path="/sign-in/again/with/", next="/account/sign-in")
    assert "prompt=login" in address
    assert arrive(browser, acme.authorise(address)).headers["location"] == "/account/sign-in"
    assert browser.post("/account/sign-in/with/acme").status_code == 200


def test_another_person_proves_nothing_for_this_one(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    come_in(browser, acme)
    register(browser)
    browser.cookies.clear()
    alice_at(browser)
    ways.clock.instant += timedelta(minutes=11)
    brought = acme.authorise(begin(browser, path="/sign-in/again/with/"))
    assert arrive(browser, brought).status_code == 409
    assert browser.post("/account/sign-in/with/acme").status_code == 303


def test_keys_of_both_kinds_are_believed(browser: TestClient, acme: PlayedProvider) -> None:
    acme.signer = EC
    assert come_in(browser, acme).headers["location"] == "/register/with"


def test_a_key_without_a_name_is_found_when_it_is_the_only_one(browser: TestClient, acme: PlayedProvider) -> None:
    acme.header = {"kid": None}
    assert come_in(browser, acme).headers["location"] == "/register/with"


def test_clocks_may_differ_by_a_minute(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    now = int(ways.clock.now().timestamp())
    for claims in ({"iat": now + 60}, {"exp": now - 59}, {"iat": now - 60}, {"nbf": now + 60}):
        acme.claims = claims
        assert come_in(browser, acme).headers["location"] == "/register/with"


def test_keys_that_were_changed_are_fetched_once_and_not_again_for_five_minutes(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    come_in(browser, acme)
    new = RSAKey.generate_key(2048, {"kid": "second"})
    acme.keys, acme.signer = [new], new
    assert come_in(browser, acme).headers["location"] == "/register/with"
    assert acme.asked.count("/keys") == 2

    forger = RSAKey.generate_key(2048, {"kid": "third"})
    acme.signer = forger
    for _ in range(3):
        assert back(browser, acme.authorise(begin(browser))).status_code == 409
    assert acme.asked.count("/keys") == 2
    ways.clock.instant += timedelta(minutes=5)
    assert back(browser, acme.authorise(begin(browser))).status_code == 409
    assert acme.asked.count("/keys") == 3


def test_what_a_provider_says_of_itself_is_kept_for_an_hour(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    described = "/.well-known/openid-configuration"
    for _ in range(3):
        come_in(browser, acme)
    assert acme.asked.count(described) == 1
    ways.clock.instant += timedelta(hours=1)
    come_in(browser, acme)
    assert acme.asked.count(described) == 2


def test_the_secret_goes_where_the_provider_wants_it(browser: TestClient, acme: PlayedProvider) -> None:
    acme.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    come_in(browser, acme)
    assert acme.form["client_secret"] == "not a secret: a test"


# --- Apple ---


@pytest.fixture
def apple(ways: Ways) -> PlayedProvider:
    from msgspec.structs import replace

    played = PlayedProvider(ways.clock, "apple", "https://appleid.apple.com", form_post=True)
    played.setup = replace(played.setup, secret=apple_key())
    played.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    played.person = {"sub": "001.apple", "email": "x7@privaterelay.appleid.com", "email_verified": "true"}
    return played


def test_apple_answers_by_a_form_and_tells_the_name_once(ways: Ways, apple: PlayedProvider) -> None:
    with ways.door(apple, https=True) as client:
        address = begin(client, "apple")
        assert "response_mode=form_post" in address
        brought = apple.authorise(address) | {"user": '{"name": {"firstName": "Alice", "lastName": "Apple"}}'}
        assert arrive(client, brought, "apple", form=True).headers["location"] == "/register/with"
        assert 'value="Alice Apple"' in client.get("/register/with").text
        assert register(client, "Alice Apple", "x7@privaterelay.appleid.com").headers["location"] == "/setup"


def test_apples_secret_is_signed_with_its_key_for_an_hour(ways: Ways, apple: PlayedProvider) -> None:
    with ways.door(apple, https=True) as client:
        come_in(client, apple)
    assert isinstance(apple.setup.secret, AppleKey)
    key = ECKey.import_key(apple.setup.secret.private_key.reveal())
    token = jwt.decode(apple.form["client_secret"], key, algorithms=["ES256"])
    assert token.header["kid"] == "KEY"
    assert (token.claims["iss"], token.claims["sub"]) == ("TEAM", "laadboek-client")
    assert token.claims["aud"] == "https://appleid.apple.com"
    assert token.claims["exp"] - token.claims["iat"] == 3600


def test_only_the_cookie_of_the_way_comes_along_from_elsewhere(ways: Ways, apple: PlayedProvider) -> None:
    with ways.door(apple, https=True) as client:
        begun = client.post("/sign-in/with/apple").headers["set-cookie"]
        assert begun.startswith("__Host-laadboek_provider=")
        assert {"secure", "httponly", "samesite=none", "path=/"} <= {part.strip().lower() for part in begun.split(";")}
        come_in(client, apple)
        register(client, email="x7@privaterelay.appleid.com")
        signed_in = come_in(client, apple).headers["set-cookie"].lower()
        assert "samesite=none" not in signed_in and "samesite=lax" in signed_in


def test_apple_is_not_offered_without_tls(ways: Ways, apple: PlayedProvider) -> None:
    with ways.door(apple) as client:
        assert "Apple" not in client.get("/sign-in").text


def test_connecting_apple_needs_no_cookie_of_ours_on_the_way_back(ways: Ways, apple: PlayedProvider) -> None:
    with ways.door(apple, https=True) as client:
        alice_at(client)
        brought = apple.authorise(begin(client, "apple", path="/account/sign-in/with/"))
        session = client.cookies["__Host-laadboek"]
        client.cookies.delete("__Host-laadboek")  # SameSite=Lax stays at home when a form comes from elsewhere
        answer = back(client, brought, "apple", form=True)
        client.cookies.set("__Host-laadboek", session)
        assert answer.headers["location"] == "/sign-in/arrived"
        assert client.get("/sign-in/arrived").headers["location"] == "/account/sign-in"
    assert len(ways.rows("SELECT id FROM identities")) == 1


def test_two_people_have_each_their_own(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    alice_at(browser)
    connect(browser, acme)
    browser.cookies.clear()
    sign_in(browser, CHARLIE)
    answer = connect(browser, acme)
    assert answer.status_code == 409 and "hier bij iemand anders" in answer.text  # he reads Dutch
    acme.person = acme.person | {"sub": "2000-charlie"}
    assert connect(browser, acme).status_code == 303
    acme.person = acme.person | {"sub": "2001-charlie-again"}
    assert connect(browser, acme).status_code == 409  # one of each provider
    assert len(ways.rows("SELECT id FROM identities")) == 2
