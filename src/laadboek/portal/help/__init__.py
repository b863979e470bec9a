"""Help in four languages."""

from . import pages

ROUTERS = (pages.router,)
