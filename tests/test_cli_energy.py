"""What is typed as kilowatt-hours and is none never gets as far as the server."""

import pytest
import typer

from laadboek.cli_chargers import wh_of


def test_kilowatt_hours_become_watt_hours():
    assert (wh_of(7.5), wh_of(0), wh_of(0.0004)) == (7_500, 0, 0)


@pytest.mark.parametrize("kwh", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_refused(kwh, capsys):
    with pytest.raises(typer.Exit) as refused:
        wh_of(float(kwh))
    assert refused.value.exit_code == 2 and kwh in capsys.readouterr().err
