"""A page as PDF, tagged for screen readers. WeasyPrint is loaded when first needed: it wants Pango of the system."""

from typing import NoReturn

from ...reasons import Refused

MOST = 3_000  # rows: paper takes a while to set


def pdf(html: str) -> bytes:
    """Raise Refused where this machine lacks what it takes. Slow: call it in a thread."""
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        raise Refused("export.no_pango") from None
    fetcher = URLFetcher(allowed_protocols=("none",))
    document = weasyprint.HTML(string=html, base_url=None, url_fetcher=fetcher)
    made: bytes = document.write_pdf(pdf_tags=True)
    return made


def too_long(count: int) -> NoReturn:
    raise Refused("export.too_long", count=count, most=MOST)
