"""Walks a product by its links, as somebody in some role, and looks at what it meets with a browser and axe."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import axe_playwright_python
import httpx2
import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from starlette.routing import Match

from laadboek.bus import Bus
from laadboek.clock import SystemClock
from laadboek.portal.app import create_app
from laadboek.portal.settings import PortalSettings
from laadboek.runtime.keys import DataKeys

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1280, "height": 860}
EACH_WAY = 2  # addresses of one route that are looked at: a list of days goes on for ever


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


def walk(client: httpx2.Client, routes: Routes, *begin: str) -> Met:
    """Breadth first, from the first pages; of each route and kind of question a few."""
    met, seen, asked = Met(), set(), {}
    pending = [(address, "") for address in begin]
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


class Person(NamedTuple):
    email: str
    password: str


@contextmanager
def signed_in(pages: str, person: Person | None, language: str = "en") -> Iterator[httpx2.Client]:
    """A client of theirs; of a stranger when there is none."""
    headers = {"Origin": pages, "Accept-Language": language}
    with httpx2.Client(base_url=pages, headers=headers, timeout=30) as client:
        if person is not None:
            client.post("/sign-in", data=person._asdict())
        client.post("/language", data={"language": language})
        yield client


@contextmanager
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert os.environ.get("CI") != "true", "CI has Chromium"
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Eyes:
    """One browser of one person; `said` is what its console complained of."""

    def __init__(self, chromium: Browser, pages: str, viewport: dict[str, int]) -> None:
        self._pages, self.said = pages, list[str]()
        self.context: BrowserContext = chromium.new_context(viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
        self.context.add_init_script(AXE)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda one: self.said.append(one.text) if one.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def be(self, person: Person | None, language: str) -> None:
        if person is not None:
            self._post("/sign-in", **person._asdict())
        self._post("/language", language=language)

    def _post(self, path: str, **form: str) -> None:
        headers = {"Origin": self._pages}
        self.context.request.post(self._pages + path, form=form, headers=headers)  # type: ignore[arg-type]

    def wrong_at(self, address: str, *, axe: bool = True) -> list[str]:
        """What is wrong with this page: it fits, is silent on the console and in axe, also in the dark."""
        page, wrong = self.page, []
        page.goto(self._pages + address, wait_until="domcontentloaded")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{address} is wider than the screen: {page.evaluate(WIDER)}")
        if axe:
            wrong += [f"{address} {found}" for found in page.evaluate(LOOK, None)]
            page.emulate_media(color_scheme="dark")
            wrong += [f"{address} in the dark {found}" for found in page.evaluate(LOOK, ["color-contrast"])]
            page.emulate_media(color_scheme="light")
        wrong += [f"{address} says {said}" for said in self.said]
        self.said.clear()
        return wrong


def one_of_each(met: Met, routes: Routes) -> list[str]:
    """An address per route and kind of question."""
    chosen: dict[tuple[object, ...], str] = {}
    for address in met.pages:
        parts = urlsplit(address)
        query = tuple(sorted((name, value) for name, value in parse_qsl(parts.query) if name == "period"))
        chosen.setdefault((routes.of(parts.path), query), address)
    return list(chosen.values())
