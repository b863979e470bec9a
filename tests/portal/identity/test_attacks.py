"""What a hostile provider, website or browser tries: each is refused, nobody is let in, nothing is written (§3.3)."""

import json
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from played_provider import (
    CLIENT,
    EC,
    RSA,
    SECRET,
    STRANGER,
    SUBJECT,
    PlayedProvider,
    answer,
    b64,
    signed_with,
    unsigned,
)
from portal_house import NOW, House, furnish, sign_in
from starlette.testclient import TestClient
from ways_house import Ways, alice_at, arrive, back, begin, come_in, is_signed_in, onward, register

from laadboek.actions.people import own_password
from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.ids import Ids
from laadboek.portal.providers import Fetched
from laadboek.store.connection import Connection
from laadboek.store.database import InlineDatabase
from people import ALICE, CHARLIE

Twist = Callable[[PlayedProvider, int], None]
PUBLIC_PEM = RSA.as_pem(private=False)
with warnings.catch_warnings(action="ignore"):
    WEAK = RSAKey.generate_key(1024, {"kid": "weak"})
OTHER_CURVE = ECKey.generate_key("P-384", {"kid": "p384"})
LISTED_SECRET = b"everybody may read this key set, so it is no secret"


def claims(**changes: Any) -> Twist:
    """With these claims instead of the right ones; a callable is handed the time."""

    def twist(acme: PlayedProvider, now: int) -> None:
        acme.claims = {name: value(now) if callable(value) else value for name, value in changes.items()}

    return twist


def says(path: str, body: Any = None, status: int = 200, raw: bytes | None = None) -> Twist:
    def twist(acme: PlayedProvider, _: int) -> None:
        acme.answers[path] = answer(body, status) if raw is None else Fetched(status, raw)

    return twist


def describes(**changes: Any) -> Twist:
    def twist(acme: PlayedProvider, _: int) -> None:
        acme.discovery |= changes

    return twist


def signs(sign: Callable[[dict[str, Any], bytes], str]) -> Twist:
    def twist(acme: PlayedProvider, _: int) -> None:
        acme.sign = sign

    return twist


def signer(key: Any, *, listed: bool = False, **header: Any) -> Twist:
    def twist(acme: PlayedProvider, _: int) -> None:
        acme.signer, acme.header = key, header
        acme.keys = [*acme.keys, key] if listed else acme.keys

    return twist


def with_own_key(header: dict[str, Any], payload: bytes) -> str:
    """The forger's key comes along in the token itself."""
    own = STRANGER.as_dict(private=False)
    return jws.serialize_compact({**header, "jwk": own}, payload, STRANGER, algorithms=["RS256"])


def cut_off(header: dict[str, Any], payload: bytes) -> str:
    return jws.serialize_compact(header, payload, RSA, algorithms=["RS256"]).rpartition(".")[0] + "."


def other_payload(header: dict[str, Any], payload: bytes) -> str:
    """A right signature, of something else."""
    head, _, signature = jws.serialize_compact(header, payload, RSA, algorithms=["RS256"]).split(".")
    forged = json.loads(payload) | {"sub": "somebody else"}
    return f"{head}.{b64(json.dumps(forged).encode())}.{signature}"


def critical(header: dict[str, Any], payload: bytes) -> str:
    """Signed right, with a header that must be understood and is not (RFC 7515 §4.1.11)."""
    text = f"{b64(json.dumps({**header, 'crit': ['pay'], 'pay': 1}).encode())}.{b64(payload)}"
    return f"{text}.{b64(RSA.private_key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def by(algorithm: str) -> Callable[[dict[str, Any], bytes], str]:
    def sign(header: dict[str, Any], payload: bytes) -> str:
        return jws.serialize_compact({**header, "alg": algorithm}, payload, RSA, algorithms=[algorithm])

    return sign


def lists_its_secret(acme: PlayedProvider, _: int) -> None:
    acme.keys = [{"kty": "oct", "kid": "first", "k": b64(LISTED_SECRET), "alg": "HS256"}]
    acme.sign = signed_with(LISTED_SECRET)


