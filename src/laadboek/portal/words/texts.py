"""Words for what the code calls by a code. English here; the other languages are in `locale/`.

`SENTENCES` answers "why?" for every Reason and Refused. A sentence says what happened, what was kept, and what to do.
"""

from . import access, accounting, activation, dashboard, entrance, help, identity, members, safety, setup
from .charging_texts import CHARGING
from .mark import N_
from .source_texts import SOURCES

MAIL_STATES, METHODS = entrance.MAIL_STATES, entrance.METHODS
FILE_NAME = N_("charging-sessions")
# A platform that turns a link away by an HTTP status without a sentence of its own below.
TURNED_AWAY = N_("The platform turned us away (HTTP %(status)s). We keep trying; nothing is lost.")
TURNED_AWAY_CODE = "link.refused_"
NO_WORDS = N_("There is no explanation for this yet. (%(code)s)")
MINUTES = N_("%(minutes)s min")
MINUTES_SECONDS = N_("%(minutes)s min %(seconds)s s")
HOURS = N_("%(hours)s h %(minutes)s min")
WEEK = N_("Week %(number)s · %(days)s")

MODES = {"stop": N_("Stop"), "fast": N_("Fast"), "eco": N_("Eco"), "eco_plus": N_("Eco+")}

KINDS = {"business": N_("Business"), "private": N_("Private")}

# The parts of an energy contract.
TARIFF_PARTS = {
    "energy": N_("energy"),
    "day": N_("day price"),
    "night": N_("night price"),
    "calendars": N_("night hours"),
    "markup": N_("supplier's markup"),
    "energy_tax": N_("energy tax"),
    "network": N_("network"),
    "vat": N_("VAT"),
    "feed_in": N_("feeding in"),
}

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
    "paused": N_("Switched off"),
}

