"""Drivers and their PINs: words for codes, and why something is refused. English; see `texts`."""

from .mark import N_ as N_

STATES = {
    "allowed": N_("May charge"),
    "blocked": N_("Blocked"),
    "not_yet": N_("Not yet"),
    "expired": N_("No longer"),
}
OUTCOMES = {
    "new": N_("New"),
    "changed": N_("Changed"),
    "same": N_("Unchanged"),
    "refused": N_("Cannot be taken"),
}
PER_SPAN = {"day": N_("per day"), "week": N_("per week"), "month": N_("per month"), "year": N_("per year")}
MODES = {"fast": N_("Fast: at full power"), "eco": N_("Eco: sun first, never stops"), "eco_plus": N_("Eco+: sun only")}
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
SHARED = N_(
    "Digital id tag of %(name)s: %(id_tag)s. Please add it to your platform, so that my sessions are recognised."
)

SENTENCES: dict[str, str] = {
    # At the charger.
    "driver.not_yet": N_("You may charge here from %(begins_at)s on."),
    "driver.expired": N_("Your access ended at %(ended_at)s. Ask the owner."),
    "driver.not_now": N_("You may not begin to charge now. It is possible again from %(opens_at)s."),
    "driver.budget_used": N_("Your budget of %(limit_wh)s is used up. A new one begins at %(resets_at)s."),
    "driver.budget_reached": N_(
        "%(driver)s has used the budget of %(limit_wh)s, so the session ended. A new one begins at %(resets_at)s."
    ),
    # In the portal.
    "driver.unknown": N_("This driver is not in your account."),
    "driver.bad_name": N_("A name has 1 to %(longest)s characters."),
    "driver.bad_pin": N_("A PIN has %(shortest)s to %(longest)s digits here."),
    "driver.bad_pin_for_pad": N_("This driver's charger has only the buttons %(digits)s. Choose a PIN of these."),
    "driver.pin_taken": N_("Another driver has this PIN. Choose another, or let us make one."),
    "driver.pin_of_settings": N_("This PIN unlocks a charger's settings. A driver needs another."),
    "driver.pin_without_charger": N_(
        "A PIN needs a charger to type it at. Choose one, or let this driver charge without a PIN."
    ),
    "driver.no_pin_left": N_("Nearly all PINs of %(digits)s digits are taken. Make one with more digits."),
    "driver.pins_gone": N_("These PINs were shown already, or it is more than ten minutes ago. Make new ones."),
    "driver.bad_dates": N_("The last day is before the first one."),
    "driver.bad_day": N_("%(day)s is not a day. Write it like 2027-01-31."),
    "driver.bad_hours": N_("These hours cannot be read: %(hours)s. Give at least one day from and until."),
    "driver.bad_budget": N_("A budget is %(least_wh)s to %(most_wh)s. Leave it empty for no limit."),
    "driver.tag_taken": N_("Another driver has this id tag. Nothing was changed."),
    "driver.tag_of_charger": N_("This is the id tag of %(name)s itself. A driver needs another."),
    "driver.too_many": N_("%(most)s drivers are as many as an account can have."),
    # Of a file of drivers.
    "sheet.unreadable": N_("This is no table that can be read. Save it as CSV and try again. Nothing was changed."),
    "sheet.empty": N_("There is no driver in this file. Nothing was changed."),
    "sheet.too_long": N_("A file has at most %(most)s drivers. Divide it. Nothing was changed."),
    "sheet.bad_heading": N_(
        "The first row names the columns; %(heading)s is none of them. There are: %(allowed)s. Nothing was changed."
    ),
    "sheet.heading_twice": N_("A column stands there twice. Nothing was changed."),
    "sheet.bad_cell": N_("%(cell)s does not fit in %(column)s. Write for example: %(allowed)s."),
    "sheet.name_twice": N_(
        "There is a driver of this name already. To change that one, give the id tag; to add another, another name."
    ),
    "sheet.driver_twice": N_("This driver stands twice in the file."),
    "sheet.refused_rows": N_("Nothing was changed: %(rows)s rows cannot be taken."),
}
