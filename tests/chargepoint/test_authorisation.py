"""Authorize, the cache and the offline rules (OCPP 1.6 §3.5, §4.1)."""

from datetime import timedelta
from typing import Any

import pytest
from face_bench import ACCEPTED, START, Bench, refusal

from laadboek.chargepoint import events as ev
from laadboek.chargepoint.authorisation import CACHE_SIZE
from laadboek.facts import AuthorisationAsked, Authorised
from laadboek.ocpp import messages as m

Status = m.AuthorizationStatus


def ask(bench: Bench, id_tag: str = "ALICE") -> Authorised | None:
    """What the charger hears, at once."""
    bench.wishes.clear()
    bench.tell(AuthorisationAsked(7, 1, id_tag))
    return heard(bench)


def heard(bench: Bench) -> Authorised | None:
    assert len(bench.wishes) <= 1, "one question, one answer"
    wish = bench.wishes[0] if bench.wishes else None
    assert wish is None or isinstance(wish, Authorised)
    return wish


def says(bench: Bench, status: Status, **info: Any) -> None:
    bench.platform.answers[m.AuthorizeRequest] = m.AuthorizeResponse(id_tag_info=m.IdTagInfo(status=status, **info))


def test_an_unknown_tag_is_asked_at_the_platform() -> None:
    bench = Bench()
    bench.heard()
    says(bench, Status.ACCEPTED, parent_id_tag="FAMILY")
    assert ask(bench) == Authorised(link_id="lnk_1", ask_id=7, accepted=True, parent_id_tag="FAMILY")
    assert bench.heard() == [m.AuthorizeRequest(id_tag="ALICE")]


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.EXPIRED, Status.INVALID, Status.CONCURRENT_TX])
def test_a_tag_that_is_not_accepted_may_not_charge(status: Status) -> None:
    bench = Bench()
    says(bench, status)
    answer = ask(bench)
    assert answer is not None and not answer.accepted
    assert answer.why is not None and answer.why.code == f"authorise.{status.lower()}"


def test_local_pre_authorize_starts_without_asking() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    ask(bench)
    bench.heard()
    answer = ask(bench, "alice")
    assert answer is not None and answer.accepted, "tags compare without case"
    assert bench.heard() == []


def test_without_it_the_platform_is_asked_every_time() -> None:
    bench = Bench()
    ask(bench)
    bench.heard()
    ask(bench)
    assert bench.actions() == ["Authorize"]


def test_a_tag_cached_as_not_valid_is_asked_again() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    says(bench, Status.BLOCKED)
    ask(bench)
    bench.heard()
    says(bench, Status.ACCEPTED)
    answer = ask(bench)
    assert answer is not None and answer.accepted
    assert bench.actions() == ["Authorize"]


def test_an_entry_expires() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    says(bench, Status.ACCEPTED, expiry_date=START + timedelta(minutes=10))
    ask(bench)
    bench.heard()
    bench.pass_time(seconds=599)
    ask(bench)
    assert bench.actions() == []
    bench.pass_time(seconds=1)
    ask(bench)
    assert bench.actions() == ["Authorize"]


def test_offline_the_cache_decides_if_it_may() -> None:
    bench = Bench()
    says(bench, Status.ACCEPTED)
    ask(bench, "ALICE")
    says(bench, Status.BLOCKED)
    ask(bench, "CHARLIE")
    bench.go_offline()
    alice, charlie, stranger = ask(bench, "ALICE"), ask(bench, "CHARLIE"), ask(bench, "STRANGER")
    assert alice is not None and alice.accepted
    assert charlie is not None and not charlie.accepted
    assert stranger is not None and not stranger.accepted
    assert stranger.why is not None and stranger.why.code == "authorise.offline"


def test_offline_without_local_authorize_offline_nobody_starts() -> None:
    bench = Bench(keys={"LocalAuthorizeOffline": "false"})
    ask(bench)
    bench.go_offline()
    answer = ask(bench)
    assert answer is not None and not answer.accepted


