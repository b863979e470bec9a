"""Tables of what an account owns: sites, chargers, drivers, links, notices, and its ledger. With their retention."""

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
    # PINs are hidden under this public id (`secret.pin_mac`): that of the account's first charger, so that a driver has
    # one PIN at all of them.
    Column("pin_scope", Text, nullable=False),
    instant("removed_at", nullable=True),  # no longer hosted; its row stays as long as its sessions
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

# People known to the account's chargers. Kept until removed; sessions and ledger have their own copy of the name.
drivers = Table(
    "drivers",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # drv_
    Column("name", Text, nullable=False),
    Column("id_tag", Text, nullable=False),
    Column("kind", Text, nullable=False),  # business, private
    Column("mode", Text, nullable=False),  # stop, fast, eco, eco_plus
    Column("blocked", Integer, nullable=False),
    instant("created_at"),
    instant("valid_from", nullable=True),
    instant("valid_until", nullable=True),
    Column("hours", Text),  # JSON: weekly hours in which a session may begin; None: always
    Column("budget_wh", BigInteger),  # per `budget_span`; None: no limit
    Column("budget_span", Text),  # day, week, month, year
    Column("all_chargers", Integer, nullable=False),  # also at those that are added later
    UniqueConstraint("account_id", "id_tag"),
)

# Who may charge where, and by which PIN. Gone with driver or charger.
driver_chargers = Table(
    "driver_chargers",
    metadata,
    key(),
    account(),
    Column("driver_id", Id, ForeignKey("drivers.id"), nullable=False),
    Column("charger_id", Id, ForeignKey("chargers.id"), nullable=False),
    Column("pin_mac", LargeBinary),  # keyed HMAC; the PIN itself is nowhere. None: by tag or remote start only
    UniqueConstraint("driver_id", "charger_id"),
    UniqueConstraint("charger_id", "pin_mac"),
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
    Column("preset", Text),  # which known platform it was made from; None: another
    instant("agreed_at", nullable=True),  # when its owner confirmed the agreement and accepted the terms
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
    Column("kind", Text, nullable=False),  # email, webhook, push
    Column("user_id", Id, ForeignKey("users.id")),  # whose browser it is; gone with the user. None: the account's
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

# Files of sessions that go out by themselves. Kept until removed.
export_schedules = Table(
    "export_schedules",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # exs_
    Column("kind", Text, nullable=False),  # email, folder, http
    Column("address", Text, nullable=False),
    Column("secret", LargeBinary),  # of an HTTP address; encrypted with the data folder's key
    Column("every", Text, nullable=False),  # day, week, month: the period before is sent
    Column("format", Text, nullable=False),  # csv, machine_csv, xlsx, pdf, signed
    Column("only_kind", Text),  # business, private; None: both
    Column("language", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("hour", Integer, nullable=False),  # of the local day on which the period has ended
    Column("due_for", Text, nullable=False),  # local day: the first of the period that is sent next
    instant("next_at"),
    Column("tries", Integer, nullable=False),  # of the file that is due
    instant("sent_at", nullable=True),  # the last that arrived
    Column("sent_for", Text),  # the first day of its period
    Column("error", Text),  # of the last try, in plain words
    instant("created_at"),
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
    # What it cost by the contract that held then, fixed when it ended: a later price never rewrites it. None: unknown.
    Column("sun_wh", BigInteger),  # of its energy, what the own roof gave
    Column("cost_micro", BigInteger),
    Column("currency", Text),  # ISO 4217
    Column("odometer_km", Integer),  # as the driver wrote it down
    Column("flags", Text),  # codes, sorted, with spaces between; None: none
    # Whatever a list adds up stands in the index: a year is summed without reading its rows.
    Index(
        "ix_sessions_account_id_started_at",
        "account_id",
        "started_at",
        "kind",
        "ended_at",
        "energy_wh",
        "sun_wh",
        "cost_micro",
        "currency",
        "driver_id",
        "charger_id",
        "charge_point_id",
    ),
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
    Column("entry", Text, nullable=False),  # session, correction, kind, odometer
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
