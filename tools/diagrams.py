"""Draws the state tables of the code as docs/status.md: `python tools/diagrams.py`."""

from pathlib import Path

from laadboek.chargepoint.connector import AFTER, BEFORE, PATHS
from laadboek.chargepoint.connector import TRANSITIONS as CELLS
from laadboek.charger.phases import TRANSITIONS as PHASES
from laadboek.charger.phases import WITH_CAR, WITH_CLAIM, WITH_SESSION, Cause
from laadboek.charger.state import Phase

PAGE = Path(__file__).parent.parent / "docs" / "status.md"

HEAD = """# Statuses and phases

Made from the tables in the code by `python tools/diagrams.py`; a test compares them.
"""

STATUS_HEAD = """## Status of a connector, as platforms are told it

The cells of OCPP 1.6 §4.9 that are used (`chargepoint/connector.py`). The status itself is derived from what the
charger shows; the table decides which ones are told on the way there. A row is the status before, a column the one
after; where no cell leads from one to the other, the statuses in between are told as well.
"""

PHASE_HEAD = """## Phases of a visit

From plug-in to unplug (`charger/phases.py`). An identity and a car may come in either order; a session starts from
READY.
"""


def page() -> str:
    return "\n".join([HEAD, STATUS_HEAD, *statuses(), "", PHASE_HEAD, *phases(), "", *properties(), ""])


def statuses() -> list[str]:
    lines = [
        "| before \\ after | " + " | ".join(f"{digit} {status}" for digit, status in AFTER.items()) + " |",
        "|---" * (len(AFTER) + 1) + "|",
    ]
    for letter, before in BEFORE.items():
        cells = []
        for digit, after in AFTER.items():
            way = PATHS.get((before, after), ())
            if (before, after) in CELLS:
                cells.append(f"**{letter}{digit}**")
            else:
                cells.append("via " + ", ".join(way[:-1]) if len(way) > 1 else "")
        lines.append(f"| {letter} {before} | " + " | ".join(cells) + " |")
    return lines


def phases() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {Phase.IDLE.name}"]
    lines += [f"  {before.name} --> {after.name}: {words(cause)}" for (before, cause), after in PHASES.items()]
    return [*lines, "```"]


def properties() -> list[str]:
    lines = ["| phase | car | identity kept | session |", "|---|---|---|---|"]
    for phase in Phase:
        marks = ("yes" if phase in having else "" for having in (WITH_CAR, WITH_CLAIM, WITH_SESSION))
        lines.append(f"| {phase.name} | " + " | ".join(marks) + " |")
    return lines


def words(cause: Cause) -> str:
    return cause.name.lower().replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(page())
