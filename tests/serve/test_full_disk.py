"""A disk without room: said at the first start; survived, and said, in mid-work. A file size limit stands for it."""

import re
import resource
import sys
from subprocess import run

import pytest
from serving import Serving, laadboek, start
from test_plug_to_ledger import PIN, ended_session, press, sessions, until

from laadboek.store.errors import EXIT_BROKEN, EXIT_FULL

NO_LIMIT = resource.RLIM_INFINITY


def leave_room(serving: Serving, size: int) -> None:
    """No file of this process may grow beyond `size` bytes."""
    resource.prlimit(serving.process.pid, resource.RLIMIT_FSIZE, (size, NO_LIMIT))


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 1_000, 100_000, 400_000])
def test_a_first_start_without_room_says_so_and_can_be_repeated(tmp_path, room):
    command = [sys.executable, "-m", "laadboek.cli", "serve", "--data", str(tmp_path / "data")]
    ports = ["--port", "0", "--ocpp-port", "0"]
    limited = f"import resource, os, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}));"
    limited += "os.execv(sys.argv[1], sys.argv[1:])"
    ended = run(
        [sys.executable, "-c", limited, *command, *ports], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == EXIT_FULL, ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("Laadboek cannot start: there is no room")
    assert "Traceback" not in ended.stderr
    assert "password" not in ended.stdout
    serving = start(tmp_path / "data", past_days=1).await_ready()  # as if nothing had happened
    assert serving.password
    assert serving.stop() == 0


def test_a_database_that_is_none_is_named_at_the_start(tmp_path):
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "laadboek.db").write_bytes(b"a letter to my mother, long enough to be read " * 100)
    serving = start(tmp_path / "data")
    assert serving.ended() == EXIT_BROKEN
    assert "laadboek.db is damaged or no database" in serving.log()
    assert "Traceback" not in serving.log()


@pytest.mark.slow
def test_a_full_disk_in_mid_session_loses_nothing_and_heals_by_itself(serving: Serving):
    with serving.browser() as browser:
        charger = re.search(r"chg_\w+", browser.get("/").text)[0]
        live = f"/api/v1/chargers/{charger}/live"
        press(browser, charger, "unplug")
        until(lambda: browser.get(live).json()["session"] is None, "the visit ends")
        press(browser, charger, "plug")
        until(lambda: browser.get(live).json()["pilot"] != "A", "the car is seen")
        press(browser, charger, "pin", pin=PIN)
        session_id = until(lambda: browser.get(live).json()["session"], "the session begins")["session_id"]

        leave_room(serving, 0)
        press(browser, charger, "unplug")
        until(lambda: "store.full" in str(browser.get(live).json()), "the page says why")
        assert ended_session(browser, session_id) is None
        press(browser, charger, "plug")
        press(browser, charger, "pin", pin=PIN)

        leave_room(serving, NO_LIMIT)
        ended = until(lambda: ended_session(browser, session_id), "the session ends by itself")
        assert ended["reason"] == "EVDisconnected"
        until(lambda: browser.get(live).json()["links"][0]["state"] == "online", "on the air again")
        assert [one for one in sessions(browser) if not one["ended_at"]] == []  # nobody's PIN is obeyed that late
        press(browser, charger, "pin", pin=PIN)
        until(lambda: browser.get(live).json()["session"], "a new session can begin")
        press(browser, charger, "unplug")
    verified = laadboek("ledger", "verify", "--data", str(serving.data))
    assert verified.returncode == 0, verified.stdout