TOKENS: dict[str, Twist] = {
    "alg none": signs(unsigned),
    "HS256 with the public key": signs(signed_with(PUBLIC_PEM)),
    "HS256 with the client secret": signs(signed_with(SECRET.encode())),
    "HS256 with a key of the key set": lists_its_secret,
    "RS512": signs(by("RS512")),
    "PS256": signs(by("PS256")),
    "a stranger's key of the same name": signer(STRANGER),
    "a key that nobody knows": signer(RSAKey.generate_key(2048, {"kid": "nobody's"})),
    "a key that comes along in the token": signs(with_own_key),
    "a key of 1024 bits": signer(WEAK, listed=True),
    "another curve": signer(OTHER_CURVE, listed=True, alg="ES384"),
    "a key of the wrong kind": signer(EC, kid="first"),
    "no signature": signs(cut_off),
    "the signature of something else": signs(other_payload),
    "an unknown critical header": signs(critical),
    "no token at all": signs(lambda *_: "nothing"),
    "a token of three dots": signs(lambda *_: "a.b.c"),
    "an endless token": signs(lambda *_: "x" * 20_000),
    "a payload that is no object": signs(
        lambda header, _: jws.serialize_compact(header, b"[1]", RSA, algorithms=["RS256"])
    ),
    "wrong issuer": claims(iss="https://evil.example"),
    "issuer with a slash": claims(iss="https://acme.example/"),
    "issuer without https": claims(iss="acme.example"),
    "no issuer": claims(iss=None),
    "wrong audience": claims(aud="somebody else"),
    "one audience too many": claims(aud=[CLIENT, "somebody else"]),
    "no audience in a list": claims(aud=[]),
    "no audience": claims(aud=None),
    "wrong authorised party": claims(azp="somebody else"),
    "expired a minute ago": claims(exp=lambda now: now - 60),
    "never expires": claims(exp=None),
    "an expiry that is no number": claims(exp="tomorrow"),
    "from the future": claims(iat=lambda now: now + 61),
    "from before it was begun": claims(iat=lambda now: now - 61),
    "of no time": claims(iat=None),
    "not valid yet": claims(nbf=lambda now: now + 61),
    "wrong nonce": claims(nonce="0" * 44),
    "no nonce": claims(nonce=None),
    "no subject": claims(sub=None),
    "an empty subject": claims(sub=""),
    "an endless subject": claims(sub="x" * 256),
    "a subject that is a number": claims(sub=1000),
}
ANSWERS: dict[str, Twist] = {
    "the code is refused": says("/token", {"error": "invalid_grant"}, 400),
    "the token endpoint leads elsewhere": says("/token", {}, 302),
    "a huge token answer": says("/token", raw=b'{"id_token": "' + b"x" * (300 << 10) + b'"}'),
    "a token answer that is no JSON": says("/token", raw=b"<html>"),
    "a token answer without an ID token": says("/token", {"access_token": "x"}),
    "keys that cannot be had": says("/keys", {}, 500),
    "keys that lead elsewhere": says("/keys", {}, 301),
    "huge keys": says("/keys", raw=b" " * (300 << 10)),
    "keys that are none": says("/keys", {"keys": "none"}),
    "no keys": says("/keys", {"keys": []}),
    "keys of nonsense": says("/keys", {"keys": [{"kty": "RSA", "kid": "first", "n": "!", "e": "AQAB"}, {"kty": 7}]}),
    "keys for secrets only": says("/keys", {"keys": [{**RSA.as_dict(private=False), "use": "enc"}]}),
}
DESCRIPTIONS: dict[str, Twist] = {
    "another issuer": describes(issuer="https://evil.example"),
    "the issuer with a slash": describes(issuer="https://acme.example/"),
    "an endpoint without https": describes(token_endpoint="http://acme.example/token"),
    "an endpoint that is no address": describes(jwks_uri="/keys"),
    "a description that leads elsewhere": says("/.well-known/openid-configuration", {}, 302),
    "no description": says("/.well-known/openid-configuration", {}, 404),
    "a description that is no JSON": says("/.well-known/openid-configuration", raw=b"<html>"),
    "a huge description": says("/.well-known/openid-configuration", raw=b" " * (300 << 10)),
}


def named(table: dict[str, Twist]) -> Any:
    return pytest.mark.parametrize("twist", list(table.values()), ids=[name.replace(" ", "_") for name in table])


def now_s(ways: Ways) -> int:
    return int(ways.clock.now().timestamp())


