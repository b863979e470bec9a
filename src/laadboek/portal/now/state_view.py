"""What a charger is said to be doing: a word, and the sentence that says why. Pure.

The charger's own sentence stands, except where a person would be misled: a car that was just released takes a while
before it draws anything, and a session that is over says what to do to charge on.
"""

from msgspec import Struct

from ...facts import Pilot
from ...live import LiveCharger
from ..words import dashboard, texts
from ..words.speech import Speech
from .flow import NOISE_W


class StateView(Struct, frozen=True):
    word: str
    why: str


def state_view(live: LiveCharger, speech: Speech) -> StateView:
    if not live.powered:
        return StateView(speech.say(dashboard.NO_POWER), speech.sentence(live.why))
    if about_to_charge(live):
        return StateView(speech.say(dashboard.ABOUT_TO_CHARGE), speech.say(dashboard.RELEASED))
    word = speech.word(texts.PILOTS, live.pilot)
    if live.why.code == "session_over" and live.pilot is not Pilot.A:
        return StateView(word, speech.say(dashboard.SESSION_OVER))
    return StateView(word, speech.sentence(live.why))


def about_to_charge(live: LiveCharger) -> bool:
    """Released, and nothing flows yet."""
    released = live.pilot is Pilot.C2 and live.session is not None and live.why.code.startswith("charging")
    return released and live.power_w < NOISE_W
