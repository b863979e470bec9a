"""What the tests of setting up share."""

from setup_home import home

__all__ = ["home"]
