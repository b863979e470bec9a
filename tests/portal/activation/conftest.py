"""What the tests of activation share."""

from served_house import alice, house

__all__ = ["alice", "house"]
