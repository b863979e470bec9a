"""Charging sessions, their files and exports: words for codes, and why something is refused. English; see `texts`."""

from .mark import N_ as N_

# Why a session is flagged: nothing was lost, but somebody should know.
FLAGS = {
    "meter_unknown": N_("When it began, the meter had not been read yet: energy counts from its first reading."),
    "meter_reset": N_("The charger's meter began anew meanwhile; the parts before and after were added up."),
    "meter_backwards": N_("The meter ran backwards. No energy is counted until somebody has looked at it."),
    "power_loss": N_("The power failed meanwhile. It ends at the last reading that can be trusted."),
    "quarter_gap": N_("A quarter-hour has no reading of its own; its energy is spread evenly."),
    "sun_gap": N_("For a while nobody measured the sun; that energy counts as from the grid."),
    "start_time_implausible": N_("The charge point's clock was wrong at the start; the time is that of its message."),
    "stop_time_implausible": N_("The charge point's clock was wrong at the end; the time is that of its message."),
    "stop_before_start": N_("By its own clock it ended before it began; its duration says nothing."),
    "no_stop": N_("The charge point never said that it ended; the end is that of its last sign of life."),
    "stop_matched": N_("The end came without the number of this session, but fits no other one."),
    "session_missing": N_("The platform knows it, the charger itself does not."),
    "session_differs": N_("Platform and charger do not agree on its end."),
    "id_tag_unknown": N_("Nobody here is known by this id tag."),
    "driver_blocked": N_("The driver was blocked meanwhile, which ended it."),
    "budget_used": N_("The driver's budget was used up meanwhile."),
}
REFUSED_FLAG = "refused:"
REFUSED_BY_LINK = N_("A platform did not accept the id tag.")
# The same in a cell of a file.
SHORT_FLAGS = {
    "meter_unknown": N_("meter unread at start"),
    "meter_reset": N_("meter began anew"),
    "meter_backwards": N_("meter ran backwards"),
    "power_loss": N_("power failed"),
    "quarter_gap": N_("quarter-hour estimated"),
    "sun_gap": N_("sun partly unmeasured"),
    "start_time_implausible": N_("start time doubtful"),
    "stop_time_implausible": N_("end time doubtful"),
    "stop_before_start": N_("ends before it begins"),
    "no_stop": N_("end not reported"),
    "stop_matched": N_("end without a number"),
    "session_missing": N_("unknown to the charger"),
    "session_differs": N_("platform and charger differ"),
    "id_tag_unknown": N_("unknown id tag"),
    "driver_blocked": N_("driver blocked"),
    "budget_used": N_("budget used up"),
}

# Headings and words of the files; those that were there first stand in `texts.CSV_WORDS`.
FILE_WORDS = {
    "odometer_km": N_("Odometer (km)"),
    "sun_kwh": N_("From own roof (kWh)"),
    "cost": N_("Cost"),
    "currency": N_("Currency"),
    "flags": N_("Remarks"),
    "driver_id": N_("Driver's number"),
    "date": N_("Date"),
    "sheet_sessions": N_("Charging sessions"),
    "sheet_totals": N_("Totals"),
    **SHORT_FLAGS,
}

ACCOUNT = N_("Account")
PERIOD = N_("Period")
SESSIONS = N_("Charging sessions")
TOGETHER = N_("Together (kWh)")
FROM_ROOF = N_("From own roof (kWh)")
FROM_GRID = N_("From the grid (kWh)")
UNPRICED = N_("Sessions without a known price")

# Of an entry in the ledger that changed something.
KIND_CHANGED = N_("Changed from %(before)s to %(after)s")
IMAGE_STATES = {
    "open": N_("going on there"),
    "ended": N_("ended, to be delivered"),
    "settled": N_("delivered"),
    "set_aside": N_("not delivered: set aside"),
}

FORMATS = {
    "csv": N_("CSV for a spreadsheet"),
    "machine_csv": N_("CSV for software"),
    "xlsx": N_("Workbook (XLSX)"),
    "pdf": N_("PDF"),
    "signed": N_("Signed file (JSON)"),
}
EVERY = {"day": N_("Every day"), "week": N_("Every week"), "month": N_("Every month")}
BOTH_KINDS = N_("Business and private")
WAYS = {"email": N_("By e-mail"), "folder": N_("Into a folder"), "http": N_("To a web address")}
EXPORT_SUBJECT = N_("Charging sessions, %(period)s")
EXPORT_BODY = N_(
    "Attached: the charging sessions of %(period)s of %(account)s.\n\n"
    "Laadboek sends this by itself. Whoever set it up can change it under Sessions, Scheduled files."
)

SENTENCES: dict[str, str] = {
    "odometer.private": N_("Only business sessions have an odometer reading. Make it a business session first."),
    "odometer.bad_value": N_("An odometer shows whole kilometres, up to %(most_km)s km. Nothing was changed."),
    "odometer.lower": N_(
        "%(written_km)s km is less than the %(known_km)s km written down before by the same driver. "
        "If it is right all the same, as with another car, tick the box and save again."
    ),
    "odometer.higher": N_(
        "%(written_km)s km is more than the %(known_km)s km written down later by the same driver. "
        "If it is right all the same, as with another car, tick the box and save again."
    ),
    "export.no_pango": N_(
        "This machine cannot make PDF files yet: install Pango (on Debian: libpango-1.0-0 and libpangoft2-1.0-0) and "
        "Laadboek with its extra “pdf”. Your sessions are all there; the workbook and the CSV work."
    ),
    "export.too_long": N_(
        "%(count)s sessions are too many for this kind of file; %(most)s fit. Choose a shorter period, or CSV."
    ),
    "export.signed_whole": N_(
        "The signed file holds whole ledger entries, with what they tell of the house. Ask the owner for it."
    ),
    "export.bad_format": N_("There is no file format %(format)s."),
    "export.bad_kind": N_("Files can be sent by e-mail, into a folder or to a web address."),
    "export.bad_every": N_("Files can be sent every day, every week or every month."),
    "export.bad_hour": N_("The hour is a number from 0 to 23."),
    "export.bad_email": N_("%(address)s is no e-mail address. Nothing was set up."),
    "export.bad_folder": N_(
        "The folder is a name like “bookkeeper/2026”: letters, digits, spaces, dots, hyphens and slashes between."
    ),
    "export.bad_address": N_("The address has to begin with https:// and be a place on the internet or at home."),
    "export.no_folder": N_(
        "Whoever runs this Laadboek has not opened a folder for files yet (setting LAADBOEK_EXPORT_FOLDER)."
    ),
    "export.no_secret": N_("Only a web address takes a secret: files there are signed with it."),
    "export.bad_secret": N_("The secret needs 16 to 200 characters."),
    "export.bad_language": N_("Files can be written in Dutch, English, French and German."),
    "export.too_many": N_("%(most)s scheduled files are enough; remove one first."),
    "export.folder": N_("The folder cannot be written: see whether it is there, may be written and has room."),
    "export.account_closed": N_("The account is closed."),
    "export_schedule.unknown": N_("There is no such scheduled file. It may have been removed."),
}
