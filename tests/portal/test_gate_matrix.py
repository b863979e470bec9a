"""Each unsafe route, asked by each kind of other website: refused before anything was looked at (ASVS 3.5)."""

import pytest
from canaries import crowd_in, everything
from crawling import Asking, indecent, routes
from portal_house import VAULT, House
from starlette.testclient import TestClient

from laadboek.bus import Bus
from laadboek.clock import VirtualClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings

# Apple answers by a form from its own page; the state that it carries is what proves that we asked.
FROM_ELSEWHERE = {"/sign-in/with/{provider}/back"}
SAFE = {"GET", "HEAD", "OPTIONS"}
HURRY = PortalSettings(https=True, api_per_minute=100_000, api_network_per_minute=100_000)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_no_other_website_makes_a_browser_act(
    house: House, bus: Bus, clock: VirtualClock, headers: dict[str, str]
) -> None:
    crowd, _ = crowd_in(house)
    app = create_app(house.database, bus, clock, settings=HURRY, vault=VAULT)
    before = house.database.read(lambda db: everything(db, crowd.account_id))
    with TestClient(app, base_url="https://testserver", follow_redirects=False) as client:
        unsafe = [route for route in routes(client) if route.method not in SAFE and route.path not in FROM_ELSEWHERE]
        assert len(unsafe) > 80
        for route in unsafe:
            answer = client.request(route.method, Asking(client, crowd, {}).address(route), headers=headers)
            assert answer.status_code == 403, f"{route}: {answer.status_code}"
            assert "page.foreign_origin" in answer.text, route
            assert indecent(answer) is None, f"{route}: {indecent(answer)}"
            assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert house.database.read(lambda db: everything(db, crowd.account_id)) == before
