"""Fixtures for all tests: both engines of the store."""

from fixtures_store import database, location, postgresql_url, sqlite_path

__all__ = ["database", "location", "postgresql_url", "sqlite_path"]
