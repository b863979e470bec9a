"""Tables of what an account owns: its people, sites, chargers, links, notices, and its ledger. With their retention."""

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
)

from .schema_parts import Id, account, instant, key, metadata

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

# --- where chargers stand (kept until removed) ---

sites = Table(
    "sites",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # sit_
    Column("name", Text, nullable=False),
    Column("config", Text, nullable=False),  # JSON: `site.config.SiteConfig`
    Column("secret", LargeBinary),  # of its price source; encrypted with the data folder's key
    Column("forecast_secret", LargeBinary),  # of its forecast source; likewise
    # What its core remembers, with its version: the month's peak, how the house lives.
    Column("state_version", Integer, nullable=False),
    Column("state", LargeBinary),
    instant("created_at"),
)

# What a source published: prices of quarter-hours or hours. 400 days.
prices = Table(
    "prices",
    metadata,
    key(),
    account(),
    Column("source", Text, nullable=False),
    Column("zone", Text, nullable=False),
    instant("starts_at"),
    Column("length_s", Integer, nullable=False),
    Column("micro_per_kwh", BigInteger, nullable=False),  # of the source's currency, as the source means it
    instant("fetched_at"),
    UniqueConstraint("account_id", "source", "zone", "starts_at"),
)

# The newest forecast of a site's sun, replaced by the next.
forecasts = Table(
    "forecasts",
    metadata,
    key(),
    account(),
    Column("site_id", Id, ForeignKey("sites.id"), nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON: quarter-hours with W
    instant("fetched_at"),
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
    Column("site_id", Id, ForeignKey("sites.id")),  # None: it stands by itself
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

# --- what people are told ---

# 400 days.
notices = Table(
    "notices",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # ntc_
    Column("charger_id", Id, ForeignKey("chargers.id")),
    Column("site_id", Id, ForeignKey("sites.id")),
    Column("driver_id", Text),  # drv_: whom it concerns
    Column("code", Text, nullable=False),
    Column("params", Text, nullable=False),  # JSON
    instant("happened_at"),
    Index("ix_notices_account_id_happened_at", "account_id", "happened_at"),
)

# Where they go. Kept until removed.
notice_channels = Table(
    "notice_channels",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # nch_
    Column("kind", Text, nullable=False),  # email, webhook
    Column("address", Text, nullable=False),
    Column("secret", LargeBinary),  # signs what a webhook gets; encrypted with the data folder's key
    Column("language", Text, nullable=False),
    Column("codes", Text, nullable=False),  # JSON: the codes it wants; empty: all
    Column("enabled", Integer, nullable=False),
    instant("created_at"),
)

# One per notice and channel. Gone with its notice.
notice_deliveries = Table(
    "notice_deliveries",
    metadata,
    key(),
    account(),
    Column("notice_id", Id, ForeignKey("notices.id"), nullable=False),
    Column("channel_id", Id, ForeignKey("notice_channels.id"), nullable=False),
    Column("state", Text, nullable=False),  # pending, sent, given_up, dropped
    Column("tries", Integer, nullable=False),
    instant("next_at", nullable=True),
    Column("error", Text),  # of the last try, in plain words
    UniqueConstraint("notice_id", "channel_id"),
    Index("ix_notice_deliveries_state", "state"),
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
