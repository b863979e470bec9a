"""Answers as each publisher would give them, made of instants and amounts; the recorded ones are in `answers`."""

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ANSWERS = Path(__file__).parent / "answers"


def answer(name):
    return (ANSWERS / name).read_bytes()


def iso(at):
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def entsoe(told, length, *, zone="10YNL----------L", curve="A03", position=1, end=None):
    """One period from the first instant to the end of the last; a point only where one is told."""
    start = told[0][0]
    points = "".join(
        f"<Point><position>{(at - start) // length + 1}</position>"
        f"<price.amount>{amount * 1_000:f}</price.amount></Point>"
        for at, amount in told
    )
    return (
        '<Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"><TimeSeries>'
        f"<in_Domain.mRID>{zone}</in_Domain.mRID><currency_Unit.name>EUR</currency_Unit.name>"
        "<price_Measure_Unit.name>MWH</price_Measure_Unit.name><classificationSequence_AttributeInstanceComponent.position>"
        f"{position}</classificationSequence_AttributeInstanceComponent.position><curveType>{curve}</curveType><Period>"
        f"<timeInterval><start>{start:%Y-%m-%dT%H:%MZ}</start><end>{end or told[-1][0] + length:%Y-%m-%dT%H:%MZ}</end>"
        f"</timeInterval><resolution>PT{length // timedelta(minutes=1)}M</resolution>{points}</Period></TimeSeries>"
        "</Publication_MarketDocument>"
    ).encode()


def entsoe_fixed(told, length):
    return entsoe(told, length, curve="A01")


def entsoe_twice(told, length):
    """Two series of one auction; each instant that comes again is in the second."""
    first = dict(reversed(told))
    again = [(at, amount) for at, amount in told if first[at] != amount]
    both = entsoe(sorted(first.items()), length, curve="A01").decode()
    more = entsoe(again, length, curve="A01").decode()
    return both.replace("</Publication_MarketDocument>", more[more.index("<TimeSeries>") :]).encode()


def energy_charts(told, length):
    return json.dumps(
        {
            "unix_seconds": [int(at.timestamp()) for at, _ in told],
            "price": [float(amount * 1_000) for _, amount in told],
            "unit": "EUR / MWh",
        }
    ).encode()


def energyzero(told, length):
    rows = [{"start": iso(at), "end": iso(at + length), "price": {"value": f"{amount:f}"}} for at, amount in told]
    return json.dumps({"interval": 1, "base": rows, "all_in": []}).encode()


def awattar(told, length):
    rows = [
        {
            "start_timestamp": int(at.timestamp() * 1_000),
            "end_timestamp": int((at + length).timestamp() * 1_000),
            "marketprice": float(amount * 1_000),
            "unit": "Eur/MWh",
        }
        for at, amount in told
    ]
    return json.dumps({"object": "list", "data": rows, "url": "/at/v1/marketdata"}).encode()


def tibber(told, length):
    """By the clock of the home, as Tibber writes instants."""
    clock = ZoneInfo("Europe/Amsterdam")
    rows = [{"startsAt": at.astimezone(clock).isoformat(), "total": float(amount)} for at, amount in told]
    info = {"current": {"currency": "EUR"}, "today": rows, "tomorrow": []}
    home = {"id": "home", "currentSubscription": {"priceInfo": info}}
    return json.dumps({"data": {"viewer": {"homes": [home]}}}).encode()


def octopus(told, length):
    rows = [
        {"value_inc_vat": float(amount * 100), "valid_from": iso(at), "valid_to": iso(at + length)}
        for at, amount in told
    ]
    return json.dumps({"count": len(rows), "next": None, "previous": None, "results": rows[::-1]}).encode()


def csv(told, length):
    rows = [f"{iso(at)},{iso(at + length)},{amount:f}" for at, amount in told]
    return "\n".join(["starts_at,ends_at,eur_per_kwh", *rows]).encode()


# Name of the source: how its answer is made, the zone asked for, minutes of its stretches.
MADE = {
    "entsoe": (entsoe_fixed, "NL", 15),
    "energy_charts": (energy_charts, "NL", 15),
    "energyzero": (energyzero, "NL", 15),
    "awattar": (awattar, "AT", 60),
    "tibber": (tibber, "NL", 15),
    "octopus": (octopus, "C", 30),
    "csv": (csv, "NL", 15),
}
DOUBLED = {**{name: make for name, (make, _, _) in MADE.items()}, "entsoe": entsoe_twice}
EMPTY = {
    "entsoe": answer("entsoe_nothing.xml"),
    "awattar": b'{"object":"list","data":[]}',
    "energyzero": b'{"base":[]}',
    "octopus": b'{"count":0,"next":null,"previous":null,"results":[]}',
    "energy_charts": b'{"unix_seconds":[1790200800],"price":[null],"unit":"EUR/MWh"}',
    "tibber": b'{"data":{"viewer":{"homes":[{"id":"a","currentSubscription":{"priceInfo":{"today":[]}}}]}}}',
    "csv": b"starts_at,eur_per_kwh\n",
}
WHOLE = {
    "entsoe": (answer("entsoe.xml"), "DE-LU"),
    "energy_charts": (answer("energy_charts.json"), "DE-LU"),
    "energyzero": (answer("energyzero.json"), "NL"),
    "awattar": (answer("awattar.json"), "DE-LU"),
    "tibber": (answer("tibber.json"), "NL"),
    "octopus": (answer("octopus.json"), "C"),
}
