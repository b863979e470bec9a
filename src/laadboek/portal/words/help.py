"""Help: words for codes, and why something is refused. English; see `texts`."""

from .mark import N_

SENTENCES: dict[str, str] = {"help.unknown": N_("There is no help page of that name.")}
