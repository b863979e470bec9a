"""Certificates of a link (security whitepaper, A02, A03, M03, M04, M05; cases 074 to 078)."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from face_bench import START, Bench, Platform, refusal

from authority import Authority, pem
from laadboek.chargepoint import effects as fx
from laadboek.chargepoint import events as ev
from laadboek.chargepoint.configuration import MAX_ROOTS
from laadboek.ocpp import messages as m
from laadboek.runtime.tls import make_key_pair

CS, MAKER = m.CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE, m.CertificateUse.MANUFACTURER_ROOT_CERTIFICATE
Install, Delete, Signed = m.InstallCertificateStatus, m.DeleteCertificateStatus, m.CertificateSignedStatus
LISTED = m.GetInstalledCertificateStatus
SIGN = m.ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE
DAY = timedelta(days=1)


class Certified(Bench):
    """The runtime's part: key pairs are made, sockets are opened with what the face says."""

    def __init__(self, **changes):
        self.secrets, self.dials = {}, []
        self.tls, self.root = False, ""
        signing = m.SignCertificateResponse(status=m.GenericStatus.ACCEPTED)
        platform = Platform(answers={m.SignCertificateRequest: signing})
        super().__init__(
            platform=platform, key_bytes=20, keys={"CpoName": "Volt BV"} | changes.pop("keys", {}), **changes
        )

    def _perform(self, effect):
        match effect:
            case fx.MakeKeyPair():
                csr, key = make_key_pair(effect.organisation, effect.common_name)
                self._mailbox.append(ev.KeyPairMade(effect.number, csr, key))
            case fx.SaveSecret():
                self.secrets[effect.name] = effect.secret
            case fx.DropSecret():
                del self.secrets[effect.name]
            case fx.Connect():
                self.dials.append(effect.dial)
                assert not effect.dial.certificate or f"pair.{effect.dial.certificate}" in self.secrets
        super()._perform(effect)

    def _connect(self, socket_no):
        super()._connect(socket_no)
        if isinstance(self._mailbox[-1], ev.SocketOpened):
            self._mailbox[-1] = ev.SocketOpened(socket_no, tls=self.tls, root=self.root)

    # --- the platform asks ---

    def install(self, authority, use=CS):
        return self.call(m.InstallCertificateRequest(certificate_type=use, certificate=authority.pem)).status

    def ids(self, use=CS):
        answer = self.call(m.GetInstalledCertificateIdsRequest(certificate_type=use))
        return answer.status, answer.certificate_hash_data or ()

    def delete(self, name):
        return self.call(m.DeleteCertificateRequest(certificate_hash_data=name)).status

    def sign_request(self):
        """Ask for a request to be signed; return it."""
        self.heard()
        answer = self.call(m.ExtendedTriggerMessageRequest(requested_message=SIGN))
        assert answer.status is m.TriggerMessageStatus.ACCEPTED
        (request,) = self.heard(m.SignCertificateRequest)
        return request.csr

    def signed(self, chain):
        return self.call(m.CertificateSignedRequest(certificate_chain=chain)).status

    def events(self):
        return [effect.type for effect in self.effects if isinstance(effect, fx.LogSecurityEvent)]

    def pushed(self):
        return [request.type for request in self.heard(m.SecurityEventNotificationRequest)]


@pytest.fixture(scope="module")
def volt():
    return Authority(now=START)


