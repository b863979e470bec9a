"""The dashboard, the installable app, push: words for codes, and why something is refused. English; see `texts`."""

from .mark import N_

# The installable app.
DESCRIPTION = N_("Your charger, your sessions, your platforms: what charges now, and what it cost.")
NOW = N_("Now")
SESSIONS = N_("Charging sessions")
HISTORY = N_("History")

# What a charger is doing, where its own words would mislead.
NO_POWER = N_("No power")
ABOUT_TO_CHARGE = N_("About to charge")
RELEASED = N_("The energy is released. The car takes it in a moment.")
SESSION_OVER = N_("Done. The session is in the ledger; you can drive. To charge on, type your PIN again.")
MODE_NEEDS_PIN = N_("Nobody has identified, so no mode was chosen. Type your PIN first; then choose.")
BOOST_WAITS = N_("%(energy)s are noted for this visit. They begin when somebody identifies: type your PIN.")
GOAL_WAITS = N_("Noted for this visit. The plan is made when somebody identifies: type your PIN.")

# What people can be told of, shortly. The same codes as `runtime.notices.SENT`, by what they are about.
NOTICES: dict[str, dict[str, str]] = {
    N_("At the charger"): {
        "visit.unidentified": N_("A car waits and nobody identified"),
        "car.draws_too_much": N_("A car draws more than it is offered"),
        "lock.failed": N_("The cable lock did not move"),
        "driver.budget_reached": N_("A driver has used up a budget"),
        "plan.too_late": N_("A plan cannot be ready in time"),
    },
    N_("PINs and the pad"): {
        "pad.locked": N_("The pad locked itself after wrong PINs"),
        "settings_pin.default": N_("The settings PIN is still the factory's"),
        "settings_pin.used_offline": N_("The settings PIN was used while the charger was offline"),
    },
    N_("Platforms"): {
        "link.down": N_("A platform cannot be reached for ten minutes"),
        "link.back": N_("A platform is reached again"),
        "outbox.set_aside": N_("A message to a platform needs your decision"),
        "transaction.refused": N_("A platform refused a session"),
        "transaction.refused_by_report": N_("A platform that only records refused a session"),
        "transaction.refused_late": N_("A platform refused a session that had ended"),
        "reset.too_many": N_("A platform restarts the charger too often"),
        "certificate.bad": N_("A platform sent a certificate that is no good"),
        "certificate.not_signed": N_("A platform did not sign our certificate"),
        "certificate.no_renewal": N_("A certificate ends soon and is not renewed"),
        "security.fell_back": N_("A new way to sign in at a platform failed"),
    },
    N_("Meter and prices"): {
        "meter.lost": N_("The grid meter is silent"),
        "meter.frozen": N_("The grid meter stands still"),
        "meter.wrong_sign": N_("The grid meter counts the wrong way"),
        "meter.no_phases": N_("The grid meter tells power only"),
        "meter.back": N_("The grid meter is believed again"),
        "prices.missing": N_("Prices did not come"),
        "prices.back": N_("Prices are there again"),
        "prices.doubtful": N_("Prices came that may be wrong"),
    },
}

CHANNELS = {"email": N_("E-mail"), "webhook": N_("Webhook"), "push": N_("Browser or phone")}
DELIVERIES = {
    "sent": N_("The last notice arrived."),
    "pending": N_("A notice is on its way."),
    "given_up": N_("The last notice did not arrive."),
    "dropped": N_("The last notice was over before it had to go."),
}
DONE = {
    "added": N_("Added. Send a test to be sure."),
    "tried": N_("A test is on its way. Load this page again in a moment to see whether it arrived."),
    "removed": N_("Removed. Nothing goes there any more."),
    "subscribed": N_("This device is told from now on. Send it a test."),
}

SENTENCES: dict[str, str] = {
    "notice.bad_code": N_("“%(given)s” is no notice that can be sent. Nothing was added."),
    "notice.bad_subscription": N_("This is not what a browser says when it subscribes. Nothing was added."),
}
