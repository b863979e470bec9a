"""A real `laadboek serve` in a process of its own, as somebody at a terminal would start it."""

from collections.abc import Iterator

import pytest
from serving import Serving, start


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The demo home after two produced days."""
    server = start(tmp_path_factory.mktemp("home") / "data", past_days=2)
    server.await_ready()
    yield server
    assert server.stop() == 0, server.log()
