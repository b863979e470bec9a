"""The local authorization list (OCPP 1.6 §3.5.2 - §3.5.4, §5.10, §5.15, §9.2; errata 3.52)."""

from datetime import timedelta
from typing import Any

import pytest
from core_cases import INVALID, Status, may_charge, ready
from face_bench import ACCEPTED, START, Bench

from laadboek.chargepoint import configuration
from laadboek.chargepoint import events as ev
from laadboek.facts import AuthorisationAsked, Authorised
from laadboek.ocpp import messages as m
from laadboek.ocpp.errors import OcppError

FULL, DIFFERENTIAL = m.UpdateType.FULL, m.UpdateType.DIFFERENTIAL
Entries = dict[str, m.IdTagInfo | None]
CONFLICT = m.ChargePointErrorCode.LOCAL_LIST_CONFLICT


def send(bench: Bench, version: int, entries: Entries | None, kind: m.UpdateType = FULL) -> str:
    listed = None
    if entries is not None:
        listed = tuple(m.AuthorizationData(id_tag=tag, id_tag_info=info) for tag, info in entries.items())
    request = m.SendLocalListRequest(list_version=version, local_authorization_list=listed, update_type=kind)
    status: str = bench.call(request).status.value
    return status


def version(bench: Bench) -> int:
    number: int = bench.call(m.GetLocalListVersionRequest()).list_version
    return number


def listed(bench: Bench) -> dict[str, str]:
    return {name: entry.status.value for name, entry in bench.face.state.durable.local_list.entries.items()}


def many(number: int) -> Entries:
    return {f"TAG{i}": ACCEPTED for i in range(number)}


# --- what the platform sends ---


def test_a_new_charge_point_has_an_empty_list_of_version_0() -> None:
    assert version(ready()) == 0


def test_case_043_full_then_differential() -> None:
    bench = ready()
    assert send(bench, 2, {"TAG1": ACCEPTED, "TAG2": ACCEPTED}) == "Accepted"
    assert send(bench, 3, {"TAG2": INVALID, "TAG3": ACCEPTED}, DIFFERENTIAL) == "Accepted"
    assert (version(bench), listed(bench)) == (3, {"TAG1": "Accepted", "TAG2": "Invalid", "TAG3": "Accepted"})


def test_a_full_update_replaces_the_list_and_its_version_may_be_any() -> None:
    bench = ready()
    send(bench, 9, {"TAG1": ACCEPTED})
    assert send(bench, 4, {"TAG2": ACCEPTED}) == "Accepted"
    assert (version(bench), listed(bench)) == (4, {"TAG2": "Accepted"})


def test_an_entry_without_info_is_removed_by_a_differential_update() -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED, "TAG2": ACCEPTED})
    assert send(bench, 2, {"tag1": None, "NEVERTHERE": None}, DIFFERENTIAL) == "Accepted"
    assert listed(bench) == {"TAG2": "Accepted"}


def test_case_042_2_an_emptied_list_is_version_0() -> None:
    bench = ready()
    send(bench, 5, {"TAG1": ACCEPTED})
    assert send(bench, 1, {}) == "Accepted"
    assert version(bench) == 0
    send(bench, 5, {"TAG1": ACCEPTED})
    assert send(bench, 6, {"TAG1": None}, DIFFERENTIAL) == "Accepted"
    assert version(bench) == 0, "§5.10: emptied one by one is empty too"
    assert send(bench, 7, None) == "Accepted"
    assert version(bench) == 0


def test_case_043_2_an_old_differential_update_is_a_version_mismatch() -> None:
    bench = ready()
    assert send(bench, 2, {"TAG1": ACCEPTED}) == "Accepted"
    assert send(bench, 5, {"TAG2": ACCEPTED}, DIFFERENTIAL) == "Accepted"
    for old in (4, 5, 0, -1):
        assert send(bench, old, {"TAG3": ACCEPTED}, DIFFERENTIAL) == "VersionMismatch"
    assert (version(bench), listed(bench)) == (5, {"TAG1": "Accepted", "TAG2": "Accepted"})


@pytest.mark.parametrize(
    ("number", "entries", "kind"),
    [
        (0, {"TAG2": ACCEPTED}, FULL),  # errata 3.52: 0 and -1 have a meaning of their own
        (-1, {"TAG2": ACCEPTED}, FULL),
        (2, {"TAG2": None}, FULL),  # §7.1: required in a full list
        (2, {"TAG2": ACCEPTED, "tag2": INVALID}, FULL),  # which one counts?
        (2, {"TAG2": ACCEPTED, "tag2": None}, DIFFERENTIAL),
        (2, {"": ACCEPTED}, FULL),
        (2, many(configuration.MAX_LIST_SENT + 1), FULL),
        (2, many(configuration.MAX_LIST_SENT + 1), DIFFERENTIAL),
    ],
)
def test_case_043_3_what_cannot_be_taken_fails_and_changes_nothing(
    number: int, entries: Entries, kind: m.UpdateType
) -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED})
    assert send(bench, number, entries, kind) == "Failed"
    assert (version(bench), listed(bench)) == (1, {"TAG1": "Accepted"})


