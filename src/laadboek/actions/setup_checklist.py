"""Ready to bill? What must be true before a business session can be charged to somebody, with what is not (C1-C5)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from ..facts import Kind
from ..live import LiveCharger
from ..reasons import Reason
from ..store import accounts, charge_points, chargers, drivers, id_tags, links
from ..store.chargers import ChargerRow
from ..store.connection import Connection
from ..store.links import Lifecycle
from .actor import Actor
from .location import missing_parts
from .setup import said
from .setup_steps import is_foreign

LATELY = timedelta(hours=1)


class Known(Struct, frozen=True, kw_only=True):
    """What only running chargers tell, by public id; a charger that is not in it was not heard."""

    live: Mapping[str, LiveCharger] = {}
    settings: Mapping[str, Mapping[str, str]] = {}
    connected: frozenset[int] = frozenset()  # row ids of charge points
    clock_synchronised: bool = True


class Check(Struct, frozen=True, kw_only=True):
    """One line. `why`: what is wrong, or what there is to know; `about`: public id of what it is about."""

    what: str
    done: bool
    why: Reason | None = None
    about: str | None = None
    name: str | None = None


def checklist(db: Connection, actor: Actor, known: Known, now: datetime) -> tuple[Check, ...]:
    """In the order in which one sets up."""
    return (
        _email(db, actor),
        *_chargers(db, actor, known, now),
        *_tags(db, actor),
        Check(
            what="clock",
            done=known.clock_synchronised,
            why=None if known.clock_synchronised else Reason("ready.clock_alone"),
        ),
    )


def _email(db: Connection, actor: Actor) -> Check:
    done = accounts.owner_confirmed(db, actor.account_id)
    return Check(what="email", done=done, why=None if done else Reason("ready.email_unconfirmed"))


def _chargers(db: Connection, actor: Actor, known: Known, now: datetime) -> Iterator[Check]:
    hosted = chargers.of_account(db, actor.account_id)
    foreign = [one for one in charge_points.of_account(db, actor.account_id) if is_foreign(one)]
    if not hosted and not foreign:
        yield Check(what="charger", done=False, why=Reason("ready.no_charger"))
    for row in hosted:
        live = known.live.get(row.public_id)
        yield _check(row, "location", next(iter(missing_parts(db, actor, row.public_id)), None))
        yield _check(row, "reached", _unreached(live))
        yield _check(row, "settings_pin", Reason("ready.factory_pin") if live and live.factory_pin else None)
        yield _check(row, "identified", _unidentified(db, row, known.settings.get(row.public_id, {})))
        yield _check(row, "platform", _unlinked(db, row, live))
    for point in foreign:
        heard_at, row_id = point.last_seen_at, point.identity.id
        fresh = row_id in known.connected or (heard_at is not None and now - heard_at < LATELY)
        why = None if fresh else Reason("ready.never_heard" if heard_at is None else "ready.not_connected")
        name = point.identity.charge_box_id
        yield Check(what="connected", done=fresh, why=why, about=point.identity.public_id, name=name)


def _check(row: ChargerRow, what: str, why: Reason | None) -> Check:
    return Check(what=what, done=why is None, why=why, about=row.public_id, name=row.name)


def _unreached(live: LiveCharger | None) -> Reason | None:
    if live is None:
        return Reason("ready.not_reached")
    return None if live.powered else Reason("ready.no_power")


def _unidentified(db: Connection, row: ChargerRow, settings: Mapping[str, str]) -> Reason | None:
    """Somebody who charges for business can be told from somebody who does not."""
    if any(at.pin_mac is not None and not at.driver.blocked for at in drivers.of_charger(db, row.id)):
        return None
    if settings.get("FreeCharging", "true") == "true" and settings.get("OwnTagKind") == Kind.BUSINESS.value:
        return None
    return Reason("ready.nobody_identified")


def _unlinked(db: Connection, row: ChargerRow, live: LiveCharger | None) -> Reason | None:
    """A link is enabled, and its platform has accepted the charger: by what it answers, not by an open socket."""
    found = [link for link in links.of_charger(db, row.id) if link.lifecycle is not Lifecycle.REMOVED]
    active = [link for link in found if link.lifecycle is Lifecycle.ACTIVE]
    if not active:
        return Reason("ready.link_off" if found else "ready.no_link")
    told = [link for link in (live.links if live else ()) if link.link_id in {one.public_id for one in active}]
    if any(link.state == "online" for link in told):
        return None
    why = next((link.why for link in told if link.why is not None), None)
    return why or Reason("ready.not_accepted", {"charge_box_id": active[0].charge_box_id})


def _tags(db: Connection, actor: Actor) -> Iterator[Check]:
    """Our own platform knows the tags by itself; what any other one knows only a person can say."""
    handed_over, ours_alone = said(db, actor).handed_over, _only_our_platform(db, actor)
    for driver in drivers.of_account(db, actor.account_id):
        if driver.kind == Kind.BUSINESS.value and not driver.blocked:
            known = ours_alone and id_tags.find(db, actor.account_id, driver.id_tag) is not None
            done = known or driver.public_id in handed_over
            why = None if done else Reason("ready.tag_not_handed_over", {"driver": driver.name})
            yield Check(what="tag", done=done, why=why, about=driver.public_id, name=driver.name)


def _only_our_platform(db: Connection, actor: Actor) -> bool:
    """Every link of the account leads to our own platform, and there is one."""
    points = charge_points.of_account(db, actor.account_id)
    ours = {point.identity.charge_box_id for point in points if point.identity.charger_id is not None}
    alive = [link for link in links.of_account(db, actor.account_id) if link.lifecycle is not Lifecycle.REMOVED]
    return bool(alive) and all(link.charge_box_id in ours for link in alive)
