"""Sites: grid connections that several chargers of an account share, each with what its owner said about it."""

from datetime import datetime

import msgspec
from msgspec import Struct

from ..clock import from_us, to_us
from ..site.config import SiteConfig
from .connection import Connection, Row


class SiteRow(Struct, frozen=True, kw_only=True):
    id: int
    account_id: int
    public_id: str
    name: str
    config: SiteConfig
    secret: bytes | None  # of its price source, encrypted
    forecast_secret: bytes | None = None  # of its forecast source, encrypted
    created_at: datetime


COLUMNS = "id, account_id, public_id, name, config, secret, forecast_secret, created_at"


def create(
    db: Connection,
    account_id: int,
    public_id: str,
    name: str,
    config: SiteConfig,
    now: datetime,
    secret: bytes | None = None,
    forecast_secret: bytes | None = None,
) -> int:
    return db.insert(
        "INSERT INTO sites (account_id, public_id, name, config, secret, forecast_secret, state_version,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        (account_id, public_id, name, _text(config), secret, forecast_secret, to_us(now)),
    )


def change(db: Connection, site: SiteRow) -> None:
    """Name, config and secrets become those of the row."""
    db.run(
        "UPDATE sites SET name = ?, config = ?, secret = ?, forecast_secret = ? WHERE account_id = ? AND id = ?",
        (site.name, _text(site.config), site.secret, site.forecast_secret, site.account_id, site.id),
    )


def remove(db: Connection, account_id: int, site_id: int) -> None:
    """With its forecast; a notice of it stays, and so does a removed charger's row. Nobody else may stand there."""
    for unset in ("UPDATE notices SET site_id = NULL", "DELETE FROM forecasts"):
        db.run(f"{unset} WHERE account_id = ? AND site_id = ?", (account_id, site_id))
    db.run("DELETE FROM sites WHERE account_id = ? AND id = ?", (account_id, site_id))


def save_state(db: Connection, site_id: int, version: int, blob: bytes) -> None:
    """What its core remembers, in place of the former."""
    db.run("UPDATE sites SET state_version = ?, state = ? WHERE id = ?", (version, blob, site_id))


def state(db: Connection, site_id: int) -> tuple[int, bytes] | None:
    """Its version and bytes; None: nothing was kept yet."""
    row = db.row("SELECT state_version, state FROM sites WHERE id = ?", (site_id,))
    return None if row is None or row[1] is None else (row[0], bytes(row[1]))


def load(db: Connection, site_id: int) -> SiteRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM sites WHERE id = ?", (site_id,))
    return _site(row) if row else None


def by_public_id(db: Connection, account_id: int, public_id: str) -> SiteRow | None:
    row = db.row(f"SELECT {COLUMNS} FROM sites WHERE account_id = ? AND public_id = ?", (account_id, public_id))
    return _site(row) if row else None


def of_account(db: Connection, account_id: int) -> list[SiteRow]:
    """In the order they were made."""
    rows = db.rows(f"SELECT {COLUMNS} FROM sites WHERE account_id = ? ORDER BY id", (account_id,))
    return [_site(row) for row in rows]


def all(db: Connection) -> list[SiteRow]:
    """Of every account: what this process hosts."""
    return [_site(row) for row in db.rows(f"SELECT {COLUMNS} FROM sites ORDER BY id")]


# --- who stands there ---


def chargers_of(db: Connection, site_id: int) -> list[str]:
    """Public ids of its chargers, in the order they were added."""
    rows = db.rows("SELECT public_id FROM chargers WHERE site_id = ? ORDER BY id", (site_id,))
    return [public_id for (public_id,) in rows]


def of_charger(db: Connection, charger_id: int) -> SiteRow | None:
    """Where it stands; None: at no site."""
    row = db.row("SELECT site_id FROM chargers WHERE id = ?", (charger_id,))
    return None if row is None or row[0] is None else load(db, row[0])


def place(db: Connection, account_id: int, charger_id: int, site_id: int | None) -> None:
    """The charger stands at this site from now on; None: at none. Both are the account's, or it then stands at none."""
    db.run(
        "UPDATE chargers SET site_id = (SELECT id FROM sites WHERE account_id = ? AND id = ?)"
        " WHERE account_id = ? AND id = ?",
        (account_id, site_id, account_id, charger_id),
    )


def _text(config: SiteConfig) -> str:
    return msgspec.json.encode(config).decode()


def _site(row: Row) -> SiteRow:
    id, account_id, public_id, name, config, secret, forecast_secret, created_at = row
    return SiteRow(
        id=id,
        account_id=account_id,
        public_id=public_id,
        name=name,
        config=msgspec.json.decode(config, type=SiteConfig),
        secret=secret,
        forecast_secret=forecast_secret,
        created_at=from_us(created_at),
    )
