"""What happens now, the plan, and what happened lately."""

from . import history_pages, pages, simulator, wishes

ROUTERS = (pages.router, wishes.router, simulator.router, history_pages.router)