def test_the_list_takes_as_many_as_it_says_and_not_one_more() -> None:
    bench = ready()
    most, at_once = (int(bench.key(name).value or 0) for name in ("LocalAuthListMaxLength", "SendLocalListMaxLength"))
    tags = list(many(most + 1))
    assert send(bench, 1, dict.fromkeys(tags[:at_once], ACCEPTED)) == "Accepted"
    assert send(bench, 2, dict.fromkeys(tags[at_once:most], ACCEPTED), DIFFERENTIAL) == "Accepted"
    assert send(bench, 3, {tags[most]: ACCEPTED}, DIFFERENTIAL) == "Failed"
    assert send(bench, 3, {tags[0]: None, tags[most]: ACCEPTED}, DIFFERENTIAL) == "Accepted"
    assert (version(bench), len(listed(bench))) == (3, most)


def test_the_list_survives_a_restart_and_a_cleared_cache() -> None:
    bench = ready()
    send(bench, 7, {"TAG1": ACCEPTED})
    bench.restart()
    bench.call(m.ClearCacheRequest())
    assert (version(bench), listed(bench)) == (7, {"TAG1": "Accepted"})


def test_case_042_1_043_1_a_list_that_is_switched_off_is_not_supported() -> None:
    bench = ready()
    send(bench, 7, {"TAG1": ACCEPTED})
    bench.configure("LocalAuthListEnabled", "false")
    assert (version(bench), send(bench, 8, {"TAG2": ACCEPTED})) == (-1, "NotSupported")
    bench.configure("LocalAuthListEnabled", "true")
    assert (version(bench), listed(bench)) == (7, {"TAG1": "Accepted"}), "what was kept is there again"


def test_its_keys_come_and_go_with_the_profile() -> None:
    bench = ready(profiles_off=frozenset({"LocalAuthListManagement"}))
    keys = {key.key for key in bench.call(m.GetConfigurationRequest()).configuration_key}
    mine = ("LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength")
    assert not keys & set(mine)
    assert bench.configure("LocalAuthListEnabled", "false") is m.ConfigurationStatus.NOT_SUPPORTED
    assert isinstance(bench.call(m.GetLocalListVersionRequest()), OcppError)
    assert [ready().key(name).readonly for name in mine] == [False, True, True]


# --- who may charge ---


def test_case_008_a_listed_tag_starts_without_authorize() -> None:
    bench = ready()
    bench.configure("LocalPreAuthorize", "true")
    send(bench, 1, {"TAG1": m.IdTagInfo(status=Status.ACCEPTED, parent_id_tag="FAMILY")})
    bench.heard()
    bench.tell(AuthorisationAsked(1, 1, "tag1"))
    assert bench.wishes[-1] == Authorised(link_id="lnk_1", ask_id=1, accepted=True, parent_id_tag="FAMILY")
    assert bench.heard() == []


def test_without_pre_authorisation_a_listed_tag_is_asked_about() -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED})
    may_charge(bench, "TAG1")
    assert "Authorize" in bench.actions()


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.EXPIRED, Status.INVALID])
def test_a_listed_tag_that_is_not_valid_is_asked_about_online_and_refused_offline(status: Any) -> None:
    bench = ready(keys={"LocalPreAuthorize": "true", "AllowOfflineTxForUnknownId": "true"})
    send(bench, 1, {"TAG1": m.IdTagInfo(status=status)})
    bench.heard()
    assert may_charge(bench, "TAG1") is True and "Authorize" in bench.actions()
    bench.go_offline()
    assert may_charge(bench, "TAG1") is False, "§3.5.4: known, so not unknown"
    assert may_charge(bench, "STRANGER") is True


def test_concurrent_tx_in_a_list_is_a_valid_tag() -> None:
    """§3.5.2 puts it beside Accepted."""
    bench = ready()
    send(bench, 1, {"TAG1": m.IdTagInfo(status=Status.CONCURRENT_TX)})
    bench.go_offline()
    assert may_charge(bench, "TAG1") is True


def test_an_entry_whose_time_is_over_is_expired() -> None:
    until = START + timedelta(hours=1)
    bench = ready(keys={"LocalPreAuthorize": "true", "AllowOfflineTxForUnknownId": "true"})
    send(bench, 1, {"TAG1": m.IdTagInfo(status=Status.ACCEPTED, expiry_date=until)})
    bench.go_offline()
    bench.pass_time(seconds=(until - bench.now).total_seconds() - 1)
    assert may_charge(bench, "TAG1") is True
    bench.pass_time(seconds=1)
    assert may_charge(bench, "TAG1") is False, "§3.5.4: rejected, though unknown tags are let in"


