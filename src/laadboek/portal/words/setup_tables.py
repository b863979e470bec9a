"""The wizard, location, chargers: names of steps, fields, settings and states. English; see `texts`."""

from .mark import N_

STEPS = {
    "account": N_("Your account"),
    "location": N_("Where you charge"),
    "contract": N_("Energy contract and main fuse"),
    "sun": N_("Sun and meter"),
    "charger": N_("Your charger"),
    "drivers": N_("Who charges"),
    "platform": N_("Who pays: the platform"),
}
PARTS = {
    "address": N_("Address and time zone"),
    "contract": STEPS["contract"],
    "sun": STEPS["sun"],
    "more": N_("More about this location"),
}
NAMES = {"location": N_("Home"), "charger": N_("Charger at home")}
YES_NO = {"yes": N_("Yes"), "no": N_("No")}
LABELS = {
    "address": N_("Address"),
    "time_zone": N_("Time zone"),
    "contract": N_("Energy contract"),
    "price": N_("Price per kWh"),
    "day": N_("Day price per kWh"),
    "night": N_("Night price per kWh"),
    "feed_in": N_("Feeding in"),
    "price_source": N_("Prices from"),
    "fuse": N_("Main fuse"),
    "solar": N_("Solar panels"),
    "meter": N_("Meter on the grid connection"),
    "battery": N_("Home battery"),
}
CONTRACTS = {
    "fixed": N_("One fixed price"),
    "day_night": N_("Day and night price"),
    "dynamic": N_("Dynamic: by the hour or quarter-hour"),
    "all_in": N_("Dynamic, at Tibber or Octopus"),
}
CALENDARS = {
    "NL": N_("Netherlands: 23:00–07:00 and weekend"),
    "NL-south": N_("Brabant, Limburg: 21:00–07:00 and weekend"),
    "BE": N_("Flanders, Brussels: 22:00–07:00 and weekend"),
    "BE-WAL": N_("Wallonia: also 11:00–17:00, every day"),
}
FEED_INS = {
    "usual": N_("As usual in my country"),
    "netting": N_("Netted: it is worth what I pay"),
    "spot": N_("The price of the exchange"),
    "fixed": N_("A fixed price per kWh"),
    "none": N_("Nothing"),
}
AZIMUTHS = {
    "0": N_("North"),
    "45": N_("North-east"),
    "90": N_("East"),
    "135": N_("South-east"),
    "180": N_("South"),
    "225": N_("South-west"),
    "270": N_("West"),
    "315": N_("North-west"),
}
TILTS = {
    "0": N_("Lying flat"),
    "10": N_("Flat roof, slightly tilted"),
    "35": N_("Sloping roof"),
    "50": N_("Steep roof"),
    "90": N_("Upright, on a wall"),
}
STATES = {
    "away": N_("Not heard"),
    "no_power": N_("No power"),
    "connected": N_("Connected"),
    "waiting": N_("Waiting for its first call"),
    "lost": N_("Not connected"),
}
CONNECTIONS = {
    "simulated": N_("Simulated, inside Laadboek"),
    "cable": N_("Network cable"),
    "wifi": N_("Wi-Fi"),
    "ocpp": N_("Calls Laadboek itself, over OCPP"),
    "unknown": N_("Not known"),
}
MODELS = {"laadboek": N_("Laadboek simulated"), "zappi": N_("zappi (simulated)")}
CHECKS = {
    "email": N_("E-mail address confirmed"),
    "charger": N_("A charger is there"),
    "location": N_("Location complete"),
    "reached": N_("Charger answers"),
    "settings_pin": N_("Own settings PIN"),
    "identified": N_("Business sessions can be told apart"),
    "platform": N_("Platform accepts the charger"),
    "connected": N_("Charger is connected"),
    "tag": N_("Id tag handed over"),
    "clock": N_("Clock is right"),
}
# Unit as the form shows it, label, explanation.
SITE_NUMBERS = {
    "safe_ma": (
        "A",
        N_("Safe current"),
        N_("What each charger may take at most while the meter is silent. 0: it pauses then."),
    ),
    "reserve_ma": (
        "A",
        N_("Kept free below the main fuse"),
        N_("Room for the kettle: so much of the main fuse is never given to cars. Only with a meter."),
    ),
    "month_peak_w": (
        "kW",
        N_("Highest quarter-hour of a month"),
        N_("Where the network bills by the month's peak, as in Flanders: cars stay below it. Empty: no limit."),
    ),
    "export_margin_w": (
        "W",
        N_("Always exported"),
        N_("So much sun goes to the grid rather than risking to take from it. Usually 50."),
    ),
    "interval_s": ("s", N_("Look at the meter every"), N_("While somebody charges. Usually 5.")),
    "silent_s": ("s", N_("Meter counts as silent after"), N_("Then each charger gets the safe current. Usually 10.")),
    "pause_after_s": ("s", N_("Pause after so long without meter"), N_("0: never. Usually 600.")),
    "raise_after_s": (
        "s",
        N_("Raise after room for"),
        N_("A limit falls at once, rises after so long. Usually 30."),
    ),
    "rotate_after_s": (
        "s",
        N_("Cars take turns after"),
        N_("When there is not enough for all, those who wait change places with those who charge. Usually 900."),
    ),
}
