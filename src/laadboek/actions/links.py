"""Links of a charger to platforms: add, change, pause, resume, remove (RULES §6).

Each function writes rows. It runs as the job of an edit of the charger that it concerns, whose host brings faces and
sockets in line after the commit; see `link_wishes`.
"""

from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from ..chargepoint.config import Routing as Routing
from ..chargepoint.config import contradiction
from ..chargepoint.security.credentials import key_name
from ..chargepoint.state import decode_state
from ..ids import Ids
from ..reasons import Refused
from ..secret import Secret
from ..store import chargers, drivers, facts, link_secrets, links
from ..store.connection import Connection
from ..store.links import Lifecycle, LinkRow, NewLink
from .actor import Actor
from .chargers import my_charger, my_chargers
from .link_address import checked_charge_box_id, checked_key, checked_root, checked_uri, checked_user_name, same_host
from .presets import checked_preset
from .trail import note

CONTROL, REPORT = "control", "report"
DECIDES = ("platform", "local")
REGISTERS = ("link", "physical")
KINDS = ("business", "private")
# Settings that a person may choose; the rest of a link's settings stays as it is.
CHOICES = (
    "routing", "fixed_tag", "register", "decides", "default_kind", "require_subprotocol", "boot_on_reconnect",
    "security_profile", "security_events", "roots",
)  # fmt: skip


class Seals(Protocol):
    """Encrypts authorization keys for one link; elsewhere they will not open."""

    def seal(self, account_id: int, link_id: str, key: Secret) -> bytes: ...

    def open(self, link: LinkRow) -> Secret: ...

    def open_secret(self, link: LinkRow, name: str, sealed: bytes) -> Secret:
        """One of the link's other secrets, see `store.link_secrets`."""


class LinkChange(Struct, frozen=True, kw_only=True):
    """UNSET: stays as it is. Another `backend_uri` or `charge_box_id` is another link; the old one drains."""

    backend_uri: str | UnsetType = UNSET
    charge_box_id: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    user_name: str | UnsetType | None = UNSET  # None: the ChargeBoxID
    key: Secret | UnsetType | None = UNSET  # None: none
    routing: Routing | UnsetType = UNSET
    fixed_tag: str | UnsetType | None = UNSET
    register: str | UnsetType = UNSET
    decides: str | UnsetType = UNSET
    default_kind: str | UnsetType = UNSET  # of sessions that this platform starts, unless the tag is a driver's
    require_subprotocol: bool | UnsetType = UNSET
    boot_on_reconnect: bool | UnsetType = UNSET
    security_profile: int | UnsetType = UNSET
    security_events: bool | UnsetType | None = UNSET  # None: where they are understood
    roots: tuple[str, ...] | UnsetType = UNSET  # PEM; empty: what the system trusts
    preset: str | UnsetType | None = UNSET  # which known platform it is, see `presets`
    agreed_at: datetime | UnsetType = UNSET  # the agreement was confirmed, the terms were accepted


# --- which one --------------------------------------------------------------------------------------------------------


def one_link(db: Connection, actor: Actor, name: str) -> LinkRow:
    """By public id, or by ChargeBoxID where only one that is not removed has it, or else only one that is."""
    found = links.by_public_id(db, actor.account_id, name)
    if found is not None:
        return found
    alike = [link for link in links.of_account(db, actor.account_id) if link.charge_box_id == name]
    living = [link for link in alike if link.lifecycle in (Lifecycle.ACTIVE, Lifecycle.PAUSED)]
    named = living or [link for link in alike if link.lifecycle is Lifecycle.REMOVED]
    if not named:
        raise Refused("link.unknown")
    if len(named) > 1:
        raise Refused("link.ambiguous", charge_box_id=name)
    return named[0]


def placed(db: Connection, actor: Actor, name: str) -> tuple[LinkRow, str]:
    """As `one_link`, and the public id of its charger."""
    link = one_link(db, actor, name)
    charger = chargers.load(db, link.charger_id)
    assert charger is not None, f"{link.public_id} belongs to a charger"
    return link, charger.public_id


