"""Many seeds, a line each: `python -m laadboek.simulation.soak --seeds 20 --days 30`; exit code 1 if one is unclean."""

import argparse
import sys

from .faults import PROFILES
from .run import Plan, simulate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--faults", choices=sorted(PROFILES), default="household")
    wanted = parser.parse_args()
    unclean = 0
    for seed in range(wanted.first, wanted.first + wanted.seeds):
        report = simulate(Plan(days=wanted.days, seed=seed, faults=wanted.faults))
        unclean += bool(report.violations)
        line = f"seed {seed}: {report.sessions} sessions, {report.energy_wh} Wh, {report.messages} messages"
        sys.stdout.write(f"{line}, {report.crashes} crashes, {report.seconds} s, digest {report.digest[:16]}\n")
        for violation in report.violations:
            sys.stdout.write(f"  {violation}\n")
        sys.stdout.flush()
    return int(unclean > 0)


if __name__ == "__main__":
    sys.exit(main())
