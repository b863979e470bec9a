"""Which notices people are sent, and how soon: a table of codes. The others are only kept, to be looked at.

A notice is a row of the turn that it comes from, so it is neither lost nor told of something that did not happen.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct

from ..ids import Ids
from ..reasons import Reason
from ..store import notices
from ..store.connection import Connection
from ..store.notices import NewNotice


class Rule(Struct, frozen=True):
    """`wait`: by then it may have passed. `over`: the codes that it is the end of."""

    wait: timedelta = timedelta(0)
    over: tuple[str, ...] = ()


AT_ONCE = Rule()
PATIENT = Rule(wait=timedelta(minutes=10))

# Of everything that cores tell people. A code that is not here is kept and sent to nobody.
SENT: dict[str, Rule] = {
    "visit.unidentified": AT_ONCE,
    "pad.locked": AT_ONCE,
    "settings_pin.used_offline": AT_ONCE,
    "settings_pin.default": AT_ONCE,
    "driver.budget_reached": AT_ONCE,
    "transaction.refused": AT_ONCE,
    "transaction.refused_by_report": AT_ONCE,
    "transaction.refused_late": AT_ONCE,
    "lock.failed": AT_ONCE,
    "link.down": PATIENT,
    "link.back": Rule(over=("link.down",)),
    "outbox.set_aside": AT_ONCE,
    "reset.too_many": AT_ONCE,
    "certificate.bad": AT_ONCE,
    "certificate.not_signed": AT_ONCE,
    "certificate.no_renewal": AT_ONCE,
    "security.fell_back": AT_ONCE,
    "meter.lost": PATIENT,
    "meter.frozen": AT_ONCE,
    "meter.wrong_sign": AT_ONCE,
    "meter.back": Rule(over=("meter.lost", "meter.frozen", "meter.wrong_sign")),
    "prices.missing": PATIENT,
    "prices.back": Rule(over=("prices.missing",)),
    "prices.doubtful": AT_ONCE,
    "car.draws_too_much": AT_ONCE,
    "meter.no_phases": AT_ONCE,
    "plan.too_late": AT_ONCE,
}


def save(
    account_id: int,
    reason: Reason,
    now: datetime,
    ids: Ids,
    *,
    charger_id: int | None = None,
    site_id: int | None = None,
    driver_id: str | None = None,
) -> Callable[[Connection], None]:
    """The store job that keeps it. `charger_id`, `site_id` are those of rows."""
    rule = SENT.get(reason.code)
    notice = NewNotice(
        public_id=ids.public("ntc"),
        reason=reason,
        charger_id=charger_id,
        site_id=site_id,
        driver_id=driver_id,
        wait=AT_ONCE.wait if rule is None else rule.wait,
        over=() if rule is None else rule.over,
        happened_at=now,
    )
    return partial(notices.add, account_id=account_id, notice=notice, sent=rule is not None)
