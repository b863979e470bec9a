"""Every table, with its retention. Instants are int64 µs UTC, energy Wh, public ids text; `account_id` is on every row.

The first migration creates these tables; each later change is a migration of its own (forward only).
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

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


# --- who owns, who signs in (kept until the account is deleted) ---

accounts = Table(
    "accounts",
    metadata,
    key(),
    Column("public_id", Text, nullable=False, unique=True),  # acc_
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),  # IANA; periods of sessions are cut in it
    Column("language", Text, nullable=False),  # nl, en, fr, de
    instant("created_at"),
)

users = Table(
    "users",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # usr_
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("password_hash", Text),  # argon2id
    Column("language", Text, nullable=False),
    Column("role", Text, nullable=False),  # owner, household, installer, bookkeeper, employer
    instant("created_at"),
)

# Deleted when they end.
sign_ins = Table(
    "sign_ins",
    metadata,
    key(),
    account(),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the cookie's 256 bits
    instant("created_at"),
    instant("last_seen_at"),
    instant("expires_at"),
)

# --- chargers we host (kept until removed) ---

chargers = Table(
    "chargers",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # chg_
    Column("name", Text, nullable=False),
    Column("device", Text, nullable=False),  # which driver in devices/: "simulated"
    Column("device_config", Text, nullable=False),  # JSON
    # The core's state: one frozen value with its version, replaced in the turn that changed it.
    Column("state_version", Integer, nullable=False),
    Column("state", LargeBinary),
    instant("created_at"),
)

# Numbered facts (docs/architecture.md). Deleted 90 days after every face applied them.
facts = Table(
    "facts",
    metadata,
    key(),
    account(),
    Column("charger_id", Id, ForeignKey("chargers.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    instant("told_at"),
    UniqueConstraint("charger_id", "number"),
)

drivers = Table(
    "drivers",
    metadata,
    key(),
    account(),
    Column("charger_id", Id, ForeignKey("chargers.id"), nullable=False),
    Column("public_id", Text, nullable=False, unique=True),  # drv_
    Column("name", Text, nullable=False),
    Column("pin_mac", LargeBinary),  # keyed HMAC; the PIN itself is nowhere
    Column("id_tag", Text, nullable=False),
    Column("kind", Text, nullable=False),  # business, private
    Column("mode", Text, nullable=False),  # stop, fast, eco, eco_plus
    Column("blocked", Integer, nullable=False),
    instant("created_at"),
    UniqueConstraint("charger_id", "pin_mac"),
    UniqueConstraint("charger_id", "id_tag"),
)

links = Table(
    "links",
    metadata,
    key(),
    account(),
    Column("charger_id", Id, ForeignKey("chargers.id"), nullable=False),
    Column("public_id", Text, nullable=False, unique=True),  # lnk_
    Column("position", Integer, nullable=False),  # faces are told facts in this order
    Column("role", Text, nullable=False),  # control, report
    Column("backend_uri", Text, nullable=False),  # ws:// or wss://, ends in /
    Column("charge_box_id", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("authorization_key", LargeBinary),  # encrypted with the data folder's key
    Column("settings", Text, nullable=False),  # JSON: routing, tag rule, decides, compatibility
    Column("state_version", Integer, nullable=False),
    Column("state", LargeBinary),
    Column("applied_fact", BigInteger, nullable=False),  # the last numbered fact this face applied
    instant("created_at"),
    # active; paused: keeps its queue, is off the air; draining: gets no new session; removed: its queue is set aside
    Column("lifecycle", Text, nullable=False, server_default="active"),
    UniqueConstraint("charger_id", "position"),
)

# What a link must keep secret besides its authorization key: the key that has not worked yet, private keys of
# certificates. Kept as long as the link.
link_secrets = Table(
    "link_secrets",
    metadata,
    key(),
    account(),
    Column("link_id", Id, ForeignKey("links.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # encrypted with the data folder's key
    instant("created_at"),
    UniqueConstraint("link_id", "name"),
)

# A session's image on a link: which transaction, under which tag, at which registers (a filtered link has its own).
# Kept as long as its session.
session_images = Table(
    "session_images",
    metadata,
    key(),
    account(),
    Column("link_id", Id, ForeignKey("links.id"), nullable=False),
    Column("session_id", Text, nullable=False),  # ses_
    Column("id_tag", Text, nullable=False),
    Column("transaction_id", BigInteger),  # the platform's
    Column("start_register_wh", BigInteger, nullable=False),
    Column("end_register_wh", BigInteger),
    Column("state", Text, nullable=False),  # open, ended, settled, set_aside
    UniqueConstraint("link_id", "session_id"),
    Index("ix_session_images_session_id", "session_id"),
)

# Security events of a hosted charger, or of one of its links (security whitepaper, A04). 400 days.
security_log = Table(
    "security_log",
    metadata,
    key(),
    account(),
    Column("charger_id", Id, ForeignKey("chargers.id"), nullable=False),
    Column("link_id", Id, ForeignKey("links.id")),  # None: of the charger, shown to every link
    Column("type", Text, nullable=False),
    Column("tech_info", Text),
    instant("happened_at"),
    Index("ix_security_log_charger_id_happened_at", "charger_id", "happened_at"),
)

# Transaction messages of the links. Acked rows are kept 90 days; set-aside rows until a person decides.
outbox = Table(
    "outbox",
    metadata,
    key(),
    account(),
    Column("link_id", Id, ForeignKey("links.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("session_id", Text),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),  # pending, acked, set_aside
    Column("answer", LargeBinary),
    instant("created_at"),
    instant("settled_at", nullable=True),
    UniqueConstraint("link_id", "seq"),
    Index("ix_outbox_link_id_state", "link_id", "state"),
)

outbox_attempts = Table(
    "outbox_attempts",
    metadata,
    key(),
    account(),
    Column("link_id", Id, ForeignKey("links.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("socket_no", BigInteger, nullable=False),
    instant("sent_at"),
    Column("outcome", Text),  # acked, refused, set_aside
    Column("answer", LargeBinary),
    UniqueConstraint("link_id", "seq", "attempt"),
)

# --- the ledger (kept seven years; personal values until they are erased) ---

sessions = Table(
    "sessions",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # ses_
    Column("charger_id", Id, ForeignKey("chargers.id")),  # hosted
    Column("charge_point_id", Id, ForeignKey("charge_points.id")),  # foreign: derived from its transaction
    Column("connector_id", Integer, nullable=False),
    Column("driver_id", Text),  # drv_
    Column("driver_name", Text),
    Column("id_tag", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    instant("started_at"),
    instant("ended_at", nullable=True),
    Column("start_register_wh", BigInteger, nullable=False),
    Column("end_register_wh", BigInteger),
    Column("energy_wh", BigInteger),
    Column("reason", Text),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # the whole SessionFacts
    Index("ix_sessions_account_id_started_at", "account_id", "started_at"),
    Index("ix_sessions_charger_id", "charger_id"),
    Index("ix_sessions_charge_point_id", "charge_point_id"),
)

ledger_heads = Table(
    "ledger_heads",
    metadata,
    key(),
    account(),
    Column("chain", Text, nullable=False, unique=True),  # public id of the charger or charge point
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    key(),
    account(),
    Column("chain", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # canonical bytes; the hash is over these
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # Projections of `body`: `verify` derives them again.
    Column("entry", Text, nullable=False),  # session, correction, kind
    Column("session_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    instant("started_at"),
    instant("ended_at"),
    Column("energy_wh", BigInteger, nullable=False),
    UniqueConstraint("chain", "seq"),
    Index("ix_ledger_entries_session_id", "session_id"),
)

# Personal values enter the chain as salted commitments; erasing a person deletes these rows, the chain stays whole.
ledger_personal = Table(
    "ledger_personal",
    metadata,
    key(),
    account(),
    Column("chain", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("field", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("chain", "seq", "field"),
)

# --- our platform ---

charge_points = Table(
    "charge_points",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # cp_
    Column("charge_box_id", Text, nullable=False, unique=True),
    Column("key_mac", LargeBinary),  # HMAC-SHA256 of the authorization key; None: refused
    Column("charger_id", Id, ForeignKey("chargers.id")),  # one that we host ourselves, else foreign
    Column("registration", Text, nullable=False),  # Accepted, Pending, Rejected: the answer to BootNotification
    Column("vendor", Text),
    Column("model", Text),
    Column("serial_number", Text),
    Column("firmware_version", Text),
    instant("booted_at", nullable=True),
    instant("last_seen_at", nullable=True),
    instant("created_at"),
)

connector_statuses = Table(
    "connector_statuses",
    metadata,
    key(),
    account(),
    Column("charge_point_id", Id, ForeignKey("charge_points.id"), nullable=False),
    Column("connector_id", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("info", Text),
    instant("reported_at"),
    UniqueConstraint("charge_point_id", "connector_id"),
)

id_tags = Table(
    "id_tags",
    metadata,
    key(),
    account(),
    Column("id_tag", Text, nullable=False),  # as given
    Column("id_tag_folded", Text, nullable=False),  # tags compare without case
    Column("parent_id_tag", Text),
    Column("driver_id", Text),
    Column("kind", Text, nullable=False),
    Column("blocked", Integer, nullable=False),
    instant("expires_at", nullable=True),
    instant("created_at"),
    UniqueConstraint("account_id", "id_tag_folded"),
)

ANSWERED_ONCE = "action IN ('StartTransaction', 'StopTransaction')"

# The raw journal: every call of a charge point, with the answer it got, stored before the answer leaves. 400 days.
frames = Table(
    "frames",
    metadata,
    key(),
    unchecked_account(),
    Column("charge_point_id", Id, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("payload_hash", LargeBinary, nullable=False),
    Column("action", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    instant("received_at"),
    # First key of idempotency: the same message again gets the same answer (second: a transaction's natural key).
    # Only of starts and stops: an index over all would scatter each group of frames over a page per charge point.
    Index(
        "uq_frames_once",
        "charge_point_id",
        "message_id",
        "payload_hash",
        unique=True,
        sqlite_where=text(ANSWERED_ONCE),
        postgresql_where=text(ANSWERED_ONCE),
    ),
)

transactions = Table(
    "transactions",
    metadata,
    key(),
    account(),
    Column("charge_point_id", Id, ForeignKey("charge_points.id"), nullable=False),
    Column("transaction_id", BigInteger, nullable=False, unique=True),  # ours: random positive int31
    Column("connector_id", Integer, nullable=False),
    Column("id_tag", Text, nullable=False),
    Column("id_tag_folded", Text, nullable=False),  # tags compare without case
    Column("meter_start_wh", BigInteger, nullable=False),
    instant("started_at"),
    Column("started_text", Text, nullable=False),  # as received
    instant("start_received_at"),
    Column("meter_stop_wh", BigInteger),
    instant("stopped_at", nullable=True),
    Column("stopped_text", Text),
    Column("stop_reason", Text),
    Column("stop_id_tag", Text),
    instant("stop_received_at", nullable=True),
    Column("last_register_wh", BigInteger),
    Column("state", Text, nullable=False),  # open, provisional, closed
    Column("flags", Text, nullable=False),  # space-separated anomalies
    Column("session_id", Text),  # hosted: the session it was reconciled with; foreign: the session derived from it
    # Second key of idempotency: the same start again is the same transaction.
    UniqueConstraint("charge_point_id", "connector_id", "id_tag_folded", "started_at", "meter_start_wh"),
    Index("ix_transactions_charge_point_id_state", "charge_point_id", "state"),
    Index("ix_transactions_account_id_id_tag_folded", "account_id", "id_tag_folded"),
)

meter_values = Table(
    "meter_values",
    metadata,
    key(),
    unchecked_account(),
    Column("charge_point_id", Id, nullable=False),
    Column("connector_id", Integer, nullable=False),
    Column("transaction_id", BigInteger),
    instant("sampled_at"),
    Column("context", Text),
    Column("register_wh", BigInteger),  # Energy.Active.Import.Register, outlet, when it was among the values
    Column("power_w", BigInteger),
    Column("samples", LargeBinary, nullable=False),  # JSON, all sampled values
    Column("digest", BigInteger, nullable=False),  # of the message they came in, and their place in it
    # The same values again, under whatever message id, change nothing; a charge point's values by time.
    UniqueConstraint("charge_point_id", "sampled_at", "digest"),
)

# Transaction messages that cannot be booked: unknown or foreign transaction, undecodable. Answered, kept, in sight.
orphans = Table(
    "orphans",
    metadata,
    key(),
    account(),
    Column("charge_point_id", Id, ForeignKey("charge_points.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("transaction_id", BigInteger),  # as the charge point named it, when that could be read
    Column("payload_hash", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
    instant("received_at"),
    instant("matched_at", nullable=True),  # when a transaction was found that it belongs to
    UniqueConstraint("charge_point_id", "payload_hash"),
)

# A wish of a person or the API, and what became of it. 400 days.
operations = Table(
    "operations",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # op_
    Column("charge_point_id", Id, ForeignKey("charge_points.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # the request's JSON
    Column("idempotency_key", Text),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),  # requested, sent, answered, failed, expired, unknown
    Column("message_id", Text),
    Column("answer", LargeBinary),
    instant("requested_at"),
    instant("expires_at"),
    instant("sent_at", nullable=True),
    instant("settled_at", nullable=True),
    UniqueConstraint("account_id", "idempotency_key"),
    Index("ix_operations_charge_point_id_state", "charge_point_id", "state"),
)

# Who changed what. Never deleted by machine.
audit = Table(
    "audit",
    metadata,
    key(),
    account(),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON; secrets only as fingerprints
    instant("at"),
)
