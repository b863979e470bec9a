"""Roles, invitations, tokens: words for codes, and why something is refused. English; see `texts`."""

from .mark import N_

ROLES = {
    "owner": N_("Owner"),
    "household": N_("Household member"),
    "installer": N_("Installer"),
    "bookkeeper": N_("Bookkeeper"),
    "employer": N_("Employer"),
}
ROLE_MEANS = {
    "owner": N_("Sees and changes everything, also who else has access."),
    "household": N_(
        "Sees what happens now, the sessions and the notices; chooses mode and boost. Changes no settings."
    ),
    "installer": N_("Sets up chargers and the location. Sees no sessions, and nobody's name."),
    "bookkeeper": N_("Reads all charging sessions and downloads files of them. Changes nothing."),
    "employer": N_("Sees business sessions only, of the drivers who agreed. Nothing private, nothing of the house."),
}
EMPLOYER_SEES = N_(
    "Of each business session the employer sees when it was, at which charger, the driver's name and how many kWh. "
    "Not: private sessions, who charges now, sun, prices, or anything else of the house."
)

# What a token may do: rights in plain words, by what they are about.
SCOPES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        N_("What happens now"),
        (("now:read", N_("See who charges, and the plan")), ("now:control", N_("Choose mode and boost, unlock"))),
    ),
    (
        N_("Charging sessions"),
        (
            ("sessions:read", N_("See all of them, download files")),
            ("sessions:write", N_("Change their kind, write down odometer readings")),
            ("business:read", N_("See business sessions only")),
        ),
    ),
    (
        N_("Chargers"),
        (
            ("chargers:read", N_("See them, and whether they are reached")),
            ("chargers:write", N_("Add, change and remove them, and their platforms")),
        ),
    ),
    (
        N_("Location"),
        (
            ("sites:read", N_("See fuse, roof, contract and what is measured there")),
            ("sites:write", N_("Change them")),
        ),
    ),
    (
        N_("Drivers"),
        (("drivers:read", N_("See who may charge")), ("drivers:write", N_("Add, change, block and remove drivers"))),
    ),
    (
        N_("Notices"),
        (
            ("notices:read", N_("Read them")),
            ("notices:write", N_("Choose what is sent where")),
        ),
    ),
    (
        N_("Own platform"),
        (
            ("platform:read", N_("See its charge points, id tags and transactions")),
            ("platform:write", N_("Register charge points, send them commands")),
        ),
    ),
    (
        N_("Account"),
        (
            ("account:read", N_("See members and the log of changes")),
            ("account:write", N_("Invite, change and remove members")),
        ),
    ),
)
# How long a token works, in days.
LIFETIMES = {
    "7": N_("7 days"),
    "30": N_("30 days"),
    "90": N_("90 days"),
    "365": N_("a year"),
    "": N_("until I revoke it"),
}

# Letters by kind: subject and body.
LETTERS: dict[str, tuple[str, str]] = {
    f"invited_{role}": (N_("%(inviter)s invites you to %(account)s"), body)
    for role, body in {
        "owner": N_(
            "%(inviter)s would like you to be an owner of %(account)s in Laadboek: you will see and change everything "
            "there.\n\nTo join, open this link within 14 days. It works once:\n%(link)s\n\n"
            "If you did not expect this, do nothing."
        ),
        "household": N_(
            "%(inviter)s would like you to be a household member of %(account)s in Laadboek: you will see what charges "
            "now and the charging sessions, and can choose how the car charges.\n\nTo join, open this link within 14 "
            "days. It works once:\n%(link)s\n\nIf you did not expect this, do nothing."
        ),
        "installer": N_(
            "%(inviter)s would like you to set up the chargers of %(account)s in Laadboek as its installer.\n\nTo "
            "join, open this link within 14 days. It works once:\n%(link)s\n\nIf you did not expect this, do nothing."
        ),
        "bookkeeper": N_(
            "%(inviter)s would like you to do the books of %(account)s in Laadboek: you will read its charging "
            "sessions and can download files of them.\n\nTo join, open this link within 14 days. It works "
            "once:\n%(link)s\n\nIf you did not expect this, do nothing."
        ),
        "employer": N_(
            "%(inviter)s would like to show you business charging sessions of %(account)s in Laadboek, for paying them "
            "back.\n\nTo join, open this link within 14 days. It works once:\n%(link)s\n\n"
            "If you did not expect this, do nothing."
        ),
    }.items()
}

SENTENCES: dict[str, str] = {
    "right.missing": N_("Your role in this account does not allow that. Its owner can change it."),
    "token.wrong": N_("This token opens nothing: it is mistyped, expired or revoked. Make a new one in your account."),
    "token.not_for_this": N_("A token cannot do this. Sign in on the pages and do it there."),
    "token.unknown": N_("There is no such token. It may have been revoked already."),
    "token.bad_name": N_("Give the token a name of 1 to %(most)s characters, so that you know it again."),
    "token.bad_scopes": N_("Choose at least one thing that the token may do. No token was made."),
    "token.scope_missing": N_("Your role has not got the right %(right)s, so a token of yours cannot have it either."),
    "token.bad_expiry": N_("That moment has passed already. Choose one that is still to come; no token was made."),
    "token.too_many": N_("You have %(most)s tokens here, which is the most. Revoke one that you no longer need."),
    "token.name_taken": N_("You have a token called %(name)s already. Choose another name; no token was made."),
    "api.too_many": N_("Too many requests in a short time. Nothing was done; try again in %(wait_s)s."),
    "api.not_json": N_("The API takes JSON only: say so with Content-Type: application/json. Nothing was done."),
    "page.too_large": N_("That is too large: at most %(most_mib)s MiB is taken here. Nothing was saved."),
    "role.unknown": N_("Choose one of the roles; %(role)s is none of them. Nothing was changed."),
    "member.unknown": N_("There is no such member. They may have left already."),
    "member.already": N_("%(email)s is a member already. Change the role in the list of members."),
    "member.bad_drivers": N_("One of these drivers is not known here any more. Nothing was changed; choose again."),
    "member.bad_no_drivers": N_("Choose at least one driver who agreed, or all of them. Nothing was changed."),
    "member.last_owner": N_("An account needs an owner, and this is the only one. Make somebody else an owner first."),
    "member.own_account": N_("This account is their own, so they stay its owner. They can close it under My data."),
    "invitation.unknown": N_(
        "This invitation does not hold any more: it was used or withdrawn, or is older than 14 days. Ask for a new one."
    ),
    "invitation.too_many": N_(
        "%(most)s invitations are waiting, which is the most. Withdraw one, then send this one again."
    ),
    "invitation.other_address": N_(
        "This invitation was sent to %(email)s, and you are signed in with another address. Sign in as that one."
    ),
    "invitation.unconfirmed": N_(
        "Confirm your address %(email)s first, with the link that we mailed to it; then open the invitation again."
    ),
    "invitation.already_member": N_("You are a member of this account already, so the invitation changes nothing."),
}
