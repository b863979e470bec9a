"""Our platform in the simulation: one run of it, as `laadboek serve` assembles it."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

from ..csms.server import Platform
from ..ids import Ids
from ..runtime.keys import DataKeys
from ..runtime.socket import Admit, Listener, Refusal, Socket, UpgradeRequest
from ..store import charge_points, links
from ..store.connection import Connection
from . import household
from .disk import Disk
from .world import Process, ProcessTimers, World

# What the platform may say to its log in a run in which no charge point errs: after an outage a status or a boot may
# overtake the queued StopTransaction, which then closes what was ended provisionally; the clock there may be wrong.
USUAL = {
    "connection.opened",
    "connection.closed",
    "connection.replaced",
    "connection.both_alive",
    "connection.contested",
    "connection.half_open",
    "frame.ignored",  # a frame that came twice
    "operation.not_stored",
    "store.failed",
    "transaction.ended_without_stop",
    "transaction.lost_at_boot",
    "transaction.odd",
    "transaction.second_open",
    "transaction.time_implausible",
}
PINGS = timedelta(hours=2)  # of silence


class OurPlatform:
    def __init__(
        self,
        process: Process,
        disk: Disk,
        world: World,
        ids: Ids,
        keys: DataKeys,
        authorization: str,
        *,
        wrong: Callable[[str], None],
    ) -> None:
        self.process = process
        self._disk, self._world, self._ids, self._keys = disk, world, ids, keys
        self._authorization, self._wrong = authorization, wrong
        self._platform: Platform | None = None

    def start(self) -> None:
        self._platform = Platform(
            self._disk,
            self._world.clock,
            self._ids,
            ProcessTimers(self.process),
            self._keys.pepper,
            self._log,
            ping_every=PINGS,
        )
        self._platform.index(self._disk.read(charge_points.everything))
        self._platform.operations.recover()

    def accept(self, charge_box_id: str, socket: Socket) -> Listener | Refusal:
        assert self._platform is not None
        headers = {"Authorization": self._authorization}
        admission = self._platform.admit(UpgradeRequest(f"/ocpp/{charge_box_id}", headers, "192.0.2.1"))
        return admission.listener(socket) if isinstance(admission, Admit) else Refusal("http", admission.status)

    def _log(self, event: str, **fields: object) -> None:
        if event not in USUAL:
            self._wrong(f"platform: {event} {fields}")


def authorization(db: Connection, home: household.Home, keys: DataKeys) -> str:
    """The header that the key of the link to our platform makes (OCPP-J §6.2.2)."""
    [link] = [link for link in links.of_charger(db, home.charger_row) if home.circuits[link.public_id].ours]
    assert link.authorization_key is not None
    key = keys.open(link.authorization_key, table="links", row=link.public_id, account_id=home.account_id)
    return "Basic " + b64encode(f"{link.user_name}:{key.reveal()}".encode()).decode()
