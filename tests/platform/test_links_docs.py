"""The commands of `docs/links.md` are commands, with the options that it names."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from laadboek.cli import app
from laadboek.cli_links import links_app

PAGE = (Path(__file__).parents[2] / "docs" / "links.md").read_text()


def test_every_command_and_option_of_the_page_exists() -> None:
    examples = [shlex.split(line, comments=True)[1:] for line in PAGE.splitlines() if line.startswith("laadboek ")]
    assert len(examples) == 7
    for words in examples:
        options = {word for word in words if word.startswith("--")}
        shown = CliRunner().invoke(app, [*words[:2], "--help"], terminal_width=200).stdout
        assert all(option in shown for option in options), (words, shown)
    named = {command.name for command in links_app.registered_commands}
    assert {words[1] for words in examples} | set(re.findall(r"`links (\w+) LINK", PAGE)) | {"list"} == named
