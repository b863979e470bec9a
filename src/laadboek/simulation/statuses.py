"""What a platform believes of the connector, against what stands there (OCPP 1.6 §4.9, RULES §6).

Told may be late, so a status is judged when nothing has changed for a while, neither at the charger nor on the link.
What a filtered link must not show is judged at once.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from .circuits import Circuit
from .network import Side, What, WireEvent
from .truth import Meter, TrueSession, Visit

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
SETTLED = timedelta(minutes=10)
FLOWING_WH = 100  # within the last minutes: then it charges
CHARGING = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})
AFTERWARDS = timedelta(minutes=20)  # how long after a session its last statuses may still leave


class Statuses:
    """Judge of one link."""

    def __init__(self, circuit: Circuit, meter: Meter, wrong: Callable[[str], None]) -> None:
        self._circuit, self._meter = circuit, meter
        self._wrong = circuit.complaining(wrong)
        self._visit = Visit()
        self._changed_at = self._routed_until = self._stable_since = self._told_at = NEVER
        self._online = False
        self._told: str | None = None
        self._socket = 0

    # --- what happens ---

    def visit_changed(self, visit: Visit, now: datetime) -> None:
        if self._routed():
            self._routed_until = now
        self._visit, self._changed_at = visit, now

    def link_changed(self, event: WireEvent) -> None:
        if event.side is Side.CHARGE_POINT:
            self._online = event.what is What.OPENED
            self._stable_since = event.at

    def disturbed(self, now: datetime) -> None:
        """Something else happened that may delay a status."""
        self._stable_since = self._changed_at = now

    def refused(self) -> None:
        """The platform did not take a call: a status waits for the next socket."""
        self._online = False

    def sent(self, payload: dict[str, Any], now: datetime) -> None:
        """On its way; that of a session which this platform may not see must not be."""
        recently = now - self._routed_until < AFTERWARDS
        if self._circuit.filtered and payload["status"] in CHARGING and not self._routed() and not recently:
            self._wrong(f"told {payload['status']} while none of its sessions runs")

    def arrived(self, event: WireEvent, payload: dict[str, Any]) -> None:
        """What an older socket still held back is no news."""
        if payload["connectorId"] != 1 or event.socket < self._socket:
            return
        self._socket = event.socket
        if payload["status"] != self._told:
            self._told, self._told_at = payload["status"], event.at

    # --- what follows ---

    def look(self, now: datetime) -> None:
        settled = self._online and now - self._stable_since >= SETTLED and now - self._changed_at >= SETTLED
        if settled and self._told not in (expected := self._expected(now)):
            self._wrong(f"status {self._told}, in truth {'/'.join(sorted(expected))} since {self._changed_at}")
            self.disturbed(now)

    def _routed(self) -> bool:
        running = self._visit.running
        return running is not None and self._circuit.sees(running)

    def _expected(self, now: datetime) -> frozenset[str]:
        visit, routed = self._visit, [one for one in self._visit.sessions if self._circuit.sees(one)]
        if visit.out_of_service and not self._routed():
            if self._circuit.role == "control":
                return frozenset({"Unavailable"})
            if visit.plugged and not visit.sessions and not self._circuit.filtered:
                return frozenset({"Preparing", "Finishing"})
        if not visit.plugged:
            return frozenset({"Available"})
        if self._routed():
            flowing = self._meter.rose_between(now - SETTLED, now) > FLOWING_WH
            return frozenset({"Charging"}) if flowing and now - self._told_at >= SETTLED else CHARGING
        if routed:  # a filtered link that restarts need not know any more whose session it was
            return frozenset({"Finishing", "Available"}) if self._circuit.filtered else frozenset({"Finishing"})
        hidden: tuple[TrueSession, ...] = visit.sessions
        if hidden or (self._circuit.filtered and self._circuit.role == "report"):
            return frozenset({"Available"})
        return frozenset({"Preparing"})
