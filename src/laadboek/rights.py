"""What somebody may do in an account: rights, and the roles that bundle them. A token's scopes are rights as well."""

from enum import StrEnum


class Right(StrEnum):
    """`read` sees, `write` changes. Each page and API route asks for one."""

    NOW_READ = "now:read"  # who charges now, and the plan
    NOW_CONTROL = "now:control"  # mode, boost, goal, unlock
    SESSIONS_READ = "sessions:read"  # all sessions, files and exports
    SESSIONS_WRITE = "sessions:write"  # kind, odometer, scheduled exports
    BUSINESS_READ = "business:read"  # business sessions of those who agreed
    CHARGERS_READ = "chargers:read"  # which there are, whether they are reached; nothing of who charges
    CHARGERS_WRITE = "chargers:write"  # add, remove, settings, links and their keys
    SITES_READ = "sites:read"
    SITES_WRITE = "sites:write"
    DRIVERS_READ = "drivers:read"
    DRIVERS_WRITE = "drivers:write"
    NOTICES_READ = "notices:read"
    NOTICES_WRITE = "notices:write"
    PLATFORM_READ = "platform:read"  # our platform: charge points, tags, transactions, operations
    PLATFORM_WRITE = "platform:write"
    ACCOUNT_READ = "account:read"  # members, audit log
    ACCOUNT_WRITE = "account:write"  # members, deletion


class Role(StrEnum):
    """Of a user in an account (C8)."""

    OWNER = "owner"
    HOUSEHOLD = "household"
    INSTALLER = "installer"  # sets up, sees no sessions
    BOOKKEEPER = "bookkeeper"  # reads and exports
    EMPLOYER = "employer"  # business sessions of those who agreed


EVERYTHING = frozenset(Right)
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: EVERYTHING,
    Role.HOUSEHOLD: frozenset(
        {
            Right.NOW_READ,
            Right.NOW_CONTROL,
            Right.SESSIONS_READ,
            Right.CHARGERS_READ,
            Right.SITES_READ,
            Right.NOTICES_READ,
        }
    ),
    Role.INSTALLER: frozenset(
        {Right.CHARGERS_READ, Right.CHARGERS_WRITE, Right.SITES_READ, Right.SITES_WRITE},
    ),
    Role.BOOKKEEPER: frozenset({Right.SESSIONS_READ}),
    Role.EMPLOYER: frozenset({Right.BUSINESS_READ}),
}
