"""Registering, signing in, passwords, mails: words for codes, and why something is refused. English; see `texts`."""

from .mark import N_

SENTENCES: dict[str, str] = {
    "sign_in.not_fresh": N_(
        "This needs your password once more. Nothing was changed. Show it at /sign-in/again, then try again."
    ),
    "password.personal": N_(
        "This password holds your name, your address or ours: that is tried first. Choose another."
    ),
    "password.common": N_(
        "This password is on lists that were stolen elsewhere: it is tried first. Choose another; three words that "
        "have nothing to do with each other are a good one."
    ),
    "password.not_repeated": N_("The two passwords are not the same. Type the second one again."),
    "password.wrong": N_("This is not your current password. Nothing was changed."),
    "account.bad_name": N_("A name has at most %(longest)s characters, all on one line."),
    "account.unknown": N_("You do not belong to this account, or not any more."),
    "email.same": N_("That is your address already. Nothing was changed."),
    "email.taken": N_("This address belongs to somebody meanwhile. Your own stays as it was."),
    "mail.wait": N_("Several mails were asked for just now. Wait %(wait_s)s, and look among unwanted mail meanwhile."),
    "proof.unknown": N_("This link was used already, is too old, or is not complete. Ask for a new one."),
    "proof.password": N_("This is not the password that was chosen when registering. The link still works."),
    "browser.unknown": N_("This browser is not signed in any more."),
    "registration.closed": N_("Only who is invited can register here. Ask whoever runs this Laadboek."),
    "registration.bad_address": N_(
        "The invitation was sent to %(email)s, and opens registration for this address only. Register with that one."
    ),
    "operator.no_account": N_("There is no account yet. Register on the first page, then try again."),
    "delivery.too_old": N_("The mail waited for more than a day, so it was not sent: its link works no longer."),
}

# What a new password must have, ticked off while it is typed; by the names of `actions.passwords.RULES`.
PASSWORD_RULES = {
    "length": N_("at least %(shortest)s characters"),
    "capital": N_("a capital letter"),
    "small": N_("a small letter"),
    "digit": N_("a digit"),
    "same": N_("twice the same"),
}

# What has just been done, said on the page that comes next.
DONE = {
    "password": N_("Your password is changed, and everybody is signed out. Sign in with the new one."),
    "email": N_("Your new address is confirmed. Use it to sign in from now on."),
    "own_password": N_("Your password is changed. Other browsers are signed out."),
    "change": N_("A link is on its way to the new address. Until it is opened, everything stays as it is."),
    "profile": N_("Saved."),
    "browsers": N_("Signed out there."),
}

MAIL_STATES = {"pending": N_("Waits to be sent"), "sent": N_("Sent"), "given_up": N_("Not sent")}

# How somebody signed in on a browser; a provider is called by its own name.
METHODS = {"password": N_("with the password"), "passkey": N_("with a passkey")}

# Cards of /account that lead elsewhere: title, and what is there.
CARDS = {
    "sign_in": (N_("How you sign in"), N_("Passkeys, Google, Apple, a second step")),
    "notices": (N_("Notices"), N_("What you want to be told, and where")),
    "members": (N_("Members"), N_("Household, installer, bookkeeper, employer")),
    "tokens": (N_("Tokens of the API"), N_("For programs of yours that use the API")),
    "audit": (N_("What was done here"), N_("Who changed what, and when")),
    "data": (N_("My data"), N_("Take it with you, or delete the account")),
}

# kind → (subject, body) of a mail, see `letters`.
LETTERS: dict[str, tuple[str, str]] = {
    "confirm": (
        N_("Confirm your address"),
        N_(
            "Hello %(name)s,\n\nwelcome to Laadboek. Confirm that this is your address, and your account is ready:\n\n"
            "%(link)s\n\nThe link works once, for 24 hours. If you did not register, do nothing: without it the "
            "account is gone tomorrow."
        ),
    ),
    "known": (
        N_("You have an account already"),
        N_(
            "Hello %(name)s,\n\nsomebody wanted to use your address for an account on Laadboek. You have one already: "
            "nothing was changed.\n\nSign in: %(sign_in)s\nA new password: %(reset)s\n\nIf it was not you, you need "
            "not do anything."
        ),
    ),
    "reset": (
        N_("Choose a new password"),
        N_(
            "Hello %(name)s,\n\nhere you choose a new password for Laadboek:\n\n%(link)s\n\nThe link works once, for "
            "an hour. If you did not ask for it, do nothing: your password stays as it is."
        ),
    ),
    "password_changed": (
        N_("Your password was changed"),
        N_(
            "Hello %(name)s,\n\nthe password of your Laadboek account was changed, and other browsers were signed out."
            "\n\nIf it was not you, choose a new one at once: %(reset)s"
        ),
    ),
    "change": (
        N_("Confirm your new address"),
        N_(
            "Hello %(name)s,\n\nconfirm that this is your new address for Laadboek:\n\n%(link)s\n\nThe link works "
            "once, for 24 hours. Until then your former address stays. If you know nothing of it, do nothing."
        ),
    ),
    "change_asked": (
        N_("Your address is about to change"),
        N_(
            "Hello %(name)s,\n\nsomebody who is signed in as you wants to change your address to %(email)s. It "
            "changes once that address is confirmed.\n\nIf it was not you, change your password and end other "
            "browsers: %(page)s"
        ),
    ),
    "email_changed": (
        N_("Your address was changed"),
        N_(
            "Hello %(name)s,\n\nyour Laadboek account now belongs to %(email)s; this address opens nothing any more, "
            "and other browsers were signed out.\n\nIf it was not you, tell whoever runs your Laadboek."
        ),
    ),
}
