"""Boosts and goals: energy that a person wants whatever the sun does (A3). They never start a session (RULES §3)."""

from .events import BoostChosen, GoalChosen
from .state import Boost, ChosenGoal
from .turn import Turn


def boost_chosen(turn: Turn, event: BoostChosen) -> None:
    boost = Boost(energy_wh=event.energy_wh, ready_by=event.ready_by) if event.energy_wh > 0 else None
    turn.set_visit(event.connector_id, boost=boost)


def goal_chosen(turn: Turn, event: GoalChosen) -> None:
    goal = None
    if event.energy_wh is not None or event.ready_by is not None:
        goal = ChosenGoal(energy_wh=event.energy_wh, ready_by=event.ready_by)
    turn.set_visit(event.connector_id, goal=goal)
