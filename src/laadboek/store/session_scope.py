"""Which sessions of an account somebody may see, as every query of sessions takes it (C8)."""

from msgspec import Struct

from ..facts import Kind


class SessionScope(Struct, frozen=True, kw_only=True):
    """`kind` None: both. `drivers` None: every driver's, and those of nobody known; an empty set: none at all."""

    account_id: int
    kind: Kind | None = None
    drivers: frozenset[str] | None = None  # drv_
    home: bool = True  # also what tells of the house: its sun, what its energy costs

    def where(self, table: str = "sessions") -> tuple[str, list[object]]:
        """The condition in SQL, with its values: `f"… FROM sessions s WHERE {condition} AND …"`."""
        parts = [f"{table}.account_id = ?"]
        found: list[object] = [self.account_id]
        if self.kind is not None:
            parts.append(f"{table}.kind = ?")
            found.append(self.kind.value)
        if self.drivers is not None:
            marks = ", ".join("?" * len(self.drivers))
            parts.append(f"{table}.driver_id IN ({marks})" if marks else "1 = 0")
            found += sorted(self.drivers)
        return " AND ".join(parts), found
