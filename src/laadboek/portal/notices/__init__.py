"""What people are told without looking, and where: e-mail, webhook, this browser."""

from . import pages

ROUTERS = (pages.router,)
