"""How soon the page of now is seen on a mid-range phone: `python tools/first_paint.py`. Prints figures, judges nothing.

The demo home's real server; Chromium with a processor four times slower, 1.6 Mbit/s and 150 ms there and back, first
with an empty cache and then with what the first visit left.
"""

import statistics
import subprocess
import sys
import tempfile

from playwright.sync_api import BrowserContext, CDPSession, sync_playwright
from screenshots import CHROMIUM, EMAIL, FLAGS, welcome

PHONE = {"width": 375, "height": 812}
SLOWER = 4
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
TIMES = 5
PAINTED = """() => new Promise((done) => {
  const seen = () => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    const [page] = performance.getEntriesByType("navigation");
    const parts = performance.getEntriesByType("resource");
    const bytes = parts.reduce((sum, one) => sum + one.transferSize, page.transferSize);
    if (paint) done([paint.startTime, page.responseStart, bytes]);
    else requestAnimationFrame(seen);
  };
  seen();
})"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        serve = [sys.executable, "-m", "laadboek.cli", "serve", "--data", folder + "/data", "--port", "0"]
        server = subprocess.Popen([*serve, "--ocpp-port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            measure(*welcome(server))
        finally:
            server.terminate()
            server.communicate()


def measure(pages: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        firsts, agains = [], []
        for _ in range(TIMES):
            context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
            form = {"email": EMAIL, "password": password}
            context.request.post(f"{pages}/sign-in", form=form, headers={"Origin": pages})
            firsts.append(visit(context, pages))
            agains.append(visit(context, pages))
            context.close()
        browser.close()
    for name, found in (("first visit", firsts), ("again", agains)):
        paint, answer, size = (statistics.median(values) for values in zip(*found, strict=True))
        sys.stdout.write(f"{name:12} painted {paint:5.0f} ms, answered {answer:5.0f} ms, {size / 1024:5.1f} KiB\n")


def visit(context: BrowserContext, address: str) -> list[float]:
    page = context.new_page()
    slow(context.new_cdp_session(page))
    page.goto(address, wait_until="domcontentloaded")
    found: list[float] = page.evaluate(PAINTED)
    page.close()
    return found


def slow(session: CDPSession) -> None:
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


if __name__ == "__main__":
    main()
