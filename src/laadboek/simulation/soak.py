"""Many seeds, a line each, and what they come to."""

import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from .run import Plan, simulate


class Summary(Struct, frozen=True, kw_only=True):
    """`cpu_seconds` is what all runs took of one core, making the stores included."""

    runs: int
    unclean: tuple[int, ...]  # seeds with violations
    cpu_seconds: float

    def __str__(self) -> str:
        mean = self.cpu_seconds / max(1, self.runs)
        found = f"violations with seeds {', '.join(map(str, self.unclean))}" if self.unclean else "0 violations"
        return f"{self.runs} runs, {mean:.2f} core-seconds each: {found}"


def soak(seeds: Sequence[int], plan: Callable[[int], Plan], say: Callable[[str], None]) -> Summary:
    """Run the plan of each seed, one after the other."""
    unclean, begun = [], time.process_time()
    for seed in seeds:
        report = simulate(plan(seed))
        line = f"seed {seed}: {report.sessions} sessions, {report.energy_wh} Wh, {report.messages} messages"
        say(f"{line}, {report.crashes} crashes, {report.seconds} s, digest {report.digest[:16]}")
        for violation in report.violations:
            say(f"  {violation}")
        if report.violations:
            unclean.append(seed)
    return Summary(runs=len(seeds), unclean=tuple(unclean), cpu_seconds=time.process_time() - begun)
