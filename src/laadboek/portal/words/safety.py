"""Audit log, keys, personal data: words, and why something is refused. English; see `texts`."""

from .mark import N_

SENTENCES: dict[str, str] = {
    "operator.needed": N_("Only whoever runs this installation may do that, with the token of its data folder."),
    "account.not_own": N_("This is somebody else's account. Change to your own first."),
    "account.not_meant": N_("This is not your e-mail address. Nothing was deleted."),
    "account.has_chargers": N_("A charger was added meanwhile. Nothing else was deleted; try again."),
}
