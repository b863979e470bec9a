"""Tables of people: accounts, who signs in and how, who may see what, what was mailed to them. With their retention."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from .schema_parts import Id, account, instant, key, metadata

# --- who owns (kept until deleted; then as long as its ledger, without anything that names a person) ---

accounts = Table(
    "accounts",
    metadata,
    key(),
    Column("public_id", Text, nullable=False, unique=True),  # acc_
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),  # IANA; periods of sessions are cut in it
    Column("language", Text, nullable=False),  # nl, en, fr, de
    instant("created_at"),
    Column("setup", Text),  # JSON: steps of the wizard that its owner passed over
    instant("closed_at", nullable=True),  # its people are gone, its ledger stays
)

# --- who signs in (kept until deleted) ---

# A user's account is their own; to others they have a membership.
users = Table(
    "users",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # usr_
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("password_hash", Text),  # argon2id; None: signs in otherwise
    Column("language", Text, nullable=False),
    instant("created_at"),
    instant("email_confirmed_at", nullable=True),  # None: owns nothing yet, gone after 24 hours
    Column("totp_secret", LargeBinary),  # encrypted with the data folder's key
    instant("totp_confirmed_at", nullable=True),  # None: not asked for yet
    Column("totp_step", BigInteger),  # the last one that was used: no code works twice
)

# Who may do what in an account. An owner has one in the own account too.
memberships = Table(
    "memberships",
    metadata,
    key(),
    account(),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("role", Text, nullable=False),  # owner, household, installer, bookkeeper, employer
    Column("drivers", Text),  # JSON: drv_ whose sessions an employer sees, as they agreed; None: every driver's
    instant("created_at"),
    UniqueConstraint("account_id", "user_id"),
)

# Until taken up or expired (14 days).
invitations = Table(
    "invitations",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # inv_
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("drivers", Text),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    instant("created_at"),
    instant("expires_at"),
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
    Column("acting_account_id", Id, ForeignKey("accounts.id")),  # whose pages are shown; None: the user's own
    Column("public_id", Text, nullable=False, unique=True),  # sgn_
    Column("browser", Text),  # as it calls itself, shortened
    Column("network", Text),  # the address it came from
    Column("method", Text, nullable=False),  # password, passkey, or a provider's name
    instant("proved_at"),  # when it last showed a password or passkey: what matters most asks again after a while
)

# Links in mails: to confirm an address, to choose a new password. Deleted when used or expired.
email_proofs = Table(
    "email_proofs",
    metadata,
    key(),
    account(),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("purpose", Text, nullable=False),  # confirm, reset, change
    Column("email", Text, nullable=False),  # the address that is proved
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    instant("created_at"),
    instant("expires_at"),
)

# Mails that wait, and those of the last 30 days.
mails = Table(
    "mails",
    metadata,
    key(),
    account(),
    Column("public_id", Text, nullable=False, unique=True),  # mal_
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # encrypted with the data folder's key: it may hold a link
    Column("state", Text, nullable=False),  # pending, sent, given_up
    Column("tries", Integer, nullable=False),
    instant("next_at"),
    Column("error", Text),
    instant("created_at"),
    instant("sent_at", nullable=True),
    Index("ix_mails_state", "state"),
)

# Who a provider (OpenID Connect) says that somebody is. Found by issuer and subject, never by e-mail.
identities = Table(
    "identities",
    metadata,
    key(),
    account(),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("email", Text),  # as it was at the last sign-in
    instant("created_at"),
    instant("used_at", nullable=True),
    UniqueConstraint("issuer", "subject"),
)

# A sign-in that has begun and is not done: at a provider, with a passkey, before the one-time code. Nobody is known
# yet, so no account. Deleted when used, or after ten minutes.
pre_sign_ins = Table(
    "pre_sign_ins",
    metadata,
    key(),
    Column("kind", Text, nullable=False),  # provider, arrived, passkey, new_passkey, code
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),  # encrypted with the data folder's key
    instant("expires_at"),
)

passkeys = Table(
    "passkeys",
    metadata,
    key(),
    account(),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("public_id", Text, nullable=False, unique=True),  # pky_
    Column("name", Text, nullable=False),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", Text),  # JSON
    instant("created_at"),
    instant("used_at", nullable=True),
)

# Kept until used, or replaced by new ones.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    key(),
    account(),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    instant("used_at", nullable=True),
    UniqueConstraint("user_id", "code_hash"),
)

# Of the HTTP API. Kept until removed.
api_tokens = Table(
    "api_tokens",
    metadata,
    key(),
    account(),  # whose account it opens; the user's rights there still bind
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("public_id", Text, nullable=False, unique=True),  # tok_
    Column("name", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),  # JSON: rights
    instant("created_at"),
    instant("expires_at", nullable=True),
    instant("used_at", nullable=True),
)
