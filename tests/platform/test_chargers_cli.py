"""Chargers from the command line: added as the page adds them, by the server that hosts them."""

from pathlib import Path

from served import Served
from typer.testing import CliRunner

from laadboek.cli import app


def test_a_charger_that_is_added_is_hosted_at_once(served: Served) -> None:
    words = ("--model", "zappi", "--type-code", "2H22TB", "--serial-number", "20001234", "--max-current-a", "16")
    added = served.json("chargers", "add", "Carport", *words)
    assert (added["name"], added["model"], added["serial_number"]) == ("Carport", "zappi 2H22TB", "20001234")
    assert [one["id"] for one in served.json("chargers", "list")].count(added["id"]) == 1
    assert served.command("chargers", "now", "--charger", added["id"]).stdout.startswith("Carport: 0 W")


def test_what_cannot_be_a_charger_is_refused_with_the_pages_reason(served: Served) -> None:
    before = served.json("chargers", "list")
    refused = served.command("chargers", "add", "Barn", "--phases", "2")
    assert refused.exit_code == 2 and refused.stderr == "A charger has one phase or three.\n"
    assert served.json("chargers", "list") == before


def test_without_a_server_it_says_so_and_how_to_start_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["chargers", "add", "Carport", "--data", str(tmp_path)])
    assert done.exit_code == 2 and "No server runs on" in done.stderr and "laadboek serve" in done.stderr
