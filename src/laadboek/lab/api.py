"""The lab's HTTP API: one route per thing that a person could do to a charge point. Its own page is /docs."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Path, Request
from fastapi.responses import JSONResponse

from ..reasons import Refused
from .bench import Bench
from .models import (
    CableBody,
    CacheBody,
    CarBody,
    ChargePointState,
    FaultBody,
    FirmwareFailureBody,
    Frame,
    KeyBody,
    LockFailureBody,
    MeterBody,
    NewChargePoint,
    PinBody,
    ProfilesBody,
    ReadyBody,
    TagBody,
)
from .page import page
from .station import Station

DESCRIPTION = """
Simulated OCPP 1.6J charge points that connect to **your** platform. They are Laadboek's real charge point (charger,
face, outbox, store) with a simulated wall box and car behind it.

1. `POST /charge-points` with a ChargeBoxID and your backend URI: it connects and boots.
2. `POST …/plug-in`, `POST …/present-tag`, `POST …/unplug`: do what a driver does.
3. `GET …/{charge_box_id}` and `GET …/frames`: look at its state and at every frame.

Every action answers with the state right after it.
"""


def create_app(bench: Bench) -> FastAPI:
    app = FastAPI(title="Laadboek lab", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None)
    app.state.bench = bench
    app.add_exception_handler(Refused, refused)
    for method, path, endpoint, status in ROUTES:
        app.add_api_route(path, endpoint, methods=[method], status_code=status, tags=[tag_of(path)])
    app.add_api_route("/docs", partial(page, app), include_in_schema=False)
    return app


async def refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    problem = {"type": "about:blank", "title": error.reason.code, "status": 409, **error.reason.params}
    return JSONResponse(problem, status_code=409, media_type="application/problem+json")


def bench_of(request: Request) -> Bench:
    bench: Bench = request.app.state.bench
    return bench


def station_of(
    charge_box_id: Annotated[str, Path(description="The ChargeBoxID it was created with.")],
    bench: Annotated[Bench, Depends(bench_of)],
) -> Station:
    station = bench.stations.get(charge_box_id)
    if station is None:
        raise HTTPException(404, f"There is no charge point {charge_box_id} in this lab.")
    return station


Lab = Annotated[Bench, Depends(bench_of)]
Target = Annotated[Station, Depends(station_of)]


async def create(body: NewChargePoint, bench: Lab) -> ChargePointState:
    """Create a charge point and, unless told otherwise, switch it on."""
    station = await bench.create(body)
    return station.state()


async def list_all(bench: Lab) -> list[ChargePointState]:
    """Every charge point of this lab."""
    return [station.state() for station in bench.stations.values()]


async def show(station: Target) -> ChargePointState:
    """Its state now."""
    return station.state()


async def remove(station: Target, bench: Lab) -> None:
    """Switch it off and forget it. A state folder that you gave stays."""
    await bench.remove(station)


async def power_on(station: Target) -> ChargePointState:
    """Give it power: it boots. Does nothing when it is on."""
    return await after(station, station.power_on)


async def power_off(station: Target) -> ChargePointState:
    """Pull the plug: the websocket is cut without a close frame. Does nothing when it is off."""
    return await after(station, station.power_off)


async def restart_software(station: Target) -> ChargePointState:
    """Restart the software only: the device goes on, no BootNotification follows."""
    return await after(station, station.restart_software)


async def plug_in(station: Target, body: CableBody | None = None) -> ChargePointState:
    """Plug in: the whole cable, or one side of a loose one."""
    side = (body or CableBody()).side
    return await after(station, lambda: station.plug_in(side))


async def unplug(station: Target, body: CableBody | None = None) -> ChargePointState:
    """Unplug: the whole cable, or one side of a loose one. A locked cable stays in its socket (409)."""
    side = (body or CableBody()).side
    return await after(station, lambda: station.unplug(side))


async def set_ev_ready(station: Target, body: ReadyBody) -> ChargePointState:
    """The car wants energy (state C) or does not (state B)."""
    return await after(station, lambda: station.set_ev_ready(body.ready))


async def set_car(station: Target, body: CarBody) -> ChargePointState:
    """Change the car: state of charge, battery, phases."""
    return await after(station, lambda: station.set_car(body))


async def present_tag(station: Target, body: TagBody) -> ChargePointState:
    """Hold an id tag to the reader."""
    return await after(station, lambda: station.present_tag(body.id_tag, body.connector_id))


async def enter_pin(station: Target, body: PinBody) -> ChargePointState:
    """Type a PIN on the pad."""
    return await after(station, lambda: station.enter_pin(body.pin, body.connector_id))


async def raise_fault(station: Target, body: FaultBody) -> ChargePointState:
    """Break something, by its OCPP error code. Connector 0 is the whole charge point."""
    return await after(station, lambda: station.raise_fault(body.connector_id, body.error_code))


async def clear_fault(station: Target, connector_id: int = 1) -> ChargePointState:
    """Repair it."""
    return await after(station, lambda: station.clear_fault(connector_id))


async def set_lock_failure(station: Target, body: LockFailureBody) -> ChargePointState:
    """The cable lock fails from now on, or works again."""
    return await after(station, lambda: station.set_lock_failure(body.active))


async def set_firmware_failure(station: Target, body: FirmwareFailureBody) -> ChargePointState:
    """The next firmware cannot be installed, or can again."""
    return await after(station, lambda: station.set_firmware_failure(body.active))


async def set_meter(station: Target, body: MeterBody) -> ChargePointState:
    """Set the energy register."""
    return await after(station, lambda: station.set_meter(body.register_wh))


async def set_key(station: Target, key: str, body: KeyBody) -> ChargePointState:
    """Set a configuration key as an installer would, read-only ones included. 409 when it has no such value."""
    return await after(station, lambda: station.set_key(key, body.value))


async def add_to_cache(station: Target, body: CacheBody) -> ChargePointState:
    """Add an entry to the authorization cache."""
    return await after(station, lambda: station.add_to_cache(body))


async def set_profiles(station: Target, body: ProfilesBody) -> ChargePointState:
    """Switch feature profiles off and on."""
    return await after(station, lambda: station.set_profiles_off(frozenset(body.off)))


async def frames(station: Target, after_number: int = 0) -> list[Frame]:
    """Its frames in order, those after a number; the lab keeps the last ten thousand."""
    return station.frames(after_number)


async def after(station: Station, action: Callable[[], Awaitable[None]]) -> ChargePointState:
    """Act, let the turns that follow at once end, and show the state."""
    await action()
    await station.settle()
    return station.state()


Endpoint = Callable[..., Awaitable[object]]
ONE = "/charge-points/{charge_box_id}"
ROUTES: list[tuple[str, str, Endpoint, int]] = [
    ("POST", "/charge-points", create, 201),
    ("GET", "/charge-points", list_all, 200),
    ("GET", ONE, show, 200),
    ("DELETE", ONE, remove, 204),
    ("GET", ONE + "/frames", frames, 200),
    ("POST", ONE + "/power-on", power_on, 200),
    ("POST", ONE + "/power-off", power_off, 200),
    ("POST", ONE + "/restart-software", restart_software, 200),
    ("POST", ONE + "/plug-in", plug_in, 200),
    ("POST", ONE + "/unplug", unplug, 200),
    ("PUT", ONE + "/ev-ready", set_ev_ready, 200),
    ("PUT", ONE + "/car", set_car, 200),
    ("POST", ONE + "/present-tag", present_tag, 200),
    ("POST", ONE + "/enter-pin", enter_pin, 200),
    ("POST", ONE + "/fault", raise_fault, 200),
    ("DELETE", ONE + "/fault", clear_fault, 200),
    ("PUT", ONE + "/lock-failure", set_lock_failure, 200),
    ("PUT", ONE + "/firmware-failure", set_firmware_failure, 200),
    ("PUT", ONE + "/meter", set_meter, 200),
    ("PUT", ONE + "/keys/{key}", set_key, 200),
    ("POST", ONE + "/authorization-cache", add_to_cache, 200),
    ("PUT", ONE + "/profiles", set_profiles, 200),
]


def tag_of(path: str) -> str:
    return "charge points" if path in ("/charge-points", ONE) else "do"
