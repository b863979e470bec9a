"""Drivers from the command line: a file looked at, then taken, and written out again (docs/drivers.md)."""

import json
from pathlib import Path

from served import Served

PEOPLE = "name;kind;hours\nBob;private;mo-fr 07:00-19:00\nEve;business;\n"


def test_a_file_is_looked_at_then_taken_and_written_out(served: Served, tmp_path: Path) -> None:
    charger = {"name": "Drive"}
    with served.api() as api:
        assert api.post("/chargers", json=charger).status_code == 201
    file, pins = tmp_path / "people.csv", tmp_path / "pins.json"
    file.write_text(PEOPLE)
    looked = served.command("drivers", "import", str(file))
    assert looked.exit_code == 0 and "2 new, 0 changed, 0 unchanged.\nNothing was changed." in looked.stdout
    taken = served.command("drivers", "import", str(file), "--keep", "--pins", str(pins))
    assert taken.exit_code == 0 and taken.stdout.endswith("They are in.\n")
    assert pins.stat().st_mode & 0o077 == 0
    made = json.loads(pins.read_text())
    assert [one["name"] for one in made] == ["Bob", "Eve"] and not any(one["pin"] in taken.stdout for one in made)
    assert served.command("drivers", "import", str(file), "--keep", "--pins", str(pins)).exit_code == 2
    twice = served.command("drivers", "import", str(file), "--keep")
    assert twice.exit_code == 1 and "row 2, Bob: There is a driver of this name already." in twice.stdout

    out = served.command("drivers", "export").stdout
    assert "mo-fr 07:00-19:00" in out and not any(one["pin"] in out.split(",") for one in made)
    file.write_text(out)
    assert "0 new, 0 changed, 2 unchanged." in served.command("drivers", "import", str(file)).stdout

    assert served.command("drivers", "block", made[0]["id_tag"].lower()).stdout == "Bob is blocked.\n"
    assert served.command("drivers", "block", made[0]["id_tag"], "--undo").stdout == "Bob may charge again.\n"
    assert served.command("drivers", "block", "NOBODY").exit_code == 2
    assert [one["name"] for one in served.json("drivers", "list", "--search", "ev")] == ["Eve"]
    (tmp_path / "pin").write_text("12345\n")
    weak = served.command("drivers", "add", "Dave", "--pin-file", str(tmp_path / "pin"))
    assert weak.exit_code == 2 and "12345" not in weak.stdout + weak.stderr + served.log.getvalue()
