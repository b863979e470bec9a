"""The portal's house with a played provider at its door, and what somebody does there with a browser."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

import pytest
from httpx2 import Response
from msgspec import Struct
from played_provider import Params, PlayedProvider, together
from portal_house import VAULT, House
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.store import identities, users
from laadboek.store.connection import Connection
from people import ALICE, PASSWORD

TABLES = ("accounts", "users", "memberships", "identities", "passkeys", "sign_ins", "mails", "audit")


class Ways(Struct, frozen=True):
    """`https`: over TLS, as Apple wants it."""

    house: House
    clock: VirtualClock
    bus: Bus

    def door(self, *providers: PlayedProvider, https: bool = False, **more: Any) -> TestClient:
        """A browser before the portal with these providers."""
        url = "https://testserver" if https else "http://testserver"
        settings = PortalSettings(providers=tuple(one.setup for one in providers), https=https, url=url, **more)
        app = create_app(
            self.house.database, self.bus, self.clock, settings=settings, vault=VAULT, ask=together(*providers)
        )
        return TestClient(app, base_url=url, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)

    def written(self) -> dict[str, int]:
        """How many rows each table of people has."""
        database = self.house.database
        return {
            table: int(database.read(lambda db, table=table: db.rows(f"SELECT COUNT(*) FROM {table}"))[0][0])  # type: ignore[misc]
            for table in TABLES
        }

    def knows(self, provider: PlayedProvider) -> None:
        """Alice has connected this provider, long ago."""

        def job(db: Connection) -> None:
            alice = users.by_email(db, ALICE)
            assert alice is not None
            identities.create(
                db,
                alice.account_id,
                alice.id,
                provider=provider.setup.name,
                issuer=provider.setup.issuer,
                subject=provider.person["sub"],
                email=None,
                now=self.clock.now(),
            )

        self.house.database.run(job)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.house.database.read(lambda db: db.rows(sql))


@pytest.fixture
def ways(house: House, clock: VirtualClock, bus: Bus) -> Ways:
    return Ways(house, clock, bus)


@pytest.fixture
def acme(clock: VirtualClock) -> PlayedProvider:
    return PlayedProvider(clock)


@pytest.fixture
def browser(ways: Ways, acme: PlayedProvider) -> Iterator[TestClient]:
    """At a portal that knows Acme."""
    with ways.door(acme) as client:
        yield client


def begin(client: TestClient, name: str = "acme", path: str = "/sign-in/with/", **form: str) -> str:
    """Press "Continue with …": the address to which the browser goes."""
    return onward(client.post(path + name, data=form))


def onward(page: Response) -> str:
    assert page.status_code == 200, page.text
    found = re.search(r'content="0; url=([^"]+)"', page.text)
    assert found is not None
    return unescape(found[1])


def back(client: TestClient, brought: Mapping[str, str], name: str = "acme", *, form: bool = False) -> Response:
    """The browser returns."""
    address = f"/sign-in/with/{name}/back"
    headers = {"Sec-Fetch-Site": "cross-site"}
    if form:
        return client.post(address, data=dict(brought), headers={**headers, "Origin": "https://appleid.apple.com"})
    return client.get(address, params=dict(brought), headers=headers)


def arrive(client: TestClient, brought: Mapping[str, str], name: str = "acme", *, form: bool = False) -> Response:
    """Returns, and is believed: where it is led."""
    answer = back(client, brought, name, form=form)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/sign-in/arrived"), answer.text
    return client.get("/sign-in/arrived")


def come_in(client: TestClient, provider: PlayedProvider, **form: str) -> Response:
    """To the provider and back."""
    name = provider.setup.name
    brought = provider.authorise(begin(client, name, **form))
    return arrive(client, brought, name, form=provider.setup.form_post)


def register(client: TestClient, name: str = "Alice Elsewhere", email: str = "alice.elsewhere@example.org") -> Response:
    return client.post("/register/with", data={"name": name, "email": email})


def connect(client: TestClient, provider: PlayedProvider) -> Response:
    name = provider.setup.name
    brought = provider.authorise(begin(client, name, path="/account/sign-in/with/"))
    return arrive(client, brought, name, form=provider.setup.form_post)


def is_signed_in(client: TestClient) -> bool:
    return client.get("/account/sign-in").status_code == 200


def alice_at(client: TestClient) -> TestClient:
    answer = client.post("/sign-in", data={"email": ALICE, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return client


__all__ = ["Params"]
