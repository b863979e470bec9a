"""Everybody crawls every route, of pages and API, with everybody's ids: nothing foreign is ever seen or changed (C8).

The other account has a row in every table, and each text in it says where it stands (`canaries`). What somebody with a
role may see of their own account is told the same way: by table.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from canaries import BY_HAND, OF_NOBODY, Crowd, crowd_in, everything
from crawling import Asking, Route, indecent, routes, text_of, unplaced
from msgspec import Struct
from msgspec.structs import replace
from people_of_account import address_of, come_in, join, member
from portal_house import VAULT, House, live, sign_in
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.live import LiveSession
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.rights import RIGHTS, Right, Role
from laadboek.store import memberships, users
from laadboek.store.schema import metadata
from people import CHARLIE

# Routes that ask for no right, each for a good reason.
OPEN_TO_ALL = {"/help", "/help/{name}", "/sign-in", "/sign-out", "/language", "/healthz", "/favicon.ico"}
OPEN_TO_ALL |= {"/manifest.webmanifest", "/sw.js", "/offline"}  # of the installable app; they name nobody
# Before anybody can sign in; /mails is a 404 unless asked for at the machine itself.
OPEN_TO_ALL |= {"/register", "/confirm", "/confirm/again", "/reset", "/reset/new", "/mails"}
# On the way to a sign-in: at a provider, with a passkey, with a one-time code.
OPEN_TO_ALL |= {"/register/with", "/sign-in/arrived", "/sign-in/code", "/sign-in/passkey", "/sign-in/passkey/options"}
OPEN_TO_ALL |= {"/sign-in/with/{provider}", "/sign-in/with/{provider}/back"}
OPEN_TO_ALL |= {"/invitation/{token}"}  # GET: its token is what opens it, and shows who invites to what

SIGN_INS = frozenset({"sign_ins"})  # whoever looks is noted there
# Tables whose texts a role may see, besides what follows from its own name; everything else of the account is secret.
SEEN_BY: Mapping[Role, tuple[str, ...]] = {
    Role.HOUSEHOLD: (
        "accounts-name",
        "sessions-",
        "chargers-",
        "sites-",
        "links-",
        "charge_points-",
        "connector_statuses-",
        "notices-",
        "live-",
        "outbox-",
    ),
    Role.INSTALLER: (
        "accounts-name",
        "chargers-name",
        "sites-",
        "links-",
        "charge_points-",
        "connector_statuses-",
        "outbox-",
        "outbox_attempts-",
    ),
    Role.BOOKKEEPER: (
        "accounts-name",
        "sessions-",
        "chargers-name",
        "charge_points-charge_box_id",
    ),
    Role.EMPLOYER: ("accounts-name", "sessions-business", "chargers-name", "charge_points-charge_box_id"),
}


SCHEMA: dict[str, object] = {}  # of the API, described once: it is the same in every world


class World(Struct, frozen=True, kw_only=True):
    """Alice's account (ours), Charlie's (theirs), and a window on a portal that is not in a hurry."""

    house: House
    client: TestClient
    ours: Crowd
    theirs: Crowd
    schema: Mapping[str, object]

    def asking(self, crowd: Crowd, **headers: str) -> Asking:
        return Asking(self.client, crowd, self.schema, headers)  # type: ignore[arg-type]

    def rows(self, crowd: Crowd) -> object:
        return self.house.database.read(lambda db: everything(db, crowd.account_id, without=SIGN_INS))

    def routes(self) -> list[Route]:
        return [one for one in routes(self.client) if one.path not in OPEN_TO_ALL]


@pytest.fixture
def world(house: House, bus: Bus, clock: VirtualClock) -> Iterator[World]:
    ours, theirs = crowd_in(house)
    for crowd in (ours, theirs):
        charger = str(crowd.values["chargers.public_id"])
        session = LiveSession(
            session_id="ses_now",
            driver_name=f"{crowd.mark}-live-driver",
            kind="private",  # type: ignore[arg-type]
            started_at=clock.now(),
            energy_wh=1,
        )
        now = live(house, charger_id=charger, name=f"{crowd.mark}-chargers-name", session=session)
        why = replace(now.why, params={"driver": session.driver_name})
        bus.publish(f"charger.{charger}.live", replace(now, why=why))
    settings = PortalSettings(api_per_minute=100_000, api_network_per_minute=100_000)
    app = create_app(house.database, bus, clock, settings=settings, vault=VAULT)
    with TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False) as client:
        if not SCHEMA:
            SCHEMA.update(client.get("/api/v1/openapi.json").json())
        yield World(house=house, client=client, ours=ours, theirs=theirs, schema=SCHEMA)


def leaked(text: str, mark: str, allowed: tuple[str, ...] = ()) -> list[str]:
    """The canaries of an account in a text, without those that may be seen."""
    found = []
    place = text.find(mark)
    while place >= 0:
        rest = text[place + len(mark) + 1 : place + len(mark) + 60]
        if not rest.startswith(allowed):
            found.append(text[place : place + 60])
        place = text.find(mark, place + 1)
    return found


# --- the crawl itself ---


def test_every_route_says_what_right_it_needs(browser: TestClient) -> None:
    silent = [str(one) for one in routes(browser) if one.rights is None and one.path not in OPEN_TO_ALL]
    assert silent == [], "give each a right (portal.policy), or a good reason in OPEN_TO_ALL"
    gone = OPEN_TO_ALL - {one.path for one in routes(browser)}
    assert gone == set(), "these are open to all, and are no routes any more"


def test_the_crawl_can_ask_for_every_route(browser: TestClient) -> None:
    assert len(routes(browser)) > 150
    assert unplaced(routes(browser)) == [], "parameters of paths that crawling.OBJECTS or WORDS must know"


def test_there_is_a_canary_in_every_table_of_the_other_account(world: World) -> None:
    rows = world.house.database.read(lambda db: everything(db, world.theirs.account_id))
    assert {table.name for table in metadata.sorted_tables} - OF_NOBODY == set(rows)
    assert [name for name, found in rows.items() if not found] == []
    marked = {name.partition(".")[0] for name, value in world.theirs.values.items() if "canary" in str(value)}
    unmarked = set(rows) - marked - BY_HAND
    assert unmarked <= {"memberships", "recovery_codes", "notice_deliveries", "prices", "facts", "meter_values"}


# --- nobody, strangers, those who left ---


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_nobody_sees_nothing(world: World, whose: str) -> None:
    asking = world.asking(getattr(world, whose))
    before = world.rows(asking.crowd)
    for route in world.routes():
        answer = asking.ask(route)
        assert answer.status_code in (303, 401), f"{route}: {answer.status_code}"
        assert indecent(answer) is None, f"{route}: {indecent(answer)}"
        assert leaked(text_of(answer), "canary-") == [], route
    assert world.rows(asking.crowd) == before


def test_what_is_open_to_all_names_nobody(world: World) -> None:
    asking = world.asking(world.theirs)
    for route in routes(world.client):
        if route.path in OPEN_TO_ALL:
            answer = asking.ask(route)
            assert answer.status_code < 500, route
            assert leaked(text_of(answer), "canary-") == [], route


def test_another_accounts_objects_are_unknown_and_stay_as_they_are(world: World) -> None:
    sign_in(world.client)
    asking, before = world.asking(world.theirs), world.rows(world.theirs)
    for route in world.routes():
        if not route.names_objects:
            continue
        answer = asking.ask(route)
        assert answer.status_code == 404, f"{route}: {answer.status_code} {answer.text[:200]}"
        assert leaked(text_of(answer), world.theirs.mark) == [], route
    assert world.rows(world.theirs) == before


def test_what_an_owner_sees_is_all_of_the_own_account(world: World) -> None:
    sign_in(world.client)
    asking, seen = world.asking(world.ours), set()
    for route in world.routes():
        if route.method != "GET" or route.streams or route.path.endswith(".pdf"):
            continue
        answer = asking.ask(route)
        assert answer.status_code < 500 or answer.status_code == 503, f"{route}: {answer.status_code}"
        assert indecent(answer) is None, f"{route}: {indecent(answer)}"
        text = text_of(answer)
        assert leaked(text, world.theirs.mark) == [], route
        seen |= {found.split('"')[0][:40] for found in leaked(text, world.ours.mark)}
    for table in ("chargers-name", "drivers-name", "sites-name", "sessions-private-driver", "users-name"):
        assert any(one.startswith(f"{world.ours.mark}-{table}") for one in seen), f"the crawl has not seen {table}"


def test_who_was_removed_sees_nothing_any_more(world: World) -> None:
    who = member(world.client, world.house, Role.OWNER)
    token = who.post("/api/v1/tokens", json={"name": "x", "scopes": [right.value for right in Right]}).json()["token"]
    user = world.house.database.read(lambda db: users.by_email(db, address_of(Role.OWNER)))
    assert user is not None
    account_id = world.ours.account_id
    world.house.database.run(lambda db: memberships.remove(db, account_id, user.id))
    before = world.rows(world.ours)
    for asking in (world.asking(world.ours), world.asking(world.ours, authorization=f"Bearer {token}")):
        for route in world.routes():
            by_token = "authorization" in asking.headers
            if not route.of_api if by_token else route.streams:
                continue
            if not route.names_objects and route.method != "GET":
                continue  # of the own account, which is not what this is about
            answer = asking.ask(route)
            assert leaked(text_of(answer), world.ours.mark) == [], route
            if "authorization" in asking.headers:
                assert answer.status_code in (401, 429), f"{route}: {answer.status_code}"  # 429: slowed
            elif route.names_objects:
                assert answer.status_code == 404, f"{route}: {answer.status_code}"
    assert world.rows(world.ours) == before


# --- roles ---


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_a_role_sees_what_is_its_own_and_changes_nothing_else(world: World, role: Role) -> None:
    drivers = frozenset({"drv_1"}) if role is Role.EMPLOYER else None
    member(world.client, world.house, role, drivers)
    asking, before = world.asking(world.ours), world.rows(world.ours)
    refused, seen = 0, 0
    for route in world.routes():
        assert route.rights is not None, route
        may = not route.rights or RIGHTS[role].intersection(route.rights)
        if may and (route.method != "GET" or route.streams or route.path.endswith(".pdf")):
            continue
        answer = asking.ask(route)
        text = text_of(answer)
        if not may:
            assert answer.status_code == 403, f"{route}: {answer.status_code}"
            refused += 1
        seen += world.ours.mark in text
        assert leaked(text, world.ours.mark, SEEN_BY[role]) == [], route
        assert leaked(text, world.theirs.mark) == [], route
    assert world.rows(world.ours) == before
    assert refused > 50 and seen > 0


@pytest.mark.parametrize("role", [Role.BOOKKEEPER, Role.EMPLOYER])
def test_who_only_reads_has_no_button_that_writes(world: World, role: Role) -> None:
    member(world.client, world.house, role)
    page = world.client.get("/sessions?period=year").text
    assert "canary-a-sessions-business-driver" in page
    assert "/kind" not in page and "/odometer" not in page


# --- tokens ---


def test_a_token_opens_what_its_scopes_name(world: World) -> None:
    """For each route a token with just one of the rights that it needs, and one with all the others."""
    sign_in(world.client)
    tokens = {right: token_with(world, {right}) for right in Right}
    others = {}
    api = [one for one in world.routes() if one.of_api and one.rights]
    for needed in {one.rights for one in api if set(one.rights or ()) != set(Right)}:
        others[needed] = token_with(world, set(Right) - set(needed or ()))
    world.client.cookies.clear()
    before = world.rows(world.ours)
    for route in api:
        assert route.rights is not None
        if route.rights in others:
            answer = world.asking(world.ours, authorization=f"Bearer {others[route.rights]}").ask(route)
            assert (answer.status_code, answer.json()["code"]) == (403, "right.missing"), route
        if route.method == "GET" and not route.streams:
            answer = world.asking(world.ours, authorization=f"Bearer {tokens[route.rights[0]]}").ask(route)
            assert answer.status_code not in (401, 403), f"{route}: {answer.text}"
            assert leaked(text_of(answer), world.theirs.mark) == [], route
    same = frozenset({"api_tokens"})  # their use is noted
    assert without(world.rows(world.ours), same) == without(before, same)


def test_a_token_opens_no_page_and_nothing_about_its_user(world: World) -> None:
    sign_in(world.client)
    token = token_with(world, set(Right))
    world.client.cookies.clear()
    asking = world.asking(world.ours, authorization=f"Bearer {token}")
    for route in world.routes():
        if route.of_api and route.rights:
            continue
        answer = asking.ask(route)
        assert answer.status_code == (403 if route.of_api else 303), f"{route}: {answer.status_code}"
        assert leaked(text_of(answer), "canary-") == [], route


def token_with(world: World, scopes: set[Right]) -> str:
    name = " ".join(sorted(scopes))[:40] + str(len(scopes))
    database = world.house.database
    database.run(lambda db: db.run("UPDATE api_tokens SET name = name || id WHERE name NOT LIKE 'canary%'"))
    answer = world.client.post("/api/v1/tokens", json={"name": name, "scopes": sorted(scopes)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def without(rows: object, tables: frozenset[str]) -> object:
    assert isinstance(rows, dict)
    return {name: found for name, found in rows.items() if name not in tables}


# --- the stranger, from the inside ---


def test_charlie_sees_his_own_only(world: World) -> None:
    sign_in(world.client, CHARLIE)
    for address in ("/", "/sessions?period=year", "/sessions.csv?period=year", "/api/v1/sessions", "/drivers"):
        assert leaked(text_of(world.client.get(address)), world.ours.mark) == [], address
    assert "canary-b-sessions-private-driver" in world.client.get("/sessions?period=year").text


def test_a_member_of_two_accounts_sees_one_at_a_time(world: World) -> None:
    email = "bob@example.org"
    world.house.database.run(lambda db: join(db, email, Role.HOUSEHOLD))
    world.house.database.run(lambda db: join_too(db, email))
    come_in(world.client, world.house, email)
    text = text_of(world.client.get("/sessions?period=year"))
    assert "canary-a-sessions" in text and "canary-b-sessions" not in text
    foreign = world.asking(world.theirs)
    [session] = [one for one in world.routes() if str(one) == "GET /sessions/{session_id}"]
    assert foreign.ask(session).status_code == 404  # only after changing over to that account


def join_too(db: object, email: str) -> None:
    guest, host = users.by_email(db, email), users.by_email(db, CHARLIE)  # type: ignore[arg-type]
    assert guest is not None and host is not None
    since = guest.email_confirmed_at
    assert since is not None
    memberships.create(db, host.account_id, guest.id, Role.HOUSEHOLD, since + timedelta())  # type: ignore[arg-type]
