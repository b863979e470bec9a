"""What the ledger keeps of a session on this link: its image, as this platform was told (RULES §6)."""

from .effects import SaveImage
from .state import Transaction
from .step import Step


def keep(step: Step, transaction: Transaction, state: str | None = None) -> None:
    """Save it as it is now. `state`: how its last message ended, `settled` or `set_aside`."""
    step.do(
        SaveImage(
            session_id=transaction.session_id,
            id_tag=transaction.id_tag,
            transaction_id=transaction.transaction_id,
            start_register_wh=transaction.start_wh,
            end_register_wh=transaction.end_wh,
            state=state or ("ended" if transaction.ended else "open"),
        )
    )