def charger_of(db: Connection, actor: Actor, charger_id: str | None) -> str:
    """The charger that is meant: the only one, when none is named."""
    if charger_id is not None:
        return my_charger(db, actor, charger_id).charger_id
    found = my_chargers(db, actor)
    if len(found) != 1:
        raise Refused("link.which_charger")
    return found[0].charger_id


# --- use cases --------------------------------------------------------------------------------------------------------


def add(
    db: Connection, actor: Actor, charger_id: str, wanted: LinkChange, seals: Seals, link_id: str, now: datetime
) -> LinkRow:
    """It begins with the next session: one that runs is not its business."""
    charger = chargers.by_public_id(db, actor.account_id, charger_id)
    if charger is None:
        raise Refused("charger.unknown")
    if wanted.backend_uri is UNSET or wanted.charge_box_id is UNSET:
        raise Refused("link.incomplete")
    blank = LinkRow(
        id=0,
        account_id=actor.account_id,
        charger_id=charger.id,
        public_id=link_id,
        position=links.next_position(db, charger.id),
        role=REPORT,
        backend_uri=checked_uri(wanted.backend_uri),
        charge_box_id=checked_charge_box_id(wanted.charge_box_id),
        user_name=wanted.charge_box_id,
        authorization_key=None,
        settings={},
        lifecycle=Lifecycle.ACTIVE,
        state_version=0,
        state=None,
        applied_fact=facts.last(db, charger.id),
        created_at=now,
    )
    link = _changed(db, blank, wanted, seals)
    _check(db, link)
    _insert(db, link, now)
    agreed_at = None if link.agreed_at is None else link.agreed_at.isoformat()
    told = {"role": link.role, "backend_uri": link.backend_uri, "preset": link.preset, "agreed_at": agreed_at}
    _note(db, actor, "link.added", link, now, **told)
    return one_link(db, actor, link_id)


def change(
    db: Connection, actor: Actor, name: str, wanted: LinkChange, seals: Seals, new_id: str, now: datetime
) -> LinkRow:
    """The link as it is then: a new one, `new_id`, if it leads elsewhere or under another name.

    A key that is kept is used for the host that it was given for: who leads the link elsewhere gives that one's key,
    or says that there is none.
    """
    found = _living(db, actor, name)
    uri = found.backend_uri if wanted.backend_uri is UNSET else checked_uri(wanted.backend_uri)
    box = found.charge_box_id if wanted.charge_box_id is UNSET else checked_charge_box_id(wanted.charge_box_id)
    if (uri, box) == (found.backend_uri, found.charge_box_id):
        link = _changed(db, found, wanted, seals)
        _check(db, link)
        links.change(db, link)
        _note(db, actor, "link.changed", link, now, **_told(wanted))
        return one_link(db, actor, found.public_id)
    moved = _moved(db, found, uri, box, new_id, seals)
    if wanted.key is UNSET and moved.authorization_key is not None and not same_host(found.backend_uri, uri):
        raise Refused("link.key_of_other_host")
    link = _changed(db, moved, wanted, seals)
    links.set_lifecycle(db, actor.account_id, found.public_id, Lifecycle.DRAINING)
    _check(db, link)
    _insert(db, link, now)
    _note(db, actor, "link.replaced", link, now, former=found.public_id, backend_uri=uri, **_told(wanted))
    return one_link(db, actor, new_id)


def pause(db: Connection, actor: Actor, name: str, now: datetime) -> LinkRow:
    """Off the air. What its platform shall be told is kept until it is resumed."""
    return _set(db, actor, _living(db, actor, name), Lifecycle.PAUSED, "link.paused", now)


