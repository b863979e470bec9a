"""Puts the portal together: routes, the gate in front of them, and what every page works with."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from ..actions.vault import Vault
from ..bus import Bus
from ..clock import Clock
from ..store.database import Database
from . import (
    access,
    account,
    activation,
    app_shell,
    entrance,
    errors,
    help,
    identity,
    members,
    notices,
    now,
    rendering,
    safety,
    sessions,
    setup,
)
from .api import activation as api_activation
from .api import (
    charge_points,
    charging,
    drivers,
    history,
    id_tags,
    installation,
    keys,
    links,
    me,
    operations,
    prices,
    products,
    sign_in_methods,
    sites,
    tokens,
    transactions,
)
from .api import exports as api_exports
from .api import members as api_members
from .api import notices as api_notices
from .api import sessions as api_sessions
from .api import setup as api_setup
from .desk import Desk, desk_of
from .gate import Gate
from .identity.ways import Ways, nobody
from .providers import Ask
from .settings import PortalSettings
from .starting.page import ProgressFirst
from .starting.progress import Progress


def create_app(
    database: Database | None,
    bus: Bus,
    clock: Clock,
    *,
    settings: PortalSettings,
    vault: Vault,
    progress: Callable[[], Progress | None] = lambda: None,
    ask: Ask = nobody,
) -> FastAPI:
    """The portal as an ASGI app. `database` may come later by `app.state.desk.attach`, before `progress()` is None.

    `ask` reaches sign-in providers.
    """
    # The interactive pages of FastAPI would load their scripts from elsewhere, so only the document is offered.
    app = FastAPI(title="Laadboek", version=settings.version, docs_url=None, redoc_url=None, openapi_url=OPENAPI)
    app.state.desk = Desk(database, bus, clock, settings, progress, vault)
    app.state.ways = Ways(settings.providers, ask, clock)
    errors.install(app)
    for area in AREAS:
        for router in area.ROUTERS:
            app.include_router(router)
    for part in API:
        app.include_router(part.router)
    app.mount(f"/static/{rendering.static_version()}", rendering.KeptForEver(directory=rendering.STATIC), name="static")
    app.add_api_route("/healthz", health, include_in_schema=False)
    app.add_api_route("/favicon.ico", favicon, include_in_schema=False)
    app.add_middleware(ProgressFirst)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)  # not of streams of events
    app.add_middleware(Gate, https=settings.https)  # the last one added is the outermost
    return app


OPENAPI = "/api/v1/openapi.json"
# Setup comes before now: /chargers/add is no charger.
AREAS = (
    app_shell,
    setup,
    now,
    notices,
    sessions,
    activation,
    access,
    entrance,
    account,
    identity,
    members,
    safety,
    help,
)
API = (
    api_sessions,
    api_exports,
    charge_points,
    operations,
    transactions,
    id_tags,
    links,
    api_activation,
    keys,
    api_notices,
    charging,
    drivers,
    history,
    sites,
    prices,
    installation,
    tokens,
    api_members,
    me,
    sign_in_methods,
    products,
    api_setup,
)


async def health(request: Request) -> Response:
    """Alive; and whether it can already be used."""
    return JSONResponse({"status": "ok" if desk_of(request).progress() is None else "starting"})


async def favicon() -> Response:
    return RedirectResponse(rendering.static_url("icons/laadboek.svg"))
