"""Makes the app's icons from its drawing: `python tools/icons.py`, after a change of static/icons/laadboek.svg."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ICONS = Path(__file__).parent.parent / "src" / "laadboek" / "portal" / "static" / "icons"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
INK = "#14191c"
COLOURS = 64
# Name, pixels, and how much of it the drawing fills. A maskable icon may lose all outside a circle of 80 %, and a
# phone's home screen cuts its own corners: both are filled to the edge.
MADE = (
    ("app-192", 192, 1.0, False),
    ("app-512", 512, 1.0, False),
    ("app-maskable-192", 192, 0.8, True),
    ("app-maskable-512", 512, 0.8, True),
    ("apple-touch", 180, 0.86, True),
)


def main() -> None:
    drawing = (ICONS / "laadboek.svg").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        for name, pixels, share, filled in MADE:
            draw(page, drawing, ICONS / f"{name}.png", pixels, share, filled=filled)
        browser.close()


def draw(page: Page, drawing: str, path: Path, pixels: int, share: float, *, filled: bool) -> None:
    size = round(pixels * share)
    svg = re.sub("<svg ", f'<svg width="{size}" height="{size}" ', drawing, count=1)
    ground = INK if filled else "transparent"
    style = f"margin:0;width:{pixels}px;height:{pixels}px;display:grid;place-items:center;background:{ground}"
    page.set_viewport_size({"width": pixels, "height": pixels})
    page.set_content(f'<!doctype html><html style="background:{ground}"><body style="{style}">{svg}')
    page.screenshot(path=path, omit_background=True)
    with Image.open(path) as taken:
        taken.convert("RGBA").quantize(COLOURS, method=Image.Quantize.FASTOCTREE).save(path, optimize=True)


if __name__ == "__main__":
    main()
