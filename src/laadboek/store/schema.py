"""Every table: what an account owns with its ledger, and our platform's. A later change is a migration of its own."""

from . import schema_account, schema_people, schema_platform
from .schema_parts import metadata

__all__ = ["metadata", "schema_account", "schema_people", "schema_platform"]
