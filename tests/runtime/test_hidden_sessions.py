"""An employer must not learn of private charging (RULES §6): two lives of one charger, whole stack, virtual time.

Both lives are the same by seed and script, but for this: in the second one nobody charges privately. What the employer
gets to hear, byte by byte and instant by instant, sockets and pings included, must not differ. Over a control link the
rules allow one trace, a connector that was Preparing for a while: so there, in the second life, who would have charged
privately plugs in and leaves at the instant at which the hidden session begins.

Where the two lives must differ in that trace (somebody charges privately and then for business while the car stays, or
the power fails in a private session), all is compared but Preparing, Available and heartbeats.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from street import ALICE, BOB, INCIDENTS, Street, Visit

from laadboek.ocpp import messages as m
from laadboek.store import session_images

PRIVATE_TRACE = (m.ChargePointStatus.PREPARING, m.ChargePointStatus.AVAILABLE)


def lives(who: list[tuple[str, ...]], incidents: list[str]) -> st.SearchStrategy[list[Visit]]:
    visit = st.builds(
        Visit,
        who=st.sampled_from(who),
        gap_min=st.integers(2, 300),
        pin_after_s=st.integers(10, 50),
        charges_min=st.integers(12, 90),
        stays_min=st.integers(1, 40),
        incident=st.sampled_from(incidents),
        incident_after_s=st.integers(20, 110),
    )
    return st.lists(visit, min_size=2, max_size=6)


def lived(visits: list[Visit], role: str, *, privately: bool, leaves: bool) -> Street:
    street = Street(role, privately=privately, leaves=leaves)
    street.live(visits)
    return street


def told(street: Street) -> Iterator[tuple[datetime, str, Any]]:
    """Calls that the employer heard, without what a plug-in of anybody shifts."""
    for at, what, text in street.employer.log:
        if what != "<" or text[:2] != b"[2":
            continue
        _, _, action, payload = msgspec.json.decode(text)
        if action == "Heartbeat" or (action == "StatusNotification" and payload["status"] in PRIVATE_TRACE):
            continue
        yield at, action, payload


def registers(street: Street) -> list[int]:
    """meterStart and meterStop, as the employer got them."""
    heard = street.employer.heard
    return [
        request.meter_start if isinstance(request, m.StartTransactionRequest) else request.meter_stop
        for request in heard
        if isinstance(request, m.StartTransactionRequest | m.StopTransactionRequest)
    ]


SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANYBODY = [(ALICE,), (BOB,), (ALICE, BOB)]
DAYS = sorted(set(INCIDENTS) - {"power"})


@SLOW
@given(lives([*ANYBODY, (BOB, ALICE), (BOB, ALICE, BOB)], [*DAYS, "power"]))
def test_over_a_report_link_a_private_session_leaves_no_byte(visits: list[Visit]) -> None:
    real = lived(visits, "report", privately=True, leaves=False)
    other = lived(visits, "report", privately=False, leaves=False)
    assert real.employer.log == other.employer.log
    check_books(real)


@SLOW
@given(lives(ANYBODY, DAYS))
def test_over_a_control_link_a_private_session_looks_like_somebody_who_left(visits: list[Visit]) -> None:
    real = lived(visits, "control", privately=True, leaves=True)
    other = lived(visits, "control", privately=False, leaves=True)
    assert real.employer.log == other.employer.log
    check_books(real)


@SLOW
@given(lives([*ANYBODY, (BOB, ALICE), (BOB, ALICE, BOB)], [*(d for d in DAYS if d != "reset"), "power"]))
def test_over_a_control_link_nothing_but_preparing_tells_of_a_visit(visits: list[Visit]) -> None:
    real = lived(visits, "control", privately=True, leaves=False)
    other = lived(visits, "control", privately=False, leaves=False)
    assert list(told(real)) == list(told(other))
    check_books(real)


def check_books(street: Street) -> None:
    """What each platform was told fits the ledger; the employer's registers join without a step."""
    steps = registers(street)
    assert steps[:1] in ([], [0]) and steps[1:-1:2] == steps[2::2], steps
    ledger = {facts.session_id: facts for facts in street.ledger()}
    for session_id, facts in ledger.items():
        images = street.database.read(lambda db, s=session_id: session_images.of_session(db, street.account_id, s))
        seen = {image.link_id: image for image in images}
        routed = {"lnk_registrar", "lnk_employer" if facts.kind == "business" else "lnk_bob"}
        assert set(seen) == routed
        for image in seen.values():
            energy_wh = (facts.end_register_wh or 0) - facts.start_register_wh
            assert (image.end_register_wh or 0) - image.start_register_wh == energy_wh
            assert image.state == "settled" and image.transaction_id is not None
        assert seen["lnk_registrar"].start_register_wh == facts.start_register_wh
    text = b"".join(text for _, _, text in street.employer.log)
    assert b"BOB" not in text and not re.search(rb"drv_|ses_", text)


@pytest.mark.parametrize("role", ["control", "report"])
def test_the_two_lives_really_differ(role: str) -> None:
    """Bob charged privately in the one and not in the other, and who may see it did."""
    visit = Visit(who=(BOB,), gap_min=5, pin_after_s=10, charges_min=60, stays_min=5, incident="", incident_after_s=20)
    real = lived([visit], role, privately=True, leaves=True)
    other = lived([visit], role, privately=False, leaves=True)
    assert [facts.id_tag for facts in real.ledger()] == ["BOB"] and other.ledger() == []
    assert real.box.register_wh > other.box.register_wh + 3_000
    for name in ("lnk_registrar", "lnk_bob"):
        assert any(isinstance(request, m.StopTransactionRequest) for request in real.lines[name].heard)
        assert not any(isinstance(request, m.StopTransactionRequest) for request in other.lines[name].heard)
