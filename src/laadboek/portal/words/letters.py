"""What mails say: subject and body of each kind, by the area that writes it. English; see `texts`."""

from collections.abc import Mapping

from ...actions.people.letters import Letter
from . import entrance, identity, members
from .mark import N_
from .speech import LANGUAGES, SOURCE, Speech

# kind → (subject, body). Another area adds its own table here.
LETTERS: dict[str, tuple[str, str]] = {**entrance.LETTERS, **members.LETTERS, **identity.LETTERS}
FOOT = N_("Laadboek wrote this because of something on %(address)s.")


class Pen:
    """Writes them in the reader's language, as plain text."""

    def __init__(self, address: str) -> None:
        self._address = address

    def write(self, kind: str, language: str, values: Mapping[str, str]) -> Letter:
        speech = Speech(language if language in LANGUAGES else SOURCE, "UTC")
        subject, body = LETTERS[kind]
        said = speech.say(subject, **values)
        foot = speech.say(FOOT, address=self._address)
        return Letter(" ".join(said.split()), f"{speech.say(body, **values)}\n\n-- \n{foot}\n")
