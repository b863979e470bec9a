"""The PIN of the settings in a hosted charger: the factory's, the owner's own, and its trace in the audit log."""

from test_turn import PIN_KEY, House

from laadboek.charger import events
from laadboek.secret import pin_mac
from laadboek.store import audit, chargers

OWN = "90210"


def audited(house):
    return [row.what for row in house.disk.database.read(lambda db: audit.of_account(db, house.account_id))]


def choose(house, pin):
    house.host.post(events.SettingsPinChosen(pin_mac(PIN_KEY, house.charger_id, pin)))
    house.wait(seconds=3)


def type_pin(house, pin):
    house.wait(seconds=3)
    house.box.type_pin(pin)
    house.wait(seconds=1)
    return house.live.display.code


def test_a_new_charger_has_the_factorys_pin_until_its_owner_chooses_another():
    house = House()
    assert house.live.factory_pin
    assert type_pin(house, "44444") == "charger.unlocked"
    choose(house, OWN)
    assert not house.live.factory_pin
    assert type_pin(house, "44444") == "pin.wrong"
    assert type_pin(house, OWN) == "charger.unlocked"

    house.crash()
    house.host = house.move_in()
    house.wait(seconds=10)
    assert not house.live.factory_pin
    assert type_pin(house, OWN) == "charger.unlocked"


def test_the_pin_itself_is_stored_nowhere():
    house = House()
    choose(house, "73105862")
    row = house.disk.database.read(lambda db: chargers.load(db, house.charger))
    assert row.state is not None and b"73105862" not in row.state


def test_a_settings_pin_that_is_switched_off_and_used_offline_leaves_a_trace_in_the_audit_log():
    house = House()
    choose(house, OWN)
    house.host.post(events.SettingsChosen({"PinUnlock": "false"}))
    assert type_pin(house, OWN) == "pin.wrong"
    house.host.post(events.NetworkChanged(online=False))
    house.wait(minutes=10)
    assert "settings_pin.used_offline" not in audited(house)
    assert type_pin(house, OWN) == "charger.unlocked"
    assert audited(house).count("settings_pin.used_offline") == 1
