"""Words for what the code calls by a code. English here; the other languages are in `locale/`.

`SENTENCES` answers "why?" for every Reason and Refused. A sentence says what happened, what was kept, and what to do.
"""


def N_(text: str) -> str:
    """gettext's mark for: collect this text, translate it where it is used."""
    return text


FILE_NAME = N_("charging-sessions")
NO_WORDS = N_("There is no explanation for this yet. (%(code)s)")
MINUTES = N_("%(minutes)s min")
HOURS = N_("%(hours)s h %(minutes)s min")
WEEK = N_("Week %(number)s · %(days)s")

MODES = {"stop": N_("Stop"), "fast": N_("Fast"), "eco": N_("Eco"), "eco_plus": N_("Eco+")}

KINDS = {"business": N_("Business"), "private": N_("Private")}

SPANS = {"day": N_("Day"), "week": N_("Week"), "month": N_("Month"), "year": N_("Year")}

# What the car's side looks like (IEC 61851), as a person would say it.
PILOTS = {
    "A": N_("No car"),
    "B1": N_("Car plugged in"),
    "B2": N_("Car takes nothing"),
    "C1": N_("Car is waiting"),
    "C2": N_("Charging"),
    "E": N_("Fault at the plug"),
    "F": N_("Charger out of service"),
}

LINK_STATES = {
    "connecting": N_("Connecting"),
    "refused": N_("Turned away"),
    "booting": N_("Saying hello"),
    "pending": N_("The platform asks for patience"),
    "rejected": N_("The platform does not accept this charger"),
    "online": N_("Connected"),
    "waiting": N_("Not connected, trying again soon"),
}

END_REASONS = {
    "DeAuthorized": N_("Refused by the platform"),
    "EmergencyStop": N_("Emergency stop"),
    "EVDisconnected": N_("Car unplugged"),
    "HardReset": N_("Charger restarted"),
    "Local": N_("Stopped at the charger"),
    "Other": N_("Other reason"),
    "PowerLoss": N_("Power failed"),
    "Reboot": N_("Charger restarted"),
    "Remote": N_("Stopped from a distance"),
    "SoftReset": N_("Charger restarted"),
    "UnlockCommand": N_("Cable unlocked"),
}

# The heading of each column of the bookkeeper's file, and the two kinds as they appear in it.
CSV_WORDS = {
    "session_id": N_("Session"),
    "start": N_("Start"),
    "end": N_("End"),
    "charger": N_("Charger"),
    "connector": N_("Connector"),
    "driver": N_("Driver"),
    "id_tag": N_("Id tag"),
    "kind": N_("Kind"),
    "energy_kwh": N_("Energy (kWh)"),
    "start_register_kwh": N_("Meter at start (kWh)"),
    "stop_register_kwh": N_("Meter at end (kWh)"),
    "duration": N_("Duration"),
    "reason": N_("Ended by"),
    "mode": N_("Mode"),
    "business": N_("Business"),
    "private": N_("Private"),
}

# What a button did, once the charger agreed.
DONE = {
    "plug": N_("The car is plugged in."),
    "unplug": N_("The car is unplugged."),
    "pin": N_("PIN entered."),
    "cut": N_("The power is off."),
    "restore": N_("The power is back."),
    "mode": N_("The mode is now %(mode)s."),
    "kind": N_("Saved as %(kind)s. The earlier entry stays in the ledger."),
}

SENTENCES = {
    "account.exists": N_("There is an account already. Sign in with it."),
    "account.no_name": N_("An account needs a name."),
    "account.no_email": N_("%(email)s is not an e-mail address."),
    "account.no_time_zone": N_("%(time_zone)s is not a time zone. Europe/Amsterdam is one."),
    "language.unknown": N_("Laadboek does not speak %(language)s yet."),
    "password.length": N_("A password has %(shortest)s to %(longest)s characters."),
    "password.too_plain": N_("A password needs a capital, a small letter and a digit."),
    "sign_in.wrong": N_("This e-mail address and password do not belong together. Check both and try again."),
    "sign_in.wait": N_("That was wrong a few times too often. Wait %(wait_s)s, then try again."),
    "sign_in.busy": N_("Many people are signing in right now. Try again in a moment."),
    "sign_in.needed": N_("You are not signed in. Sign in and you get straight back here."),
    "period.unknown": N_("You can look at a day, week, month or year; %(span)s is none of these."),
    "period.no_date": N_("%(day)s is not a date we have sessions for. Pick one from the calendar."),
    "kind.unknown": N_("A session is business or private; %(kind)s is neither."),
    "dialect.unknown": N_("There is a file for bookkeepers and one for machines; %(dialect)s is neither."),
    "session.unknown": N_("This session is not in your ledger. It may belong to another account."),
    "session.running": N_("This session is still going on. You can change its kind when it has ended."),
    "charger.unknown": N_("This charger is not in your account."),
    "charger.away": N_("The charger cannot be reached just now. Nothing was changed. Try again in a moment."),
    "charger.not_simulated": N_("This is a real charger: plug in with your own hands."),
    "charger.no_live_value": N_("The charger has not reported yet. This page fills itself in as soon as it does."),
    "pin.not_digits": N_("A PIN is 4 to 8 digits."),
    "mode.unknown": N_("%(mode)s is not a mode you can choose."),
    "button.unknown": N_("This charger has no such button."),
    "charge_point.unknown": N_("This charge point is not in your account."),
    "operation.key_reused": N_("The key %(key)s already belongs to another request. Nothing was sent."),
    "page.unknown": N_("There is nothing at this address. Your sessions are all safely where they were."),
    "page.method": N_("This page cannot be used that way."),
    "page.foreign_origin": N_("This came from another website, so nothing was done. Do it again from Laadboek itself."),
    "page.bad_form": N_("The form came in incomplete, so nothing was saved. Go back and try again."),
    "portal.starting": N_("Laadboek is still getting ready."),
    "portal.broke": N_("Laadboek made a mistake here. What you had saved is still there; the log has the details."),
    "store.full": N_("The disk is full, so nothing was saved. Make room, then try again."),
    "store.broken": N_("This could not be saved. What was there before is unchanged. Try again in a moment."),
}
