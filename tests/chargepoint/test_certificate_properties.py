"""What certificates must be like to be trusted (security whitepaper, §2.6; A00.FR.504 to A00.FR.508)."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from face_bench import START, Bench

from authority import DAY, pem, subject
from laadboek.chargepoint.security.pki import Bad, require_properties
from laadboek.ocpp import messages as m
from laadboek.runtime.tls import make_key_pair

ACCEPTED, REJECTED = m.InstallCertificateStatus.ACCEPTED, m.InstallCertificateStatus.REJECTED
ECDSA, RSA = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


def root(key=ECDSA, digest=None, **how):
    name = subject("Volt root")
    made = x509.CertificateBuilder(name, name, key.public_key(), 4711, START - DAY, START + DAY)
    made = made.add_extension(x509.BasicConstraints(True, None), critical=True)
    return made.sign(key, digest or hashes.SHA256(), **how)


def install(text):
    use = m.CertificateUse.CENTRAL_SYSTEM_ROOT_CERTIFICATE
    return Bench().call(m.InstallCertificateRequest(certificate_type=use, certificate=text)).status


@pytest.mark.parametrize("last_byte", [4, 5])
def test_a00_fr_504_a_signature_over_md5_or_sha1_is_none(last_byte):
    """The algorithm, 1.2.840.113549.1.1.x, is written over: no library makes such certificates any more."""
    good = root(RSA)
    require_properties(good)
    der, sha256 = good.public_bytes(Encoding.DER), bytes.fromhex("06092a864886f70d01010b")
    assert der.count(sha256) == 2
    bad = x509.load_der_x509_certificate(der.replace(sha256, sha256[:-1] + bytes([last_byte])))
    with pytest.raises(Bad, match="weak_signature"):
        require_properties(bad)
    assert install(pem(bad)) is REJECTED


def test_a00_fr_505_ecdsa_and_rsa_pss_roots_are_taken():
    assert install(pem(root())) is ACCEPTED
    assert install(pem(root(RSA, rsa_padding=PSS))) is ACCEPTED


def test_a00_fr_506_the_request_is_signed_over_sha256():
    request, _ = make_key_pair("Volt BV", "B-1")
    signed = x509.load_pem_x509_csr(request.encode())
    assert isinstance(signed.signature_hash_algorithm, hashes.SHA256) and signed.is_signature_valid


def test_a00_fr_507_what_is_not_pem_is_no_certificate():
    der = root().public_bytes(Encoding.DER)
    assert install(der.hex()) is REJECTED
    assert install(base64.b64encode(der).decode()) is REJECTED
    assert install(pem(root())) is ACCEPTED
