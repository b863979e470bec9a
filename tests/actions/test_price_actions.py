"""What a kWh costs at a site, and prices from a file: by the account's clock, all or nothing, for one's own sites."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from laadboek.actions import prices, sites
from laadboek.actions.actor import Actor
from laadboek.actions.sites import SiteChange
from laadboek.reasons import Refused
from laadboek.store import accounts, audit
from laadboek.store import prices as stored
from laadboek.store.database import InlineDatabase

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
FILE = """starts_at;ends_at;eur_per_kwh
2026-03-01T10:00Z;2026-03-01T11:00Z;0,1
2026-03-01T11:00Z;2026-03-01T12:00Z;-0,02
"""


class Desk:
    """Olga with a site, and somebody else."""

    def __init__(self, **config):
        self.db = InlineDatabase(":memory:")
        self.olga, self.stranger = (self.account(name) for name in ("acc_olga", "acc_stranger"))
        self.site(**config)

    def account(self, name):
        row = self.run(lambda db: accounts.create(db, name, name, "Europe/Amsterdam", "nl", NOW))
        return Actor(account_id=row, name="usr", time_zone="Europe/Amsterdam", language="nl")

    def run(self, job):
        return self.db.run(job)

    def site(self, contract="dynamic", **config):
        wanted = SiteChange(name="Home", contract=contract, config={"price_source": "csv", **config})
        self.run(lambda db: sites.add(db, self.olga, "sit_1", wanted, NOW))

    def take(self, text=FILE, actor=None):
        return self.run(lambda db: prices.import_file(db, actor or self.olga, "sit_1", text, NOW))

    def list(self, now=NOW, actor=None):
        return self.run(lambda db: prices.price_list(db, actor or self.olga, "sit_1", now))

    def kept(self):
        return self.run(lambda db: stored.since(db, self.olga.account_id, "csv", "NL", NOW - timedelta(days=9)))


def refusal(act):
    with pytest.raises(Exception) as raised:
        act()
    refused = raised.value if isinstance(raised.value, Refused) else raised.value.__cause__
    assert isinstance(refused, Refused)
    return refused.reason


def test_today_and_tomorrow_by_the_clock_on_the_wall_without_a_gap():
    found = Desk().list().prices
    assert found[0].starts_at == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert len(found) == 192
    assert all(after.starts_at - before.starts_at == timedelta(minutes=15) for before, after in pairwise(found))


@pytest.mark.parametrize(("day", "quarters"), [(28, 96 + 92), (29, 92 + 96), (30, 192)])
def test_a_day_on_which_the_clock_is_set_has_its_own_length(day, quarters):
    assert len(Desk().list(datetime(2026, 3, day, 9, tzinfo=UTC)).prices) == quarters


def test_what_a_file_says_is_known_and_the_rest_is_estimated():
    desk = Desk()
    done = desk.take()
    assert (done.quarters, done.zone, done.doubtful) == (8, "NL", None)
    assert done.spots == desk.kept() and len(done.spots) == 8
    by_start = {price.starts_at: price for price in desk.list().prices}
    known = [at for at, price in by_start.items() if price.known]
    assert known == [datetime(2026, 3, 1, 10, tzinfo=UTC) + number * timedelta(minutes=15) for number in range(8)]
    taxed, negative = (by_start[datetime(2026, 3, 1, hour, tzinfo=UTC)].import_micro for hour in (10, 11))
    assert taxed - negative == 120_000 * 121 // 100  # with VAT


def test_the_newest_file_counts():
    desk = Desk()
    desk.take()
    desk.take(FILE.replace("0,1", "0,3"))
    assert desk.kept()[0].micro_per_kwh == 300_000


def test_the_shipped_year_is_published_like_others():
    desk = Desk(price_source="shipped")
    assert sum(price.known for price in desk.list(NOW).prices) == 96
    afternoon = desk.list(NOW + timedelta(hours=3)).prices
    assert len(afternoon) == 192 and all(price.known for price in afternoon)


def test_without_a_source_everything_is_estimated():
    found = Desk(price_source=None).list()
    assert not any(price.known for price in found.prices) and found.source is None


def test_a_fixed_price_is_known_without_anybody_who_publishes():
    found = Desk(contract="fixed 0.28", price_source=None).list()
    assert found.currency == "EUR" and len({price.import_micro for price in found.prices}) == 1


def test_a_site_without_a_contract_has_no_prices():
    desk = Desk()
    bare = SiteChange(config={"contract": None})
    desk.run(lambda db: sites.change(db, desk.olga, "sit_1", bare, NOW))
    assert refusal(desk.list).code == "prices.no_contract"


def test_a_file_is_for_a_site_that_wants_one():
    desk = Desk(price_source="energyzero")
    assert refusal(desk.take).params == {"source": "energyzero"}
    assert desk.kept() == ()


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("", "source.bad_header", {}),
        (FILE.replace("0,1", "cheap"), "source.bad_line_amount", {"line": 2}),
        (FILE.replace("2026-03-01T11:00Z;2026-03-01T12", "noon;2026-03-01T12"), "source.bad_line_time", {"line": 3}),
        (FILE.replace("eur_", "gbp_"), "source.bad_currency", {}),
        ("starts_at;eur_per_kwh\n2026-03-01T10:00Z;9\n", "prices.none_in_file", {}),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line_and_nothing_is_kept(text, code, params):
    desk = Desk()
    reason = refusal(lambda: desk.take(text))
    assert (reason.code, reason.params) == (code, params)
    assert desk.kept() == ()


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"price_zone": "XX"}, "source.wrong_zone"),
        ({"price_source": "awattar", "price_zone": "NL"}, "source.wrong_zone"),
        ({"price_source": "gone"}, "site.unknown_source"),
        ({"forecast_source": "gone"}, "site.unknown_source"),
    ],
)
def test_a_source_or_a_zone_that_nobody_has_is_refused(config, code):
    assert refusal(lambda: Desk(**config)).code == code


def test_a_price_beyond_any_exchange_is_left_out_and_told():
    done = Desk().take(FILE.replace("-0,02", "9"))
    assert done.quarters == 4
    assert done.doubtful.code == "prices.doubtful" and done.doubtful.params["implausible"] == 1


def test_somebody_elses_site_is_unknown():
    desk = Desk()
    assert refusal(lambda: desk.list(actor=desk.stranger)).code == "site.unknown"
    assert refusal(lambda: desk.take(actor=desk.stranger)).code == "site.unknown"


def test_the_audit_log_says_who_brought_prices():
    desk = Desk()
    desk.take()
    [row] = [one for one in desk.run(lambda db: audit.of_account(db, desk.olga.account_id)) if "prices" in str(one)]
    assert "prices.imported" in str(row) and "usr" in str(row)
