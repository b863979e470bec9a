"""Marks a text that is translated where it is shown."""


def N_(text: str) -> str:
    """gettext's mark for: collect this text, translate it where it is used."""
    return text
