"""Several links: how each stands, what it keeps secret, what it shows of a session; the security log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("links", sa.Column("lifecycle", sa.Text(), server_default="active", nullable=False))
    op.execute("UPDATE links SET lifecycle = 'paused' WHERE enabled = 0")
    op.drop_column("links", "enabled")
    op.create_table(
        "link_secrets",
        *_row("link_secrets"),
        *_link("link_secrets"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("link_id", "name", name=op.f("uq_link_secrets_link_id_name")),
    )
    op.create_table(
        "session_images",
        *_row("session_images"),
        *_link("session_images"),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("id_tag", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("start_register_wh", sa.BigInteger(), nullable=False),
        sa.Column("end_register_wh", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.UniqueConstraint("link_id", "session_id", name=op.f("uq_session_images_link_id_session_id")),
    )
    op.create_index("ix_session_images_session_id", "session_images", ["session_id"])
    op.create_table(
        "security_log",
        *_row("security_log"),
        sa.Column("charger_id", ID, nullable=False),
        sa.Column("link_id", ID, nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("tech_info", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["charger_id"], ["chargers.id"], name=op.f("fk_security_log_charger_id_chargers")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_security_log_link_id_links")),
    )
    op.create_index("ix_security_log_charger_id_happened_at", "security_log", ["charger_id", "happened_at"])


def _row(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id_accounts")),
    ]


def _link(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("link_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f(f"fk_{table}_link_id_links")),
    ]
