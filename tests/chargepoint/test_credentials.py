"""Keys and profiles of a link, changed without a lock-out (security whitepaper, A00, A01, A05; cases 073, 083, 084)."""

import pytest
from face_bench import START, Bench
from msgspec.structs import replace

from authority import Authority
from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.security.credentials import TLS_EVENTS, key_name
from laadboek.chargepoint.security.state import Login
from laadboek.ocpp import messages as m
from laadboek.portal.words import texts

ACCEPTED, REJECTED = m.ConfigurationStatus.ACCEPTED, m.ConfigurationStatus.REJECTED
OLD, NEW, NEWER = "11" * 20, "22" * 20, "33" * 20
OUTAGE = ev.SocketRefused(0, "refused")
UNAUTHORISED = ev.SocketRefused(0, "http", 401)


class Keyed(Bench):
    """A platform that looks at the key: `admits` are the logins with which a socket opens."""

    def __init__(self, **changes):
        self.secrets = {}
        self.dials = []
        self.admits = lambda dial: True
        self.refusal = UNAUTHORISED
        self.away = self.over_tls = False
        super().__init__(key_bytes=20, **changes)

    def _perform(self, effect):
        match effect:
            case fx.SaveSecret():
                self.secrets[effect.name] = effect.secret
            case fx.DropSecret():
                del self.secrets[effect.name]
            case fx.Connect():
                self.dials.append(effect.dial)
                assert effect.dial.key == 0 or key_name(effect.dial.key) in self.secrets, "a key that was dropped"
                self.platform.refuses = OUTAGE if self.away else None if self.admits(effect.dial) else self.refusal
        super()._perform(effect)

    def _connect(self, socket_no):
        super()._connect(socket_no)
        if self.over_tls:
            self._mailbox[-1] = replace(self._mailbox[-1], tls=True)

    def key_of(self, dial):
        return OLD if dial.key == 0 else self.secrets[key_name(dial.key)].reveal()

    def only(self, *keys):
        """From now on the platform admits these keys."""
        self.admits = lambda dial: self.key_of(dial) in keys

    def in_use(self):
        return self.key_of(self.dials[-1])

    @property
    def credentials(self):
        return self.face.state.durable.credentials


def test_case_073_a_new_key_is_accepted_and_used_on_the_next_socket():
    """A01.FR.01; A01.FR.03: the platform does not take the former one any more."""
    bench = Keyed()
    bench.only(OLD)
    bench.platform.answers[m.HeartbeatRequest] = lambda _: m.HeartbeatResponse(current_time=bench.now)

    def changed():
        bench.only(NEW)
        return bench.configure("AuthorizationKey", NEW)

    assert changed() is ACCEPTED
    assert bench.in_use() == NEW and bench.socket_no == 2
    assert bench.credentials.current == Login(key=1) and bench.credentials.fresh == ()
    assert bench.effects.index(next(e for e in bench.effects if isinstance(e, fx.SaveSecret))) < bench.effects.index(
        next(e for e in bench.effects if isinstance(e, fx.CloseSocket))
    )


def test_the_former_key_is_kept_until_the_platform_has_spoken():
    """An open socket alone proves nothing: some platforms let everybody in and close."""
    bench = Keyed()
    bench.configure("AuthorizationKey", NEW)
    bench.platform.answers[m.HeartbeatRequest] = None
    bench.configure("AuthorizationKey", NEWER)
    assert bench.in_use() == NEWER and bench.secrets.keys() == {"key.1", "key.2"}
    bench.lose_link()
    del bench.platform.answers[m.HeartbeatRequest]
    bench.only(NEW)  # the platform has forgotten the newest
    bench.pass_time(minutes=10)
    assert bench.socket_no is not None and bench.in_use() == NEW


def test_a_platform_that_never_took_the_new_key_is_reached_with_the_old_one():
    """A01.FR.04: it keeps accepting the old credentials. The new one stays in reserve, should it change its mind."""
    bench = Keyed()
    bench.only(OLD)
    assert bench.configure("AuthorizationKey", NEW) is ACCEPTED
    assert bench.socket_no is None
    bench.pass_time(minutes=5)
    assert bench.in_use() == OLD and bench.socket_no is not None
    assert bench.credentials.doubtful == (Login(key=1),) and bench.credentials.fresh == ()
    assert [notice.code for notice in bench.notices].count("security.fell_back") == 1
    bench.only(NEW)
    bench.lose_link()
    bench.pass_time(minutes=10)
    assert bench.in_use() == NEW and bench.credentials.current == Login(key=1)
    assert bench.credentials.doubtful == ()


def test_a_network_that_is_away_says_nothing_about_a_key():
    bench = Keyed()
    bench.away = True
    bench.configure("AuthorizationKey", NEW)
    bench.pass_time(hours=3)
    assert {bench.key_of(dial) for dial in bench.dials[1:]} == {NEW}
    bench.away = False
    bench.only(NEW)
    bench.pass_time(minutes=10)
    assert bench.credentials.current == Login(key=1)


