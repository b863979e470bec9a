"""What may be asked of a platform before there is a link to it: `bus.request("link_test", TryLink(…))`.

While it runs, its report is published on `link_test.<test_id>`; the answer is the last one.
"""

from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from ..reasons import Reason
from ..secret import Secret
from .actor import Actor

TOPIC = "link_test"


class TryLink(Struct, frozen=True, kw_only=True):
    """`link`: one that is there already; what is UNSET is taken from it."""

    actor: Actor
    test_id: str  # the asker's choice, not guessable
    charger_id: str  # public
    link: str | None = None
    backend_uri: str | UnsetType = UNSET
    charge_box_id: str | UnsetType = UNSET
    user_name: str | UnsetType | None = UNSET  # None: the ChargeBoxID
    key: Secret | UnsetType | None = UNSET  # None: none
    require_subprotocol: bool | UnsetType = UNSET
    roots: tuple[str, ...] | UnsetType = UNSET


class Stage(StrEnum):
    """In the order in which they are passed; without TLS there is no `security`."""

    ADDRESS = "address"  # what the name leads to, and whether we may go there
    NETWORK = "network"  # somebody listens
    SECURITY = "security"  # TLS
    WEBSOCKET = "websocket"  # handshake with subprotocol and Basic authentication
    GREETING = "greeting"  # BootNotification and its answer


class StageState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    ATTENTION = "attention"  # it works, and somebody has to do something still
    FAILED = "failed"


class StageReport(Struct, frozen=True, kw_only=True):
    stage: Stage
    state: StageState = StageState.WAITING
    why: Reason | None = None


class LinkTestReport(Struct, frozen=True, kw_only=True):
    stages: tuple[StageReport, ...]
    done: bool = False

    @property
    def passed(self) -> bool:
        """A link would be connected; its operator may still ask for patience."""
        fine = (StageState.PASSED, StageState.ATTENTION)
        return self.done and all(one.state in fine for one in self.stages)

    @property
    def outcome(self) -> Reason | None:
        """What the last stage that was begun says."""
        return next((one.why for one in reversed(self.stages) if one.why is not None), None)


def topic_of(test_id: str) -> str:
    return f"{TOPIC}.{test_id}"
