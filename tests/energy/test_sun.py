"""The sun over a roof, beside pvlib: position, clear sky, tilted plane. A whole year, five latitudes, six roofs."""

from datetime import UTC, datetime, timedelta
from math import cos, degrees

import pandas
import pvlib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laadboek.energy.sun import TURBIDITY, YIELD, Roof, clear_sky, clear_sky_w, on_plane_w, position

# pvlib still asks pandas by a name that pandas means to drop.
pytestmark = pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear:DeprecationWarning")

UTRECHT = (52.1, 5.1)
PLACES = (UTRECHT, (37.0, -6.0), (-33.9, 18.4), (69.6, 18.9), (0.0, 0.0))
LOOKS = ((35, 180), (35, 90), (10, 270), (90, 180), (0, 0), (45, 0))  # tilt, azimuth
SOUTH = Roof(peak_w=5_000)


@pytest.fixture(scope="module", params=PLACES, ids=lambda place: f"{place[0]}N {place[1]}E")
def year(request):
    """The oracle's year at a place, every 3 h 17 min, and our sky at the same instants."""
    latitude, longitude = request.param
    times = pandas.date_range("2025-01-01", "2025-12-31", freq="197min", tz="UTC")
    sun = pvlib.solarposition.get_solarposition(times, latitude, longitude)
    outside = pvlib.irradiance.get_extra_radiation(times)
    air = pvlib.atmosphere.get_relative_airmass(sun.apparent_zenith)
    sky = pvlib.clearsky.ineichen(sun.apparent_zenith, air, TURBIDITY, 0, outside)
    ours = [clear_sky(latitude, longitude, at.to_pydatetime()) for at in times]
    return sun, outside, sky, ours


def test_the_sun_stands_within_a_twentieth_of_a_degree_of_the_oracles(year):
    sun, _, _, ours = year
    for mine, zenith, azimuth in zip(ours, sun.zenith, sun.azimuth, strict=True):
        if zenith < 90:
            assert degrees(mine.zenith) == pytest.approx(zenith, abs=0.05)
        if 10 < zenith < 90:  # overhead a hair's breadth turns the azimuth around
            assert (degrees(mine.azimuth) - azimuth + 180) % 360 - 180 == pytest.approx(0, abs=0.05)


def test_a_clear_sky_gives_on_level_ground_what_the_oracles_gives(year):
    _, _, sky, ours = year
    level = [mine.normal_w * max(0.0, cos(mine.zenith)) + mine.diffuse_w for mine in ours]
    assert max(abs(mine - its) for mine, its in zip(level, sky.ghi, strict=True)) < 3  # W/m²; refraction at sunrise
    assert sum(level) == pytest.approx(sky.ghi.sum(), rel=0.005)


@pytest.mark.parametrize(("tilt", "azimuth"), LOOKS)
def test_a_tilted_roof_sees_what_the_oracles_sees(year, tilt, azimuth):
    sun, outside, sky, ours = year
    plane = pvlib.irradiance.get_total_irradiance(
        tilt,
        azimuth,
        sun.apparent_zenith,
        sun.azimuth,
        sky.dni,
        sky.ghi,
        sky.dhi,
        dni_extra=outside,
        albedo=0.2,
        model="haydavies",
    ).poa_global.fillna(0)
    roof = Roof(peak_w=1_000, tilt=tilt, azimuth=azimuth)
    seen = [on_plane_w(roof, mine) if mine.outside_w else 0 for mine in ours]
    assert max(abs(mine - its) for mine, its in zip(seen, plane, strict=True)) < 15  # W/m²; refraction at sunrise
    assert sum(seen) == pytest.approx(plane.sum(), rel=0.02)


def test_a_year_of_real_air_is_within_a_twentieth():
    """Our one turbidity beside the oracle's map of it, month by month."""
    times = pandas.date_range("2025-01-01", "2025-12-31", freq="197min", tz="UTC")
    for latitude, longitude in PLACES:
        place = pvlib.location.Location(latitude, longitude, altitude=0)
        its = place.get_clearsky(times, model="ineichen").ghi.sum()
        level = Roof(peak_w=1_000, tilt=0)
        ours = sum(clear_sky_w(level, latitude, longitude, at.to_pydatetime()) for at in times) / YIELD
        assert ours == pytest.approx(its, rel=0.05)


def test_a_roof_in_belgium_gives_35_kwh_on_the_longest_day():
    day = datetime(2026, 6, 21, tzinfo=UTC)
    quarters = [clear_sky_w(SOUTH, 51.2, 4.4, day + timedelta(minutes=15 * n + 7)) for n in range(96)]
    assert 34_500 < sum(quarters) / 4 < 36_500  # Wh
    assert max(quarters) < 5_000


def test_night_gives_nothing_and_noon_a_whole_number():
    assert clear_sky_w(SOUTH, *UTRECHT, datetime(2026, 6, 21, 0, tzinfo=UTC)) == 0
    noon = clear_sky_w(SOUTH, *UTRECHT, datetime(2026, 6, 21, 11, 42, tzinfo=UTC))
    assert type(noon) is int
    assert noon > 4_000


def test_beyond_the_polar_circle_a_day_may_have_no_sun_or_no_night():
    def whole_day(day):
        return [clear_sky_w(SOUTH, 78.2, 15.6, day + timedelta(minutes=15 * n)) for n in range(96)]

    assert set(whole_day(datetime(2026, 12, 21, tzinfo=UTC))) == {0}
    assert min(whole_day(datetime(2026, 6, 21, tzinfo=UTC))) > 0


def test_a_roof_to_the_east_is_strong_in_the_morning_and_one_to_the_west_in_the_evening():
    morning, evening = (datetime(2026, 5, 1, hour, 40, tzinfo=UTC) for hour in (7, 16))
    east, west = Roof(peak_w=5_000, azimuth=90), Roof(peak_w=5_000, azimuth=270)
    assert clear_sky_w(east, *UTRECHT, morning) > 2 * clear_sky_w(west, *UTRECHT, morning)
    assert clear_sky_w(west, *UTRECHT, evening) > 2 * clear_sky_w(east, *UTRECHT, evening)


@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.integers(0, 90),
    st.integers(0, 359),
    st.integers(0, 100 * 365 * 24 * 60).map(
        lambda minutes: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
def test_whatever_roof_and_place_it_is_never_negative_and_never_far_above_its_peak(lat, lon, tilt, azimuth, instant):
    power_w = clear_sky_w(Roof(peak_w=10_000, tilt=tilt, azimuth=azimuth), lat, lon, instant)
    assert 0 <= power_w <= 12_000
    zenith, bearing = position(lat, lon, instant)
    assert 0 <= zenith < 3.15
    assert 0 <= bearing < 6.3