def test_a_platform_that_closes_instead_of_refusing_is_understood():
    bench = Keyed()
    bench.platform.answers[m.HeartbeatRequest] = None  # it lets everybody in, and is silent to those it does not know
    bench.configure("AuthorizationKey", NEW)
    assert bench.in_use() == NEW
    bench.lose_link()
    bench.pass_time(minutes=1)
    assert bench.in_use() == OLD and bench.secrets.keys() == {"key.1"}


def test_a_key_is_dropped_once_a_newer_one_has_worked():
    bench = Keyed()
    for number, key in ((1, NEW), (2, NEWER)):
        bench.only(key)
        bench.configure("AuthorizationKey", key)
        assert bench.secrets.keys() == {key_name(number)}


def test_no_more_than_three_candidates_are_kept():
    bench = Keyed()
    bench.only(OLD)
    for number in range(6):
        assert bench.configure("AuthorizationKey", f"{number:02}" * 20) is ACCEPTED
        bench.pass_time(minutes=30)
        assert bench.socket_no is not None and bench.in_use() == OLD
    assert bench.secrets.keys() == {"key.4", "key.5", "key.6"}


def test_a01_fr_11_a01_fr_12_the_change_is_logged_and_the_key_is_not():
    bench = Keyed()
    bench.configure("AuthorizationKey", NEW)
    logged = [effect for effect in bench.effects if isinstance(effect, fx.LogSecurityEvent)]
    assert ("ReconfigurationOfSecurityParameters", "AuthorizationKey") in [(e.type, e.tech_info) for e in logged]
    assert bench.blob is not None and NEW.encode() not in bench.blob
    assert not any(NEW in repr(effect) for effect in bench.effects if not isinstance(effect, fx.SendText))
    answer = bench.call(m.GetConfigurationRequest(key=("AuthorizationKey",)))
    assert answer.unknown_key == ("AuthorizationKey",)
    assert "AuthorizationKey" not in [value.key for value in bench.call(m.GetConfigurationRequest()).configuration_key]


@pytest.mark.parametrize("value", ["", "short", "x" * 40, "00" * 15, "00" * 21, "0" * 39])
def test_a00_fr_205_a_key_is_16_to_20_bytes_in_hexadecimal(value):
    bench = Keyed()
    assert bench.configure("AuthorizationKey", value) is REJECTED
    assert bench.socket_no == 1 and bench.secrets == {}


def test_the_owner_gives_a_new_key_and_it_is_tried_first():
    bench = Keyed()
    bench.configure("AuthorizationKey", NEW)
    assert bench.in_use() == NEW
    bench.do(ev.TargetChanged())
    assert bench.in_use() == OLD and bench.socket_no is not None


# --- security profiles ------------------------------------------------------------------------------------------------


def rooted(authority=None, **changes):
    """A bench whose owner trusts a root."""
    return Keyed(roots=((authority or Authority(now=START)).pem,), **changes)


def test_case_083_a05_fr_05_a05_fr_06_a05_fr_07_a_higher_profile_is_used_on_the_next_socket():
    bench = rooted(security_profile=1)
    bench.admits = lambda dial: dial.profile == 2 or len(bench.dials) == 1
    assert bench.configure("SecurityProfile", "2") is ACCEPTED
    assert [dial.profile for dial in bench.dials] == [1, 2] and bench.socket_no == 2
    assert bench.key("SecurityProfile").value == "2"


@pytest.mark.parametrize("refusal", [OUTAGE, ev.SocketRefused(0, "tls", detail="unknown_ca"), UNAUTHORISED])
def test_a05_fr_08_a_profile_that_cannot_connect_falls_back(refusal):
    bench = rooted(security_profile=1)
    bench.admits = lambda dial: dial.profile == 1
    bench.refusal = refusal
    assert bench.configure("SecurityProfile", "2") is ACCEPTED
    bench.pass_time(minutes=10)
    assert bench.socket_no is not None and bench.dials[-1].profile == 1
    assert bench.key("SecurityProfile").value == "1"
    assert bench.configure("SecurityProfile", "2") is ACCEPTED  # asked again, tried again
    assert bench.dials[-1].profile == 2


@pytest.mark.parametrize("value", ["0", "1", "2", "-1", "4", "high"])
def test_case_084_a05_fr_01_a00_fr_005_a_profile_is_never_lowered_over_ocpp(value):
    bench = rooted(security_profile=2)
    assert bench.configure("SecurityProfile", value) is REJECTED
    assert bench.socket_no == 1 and bench.key("SecurityProfile").value == "2"
    bench.do(ev.KeysChosen({"SecurityProfile": "0"}))
    assert bench.key("SecurityProfile").value == "2"


