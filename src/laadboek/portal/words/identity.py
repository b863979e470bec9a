"""Providers, passkeys, one-time codes: words, and why something is refused. English; see `texts`."""

from .mark import N_

# To people, by mail: see `letters`.
LETTERS = {
    "ways_changed": (
        N_("How you sign in at Laadboek was changed"),
        N_(
            "Hello %(name)s,\n\nhow you sign in was just changed, or a recovery code was used. What is set now stands "
            "here:\n%(page)s\n\nWas that not you? Choose a new password at once, which signs out every browser:"
            "\n%(reset)s\nThen look at the ways in, and take away what is not yours."
        ),
    ),
}

SENTENCES = {
    "provider.unknown": N_("There is no such provider here. Sign in another way."),
    "provider.away": N_(
        "%(provider)s could not be reached, so nobody was signed in. Try again in a moment, or sign in another way."
    ),
    "identity.unknown": N_("That provider is not connected to your account. Nothing was changed."),
    "identity.too_late": N_(
        "This sign-in was begun elsewhere, was used already, or took more than ten minutes. Nothing was changed. Start"
        " again."
    ),
    "identity.stopped": N_("You stopped at %(provider)s, so nothing was changed. Start again, or sign in another way."),
    "identity.turned_away": N_(
        "%(provider)s did not let you through, and does not say why in words that could be trusted. Nothing was"
        " changed. Try again, or sign in another way."
    ),
    "identity.not_believed": N_(
        "What came back from %(provider)s could not be checked, so nobody was signed in. Start again; if it stays so,"
        " whoever runs this Laadboek finds the cause in its log."
    ),
    "identity.connected": N_("That account is connected already. Nothing was changed."),
    "identity.of_somebody_else": N_(
        "That account belongs to another person here. Nothing was changed. Choose the one that is yours."
    ),
    "identity.has_one": N_(
        "You have connected another account of that provider. Nothing was changed. Disconnect that one first."
    ),
    "identity.email_taken": N_(
        "That e-mail address belongs to an account here. Nothing was connected. Sign in with your password first, then"
        " connect the provider under “How you sign in”."
    ),
    "identity.last_way_in": N_(
        "That is your only way in, so it stays. Set a password or add a passkey first; then take it away."
    ),
    "passkey.unknown": N_("There is no such passkey in your account. Nothing was changed."),
    "passkey.removed": N_(
        "This passkey is not known here; it may have been removed. Nobody was signed in. Sign in another way."
    ),
    "passkey.too_late": N_("That took too long, or was used already. Nothing was changed. Try again."),
    "passkey.not_believed": N_(
        "The passkey's answer could not be checked. Nothing was changed. Try again, or sign in another way."
    ),
    "passkey.known_already": N_("This passkey is set up already. Nothing was changed."),
    "passkey.of_somebody_else": N_("That is the passkey of another person. Nothing was changed. Choose your own."),
    "passkey.too_many": N_("You have %(most)s passkeys, and there is no room for more. Remove one first."),
    "passkey.bad_name": N_("Give the passkey a name of at most %(most)s characters. Nothing was changed."),
    "passkey.not_here": N_(
        "Browsers offer no passkeys under this address: it needs a name, and https. Sign in another way."
    ),
    "code.on": N_("One-time codes are on already. Nothing was changed."),
    "code.off": N_("One-time codes are off. Nothing was changed."),
    "code.not_begun": N_("Let your app read the picture first. Nothing was changed."),
    "code.bad_first": N_(
        "That is not what the app shows now. One-time codes are still off. Check that the phone's clock is right, and"
        " type the next code."
    ),
    "code.wrong": N_(
        "That code is not right, or was used already. Wait for the next one and type that. Tries left: %(left)s."
    ),
    "code.too_often": N_("That was five times a wrong code. Start again with your password; your account is safe."),
    "code.too_late": N_("That took more than ten minutes, or was begun elsewhere. Start again with your password."),
}