def resume(db: Connection, actor: Actor, name: str, now: datetime) -> LinkRow:
    """On the air again. One that was removed comes back too: from now on, and with its queue set aside."""
    found = one_link(db, actor, name)
    if found.lifecycle is Lifecycle.DRAINING:
        raise Refused("link.draining", charge_box_id=found.charge_box_id)
    if found.lifecycle is Lifecycle.REMOVED:
        found = replace(found, applied_fact=facts.last(db, found.charger_id))
    link = replace(found, lifecycle=Lifecycle.ACTIVE)
    _check(db, link)
    links.change(db, link)
    return _set(db, actor, link, Lifecycle.ACTIVE, "link.resumed", now)


def remove(db: Connection, actor: Actor, name: str, now: datetime) -> LinkRow:
    """Its transaction stops, its queue is set aside; what was recorded stays."""
    found = one_link(db, actor, name)
    if found.lifecycle is Lifecycle.REMOVED:
        raise Refused("link.removed", charge_box_id=found.charge_box_id)
    return _set(db, actor, found, Lifecycle.REMOVED, "link.removed", now)


def replayed(db: Connection, actor: Actor, name: str, session_id: str | None, now: datetime) -> LinkRow:
    """Note that somebody wants what was set aside tried again; its face puts it back in the same store job."""
    found = one_link(db, actor, name)
    if found.lifecycle is Lifecycle.REMOVED:
        raise Refused("link.removed", charge_box_id=found.charge_box_id)
    _note(db, actor, "link.replayed", found, now, session=session_id)
    return found


# --- parts ------------------------------------------------------------------------------------------------------------


def _living(db: Connection, actor: Actor, name: str) -> LinkRow:
    """One that may be changed."""
    found = one_link(db, actor, name)
    if found.lifecycle in (Lifecycle.REMOVED, Lifecycle.DRAINING):
        raise Refused(f"link.{found.lifecycle.value}", charge_box_id=found.charge_box_id)
    return found


def _set(db: Connection, actor: Actor, link: LinkRow, lifecycle: Lifecycle, what: str, now: datetime) -> LinkRow:
    links.set_lifecycle(db, actor.account_id, link.public_id, lifecycle)
    _note(db, actor, what, link, now)
    return one_link(db, actor, link.public_id)


def _changed(db: Connection, link: LinkRow, wanted: LinkChange, seals: Seals) -> LinkRow:
    """The link with what somebody wants of it, each part by itself checked."""
    chosen = {name: value for name in CHOICES if (value := getattr(wanted, name)) is not UNSET}
    settings = {
        name: value for name, value in (link.settings | msgspec.to_builtins(chosen)).items() if value is not None
    }
    link = replace(link, settings=settings, role=link.role if wanted.role is UNSET else wanted.role)
    if wanted.preset is not UNSET:
        link = replace(link, preset=checked_preset(wanted.preset))
    if wanted.agreed_at is not UNSET:
        link = replace(link, agreed_at=wanted.agreed_at)
    if wanted.user_name is not UNSET:
        link = replace(link, user_name=checked_user_name(wanted.user_name or link.charge_box_id))
    if wanted.key is not UNSET:
        profile = settings.get("security_profile", 0)
        key = None if wanted.key is None else checked_key(wanted.key, profile)
        sealed = None if key is None else seals.seal(link.account_id, link.public_id, key)
        settings.pop("key_is_hex", None)
        link = replace(link, settings=settings, authorization_key=sealed)
    return link


def _moved(db: Connection, found: LinkRow, uri: str, charge_box_id: str, new_id: str, seals: Seals) -> LinkRow:
    """A new link with the same settings and key, that leads elsewhere or under another name."""
    key, is_hex = _key_in_force(db, found, seals)
    settings = {name: value for name, value in found.settings.items() if name != "key_is_hex"}
    return replace(
        found,
        settings=settings | {"key_is_hex": True} if is_hex else settings,
        public_id=new_id,
        position=links.next_position(db, found.charger_id),
        backend_uri=uri,
        charge_box_id=charge_box_id,
        user_name=charge_box_id if found.user_name == found.charge_box_id else found.user_name,
        authorization_key=None if key is None else seals.seal(found.account_id, new_id, key),
        state_version=0,
        state=None,
        applied_fact=facts.last(db, found.charger_id),
    )