# --- roots ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [CS, MAKER])
def test_case_075_1_case_075_2_m05_fr_01_m05_fr_02_a_root_is_installed_and_listed(volt, use):
    bench = Certified()
    assert bench.ids(use) == (LISTED.NOT_FOUND, ())  # M03.FR.02
    assert bench.install(volt, use) is Install.ACCEPTED
    assert bench.install(volt, use) is Install.ACCEPTED  # once more is no second one
    status, (name,) = bench.ids(use)  # M03.FR.01, M03.FR.03, M03.FR.04
    assert status is LISTED.ACCEPTED and name.hash_algorithm is m.HashAlgorithm.SHA256
    assert int(name.serial_number, 16) == volt.certificate.serial_number and name.serial_number[0] != "0"
    digest = hashes.Hash(hashes.SHA256())
    digest.update(volt.name.public_bytes())
    assert name.issuer_name_hash.lower() == digest.finalize().hex()
    assert bench.ids(MAKER if use is CS else CS)[0] is LISTED.NOT_FOUND
    bench.restart()
    assert bench.ids(use)[1] == (name,)
    assert "ReconfigurationOfSecurityParameters" in bench.events()


@pytest.mark.parametrize("algorithm", list(m.HashAlgorithm))
def test_case_076_m04_fr_01_m04_fr_02_a_root_is_deleted_by_any_of_the_three_hashes(volt, algorithm):
    from laadboek.chargepoint.security.pki import hash_data

    bench = Certified()
    bench.install(volt)
    name = hash_data(volt.certificate, volt.certificate, algorithm)
    small = m.CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=name.issuer_name_hash.lower(),
        issuer_key_hash=name.issuer_key_hash.lower(),
        serial_number=name.serial_number.lower(),
    )
    assert bench.delete(small) is Delete.ACCEPTED
    assert bench.ids() == (LISTED.NOT_FOUND, ())
    assert bench.delete(small) is Delete.NOT_FOUND  # M04.FR.04


def test_m04_fr_03_m04_fr_06_the_root_that_vouches_for_this_connection_stays(volt):
    bench = Certified(roots=(volt.pem,))
    other = Authority("Another", START)
    bench.install(other)
    names = bench.ids()[1]
    bench.tls, bench.root = True, volt.certificate.fingerprint(hashes.SHA256()).hex()
    bench.lose_link()
    bench.pass_time(minutes=1)
    assert [bench.delete(name) for name in names] == [Delete.FAILED, Delete.ACCEPTED]
    bench.root = ""  # where it cannot be told, none is deleted
    bench.lose_link()
    bench.pass_time(minutes=2)
    assert bench.delete(names[0]) is Delete.FAILED
    bench.tls = False
    bench.lose_link()
    bench.pass_time(minutes=5)
    assert bench.delete(names[0]) is Delete.ACCEPTED


def test_m04_fr_05_the_charge_point_certificate_cannot_be_deleted(volt):
    from laadboek.chargepoint.security.pki import hash_data, read

    bench = Certified(roots=(volt.pem,))
    chain = volt.certify(bench.sign_request())
    assert bench.signed(chain) is Signed.ACCEPTED
    assert bench.delete(hash_data(read(chain)[0], volt.certificate)) is Delete.NOT_FOUND


def broken(volt):
    late = Authority(now=START - 800 * DAY)
    early = Authority(now=START + 2 * DAY)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = volt.sign(key.public_key(), "localhost")
    return {"text": "hello", "half": volt.pem[:-60], "late": late.pem, "early": early.pem, "leaf": pem(leaf)}


@pytest.mark.parametrize("what", ["text", "half", "late", "early", "leaf"])
def test_case_078_m05_fr_06_a_bad_root_is_rejected_and_an_event(volt, what):
    """M05.FR.04 (Failed) is for a store that fails; then our turn comes to nothing, and the answer with it."""
    bench = Certified()
    request = m.InstallCertificateRequest(certificate_type=CS, certificate=broken(volt)[what])
    assert bench.call(request).status is Install.REJECTED
    assert bench.events()[-1] == "InvalidCentralSystemCertificate"
    assert bench.pushed() == ["InvalidCentralSystemCertificate"]
    assert bench.ids() == (LISTED.NOT_FOUND, ())


def weak(size):
    key = rsa.generate_private_key(65537, size)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Weak")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, START - DAY, START + DAY)
    return pem(made.add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))


