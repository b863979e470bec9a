"""Words for why a connector charges or waits: the sentence under the big number. English; see `texts`."""

from .mark import N_

# What leaves a connector no more (`site.reasons`).
LIMITERS = {
    "limit.grid": N_("the main fuse leaves no more"),
    "limit.group": N_("the chargers on this circuit have no more"),
    "limit.month_peak": N_("the month's peak shall not rise"),
    "limit.turn": N_("others charge as well"),
    "meter.waiting": N_("the grid meter has not been heard yet"),
    "meter.lost": N_("the grid meter is silent"),
    "meter.frozen": N_("the grid meter stands still"),
    "meter.wrong_sign": N_("the grid meter counts the wrong way"),
}

CHARGING = {
    "charging": N_("Charging in %(as_mode)s mode, with at most %(limit_a)s per phase."),
    "charging_limited": N_("Charging with %(limit_a)s per phase: %(by)s."),
    "charging_boost": N_("Boost: %(left_wh)s to go, at full power with at most %(limit_a)s per phase."),
    "charging_due": N_("Charging at full power: %(left_wh)s to go until %(ready_by)s."),
    "charging_late": N_(
        "It was to be ready at %(ready_by)s. It charges at full power until the last %(left_wh)s are in."
    ),
    "charging_timed": N_("Timed boost: charging at full power until %(until)s."),
    "charging_planned": N_(
        "Charging at full power until %(until)s: the cheapest hours,"
        " %(price_micro)s per kWh instead of %(at_once_price_micro)s."
    ),
    "charging_sun": N_("Charging with the sun: %(surplus_w)s, at most %(limit_a)s per phase."),
    "charging_topped_up": N_(
        "Charging at the least there is: the sun gives %(surplus_w)s of %(needed_w)s, the grid the rest."
    ),
    "charging_blind": N_("Nobody measures the sun now, so it charges with the least there is: %(limit_a)s per phase."),
    "pausing_soon": N_("Pausing in %(wait_s)s unless the sun returns: %(surplus_w)s now, %(needed_w)s needed."),
    "fewer_phases_soon": N_(
        "The sun gives %(surplus_w)s, too little for three phases. In %(wait_s)s it goes on with one."
    ),
    "more_phases_soon": N_(
        "The sun gives %(surplus_w)s, more than one phase takes. In %(wait_s)s it goes on with three."
    ),
    "switching_phases": N_("The number of phases was just changed; in a moment it follows the sun again."),
    "waiting_for_sun": N_("Waiting for sun: %(surplus_w)s now, %(needed_w)s needed."),
    "waiting_for_sun_or_slot": N_(
        "Waiting for sun (%(surplus_w)s now, %(needed_w)s needed) or for %(until)s:"
        " %(price_micro)s per kWh instead of %(at_once_price_micro)s."
    ),
    "waiting_blind": N_("Nobody measures the sun now, so it waits. It goes on when the meter reports again."),
    "sun_starting": N_("The sun suffices with %(surplus_w)s: it starts in %(wait_s)s."),
    "car_waking": N_("After the pause the car takes nothing yet; the charger is waking it."),
    "car_asleep": N_(
        "The car takes nothing and could not be woken. Unplug it and plug it in again, or start it from its app."
    ),
    "waiting_for_slot": N_("Next at %(until)s: %(price_micro)s per kWh instead of %(at_once_price_micro)s."),
    "car_full_or_paused_by_car": N_("The charger offers energy, but the car takes none: it is full, or waits."),
    "stopped_by_person": N_("Somebody chose Stop. Choose Fast and it goes on."),
    "paused_by_platform": N_("The platform's schedule lets the car wait now. It goes on by itself."),
    "planned_start_delayed": N_(
        "It starts in %(wait_s)s: a random while passes first, so that not all cars start at once."
    ),
    "limit_too_low": N_("Less than 6 A is left, too little to charge with. It goes on by itself."),
    "locked": N_("The lock function keeps the energy back. Unlock the charger and it starts."),
    "refused_by_platform": N_("The platform decides who may charge here, and it said no."),
    "car_unplugged_in_session": N_("The car is unplugged, the session waits for it."),
    "waiting_for_lock": N_("The cable is being locked."),
    "waiting_for_platform": N_("The platform is being asked whether this may charge."),
    "waiting_for_car": N_("You are known here. Plug in the car within %(wait_s)s and it starts."),
    "waiting_for_car_always": N_("You are known here. Plug in the car and it starts."),
    "waiting_for_identification": N_("A car is there. Type a PIN and it starts."),
    "session_over": N_("Done. The session is in the ledger; you can drive."),
    "idle": N_("Nobody is charging. Plug in and identify, in either order."),
    "faulted": N_("The charger reports a fault: %(fault)s. It does not charge until that is solved."),
    "unavailable": N_("This charger is set out of service."),
    "updating": N_("The charger is getting new firmware. It can charge again in a few minutes."),
    "dark": N_("The charger has no power. What it recorded is kept."),
    "rebooting": N_("The charger is restarting. That takes a moment."),
    "starting": N_("Laadboek has just started and waits for the first word of the charger."),
    "charger.starting": N_("Laadboek has just started and waits for the first word of the charger."),
    "charger.dark": N_("The charger has no power. What it recorded is kept."),
    "charger.rebooting": N_("The charger is restarting. That takes a moment."),
    "charger.updating": N_("The charger is getting new firmware. It can charge again in a few minutes."),
}

# The same where waiting saves nothing that shows.
WITHOUT_GAIN = {
    "charging_planned": N_("Charging at full power until %(until)s, as planned: %(price_micro)s per kWh."),
    "waiting_for_sun_or_slot": N_(
        "Waiting for sun (%(surplus_w)s now, %(needed_w)s needed) or for %(until)s: %(price_micro)s per kWh."
    ),
    "waiting_for_slot": N_("Next at %(until)s: %(price_micro)s per kWh."),
}
