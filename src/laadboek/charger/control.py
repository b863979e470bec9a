"""The link that holds control: whose wishes count, and the questions to its platform (RULES §6)."""

from datetime import timedelta

from ..facts import AnswerableWish, AuthorisationAsked
from ..reasons import Reason
from .state import Ask, Claim, Purpose
from .turn import Turn

ASK_TIME = timedelta(seconds=60)  # the face answers sooner, also offline; a question must not stay open for ever


def may_wish(turn: Turn, wish: AnswerableWish) -> bool:
    """Whether the wish comes over control; else it is refused here."""
    if wish.link_id == turn.state.links.control_link_id:
        return True
    turn.refuse(wish, "link.no_control")
    return False


def platform_decides(turn: Turn) -> bool:
    return turn.state.links.platform_decides and turn.state.links.control_link_id is not None


def must_ask(turn: Turn, claim: Claim) -> bool:
    """Local first: only whom nobody here knows is asked about, unless the platform is to decide (B7)."""
    return platform_decides(turn) or (claim.driver_id is None and turn.state.links.control_link_id is not None)


def ask(turn: Turn, connector_id: int, purpose: Purpose, claim: Claim) -> None:
    """Ask, in place of any question still open on this connector: its answer will find nobody waiting."""
    number = turn.state.asks + 1
    turn.set_state(asks=number)
    turn.set_seen(connector_id, ask=Ask(number, purpose, claim, turn.now + ASK_TIME), display=Reason("tag.asked"))
    turn.tell(AuthorisationAsked(number, connector_id, claim.id_tag), turn.state.links.control_link_id)


def forget(turn: Turn, connector_id: int, purpose: Purpose) -> None:
    asked = turn.seen(connector_id).ask
    if asked is not None and asked.purpose is purpose:
        turn.set_seen(connector_id, ask=None)