@pytest.mark.parametrize(("size", "status"), [(2048, Install.ACCEPTED), (1024, Install.REJECTED)])
def test_a00_fr_501_a00_fr_502_rsa_keys_have_2048_bits_or_more(size, status):
    bench = Certified()
    assert bench.call(m.InstallCertificateRequest(certificate_type=CS, certificate=weak(size))).status is status


@pytest.mark.parametrize(("curve", "status"), [(ec.SECP224R1, Install.ACCEPTED), (ec.SECP192R1, Install.REJECTED)])
def test_a00_fr_503_curves_have_224_bits_or_more(curve, status):
    key = ec.generate_private_key(curve())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Curve")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, START - DAY, START + DAY)
    text = pem(made.add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    bench = Certified()
    assert bench.call(m.InstallCertificateRequest(certificate_type=CS, certificate=text)).status is status


def test_m05_fr_03_a_full_store_takes_no_more():
    bench = Certified()
    roots = [Authority(f"Root {number}", START) for number in range(MAX_ROOTS + 1)]
    answers = [bench.install(root, MAKER if number % 2 else CS) for number, root in enumerate(roots)]
    assert answers == [Install.ACCEPTED] * MAX_ROOTS + [Install.REJECTED]
    assert bench.key("CertificateStoreMaxLength").value == str(MAX_ROOTS)


def test_m05_fr_08_m05_fr_09_m05_fr_10_with_the_additional_check_only_a_signed_successor_replaces_a_root(volt):
    bench = Certified(roots=(volt.pem,), additional_root_check=True)
    assert bench.key("AdditionalRootCertificateCheck").value == "true"
    assert bench.install(Authority("Stranger", START)) is Install.REJECTED
    successor = Authority("Volt root 2", START, parent=volt)
    assert bench.install(successor) is Install.ACCEPTED
    assert len(bench.ids()[1]) == 2
    third = Authority("Volt root 3", START, parent=successor)
    assert bench.install(third) is Install.ACCEPTED
    assert len(bench.ids()[1]) == 2  # one, and the one before as a fallback


def test_m05_fr_11_m05_fr_13_the_former_root_is_tried_when_the_new_one_does_not_fit(volt):
    bench = Certified(roots=(volt.pem,), additional_root_check=True)
    successor = Authority("Volt root 2", START, parent=volt)
    bench.install(successor)
    bench.platform.refuses = ev.SocketRefused(0, "tls", detail="unknown_ca")
    bench.lose_link()
    bench.pass_time(minutes=3)
    tried = [dial.roots for dial in bench.dials[1:]]
    assert tried[0] == (successor.pem,) and tried[1] == (volt.pem, successor.pem)


def test_m05_fr_12_the_former_root_goes_when_the_new_one_has_worked(volt):
    bench = Certified(roots=(volt.pem,), additional_root_check=True)
    bench.install(Authority("Volt root 2", START, parent=volt))
    bench.tls = True
    bench.lose_link()
    bench.pass_time(minutes=5)
    assert len(bench.ids()[1]) == 1


def test_the_owners_roots_are_taken_over_once(volt):
    bench = Certified(roots=(volt.pem,))
    assert bench.dials[0].roots == (volt.pem,)
    (name,) = bench.ids()[1]
    assert bench.delete(name) is Delete.ACCEPTED
    bench.restart()
    assert bench.ids() == (LISTED.NOT_FOUND, ())


def test_a_root_of_the_owner_that_is_none_is_said(volt):
    bench = Certified(roots=("nonsense", volt.pem))
    assert [notice.code for notice in bench.notices] == ["certificate.bad"]
    assert bench.dials[0].roots == (volt.pem,)


# --- the charge point's own -------------------------------------------------------------------------------------------


def test_case_074_a02_fr_02_a02_fr_03_a02_fr_08_a_new_certificate_is_asked_for_and_used(volt):
    bench = Certified(roots=(volt.pem,), security_profile=2)
    csr = bench.sign_request()
    assert bench.signed(volt.certify(csr)) is Signed.ACCEPTED
    assert bench.configure("SecurityProfile", "3") is m.ConfigurationStatus.ACCEPTED
    assert (bench.dials[-1].profile, bench.dials[-1].certificate) == (3, 1)
    first = bench.dials[-1].chain
    assert bench.signed(volt.certify(bench.sign_request())) is Signed.ACCEPTED
    assert bench.dials[-1].certificate == 2 and bench.dials[-1].chain != first
    assert bench.secrets.keys() == {"pair.2"} and bench.socket_no == 3  # A02.FR.10


def test_a02_fr_13_a00_fr_511_the_request_names_operator_and_serial_number(volt):
    bench = Certified()
    request = x509.load_pem_x509_csr(bench.sign_request().encode())
    names = {attribute.oid: attribute.value for attribute in request.subject}
    assert names == {NameOID.ORGANIZATION_NAME: "Volt BV", NameOID.COMMON_NAME: "B-1"}
    assert request.is_signature_valid and request.public_key().key_size == 256


def test_a02_fr_05_a03_fr_05_the_private_key_does_not_leave(volt):
    bench = Certified()
    bench.sign_request()
    text = bench.secrets["pair.1"].reveal()
    assert "PRIVATE KEY" in text and bench.blob is not None and b"PRIVATE" not in bench.blob
    assert not any(b"PRIVATE" in text for _, _, text in bench.platform.wire)


def test_without_an_operators_name_nothing_can_be_asked_for():
    bench = Bench()
    answer = bench.call(m.ExtendedTriggerMessageRequest(requested_message=SIGN))
    assert answer.status is m.TriggerMessageStatus.REJECTED
    assert bench.heard(m.SignCertificateRequest) == []


BAD_CHAINS = {
    "expired": {"days": (-30, -1)},
    "other operator": {"organisation": "Somebody BV"},
    "other serial number": {"common_name": "B-2"},
    "other key": {"key": ec.generate_private_key(ec.SECP256R1()).public_key()},
}


@pytest.mark.parametrize("what", [*BAD_CHAINS, "other authority", "text"])
def test_case_077_a02_fr_06_a02_fr_07_a03_fr_06_a03_fr_07_a_bad_certificate_is_rejected_and_an_event(volt, what):
    bench = Certified(roots=(volt.pem,), security_profile=2)
    csr = bench.sign_request()
    authority = Authority("Other", START) if what == "other authority" else volt
    chain = "text" if what == "text" else authority.certify(csr, **BAD_CHAINS.get(what, {}))
    assert bench.signed(chain) is Signed.REJECTED
    assert bench.pushed() == ["InvalidChargePointCertificate"]
    assert bench.configure("SecurityProfile", "3") is m.ConfigurationStatus.REJECTED
    assert bench.signed(volt.certify(csr)) is Signed.ACCEPTED  # the request still stands


def test_a_certificate_that_nobody_asked_for_is_rejected(volt):
    bench = Certified(roots=(volt.pem,))
    key = ec.generate_private_key(ec.SECP256R1())
    assert bench.signed(pem(volt.sign(key.public_key(), "B-1"))) is Signed.REJECTED


def test_a_chain_with_an_authority_in_between_is_verified(volt):
    between = Authority("Volt issuing", START, parent=volt)
    bench = Certified(roots=(volt.pem,))
    leaf = between.certify(bench.sign_request())
    assert bench.signed(leaf) is Signed.REJECTED  # a link is missing
    assert bench.signed(leaf + between.pem) is Signed.ACCEPTED


def test_a_leaf_cannot_vouch_for_others(volt):
    bench = Certified(roots=(volt.pem,))
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = volt.sign(key.public_key(), "Volt root")
    impostor = Authority("Volt root", START)
    impostor.key, impostor.name = key, leaf.subject
    assert bench.signed(impostor.certify(bench.sign_request()) + pem(leaf)) is Signed.REJECTED


def test_a02_fr_08_a02_fr_09_a_certificate_for_later_is_used_from_then_on(volt):
    bench = Certified(roots=(volt.pem,), security_profile=2)
    bench.signed(volt.certify(bench.sign_request()))
    bench.configure("SecurityProfile", "3")
    assert bench.signed(volt.certify(bench.sign_request(), days=(2, 365))) is Signed.ACCEPTED
    assert bench.dials[-1].certificate == 1
    bench.pass_time(days=2, seconds=-1)
    assert bench.dials[-1].certificate == 1
    bench.pass_time(seconds=1)
    assert bench.dials[-1].certificate == 2 and bench.socket_no is not None


def test_a03_fr_02_a03_fr_03_a_certificate_is_renewed_a_month_before_it_ends(volt):
    bench = Certified(roots=(volt.pem,), security_profile=2)
    bench.signed(volt.certify(bench.sign_request(), days=(-1, 60)))
    bench.heard()
    bench.pass_time(days=30, seconds=-1)
    assert bench.heard(m.SignCertificateRequest) == []
    bench.pass_time(seconds=1)
    (request,) = bench.heard(m.SignCertificateRequest)
    bench.pass_time(days=29)
    assert bench.heard(m.SignCertificateRequest) == []  # asked once: the rest is the operator's (A03, remarks)
    assert bench.signed(volt.certify(request.csr)) is Signed.ACCEPTED


def test_a_request_that_the_platform_did_not_hear_is_told_again_and_one_it_refused_is_not(volt):
    bench = Certified()
    bench.platform.answers[m.SignCertificateRequest] = None
    bench.call(m.ExtendedTriggerMessageRequest(requested_message=SIGN))
    bench.lose_link()
    bench.platform.answers[m.SignCertificateRequest] = refusal()
    bench.heard()
    bench.pass_time(minutes=2)
    bench.call(m.GetConfigurationRequest(key=("CpoName",)))
    assert len(bench.heard(m.SignCertificateRequest)) == 1
    assert bench.secrets == {} and bench.notices[-1].code == "certificate.not_signed"
    bench.lose_link()
    bench.pass_time(hours=2)
    assert bench.heard(m.SignCertificateRequest) == []


def test_the_key_pair_survives_a_restart_until_its_certificate_comes(volt):
    bench = Certified(roots=(volt.pem,))
    csr = bench.sign_request()
    bench.restart()
    assert bench.signed(volt.certify(csr)) is Signed.ACCEPTED
    assert bench.secrets.keys() == {"pair.1"}


# --- ExtendedTriggerMessage -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "action"),
    [
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
    ],
)
def test_an_extended_trigger_is_answered_and_followed(wanted, action):
    bench = Bench()
    bench.heard()
    request = m.ExtendedTriggerMessageRequest(requested_message=m.ExtendedMessageTrigger(wanted))
    assert bench.call(request).status is m.TriggerMessageStatus.ACCEPTED
    assert action in bench.actions()


def test_an_extended_trigger_for_no_connector_of_ours_is_rejected():
    bench = Bench()
    bench.heard()
    wanted = m.ExtendedMessageTrigger.METER_VALUES
    answer = bench.call(m.ExtendedTriggerMessageRequest(requested_message=wanted, connector_id=9))
    assert answer.status is m.TriggerMessageStatus.REJECTED and bench.heard() == []


def test_a_chain_longer_than_certificate_signed_max_chain_size_is_refused(volt):
    """CertificateSignedMaxChainSize: whitepaper §7.3."""
    bench = Certified(roots=(volt.pem,))
    assert bench.key("CertificateSignedMaxChainSize").value == "10000" and bench.key("CpoName").value == "Volt BV"
    chain = volt.certify(bench.sign_request())
    too_long = bench.call(m.CertificateSignedRequest(certificate_chain=chain.ljust(10_001, "\n")))
    assert too_long.code == "PropertyConstraintViolation"
    assert bench.signed(chain.ljust(10_000, "\n")) is Signed.ACCEPTED
