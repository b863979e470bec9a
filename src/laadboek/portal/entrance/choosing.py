"""Choosing a password: what the rule asks for, shown while it is typed, and looked at again by us (the manual, 4.2)."""

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from ...actions import passwords
from ...reasons import Reason, Refused
from ...secret import Secret
from ..desk import Desk
from ..forms import Form
from ..words.entrance import PASSWORD_RULES
from ..words.speech import Speech
from .checking import in_turn

REPEATED = "same"


class Wish(Struct, frozen=True):
    """Typed twice. `about`: address and names of whoever chooses, which it must not hold."""

    password: Secret
    repeated: Secret
    about: Sequence[str]


def asked_of(desk: Desk, speech: Speech) -> dict[str, object]:
    """What is ticked off, with its words: for `entrance/password_fields.html`."""
    policy = desk.settings.password_policy
    shortest = passwords.SHORTEST[policy]
    asked = (*passwords.RULES[policy], REPEATED)
    rules = [(rule, speech.say(PASSWORD_RULES[rule], shortest=shortest)) for rule in asked]
    return {"rules": rules, "shortest": shortest}


def looked_at(desk: Desk, form: Form, wish: Wish) -> Form:
    """With what is wrong with it."""
    if wish.password != wish.repeated:
        form = form.with_problem("repeated", Reason("password.not_repeated"))
    try:
        passwords.check(wish.password, desk.settings.password_policy, wish.about)
    except Refused as refused:
        form = form.with_problem("password", refused.reason)
    return form


async def hashed(desk: Desk, wish: Wish) -> str:
    return await in_turn(desk, partial(passwords.hashed, wish.password))
