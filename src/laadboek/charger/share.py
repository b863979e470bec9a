"""What the site gives: shares of current and sun, and plans. Kept as they come; modes and boosts decide by them."""

from . import follow
from .events import Allotted, Placed, Planned
from .turn import Turn


def allotted(turn: Turn, event: Allotted) -> None:
    for allotment in event.allotments:
        if allotment.connector_id in turn.connector_ids:
            turn.set_seen(allotment.connector_id, allotment=allotment)
    follow.look(turn)


def planned(turn: Turn, event: Planned) -> None:
    if event.connector_id in turn.connector_ids:
        turn.set_seen(event.connector_id, plan=event.plan)


def placed(turn: Turn, event: Placed) -> None:
    turn.set_state(zone=event.zone)
