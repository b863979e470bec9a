"""Fixtures for all tests: both engines of the store. How long an example takes is no test's business."""

from hypothesis import HealthCheck, settings
from playwright.sync_api import expect

from fixtures_store import database, location, postgresql_url, sqlite_path

__all__ = ["database", "location", "postgresql_url", "sqlite_path"]

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
expect.set_options(timeout=60_000)
