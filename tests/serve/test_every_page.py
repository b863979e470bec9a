"""Every page of the product, as links lead to it from the first: on a phone and a desktop, in light and dark.

No page is listed here: the walk begins at `/` and follows every link, and a test compares what it met with the routes
of the app. So a new page is looked at as soon as something leads to it, and one that nothing leads to is found out.
"""

import gzip
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import axe_playwright_python
import httpx2
import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Page, sync_playwright
from serving import Serving
from starlette.routing import Match

from laadboek.bus import Bus
from laadboek.clock import SystemClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.portal.words.speech import LANGUAGES
from laadboek.runtime.keys import DataKeys

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1280, "height": 860}
MOST_BYTES = 100 * 1024  # of a page with everything it needs, as it travels
EACH_WAY = 2  # addresses of one route that are looked at: a list of days goes on for ever
# Pages that nothing links to, or that are no pages: a part of one, a file, a way through which somebody comes back.
NOT_BY_A_LINK = {
    "/healthz", "/favicon.ico", "/sw.js", "/offline", "/manifest.webmanifest", "/now/overview",
    "/chargers/{charger_id}/stream", "/chargers/{charger_id}/prices", "/chargers/{charger_id}/platforms/cards",
    "/account/sign-in/codes", "/drivers/imported",  # what a form answers with
    "/charge-points/{charge_point}", "/charge-points/{charge_point}/remove",  # the demo home has no such hardware
}  # fmt: skip


class Links(HTMLParser):
    """Addresses on a page, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append(str(given["href"]))
        elif tag == "img" and given.get("src"):
            self.found.append(str(given["src"]))
        elif tag == "link" and given.get("rel") == "stylesheet":
            self.loads.append(str(given["href"]))
        elif tag == "script" and given.get("src"):
            self.loads.append(str(given["src"]))


class Routes:
    """The app's own, to tell which one answers an address."""

    def __init__(self) -> None:
        app = create_app(None, Bus(), SystemClock(), settings=PortalSettings(), vault=DataKeys(bytes(32)))
        self.all: list[APIRoute] = []
        pending = list(app.routes)
        while pending:
            route = pending.pop(0)
            if isinstance(route, APIRoute):
                self.all.append(route)
            else:
                pending = list(getattr(getattr(route, "original_router", None), "routes", [])) + pending

    def of(self, path: str) -> str | None:
        scope = {"type": "http", "method": "GET", "path": path}
        return next((route.path for route in self.all if route.matches(scope)[0] is Match.FULL), None)

    def pages(self) -> set[str]:
        return {
            route.path for route in self.all if "GET" in (route.methods or ()) and not route.path.startswith("/api")
        }


