"""Makes the pictures of `docs/pages.md` from the running demo home, and that page itself: `make screenshots`.

The real product in a process of its own, a browser that signs in, Alice who plugs in and types her PIN. Every picture
is of a whole page, with few colours, so that all of them together stay small.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import APIResponse, BrowserContext, Page, sync_playwright

DOCS = Path(__file__).parent.parent / "docs"
IMAGES = DOCS / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
CHROMIUM = "/usr/bin/chromium"
EMAIL, PIN = "alice@example.org", "48213"
PHONE, DESKTOP = 375, 1280
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
HIGHEST = 2400  # pixels: what is below is more of the same
COLOURS = 96


class Shot(NamedTuple):
    """A page, by an address or by the first link on a page that looks like it."""

    name: str
    said: str  # one sentence for docs/pages.md
    path: str
    link: str = ""  # a pattern of a link on the page at `path`
    dark: bool = False
    signed_in: bool = True


SHOTS = (
    Shot("now", "What happens now: what flows, from where, to whom, at what price, and why.", "/", dark=True),
    Shot("history", "A day: power of car, house, roof and grid, and its prices.", "/history?date={yesterday}"),
    Shot("history-month", "A month: energy into the cars, and how much of it the roof gave.", "/history?period=month"),
    Shot("sessions", "The charging sessions of a month, with their kind, energy and files.", "/sessions?period=month"),
    Shot("session", "One session, quarter-hour by quarter-hour.", "/sessions?period=month", r"/sessions/ses_\w+"),
    Shot("chargers", "The chargers: whether they are reached, and what they run.", "/chargers"),
    Shot("charger-add", "A charger is added by what is printed on it.", "/chargers/add"),
    Shot(
        "charger-setup", "One charger: its connection, its settings, its PIN.", "/chargers", r"/chargers/chg_\w+/setup$"
    ),
    Shot("platforms", "The platforms of a charger.", "{charger}/platforms"),
    Shot("platform-new", "A platform is connected in the manual's steps.", "{charger}/platforms/new"),
    Shot(
        "link", "One link: whether it is heard, what waits, what went wrong.", "{charger}/platforms", r"/links/lnk_\w+$"
    ),
    Shot("drivers", "The drivers: who may charge, as what, in which mode.", "/drivers"),
    Shot("driver", "One driver, with the id tag to hand to the platform.", "/drivers", r"/drivers/drv_\w+$"),
    Shot("driver-new", "A driver is added with a name, a PIN, a kind and a mode.", "/drivers/new"),
    Shot("location", "The location: address, contract, fuse, roof and meter.", "/location"),
    Shot("wizard", "The setup goes step by step, and can be left at any time.", "/setup"),
    Shot("account", "The account: name, language, time zone, and where one is signed in.", "/account"),
    Shot("sign-in-ways", "Ways to sign in: password, passkey, one-time code, provider.", "/account/sign-in"),
    Shot("notices", "What one is told, and where: e-mail, webhook, this device.", "/account/notices"),
    Shot("members", "Who else may see what.", "/account/members"),
    Shot("tokens", "Tokens of the API.", "/account/tokens"),
    Shot("audit", "Who changed what, and when.", "/account/audit"),
    Shot("data", "One's data, to take along or to be forgotten.", "/account/data"),
    Shot("help", "Help, found from the “?” of each field.", "/help"),
    Shot("help-topic", "One topic of the help.", "/help", r"/help/\w+"),
    Shot("sign-in", "Signing in.", "/sign-in", signed_in=False),
    Shot("register", "A new account.", "/register", signed_in=False),
    Shot("offline", "Without a network the app says so, and shows nothing of anybody.", "/offline", signed_in=False),
)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        serve = [sys.executable, "-m", "laadboek.cli", "serve", "--data", folder + "/data", "--port", "0"]
        server = subprocess.Popen([*serve, "--ocpp-port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            missing = take_all(*welcome(server))
        finally:
            server.terminate()
            server.communicate()
    (DOCS / "pages.md").write_text("\n".join(page_of_pictures()) + "\n", encoding="utf-8")
    taken = sum(path.stat().st_size for path in IMAGES.glob("*.png"))
    sys.stdout.write(f"{taken >> 10} KiB; not there: {', '.join(missing) or 'none'}\n")


def welcome(server: "subprocess.Popen[str]") -> tuple[str, str]:
    """Address of the pages and the password, as a person reads them."""
    assert server.stdout is not None
    text = ""
    while "PIN " not in text:
        text += server.stdout.readline()
    pages, password = re.search(r"Pages\s+(\S+)", text), re.search(r"password (\S+)", text)
    assert pages and password
    return pages[1], password[1]


def take_all(pages: str, password: str) -> list[str]:
    """The names of those that are not there."""
    missing = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        stranger, alice = (browser.new_context(locale="en-GB", reduced_motion="reduce") for _ in range(2))
        origin = {"Origin": pages}
        alice.request.post(f"{pages}/sign-in", form={"email": EMAIL, "password": password}, headers=origin)
        charger = charge(alice, pages)
        for shot in SHOTS:
            page = (alice if shot.signed_in else stranger).new_page()
            if not take(page, pages, charger, shot):
                missing.append(shot.name)
            page.close()
        browser.close()
    return missing


def take(page: Page, pages: str, charger: str, shot: Shot) -> bool:
    address = pages + shot.path.format(charger=f"/chargers/{charger}", yesterday=YESTERDAY)
    if shot.link:
        text = page.request.get(address).text()
        found = next((link for link in re.findall(r'href="([^"#]+)"', text) if re.search(shot.link, link)), None)
        if found is None:
            return False
        address = pages + found
    for width in (PHONE, DESKTOP):
        for scheme in ("light", "dark") if shot.dark else ("light",):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.set_viewport_size({"width": width, "height": 812 if width == PHONE else 800})
            answer = page.goto(address)
            if answer is None or answer.status != 200:
                return False
            page.wait_for_timeout(400)
            # The bar at the foot of a phone belongs to the foot of the picture.
            high = int(page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": min(high, HIGHEST)})
            page.wait_for_timeout(200)
            keep(page, file_of(shot, width, scheme))
    return True


def file_of(shot: Shot, width: int, scheme: str = "light") -> Path:
    size = "-phone" if width == PHONE else ""
    return IMAGES / f"{shot.name}{size}{'-dark' if scheme == 'dark' else ''}.png"


def keep(page: Page, path: Path) -> None:
    page.screenshot(path=path)
    with Image.open(path) as taken:
        taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def charge(alice: BrowserContext, pages: str) -> str:
    """Whatever car stands there leaves; Alice plugs in, types her PIN, and wants it at once. Returns the charger."""
    found = re.search(r"chg_\w+", alice.request.get(pages + "/").text())
    assert found
    charger, page = found[0], alice.new_page()

    def press(what: str, **form: str) -> APIResponse:
        headers = {"Origin": pages}
        return alice.request.post(f"{pages}/chargers/{charger}/{what}", form=form, headers=headers)

    for button in ("unplug", "plug"):
        press(f"simulate/{button}")
        page.wait_for_timeout(3000)
    press("simulate/pin", pin=PIN)
    page.wait_for_timeout(3000)
    press("mode", mode="fast")
    page.goto(f"{pages}/chargers/{charger}")
    page.locator(".figure.flowing").wait_for(timeout=90_000)  # the car takes its time, as cars do
    page.wait_for_timeout(8000)
    page.close()
    return charger


def page_of_pictures() -> Iterator[str]:
    yield "# Pages"
    yield ""
    yield "Every page on a desktop and on a phone, from the demo home. Made by `make screenshots`."
    for shot in SHOTS:
        if not file_of(shot, DESKTOP).exists():
            continue
        yield ""
        yield f"## {shot.name.replace('-', ' ').capitalize()}"
        yield ""
        yield shot.said
        yield ""
        schemes = ("light", "dark") if shot.dark else ("light",)
        for scheme in schemes:
            wide, narrow = file_of(shot, DESKTOP, scheme).name, file_of(shot, PHONE, scheme).name
            yield f'<img src="images/{wide}" width="560" alt="{shot.name}, desktop"> '
            yield f'<img src="images/{narrow}" width="200" alt="{shot.name}, phone">'


if __name__ == "__main__":
    main()
