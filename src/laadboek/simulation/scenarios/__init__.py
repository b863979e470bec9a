"""Days of a home, from its sun, prices and people to a score: which policy charges how well (docs/scenarios.md)."""
