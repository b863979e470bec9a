"""Whether a firmware file is the manufacturer's (security whitepaper, L01). Pure; nothing here opens a file."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

RSA_BITS_MIN, EC_BITS_MIN = 2048, 224  # A00.FR.502, A00.FR.503


def certificate_is_valid(pem: str, roots: Iterable[str], now: datetime) -> bool:
    """Issued by one of the installed roots itself, without intermediates (L01, remarks), now valid, and fit to sign."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        in_time = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        fit = _may_sign(certificate) and _strong(certificate.public_key())
        return in_time and fit and any(_issued(certificate, root, now) for root in roots)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return False


def _issued(certificate: x509.Certificate, root_pem: str, now: datetime) -> bool:
    root = x509.load_pem_x509_certificate(root_pem.encode())
    if not root.not_valid_before_utc <= now <= root.not_valid_after_utc:
        return False
    try:
        certificate.verify_directly_issued_by(root)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _may_sign(certificate: x509.Certificate) -> bool:
    """A key usage that names something else is obeyed; none at all is tolerated."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature


def _strong(key: object) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= RSA_BITS_MIN
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= EC_BITS_MIN


def signature_is_valid(pem: str, sha256: bytes, signature: str) -> bool:
    """`signature` in base64 over a file with this SHA-256, by the certificate's key: RSA-PSS or ECDSA (L01.FR.04).

    The whitepaper names ECSchnorr; what signers and libraries have is ECDSA.
    """
    try:
        raw = b64decode("".join(signature.split()), validate=True)
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except (ValueError, NotBase64, UnsupportedAlgorithm):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, sha256, padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO), Prehashed(SHA256()))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, sha256, ec.ECDSA(Prehashed(SHA256())))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True
