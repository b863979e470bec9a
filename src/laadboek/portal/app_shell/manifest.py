"""The web app manifest in the reader's language (W3C Web Application Manifest). Pure."""

from collections.abc import Callable

from ..words import dashboard
from ..words.speech import Speech

GROUND = "#f5f4f0"  # as `--ground` of app.css, in light
ICONS = (
    ("icons/app-192.png", "192x192", "any"),
    ("icons/app-512.png", "512x512", "any"),
    ("icons/app-maskable-192.png", "192x192", "maskable"),
    ("icons/app-maskable-512.png", "512x512", "maskable"),
    ("icons/laadboek.svg", "any", "any"),
)
SHORTCUTS = (("/", dashboard.NOW), ("/sessions", dashboard.SESSIONS), ("/history", dashboard.HISTORY))


def manifest(speech: Speech, address: Callable[[str], str]) -> dict[str, object]:
    """`address` says where a static file is."""
    return {
        "id": "/",
        "name": "Laadboek",
        "short_name": "Laadboek",
        "description": speech.say(dashboard.DESCRIPTION),
        "lang": speech.language,
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "categories": ["utilities", "lifestyle"],
        "icons": [
            {"src": address(name), "sizes": sizes, "type": kind_of(name), "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
        "shortcuts": [{"name": speech.say(name), "url": url} for url, name in SHORTCUTS],
    }


def kind_of(name: str) -> str:
    return "image/svg+xml" if name.endswith(".svg") else "image/png"
