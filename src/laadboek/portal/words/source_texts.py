"""Why a source of prices or forecasts gave nothing: one sentence per code of `sources.source` and beside it."""

from .mark import N_

SOURCES = {
    "source.no_token": N_("This source needs a token, and there is none that can be sent. Enter the source's token."),
    "source.unauthorised": N_("The source does not accept the token. Enter it again, or ask the source for a new one."),
    "source.not_published": N_("Nothing is published for that time yet. We ask again and estimate until then."),
    "source.rate_limited": N_("The source was asked too often, or is overloaded. We wait and ask again."),
    "source.wrong_zone": N_("The source publishes nothing for %(zone)s. Choose another zone or another source."),
    "source.refused": N_("The source answered with HTTP %(status)s instead of data. We keep asking."),
    "source.unreachable": N_("The source could not be reached. We keep asking and estimate until then."),
    "source.unreadable": N_("The source's answer cannot be read: it is not what the source documents. We keep asking."),
    "source.too_big": N_("The answer is far too long to be one, so it was not read."),
    "source.bad_unit": N_("The prices are in another unit than the source documents, so they were not used."),
    "source.bad_currency": N_("The prices are in another currency than the zone's, so they were not used."),
    "source.bad_amount": N_("The answer holds a price that cannot be one, so none of it was used."),
    "source.bad_power": N_("The answer holds a power that no roof gives, so none of it was used."),
    "source.no_roof": N_("The source's token names no roof number %(roof)s. Name one for each roof of the location."),
    "source.bad_time": N_("The answer holds a time that cannot be one, so none of it was used."),
    "source.bad_header": N_(
        "The first line must name the columns: starts_at and one price such as eur_per_kwh. ends_at may be there too."
    ),
    "source.bad_line": N_("Line %(line)s has another number of columns than the first one. Nothing was read in."),
    "source.bad_line_time": N_(
        "The time in line %(line)s cannot be read. Write it like 2026-11-24T00:00+01:00. Nothing was read in."
    ),
    "source.bad_line_amount": N_(
        "The price in line %(line)s is none. Check the number and the unit in the first line. Nothing was read in."
    ),
    "source.bad_line_double": N_(
        "The time in line %(line)s stands in the file before, with another price. Nothing was read in."
    ),
}
