"""Security cases over the lab: a key that the platform sets (cases 073, 085; security whitepaper, A01)."""

import json

KEY, NEW = "OCA_OCTT_admin_test", b"another-key-of-19-b"


async def test_case_085_case_073_the_key_is_shown_at_the_door_and_changed(lab):
    seen = []

    def admit(user, password):
        seen.append((user, password))
        return password in admitted

    admitted = {KEY}
    cs = await lab.central_system(admit=admit)
    cp = await lab.charge_point(cs, authorization_key=KEY)
    await cs.expect("BootNotification")
    assert seen == [("LAB-1", KEY)]

    admitted = {NEW.decode()}
    answer = await cs.call("ChangeConfiguration", key="AuthorizationKey", value=NEW.hex())
    assert answer == {"status": "Accepted"}
    await cs.new_socket()
    assert seen[-1] == ("LAB-1", NEW.decode())
    told = json.dumps([frame["text"] for frame in await cp.do("GET", "/frames")])
    assert NEW.hex() not in told and NEW.decode() not in told
