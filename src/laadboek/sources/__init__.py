"""Prices and forecasts that others publish, each behind the same small interface. One file per source."""
