"""Tests of the lab are coroutines that are given an open lab. Helpers are imported as plain modules."""

import asyncio
import inspect
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from laboratory import Laboratory


@pytest.fixture
def lab():
    return Laboratory()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def run():
        async with given["lab"]:
            await pyfuncitem.obj(**given)

    asyncio.run(run())
    return True
