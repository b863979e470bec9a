"""What may be chosen of a link, by whom, and what is written down, on both engines of the store."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from fixtures_store import run
from laadboek.actions import link_status, links
from laadboek.actions.actor import Actor
from laadboek.actions.links import LinkChange, Routing
from laadboek.chargepoint.security.state import Credentials, Login
from laadboek.chargepoint.state import STATE_VERSION, Durable, encode_state
from laadboek.reasons import Refused
from laadboek.secret import Secret
from laadboek.store import accounts, audit, chargers, drivers, facts, link_secrets, outbox
from laadboek.store import links as stored
from laadboek.store.connection import Connection
from laadboek.store.database import Database, JobFailed
from laadboek.store.links import Lifecycle, LinkRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
THERE = "wss://example.org/ocpp"


class Envelopes:
    """Seals for one link: what is sealed for another does not open."""

    def seal(self, account_id: int, link_id: str, key: Secret) -> bytes:
        return f"{account_id}/{link_id}/{key.reveal()}".encode()

    def open(self, link: LinkRow) -> Secret:
        assert link.authorization_key is not None
        account_id, link_id, key = link.authorization_key.decode().split("/")
        assert (int(account_id), link_id) == (link.account_id, link.public_id)
        return Secret(key)

    def open_secret(self, link: LinkRow, name: str, sealed: bytes) -> Secret:
        assert sealed.decode().startswith(f"{link.public_id}/{name}/")
        return Secret(sealed.decode().rpartition("/")[2])


SEALS = Envelopes()


def household(database: Database, name: str = "1") -> Actor:
    def rows(db: Connection) -> Actor:
        account_id = accounts.create(db, f"acc_{name}", "Home", "Europe/Amsterdam", "nl", NOW)
        charger = chargers.create(db, account_id, f"chg_{name}", "Drive", "simulated", {}, NOW)
        alice = drivers.NewDriver(
            public_id=f"drv_{name}", name="Alice", pin_mac=None, id_tag="A", kind="business", mode="fast"
        )
        drivers.create(db, account_id, charger, alice, NOW)
        return Actor(account_id=account_id, name="usr_olga", time_zone="Europe/Amsterdam", language="nl")

    return run(database, rows)


def added(database: Database, actor: Actor, link_id: str, box: str = "BOX", **choices: object) -> LinkRow:
    wanted = LinkChange(**{"backend_uri": THERE, "charge_box_id": box, **choices})  # type: ignore[arg-type]
    charger_id = database.read(lambda db: links.charger_of(db, actor, None))
    return run(database, lambda db: links.add(db, actor, charger_id, wanted, SEALS, link_id, NOW))


def changed(database: Database, actor: Actor, name: str, **choices: object) -> LinkRow:
    wanted = LinkChange(**choices)  # type: ignore[arg-type]
    return run(database, lambda db: links.change(db, actor, name, wanted, SEALS, "lnk_new", NOW))


def refusal(failed: pytest.ExceptionInfo[JobFailed]) -> str:
    assert isinstance(failed.value.__cause__, Refused)
    return failed.value.__cause__.reason.code


def test_a_link_begins_after_the_facts_that_there_are(database: Database) -> None:
    olga = household(database)
    charger = database.read(lambda db: chargers.by_public_id(db, olga.account_id, "chg_1"))
    assert charger is not None
    run(database, lambda db: facts.append(db, olga.account_id, charger.id, 7, 1, b"{}", NOW))
    link = added(database, olga, "lnk_1", key=Secret("k" * 20))
    assert (link.applied_fact, link.backend_uri, link.role) == (7, THERE + "/", "report")
    assert SEALS.open(link).reveal() == "k" * 20
    [row] = database.read(lambda db: audit.of_account(db, olga.account_id))
    assert (row.actor, row.what, row.details["link"]) == ("usr_olga", "link.added", "lnk_1")
    assert "k" * 20 not in str(row)


def test_somebody_elses_link_is_as_unknown_as_none(database: Database) -> None:
    olga, charlie = household(database), household(database, "2")
    added(database, charlie, "lnk_theirs", box="THEIRS")
    for name in ("lnk_theirs", "THEIRS", "lnk_none"):
        for use in (links.pause, links.resume, links.remove):
            with pytest.raises(JobFailed) as failed:
                run(database, lambda db, use=use, name=name: use(db, olga, name, NOW))
            assert refusal(failed) == "link.unknown"
        with pytest.raises(JobFailed) as failed:
            changed(database, olga, name, role="control")
        assert refusal(failed) == "link.unknown"
    with pytest.raises(JobFailed) as failed:
        run(
            database,
            lambda db: links.add(
                db, olga, "chg_2", LinkChange(backend_uri=THERE, charge_box_id="B"), SEALS, "lnk_x", NOW
            ),
        )
    assert refusal(failed) == "charger.unknown"
    with pytest.raises(JobFailed) as failed:
        added(database, olga, "lnk_y", routing=Routing("drivers", frozenset({"drv_2"})))
    assert refusal(failed) == "link.unknown_driver"
    assert database.read(lambda db: link_status.list_links(db, olga)) == []


def test_a_change_keeps_what_is_not_named_and_none_takes_away(database: Database) -> None:
    olga = household(database)
    added(database, olga, "lnk_1", key=Secret("k" * 20), fixed_tag="HOME", boot_on_reconnect=True, user_name="me")
    link = changed(database, olga, "lnk_1", routing=Routing("drivers", frozenset({"drv_1"})))
    assert link.settings == {
        "fixed_tag": "HOME",
        "boot_on_reconnect": True,
        "routing": {"rule": "drivers", "drivers": ["drv_1"]},
    }
    link = changed(database, olga, "BOX", fixed_tag=None, key=None, user_name=None)
    assert (link.authorization_key, link.user_name, "fixed_tag" in link.settings) == (None, "BOX", False)


@pytest.mark.parametrize("move", [{"backend_uri": f"{THERE}/elsewhere/"}, {"charge_box_id": "OTHER"}])
def test_another_identity_is_another_link_and_the_old_one_drains(database: Database, move: dict[str, str]) -> None:
    olga = household(database)
    old = added(database, olga, "lnk_1", key=Secret("k" * 20), role="control", fixed_tag="HOME")
    new = changed(database, olga, "lnk_1", **move)
    assert (new.public_id, new.role, new.settings, new.position) == ("lnk_new", "control", old.settings, 2)
    assert new.user_name == new.charge_box_id and SEALS.open(new).reveal() == "k" * 20
    lifecycles = {
        link.public_id: link.lifecycle for link in database.read(lambda db: stored.of_account(db, olga.account_id))
    }
    assert lifecycles == {"lnk_1": Lifecycle.DRAINING, "lnk_new": Lifecycle.ACTIVE}
    for use in (links.pause, links.resume):
        with pytest.raises(JobFailed) as failed:
            run(database, lambda db, use=use: use(db, olga, "lnk_1", NOW))
        assert refusal(failed) == "link.draining"
    with pytest.raises(JobFailed) as failed:
        changed(database, olga, "lnk_new", backend_uri=THERE, charge_box_id="BOX")
    assert refusal(failed) == "link.twice", "two of the same name would fight for one place at the platform"


@pytest.mark.parametrize(
    "elsewhere", ["wss://elsewhere.example/", "wss://example.org:8443/ocpp/", "ws://example.org/ocpp/"]
)
def test_a_key_that_is_kept_goes_to_no_other_host_port_or_scheme(database: Database, elsewhere: str) -> None:
    olga = household(database)
    added(database, olga, "lnk_1", key=Secret("k" * 20))
    with pytest.raises(JobFailed) as failed:
        changed(database, olga, "lnk_1", backend_uri=elsewhere)
    assert refusal(failed) == "link.key_of_other_host"
    assert database.read(lambda db: links.one_link(db, olga, "lnk_1")).lifecycle is Lifecycle.ACTIVE
    moved = changed(database, olga, "lnk_1", backend_uri=elsewhere, key=Secret("j" * 20))
    assert SEALS.open(moved).reveal() == "j" * 20


def test_a_link_leads_elsewhere_without_a_key_when_it_had_none_or_that_is_said(database: Database) -> None:
    olga = household(database)
    added(database, olga, "lnk_1", key=Secret("k" * 20))
    moved = changed(database, olga, "lnk_1", backend_uri="wss://elsewhere.example/", key=None)
    assert moved.authorization_key is None
    run(database, lambda db: links.remove(db, olga, "lnk_new", NOW))
    added(database, olga, "lnk_bare", box="BARE")
    wanted = LinkChange(backend_uri="wss://third.example/")
    bare = run(database, lambda db: links.change(db, olga, "lnk_bare", wanted, SEALS, "lnk_third", NOW))
    assert (bare.public_id, bare.authorization_key) == ("lnk_third", None)


def test_a_refused_move_leaves_the_old_link_as_it_was(database: Database) -> None:
    olga = household(database)
    added(database, olga, "lnk_1", key=Secret("k" * 20), security_profile=2)
    with pytest.raises(JobFailed) as failed:
        changed(database, olga, "lnk_1", backend_uri="ws://example.org/", key=Secret("k" * 20))
    assert refusal(failed) == "link.profile_needs_tls"
    assert database.read(lambda db: links.one_link(db, olga, "lnk_1")).lifecycle is Lifecycle.ACTIVE


def test_a_removed_link_comes_back_from_now_on_if_its_place_is_free(database: Database) -> None:
    olga = household(database)
    first = added(database, olga, "lnk_1", role="control")
    run(database, lambda db: links.remove(db, olga, "lnk_1", NOW))
    run(database, lambda db: facts.append(db, olga.account_id, first.charger_id, 9, 1, b"{}", NOW))
    with pytest.raises(JobFailed) as failed:
        run(database, lambda db: links.replayed(db, olga, "lnk_1", None, NOW))
    assert refusal(failed) == "link.removed"
    assert run(database, lambda db: links.resume(db, olga, "lnk_1", NOW)).applied_fact == 9
    run(database, lambda db: links.remove(db, olga, "lnk_1", NOW))
    added(database, olga, "lnk_2", box="B2", role="control")
    with pytest.raises(JobFailed) as failed:
        run(database, lambda db: links.resume(db, olga, "lnk_1", NOW))
    assert refusal(failed) == "link.two_controls"


def test_a_charge_box_id_names_a_link_only_where_it_is_alone(database: Database) -> None:
    olga = household(database)
    first = added(database, olga, "lnk_1")
    added(database, olga, "lnk_2", backend_uri="wss://elsewhere.example/")
    with pytest.raises(Refused) as failed:
        database.read(lambda db: links.one_link(db, olga, "BOX"))
    assert failed.value.reason.code == "link.ambiguous"
    run(database, lambda db: links.remove(db, olga, "lnk_2", NOW))
    assert database.read(lambda db: links.one_link(db, olga, "BOX")) == replace(first)


def test_a_removed_link_is_found_by_its_charge_box_id_while_no_other_has_it(database: Database) -> None:
    olga = household(database)
    added(database, olga, "lnk_1")
    run(database, lambda db: links.remove(db, olga, "BOX", NOW))
    assert run(database, lambda db: links.resume(db, olga, "BOX", NOW)).public_id == "lnk_1"
    run(database, lambda db: links.remove(db, olga, "BOX", NOW))
    second = added(database, olga, "lnk_2")
    assert database.read(lambda db: links.one_link(db, olga, "BOX")).public_id == second.public_id


def test_two_chargers_must_be_told_apart(database: Database) -> None:
    olga = household(database)
    run(database, lambda db: chargers.create(db, olga.account_id, "chg_b", "Shed", "simulated", {}, NOW))
    with pytest.raises(Refused) as failed:
        database.read(lambda db: links.charger_of(db, olga, None))
    assert failed.value.reason.code == "link.which_charger"
    assert database.read(lambda db: links.charger_of(db, olga, "chg_b")) == "chg_b"


def test_a_link_that_moves_takes_along_the_key_that_its_platform_had_set(database: Database) -> None:
    """A01: what the owner once gave would be refused there."""
    olga = household(database)
    link = added(database, olga, "lnk_1", key=Secret("k" * 20))

    def key_set(db: Connection) -> None:
        durable = Durable(credentials=Credentials(current=Login(key=3), last_number=3))
        stored.save_state(db, link.id, STATE_VERSION, encode_state(durable), 0)
        link_secrets.save(db, link.account_id, link.id, "key.3", b"lnk_1/key.3/c0ffee", NOW)

    run(database, key_set)
    moved = changed(database, olga, "lnk_1", backend_uri=f"{THERE}/moved/")
    assert SEALS.open(moved).reveal() == "c0ffee" and moved.settings["key_is_hex"] is True
    kept = changed(database, olga, "lnk_new", key=Secret("m" * 20))
    assert SEALS.open(kept).reveal() == "m" * 20 and "key_is_hex" not in kept.settings


def test_a_message_that_the_platform_answers_with_errors_is_seen_before_it_is_set_aside(database: Database) -> None:
    """Until then nothing but its age would tell that it does not get through."""
    olga = household(database)
    link = added(database, olga, "lnk_1")
    answer = b'{"errorCode": "InternalError", "errorDescription": "no room"}'

    def queue(db: Connection) -> None:
        for seq in (1, 2):
            outbox.enqueue(db, olga.account_id, link.id, seq, "StartTransaction", "ses_1", 1, b"{}", NOW)
        outbox.record_attempt(db, olga.account_id, link.id, 1, 1, "m-1", b"[]", 1, NOW)

    run(database, queue)
    detail = database.read(lambda db: link_status.link_detail(db, olga, "BOX"))
    assert (detail.status.depth.pending, detail.refusals, detail.last_error) == (2, 0, "")
    run(database, lambda db: outbox.settle(db, link.id, 1, outbox.RETRIED, answer, NOW))
    detail = database.read(lambda db: link_status.link_detail(db, olga, "BOX"))
    assert (detail.status.depth.pending, detail.refusals, detail.last_error) == (2, 1, "InternalError no room")
    run(database, lambda db: outbox.settle(db, link.id, 1, "acked", b"{}", NOW))
    detail = database.read(lambda db: link_status.link_detail(db, olga, "BOX"))
    assert (detail.status.depth.pending, detail.refusals) == (1, 0), "that is the next one's"
