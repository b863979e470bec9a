"""What tables are made of. Instants are int64 µs UTC, energy Wh, public ids text; `account_id` is on every row."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite only makes a rowid alias of INTEGER PRIMARY KEY; both engines hold 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")


def key() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def account() -> Column[int]:
    return Column("account_id", Id, ForeignKey("accounts.id"), nullable=False)


def unchecked_account() -> Column[int]:
    """For rows that come by the thousand: who writes them has just read the account from its charge point."""
    return Column("account_id", Id, nullable=False)


def instant(name: str, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)
