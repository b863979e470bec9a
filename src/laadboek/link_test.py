"""Answers `bus.request("link_test", …)`: a platform is tried out as one of our chargers, seldom, and never beside it.

A platform that hears the same charge point twice drops the first connection. So an identity that is on the air is not
tested: its link says how it is.
"""

import ssl
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from .actions import link_address
from .actions.chargers import my_charger
from .actions.link_test_questions import TOPIC, LinkTestReport, TryLink, topic_of
from .actions.links import one_link
from .bus import Bus, NobodyAnswers
from .chargepoint.config import LinkConfig, Nameplate
from .chargepoint.registration import boot_request
from .clock import Clock
from .ocpp.messages import BootNotificationRequest
from .reasons import Refused
from .runtime import tls
from .runtime.fleet import Fleet
from .runtime.guard import Forbidden, Purpose
from .runtime.link_test import FORBIDDEN, try_out
from .runtime.logins import NoSecret
from .runtime.socket import Target
from .secret import Secret
from .store.database import Database
from .store.links import Lifecycle, LinkRow

AT_ONCE = 8  # of the whole process
MOST, WITHIN = 20, timedelta(minutes=10)  # of one account


class LinkTests:
    """Used from the event loop's thread only."""

    def __init__(self, fleet: Fleet, database: Database, clock: Clock) -> None:
        self._fleet, self._database, self._clock = fleet, database, clock
        self._running: set[int] = set()  # accounts; each tests one thing at a time
        self._begun: dict[int, deque[datetime]] = {}

    def serve(self, bus: Bus) -> None:
        self._bus = bus
        bus.serve(TOPIC, self.answer)

    async def answer(self, question: TryLink) -> LinkTestReport:
        charger_id = self._database.read(lambda db: my_charger(db, question.actor, question.charger_id)).charger_id
        if charger_id not in self._fleet:
            raise NobodyAnswers(f"charger.{charger_id}")
        target = self._target(question)
        self._refuse_disturbance(target)
        account_id = question.actor.account_id
        self._take_turn(account_id)
        topic = topic_of(question.test_id)
        try:
            return await try_out(
                target,
                self._greeting(charger_id, target.charge_box_id),
                self._fleet.outbound.guard,
                self._clock,
                lambda report: self._bus.publish(topic, report),
            )
        finally:
            self._running.discard(account_id)
            self._bus.withdraw(topic)

    # --- as whom, where to ---

    def _target(self, question: TryLink) -> Target:
        """As a link would call. Raise Refused for what could not be a link."""
        found = self._found(question)
        base = Target("", "", "", Secret("")) if found is None else self._login(found)
        uri = base.uri if question.backend_uri is UNSET else link_address.checked_uri(question.backend_uri)
        box = base.charge_box_id if question.charge_box_id is UNSET else question.charge_box_id
        if not uri:
            raise Refused("link.incomplete")
        box = link_address.checked_charge_box_id(box)
        user_name = base.user_name if question.user_name is UNSET else question.user_name
        target = replace(base, uri=uri, charge_box_id=box, user_name=link_address.checked_user_name(user_name or box))
        if question.require_subprotocol is not UNSET:
            target = replace(target, subprotocol_required=question.require_subprotocol)
        return self._trusting(self._keyed(target, base, question), question)

    def _found(self, question: TryLink) -> LinkRow | None:
        if question.link is None:
            return None
        name, actor = question.link, question.actor
        found = self._database.read(lambda db: one_link(db, actor, name))
        if found.lifecycle is Lifecycle.REMOVED:
            raise Refused("link.removed", charge_box_id=found.charge_box_id)
        return found

    def _login(self, found: LinkRow) -> Target:
        try:
            return self._fleet.outbound.logins.target(found.public_id)
        except (NoSecret, ssl.SSLError):
            raise Refused("link.tls_unusable") from None

    def _keyed(self, target: Target, base: Target, question: TryLink) -> Target:
        """A key that is kept is shown to the host that it was given for, and to no other."""
        if question.key is not UNSET:
            key = Secret("") if question.key is None else link_address.checked_key(question.key, 0)
            return replace(target, key=key, key_is_hex=False)
        if base.key and not link_address.same_host(target.uri, base.uri):
            raise Refused("link.key_of_other_host")
        return target

    def _trusting(self, target: Target, question: TryLink) -> Target:
        if question.roots is UNSET or not target.uri.startswith("wss:"):
            return target
        for root in question.roots:
            link_address.checked_root(root)
        return replace(target, tls=tls.make(question.roots), certified=False)

    def _greeting(self, charger_id: str, charge_box_id: str) -> BootNotificationRequest:
        info = self._fleet[charger_id].device.info
        plate: dict[str, Any] = {name: getattr(info, name) for name in Nameplate.__struct_fields__}
        config = LinkConfig(link_id="test", charge_box_id=charge_box_id, nameplate=Nameplate(**plate))
        return boot_request(config)

    # --- whether ---

    def _refuse_disturbance(self, target: Target) -> None:
        """Of all accounts: two may mean the same charge point of a platform."""
        wanted = (self._place(target.uri), target.charge_box_id)
        for uri, charge_box_id in self._on_the_air():
            if (self._place(uri), charge_box_id) == wanted:
                raise Refused("link_test.on_the_air", charge_box_id=charge_box_id)

    def _on_the_air(self) -> Iterator[tuple[str, str]]:
        for host in self._fleet:
            for link in host.links:
                if link.sockets:
                    yield self._fleet.outbound.logins.uri(link.row.link_id), link.row.charge_box_id

    def _place(self, uri: str) -> str:
        """One spelling for one place. Refused for an address that is never called."""
        try:
            place, _ = self._fleet.outbound.guard.foresee(uri, Purpose.BACKEND)
        except Forbidden as forbidden:
            raise Refused(FORBIDDEN[forbidden.code]) from None
        return f"{place.authority}{place.target}"

    def _take_turn(self, account_id: int) -> None:
        now = self._clock.now()
        begun = self._begun.setdefault(account_id, deque())
        while begun and now - begun[0] >= WITHIN:
            begun.popleft()
        if account_id in self._running or len(self._running) >= AT_ONCE:
            raise Refused("link_test.busy")
        if len(begun) >= MOST:
            raise Refused("link_test.too_many", wait_s=max(1, int((begun[0] + WITHIN - now).total_seconds())))
        begun.append(now)
        self._running.add(account_id)
