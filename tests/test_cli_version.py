"""Which release this is, for whoever writes a report."""

from typer.testing import CliRunner

from laadboek.cli import app
from laadboek.version import VERSION


def test_the_command_line_says_which_release_it_is() -> None:
    answer = CliRunner().invoke(app, ["--version"])
    assert (answer.exit_code, answer.stdout) == (0, f"{VERSION}\n")
