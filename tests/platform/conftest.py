"""One server for each file of tests; each test registers charge points and id tags of its own."""

from collections.abc import Iterator

import httpx2
import pytest
from served import Served, server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with server(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture(scope="module")
def api(served: Served) -> Iterator[httpx2.Client]:
    """The operator's."""
    with served.api() as client:
        yield client
