"""What actions need of the data folder's keys."""

from typing import Protocol

from ..secret import Secret


class Vault(Protocol):
    """Encrypts for one place: a row of a table, of one account. Elsewhere it will not open."""

    def seal(self, secret: Secret, *, table: str, row: str, account_id: int) -> bytes: ...

    def open(self, sealed: bytes, *, table: str, row: str, account_id: int) -> Secret: ...

    def pin_mac(self, scope: str, pin: Secret) -> bytes:
        """What of a PIN is kept (`secret.pin_mac`). `scope`: the `pin_scope` of the charger."""
        ...