class Met:
    """What the walk met: pages by address, and links that led nowhere."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.routes: set[str] = set()
        self.broken: list[str] = []


def walk(client: httpx2.Client, routes: Routes) -> Met:
    """Breadth first, from the first page; of each route and kind of question a few."""
    met, seen, asked = Met(), set(), {}
    pending = [("/", ""), ("/sessions?period=year", "")]  # today nobody may have charged
    while pending:
        address, origin = pending.pop(0)
        parts = urlsplit(address)
        if address in seen or parts.path.startswith("/static/"):
            continue
        seen.add(address)
        route = routes.of(parts.path)
        kind = (route, *sorted(name for name, _ in parse_qsl(parts.query)))
        asked[kind] = asked.get(kind, 0) + 1
        if asked[kind] > EACH_WAY and "{" not in (route or "") and parts.query:
            continue
        answer = client.get(address, follow_redirects=False)
        if parts.path.startswith("/api/") and answer.status_code == 200:
            continue  # the description of the API
        if route is None or answer.status_code not in (200, 303, 307):
            met.broken.append(f"{answer.status_code} {address} on {origin}")
            continue
        met.routes.add(route)
        if answer.status_code != 200:
            pending.append((answer.headers["location"], address))
        elif answer.headers["content-type"].startswith("text/html"):
            met.pages[address] = answer.text
            found = (urldefrag(urljoin(address, link)).url for link in Links(answer.text).found)
            pending += [(link, address) for link in found if not urlsplit(link).scheme and not urlsplit(link).netloc]
    return met


@contextmanager
def signed_in(serving: Serving, language: str = "en") -> Iterator[httpx2.Client]:
    headers = {"Origin": serving.pages, "Accept-Language": language}
    with httpx2.Client(base_url=serving.pages, headers=headers, timeout=30) as client:
        client.post("/sign-in", data={"email": "alice@example.org", "password": serving.password})
        client.post("/language", data={"language": language})
        yield client


@pytest.fixture(scope="module")
def routes() -> Routes:
    return Routes()


@pytest.fixture(scope="module")
def met(serving: Serving, routes: Routes) -> Met:
    with signed_in(serving) as client:
        return walk(client, routes)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_link_leads_somewhere(serving: Serving, routes: Routes, language: str) -> None:
    with signed_in(serving, language) as client:
        found = walk(client, routes)
    assert found.broken == []
    assert len(found.pages) > 15
    assert all(f'<html lang="{language}"' in text for text in found.pages.values())


def test_every_page_weighs_little(serving: Serving, met: Met) -> None:
    weights: dict[str, int] = {}
    with signed_in(serving) as client:
        for address, text in met.pages.items():
            for file in Links(text).loads:
                if file not in weights:
                    with client.stream("GET", file, headers={"Accept-Encoding": "gzip"}) as answer:
                        weights[file] = len(b"".join(answer.iter_raw()))
            whole = len(gzip.compress(text.encode(), 5)) + sum(weights[file] for file in Links(text).loads)
            assert whole < MOST_BYTES, f"{address}: {whole} bytes"


# --- in a browser -----------------------------------------------------------------------------------------------------

LOOK = """async (rules) => {
  const options = rules ? { runOnly: rules } : { resultTypes: ["violations"] };
  const found = (await axe.run(document, options)).violations;
  return found.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`);
}"""
WIDER = """() => [...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert os.environ.get("CI") != "true", "CI has Chromium"
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(chromium: Browser, serving: Serving, viewport: dict[str, int], complaints: list[str], language: str) -> Page:
    context = chromium.new_context(viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
    context.add_init_script(AXE)
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    form = {"headers": {"Origin": serving.pages}}
    signing = {"email": "alice@example.org", "password": serving.password}
    context.request.post(f"{serving.pages}/sign-in", form=signing, **form)  # type: ignore[arg-type]
    context.request.post(f"{serving.pages}/language", form={"language": language}, **form)  # type: ignore[arg-type]
    return page


def one_of_each(met: Met, routes: Routes) -> list[str]:
    """An address per route and kind of question."""
    chosen: dict[tuple[object, ...], str] = {}
    for address in met.pages:
        parts = urlsplit(address)
        query = tuple(sorted((name, value) for name, value in parse_qsl(parts.query) if name == "period"))
        chosen.setdefault((routes.of(parts.path), query), address)
    return list(chosen.values())


@pytest.mark.parametrize(
    ("viewport", "language"), [(PHONE, "en"), (DESKTOP, "en"), (PHONE, "nl")], ids=["phone", "desktop", "dutch"]
)
def test_everybody_can_use_every_page(
    chromium: Browser, serving: Serving, routes: Routes, met: Met, viewport: dict[str, int], language: str
) -> None:
    """Fits, is silent on the console and in axe: all rules once, contrast in the dark as well."""
    complaints: list[str] = []
    page, wrong = opened(chromium, serving, viewport, complaints, language), []
    for address in one_of_each(met, routes):
        page.goto(serving.pages + address, wait_until="domcontentloaded")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{address} is wider than the screen: {page.evaluate(WIDER)}")
        if language != "nl":
            wrong += [f"{address} {found}" for found in page.evaluate(LOOK, None)]
            page.emulate_media(color_scheme="dark")
            wrong += [f"{address} in the dark {found}" for found in page.evaluate(LOOK, ["color-contrast"])]
            page.emulate_media(color_scheme="light")
        wrong += [f"{address} says {said}" for said in complaints]
        complaints.clear()
    page.context.close()
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