@pytest.fixture(scope="module")
def siege(password_hash: str) -> Iterator[tuple[Ways, PlayedProvider, TestClient]]:
    """One portal for all of them: making one takes longer than an attack."""
    database, clock = InlineDatabase(":memory:"), VirtualClock(NOW)
    ways = Ways(House(database, *database.run(lambda db: furnish(db, password_hash, Ids(7)))), clock, Bus())
    acme = PlayedProvider(clock)
    ways.knows(acme)  # whose identity it is, is known: only the answer is wrong
    with ways.door(acme) as client:
        yield ways, acme, client
    database.close()


@pytest.fixture
def attacked(siege: tuple[Ways, PlayedProvider, TestClient]) -> tuple[Ways, PlayedProvider, TestClient]:
    """A browser that knows nothing, two hours later: whatever is kept of a provider is fetched anew."""
    ways, acme, client = siege
    acme.behave()
    client.cookies.clear()
    ways.clock.instant += timedelta(hours=2)
    return siege


@named(TOKENS | ANSWERS)
def test_an_answer_that_is_not_as_it_must_be_lets_nobody_in(
    attacked: tuple[Ways, PlayedProvider, TestClient], twist: Twist
) -> None:
    ways, acme, browser = attacked
    brought = acme.authorise(begin(browser))
    before = ways.written()
    twist(acme, now_s(ways))

    refused = back(browser, brought)

    assert refused.status_code == 409 and "could not be checked" in refused.text
    assert browser.get("/sign-in/arrived").status_code == 409
    assert not is_signed_in(browser)
    assert ways.written() == before


@named(DESCRIPTIONS)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(
    attacked: tuple[Ways, PlayedProvider, TestClient], twist: Twist
) -> None:
    ways, acme, browser = attacked
    before = ways.written()
    twist(acme, now_s(ways))
    refused = browser.post("/sign-in/with/acme")
    assert refused.status_code == 409 and "evil" not in refused.text
    assert ways.written() == before


def test_without_a_twist_the_same_browser_comes_in(attacked: tuple[Ways, PlayedProvider, TestClient]) -> None:
    """Or all of the above would prove nothing."""
    _, acme, browser = attacked
    assert arrive(browser, acme.authorise(begin(browser))).headers["location"] == "/"
    assert is_signed_in(browser)


def test_a_provider_that_cannot_be_reached_is_named(browser: TestClient, ways: Ways, acme: PlayedProvider) -> None:
    elsewhere = PlayedProvider(ways.clock, "elsewhere", "https://elsewhere.example")
    with ways.door(elsewhere) as client:
        client.app.state.ways.one("elsewhere")._ask = browser.app.state.ways.one("acme")._ask  # type: ignore[attr-defined]
        refused = client.post("/sign-in/with/elsewhere")
    assert refused.status_code == 503 and "could not be reached" in refused.text


# --- the way back ---


