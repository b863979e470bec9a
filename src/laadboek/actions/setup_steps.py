"""How far an account is set up, derived from the facts: whoever left can go on anywhere (C1, manual 4.2)."""

from msgspec import Struct

from ..store import accounts, charge_points, chargers, drivers, links, sites
from ..store.connection import Connection
from ..store.links import Lifecycle
from ..store.sites import SiteRow
from .actor import Actor
from .location import missing_of
from .setup import Said, Step, said


class StepNow(Struct, frozen=True, kw_only=True):
    step: Step
    done: bool
    later: bool = False  # put off; it counts as passed until it is done


class Progress(Struct, frozen=True, kw_only=True):
    """Of an account. `site` is the location that the wizard asks about: the first."""

    steps: tuple[StepNow, ...]
    site: SiteRow | None
    chargers: int
    drivers: int
    links: int

    @property
    def next(self) -> Step | None:
        """The first step that is neither done nor put off; None: all is set up."""
        return next((one.step for one in self.steps if not (one.done or one.later)), None)

    def after(self, step: Step) -> Step | None:
        """The step that follows in order."""
        order = list(Step)
        place = order.index(step) + 1
        return order[place] if place < len(order) else None


def progress(db: Connection, actor: Actor) -> Progress:
    account_id = actor.account_id
    hosted = chargers.of_account(db, account_id)
    foreign = [one for one in charge_points.of_account(db, account_id) if is_foreign(one)]
    found_sites, found_drivers = sites.of_account(db, account_id), drivers.of_account(db, account_id)
    ids = {row.id for row in hosted}
    alive = [one for one in links.of_account(db, account_id) if one.charger_id in ids and _counts(one.lifecycle)]
    site = found_sites[0] if found_sites else None
    missing = {"location.no_address"} if site is None else {why.code for why in missing_of(site.config)}
    done = {
        Step.ACCOUNT: accounts.owner_confirmed(db, account_id),
        Step.LOCATION: "location.no_address" not in missing,
        Step.CONTRACT: site is not None and missing.isdisjoint({"location.no_contract", "location.no_main_fuse"}),
        Step.SUN: site is not None and missing.isdisjoint({"location.no_word_of_sun", "location.no_word_of_meter"}),
        Step.CHARGER: bool(hosted or foreign),
        Step.DRIVERS: bool(found_drivers),
        Step.PLATFORM: bool(alive) or bool(foreign and not hosted),
    }
    return Progress(
        steps=tuple(_now(step, done[step], said(db, actor)) for step in Step),
        site=site,
        chargers=len(hosted) + len(foreign),
        drivers=len(found_drivers),
        links=len(alive),
    )


def is_foreign(row: charge_points.ChargePointRow) -> bool:
    """It speaks OCPP itself, and may connect to our platform."""
    return row.identity.charger_id is None and row.key_mac is not None


def _counts(lifecycle: Lifecycle) -> bool:
    return lifecycle in (Lifecycle.ACTIVE, Lifecycle.PAUSED)


def _now(step: Step, done: bool, words: Said) -> StepNow:
    return StepNow(step=step, done=done, later=not done and step in words.later)
