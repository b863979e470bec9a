"""Sites, prices, forecasts; notices and where they go."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sites",
        *_row("sites"),
        *_public("sites"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("forecast_secret", sa.LargeBinary(), nullable=True),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "prices",
        *_row("prices"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("length_s", sa.Integer(), nullable=False),
        sa.Column("micro_per_kwh", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "account_id", "source", "zone", "starts_at", name=op.f("uq_prices_account_id_source_zone_starts_at")
        ),
    )
    op.create_table(
        "forecasts",
        *_row("forecasts"),
        *_of("forecasts", "sites", "site_id"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("site_id", name=op.f("uq_forecasts_site_id")),
    )
    with op.batch_alter_table("chargers") as chargers:
        chargers.add_column(sa.Column("site_id", ID, nullable=True))
        chargers.create_foreign_key(op.f("fk_chargers_site_id_sites"), "sites", ["site_id"], ["id"])
    op.create_table(
        "notices",
        *_row("notices"),
        *_public("notices"),
        *_of("notices", "chargers", "charger_id", nullable=True),
        *_of("notices", "sites", "site_id", nullable=True),
        sa.Column("driver_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_notices_account_id_happened_at", "notices", ["account_id", "happened_at"])
    op.create_table(
        "notice_channels",
        *_row("notice_channels"),
        *_public("notice_channels"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "notice_deliveries",
        *_row("notice_deliveries"),
        *_of("notice_deliveries", "notices", "notice_id"),
        *_of("notice_deliveries", "notice_channels", "channel_id"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.UniqueConstraint("notice_id", "channel_id", name=op.f("uq_notice_deliveries_notice_id_channel_id")),
    )
    op.create_index("ix_notice_deliveries_state", "notice_deliveries", ["state"])


def _row(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id_accounts")),
    ]


def _public(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    ]


def _of(table: str, other: str, column: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(column, ID, nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")),
    ]