def _key_in_force(db: Connection, found: LinkRow, seals: Seals) -> tuple[Secret | None, bool]:
    """The key that its platform knows, and whether that is one which it set itself, in hexadecimal (A01)."""
    number = 0 if found.state is None else decode_state(found.state_version, found.state).credentials.current.key
    if number:
        name = key_name(number)
        return seals.open_secret(found, name, link_secrets.of_link(db, found.id)[name]), True
    key = None if found.authorization_key is None else seals.open(found)
    return key, bool(found.settings.get("key_is_hex", False))


def _insert(db: Connection, link: LinkRow, now: datetime) -> None:
    new = NewLink(**{name: getattr(link, name) for name in NewLink.__struct_fields__})
    links.create(db, link.account_id, link.charger_id, new, link.applied_fact, now)


def _check(db: Connection, link: LinkRow) -> None:
    """Whether it can be meant so, by itself and beside the other links of its charger. Raise Refused."""
    settings = link.settings
    routing = msgspec.convert(settings.get("routing", {}), Routing)
    decides = settings.get("decides", "local")
    wrong = contradiction(link.role, decides == "platform", routing, settings.get("fixed_tag"))
    if wrong is not None:
        raise Refused(wrong)
    if decides not in DECIDES or settings.get("register", "link") not in REGISTERS:
        raise Refused("link.bad_choice", decides=", ".join(DECIDES), register=", ".join(REGISTERS))
    if settings.get("default_kind", "business") not in KINDS:
        raise Refused("link.bad_kind")
    profile = settings.get("security_profile", 0)
    if profile not in range(4):
        raise Refused("link.bad_profile", profile=profile)
    if profile >= 2 and not link.backend_uri.startswith("wss:"):
        raise Refused("link.profile_needs_tls", profile=profile)
    if profile in (1, 2) and link.authorization_key is None:
        raise Refused("link.profile_needs_key", profile=profile)
    if profile == 3 and not _certified(link):
        raise Refused("link.profile_needs_certificate")
    for root in settings.get("roots", ()):
        checked_root(root)
    known = {at.driver.public_id for at in drivers.of_charger(db, link.charger_id)}
    if not routing.drivers <= known:
        raise Refused("link.unknown_driver", driver=min(routing.drivers - known))
    _check_beside(db, link)


def _certified(link: LinkRow) -> bool:
    """Whether it has a certificate to prove itself by."""
    return link.state is not None and bool(decode_state(link.state_version, link.state).certificates.own)


def _check_beside(db: Connection, link: LinkRow) -> None:
    others = [
        other
        for other in links.of_charger(db, link.charger_id)
        if other.public_id != link.public_id and other.lifecycle is not Lifecycle.REMOVED
    ]
    for other in others:
        if (other.backend_uri, other.charge_box_id) == (link.backend_uri, link.charge_box_id):
            raise Refused("link.twice", charge_box_id=link.charge_box_id, link=other.public_id)
        if CONTROL == link.role == other.role and other.lifecycle is not Lifecycle.DRAINING:
            raise Refused("link.two_controls", link=other.public_id)


def new_id(ids: Ids) -> str:
    return ids.public("lnk")


def _told(wanted: LinkChange) -> dict[str, str]:
    """What was changed, for the audit log; never a key."""
    names = [name for name in wanted.__struct_fields__ if getattr(wanted, name) is not UNSET]
    return {"changed": ", ".join(names)}


def _note(db: Connection, actor: Actor, what: str, link: LinkRow, now: datetime, **more: str | None) -> None:
    details: dict[str, str | int | None] = {"link": link.public_id, "charge_box_id": link.charge_box_id, **more}
    note(db, actor, what, now, details)
