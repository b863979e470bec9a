"""Certificates as values: read, named, judged (security whitepaper, §2.6 and §6.1; RFC 5280 §6). Pure."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPublicKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import ocsp, verification
from cryptography.x509.oid import NameOID

from ...ocpp.security import CertificateHashData, HashAlgorithm

RSA_MIN_BITS, EC_MIN_BITS = 2048, 224  # A00.FR.502, A00.FR.503
HASHES: dict[HashAlgorithm, hashes.HashAlgorithm] = {
    HashAlgorithm.SHA256: hashes.SHA256(),
    HashAlgorithm.SHA384: hashes.SHA384(),
    HashAlgorithm.SHA512: hashes.SHA512(),
}
# What a text that is no certificate, or one of an unknown kind, makes the library raise.
UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)


class Bad(Exception):
    """The certificate cannot be used. `why` is a word for the log: `unreadable`, `expired`, `weak_key` …"""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read(pem: str) -> list[x509.Certificate]:
    """All certificates of a PEM text, in its order; at least one, or Bad."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except UNREADABLE as error:
        raise Bad("unreadable") from error


def write(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def public_key(holder: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """As SubjectPublicKeyInfo, to compare."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return holder.public_key().public_bytes(encoding, form)


def hash_data(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: HashAlgorithm = HashAlgorithm.SHA256
) -> CertificateHashData:
    """A certificate's name towards a platform: the CertID of RFC 6960, in hexadecimal (§6.1)."""
    named = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, HASHES[algorithm]).build()
    return CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=named.issuer_name_hash.hex().upper(),
        issuer_key_hash=named.issuer_key_hash.hex().upper(),
        serial_number=f"{named.serial_number:X}",
    )


def require_properties(certificate: x509.Certificate) -> None:
    """Key and signature as §2.6.1 wants them, else Bad."""
    try:
        key, signed_with = certificate.public_key(), certificate.signature_hash_algorithm
    except UNREADABLE as error:
        raise Bad("unknown_key") from error
    if isinstance(key, RSAPublicKey | DSAPublicKey) and key.key_size < RSA_MIN_BITS:
        raise Bad("weak_key")
    if isinstance(key, EllipticCurvePublicKey) and key.key_size < EC_MIN_BITS:
        raise Bad("weak_key")
    if isinstance(signed_with, hashes.MD5 | hashes.SHA1):
        raise Bad("weak_signature")


def require_valid(certificate: x509.Certificate, at: datetime) -> None:
    if at > certificate.not_valid_after_utc:
        raise Bad("expired")
    if at < certificate.not_valid_before_utc:
        raise Bad("not_yet_valid")


def require_root(certificate: x509.Certificate, at: datetime) -> None:
    """May others be verified by it, now? Bad if not."""
    require_valid(certificate, at)
    require_authority(certificate)


def require_authority(certificate: x509.Certificate) -> None:
    """May others be verified by it, while it is valid? Bad if not."""
    require_properties(certificate)
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound as error:
        raise Bad("no_ca") from error
    except UNREADABLE as error:
        raise Bad("unreadable") from error
    if not basic.ca:
        raise Bad("no_ca")
    if certificate.subject == certificate.issuer and not issued_by(certificate, certificate):
        raise Bad("bad_signature")


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed it."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def require_chain(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime) -> None:
    """The path from the first of `chain` to one of `roots` holds (RFC 5280 §6), else Bad."""
    for certificate in chain:
        require_properties(certificate)
    if not roots:
        raise Bad("no_root")
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store(list(roots)))
        .time(at)
        .extension_policies(ca_policy=CA_POLICY, ee_policy=verification.ExtensionPolicy.permit_all())
    )
    try:
        policy.build_client_verifier().verify(chain[0], list(chain[1:]))
    except (verification.VerificationError, *UNREADABLE) as error:
        raise Bad("no_path") from error


def _only_authorities(_: verification.Policy, issuer: x509.Certificate, basic: x509.BasicConstraints) -> None:
    if not basic.ca:
        raise ValueError("issued by a certificate that is no authority")


def _may_sign(_: verification.Policy, issuer: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("issued by a key that may not sign certificates")


# Private authorities leave out much that the public web demands; what makes one an authority they do not.
CA_POLICY = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, _only_authorities)
    .may_be_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _may_sign)
)


def require_owner(certificate: x509.Certificate, organisation: str, serial_number: str) -> None:
    """O is the platform's operator, CN this charge point's serial number (A00.FR.509, A00.FR.511); else Bad."""
    if organisation not in _texts(certificate, NameOID.ORGANIZATION_NAME):
        raise Bad("wrong_organisation")
    if serial_number not in _texts(certificate, NameOID.COMMON_NAME):
        raise Bad("wrong_serial_number")


def _texts(certificate: x509.Certificate, name: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(name)]
