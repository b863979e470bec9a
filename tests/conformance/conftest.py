"""Both sides of OCPP from outside: our platform, and the charge points of the lab. Tests are coroutines.

One platform for each worker; each test registers charge points and id tags of its own.
"""

import asyncio
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).parents[1] / "lab"))

from wallbox import PlatformUnderTest, platform_in


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformUnderTest]:
    """At its end the ledger must verify and hold every transaction, and the log no traceback."""
    with platform_in(tmp_path_factory.mktemp("conformance")) as running:
        for id_tag in ("ALICE", "BOB"):
            running.tag(id_tag, kind="business")
        yield running
        running.check_ledger()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**given))
    return True
