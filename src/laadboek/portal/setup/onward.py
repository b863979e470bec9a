"""Where a form leads when it is done: on in the wizard, or to the page of what was made."""

from ..entrance.paths import own_path
from ..forms import Form


def onward(form: Form, otherwise: str) -> str:
    """`next` as the form has it, if it is a path of our own."""
    wanted = form.value("next")
    return own_path(wanted) if wanted else otherwise
