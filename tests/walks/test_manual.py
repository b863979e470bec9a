"""The manual's chapters 4.2, 4.3, 4.4 and 5, step by step, as a new user would, in a real browser on the real product.

From an empty database, on a phone and a desktop, in Dutch and English. The platform at the other end is ours, run by
somebody else's account: Olga's. Each walk ends with a CSV whose rows equal the ledger, and with nothing secret left
lying about.
"""

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from playwright.sync_api import Browser, expect, sync_playwright
from serving import Serving, start
from walker import DESKTOP, PHONE, Walker

from laadboek.store import users
from laadboek.store.connection import Connection
from laadboek.store.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
OLGAS_PASSWORD = "Groene-fiets-77"
WALKS = [("nl", PHONE), ("en", DESKTOP), ("nl", DESKTOP), ("en", PHONE)]


class Backend(Struct, frozen=True):
    """What an operator gives to somebody who wants to connect a charger."""

    uri: str
    charge_box_id: str
    key: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A real home: nothing in it, not even an account."""
    serving = start(tmp_path_factory.mktemp("walks") / "data", LAADBOEK_HOME="real").await_ready()
    yield serving
    serving.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert os.environ.get("CI") != "true", "CI has Chromium"
        pytest.skip("no Chromium here: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def olga(served: Serving, chromium: Browser) -> Iterator[Walker]:
    """She runs a platform, with an account of her own: the first in an empty database."""
    walker = Walker(chromium, served.pages, "en", DESKTOP)
    register(walker, "olga@example.org", OLGAS_PASSWORD, "Olga")
    yield walker
    walker.context.close()


@pytest.mark.parametrize(("language", "viewport"), WALKS, ids=["nl-375", "en-1280", "nl-1280", "en-375"])
def test_the_manual_step_by_step(
    served: Serving, chromium: Browser, olga: Walker, language: str, viewport: dict[str, int]
) -> None:
    name = f"{language}-{viewport['width']}"
    backend = let_connect(olga, f"BOX-{name.upper()}")
    walker = Walker(chromium, served.pages, language, viewport)
    password = f"Paarse-olifant-{len(name)}7"
    register(walker, f"alice-{name}@example.org", password, "Alice")  # 4.2
    say_where(walker)
    charger = add_charger(walker)
    pin, tag = add_driver(walker)  # 4.4
    accept(olga, tag)  # who was handed the tag lets it in
    connect(walker, charger, backend)  # 4.3
    charge(walker, charger, pin)
    rows = download(walker)  # 5
    assert [row["id_tag"] for row in rows] == [tag]
    kept = in_the_ledger(served, f"alice-{name}@example.org")
    assert [{key: row[key] for key in kept[0]} for row in rows] == kept
    assert walker.complaints == []
    walker.context.close()
    assert found_in_clear(served.data, (pin, password, backend.key)) == []


def register(walker: Walker, email: str, password: str, name: str) -> None:
    """4.2: an account with e-mail address and password, repeated identically; "?" where something is unclear."""
    walker.go("/register")
    walker.fill(email=email)
    walker.press("Next")
    walker.fill(password="kort", repeated="kort")
    walker.press("Next")
    expect(walker.page.locator("[name=name]")).to_be_hidden()  # the rules are not met: the step stays
    walker.fill(password=password, repeated=password)
    walker.press("Next")
    walker.fill(name=name)
    walker.choose(language=walker.speech.language)
    walker.press("Make the account")
    walker.sees("Look in your mail")
    walker.follow("Read the mails of this machine")
    walker.arrives("/mails")
    mail = walker.page.locator("main .card, main article").filter(has_text=email)
    mail.locator("a[href*=confirm]").first.click()
    walker.press("Yes, confirm it")
    walker.arrives("/setup")


def say_where(walker: Walker) -> None:
    """4.2: the location in full, with the energy contract: the car charges at the cheapest moments."""
    walker.go("/setup/location")
    walker.page.locator("details.explained summary").first.click()  # the "?"
    walker.fill(name="Thuis", street="Dorpsstraat 1", postcode="1234 AB", town="Utrecht")
    walker.press("Save and go on")
    walker.arrives("/setup/contract")
    walker.choose(kind="dynamic", price_source="shipped", fuse="3x25")
    walker.press("Save and go on")
    walker.arrives("/setup/sun")
    walker.choose(has_solar="no", has_meter="no")
    walker.press("Save and go on")
    walker.arrives("/setup/charger")


def add_charger(walker: Walker) -> str:
    """The charger's public id."""
    walker.follow("Add a charger")
    walker.arrives("/chargers/add")
    walker.fill(name="Oprit")
    walker.press("Add the simulated charger")
    walker.arrives("/setup/charger")
    address = walker.page.get_by_role("link", name="Oprit").first.get_attribute("href") or ""
    found = re.search(r"chg_\w+", address)
    assert found, address
    return found[0]


def add_driver(walker: Walker) -> tuple[str, str]:
    """4.4: name, PIN, kind and mode; after saving, Edit shows the digital id tag. Return PIN and tag."""
    walker.go("/drivers")
    walker.follow("Add a driver")
    walker.fill(name="Alice")
    walker.choose(kind="business", mode="fast")
    walker.press("Save this driver")
    walker.arrives("/drivers/drv_")
    text = walker.page.inner_text("main")
    tag, pin = re.search(r"\bLB[0-9A-F]{18}\b", text), re.search(r"^\d{5}$", text, re.M)
    assert tag and pin, text
    walker.go(walker.page.url.removeprefix(walker.address).partition("?")[0])
    again = walker.page.inner_text("main")
    assert tag[0] in again and pin[0] not in again  # the tag stays, the PIN is shown once
    return pin[0], tag[0]


