"""Runs the lab on one port."""

import asyncio
import contextlib

import uvicorn

from ..logs import configure
from ..settings import Settings
from .api import create_app
from .bench import Bench


def serve(settings: Settings) -> None:
    """Until SIGINT or SIGTERM; charge points without a state folder of their own are gone then."""
    configure(settings.log)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(settings))


async def run(settings: Settings) -> None:
    bench = Bench()
    config = uvicorn.Config(
        create_app(bench), host=settings.host, port=settings.lab_port, log_level="warning", lifespan="off"
    )
    print(f"\n  Laadboek lab\n\n  API  http://{settings.host}:{settings.lab_port}/docs\n", flush=True)  # noqa: T201
    try:
        await uvicorn.Server(config).serve()
    finally:
        await bench.close()
