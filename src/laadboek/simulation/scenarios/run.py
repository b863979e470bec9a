"""Runs one scenario under one policy: the same seed gives the same score."""

from .ours import OurMind
from .place import Place
from .scenario import POLICIES, Scenario
from .score import Score
from .theirs import BaselineMind

SEED = "scenarios"


def run(scenario: Scenario, policy_name: str, seed: int | str = SEED) -> Score:
    place = Place(scenario, seed)
    policy = POLICIES[policy_name]
    mind = BaselineMind(place, policy) if policy.baseline else OurMind(place, policy)
    place.run()
    del mind  # it hung on the place's world until here
    return place.accounts.score(scenario.name, policy_name)


def table(scenario: Scenario, policies: tuple[str, ...] | None = None, seed: int | str = SEED) -> list[Score]:
    return [run(scenario, policy, seed) for policy in policies or scenario.policies]
