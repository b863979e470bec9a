"""All sources of solar forecasts by name. A new one is a file beside this and a line here."""

from . import forecast_solar, open_meteo, solcast
from .forecast_source import ForecastSource

FORECASTS: dict[str, ForecastSource] = {
    source.name: source for source in (open_meteo.SOURCE, forecast_solar.SOURCE, solcast.SOURCE)
}
