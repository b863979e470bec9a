"""Prices from a file of one's own: both ways of writing numbers, and the line that is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laadboek.sources.catalogue import PRICES
from laadboek.sources.source import ANSWER_MAX_BYTES, NotPublished, SourceError, Unreadable, WrongZone

CSV = PRICES["csv"]


def read(text, zone="NL"):
    return [(f"{one.starts_at:%d %H:%M}", one.length_s, one.micro_per_kwh) for one in CSV.read(text.encode(), zone)]


def wrong(text, zone="NL"):
    with pytest.raises(Unreadable) as caught:
        read(text, zone)
    return caught.value.reason.code, caught.value.reason.params.get("line")


def test_a_file_with_commas_and_points():
    text = "starts_at,eur_per_mwh\n2026-01-01T00:00+01:00,67.04\n2026-01-01T00:15+01:00,-3\n"
    assert read(text) == [("31 23:00", 900, 67_040), ("31 23:15", 900, -3_000)]


def test_a_file_as_a_spreadsheet_of_a_european_writes_it():
    text = (
        "\ufeffStarts_at;Ends_at;EUR_per_kWh;note\r\n"
        '2026-01-01 00:00+01:00;2026-01-01 01:00+01:00;0,315;"x;y"\r\n\r\n'
        "2026-01-01 01:00+01:00;2026-01-01 02:00+01:00;0.3;\r\n"
    )
    assert read(text) == [("31 23:00", 3_600, 315_000), ("01 00:00", 3_600, 300_000)]


def test_a_file_in_pounds_is_one_of_great_britain():
    assert read("starts_at,gbp_per_kwh\n2026-07-01T00:00+01:00,0.18942\n", "GB") == [("30 23:00", 3_600, 189_420)]
    assert wrong("starts_at,gbp_per_kwh\n2026-07-01T00:00Z,0.1\n", "NL") == ("source.bad_currency", None)


def test_lines_in_any_order_and_twice_the_same_are_one_curve():
    lines = ["2026-01-01T02:00Z,0.3", "2026-01-01T00:00Z,0.1", "2026-01-01T01:00Z,0.2", "2026-01-01T00:00Z,0.1"]
    assert read("\n".join(["starts_at,eur_per_kwh", *lines])) == [
        ("01 00:00", 3_600, 100_000),
        ("01 01:00", 3_600, 200_000),
        ("01 02:00", 3_600, 300_000),
    ]


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset():
    text = "starts_at,eur_per_kwh\n2026-10-25T02:00+02:00,0.1\n2026-10-25T02:00+01:00,0.2\n"
    assert read(text) == [("25 00:00", 3_600, 100_000), ("25 01:00", 3_600, 200_000)]


HEAD = "starts_at,eur_per_kwh\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "source.bad_header", None),
        ("time,price\n", "source.bad_header", None),
        ("starts_at,starts_at,eur_per_kwh\n", "source.bad_header", None),
        ("starts_at,eur_per_kwh,eur_per_mwh\n", "source.bad_header", None),
        ("starts_at,eur_per_gwh\n", "source.bad_header", None),
        (HEAD + "2026-01-01T00:00Z,0.1\nyesterday,0.1\n", "source.bad_line_time", 3),
        (HEAD + "2026-01-01T00:00,0.1\n", "source.bad_line_time", 2),
        (HEAD + "2026-01-01T00:07Z,0.1\n", "source.bad_line_time", 2),
        (HEAD + "2026-01-01T00:00Z,\n", "source.bad_line_amount", 2),
        (HEAD + "2026-01-01T00:00Z,67.04\n", "source.bad_line_amount", 2),
        (HEAD + "2026-01-01T00:00Z,nan\n", "source.bad_line_amount", 2),
        (HEAD + "2026-01-01T00:00Z,٣\n", "source.bad_line_amount", 2),
        (HEAD + "2026-01-01T00:00Z,0,1\n", "source.bad_line", 2),
        (HEAD + '2026-01-01T00:00Z,"0,1"\n', "source.bad_line_amount", 2),
        (HEAD + "2026-01-01T00:00Z\n", "source.bad_line", 2),
        (HEAD + "2026-01-01T00:00Z," + "1" * 201 + "\n", "source.bad_line", 2),
        ("starts_at;eur_per_kwh\n2026-01-01T00:00Z;1.000,5\n", "source.bad_line_amount", 2),
        ("starts_at;eur_per_kwh\n2026-01-01T00:00Z;1,000,5\n", "source.bad_line_amount", 2),
        ("starts_at,ends_at,eur_per_kwh\n2026-01-01T00:00Z,2026-01-01T00:20Z,0.1\n", "source.bad_line_time", 2),
        (HEAD + "2026-01-01T00:00Z,0.1\n\n2026-01-01T00:00Z,0.2\n", "source.bad_line_double", 4),
        (HEAD + "2026-01-01T00:00Z,0.1\n2026-01-01T00:07Z,0.2\n", "source.bad_time", None),
        (HEAD + "2026-01-01T00:00Z,0.1\0\n", "source.unreadable", None),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text, code, line):
    assert wrong(text) == (code, line)


def test_bytes_that_are_no_text_and_files_without_end():
    for data in (b"starts_at\xff", b"x" * (ANSWER_MAX_BYTES + 1)):
        with pytest.raises(Unreadable):
            CSV.read(data, "NL")


def test_a_file_without_lines_has_no_prices():
    with pytest.raises(NotPublished):
        read(HEAD)


def test_a_file_is_of_a_zone():
    with pytest.raises(WrongZone):
        read(HEAD + "2026-01-01T00:00Z,0.1\n", "XX")


@settings(deadline=None)
@given(st.text(max_size=80))
def test_whatever_the_lines_hold_there_are_prices_or_a_reason(noise):
    try:
        spots = CSV.read((HEAD + noise).encode("utf-8", "surrogatepass"), "NL")
    except SourceError:
        return
    assert spots