def connect(walker: Walker, charger: str, backend: Backend) -> None:
    """4.3: choose *Other*, type what the provider gave, test, accept, enable; then a status that is true."""
    walker.go(f"/chargers/{charger}/platforms")
    walker.follow("Connect to a platform")
    walker.page.locator("a.choice", has_text=walker.say("Other")).last.click()
    walker.fill(backend_uri=backend.uri.removesuffix("/"))
    walker.page.locator("[name=charge_box_id]").fill(backend.charge_box_id)
    assert walker.page.locator("[name=user_name]").input_value() == backend.charge_box_id  # moves along
    walker.press("Put the address right")
    assert walker.page.locator("[name=backend_uri]").input_value() == backend.uri
    walker.fill(authorization_key="0" * 40)
    walker.press("Test first")
    walker.sees("Nothing was connected and nothing was saved.")
    walker.fill(authorization_key=backend.key)
    walker.press("Test first")
    expect(walker.page.locator("#trial section.passed")).to_be_visible()
    walker.page.locator("[name=rule][value=business]").check()
    walker.page.locator("[name=role][value=control]").check()
    walker.press("Enable")
    walker.sees("I have read the terms and accept them")  # not without: agreement and terms are missing
    expect(walker.page.locator(".wrong:visible").first).to_be_visible()
    walker.fill(authorization_key=backend.key)
    walker.tick("agreed", "terms")
    walker.press("Enable")
    walker.arrives(f"/chargers/{charger}/platforms")
    expect(walker.page.locator("main")).to_contain_text(walker.say("Connected"), timeout=60_000)


def charge(walker: Walker, charger: str, pin: str) -> None:
    """Plug in, type the PIN, charge a little, unplug."""
    walker.go(f"/chargers/{charger}")
    walker.press("Plug in")
    walker.page.locator("[name=pin]").fill(pin)
    walker.page.locator("form.pad button.main").click()
    expect(walker.page.locator("main")).to_contain_text("Alice", timeout=60_000)
    expect(walker.page.locator(".hero .figure")).to_contain_text("kW", timeout=60_000)
    expect(walker.page.locator("main")).to_contain_text(re.compile(r"0[.,]0[1-9]"), timeout=60_000)  # kWh
    walker.press("Unplug")
    expect(walker.page.locator("main")).to_contain_text(walker.say("No car"), timeout=60_000)


def download(walker: Walker) -> list[dict[str, str]]:
    """5: charging sessions of today, business ones, as the CSV file that a spreadsheet opens by a double click."""
    walker.go("/sessions")
    walker.page.get_by_role("link", name="CSV").or_(walker.page.locator("a.tool")).first.wait_for()
    walker.page.locator("details.tool summary").last.click()
    walker.page.get_by_role("link", name=walker.say("Business"), exact=True).first.click()
    walker.page.get_by_text("Alice").last.wait_for()
    file = walker.download(walker.page.locator("a.tool[download]").first)
    assert file.startswith(b"\xef\xbb\xbf")
    delimiter = {"nl": ";", "en": ","}[walker.speech.language]
    for_people = list(csv.reader(io.StringIO(file.decode("utf-8-sig")), delimiter=delimiter))
    software = walker.page.request.get(walker.address + "/sessions.csv?dialect=machine&kind=business").text()
    for_software = list(csv.DictReader(io.StringIO(software)))
    assert [row[0] for row in for_people[1:]] == [row["session_id"] for row in for_software]
    assert [row[7] for row in for_people[1:]] == [walker.say("Business")]
    return for_software


def in_the_ledger(served: Serving, email: str) -> list[dict[str, str]]:
    """What the chains of this account say of business, in the words of the file for software."""

    def read(db: Connection) -> list[bytes]:
        user = users.by_email(db, email)
        assert user is not None
        return [
            row[0]
            for row in db.rows(
                "SELECT body FROM ledger_entries WHERE account_id = ? AND entry = 'session' AND kind = 'business'"
                " ORDER BY id",
                (user.account_id,),
            )
        ]

    reader = Reader(str(served.data / "laadboek.db"))
    try:
        bodies = [json.loads(body) for body in reader.read(read)]
    finally:
        reader.close()
    return [
        {
            "session_id": body["session"],
            "kind": body["kind"],
            "energy_kwh": kwh(body["energy_wh"]),
            "start_register_kwh": kwh(body["start_register_wh"]),
            "stop_register_kwh": kwh(body["end_register_wh"]),
            "reason": body["reason"],
            "mode": body["mode"],
        }
        for body in bodies
    ]


def kwh(energy_wh: int) -> str:
    return f"{energy_wh / 1000:.3f}"


def let_connect(olga: Walker, charge_box_id: str) -> Backend:
    """Olga lets one more charge point connect, and passes on what she is shown."""
    olga.go("/chargers/add")
    olga.fill(charge_box_id=charge_box_id)
    olga.press("Get address and key")
    olga.page.locator("dl.copyable").wait_for()
    uri, box, _, key = olga.page.locator("dl.copyable code").all_inner_texts()
    return Backend(uri, box, key)


def accept(olga: Walker, tag: str) -> None:
    """Over the API, as the programs of an operator do it."""
    answer = olga.page.request.post(
        olga.address + "/api/v1/id-tags",
        data={"id_tag": tag, "kind": "business"},
        headers={"Origin": olga.address},
    )
    assert answer.status == 201, answer.text()


def found_in_clear(data: Path, secrets: tuple[str, ...]) -> list[str]:
    """Which of these stand in a file of the data folder, or in the log beside it."""
    files = [*data.iterdir(), data.with_name(data.name + ".log")]
    everything = b"".join(path.read_bytes() for path in files if path.is_file())
    return [secret for secret in secrets if secret.encode() in everything]
