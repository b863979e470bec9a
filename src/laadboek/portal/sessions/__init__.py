"""Charging sessions: lists, charts, files, and what is sent by itself."""

from . import exports_page, files, pages, session_page

# `exports_page` comes before the page of one session, whose address would fit it as well.
ROUTERS = (pages.router, files.router, exports_page.router, session_page.router)
