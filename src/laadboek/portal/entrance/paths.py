"""Where a form at the entrance may lead, and what it may hold."""

from typing import Annotated

from fastapi import Form

Text = Annotated[str, Form(max_length=1000)]


def own_path(wanted: str) -> str:
    """A path on this site, or the first page: a link must not lead from our sign-in to somebody else's."""
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours else "/"
