"""What a platform did not take is seen on its link's page, and one button sends it again (C4, A3)."""

import httpx2
from served_house import HOME, ServedHouse
from served_house import alice as alice
from served_house import house as house
from test_activation import enable, until_online

TRIES = 2000


def until(alice: httpx2.Client, link: str, **wanted: object) -> dict[str, object]:
    """The link once it is so; each look takes the server a moment."""
    for _ in range(TRIES):
        found: dict[str, object] = alice.get(f"/api/v1/links/{link}").json()
        if all(found[name] == value for name, value in wanted.items()):
            return found
    raise AssertionError(f"{wanted} in vain: {found}")


def press(alice: httpx2.Client, page: str, action: str) -> str:
    """The form of this page; where it leads, as text."""
    assert f'action="{action}"' in page
    answer = alice.post(action, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def charge(alice: httpx2.Client) -> None:
    """Plug & Play: a session that begins and ends."""
    assert alice.post(f"/chargers/{HOME}/simulate/plug").status_code == 303
    for _ in range(TRIES):
        if alice.get(f"/api/v1/chargers/{HOME}/live").json()["session"] is not None:
            break
    assert alice.post(f"/chargers/{HOME}/simulate/unplug").status_code == 303


def test_replay_takes_a_message_out_of_what_is_set_aside(alice: httpx2.Client, house: ServedHouse) -> None:
    enable(alice, {"preset": "laadboek", "rule": "all", "role": "report", "terms": "yes"})
    link = str(until_online(alice)["id"])
    here = f"/links/{link}"
    press(alice, alice.get(here).text, f"{here}/pause")
    charge(alice)
    until(alice, link, queued=2)  # its start and its stop
    alice.post(f"{here}/remove")
    gone = alice.get(here).text
    assert "Start of a session" in gone and "End of a session" in gone
    assert f'action="{here}/replay"' not in gone
    press(alice, gone, f"{here}/resume")
    until(alice, link, lifecycle="active", set_aside=2)

    told = press(alice, alice.get(here).text, f"{here}/replay")

    assert "once more, in order" in told
    until(alice, link, queued=0, set_aside=0)
    page = alice.get(here).text
    assert f'action="{here}/replay"' not in page and "card aside" not in page
    [[state]] = house.rows("SELECT state FROM transactions")
    assert state == "closed"
    alice.delete(f"/api/v1/links/{link}")
