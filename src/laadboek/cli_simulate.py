"""`laadboek simulate`: one seed with its figures, or many with a line each."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import AsJson, fail, settings

FAULTS_HELP = "none, household, network, crashes, disk, clock, power, platforms, slow or all."


def simulate(
    days: Annotated[int, typer.Option(min=1, help="Days to simulate.")] = 30,
    seed: Annotated[int | None, typer.Option(help="Seed of the run (LAADBOEK_SEED).")] = None,
    seeds: Annotated[str | None, typer.Option(help="Many runs instead, A..B: a line each.")] = None,
    faults: Annotated[str, typer.Option(help=FAULTS_HELP)] = "household",
    links: Annotated[int | None, typer.Option(min=1, max=3, help="1 to 3; with all faults the seed says.")] = None,
    store: Annotated[
        Path | None, typer.Option(help="SQLite file to write (a folder with --seeds); in memory when absent.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="A named day or year instead, or list: the scores.")] = None,
    policy: Annotated[str | None, typer.Option(help="With --scenario: one policy instead of all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a household through charger, face, frames, platform and store in virtual time; exit code 1 on violations."""
    if scenario is not None:
        _scenario(scenario, policy, as_json)
        return
    if policy is not None:
        fail("--policy is one of --scenario: say which scenario.")
    from . import garbage
    from .simulation.run import Plan
    from .simulation.run import simulate as run_simulation
    from .simulation.trouble import PROFILES

    if faults not in PROFILES:
        fail(f"--faults {faults} is unknown; use {', '.join(PROFILES)}.")
    garbage.seldom()
    if seeds is not None:
        _many(_range(seeds), days, faults, links, store)
    if store is not None and store.exists():
        fail(f"{store} exists already; a simulation writes a new file. Nothing was changed.")
    chosen = settings(seed=seed).seed
    report = run_simulation(Plan(days=days, seed=chosen, store=store or ":memory:", faults=faults, links=links))
    figures = report.figures()
    print(json.dumps(figures) if as_json else "\n".join(f"{name}: {value}" for name, value in figures.items()))
    raise typer.Exit(1 if figures["violations"] else 0)


def _scenario(name: str, policy: str | None, as_json: bool) -> None:
    """Scores of one day or year (docs/scenarios.md)."""
    from .simulation.scenarios import report
    from .simulation.scenarios.catalogue import SCENARIOS
    from .simulation.scenarios.run import table
    from .simulation.scenarios.scenario import POLICIES

    if name == "list":
        found = {known: make().what for known, make in SCENARIOS.items()}
        print(json.dumps(found) if as_json else "\n".join(f"{known}: {what}" for known, what in found.items()))
        return
    if name not in SCENARIOS:
        fail(f"--scenario {name} is unknown; use {', '.join(SCENARIOS)}, or list.")
    if policy is not None and policy not in POLICIES:
        fail(f"--policy {policy} is unknown; use {', '.join(POLICIES)}.")
    chosen = SCENARIOS[name]()
    scores = table(chosen, None if policy is None else (policy,))
    print(json.dumps(report.as_json(chosen, scores)) if as_json else "\n".join(report.lines(chosen, scores)))


def _many(seeds: range, days: int, faults: str, links: int | None, folder: Path | None) -> None:
    from .simulation.run import Plan
    from .simulation.soak import soak

    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        if taken := next((path for seed in seeds if (path := folder / f"{seed}.db").exists()), None):
            fail(f"{taken} exists already; a simulation writes new files. Nothing was changed.")

    def plan(seed: int) -> Plan:
        store = ":memory:" if folder is None else folder / f"{seed}.db"
        return Plan(days=days, seed=seed, store=store, faults=faults, links=links)

    summary = soak(seeds, plan, lambda line: print(line, flush=True))
    print(summary)
    raise typer.Exit(1 if summary.unclean else 0)


def _range(text: str) -> range:
    first, dots, last = text.partition("..")
    if not (first.isdecimal() and last.isdecimal() and dots) or int(last) < int(first):
        fail(f"--seeds {text} is no range; write it as 1..500.")
    return range(int(first), int(last) + 1)
