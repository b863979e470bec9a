"""A charger's settings in plain words: label and explanation by key, and words for what they take. See `texts`."""

from .mark import N_

KEYS: dict[str, tuple[str, str]] = {
    "FreeCharging": (
        N_("Who may charge"),
        N_(
            "Plug & Play: a car charges as soon as it is plugged in. Only known drivers: a PIN or a tag comes first;"
            " then the lock is set as recommended and the charger rests at Stop by itself. What you had chosen comes"
            " back when you change it again."
        ),
    ),
    "OwnTagKind": (
        N_("Plug & Play sessions are"),
        N_("What a session counts as when nobody identified. Business ones go to the bill."),
    ),
    "PinUnlock": (
        N_("Settings open at the charger with the settings PIN"),
        N_("Off: only somebody who signs in here changes settings, as long as the charger has a network."),
    ),
    "Reservations": (
        N_("The platform may reserve"),
        N_("Then nobody else charges during a reservation, you neither."),
    ),
    "Lock.EvConnected": (N_("Locked while a car is plugged in"), N_("EV connected: on is recommended.")),
    "Lock.EvDisconnected": (
        N_("Locked while no car is there"),
        N_("EV disconnected: off is recommended. On also holds a loose cable in its socket."),
    ),
    "Lock.AutoHide": (
        N_("The display hides its readings while locked"),
        N_("AutoHide: off is recommended, so that people see what happens."),
    ),
    "Lock.Charging": (
        N_("A car may charge while locked"),
        N_("Charging: on is recommended. Off: nothing flows until somebody unlocks."),
    ),
    "DefaultMode": (
        N_("Mode when nobody has chosen one"),
        N_("The charger returns to it when a car leaves and after a power cut. Stop keeps strangers out."),
    ),
    "LimitA": (
        N_("Charging limit, A per phase"),
        N_("The charger never takes more. 16 A on three phases are 11 kW; below 6 A it pauses."),
    ),
    "OCPPChargeMode": (
        N_("Mode after a start by the platform"),
        N_("Fast charges at once; Eco and Eco+ wait for the sun or the cheap hours."),
    ),
    "RandomSmartChargeDelay": (
        N_("Random delay of a planned start, s"),
        N_("So that not a whole street starts in the same second. 0: none."),
    ),
    "Plan": (N_("Charge at the cheapest moments"), N_("With a contract whose price changes over the day.")),
    "ReadyBy": (N_("Ready by"), N_("When the car shall be full, if nobody says otherwise. Like 07:00.")),
    "DefaultGoalKwh": (N_("Usual need, kWh"), N_("What a plan charges until the sessions of a driver tell better.")),
    "FreeChargingIdTag": (
        N_("The charger's own tag"),
        N_("Sent to the platform when nobody identified. Empty: no Plug & Play."),
    ),
    "CommercialMode": (
        N_("The platform alone sets the current"),
        N_("For car parks: sun and plan are off, profiles of the platform rule."),
    ),
    "ConnectionTimeOut": (
        N_("Wait for the plug, s"),
        N_("How long somebody who identified may take to plug in. 0: for ever."),
    ),
    "StopTransactionOnEVSideDisconnect": (
        N_("Unplugging at the car ends the session"),
        N_("Off only with Plug & Play: else a stranger's car could go on."),
    ),
    "UnlockConnectorOnEVSideDisconnect": (
        N_("Unplugging at the car frees the cable"),
        N_("Of a charger with a socket."),
    ),
    "NoticeAfterMinutes": (
        N_("Tell me of an unknown car after, minutes"),
        N_("A car is plugged in and nobody identified. 0: never."),
    ),
    "ResumeAfterPowerLoss": (N_("Go on after a power cut"), N_("With the same session.")),
    "MinGreenLevel": (N_("Share of sun that Eco+ needs, in percent"), N_("100: the sun alone.")),
    "Phases": (N_("Phases to charge with"), N_("auto: all of them, and in Eco+ as the sun asks.")),
    "Phases.Eco": (N_("Phases in Eco"), N_("same: as above, without switching.")),
    "Phases.EcoPlus": (N_("Phases in Eco+"), N_("same: as above.")),
    "StartDelay": (N_("Eco+ starts after so much sun, s"), N_("A gap in the clouds shall not start the car.")),
    "StopDelay": (N_("Eco+ pauses after too little sun, s"), N_("A cloud shall not stop the car.")),
    "CarMinimumA": (N_("Least current of the car, A"), N_("Some cars do not charge with 6 A.")),
    "PlanContinuous": (N_("Plans without pauses"), N_("For cars that do not wake up again.")),
    "Boost.1": (N_("Timed boost 1"), N_("At full power: start, duration, days. Empty: off.")),
    "Boost.2": (N_("Timed boost 2"), N_("Like the first.")),
    "Boost.3": (N_("Timed boost 3"), N_("Likewise, a third.")),
    "Boost.4": (N_("Timed boost 4"), N_("Likewise, a fourth.")),
}
# Words in place of the key's own, where those would be read by nobody but a programmer.
OPTIONS: dict[str, dict[str, str]] = {
    "FreeCharging": {"true": N_("Plug & Play: whoever plugs in"), "false": N_("Only known drivers")},
    "OwnTagKind": {"business": N_("Business"), "private": N_("Private")},
    "DefaultMode": {"stop": N_("Stop"), "fast": N_("Fast"), "eco": N_("Eco"), "eco_plus": N_("Eco+")},
    "OCPPChargeMode": {"FAST": N_("Fast"), "ECO": N_("Eco"), "ECO+": N_("Eco+")},
}
SWITCH = {"true": N_("On"), "false": N_("Off")}
