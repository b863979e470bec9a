"""Makes the shipped year of prices from Ember's hourly file: `python tools/shipped_prices.py EMBER.csv`.

Reads "Datetime (UTC)" and "Price (EUR/MWhe)" of any row order, repeated rows and both date formats, refuses a gap,
and prints the hash for the manifest. See docs/prices.md, "The shipped year".
"""

import csv
import hashlib
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 30)
ZONE = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
FORMATS = ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M")
DATA = Path(__file__).parent.parent / "src" / "laadboek" / "sources" / "shipped_prices"
OUT = DATA / "day_ahead_nl_2024.txt"


def instant(text: str) -> datetime:
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise SystemExit(f"not a date: {text!r}")


def read(path: Path) -> dict[datetime, int]:
    """Cents per MWh by hour; two different prices for one hour are refused."""
    cents: dict[datetime, int] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if not row["Datetime (UTC)"]:
                continue
            at, price = instant(row["Datetime (UTC)"]), int(Decimal(row["Price (EUR/MWhe)"]) * 100)
            if cents.setdefault(at, price) != price:
                raise SystemExit(f"two prices for {at}: {cents[at]} and {price}")
    return cents


def start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def main() -> None:
    cents = read(Path(sys.argv[1]))
    lines = []
    day = FIRST
    while day <= LAST:
        at, end = start(day), start(day + timedelta(days=1))
        hours = [at + n * HOUR for n in range((end - at) // HOUR)]
        missing = [hour for hour in hours if hour not in cents]
        if missing:
            raise SystemExit(f"no price for {missing[0]}")
        lines.append(" ".join([day.isoformat(), *(str(cents[hour]) for hour in hours)]))
        day += timedelta(days=1)
    text = "\n".join(lines) + "\n"
    OUT.write_text(text, encoding="ascii", newline="\n")
    sys.stdout.write(f"{OUT.name}: sha256 {hashlib.sha256(text.encode()).hexdigest()}\n")


if __name__ == "__main__":
    main()
