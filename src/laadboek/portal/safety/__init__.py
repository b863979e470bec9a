"""What was done in an account, and all that is known of a person: to take along, or to delete."""

from . import pages

ROUTERS = (pages.router,)
