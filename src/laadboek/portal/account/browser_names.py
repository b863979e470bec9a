"""What a browser calls itself (RFC 9110 §10.1.5), as a person would: browser and device. A guess, and shown as one."""

# The first that is found: many claim to be others as well.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def browser_name(agent: str | None) -> str:
    """`Firefox · Windows`; an unknown one by the beginning of what it says."""
    said = agent or ""
    found = [name for names in (BROWSERS, DEVICES) for mark, name in [first(names, said)] if mark]
    return " · ".join(found) or said[:40]


def first(names: tuple[tuple[str, str], ...], said: str) -> tuple[str, str]:
    return next(((mark, name) for mark, name in names if mark in said), ("", ""))
