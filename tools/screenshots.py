"""Makes the pictures of the README from the running demo home: `make screenshots`."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
CHROMIUM = "/usr/bin/chromium"
PIN = "48213"
SHOTS = (("now", 1280, "/"), ("now-phone", 375, "/"), ("sessions", 1280, "/sessions?period=month"))


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        serve = [sys.executable, "-m", "laadboek.cli", "serve", "--data", folder + "/data", "--port", "0"]
        server = subprocess.Popen([*serve, "--ocpp-port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            take_all(*welcome(server))
        finally:
            server.terminate()
            server.communicate()


def welcome(server: "subprocess.Popen[str]") -> tuple[str, str]:
    """Address of the pages and the password, as a person reads them."""
    assert server.stdout is not None
    text = ""
    while "PIN " not in text:
        text += server.stdout.readline()
    pages, password = re.search(r"Pages\s+(\S+)", text), re.search(r"password (\S+)", text)
    assert pages and password
    return pages[1], password[1]


def take_all(pages: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        page = context.new_page()
        sign_in(page, pages, password)
        charge(page, pages)
        for name, width, path in (
            ("now", 1280, "/"),
            ("now-phone", 375, "/"),
            ("sessions", 1280, "/sessions?period=month"),
        ):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(pages + path)
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / f"{name}.png")
        browser.close()


def sign_in(page: Page, pages: str, password: str) -> None:
    page.goto(pages)
    page.fill("input[name=email]", "alice@example.org")
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()


def charge(page: Page, pages: str) -> None:
    """Whatever car stands there leaves; Alice plugs in, types her PIN, and the car gets going."""
    charger = page.request.get(pages + "/").text()
    number = re.search(r"chg_\w+", charger)
    assert number
    form = {"headers": {"Origin": pages}}
    for button in ("unplug", "plug"):
        page.request.post(f"{pages}/chargers/{number[0]}/simulate/{button}", **form)
        page.wait_for_timeout(3000)
    page.request.post(f"{pages}/chargers/{number[0]}/simulate/pin", form={"pin": PIN}, **form)
    page.wait_for_timeout(30_000)  # the car takes its time, as cars do


if __name__ == "__main__":
    main()
