"""Fixtures of the portal's tests; they live in `portal_house`, beside the functions that tests call."""

from portal_house import alice, browser, bus, clock, house, password_hash

__all__ = ["alice", "browser", "bus", "clock", "house", "password_hash"]
