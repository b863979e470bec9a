"""The main job, by hand: plug in on the page, type a PIN, unplug; then the session is everywhere."""

import csv
import io
import json
import re
import time

import httpx2
from serving import Serving, laadboek

PIN = "48213"  # Alice's, as the page shows it
SECONDS = 60


def until(look, what):
    """Ask again until it is so; a person would wait some seconds, not for ever."""
    for _ in range(SECONDS * 10):
        if found := look():
            return found
        time.sleep(0.1)  # between two looks at another process
    raise AssertionError(what)


def press(browser: httpx2.Client, charger: str, button: str, **form: str) -> None:
    answer = browser.post(f"/chargers/{charger}/simulate/{button}", data=form)
    assert answer.status_code in (200, 303), answer.text


def sessions(browser: httpx2.Client) -> list[dict]:
    return browser.get("/api/v1/sessions", params={"period": "year"}).json()["sessions"]


def test_a_plug_in_on_the_page_becomes_a_session_on_the_platform_and_in_the_file(serving: Serving, tmp_path):
    with serving.browser() as browser:
        charger = re.search(r"chg_\w+", browser.get("/").text)[0]
        press(browser, charger, "unplug")
        until(lambda: browser.get(f"/api/v1/chargers/{charger}/live").json()["session"] is None, "the visit ends")
        before = {one["session_id"] for one in sessions(browser)}

        press(browser, charger, "plug")
        until(lambda: browser.get(f"/api/v1/chargers/{charger}/live").json()["pilot"] != "A", "the car is seen")
        press(browser, charger, "pin", pin=PIN)
        live = until(lambda: browser.get(f"/api/v1/chargers/{charger}/live").json()["session"], "the session begins")
        session_id = live["session_id"]
        assert live["driver_name"] == "Alice"
        assert session_id not in before
        until(lambda: newest_transaction(browser)["stopped_at"] is None, "the platform has it")

        press(browser, charger, "unplug")
        ended = until(lambda: ended_session(browser, session_id), "the session ends")
        stopped = until(lambda: reconciled(browser, session_id), "the platform is told")

    assert stopped["meter_stop_wh"] - stopped["meter_start_wh"] == ended["energy_wh"]
    exported = laadboek("sessions", "export", "--data", str(serving.data), "--kind", "business").stdout
    (row,) = [row for row in csv.DictReader(io.StringIO(exported)) if row["session_id"] == session_id]
    assert (row["driver"], row["reason"]) == ("Alice", "EVDisconnected")
    assert float(row["energy_kwh"]) * 1000 == ended["energy_wh"]

    of_all = laadboek("sessions", "export", "--data", str(serving.data), "--format", "signed").stdout
    assert session_id in of_all  # from the first session until today
    file = tmp_path / "signed.json"
    file.write_text(of_all)
    assert laadboek("ledger", "verify", str(file)).returncode == 0
    rows = laadboek("sessions", "export", "--data", str(serving.data)).stdout.splitlines()
    assert len(json.loads(of_all)["sessions"]) == len(rows) - 1


def newest_transaction(browser):
    return browser.get("/api/v1/transactions").json()["transactions"][0]


def reconciled(browser, session_id):
    """The newest transaction, once it has stopped and found its session."""
    newest = newest_transaction(browser)
    return newest if newest["session_id"] == session_id and newest["stopped_at"] else None


def ended_session(browser, session_id):
    return next((one for one in sessions(browser) if one["session_id"] == session_id and one["ended_at"]), None)


def test_a_transaction_that_cannot_be_is_no_crash(serving: Serving):
    with serving.browser() as browser:
        for number in ("0", "-1", "99999999999999999999999", "abc"):
            assert browser.get(f"/api/v1/transactions/{number}").status_code == 422


def test_a_driver_from_the_command_line_charges_and_our_platform_knows_the_tag(serving: Serving, tmp_path):
    data, pin = ("--data", str(serving.data)), tmp_path / "pin"
    pin.write_text("90417263\n")  # long enough to be found nowhere by chance
    words = ("--kind", "private", "--pin-file", str(pin), "--json", *data)
    added = json.loads(laadboek("drivers", "add", "Dave", *words).stdout)
    with serving.browser() as browser:
        charger = re.search(r"chg_\w+", browser.get("/").text)[0]

        def session():
            return browser.get(f"/api/v1/chargers/{charger}/live").json()["session"]

        press(browser, charger, "unplug")
        until(lambda: session() is None, "the visit ends")
        press(browser, charger, "plug")
        until(lambda: browser.get(f"/api/v1/chargers/{charger}/live").json()["pilot"] != "A", "the car is seen")
        press(browser, charger, "pin", pin=added["pin"])
        live = until(lambda: (now := session()) and now["driver_name"] == "Dave" and now, "Dave charges")
        until(lambda: newest_transaction(browser)["id_tag"] == added["id_tag"], "the platform knows the tag")
        blocked = laadboek("drivers", "block", added["id_tag"], *data).stdout
        assert blocked == "Dave is blocked.\n"
        ended = until(lambda: ended_session(browser, live["session_id"]), "a block acts at once")
        stopped = until(lambda: reconciled(browser, live["session_id"]), "the platform is told")
    assert (ended["reason"], stopped["stop_reason"]) == ("DeAuthorized", "DeAuthorized")
    tags = json.loads(laadboek("id-tags", "list", "--json", *data).stdout)
    assert [tag["status"] for tag in tags if tag["id_tag"] == added["id_tag"]] == ["Blocked"]
    kept = b"".join(path.read_bytes() for path in serving.data.iterdir() if path.is_file())
    assert not re.search(rb"(?<![0-9A-Za-z])%s(?![0-9A-Za-z])" % added["pin"].encode(), kept), (
        "a PIN is nowhere at rest"
    )
    assert added["pin"] not in laadboek("drivers", "export", *data).stdout
    assert "Dave" in laadboek("drivers", "list", "--search", "dav", *data).stdout
