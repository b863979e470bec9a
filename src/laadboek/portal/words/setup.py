"""The wizard, location, chargers: words for codes, and why something is refused. English; see `texts`."""

from .mark import N_
from .setup_settings import KEYS as KEYS
from .setup_settings import OPTIONS as OPTIONS
from .setup_settings import SWITCH as SWITCH
from .setup_tables import AZIMUTHS as AZIMUTHS
from .setup_tables import CALENDARS as CALENDARS
from .setup_tables import CHECKS as CHECKS
from .setup_tables import CONNECTIONS as CONNECTIONS
from .setup_tables import CONTRACTS as CONTRACTS
from .setup_tables import FEED_INS as FEED_INS
from .setup_tables import LABELS as LABELS
from .setup_tables import MODELS as MODELS
from .setup_tables import NAMES as NAMES
from .setup_tables import PARTS as PARTS
from .setup_tables import SITE_NUMBERS as SITE_NUMBERS
from .setup_tables import STATES as STATES
from .setup_tables import STEPS as STEPS
from .setup_tables import TILTS as TILTS
from .setup_tables import YES_NO as YES_NO

# Sources that are no company, whose name is its own.
SOURCE_NAMES = {
    "shipped": N_("Prices of a past year, without a network"),
    "csv": N_("A file of your own (CSV)"),
}

SENTENCES: dict[str, str] = {
    # What a location lacks.
    "location.none": N_("The charger stands at no location yet. Say where it is."),
    "location.no_address": N_("The address of the location is not complete."),
    "location.no_contract": N_("The energy contract of the location is not known yet."),
    "location.no_main_fuse": N_("The main fuse of the location is not known yet."),
    "location.no_word_of_sun": N_("Nobody has said yet whether there are solar panels."),
    "location.no_word_of_meter": N_("Nobody has said yet whether a meter measures the grid connection."),
    "location.bad_country": N_("A country has two capital letters, like NL. Nothing was changed."),
    "location.bad_address": N_("Part of the address cannot be read: at most %(longest)s characters on one line."),
    "location.bad_postcode": N_(
        "%(postcode)s is no postcode. %(country)s: for example %(example)s. Nothing was changed."
    ),
    "location.bad_time_zone": N_("There is no time zone %(time_zone)s. Nothing was changed."),
    "contract.no_price": N_("The price is missing. Write it per kWh, like 0.28."),
    "contract.no_feed_in_price": N_("What feeding in brings is missing. Write it per kWh, like 0.08."),
    "contract.feed_in_needs_dynamic": N_("The exchange's price for feeding in goes with a dynamic contract only."),
    "contract.bad_kind": N_("There is no contract of that kind (%(kind)s). There are: %(known)s."),
    "contract.bad_calendar": N_("There are no night hours named %(calendar)s. There are: %(known)s."),
    "contract.bad_feed_in": N_("Feeding in is not paid by %(given)s. There are: %(known)s."),
    "contract.not_chosen": N_("Choose what kind of contract you have. The yearly bill says it."),
    "location.empty_field": N_("This is needed."),
    "location.unanswered": N_("Choose yes or no."),
    "location.no_fuse": N_("Choose the fuse, or write its amperes."),
    "form.bad_number": N_("%(given)s is no number that fits here. Write digits, like 25 or 0.28."),
    "form.out_of_range": N_("That number is beyond anything sensible here. Nothing was changed."),
    "form.no_file": N_("No file came with that. Choose one, then send it."),
    "form.no_text": N_("That file is no text in UTF-8. Nothing was read."),
    "settings_pin.not_same": N_("The two PINs are not the same. Nothing was changed."),
    # Chargers.
    "ocpp.old_hardware": N_(
        "This charger was made before Wi-Fi was built in: OCPP needs a 2H type."
        " Type %(model)s, serial number %(serial_number)s."
    ),
    "ocpp.old_firmware": N_(
        "Its software %(firmware)s is too old for OCPP: it must be newer than %(needed)s."
        " Update the charger, then look again."
    ),
    "ocpp.unknown_firmware": N_(
        "Which software it runs cannot be read (%(firmware)s), so nobody can say whether OCPP works."
    ),
    "charger.too_many": N_("%(most)s chargers are as many as an account can have."),
    "charger.bad_name": N_("A charger has a name of 1 to %(longest)s characters."),
    "charger.bad_model": N_("There is no model %(model)s. There are: %(known)s."),
    "charger.bad_phases": N_("A charger has one phase or three."),
    "charger.bad_current": N_("A charger offers %(least_a)s to %(most_a)s per phase."),
    "charger.bad_firmware": N_("%(firmware)s is no version: write it with numbers and points, like 5.540."),
    "charger.bad_label": N_("What is on the label has at most %(longest)s letters and digits here."),
    "charger.session_runs": N_(
        "Somebody charges at %(charger)s now. Nothing was removed. Try again when the car is gone."
    ),
    "charger.has_links": N_("%(charger)s still reports to a platform. Remove that link first; nothing was removed."),
    "test.not_hosted": N_(
        "The charger was asked and answers nothing: Laadboek does not reach it. Check its power and its cable or Wi-Fi."
    ),
    "test.no_power": N_(
        "The charger was asked and answers nothing: it has no power. It is back by itself when the power is."
    ),
    "test.heard": N_("The charger answered at once: it gives %(power_w)s, and its meter stands at %(register_wh)s."),
    "test.answered": N_("The charger was asked over OCPP and answered."),
    "test.silent": N_("The charger is connected, but it did not answer in time. Try again in a moment, or restart it."),
    "test.not_connected": N_(
        "The charger is not connected now. Check the address, its name and the key in its own settings."
    ),
    # The wizard, and what is missing before somebody can be billed.
    "setup.bad_step": N_("The wizard has no step %(step)s. There are: %(known)s."),
    "setup.needed": N_("This step cannot wait: the rest builds on it."),
    "ready.email_unconfirmed": N_(
        "The e-mail address of the account is not confirmed. Open the link in the mail that you got."
    ),
    "ready.no_charger": N_("There is no charger yet. Add one."),
    "ready.not_reached": N_("The charger has not been heard since Laadboek started."),
    "ready.no_power": N_("The charger has no power now."),
    "ready.never_heard": N_(
        "The charger has never connected. Enter the address, the name and the key in its settings."
    ),
    "ready.not_connected": N_("The charger has not been heard for more than an hour."),
    "ready.factory_pin": N_("The settings PIN is still the one that everybody knows. Choose your own."),
    "ready.nobody_identified": N_(
        "Nobody can be told apart: give a driver a PIN, or let Plug & Play count as business."
    ),
    "ready.no_link": N_("The charger reports to no platform yet."),
    "ready.link_off": N_("The link to the platform is switched off."),
    "ready.not_accepted": N_("The platform has not accepted %(charge_box_id)s yet."),
    "ready.tag_not_handed_over": N_(
        "Hand over the id tag of %(driver)s to the platform or the employer, then tick it here."
    ),
    "ready.clock_alone": N_(
        "This computer's clock follows no time server, so times on a bill could be wrong."
        " Switch time synchronisation on."
    ),
}