def test_offline_the_list_counts_only_if_local_authorisation_is_allowed() -> None:
    bench = ready(keys={"LocalAuthorizeOffline": "false"})
    send(bench, 1, {"TAG1": ACCEPTED})
    bench.go_offline()
    assert may_charge(bench, "TAG1") is False


def test_the_list_goes_before_the_cache() -> None:
    bench = ready()
    bench.do(ev.TagLearnt("TAG1", Status.ACCEPTED))
    bench.do(ev.TagLearnt("TAG2", Status.INVALID))
    send(bench, 1, {"TAG1": INVALID, "TAG2": ACCEPTED})
    bench.go_offline()
    assert (may_charge(bench, "TAG1"), may_charge(bench, "TAG2")) == (False, True)


def test_a_listed_tag_is_not_put_into_the_cache_and_leaves_it() -> None:
    bench = ready()
    bench.do(ev.TagLearnt("TAG1"))
    send(bench, 1, {"TAG1": ACCEPTED})
    assert bench.face.state.durable.cache == {}
    may_charge(bench, "TAG1")
    bench.end_session(bench.start_session(id_tag="TAG1"), id_tag="TAG1")
    assert bench.face.state.durable.cache == {}, "§3.5.3"
    may_charge(bench, "TAG2")
    assert set(bench.face.state.durable.cache) == {"TAG2"}


def test_a_list_that_is_switched_off_says_nothing_about_a_tag() -> None:
    bench = ready(keys={"AllowOfflineTxForUnknownId": "true"})
    send(bench, 1, {"TAG1": INVALID})
    bench.configure("LocalAuthListEnabled", "false")
    may_charge(bench, "TAG1")
    assert set(bench.face.state.durable.cache) == {"TAG1"}


# --- conflicts (§3.5.2) ---


def conflicts(bench: Bench) -> list[tuple[str, str | None]]:
    heard = bench.heard(m.StatusNotificationRequest)
    assert all(status.status is m.ChargePointStatus.AVAILABLE for status in heard if status.connector_id == 0)
    return [(status.error_code.value, status.info) for status in heard if status.connector_id == 0]


def answers(bench: Bench, info: m.IdTagInfo) -> None:
    bench.platform.answers[m.AuthorizeRequest] = m.AuthorizeResponse(id_tag_info=info)
    bench.platform.answers[m.StartTransactionRequest] = m.StartTransactionResponse(id_tag_info=info, transaction_id=1)


def test_a_conflict_with_the_list_is_told_once_and_ends_when_they_agree() -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED})
    answers(bench, INVALID)
    may_charge(bench, "TAG1")
    assert conflicts(bench) == [(CONFLICT.value, "TAG1")]
    may_charge(bench, "TAG1")
    assert conflicts(bench) == [], "known already"
    answers(bench, ACCEPTED)
    may_charge(bench, "TAG1")
    assert conflicts(bench) == [("NoError", None)]
    assert listed(bench) == {"TAG1": "Accepted"}, "only a SendLocalList changes the list"


def test_a_start_that_is_refused_against_the_list_is_a_conflict() -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED, "TAG2": INVALID})
    answers(bench, INVALID)
    bench.start_session(id_tag="TAG1")
    assert conflicts(bench) == [(CONFLICT.value, "TAG1")]
    answers(bench, ACCEPTED)
    bench.start_session(id_tag="TAG2")
    assert conflicts(bench) == [(CONFLICT.value, "TAG2")]


def test_a_stop_that_is_refused_against_the_list_is_a_conflict() -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED})
    session = bench.start_session(id_tag="TAG1")
    bench.platform.answers[m.StopTransactionRequest] = m.StopTransactionResponse(id_tag_info=INVALID)
    bench.end_session(session, id_tag="TAG1")
    assert conflicts(bench) == [(CONFLICT.value, "TAG1")]


@pytest.mark.parametrize("new_list", [{"TAG1": INVALID}, {}])
def test_a_new_list_ends_the_conflict_after_its_answer(new_list: Entries) -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED})
    answers(bench, INVALID)
    may_charge(bench, "TAG1")
    bench.heard()
    assert send(bench, 2, new_list) == "Accepted"
    assert conflicts(bench) == [("NoError", None)]


def test_a_conflict_is_told_again_after_a_boot_and_not_while_the_list_is_off() -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED})
    answers(bench, INVALID)
    may_charge(bench, "TAG1")
    bench.heard()
    bench.restart()
    assert conflicts(bench) == [], "the platform was told"
    bench.configure("LocalAuthListEnabled", "false")
    assert conflicts(bench) == [("NoError", None)]


def test_an_answer_about_an_unlisted_tag_or_another_transaction_is_no_conflict() -> None:
    bench = ready()
    send(bench, 1, {"TAG1": ACCEPTED})
    answers(bench, m.IdTagInfo(status=Status.CONCURRENT_TX))
    may_charge(bench, "TAG1")
    answers(bench, INVALID)
    may_charge(bench, "TAG2")
    assert conflicts(bench) == []