def test_offline_unknown_tags_start_if_allowed_known_bad_ones_never() -> None:
    bench = Bench(keys={"AllowOfflineTxForUnknownId": "true"})
    says(bench, Status.ACCEPTED, expiry_date=START + timedelta(minutes=1))
    ask(bench, "EXPIRED")
    bench.go_offline()
    bench.pass_time(minutes=1)
    unknown, expired = ask(bench, "STRANGER"), ask(bench, "EXPIRED")
    assert unknown is not None and unknown.accepted
    assert expired is not None and not expired.accepted


@pytest.mark.parametrize("trouble", ["silence", "closed", "callerror"])
def test_a_platform_that_cannot_say_is_like_offline(trouble: str) -> None:
    bench = Bench(keys={"AllowOfflineTxForUnknownId": "true"})
    bench.platform.answers[m.AuthorizeRequest] = refusal() if trouble == "callerror" else None
    answer = ask(bench)
    if trouble == "silence":
        assert answer is None
        bench.pass_time(seconds=30)
    elif trouble == "closed":
        bench.lose_link()
    answer = heard(bench)
    assert answer is not None and answer.accepted


def test_a_question_that_waits_when_the_link_is_lost_is_answered_too() -> None:
    bench = Bench()
    bench.platform.answers[m.StatusNotificationRequest] = None
    bench.show(identified=True)
    assert ask(bench) is None
    bench.lose_link()
    answer = heard(bench)
    assert answer is not None and not answer.accepted


def test_clear_cache_forgets_everybody() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    ask(bench)
    bench.heard()
    assert bench.call(m.ClearCacheRequest()).status is m.ClearCacheStatus.ACCEPTED
    ask(bench)
    assert bench.actions() == ["Authorize"]


def test_every_id_tag_info_updates_the_cache() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    bench.end_session(bench.start_session(id_tag="ALICE"))
    bench.heard()
    ask(bench, "ALICE")
    assert bench.actions() == []
    blocked = m.StopTransactionResponse(id_tag_info=m.IdTagInfo(status=Status.BLOCKED))
    bench.platform.answers[m.StopTransactionRequest] = blocked
    bench.end_session(bench.start_session(id_tag="ALICE"), id_tag="ALICE")
    bench.heard()
    ask(bench, "ALICE")
    assert bench.actions() == ["Authorize"]


def test_the_cache_survives_a_restart() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    ask(bench)
    bench.restart()
    bench.heard()
    ask(bench)
    assert bench.actions() == []


def test_a_disabled_cache_knows_nobody() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true", "AuthorizationCacheEnabled": "false"})
    ask(bench)
    bench.heard()
    ask(bench)
    assert bench.actions() == ["Authorize"]


def test_a_full_cache_drops_the_invalid_first_then_the_oldest() -> None:
    bench = Bench()
    for number in range(CACHE_SIZE):
        says(bench, Status.BLOCKED if number == 50 else Status.ACCEPTED)
        ask(bench, f"TAG{number}")
    says(bench, Status.ACCEPTED)
    ask(bench, "NEW1")
    cache = bench.face.state.durable.cache
    assert len(cache) == CACHE_SIZE and "TAG50" not in cache and "TAG0" in cache
    ask(bench, "NEW2")
    cache = bench.face.state.durable.cache
    assert len(cache) == CACHE_SIZE and "TAG0" not in cache and "TAG1" in cache and "NEW2" in cache


def test_a_tag_may_be_put_into_the_cache_by_hand() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    bench.heard()
    bench.do(ev.TagLearnt("ALICE"))
    answer = ask(bench)
    assert answer is not None and answer.accepted and bench.heard() == []


def test_concurrent_use_says_nothing_about_the_tag() -> None:
    bench = Bench(keys={"LocalPreAuthorize": "true"})
    ask(bench)
    info = m.IdTagInfo(status=Status.CONCURRENT_TX)
    answer = m.StartTransactionResponse(id_tag_info=info, transaction_id=2)
    bench.platform.answers[m.StartTransactionRequest] = answer
    bench.start_session(id_tag="ALICE")
    assert bench.face.state.durable.cache["ALICE"].status is ACCEPTED.status