END_REASONS = {
    "DeAuthorized": N_("Not allowed to go on"),
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

# What is broken (OCPP 1.6 §7.6), in words that help somebody on the telephone.
FAULTS = {
    "ConnectorLockFailure": N_("the cable lock does not move"),
    "EVCommunicationError": N_("it cannot talk with the car"),
    "GroundFailure": N_("a leak to earth was found"),
    "HighTemperature": N_("it is too hot"),
    "InternalError": N_("something inside it failed"),
    "LocalListConflict": N_("two lists of id tags contradict each other"),
    "OtherError": N_("it does not say which"),
    "OverCurrentFailure": N_("the current was too high"),
    "OverVoltage": N_("the voltage is too high"),
    "PowerMeterFailure": N_("the meter cannot be read"),
    "PowerSwitchFailure": N_("the power switch failed"),
    "ReaderFailure": N_("the reader failed"),
    "ResetFailure": N_("it could not restart"),
    "UnderVoltage": N_("the voltage is too low"),
    "WeakSignal": N_("its radio signal is weak"),
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
    "mode": N_("Mode %(mode)s was asked for."),  # not everybody may: the charger says on its display what it did
    "boost": N_("A boost of %(energy)s was asked for."),
    "no_boost": N_("The boost is over."),
    "goal": N_("The plan is made anew with that."),
    "unlock": N_("The keypad takes PINs again, and the lock is open until a car comes or goes."),
    "kind": N_("Saved as %(kind)s. The earlier entry stays in the ledger."),
}

SENTENCES = {
    "limit.grid": N_("The main fuse leaves no more on %(phase)s: others take %(load_a)s of %(limit_a)s."),
    "limit.group": N_("%(name)s has no more: %(limit_a)s on %(phase)s for all its chargers together."),
    "limit.month_peak": N_("This quarter-hour shall stay below %(limit_w)s, so that the month's peak does not rise."),
    "limit.turn": N_(
        "Others are charging and there is no room for one more. Its turn comes at %(until)s at the latest."
    ),
    "meter.waiting": N_("The grid meter has not been heard yet. Until then only the safe current is offered."),
    "meter.lost": N_(
        "Nothing has been heard of the grid meter since %(since)s. Chargers keep to the safe current, and "
        "pause if it stays away."
    ),
    "meter.frozen": N_(
        "The grid meter has shown the same since %(since)s, whatever the cars draw. Until it moves, only the "
        "safe current is offered."
    ),
    "meter.wrong_sign": N_(
        "The grid meter seems to be the wrong way round: it shows less import when a car draws more. Check "
        "how it is mounted; until then only the safe current is offered."
    ),
    "meter.back": N_("The grid meter is believed again. Nothing has to be done."),
    "meter.no_phases": N_(
        "The grid meter tells power only. A third of it is assumed on each phase: keep some reserve below the fuse."
    ),
    "prices.missing": N_("No price is published for now. Plans count on estimates and are made anew when prices come."),
    "prices.back": N_("Prices are published again, and plans were made anew."),
    "prices.no_contract": N_(
        "This location has no energy contract, so nobody knows what a kWh costs."
        " Say which with “laadboek sites set --contract”."
    ),
    "prices.not_from_file": N_(
        "This location's prices do not come from a file, so none was read in."
        " Set its price_source to csv first (now: %(source)s)."
    ),
    "prices.none_in_file": N_("The file holds no price that can be one. Nothing was read in."),
    **CHARGING,
    **SOURCES,
    **entrance.SENTENCES,
    **identity.SENTENCES,
    **members.SENTENCES,
    **safety.SENTENCES,
    **setup.SENTENCES,
    **activation.SENTENCES,
    **access.SENTENCES,
    **accounting.SENTENCES,
    **dashboard.SENTENCES,
    **help.SENTENCES,
    # What the display shows after a try.
    "charger.unlocked": N_("The charger is unlocked."),
    "claim.lapsed": N_("No car came in time. Identify again."),
    "connector.inoperative": N_("This connector is out of service."),
    "connector.faulted": N_("This connector has a fault."),
    "connector.unknown": N_("The charger has no such connector."),
    "connector.busy": N_("Somebody else is using this connector."),
    "connector.reserved": N_("This connector is reserved for somebody else."),
    "driver.blocked": N_("This driver is blocked. The owner can change that."),
    "mode.needs_identification": N_("Identify first, then choose a mode."),
    "pad.locked": N_("Too many wrong PINs: the pad is locked. The owner can unlock it, or wait a day."),
    "pad.too_soon": N_("Not so fast: wait two seconds between PINs."),
    "pin.wrong": N_("This PIN is not known here."),
    "session.other_tag": N_("Somebody else is charging. Their session goes on."),
    "session.stopped": N_("The session has ended and is in the ledger."),
    "tag.asked": N_("The platform is being asked."),
    "tag.no_answer": N_("The platform did not answer in time. Try again."),
    "tag.refused": N_("The platform refused this id tag."),
    "tag.unknown": N_("This id tag is not known here."),
    # What people are told.
    "visit.unidentified": N_("A car has been waiting for %(minutes)s minutes, but nobody identified."),
    "car.draws_too_much": N_("The car draws %(drawn_a)s A where %(offered_a)s A are offered. It is offered less now."),
    "settings_pin.used_offline": N_("The settings PIN was used while the charger was offline."),
    "transaction.refused": N_("A platform refused a session. The car goes on charging, privately."),
    "transaction.refused_by_report": N_(
        "A platform that only records refused a session. The car goes on; ask the platform whether it will pay."
    ),
    "transaction.refused_late": N_(
        "A platform refused a session that had already ended. Its energy stays in your records."
    ),
    "reset.deferred": N_(
        "A platform asked for a restart while somebody else was charging. The charger restarts when nobody is there."
    ),
    "link.bad_role": N_("A link either controls or reports."),
    "link.bad_rule": N_("A link gets all sessions, only business ones, or those of chosen drivers."),
    "link.no_drivers": N_("Choose at least one driver whose sessions go to this platform."),
    "link.drivers_without_rule": N_("Drivers can only be chosen for a link that gets the sessions of chosen drivers."),
    "link.report_cannot_decide": N_("Only the link that controls may let its platform decide who charges."),
    "link.decides_needs_all": N_(
        "A platform that decides who charges is asked about every id tag. So it must get all sessions."
    ),
    "link.bad_fixed_tag": N_("A fixed id tag has 1 to 20 printable characters."),
    "lock.failed": N_("The cable lock did not move. Check the plug."),
    "setting.unknown": N_("The charger has no setting %(key)s."),
    "setting.bad_value": N_("%(value)s does not fit %(key)s. It takes: %(allowed)s."),
    "setting.pinned": N_("%(key)s cannot be changed while %(by)s holds it."),
    "setting.needs_free_charging": N_("%(key)s can only be changed while charging is free for everybody."),
    "settings_pin.default": N_(
        "The settings PIN is still the one of the factory, which everybody knows. Choose one of your own."
    ),
    "pin.factory": N_("Everybody knows this PIN: chargers leave the factory with it. Choose another."),
    "pin.taken": N_("A driver of this charger has this PIN already. Choose another."),
    "pin.bad_form": N_("A settings PIN has %(shortest)s to %(longest)s digits."),
    "pin.weak": N_("This PIN is guessed at once: it repeats or counts. Choose another."),
    "boost.bad_energy": N_("Choose between %(least_wh)s and %(most_wh)s."),
    "boost.nobody_there": N_("Nobody is there. Plug in the car or identify first, then say how much it shall get."),
    # Why a wish of a platform was not granted.
    "unlock.failed": N_("The cable could not be unlocked."),
    "unlock.not_supported": N_("This cable is fixed to the charger; there is nothing to unlock."),
    "install.busy": N_("The charger is busy with another firmware update."),
    "link.no_control": N_("This platform only gets reports; another one controls the charger."),
    "key.not_of_link": N_(
        "%(key)s cannot be set for this link: it is read-only, belongs to the charger, or does not exist."
    ),
    "key.bad_value": N_("%(value)s does not fit %(key)s."),
    "wish.unanswered": N_("The charger did not answer in time."),
    "availability.scheduled": N_("This happens as soon as the session has ended."),
    "authorise.offline": N_("The platform cannot be reached, so it could not be asked."),
    "authorise.blocked": N_("The platform has blocked this id tag."),
    "authorise.expired": N_("This id tag is no longer valid at the platform."),
    "authorise.invalid": N_("The platform does not know this id tag."),
    "authorise.concurrenttx": N_("This id tag is charging somewhere else."),
    "reservation.off": N_("This charger takes no reservations. The owner can change that."),
    "reservation.void": N_("This reservation has no id tag, or its time is over."),
    "reservation.unknown": N_("There is no such reservation."),
    "reset.too_many": N_(
        "A platform has restarted the charger %(most)s times within ten minutes. More restarts are refused for a while."
    ),
    "reset.failed": N_("The charger could not be restarted."),
    "operation.unknown_action": N_("%(action)s is nothing a charge point can be asked."),
    "operation.bad_payload": N_("The request does not fit: %(detail)s. Nothing was sent."),
    "operation.secret": N_("%(key)s is a secret and is not set this way."),
    # What cannot be meant by a link.
    "link.unknown": N_("This link is not in your account."),
    "link.ambiguous": N_("Several links are called %(charge_box_id)s. Name the one you mean by its id (lnk_…)."),
    "link.which_charger": N_("Say which charger this link is for."),
    "link.incomplete": N_("A link needs a backend URI and a ChargeBoxID."),
    "link.removed": N_("The link %(charge_box_id)s is removed. Resume it first."),
    "link.draining": N_("The link %(charge_box_id)s is delivering its last messages and cannot be changed any more."),
    "link.bad_choice": N_("Choose who decides (%(decides)s) and whose register is shown (%(register)s)."),
    "link.bad_profile": N_("There is no security profile %(profile)s; there are 0 to 3."),
    "link.profile_needs_tls": N_("Security profile %(profile)s needs a backend URI that begins with wss://."),
    "link.profile_needs_key": N_("Security profile %(profile)s needs an authorization key."),
    "link.profile_needs_certificate": N_(
        "Security profile 3 needs a certificate of the charger. Begin with 2: the platform gives it one, and raises it."
    ),
    "link.unknown_driver": N_("%(driver)s is not a driver of this charger."),
    "link.twice": N_("The link %(link)s leads there already as %(charge_box_id)s. Nothing was changed."),
    "link.two_controls": N_(
        "The link %(link)s controls this charger already. Make that one report first, or remove it."
    ),
    "link.bad_uri": N_("A backend URI begins with wss:// or ws:// and names a host, in at most 512 plain characters."),
    "link.uri_with_user": N_("Leave user name and password out of the backend URI; they have fields of their own."),
    "link.uri_with_query": N_("A backend URI has no ? and no #: the ChargeBoxID is appended to it."),
    "link.bad_charge_box_id": N_("A ChargeBoxID has 1 to %(longest)s plain characters and no space around it."),
    "link.bad_user_name": N_("A user name has 1 to 100 plain characters, without a colon."),
    "link.bad_key": N_(
        "The authorization key of this link has %(shortest)s to %(longest)s plain characters without spaces."
    ),
    # How a link to a platform is doing.
    "link.dns": N_("The platform's address cannot be found. Check the backend URI."),
    "link.refused": N_("Nobody answers at the platform's address. We keep trying; nothing is lost."),
    "link.crowded": N_("Many chargers call this platform at once. This one waits its turn; nothing is lost."),
    "link.timeout": N_("The platform does not answer. We keep trying; nothing is lost."),
    "link.forbidden_scheme": N_("The backend URI must begin with wss:// or ws://. Nothing was sent."),
    "link.forbidden_form": N_("The backend URI is not written as an address we can trust. Check its spelling."),
    "link.forbidden_port": N_("The port in the backend URI is not one for a platform. Nothing was sent."),
    "link.forbidden_address": N_(
        "The backend URI leads into a network that this server may not reach (LAADBOEK_PRIVATE_NETWORKS)."
    ),
    "link.tls": N_("The platform's certificate cannot be trusted, so nothing was sent."),
    "link.http": N_("What answers at this address is not a charging platform. Check the backend URI."),
    "link.subprotocol": N_("The platform does not speak OCPP 1.6."),
    "link.closed": N_("The platform closed the connection. We connect again; nothing is lost."),
    "link.no_answer": N_("The platform left a message unanswered. We connect again and send it once more."),
    "link.silent": N_("The platform fell silent. We connect again; nothing is lost."),
    "link.rolled_back": N_("Something could not be saved, so we connect again to be sure."),
    "link.dark": N_("The charger has no power, so it is off the air."),
    "link.stopped": N_("This link is switched off. Its messages are kept."),
    "link.back": N_("The platform is connected again."),
    "link.down": N_("The platform cannot be reached. Its messages are kept until it is back."),
    "link.clock_used": N_(
        "Our clock is not set and differs from the platform's by %(seconds)s seconds. It is told its own time."
    ),
    "link.clock_differs": N_("The platform's clock differs from ours by %(seconds)s seconds. Sessions keep our time."),
    "link.refused_401": N_("The platform refused the user name or authorization key. Check both."),
    "link.refused_403": N_("The platform does not let this charger in. Ask its operator."),
    "link.refused_404": N_("The platform does not know this ChargeBoxID. Check it, and the backend URI."),
    "security.set_aside": N_("The platform does not take security events (%(error)s). They stay in the security log."),
    "link.tls_unknown_ca": N_(
        "The platform's certificate comes from an authority that this link does not trust, so nothing was sent."
    ),
    "link.tls_wrong_name": N_(
        "The platform's certificate is for another address, so nothing was sent. Check the backend URI."
    ),
    "link.tls_expired": N_("The platform's certificate is not valid today, so nothing was sent."),
    "link.tls_certificate": N_("The platform's certificate is not acceptable, so nothing was sent."),
    "link.tls_version": N_("The platform only speaks an old TLS that is not safe any more. Nothing was sent."),
    "link.tls_none": N_("What answers at this address does not speak TLS, so nothing was sent. Check the backend URI."),
    "link.tls_cipher": N_("The platform and this link have no safe cipher in common. Nothing was sent."),
    "link.tls_client_certificate": N_("The platform does not accept this charger's certificate. Ask its operator."),
    "link.tls_unusable": N_("A certificate or key of this link cannot be used. Check what you gave it."),
    "security.profile_raised": N_("The platform is now reached with security profile %(profile)s."),
    "security.fell_back": N_("What the platform had set did not work, so we connected as before. Nothing is lost."),
    "certificate.bad": N_("A certificate that you gave this link cannot be read (%(why)s)."),
    "certificate.not_signed": N_("The platform did not want to certify this charger. Ask its operator."),
    "certificate.no_renewal": N_(
        "The charger's certificate ends soon and cannot be renewed: CpoName or the serial number is missing."
    ),
    "link.bad_root": N_("This is no certificate of an authority (%(why)s)."),
    "outbox.set_aside": N_("The platform could not take a message (%(action)s). It is kept for your decision."),
    # What the lab refuses.
    "lab.exists": N_("There is a charge point %(charge_box_id)s in the lab already."),
    "lab.folder_in_use": N_("The folder %(folder)s cannot be used: %(detail)s."),
    "lab.folder_of_another": N_("The folder %(folder)s belongs to %(charge_box_id)s."),
    "lab.folder_unusable": N_("The folder %(folder)s cannot be opened: %(detail)s."),
    "lab.pin_twice": N_("Two drivers have the same PIN."),
    "lab.tag_twice": N_("Two drivers have the same id tag."),
    "lab.cable_fixed": N_("This cable is fixed to the charger."),
    "lab.cable_held": N_("The cable is locked in its socket."),
    "lab.no_connector": N_("There is no connector %(connector)s."),
    "lab.no_profile": N_("OCPP 1.6 has no feature profile %(profiles)s."),
    # What the portal and its actions refuse.
    "tariff.bad_currency": N_("%(currency)s is not a currency. EUR is one."),
    "tariff.no_price": N_("Give at least one price for: %(part)s."),
    "tariff.row_ends_before_it_begins": N_("The row of %(day)s ends before it begins (%(part)s)."),
    "tariff.rows_overlap": N_("On %(day)s two rows hold at once (%(part)s). Change where one begins or ends."),
    "tariff.rows_gap": N_("From %(day)s until %(next_day)s no row holds (%(part)s)."),
    "tariff.amount_out_of_range": N_("The amount of %(day)s is beyond 5 per kWh (%(part)s). Prices are per kWh."),
    "tariff.vat_out_of_range": N_("VAT is 0 to 50 %% (row of %(day)s)."),
    "tariff.share_out_of_range": N_("The share paid for feeding in is 0 to 100 %% (row of %(day)s)."),
    "tariff.all_in_adds_nothing": N_("This source's prices have everything in them: leave %(part)s empty."),
    "tariff.all_in_has_no_spot": N_(
        "This source tells consumer prices only, so feeding in cannot follow the exchange (row of %(day)s)."
    ),
    "tariff.night_outside_day": N_(
        "Night hours begin before they end, between 0:00 and 24:00. A night over midnight takes two rows."
    ),
    "tariff.night_overlaps": N_("Two rows of night hours overlap on the same weekday."),
    "tariff.unknown_weekday": N_("There is no weekday %(weekday)s: they go from 0 (Monday) to 6 (Sunday)."),
    "tariff.unknown_country": N_("The public holidays of %(country)s are not known here. Switch them off."),
    "prices.doubtful": N_(
        "Published prices are odd: %(gaps)s gaps, %(doubles)s doubles, %(implausible)s implausible, "
        "%(malformed)s unusable. What is missing is estimated; nothing stops."
    ),
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
    "session.unknown": N_("There is no such session in your ledger."),
    "session.running": N_("This session is still going on. You can change its kind when it has ended."),
    "charger.unknown": N_("This charger is not in your account."),
    "charger.away": N_("The charger cannot be reached just now. Nothing was changed. Try again in a moment."),
    "charger.not_simulated": N_("This is a real charger: plug in with your own hands."),
    "charger.no_live_value": N_("The charger has not reported yet. This page fills itself in as soon as it does."),
    "pin.not_digits": N_("A PIN is 4 to 8 digits."),
    "mode.unknown": N_("%(mode)s is not a mode you can choose."),
    "button.unknown": N_("This charger has no such button."),
    "charge_point.bad_id": N_(
        "A ChargeBoxID has 1 to %(longest)s plain characters, no space around it, and does not begin with cp_."
    ),
    "charge_point.bad_key": N_("An authorization key has %(shortest)s to %(longest)s plain characters without spaces."),
    "charge_point.hosted": N_(
        "%(charge_box_id)s is a charger of this Laadboek itself. It keeps its key and its place."
    ),
    "charge_point.taken": N_("There is a charge point %(charge_box_id)s already. Nothing was changed."),
    "charge_point.two_keys": N_("Give a key or ask for a new one, not both. Nothing was changed."),
    "id_tag.bad": N_("An id tag has 1 to %(longest)s plain characters, no space around it."),
    "id_tag.own_parent": N_("An id tag cannot be its own parent."),
    "id_tag.taken": N_("This id tag is there already. Nothing was changed."),
    "id_tag.unknown": N_("This id tag is not in your account."),
    "transaction.unknown": N_("This transaction is not in your account."),
    "operation.unknown": N_("This operation is not in your account."),
    "operator.wrong_token": N_(
        "This token opens nothing. Yours are under Account, Tokens; whoever runs the installation has one in"
        " operator.token in the data folder."
    ),
    "page.bad_cursor": N_("This is not the continuation of a list. Take it from the page before."),
    "page.bad_request": N_("%(field)s does not fit: %(detail)s. Nothing was changed."),
    "platform.away": N_("The platform is not running just now. Nothing was changed. Try again in a moment."),
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
    # Notices, and how they fare.
    "notice.test": N_("This is a test from Laadboek: notices arrive here."),
    "notice_channel.unknown": N_("There is no such channel in your account."),
    "notice.bad_kind": N_("%(kind)s is no kind of channel. There are: %(allowed)s."),
    "notice.bad_language": N_("%(language)s is no language that notices are written in. There are: %(allowed)s."),
    "notice.bad_address": N_("%(address)s is not one e-mail address. Nothing was added."),
    "notice.no_secret": N_("An e-mail address has no secret; only a webhook is signed with one."),
    "notice.too_many_channels": N_("%(most)s channels are enough. Remove one first."),
    "notice.forbidden_address": N_("This server may not call that address (%(why)s). Nothing was added."),
    "delivery.no_mail_server": N_("No mail server is set (LAADBOEK_SMTP), so the mail waits."),
    "delivery.no_tls": N_("The mail server offers no TLS, so nothing was sent."),
    "delivery.mail_denied": N_("The mail server refused the user name or password."),
    "delivery.mail_refused": N_("The mail server does not take mail for this address."),
    "delivery.mail_server": N_("The mail server could not take the mail just now. It is tried again."),
    "delivery.refused": N_("Nobody answers there. It is tried again."),
    "delivery.tls": N_("The certificate there cannot be trusted, so nothing was sent. It is tried again."),
    "delivery.dns": N_("The address cannot be found. It is tried again."),
    "delivery.timeout": N_("There was no answer in time. It is tried again."),
    "delivery.server": N_("What answers there has a problem of its own. It is tried again."),
    "delivery.denied": N_("We are not let in there. Check the address."),
    "delivery.redirect": N_("It sends us on to another address, which we do not follow. Give that address itself."),
    "delivery.bad_request": N_("What answers there does not understand notices."),
    "delivery.unsupported": N_("Notices cannot be sent to an address of this kind."),
    "delivery.protocol": N_("What answers there makes no sense. It is tried again."),
    "delivery.forbidden": N_("This server may not call that address."),
    # Why a plan is as it is.
    "plan.cheapest": N_("%(energy_wh)s in the cheapest hours: %(saved_micro)s less than at once."),
    "plan.sun": N_(
        "%(energy_wh)s, of which %(solar_wh)s from the sun by the forecast: %(saved_micro)s less than at once."
    ),
    "plan.in_one_go": N_("%(energy_wh)s in one go, in the cheapest hours for that: %(saved_micro)s less than at once."),
    "plan.prices_unknown": N_(
        "%(energy_wh)s, of which %(estimated_wh)s at estimated prices: they are known"
        " until %(known_until)s. The plan is made anew when more come."
    ),
    "plan.no_prices": N_("No prices are known. %(energy_wh)s are charged as late as possible."),
    "plan.too_late": N_(
        "There is too little time: %(missing_wh)s will be missing. It charges at once,"
        " all the time, and is ready at %(ready_at)s."
    ),
    "plan.out_of_reach": N_(
        "There is too little time and power: %(missing_wh)s will be missing. It charges whenever it can."
    ),
    "plan.nothing_to_do": N_("Nothing is left to charge."),
    # What a person wants of a car on the cable.
    "energy.out_of_range": N_("A car takes 1 kWh to %(most_wh)s at a time."),
    "time.unreadable": N_("%(given)s is no time of day. Write it like 07:00."),
    "time.out_of_range": N_("That time has passed, or is more than a week away."),
    # Sites.
    "site.unknown": N_("There is no such location in your account."),
    "site.not_empty": N_("A charger still stands at %(site)s. Remove it, or place it elsewhere; nothing was removed."),
    "site.too_many": N_("%(most)s locations are as many as an account can have."),
    "site.bad_name": N_("A location has a name of 1 to %(longest)s characters."),
    "site.unknown_field": N_("A location has no field %(field)s. Nothing was changed."),
    "site.bad_value": N_("That does not fit a location: %(detail)s. Nothing was changed."),
    "site.bad_contract": N_("%(given)s is no contract. Write: %(forms)s."),
    "site.bad_place": N_("Latitude goes from -90 to 90, longitude from -180 to 180."),
    "site.bad_rotation": N_("%(rotation)s is no order of phases. There are: %(allowed)s."),
    "site.out_of_range": N_("%(field)s goes from %(least)s to %(most)s. Nothing was changed."),
    "site.bad_safe_current": N_("A safe current is 6 A or more, or 0 to pause."),
    "site.bad_fuse": N_("The fuse %(circuit)s must be %(least_ma)s to %(most_ma)s."),
    "site.bad_parent": N_("The fuse %(circuit)s is fed from %(parent)s, which is not there, or in a ring."),
    "site.no_circuit": N_("There is no fuse %(circuit)s at this location."),
    "site.unknown_source": N_("There is no source %(source)s. There are: %(known)s. Nothing was changed."),
    "site.circuit_twice": N_("Two fuses of this location have the same name."),
    "site.no_live_value": N_("Nothing has been measured here yet. Try again in a moment."),
}
