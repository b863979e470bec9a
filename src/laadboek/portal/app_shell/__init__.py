"""What makes the pages an app on a phone: manifest, service worker, and the page for when there is no network."""

from . import pages

ROUTERS = (pages.router,)
