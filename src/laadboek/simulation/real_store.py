"""The store that a simulation is written to, when its disk is really full."""

from ..store.database import InlineDatabase, StoreFull
from ..store.group import Outcome, Waiting


class RealStore(InlineDatabase):
    """Raises StoreFull instead of answering with it: in virtual time nobody gets to make room."""

    def commit(self, waiting: list[Waiting]) -> list[Outcome]:
        outcomes = super().commit(waiting)
        for _, value in outcomes:
            if isinstance(value, StoreFull):
                raise value
        return outcomes
