"""`laadboek doctor` beside a running server: its ports are its own, those of others are in the way."""

import socket
from pathlib import Path

from served import server

from laadboek.doctor import ports
from laadboek.settings import Settings


def test_the_ports_of_our_own_server_are_no_obstacle_and_those_of_others_are(tmp_path: Path) -> None:
    with server(tmp_path) as home, socket.create_server(("127.0.0.1", 0)) as other:
        foreign = other.getsockname()[1]
        pages, platform = ports(Settings(data=tmp_path, port=home.place.port, ocpp_port=foreign))
    assert (pages.ok, pages.what) == (True, f"port {home.place.port} for pages is where Laadboek listens")
    assert (platform.ok, platform.what) == (False, f"port {foreign} for platform is in use")
    afterwards, _ = ports(Settings(data=tmp_path, port=home.place.port, ocpp_port=foreign))
    assert (afterwards.ok, afterwards.what) == (True, f"port {home.place.port} for pages is free")
