"""The command line of the platform: through the running server, in words for people and in JSON."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from served import Box, Served, box, play, server
from typer.testing import CliRunner, Result

from laadboek import running
from laadboek.cli import app


def test_a_charge_point_from_the_command_line_to_its_operation(served: Served) -> None:
    added = served.command("charge-points", "add", "GARAGE")
    assert added.exit_code == 0
    assert f"ws://127.0.0.1:{served.place.ocpp_port}/ocpp/" in added.stdout
    [line] = [line for line in added.stdout.splitlines() if "shown this once" in line]
    key = line.split()[2]
    assert "OLGA may charge" in served.command("id-tags", "add", "OLGA", "--kind", "business").stdout

    async def story() -> Box:
        async with box(served, "GARAGE", key) as garage:
            await garage.boot()
            words = ("operations", "run", "GARAGE", "RemoteStartTransaction", '{"idTag": "OLGA"}')
            done = await in_thread(served, *words)
            assert (done.exit_code, done.stdout, done.stderr) == (0, 'answered: {"status": "Accepted"}\n', "")
            row = await in_thread(served, "charge-points", "list")
            assert row.stdout.splitlines()[1].split()[:4] == ["GARAGE", "Accepted", "yes", "AC-11"]
            return garage

    assert play(story()).asked == [("start", {"id_tag": "OLGA"})]
    assert served.command("charge-points", "remove", "GARAGE").exit_code == 0
    assert served.json("charge-points", "list") == []


async def in_thread(served: Served, *words: str) -> Result:
    """The charge point lives in this thread's loop meanwhile."""
    return await asyncio.to_thread(served.command, *words)


def test_id_tags_are_added_blocked_listed_and_removed(served: Served) -> None:
    expires = ("--expires", "2999-01-31T00:00:00", "--parent", "FAMILY")
    added = served.json("id-tags", "add", "BOB", *expires)
    assert (added["expires_at"], added["parent_id_tag"], added["kind"]) == ("2999-01-31T00:00:00Z", "FAMILY", "private")
    assert "BOB is answered Blocked" in served.command("id-tags", "block", "bob").stdout
    [listed] = [tag for tag in served.json("id-tags", "list") if tag["id_tag"] == "BOB"]
    assert (listed["status"], listed["parent_id_tag"]) == ("Blocked", "FAMILY")
    assert "BOB" in served.command("id-tags", "list").stdout
    assert served.json("id-tags", "block", "BOB", "--undo")["status"] == "Accepted"
    assert served.command("id-tags", "remove", "BOB").exit_code == 0
    assert [tag for tag in served.json("id-tags", "list") if tag["id_tag"] == "BOB"] == []


def test_a_key_comes_from_a_file_and_is_not_repeated(served: Served, tmp_path: Path) -> None:
    key = "sixteen-or-more-characters"
    (tmp_path / "key").write_text(key + "\n")
    added = served.command("charge-points", "add", "FROM-FILE", "--key-file", str(tmp_path / "key"))
    assert "the one you gave" in added.stdout and key not in added.stdout
    piped = served.command("charge-points", "add", "FROM-PIPE", "--key-file", "-", stdin=key)
    assert (piped.exit_code, key in piped.stdout) == (0, False)

    async def story() -> str:
        async with box(served, "FROM-PIPE", key) as charge_point:
            return str((await charge_point.boot()).status)

    assert play(story()) == "Accepted"


def test_a_refusal_is_a_sentence_and_an_exit_code(served: Served) -> None:
    twice = [served.command("charge-points", "add", "TWICE") for _ in range(2)]
    assert [done.exit_code for done in twice] == [0, 2]
    assert twice[1].stderr == "There is a charge point TWICE already. Nothing was changed.\n"
    assert served.command("charge-points", "remove", "NOBODY").stderr == "This charge point is not in your account.\n"
    broken = served.command("operations", "run", "TWICE", "Reset", "{")
    assert (broken.exit_code, broken.stderr.startswith("The request is not JSON")) == (2, True)


def test_whoever_asks_an_absent_charge_point_is_told_that_it_is_waited_for(served: Served) -> None:
    assert served.command("charge-points", "add", "ABSENT").exit_code == 0
    asked = served.command("operations", "run", "ABSENT", "Dance")  # refused after that, so that nobody waits here
    told, refused = asked.stderr.splitlines()
    assert told == "ABSENT is not connected. It has 60 s to come; then this expires, unasked."
    assert (asked.exit_code, "Dance" in refused) == (2, True)


def test_what_runs_nowhere_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["charge-points", "list", "--data", str(tmp_path)])
    assert (done.exit_code, "laadboek serve" in done.stderr) == (2, True)


@pytest.mark.parametrize("left", ["", "{", '{"host":"127.0.0.1","port":1,"ocpp_port":1,"pid":PID}'])
def test_a_server_that_was_killed_is_not_running(tmp_path: Path, left: str) -> None:
    (tmp_path / running.PLACE_FILE).write_text(left.replace("PID", str(dead_process())))
    running.token_hash(tmp_path)
    done = CliRunner().invoke(app, ["id-tags", "list", "--data", str(tmp_path)])
    assert (done.exit_code, "No server runs" in done.stderr) == (2, True)


def dead_process() -> int:
    """The id of a process that has ended."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_the_place_is_known_while_the_server_runs_only(tmp_path: Path) -> None:
    with server(tmp_path) as served:
        assert running.find(tmp_path) == served.place
        assert json.loads((tmp_path / running.PLACE_FILE).read_text())["pid"] == os.getpid()
        token = served.token
    with pytest.raises(running.NoServer):
        running.find(tmp_path)
    with server(tmp_path) as served:
        assert served.token == token
