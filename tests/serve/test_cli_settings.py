"""Help and settings of the command line: names are whole, and what is wrong is said in a sentence."""

import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from laadboek.cli import app


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LAADBOEK_PORT", "many", "port = 'many'"),
        ("LAADBOEK_PRIVATE_NETWORKS", "10.0.0.0/8", '"private_networks"'),  # a list in another form than JSON
        ("LAADBOEK_PRIVATE_NETWORKS", '["300.0.0.0/8"]', "private_networks.0 = '300.0.0.0/8'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    refused = CliRunner().invoke(app, ["serve", "--data", str(tmp_path / "data")])
    assert refused.exit_code == 2, refused.output
    assert said in refused.stderr and "A setting cannot be used" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "laadboek.toml").write_text("port = ")
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(app, ["serve", "--data", str(tmp_path / "data")])
    assert refused.exit_code == 2 and refused.stderr.startswith("laadboek.toml cannot be read: "), refused.output
    assert not (tmp_path / "data").exists()


def test_a_benchmark_without_its_peer_says_how_to_add_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ocpp", None)
    refused = CliRunner().invoke(app, ["bench", "links"])
    assert refused.exit_code == 2 and "beside ocpp, which" in refused.stderr and "`make check`" in refused.stderr


def test_help_names_every_option_whole_where_a_terminal_has_80_columns() -> None:
    shown = CliRunner().invoke(app, ["links", "add", "--help"], terminal_width=80).stdout
    names = {name for option in get_command(app).commands["links"].commands["add"].params for name in option.opts}  # type: ignore[attr-defined]
    assert "--security-profile" in names
    assert [name for name in names if name not in shown] == []
