"""Puts the portal together: routes, the gate in front of them, and what every page works with."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ..bus import Bus
from ..clock import Clock
from ..store.database import Database
from . import (
    api,
    charge_points_api,
    charging_api,
    errors,
    id_tags_api,
    keys_api,
    links_api,
    notices_api,
    now_pages,
    operations_api,
    pages,
    prices_api,
    sessions_pages,
    sign_in_pages,
    sites_api,
    transactions_api,
)
from .desk import Desk, desk_of
from .gate import Gate
from .progress import Progress
from .progress_page import ProgressFirst
from .settings import PortalSettings


def create_app(
    database: Database | None,
    bus: Bus,
    clock: Clock,
    *,
    settings: PortalSettings,
    progress: Callable[[], Progress | None] = lambda: None,
) -> FastAPI:
    """The portal as an ASGI app. `database` may come later by `app.state.desk.attach`, before `progress()` is None."""
    # The interactive pages of FastAPI would load their scripts from elsewhere, so only the document is offered.
    app = FastAPI(title="Laadboek", version=settings.version, docs_url=None, redoc_url=None, openapi_url=OPENAPI)
    app.state.desk = Desk(database, bus, clock, settings, progress)
    errors.install(app)
    for part in (now_pages, sessions_pages, sign_in_pages, api, *PLATFORM):
        app.include_router(part.router)
    app.mount(f"/static/{pages.static_version()}", pages.KeptForEver(directory=pages.STATIC), name="static")
    app.add_api_route("/healthz", health, include_in_schema=False)
    app.add_api_route("/favicon.ico", favicon, include_in_schema=False)
    app.add_middleware(ProgressFirst)
    app.add_middleware(Gate, https=settings.https)  # the last one added is the outermost
    return app


OPENAPI = "/api/v1/openapi.json"
PLATFORM = (
    charge_points_api,
    operations_api,
    transactions_api,
    id_tags_api,
    links_api,
    keys_api,
    notices_api,
    charging_api,
    sites_api,
    prices_api,
)


async def health(request: Request) -> Response:
    """Alive; and whether it can already be used."""
    return JSONResponse({"status": "ok" if desk_of(request).progress() is None else "starting"})


async def favicon() -> Response:
    return RedirectResponse(pages.static_url("icons/laadboek.svg"))
