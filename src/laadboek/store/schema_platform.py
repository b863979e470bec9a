"""Tables of our platform: charge points, id tags, the journal, transactions, operations. With their retention."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from .schema_parts import Id, account, instant, key, metadata, unchecked_account

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
    Column("network", Text),  # the address they came from; beside the chain, so that it can go after 400 days
    # The account's chain: each row's hash is over the one before. None in rows from before there was a chain.
    Column("seq", BigInteger),
    Column("hash", LargeBinary),
    UniqueConstraint("account_id", "seq"),
)

# The last of each account's chain; whoever appends holds it until the commit.
audit_heads = Table(
    "audit_heads",
    metadata,
    key(),
    account(),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("account_id"),
)
