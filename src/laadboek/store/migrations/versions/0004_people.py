"""People: memberships, mails, passkeys, tokens; drivers of an account; the audit log's chain; cost of a session."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _new_tables()
    _accounts_and_audit()
    _users()
    _chargers()
    _drivers()
    _sessions()


def _new_tables() -> None:
    op.create_table(
        "pre_sign_ins",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pre_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pre_sign_ins_token_hash")),
    )
    op.create_table(
        "export_schedules",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("only_kind", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("due_for", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_for", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_export_schedules_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_schedules")),
        sa.UniqueConstraint("public_id", name=op.f("uq_export_schedules_public_id")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("drivers", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitations_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_table(
        "mails",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mails_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mails_public_id")),
    )
    op.create_index("ix_mails_state", "mails", ["state"])

    op.create_table(
        "api_tokens",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_api_tokens_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_tokens_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "email_proofs",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_email_proofs_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_email_proofs_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_proofs")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_email_proofs_token_hash")),
    )
    op.create_table(
        "identities",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_identities_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identities_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("drivers", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("account_id", "user_id", name=op.f("uq_memberships_account_id_user_id")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_passkeys_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkeys_public_id")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id_accounts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    op.create_table(
        "driver_chargers",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("driver_id", ID, nullable=False),
        sa.Column("charger_id", ID, nullable=False),
        sa.Column("pin_mac", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_driver_chargers_account_id_accounts")),
        sa.ForeignKeyConstraint(["charger_id"], ["chargers.id"], name=op.f("fk_driver_chargers_charger_id_chargers")),
        sa.ForeignKeyConstraint(["driver_id"], ["drivers.id"], name=op.f("fk_driver_chargers_driver_id_drivers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_driver_chargers")),
        sa.UniqueConstraint("charger_id", "pin_mac", name=op.f("uq_driver_chargers_charger_id_pin_mac")),
        sa.UniqueConstraint("driver_id", "charger_id", name=op.f("uq_driver_chargers_driver_id_charger_id")),
    )


def _accounts_and_audit() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("setup", sa.Text(), nullable=True))
        accounts.add_column(sa.Column("closed_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("audit") as audit:
        audit.add_column(sa.Column("network", sa.Text(), nullable=True))
        audit.add_column(sa.Column("seq", sa.BigInteger(), nullable=True))
        audit.add_column(sa.Column("hash", sa.LargeBinary(), nullable=True))
        audit.create_unique_constraint(op.f("uq_audit_account_id_seq"), ["account_id", "seq"])
    op.create_table(
        "audit_heads",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_heads")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_heads_account_id_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_audit_heads_account_id")),
    )


def _users() -> None:
    """Roles become memberships; everybody signs in anew."""
    op.execute(
        "INSERT INTO memberships (account_id, user_id, role, created_at)"
        " SELECT account_id, id, role, created_at FROM users"
    )
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("email_confirmed_at", sa.BigInteger(), nullable=True))
        users.add_column(sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
        users.add_column(sa.Column("totp_confirmed_at", sa.BigInteger(), nullable=True))
        users.add_column(sa.Column("totp_step", sa.BigInteger(), nullable=True))
        users.drop_column("role")
    op.execute("UPDATE users SET email_confirmed_at = created_at")
    op.execute("DELETE FROM sign_ins")
    with op.batch_alter_table("sign_ins") as sign_ins:
        sign_ins.add_column(sa.Column("acting_account_id", ID, nullable=True))
        sign_ins.add_column(sa.Column("public_id", sa.Text(), nullable=False))
        sign_ins.add_column(sa.Column("browser", sa.Text(), nullable=True))
        sign_ins.add_column(sa.Column("network", sa.Text(), nullable=True))
        sign_ins.add_column(sa.Column("method", sa.Text(), nullable=False))
        sign_ins.add_column(sa.Column("proved_at", sa.BigInteger(), nullable=False))
        sign_ins.create_unique_constraint(op.f("uq_sign_ins_public_id"), ["public_id"])
        sign_ins.create_foreign_key(
            op.f("fk_sign_ins_acting_account_id_accounts"), "accounts", ["acting_account_id"], ["id"]
        )
    with op.batch_alter_table("notice_channels") as channels:
        channels.add_column(sa.Column("user_id", ID, nullable=True))
        channels.create_foreign_key(op.f("fk_notice_channels_user_id_users"), "users", ["user_id"], ["id"])


def _chargers() -> None:
    """PINs were hidden under each charger's own id: there they go on."""
    with op.batch_alter_table("chargers") as chargers:
        chargers.add_column(sa.Column("pin_scope", sa.Text(), nullable=True))
        chargers.add_column(sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE chargers SET pin_scope = public_id")
    with op.batch_alter_table("chargers") as chargers:
        chargers.alter_column("pin_scope", existing_type=sa.Text(), nullable=False)
    with op.batch_alter_table("links") as links:
        links.add_column(sa.Column("preset", sa.Text(), nullable=True))
        links.add_column(sa.Column("agreed_at", sa.BigInteger(), nullable=True))


def _drivers() -> None:
    """Of an account, no longer of one charger: who had the same tag at two is one person."""
    op.execute(
        "INSERT INTO driver_chargers (account_id, driver_id, charger_id, pin_mac)"
        " SELECT d.account_id, (SELECT MIN(f.id) FROM drivers f WHERE f.account_id = d.account_id"
        " AND f.id_tag = d.id_tag), d.charger_id, d.pin_mac FROM drivers d"
    )
    with op.batch_alter_table("drivers") as drivers:
        drivers.add_column(sa.Column("valid_from", sa.BigInteger(), nullable=True))
        drivers.add_column(sa.Column("valid_until", sa.BigInteger(), nullable=True))
        drivers.add_column(sa.Column("hours", sa.Text(), nullable=True))
        drivers.add_column(sa.Column("budget_wh", sa.BigInteger(), nullable=True))
        drivers.add_column(sa.Column("budget_span", sa.Text(), nullable=True))
        drivers.add_column(sa.Column("all_chargers", sa.Integer(), nullable=True))
        drivers.drop_constraint(op.f("uq_drivers_charger_id_id_tag"), type_="unique")
        drivers.drop_constraint(op.f("uq_drivers_charger_id_pin_mac"), type_="unique")
        drivers.drop_constraint(op.f("fk_drivers_charger_id_chargers"), type_="foreignkey")
        drivers.drop_column("pin_mac")
        drivers.drop_column("charger_id")
    op.execute("DELETE FROM drivers WHERE id NOT IN (SELECT driver_id FROM driver_chargers)")
    op.execute("UPDATE drivers SET all_chargers = 0")
    with op.batch_alter_table("drivers") as drivers:
        drivers.alter_column("all_chargers", existing_type=sa.Integer(), nullable=False)
        drivers.create_unique_constraint(op.f("uq_drivers_account_id_id_tag"), ["account_id", "id_tag"])


def _sessions() -> None:
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("sun_wh", sa.BigInteger(), nullable=True))
        sessions.add_column(sa.Column("cost_micro", sa.BigInteger(), nullable=True))
        sessions.add_column(sa.Column("currency", sa.Text(), nullable=True))
        sessions.add_column(sa.Column("odometer_km", sa.Integer(), nullable=True))
        sessions.add_column(sa.Column("flags", sa.Text(), nullable=True))
    _flags()
    op.drop_index("ix_sessions_account_id_started_at", table_name="sessions")
    summed = ("kind", "ended_at", "energy_wh", "sun_wh", "cost_micro", "currency")
    narrowed = ("driver_id", "charger_id", "charge_point_id")
    op.create_index("ix_sessions_account_id_started_at", "sessions", ["account_id", "started_at", *summed, *narrowed])


def _flags() -> None:
    """From the sessions' own facts."""
    db = op.get_bind()
    for row_id, body in db.execute(sa.text("SELECT id, body FROM sessions")).fetchall():
        if flags := json.loads(bytes(body)).get("flags"):
            values = {"flags": " ".join(sorted(flags)), "id": row_id}
            db.execute(sa.text("UPDATE sessions SET flags = :flags WHERE id = :id"), values)