@pytest.mark.parametrize("profile", ["1", "2"])
def test_a05_fr_02_no_profile_1_or_2_without_a_good_key(profile):
    bench = Bench(roots=(Authority(now=START).pem,), key_bytes=15)
    assert bench.configure("SecurityProfile", profile) is REJECTED
    bench.configure("AuthorizationKey", NEW)
    assert bench.configure("SecurityProfile", profile) is ACCEPTED


@pytest.mark.parametrize("profile", ["2", "3"])
def test_a05_fr_03_no_profile_2_or_3_without_a_root(profile):
    assert Keyed(security_profile=1).configure("SecurityProfile", profile) is REJECTED
    late = Authority(now=START.replace(year=START.year - 2))
    assert rooted(late, security_profile=1).configure("SecurityProfile", profile) is REJECTED


def test_a05_fr_04_no_profile_3_without_a_charge_point_certificate():
    bench = rooted(security_profile=2)
    assert bench.configure("SecurityProfile", "3") is REJECTED and bench.socket_no == 1


def test_a00_fr_001_no_reserve_leads_back_to_a_lower_profile():
    """A key that did not work was set before the raise that did."""
    bench = rooted(security_profile=1)
    bench.admits = lambda dial: dial.profile == 1 and dial.key == 0
    bench.configure("SecurityProfile", "2")
    bench.pass_time(minutes=10)
    bench.configure("AuthorizationKey", NEW)
    bench.pass_time(minutes=10)
    assert bench.credentials.doubtful == (Login(profile=1, key=1), Login(profile=2))
    bench.admits = lambda dial: dial.profile == 2 and dial.key == 0
    bench.lose_link()
    bench.pass_time(minutes=30)
    assert bench.credentials.current == Login(profile=2)
    assert bench.credentials.doubtful == (Login(profile=2, key=1),)
    bench.away, count = True, len(bench.dials)
    bench.lose_link()
    bench.pass_time(hours=1)
    assert {dial.profile for dial in bench.dials[count:]} == {2}


def test_a_profile_that_the_owner_lowers_is_lowered():
    bench = rooted(security_profile=2)
    bench.face.config = replace(bench.face.config, security_profile=1)
    bench.do(ev.ConfigChanged())
    bench.lose_link()
    bench.pass_time(minutes=1)
    assert bench.dials[-1].profile == 1


def test_tls_that_worked_is_remembered_once_the_platform_has_spoken():
    """From then on no key leaves in clear text: see the logins of the runtime."""
    bench = Keyed(start=False)
    bench.platform.answers[m.BootNotificationRequest] = None
    bench.over_tls = True
    bench.do(ev.Restarted())
    assert bench.socket_no is not None and not bench.credentials.tls_worked
    del bench.platform.answers[m.BootNotificationRequest]
    bench.lose_link()
    bench.pass_time(minutes=1)
    assert bench.credentials.tls_worked
    bench.over_tls = False
    bench.lose_link()
    bench.pass_time(minutes=1)
    assert bench.dials[-1].tls_worked and bench.credentials.tls_worked


# --- what is told -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("detail", "event"), list(TLS_EVENTS.items()))
def test_a00_fr_309_a00_fr_315_a00_fr_322_a00_fr_413_a_failed_handshake_is_an_event_once(detail, event):
    bench = Keyed(security_profile=2)
    bench.admits, bench.refusal = lambda dial: False, ev.SocketRefused(0, "tls", detail=detail)
    bench.lose_link()
    bench.pass_time(hours=12)
    logged = [effect.type for effect in bench.effects if isinstance(effect, fx.LogSecurityEvent)]
    assert logged == [event]
    assert bench.face.live().why.code == f"link.tls_{detail}" and f"link.tls_{detail}" in texts.SENTENCES


def test_two_ways_that_fail_in_turn_are_two_events_and_no_more():
    bench = rooted(security_profile=1)
    bench.admits, bench.refusal = lambda dial: dial.profile == 1, ev.SocketRefused(0, "tls", detail="unknown_ca")
    bench.configure("SecurityProfile", "2")
    bench.pass_time(minutes=10)
    assert bench.socket_no is not None and bench.credentials.doubtful == (Login(profile=2),)
    before = len(bench.effects)
    bench.only()
    bench.lose_link()
    for number in range(20):
        bench.refusal = UNAUTHORISED if number % 2 else ev.SocketRefused(0, "tls", detail="wrong_name")
        bench.pass_time(minutes=6)
    logged = [effect.type for effect in bench.effects[before:] if isinstance(effect, fx.LogSecurityEvent)]
    assert sorted(logged) == ["FailedToAuthenticationAtCentralSystem", "InvalidCentralSystemCertificate"]


def test_a_key_that_the_platform_refuses_is_an_event_once():
    bench = Keyed(security_profile=2)
    bench.only()
    bench.lose_link()
    bench.pass_time(hours=12)
    logged = [effect.type for effect in bench.effects if isinstance(effect, fx.LogSecurityEvent)]
    assert logged == ["FailedToAuthenticationAtCentralSystem"]
