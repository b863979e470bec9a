"""`laadboek prices`: who publishes, what a kWh costs at a site, and a file of prices; through the running server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from served import Served

from laadboek.cli_prices import rows_of
from laadboek.sources.catalogue import PRICES
from laadboek.sources.forecasts import FORECASTS


def test_the_table_of_sources_names_all_with_zones_and_whether_a_token_is_needed(served: Served) -> None:
    from typer.testing import CliRunner

    from laadboek.cli import app

    shown = CliRunner().invoke(app, ["prices", "sources"]).stdout
    for one in (*PRICES.values(), *FORECASTS.values()):
        [line] = [line for line in shown.splitlines() if line.startswith(f"{one.name} ")]
        assert one.terms in line and f" {'yes' if one.needs_secret else 'no'} " in line


def test_prices_from_a_file_from_the_command_line_to_the_table(served: Served, tmp_path: Path) -> None:
    words = ("sites", "add", "Cabin", "price_source=csv", "price_zone=NL", "--contract", "dynamic")
    site = served.json(*words)["id"]
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    lines = [f"{start + hour * timedelta(hours=1):%Y-%m-%dT%H:%MZ},0.{hour + 1}" for hour in range(3)]
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(["starts_at,eur_per_kwh", *lines]))

    done = served.command("prices", "import", str(file), "--site", site)
    assert done.exit_code == 0 and done.stdout.startswith("12 quarter-hours of NL are in, from ")

    prices = served.json("prices", "show", "--site", site)
    assert prices["currency"] == "EUR"
    assert (
        4 <= sum(price["known"] for price in prices["prices"]) <= 12
    )  # near midnight some are the day after tomorrow's
    shown = served.command("prices", "show", "--site", site).stdout
    assert "EUR/kWh" in shown and "estimated" in shown and "yes" in shown


def test_a_wrong_file_says_which_line_and_a_site_without_a_contract_says_so(served: Served, tmp_path: Path) -> None:
    site = served.json("sites", "add", "Shed", "price_source=csv")["id"]
    refused = served.command("prices", "import", "-", "--site", site, stdin="starts_at,eur_per_kwh\nsoon,0.1\n")
    assert refused.exit_code != 0 and "line 2" in refused.output
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"starts_at,\xe9\n")
    assert served.command("prices", "import", str(latin), "--site", site).exit_code != 0
    shown = served.command("prices", "show", "--site", site)
    assert shown.exit_code != 0 and "no energy contract" in shown.output


def test_a_forecast_source_has_a_token_of_its_own_which_nobody_sees(served: Served) -> None:
    site = served.json("sites", "add", "Barn", "forecast_source=solcast")["id"]

    def tokens(**given: str) -> tuple[bool, bool]:
        with served.api() as api:
            answer = api.patch(f"/sites/{site}", json=given)
        assert answer.status_code == 200 and "k3y" not in answer.text
        return answer.json()["has_price_token"], answer.json()["has_forecast_token"]

    assert tokens() == (False, False)
    words = ("sites", "set", "--site", site, "--forecast-token-file", "-")
    assert served.command(*words, stdin="k3y roof-1\n").exit_code == 0
    assert tokens(name="Barn 2") == (False, True)
    assert tokens(forecast_token="") == (False, False)


def test_rows_are_local_and_end_where_the_price_changes() -> None:
    start = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30 in Amsterdam, the night of the clocks
    quarters = [
        {"starts_at": (start + number * timedelta(minutes=15)).isoformat()}
        | {"import_micro": 310_000 if number < 12 else 250_000, "export_micro": 90_000, "known": number < 13}
        for number in range(14)
    ]
    rows = rows_of({"currency": "EUR", "time_zone": "Europe/Amsterdam", "prices": quarters})
    assert [tuple(row.values()) for row in rows] == [
        ("Sat 28 Mar", "23:30", "00:00", "0.3100", "0.0900", "yes"),
        ("Sun 29 Mar", "00:00", "03:30", "0.3100", "0.0900", "yes"),
        ("Sun 29 Mar", "03:30", "03:45", "0.2500", "0.0900", "yes"),
        ("Sun 29 Mar", "03:45", "04:00", "0.2500", "0.0900", "estimated"),
    ]
