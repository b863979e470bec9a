"""`docs/charger-settings.md` shows every key as its table in the code does, and commands that exist."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from laadboek.charger.settings import KEYS, Settings, values, written
from laadboek.cli import app
from laadboek.cli_chargers import chargers_app

PAGE = (Path(__file__).parents[2] / "docs" / "charger-settings.md").read_text()


def test_the_table_is_the_table() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
    empty = {"FreeChargingIdTag": "a random one"}
    first = {name: f"`{value}`" if value else empty.get(name, "off") for name, value in values(Settings()).items()}
    assert rows == [(name, key.allowed, first[name], key.effect) for name, key in KEYS.items()]


def test_every_command_of_the_page_exists_and_sets_what_can_be_set() -> None:
    examples = [shlex.split(line, comments=True)[1:] for line in PAGE.splitlines() if line.startswith("laadboek ")]
    assert {words[1] for words in examples} == {command.name for command in chargers_app.registered_commands}
    for words in examples:
        assert CliRunner().invoke(app, [*words[:2], "--help"]).exit_code == 0
        for word in words[2:] if words[1] == "set" else ():
            name, value = word.split("=")
            assert isinstance(written(Settings(), name, value, pinned=False), Settings), word
    assert "--charger" in CliRunner().invoke(app, ["chargers", "set", "--help"], terminal_width=200).stdout
