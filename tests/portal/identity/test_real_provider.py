"""The whole flow over real sockets, with a provider that is not ours (oidc-provider-mock)."""

import warnings
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from portal_house import VAULT, House
from starlette.testclient import TestClient
from ways_house import arrive, back, begin, is_signed_in, register

from laadboek.bus import Bus
from laadboek.clock import SystemClock
from laadboek.portal.app import create_app
from laadboek.portal.providers import Provider
from laadboek.portal.settings import PortalSettings
from laadboek.provider_asks import asking
from laadboek.runtime.guard import Guard
from laadboek.secret import Secret
from laadboek.settings import HOME_NETWORKS

with warnings.catch_warnings(action="ignore"):  # it uses a part of authlib that is on its way out
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
LOOPBACK = ("127.0.0.0/8", "::1/128")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    person = User(sub="elsewhere", claims={"name": "Eve Elsewhere", "email": "eve@example.org", "email_verified": True})
    with run_server_in_thread(require_nonce=True, user_claims=[person]) as server:
        yield f"http://localhost:{server.server_port}"


def door(house: House, address: str, networks: Any) -> TestClient:
    provider = Provider(name="mock", label="Mock", issuer=address, client_id="us", secret=Secret("any will do"))
    app = create_app(
        house.database,
        Bus(),
        SystemClock(),
        settings=PortalSettings(providers=(provider,)),
        vault=VAULT,
        ask=asking(Guard(networks)),
    )
    return TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)


def say_yes(address: str, **form: str) -> dict[str, str]:
    """What the person does on the provider's page, and what the browser brings back."""
    with httpx2.Client() as person:
        assert "form" in person.get(address).text
        answer = person.post(address, data=form)
    return dict(httpx2.URL(answer.headers["location"]).params)


def test_somebody_registers_and_signs_in_again(house: House, address: str) -> None:
    with door(house, address, LOOPBACK) as client:
        brought = say_yes(begin(client, "mock"), sub="elsewhere")
        assert arrive(client, brought, "mock").headers["location"] == "/register/with"
        assert 'value="Eve Elsewhere"' in client.get("/register/with").text
        assert register(client, "Eve", "eve@example.org").headers["location"] == "/setup"
        client.cookies.clear()

        brought = say_yes(begin(client, "mock"), sub="elsewhere")
        assert arrive(client, brought, "mock").headers["location"] == "/"
        assert is_signed_in(client)


def test_somebody_stops_there(house: House, address: str) -> None:
    with door(house, address, LOOPBACK) as client:
        brought = say_yes(begin(client, "mock"), action="deny")
        assert "You stopped at Mock" in back(client, brought, "mock").text


def test_a_provider_on_this_machine_is_reached_only_if_the_operator_allows_it(house: House, address: str) -> None:
    with door(house, address, HOME_NETWORKS) as client:
        refused = client.post("/sign-in/with/mock")
        assert refused.status_code == 503 and "could not be reached" in refused.text