def test_what_was_begun_is_used_once(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    brought = acme.authorise(begin(browser))
    cookie = browser.cookies["laadboek_provider"]
    arrive(browser, brought)
    before = ways.written()
    browser.cookies.set("laadboek_provider", cookie)
    assert back(browser, brought).status_code == 409
    assert ways.written() == before


def test_what_arrived_is_used_once(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    ways.knows(acme)
    brought = acme.authorise(begin(browser))
    back(browser, brought)
    arrived = browser.cookies["laadboek_arrived"]
    assert browser.get("/sign-in/arrived").status_code == 303
    browser.cookies.clear()
    browser.cookies.set("laadboek_arrived", arrived)
    assert browser.get("/sign-in/arrived").status_code == 409
    assert not is_signed_in(browser)


def test_a_code_is_taken_once_even_with_a_new_state(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    brought = acme.authorise(begin(browser))
    arrive(browser, brought)
    again = acme.authorise(begin(browser))
    before = ways.written()
    assert back(browser, again | {"code": brought["code"]}).status_code == 409
    assert ways.written() == before


def test_a_stolen_code_is_worth_nothing_in_another_flow(ways: Ways, acme: PlayedProvider) -> None:
    """PKCE: the code belongs to the verifier of the flow that asked for it."""
    with ways.door(acme) as alice, ways.door(acme) as mallory:
        stolen = acme.authorise(begin(alice))["code"]
        own = acme.authorise(begin(mallory))
        before = ways.written()
        assert back(mallory, own | {"code": stolen}).status_code == 409
        assert ways.written() == before


def test_the_state_of_another_browser_signs_nobody_in(ways: Ways, acme: PlayedProvider) -> None:
    """Otherwise Alice would be led into Mallory's account, and charge on it."""
    with ways.door(acme) as alice, ways.door(acme) as mallory:
        sent = acme.authorise(begin(mallory))
        before = ways.written()
        assert back(alice, sent).status_code == 409
        begin(alice)  # with a cookie of her own as well
        assert back(alice, acme.authorise(begin(mallory))).status_code == 409
        assert ways.written() == before


@pytest.mark.parametrize("state", [None, "", "nonsense", "A" * 44, "é" * 44])
def test_a_state_that_was_made_up_is_refused(browser: TestClient, ways: Ways, state: str | None) -> None:
    begin(browser)
    before = ways.written()
    refused = back(browser, {"code": "x"} | ({} if state is None else {"state": state}))
    assert refused.status_code == 409
    assert ways.written() == before


def test_a_flow_that_took_more_than_ten_minutes_is_over(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    brought = acme.authorise(begin(browser))
    ways.clock.instant += timedelta(minutes=10)
    assert back(browser, brought).status_code == 409


def test_an_answer_without_a_code_is_refused(browser: TestClient, acme: PlayedProvider) -> None:
    brought = acme.authorise(begin(browser))
    assert back(browser, {"state": brought["state"]}).status_code == 409


@pytest.mark.parametrize(("error", "said"), [("access_denied", "You stopped"), ("server_error", "did not let you")])
def test_an_error_is_said_in_our_words(browser: TestClient, acme: PlayedProvider, error: str, said: str) -> None:
    brought = acme.authorise(begin(browser))
    words = {"error": error, "error_description": "<script>pay here</script>", "error_uri": "https://evil.example"}
    refused = back(browser, {"state": brought["state"]} | words)
    assert refused.status_code == 409 and said in refused.text
    assert "pay here" not in refused.text and "evil" not in refused.text
    assert back(browser, brought).status_code == 409  # and it is over


# --- two providers ---


@pytest.fixture
def evil(ways: Ways) -> PlayedProvider:
    return PlayedProvider(ways.clock, "evil", "https://evil.example")


def test_one_provider_cannot_answer_for_another(ways: Ways, acme: PlayedProvider, evil: PlayedProvider) -> None:
    with ways.door(acme, evil) as client:
        brought = acme.authorise(begin(client, "acme"))
        before = ways.written()
        assert back(client, brought, "evil").status_code == 409
        assert evil.form == {}  # the code was not carried to the wrong one
        assert ways.written() == before


def test_one_provider_cannot_name_the_people_of_another(ways: Ways, acme: PlayedProvider, evil: PlayedProvider) -> None:
    with ways.door(acme, evil) as client:
        ways.knows(acme)
        assert come_in(client, evil).headers["location"] == "/register/with"  # the same subject is another person
        evil.claims = {"iss": "https://acme.example"}
        assert back(client, evil.authorise(begin(client, "evil")), "evil").status_code == 409
        assert not is_signed_in(client)


@pytest.mark.parametrize("iss", ["https://evil.example", "https://acme.example/", ""])
def test_an_answer_that_names_another_issuer_is_refused(browser: TestClient, acme: PlayedProvider, iss: str) -> None:
    brought = acme.authorise(begin(browser))
    assert back(browser, brought | {"iss": iss}).status_code == 409
    assert acme.form == {}


def test_a_provider_that_promised_to_name_itself_must(browser: TestClient, acme: PlayedProvider) -> None:
    acme.discovery["authorization_response_iss_parameter_supported"] = True
    assert back(browser, acme.authorise(begin(browser))).status_code == 409
    brought = acme.authorise(begin(browser)) | {"iss": "https://acme.example"}
    assert arrive(browser, brought).headers["location"] == "/register/with"


def test_a_form_is_taken_from_apple_alone(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    before = ways.written()
    assert back(browser, acme.authorise(begin(browser)), form=True).status_code == 409
    apple = PlayedProvider(ways.clock, "apple", "https://appleid.apple.com", form_post=True)
    with ways.door(apple, https=True) as client:
        assert back(client, apple.authorise(begin(client, "apple")), "apple").status_code == 409
        brought = apple.authorise(begin(client, "apple"))
        client.cookies.clear()
        assert back(client, brought, "apple", form=True).status_code == 409  # no cookie
    assert ways.written() == before


def test_every_other_form_from_elsewhere_is_refused(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    before = ways.written()
    for path in (
        "/sign-in/with/acme",
        "/sign-in/again/with/acme",
        "/account/sign-in/with/acme",
        "/register/with",
        "/sign-in/passkey/options",
        "/sign-in/passkey",
        "/sign-in/code",
        "/account/sign-in/codes/off",
        "/sign-in/with/acme/back/x",
        "/sign-in/with/%2e%2e/back",
    ):
        refused = browser.post(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code in (403, 404), path
    assert ways.written() == before


# --- people ---


@pytest.mark.parametrize("verified", [True, False, "true", "false", None])
def test_the_address_of_somebody_here_connects_nothing(
    browser: TestClient, acme: PlayedProvider, ways: Ways, verified: Any
) -> None:
    acme.person = {"sub": "9-mallory", "email": ALICE, "email_verified": verified, "name": "Mallory"}
    before = ways.written()
    assert come_in(browser, acme).headers["location"] == "/register/with"
    page = browser.get("/register/with")
    answer = register(browser, "Mallory", ALICE)

    assert not is_signed_in(browser)
    after = ways.written()
    assert after == before | {"mails": after["mails"]}
    if verified in (True, "true"):
        assert page.status_code == answer.status_code == 409
        assert "Sign in with your password first" in page.text
        assert after["mails"] == before["mails"]
    else:  # nobody vouches for it: they learn nothing, and Alice is told by mail
        assert (page.status_code, answer.headers["location"]) == (200, "/confirm")
        assert ways.rows("SELECT recipient FROM mails") == [(ALICE,)]


def test_an_unknown_and_a_known_address_look_alike_to_whom_nobody_vouches_for(ways: Ways, acme: PlayedProvider) -> None:
    acme.person["email_verified"] = False
    seen = []
    for email in (ALICE, "nobody@example.org"):
        acme.person = acme.person | {"sub": f"sub of {email}"}
        with ways.door(acme) as client:
            come_in(client, acme)
            answer = register(client, email=email)
            seen.append((answer.status_code, answer.headers["location"], answer.text, sorted(client.cookies)))
    assert seen[0] == seen[1]


def test_whoever_registered_first_with_an_address_of_others_loses_it_to_its_owner(
    ways: Ways, acme: PlayedProvider
) -> None:
    """Pre-hijacking: Mallory comes first with Victor's address, which she cannot confirm."""
    with ways.door(acme) as mallory:
        acme.person = {"sub": "9-mallory"}
        come_in(mallory, acme)
        register(mallory, "Mallory", "victor@example.org")
    with ways.door(acme) as victor:
        acme.person = {"sub": "7-victor", "email": "victor@example.org", "email_verified": True, "name": "Victor"}
        come_in(victor, acme)
        assert register(victor, "Victor", "victor@example.org").headers["location"] == "/setup"
    assert ways.rows("SELECT subject FROM identities") == [("7-victor",)]
    with ways.door(acme) as mallory:
        acme.person = {"sub": "9-mallory"}
        assert come_in(mallory, acme).headers["location"] == "/register/with"


def test_another_subject_with_the_same_address_is_another_person(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    """An address that changed hands (a company's domain, say) brings no account along."""
    come_in(browser, acme)
    register(browser)
    browser.cookies.clear()
    acme.person = acme.person | {"sub": SUBJECT + "0"}
    before = ways.written()
    assert come_in(browser, acme).headers["location"] == "/register/with"
    assert browser.get("/register/with").status_code == 409
    assert register(browser).status_code == 409
    assert ways.written() == before


def test_connecting_needs_a_fresh_proof(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    alice_at(browser)
    brought = acme.authorise(begin(browser, path="/account/sign-in/with/"))
    ways.clock.instant += timedelta(minutes=9)
    back(browser, brought)
    ways.clock.instant += timedelta(minutes=1)
    before = ways.written()
    assert browser.get("/sign-in/arrived").status_code == 409
    assert browser.post("/account/sign-in/with/acme").headers["location"].startswith("/sign-in/again")
    assert ways.written() == before


def test_a_connection_that_one_person_began_is_not_ended_by_another(
    browser: TestClient, acme: PlayedProvider, ways: Ways
) -> None:
    alice_at(browser)
    brought = acme.authorise(begin(browser, path="/account/sign-in/with/"))
    back(browser, brought)
    browser.cookies.delete("laadboek")
    sign_in(browser, CHARLIE)
    before = ways.written()
    assert browser.get("/sign-in/arrived").status_code == 409
    assert ways.written() == before


def test_nobody_connects_without_being_signed_in(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    assert browser.post("/account/sign-in/with/acme").headers["location"].startswith("/sign-in")
    assert browser.post("/sign-in/again/with/acme").headers["location"].startswith("/sign-in")


def test_registering_needs_what_arrived(browser: TestClient, ways: Ways) -> None:
    before = ways.written()
    assert browser.get("/register/with").status_code == 409
    assert register(browser).status_code == 409
    browser.cookies.set("laadboek_arrived", "A" * 43 + "=")
    assert register(browser).status_code == 409
    assert ways.written() == before


def test_an_identity_registers_once(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    """Two windows, one identity."""
    with ways.door(acme) as second:
        come_in(second, acme)
        come_in(browser, acme)
        register(browser, email="first@example.org")
        before = ways.written()
        assert register(second, email="second@example.org").status_code == 422
        assert ways.written() == before


def test_one_subscriber_with_many_addresses_is_slowed_down_as_one(browser: TestClient) -> None:
    """Ten thousand beginnings would leave no room for anybody else's."""
    answers = []
    for n in range(40):
        window = TestClient(browser.app, headers=browser.headers, client=(f"2001:db8::{n:x}", 50_000))
        answers.append(window.post("/sign-in/with/acme").status_code)
    assert answers[:30] == [200] * 30 and 429 in answers


def test_beginning_without_end_is_slowed_down(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    answers = [browser.post("/sign-in/with/acme").status_code for _ in range(40)]
    assert answers[:30] == [200] * 30
    assert 429 in answers
    ways.clock.instant += timedelta(minutes=11)
    onward(browser.post("/sign-in/with/acme"))
    assert len(ways.rows("SELECT id FROM pre_sign_ins")) == 1  # the others have gone


def test_no_secret_of_a_flow_is_readable_in_the_store(browser: TestClient, acme: PlayedProvider, ways: Ways) -> None:
    address = begin(browser)
    come_in(browser, acme)
    nonce = acme.claims.get("nonce", "")
    assert nonce == "" and "nonce=" in address
    for (body,) in ways.rows("SELECT body FROM pre_sign_ins"):
        assert b"nonce" not in body and b"acme" not in body and b"alice" not in body


def test_the_page_that_forwards_shows_no_code_that_could_run(ways: Ways, acme: PlayedProvider) -> None:
    acme.discovery["authorization_endpoint"] = 'https://acme.example/"><script>alert(1)</script>'
    with ways.door(acme) as client:
        assert "<script>alert" not in client.post("/sign-in/with/acme").text


def test_a_new_password_by_mail_ends_what_a_stranger_connected(ways: Ways, acme: PlayedProvider) -> None:
    """Mallory registers with Victor's address and her own identity; Victor wonders, and asks for a password."""
    with ways.door(acme) as mallory:
        acme.person = {"sub": "9-mallory"}
        come_in(mallory, acme)
        register(mallory, "Mallory", "victor@example.org")
        assert len(ways.rows("SELECT id FROM identities")) == 1

        def reset(db: Connection) -> None:
            post = mallory.app.state.desk.post  # type: ignore[attr-defined]
            own_password.ask_for_reset(db, post, "victor@example.org", bytes(32), ways.clock.now())
            own_password.reset(db, post, bytes(32), "a hash", ways.clock.now())

        ways.house.database.run(reset)
        assert ways.rows("SELECT id FROM identities") == []
        mallory.cookies.clear()
        assert come_in(mallory, acme).headers["location"] == "/register/with"
        assert not is_signed_in(mallory)
