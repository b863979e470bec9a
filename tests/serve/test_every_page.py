"""Every page of the product, as links lead to it from the first: on a phone and a desktop, in light and dark.

No page is listed here: the walk begins at `/` and follows every link, and a test compares what it met with the routes
of the app. So a new page is looked at as soon as something leads to it, and one that nothing leads to is found out.
"""

import gzip
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import BOX, KEY, Acknowledged, ForeignChargePoint
from looking import (
    CHROMIUM,
    DESKTOP,
    FLAGS,
    PHONE,
    Eyes,
    Links,
    Met,
    Person,
    Routes,
    browser,
    one_of_each,
    signed_in,
    walk,
)
from playwright.sync_api import Browser
from serving import Serving, laadboek

from laadboek.portal.words.speech import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BEGIN = ("/", "/sessions?period=year")  # today nobody may have charged
MOST_BYTES = 100 * 1024  # of a page with everything it needs, as it travels
PATIENCE_S = 30
WITHOUT_CHARGER = {"name": "Cabin", "country": "NL", "street": "Duinweg 3", "postcode": "1756 EG", "town": "Zee"}
# Pages that nothing links to, or that are no pages: a part of one, a file, a way through which somebody comes back.
NOT_BY_A_LINK = {
    "/healthz", "/favicon.ico", "/sw.js", "/offline", "/manifest.webmanifest", "/now/overview",
    "/chargers/{charger_id}/stream", "/chargers/{charger_id}/prices", "/chargers/{charger_id}/platforms/cards",
    "/account/sign-in/codes", "/drivers/imported",  # what a form answers with
}  # fmt: skip


def owner(serving: Serving) -> Person:
    return Person("alice@example.org", serving.password)


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes()


@pytest.fixture(scope="module")
def met(serving: Serving, routes: Routes, tmp_path_factory: pytest.TempPathFactory) -> Met:
    bring_foreign_hardware(serving, tmp_path_factory.mktemp("foreign"))
    with signed_in(serving.pages, owner(serving)) as client:
        assert client.post("/location/new", data=WITHOUT_CHARGER).status_code == 303
        return walk(client, routes, *BEGIN)


def bring_foreign_hardware(serving: Serving, folder: Path) -> None:
    """A charge point that is not ours, with sessions."""
    key = folder / "key"
    key.write_text(KEY)
    added = laadboek("charge-points", "add", BOX, "--key-file", str(key), "--data", str(serving.data))
    assert added.returncode == 0, added.stderr
    acknowledged = Acknowledged()
    charge_point = ForeignChargePoint(serving.ocpp, acknowledged, itertools.count(1_000))
    charge_point.quiet.set()  # one transaction
    charge_point.start()
    charge_point.join(PATIENCE_S)
    assert not charge_point.is_alive()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_link_leads_somewhere(serving: Serving, routes: Routes, language: str) -> None:
    with signed_in(serving.pages, owner(serving), language) as client:
        found = walk(client, routes, *BEGIN)
    assert found.broken == []
    assert len(found.pages) > 15
    assert all(f'<html lang="{language}"' in text for text in found.pages.values())


def test_every_page_weighs_little(serving: Serving, met: Met) -> None:
    weights: dict[str, int] = {}
    with signed_in(serving.pages, owner(serving)) as client:
        for address, text in met.pages.items():
            for file in Links(text).loads:
                if file not in weights:
                    with client.stream("GET", file, headers={"Accept-Encoding": "gzip"}) as answer:
                        weights[file] = len(b"".join(answer.iter_raw()))
            whole = len(gzip.compress(text.encode(), 5)) + sum(weights[file] for file in Links(text).loads)
            assert whole < MOST_BYTES, f"{address}: {whole} bytes"


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize(
    ("viewport", "language"), [(PHONE, "en"), (DESKTOP, "en"), (PHONE, "nl")], ids=["phone", "desktop", "dutch"]
)
def test_everybody_can_use_every_page(
    chromium: Browser, serving: Serving, routes: Routes, met: Met, viewport: dict[str, int], language: str
) -> None:
    eyes = Eyes(chromium, serving.pages, viewport)
    eyes.be(owner(serving), language)
    wrong = [found for address in one_of_each(met, routes) for found in eyes.wrong_at(address, axe=language != "nl")]
    eyes.context.close()
    assert wrong == []


def test_something_leads_to_every_page(met: Met, routes: Routes) -> None:
    by_stranger = re.compile(r"/(sign-in|register|confirm|reset|invitation|mails|platforms/terms)")
    unmet = {path for path in routes.pages() - met.routes - NOT_BY_A_LINK if not by_stranger.match(path)}
    assert unmet == set(), " ".join(sorted(unmet))


KEPT = """async () => {
  const names = await caches.keys();
  const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return requests.flat().map((one) => new URL(one.url).pathname);
}"""


def test_it_can_be_installed_and_keeps_no_page(serving: Serving, chromium: Browser, tmp_path: Path) -> None:
    """A window without a past counts as private, where nothing is installed."""
    context = chromium.browser_type.launch_persistent_context(tmp_path, executable_path=CHROMIUM, args=FLAGS)
    page = context.new_page()
    page.goto(serving.pages + "/sign-in")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    browser = context.new_cdp_session(page)
    assert browser.send("Page.getInstallabilityErrors") == {"installabilityErrors": []}
    page.reload()
    kept = page.evaluate(KEPT)
    assert "/offline" in kept and all(path.startswith("/static/") for path in kept if path != "/offline")
    context.set_offline(True)
    page.goto(serving.pages + "/sessions")
    assert page.locator("h1").inner_text() == "Laadboek cannot be reached"
    context.close()
