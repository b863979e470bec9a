"""Drivers of an account: who may charge where, when and how much, by which PIN and tag (C5; docs/drivers.md)."""
