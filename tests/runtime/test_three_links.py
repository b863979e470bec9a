"""Three links on one charger (B6, B7; RULES §6): a refusal, a reboot, a crash between faces; on the whole stack."""

from typing import Any

import pytest
from street import ALICE, BOB, Street

from laadboek.facts import EndReason
from laadboek.ocpp import messages as m
from laadboek.store import session_images

REFUSED = m.StartTransactionResponse(transaction_id=99, id_tag_info=m.IdTagInfo(status=m.AuthorizationStatus.BLOCKED))
TRANSACTION = (m.StartTransactionRequest, m.StopTransactionRequest)


def street(role: str = "control") -> Street:
    home = Street(role, privately=True, leaves=True)
    home.wait(minutes=1)
    return home


def arrive(home: Street, pin: str) -> None:
    home.box.plug_in()
    home.wait(seconds=20)
    home.box.type_pin(pin)
    home.wait(minutes=10)


def transactions(home: Street, link: str) -> list[Any]:
    return [request for request in home.lines[link].heard if isinstance(request, TRANSACTION)]


def wh(start: Any, stop: Any) -> int:
    result: int = stop.meter_stop - start.meter_start
    return result


def test_who_decides_locally_a_refusal_ends_that_links_transaction_and_the_car_goes_on_privately() -> None:
    home = street()
    home.employer.answers[m.StartTransactionRequest] = REFUSED
    arrive(home, ALICE)
    _, stop = transactions(home, "lnk_employer")
    assert (stop.reason, stop.transaction_id) == ("DeAuthorized", 99)
    assert home.host.core.view(1).session_id is not None and home.host.device.readings(home.world.now)[0].power_w > 0
    assert "transaction.refused" in [notice.code for notice in home.notices]
    home.box.unplug()
    home.wait(minutes=1)
    refused, private = home.ledger()
    assert (refused.kind, refused.reason) == ("business", EndReason.DE_AUTHORIZED)
    assert (private.kind, private.id_tag) == ("private", "ALICE")
    assert private.end_register_wh - private.start_register_wh > 100
    assert len(transactions(home, "lnk_employer")) == 2, "of the rest it hears nothing"
    assert [request.id_tag for request in transactions(home, "lnk_registrar")[::2]] == ["ALICE", "ALICE"]


def test_who_decides_a_report_links_refusal_is_flagged_only() -> None:
    home = street()
    home.lines["lnk_registrar"].answers[m.StartTransactionRequest] = REFUSED
    arrive(home, ALICE)
    home.box.unplug()
    home.wait(minutes=1)
    (session,) = home.ledger()
    assert session.reason == EndReason.EV_DISCONNECTED and "refused:lnk_registrar" in session.flags
    assert "transaction.refused_by_report" in [notice.code for notice in home.notices]
    assert wh(*transactions(home, "lnk_employer")) == wh(*transactions(home, "lnk_registrar")) > 0


@pytest.mark.parametrize("pin", [ALICE, BOB])
def test_a_device_reboot_in_a_session_reaches_every_face_once(pin: str) -> None:
    home = street()
    arrive(home, pin)
    for line in home.lines.values():
        line.heard.clear()
    home.box.reboot(hard=True)
    home.wait(minutes=1)
    for line in home.lines.values():
        assert [type(request) for request in line.heard].count(m.BootNotificationRequest) == 1
    employer = "lnk_employer" if pin == ALICE else "lnk_bob"
    for link in (employer, "lnk_registrar"):
        (stop,) = [r for r in home.lines[link].heard if isinstance(r, m.StopTransactionRequest)]
        assert stop.reason == "PowerLoss"
    hidden = home.lines["lnk_bob" if pin == ALICE else "lnk_employer"].heard
    assert not any(isinstance(request, TRANSACTION) for request in hidden)


def test_a_crash_between_faces_is_made_good_and_hidden_sessions_stay_hidden() -> None:
    home = street("report")
    for pin in (ALICE, BOB, ALICE):
        arrive(home, pin)
        home.box.unplug()
        home.wait(minutes=5)
    before = [(r.meter_start, r.meter_stop) for r in pairs(transactions(home, "lnk_employer"))]
    home.timers.clear()
    home.employer.open = False

    def forget(db: Any) -> None:
        (row,) = db.row("SELECT id FROM links WHERE public_id = 'lnk_employer'")
        db.run("UPDATE links SET applied_fact = 0, state = NULL, state_version = 0 WHERE id = ?", (row,))
        db.run("DELETE FROM outbox_attempts WHERE link_id = ?", (row,))
        db.run("DELETE FROM outbox WHERE link_id = ?", (row,))

    home.write(forget)
    others = {link: len(transactions(home, link)) for link in ("lnk_registrar", "lnk_bob")}
    home.employer.heard.clear()
    home.move_in()
    home.wait(minutes=10)
    after = [(r.meter_start, r.meter_stop) for r in pairs(transactions(home, "lnk_employer"))]
    assert after == before and len(after) == 2
    assert {link: len(transactions(home, link)) for link in others} == others


class Pair:
    def __init__(self, start: Any, stop: Any) -> None:
        self.meter_start, self.meter_stop = start.meter_start, stop.meter_stop


def pairs(requests: list[Any]) -> list[Pair]:
    return [Pair(start, stop) for start, stop in zip(requests[::2], requests[1::2], strict=True)]


def test_three_links_two_of_them_down_each_end_with_exactly_their_sessions_and_the_same_wh() -> None:
    home = street()
    home.lines["lnk_registrar"].reachable = False
    home.lines["lnk_registrar"].hang_up()
    arrive(home, ALICE)
    home.employer.reachable = False
    home.employer.hang_up()
    home.box.unplug()
    home.wait(minutes=5)
    arrive(home, BOB)
    home.box.unplug()
    home.wait(hours=1)
    for line in home.lines.values():
        line.reachable = True
    home.wait(minutes=10)
    for session in home.ledger():
        images = home.database.read(lambda db, s=session.session_id: session_images.of_session(db, home.account_id, s))
        energy_wh = session.end_register_wh - session.start_register_wh
        assert {i.end_register_wh - i.start_register_wh for i in images if i.end_register_wh is not None} == {energy_wh}
        assert {image.state for image in images} == {"settled"}
    counts = {link: len(transactions(home, link)) for link in home.lines}
    assert counts == {"lnk_employer": 2, "lnk_registrar": 4, "lnk_bob": 2}
