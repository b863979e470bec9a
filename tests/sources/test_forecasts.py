"""Each source of solar forecasts: quarter-hours of W for one roof, whose azimuth every one counts its own way."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.forecast import Sunny
from laadboek.energy.sun import Roof
from laadboek.secret import Secret
from laadboek.sources.forecast_source import REASONS, Ask, from_south
from laadboek.sources.forecasts import FORECASTS
from laadboek.sources.resample import Stretch, by_quarters, together
from laadboek.sources.source import NotPublished, RateLimited, SourceError, Unauthorised

ANSWERS = Path(__file__).parent / "answers"
START = datetime(2026, 6, 1, 6, tzinfo=UTC)
ROOF = Roof(peak_w=4_000, tilt=35, azimuth=180)
FILES = {"open_meteo": "open_meteo.json", "forecast_solar": "forecast_solar.json", "solcast": "solcast.json"}
QUARTER = timedelta(minutes=15)


def answer(name):
    return (ANSWERS / name).read_bytes()


def read(name):
    return FORECASTS[name].read(answer(FILES[name]), ROOF)


def at(quarters, text):
    instant = datetime.fromisoformat(text)
    return next(one.power_w for one in quarters if one.starts_at == instant)


def ask(azimuth=180, **given):
    roof = Roof(peak_w=4_250, tilt=35, azimuth=azimuth)
    return Ask(roof=roof, latitude=52.0907, longitude=5.1214, **given)


def test_open_meteo_tells_the_light_of_the_quarter_hour_before_each_instant():
    quarters = read("open_meteo")
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    answered = msgspec.json.decode(answer("open_meteo.json"))["minutely_15"]
    light = answered["global_tilted_irradiance"][answered["time"].index(int(noon.timestamp()))]
    assert light > 700
    assert at(quarters, "2026-03-29T11:45Z") == round(4 * light * 0.86)


def test_at_dusk_open_meteo_falls_below_zero_which_is_nothing():
    assert b"-1.6" in answer("open_meteo.json")
    quarters = read("open_meteo")
    assert min(one.power_w for one in quarters) == 0
    assert at(quarters, "2026-03-29T18:00Z") == 0 and at(quarters, "2026-03-29T02:00Z") == 0


def test_quarter_hours_that_open_meteo_knows_nothing_of_are_left_out():
    quarters = read("open_meteo")
    assert len(quarters) == 192 - 4
    assert quarters[-1].starts_at == datetime(2026, 3, 30, 22, 30, tzinfo=UTC)


def test_forecast_solar_tells_the_energy_of_hours_and_not_a_watt_hour_is_lost():
    quarters = read("forecast_solar")
    midnight = datetime(2024, 4, 26, 22, tzinfo=UTC)
    for is_first, said_wh in ((True, 6_660), (False, 5_338)):
        day = [one.power_w for one in quarters if (one.starts_at < midnight) is is_first]
        assert abs(sum(day) / 4 - said_wh) < 10
    assert at(quarters, "2024-04-26T10:45+02:00") == 825  # until 11:00
    assert at(quarters, "2024-04-26T11:00+02:00") == 821  # until 12:00


def test_nights_are_left_out_by_forecast_solar():
    quarters = read("forecast_solar")
    hours = {(one.starts_at + timedelta(hours=2)).hour for one in quarters}
    assert hours == set(range(6, 22))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"),  # the hour that summer time skips
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"),  # the one that comes twice
    ],
)
def test_a_clock_that_is_set_makes_no_half_hour_longer(before, after):
    body = {"result": {"watt_hours_period": {before: 0, after: 100}}}
    quarters = FORECASTS["forecast_solar"].read(msgspec.json.encode(body), ROOF)
    assert [one.power_w for one in quarters] == [200, 200]


def test_solcast_tells_kilowatts_of_half_hours():
    quarters = read("solcast")
    assert at(quarters, "2024-06-05T09:00Z") == at(quarters, "2024-06-05T09:15Z") == 1_972
    assert at(quarters, "2024-06-05T02:00Z") == 0


@pytest.mark.parametrize(
    ("north", "south"), [(180, 0), (90, -90), (270, 90), (0, -180), (360, -180), (200, 20), (-90, 90)]
)
def test_an_azimuth_from_the_south(north, south):
    assert from_south(Roof(peak_w=1, azimuth=north)) == south


def test_what_goes_over_the_wire():
    assert FORECASTS["open_meteo"].request(ask(90)).address() == (
        "https://api.open-meteo.com/v1/forecast?latitude=52.0907&longitude=5.1214&minutely_15=global_tilted_irradiance"
        "&tilt=35&azimuth=-90&timeformat=unixtime&timezone=GMT&forecast_days=3"
    )
    plain, keyed = (FORECASTS["forecast_solar"].request(ask(270, secret=key)) for key in (None, Secret("k3y")))
    assert plain.address() == "https://api.forecast.solar/estimate/52.0907/5.1214/35/90/4.25?time=iso8601"
    assert keyed.address() == "https://api.forecast.solar/k3y/estimate/52.0907/5.1214/35/90/4.25?time=iso8601"
    assert "k3y" not in repr(keyed)
    second = FORECASTS["solcast"].request(ask(number=2, secret=Secret("k3y aaaa-1 bbbb-2")))
    assert second.address() == "https://api.solcast.com.au/rooftop_sites/bbbb-2/forecasts?format=json&hours=72"
    assert ("Authorization", "Bearer k3y") in second.fields()


@pytest.mark.parametrize("secret", [None, Secret(""), Secret("  ")])
def test_solcast_needs_a_key(secret):
    with pytest.raises(Unauthorised) as caught:
        FORECASTS["solcast"].request(ask(secret=secret))
    assert caught.value.reason.code == "source.no_token"


@pytest.mark.parametrize("secret", [Secret("k3y"), Secret("k3y only-one")])
def test_solcast_needs_an_id_for_each_roof(secret):
    with pytest.raises(SourceError) as caught:
        FORECASTS["solcast"].request(ask(number=2, secret=secret))
    assert (caught.value.reason.code, caught.value.reason.params) == ("source.no_roof", {"roof": 2})
    assert caught.value.reason.code in REASONS


@pytest.mark.parametrize("name", FILES)
def test_an_answer_that_is_cut_off_or_a_page_is_unreadable(name):
    whole = answer(FILES[name])
    for bad in (whole[: len(whole) // 2], b"<html>", b"", b"{}", answer("forecast_solar_limit.json")):
        with pytest.raises(SourceError) as caught:
            FORECASTS[name].read(bad, ROOF)
        assert caught.value.reason.code == "source.unreadable"


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("open_meteo", "W/m²", "MJ/m²", "source.bad_unit"),
        ("open_meteo", "-1.6", "-2000.1", "source.bad_power"),
        ("open_meteo", "-1.6", "1e999999999", "source.bad_power"),
        ("open_meteo", "1774742400, ", "", "source.unreadable"),
        ("open_meteo", "1774742400", "177474240000000000", "source.bad_time"),
        ("forecast_solar", ": 825", ": 825000", "source.bad_power"),
        ("forecast_solar", ": 825", ": 1e999999999", "source.bad_power"),
        ("forecast_solar", ": 825", ": -1", "source.bad_power"),
        ("forecast_solar", "T12:00:00+02:00", "T12:00:00", "source.bad_time"),
        ("solcast", "1.9716", "1971.6", "source.bad_power"),
        ("solcast", "1.9716", "1e999999999", "source.bad_power"),
        ("solcast", "1.9716", "-1", "source.bad_power"),
        ("solcast", "PT30M", "P1D", "source.bad_time"),
        ("solcast", "2024-06-05T09:30:00.0000000Z", "yesterday", "source.bad_time"),
    ],
)
def test_what_an_answer_must_not_say(name, old, new, code):
    text = answer(FILES[name]).decode()
    assert old in text
    with pytest.raises(SourceError) as caught:
        FORECASTS[name].read(text.replace(old, new).encode(), ROOF)
    assert caught.value.reason.code == code


def test_a_number_too_small_to_count_is_nothing():
    text = answer("solcast.json").decode().replace("0.0017", "1e-999999999")
    assert at(FORECASTS["solcast"].read(text.encode(), ROOF), "2024-06-05T03:00Z") == 0


@pytest.mark.parametrize(("kw", "readable"), [("8", True), ("8.000001", False)])
def test_twice_the_peak_is_the_most_that_is_believed(kw, readable):
    body = f'{{"forecasts":[{{"pv_estimate":{kw},"period_end":"2026-06-01T12:00:00Z","period":"PT30M"}}]}}'.encode()
    if readable:
        assert FORECASTS["solcast"].read(body, ROOF)[0].power_w == 8_000
    else:
        with pytest.raises(SourceError):
            FORECASTS["solcast"].read(body, ROOF)


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("solcast", b'{"forecasts":[]}'),
        ("forecast_solar", b'{"result":{"watt_hours_period":{}}}'),
        ("forecast_solar", b'{"result":{"watt_hours_period":{"2026-06-01T06:00:00Z":0}}}'),
        (
            "open_meteo",
            '{"minutely_15":{"time":[1774742400],"global_tilted_irradiance":[null]},'
            '"minutely_15_units":{"global_tilted_irradiance":"W/m²"}}'.encode(),
        ),
    ],
)
def test_nothing_yet(name, empty):
    with pytest.raises(NotPublished):
        FORECASTS[name].read(empty, ROOF)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, Unauthorised, "source.unauthorised"),
        (403, Unauthorised, "source.unauthorised"),
        (429, RateLimited, "source.rate_limited"),
        (503, RateLimited, "source.rate_limited"),
        (422, SourceError, "source.refused"),
        (302, SourceError, "source.refused"),
    ],
)
def test_what_a_status_means(status, error, code):
    for source in FORECASTS.values():
        source.judge(200)
        with pytest.raises(error) as caught:
            source.judge(status, "120")
        assert caught.value.reason.code == code
        assert getattr(caught.value, "retry_after_s", 120) == 120


def test_a_source_that_does_not_say_when_to_come_again():
    for header in ("", "soon", "²"):
        with pytest.raises(RateLimited) as caught:
            FORECASTS["solcast"].judge(429, header)
        assert caught.value.retry_after_s == 0


@given(st.lists(st.tuples(st.integers(1, 7_200), st.integers(0, 10_000)), max_size=20), st.integers(0, 3_599))
def test_quarter_hours_hold_the_energy_of_what_they_are_made_of(parts, offset_s):
    at, stretches = START + timedelta(seconds=offset_s), []
    for length_s, power_w in parts:
        stretches.append(Stretch(at, at + timedelta(seconds=length_s), Fraction(power_w)))
        at = stretches[-1].ends_at
    quarters = by_quarters(stretches)
    told_ws = sum(one.power_w * 900 for one in quarters)
    assert abs(told_ws - sum(length_s * power_w for length_s, power_w in parts)) <= 450 * len(quarters)
    assert [one.starts_at for one in quarters] == sorted({one.starts_at for one in quarters})


def test_roofs_together_tell_only_of_what_every_roof_tells():
    later = START + QUARTER
    east, west = (Sunny(START, 100), Sunny(later, 200)), (Sunny(later, 50),)
    assert together([east, west]) == (Sunny(later, 250),)
    assert together([]) == ()


def test_every_row_is_complete_and_asks_no_more_than_its_terms_allow():
    for name, row in FORECASTS.items():
        assert row.name == name
        assert row.terms.endswith(".")
        assert row.least_gap >= timedelta(hours=1)
        assert 2 * (row.most_within / row.least_gap) <= row.most_requests  # two roofs, all day
