"""Fixtures of the ways in: see `ways_house`."""

from ways_house import acme, browser, ways

__all__ = ["acme", "browser", "ways"]
